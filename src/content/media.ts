import { constants } from "node:fs";
import { open, realpath } from "node:fs/promises";
import { dirname, extname, join, relative, resolve, sep } from "node:path";
import { Fault, isFault, type Place } from "../lib/fault.ts";
import { sha256Hex } from "../lib/hash.ts";
import type { MediaFile } from "./document.ts";
import { isLfsPointer } from "./marks.ts";
import { isShrinkable, SHRINKABLE_BYTES, tooLarge } from "./media-size.ts";
import { fits, MEDIA_EXTENSIONS, sniff } from "./media-types.ts";
import { isInside } from "./tree.ts";

export interface MediaOptions {
  /** Where `/images/a.png` is looked for, after the root itself. */
  readonly dirs?: readonly string[];
  /** Of one file; no bound unless told. */
  readonly maxBytes?: number;
  /** `shrink`: images may be larger, since a smaller copy of them is sent. */
  readonly onTooLarge?: "refuse" | "shrink";
  /** Where the reference stands, asked for when the file is refused. */
  readonly line?: () => number | undefined;
}

/** True for references that name a file of the operator's; addresses, anchors and data are none. */
export function isLocalRef(ref: string): boolean {
  return ref !== "" && !/^([a-z][a-z0-9+.-]*:|\/\/|#|\?)/i.test(ref);
}

/**
 * The file that a document refers to: relative to the document, or with a leading `/` to the root (then to the media
 * directories). Throws `invalid`, placed at the document, when it is not a regular file inside the root of a type
 * that is known from its bytes.
 */
export async function resolveMedia(
  root: string,
  documentPath: string,
  ref: string,
  options: MediaOptions = {},
): Promise<MediaFile> {
  const refuse: Refuse = (code, why, hint) =>
    new Fault("invalid", `${JSON.stringify(ref)} ${why}`, {
      code,
      place: placeIn(documentPath, options),
      ...(hint === undefined ? {} : { hint }),
    });
  const realRoot = await realpath(root);
  const name = decodeRef(ref);
  if (!isLocalRef(ref) || name === undefined) throw refuse("media-ref", "is not a path of a file");
  const real = await firstReal(
    candidates(realRoot, documentPath, name, options.dirs ?? ["static", "public"]),
    realRoot,
  );
  if (real === "outside")
    throw refuse("media-outside", "leads out of the root", "Copy the file into the root.");
  if (real === undefined)
    throw refuse("media-missing", "does not exist", "Correct the path, or add the file.");
  const { maxBytes = Number.POSITIVE_INFINITY, onTooLarge } = options;
  const large = (size: number) => tooLarge({ ref }, size, maxBytes, placeIn(documentPath, options));
  const most = onTooLarge === "shrink" ? Math.max(maxBytes, SHRINKABLE_BYTES) : maxBytes;
  const bytes = await readBounded(real, most, refuse, large);
  const type = typeOf(bytes, extname(real).toLowerCase(), refuse);
  if (bytes.length > maxBytes && !isShrinkable(type, bytes)) throw large(bytes.length);
  const path = relative(realRoot, real).split(sep).join("/");
  return { ref, path, digest: sha256Hex(bytes), type, size: bytes.length };
}

type Refuse = (code: string, why: string, hint?: string) => Fault;

/** The type that bytes and extension agree on. */
function typeOf(bytes: Uint8Array, extension: string, refuse: Refuse): string {
  if (bytes.length === 0) throw refuse("media-empty", "is an empty file");
  if (isLfsPointer(Buffer.from(bytes.subarray(0, 1024)).toString("latin1"))) {
    throw refuse("lfs-pointer", "is a Git LFS pointer, not the file itself", "Run `git lfs pull` first.");
  }
  const type = sniff(bytes, extension);
  if (type === undefined) {
    const allowed = `Allowed are ${[...MEDIA_EXTENSIONS].join(" ")}.`;
    throw refuse("media-type", "is of no type that may be uploaded", allowed);
  }
  if (fits(type, extension)) return type;
  throw refuse(
    "media-type",
    `is named ${extension || "without extension"} and holds ${type}`,
    "Name it for what it is, or save it anew.",
  );
}

const NO_FILE: ReadonlySet<string> = new Set(["media-missing", "media-outside", "media-ref"]);

/** The same for a link: undefined where it leads to no file of the root, and so is an address like any other. */
export async function linkedMedia(
  root: string,
  documentPath: string,
  ref: string,
  options: MediaOptions = {},
): Promise<MediaFile | undefined> {
  try {
    return { ...(await resolveMedia(root, documentPath, ref, options)), link: true };
  } catch (thrown) {
    if (isFault(thrown) && NO_FILE.has(thrown.code)) return undefined;
    throw thrown;
  }
}

function placeIn(file: string, { line }: MediaOptions): Place {
  const at = line?.();
  return { file, ...(at === undefined ? {} : { line: at }) };
}

function decodeRef(ref: string): string | undefined {
  const bare = ref.replace(/[?#].*$/s, "");
  try {
    const name = decodeURIComponent(bare);
    return name === "" || name.includes("\0") ? undefined : name;
  } catch {
    return bare;
  }
}

function candidates(root: string, documentPath: string, name: string, dirs: readonly string[]): string[] {
  // File systems of other machines compose accents differently.
  const names = [...new Set([name, name.normalize("NFC"), name.normalize("NFD")])];
  if (!/^[/\\]/.test(name)) return names.map((form) => resolve(root, dirname(documentPath), form));
  return names.flatMap((form) => ["", ...dirs].map((dir) => join(root, dir, form)));
}

async function firstReal(paths: readonly string[], realRoot: string): Promise<string | undefined> {
  let outside = false;
  for (const path of paths) {
    // A path that leaves the root is refused whether or not something is there: that is nobody's business.
    const lexical =
      isInside(realRoot, path) || isInside(realRoot, await realpath(dirname(path)).catch(() => path));
    const real = await realpath(path).catch(() => undefined);
    if (real !== undefined && isInside(realRoot, real)) return real;
    outside ||= real !== undefined || !lexical;
  }
  return outside ? "outside" : undefined;
}

async function readBounded(
  path: string,
  limit: number,
  refuse: Refuse,
  large: (size: number) => Fault,
): Promise<Uint8Array> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    // Without O_NONBLOCK, opening a named pipe would wait for somebody to write to it.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    throw refuse(
      "media-unreadable",
      `cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
    );
  }
  try {
    const found = await file.stat();
    if (!found.isFile()) throw refuse("media-missing", "is not a regular file");
    if (found.size > limit) throw large(found.size);
    return await file.readFile();
  } finally {
    await file.close();
  }
}
