import { constants } from "node:fs";
import { open, realpath } from "node:fs/promises";
import { dirname, extname, join, relative, resolve, sep } from "node:path";
import { Fault } from "../lib/fault.ts";
import { sha256Hex } from "../lib/hash.ts";
import type { MediaFile } from "./document.ts";
import { isLfsPointer } from "./marks.ts";
import { isInside } from "./tree.ts";

export interface MediaOptions {
  /** Where `/images/a.png` is looked for, after the root itself. */
  readonly dirs?: readonly string[];
  readonly maxBytes?: number;
}

const MEGABYTE = 1024 * 1024;

/** Extensions by the type that the first bytes must show. What is not here never leaves the machine. */
const EXTENSIONS: Readonly<Record<string, readonly string[]>> = {
  "image/png": [".png", ".apng"],
  "image/jpeg": [".jpg", ".jpeg", ".jpe", ".jfif"],
  "image/gif": [".gif"],
  "image/webp": [".webp"],
  "image/avif": [".avif"],
  "image/svg+xml": [".svg"],
  "application/pdf": [".pdf"],
  "video/mp4": [".mp4", ".m4v"],
  "audio/mpeg": [".mp3"],
};

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
  const refuse = (code: string, why: string, hint?: string) =>
    new Fault("invalid", `${JSON.stringify(ref)} ${why}`, {
      code,
      place: { file: documentPath },
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
  const limit = options.maxBytes ?? 50 * MEGABYTE;
  const bytes = await readBounded(real, limit, refuse);
  const type = sniff(bytes);
  if (bytes.length === 0) throw refuse("media-empty", "is an empty file");
  if (isLfsPointer(Buffer.from(bytes.subarray(0, 1024)).toString("latin1"))) {
    throw refuse("lfs-pointer", "is a Git LFS pointer, not the file itself", "Run `git lfs pull` first.");
  }
  if (type === undefined) {
    throw refuse(
      "media-type",
      "is of no type that may be uploaded",
      `Allowed are ${Object.values(EXTENSIONS).flat().join(" ")}.`,
    );
  }
  const extension = extname(real).toLowerCase();
  if (EXTENSIONS[type]?.includes(extension) !== true) {
    throw refuse(
      "media-type",
      `is named ${extension || "without extension"} and holds ${type}`,
      "Name it for what it is, or save it anew.",
    );
  }
  const path = relative(realRoot, real).split(sep).join("/");
  return { ref, path, digest: sha256Hex(bytes), type, size: bytes.length };
}

/** The type that the first bytes show; undefined when it is none of those allowed. */
export function sniff(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.subarray(0, 4096));
  const text = head.toString("latin1");
  if (text.startsWith("\x89PNG\r\n\x1a\n")) return "image/png";
  if (text.startsWith("\xff\xd8\xff")) return "image/jpeg";
  if (/^GIF8[79]a/.test(text)) return "image/gif";
  if (/^RIFF.{4}WEBP/s.test(text)) return "image/webp";
  if (text.slice(4, 8) === "ftyp") return isoMedia(text);
  if (text.startsWith("%PDF-")) return "application/pdf";
  if (text.startsWith("ID3") || /^\xff[\xfb\xf3\xf2\xfa]/.test(text)) return "audio/mpeg";
  return isSvg(head.toString("utf8")) ? "image/svg+xml" : undefined;
}

/** ISO base media file: major brand and compatible brands. */
function isoMedia(text: string): string | undefined {
  const brands = text.slice(8, 64);
  if (/avi[fs]/.test(brands)) return "image/avif";
  return /isom|iso[2-9]|mp4[12]|avc1|M4V|dash|MSNV/.test(brands) ? "video/mp4" : undefined;
}

function isSvg(text: string): boolean {
  const start = text
    .replace(/^\uFEFF/, "")
    .replace(/^(\s+|<\?xml[^>]*\?>|<!--[\s\S]*?-->|<!DOCTYPE[^>[]*>)*/i, "");
  return /^<svg[\s>]/.test(start);
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
  if (!/^[/\\]/.test(name)) return [resolve(root, dirname(documentPath), name)];
  return ["", ...dirs].map((dir) => join(root, dir, name));
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
  refuse: (code: string, why: string, hint?: string) => Fault,
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
    if (found.size > limit) {
      const shown = `${(found.size / MEGABYTE).toFixed(1)} MB`;
      throw refuse(
        "media-too-large",
        `is ${shown}, more than ${Math.floor(limit / MEGABYTE)} MB`,
        "Make it smaller, or raise `media: { maxMegabytes: … }` in ainstein.yaml.",
      );
    }
    return await file.readFile();
  } finally {
    await file.close();
  }
}
