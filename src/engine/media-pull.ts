import type { Entry, RemoteMedia } from "../connectors/contract.ts";
import type { Document, MediaFile } from "../content/document.ts";
import { foreignMedia } from "../content/markdown/format.ts";
import { fits, sniff, usualExtension } from "../content/media-types.ts";
import { decodeSlug, isReservedName } from "../content/path.ts";
import { writeFileAtomic } from "../content/tree.ts";
import { Fault } from "../lib/fault.ts";
import { sha256Hex } from "../lib/hash.ts";
import { isObject } from "../lib/json.ts";
import type { Applying } from "./applying.ts";
import { decodingRefs } from "./encode.ts";
import { itemFault } from "./gather.ts";
import type { Root } from "./root.ts";
import type { LoadedFile } from "./scan.ts";
import type { Site } from "./site.ts";

/** Directory beside a document that the site's files are kept in. */
const KEPT_IN = "images";

type Kept = Omit<MediaFile, "ref">;

/** Of one run: what each address turned out to be, so that several documents share one file. */
const seen = new WeakMap<Site, Map<string, Promise<Kept | undefined>>>();

/**
 * With `media: { pull: download }`, the files that an entry shows and that the operator has not, saved beside the document:
 * images from any public address, linked files from the site itself. What cannot be had stays a link, and is told. A
 * file that is there already with the same bytes is used; another one is never overwritten.
 */
export async function keepMedia(
  applying: Applying,
  path: string,
  entry: Entry,
  file?: LoadedFile,
): Promise<readonly MediaFile[]> {
  const { site, root, emit } = applying;
  if (root.config.media.pull !== "download") return [];
  const refs = await decodingRefs(site, entry, file);
  const addresses = shownThere(site, site.target.codec.decode(entry, refs), file?.document);
  const uploads = await uploadsAt(site, addresses);
  const directory = [...path.split("/").slice(0, -1), KEPT_IN].join("/");
  const kept: MediaFile[] = [];
  for (const address of addresses) {
    const upload = uploads.get(address);
    try {
      const found = await once(site, upload?.url ?? address, () =>
        keep(applying, directory, address, upload),
      );
      if (found !== undefined) kept.push({ ...found, ref: refFrom(path, found.path) });
    } catch (thrown) {
      const { message, hint } = itemFault(thrown);
      emit({
        type: "notice",
        target: site.target.name,
        level: "warning",
        message: `${path} goes on linking to ${address}: ${message}`,
        ...(hint === undefined ? {} : { hint }),
      });
    }
  }
  return kept;
}

/** The uploads among them; what the site is not asked for is known already. */
async function uploadsAt(
  site: Site,
  addresses: readonly string[],
): Promise<ReadonlyMap<string, RemoteMedia>> {
  const uploads = new Map<string, RemoteMedia>();
  for (const media of site.media.all()) {
    for (const address of [media.url, ...media.variants]) if (media.id !== "") uploads.set(address, media);
  }
  const unknown = addresses.filter((address) => !uploads.has(address));
  const found = unknown.length === 0 ? undefined : await site.target.connector.media?.at?.(unknown);
  return new Map([...uploads, ...(found ?? [])]);
}

function once(site: Site, key: string, work: () => Promise<Kept | undefined>): Promise<Kept | undefined> {
  const known = seen.get(site) ?? new Map<string, Promise<Kept | undefined>>();
  seen.set(site, known);
  const before = known.get(key);
  if (before !== undefined) return before;
  // One after another: two files of one name must not be given the same place.
  const last = [...known.values()].at(-1) ?? Promise.resolve(undefined);
  const found = last.then(work, work);
  known.set(key, found);
  return found;
}

/** Addresses that the document shows as the site has it, and did not show before. */
function shownThere(site: Site, now: Document, before: Document | undefined): readonly string[] {
  const { image } = now.fields;
  const src = isObject(image) ? image.src : image;
  const shown = foreignMedia(now.body).filter(({ ref, link }) => link !== true || isOwn(site, ref));
  const featured = typeof src === "string" && /^(?:https?|local):/i.test(src) ? [src] : [];
  const addresses = [...new Set([...featured, ...shown.map(({ ref }) => ref)])];
  const said = before === undefined ? "" : JSON.stringify([before.fields, before.body]);
  return addresses.filter((address) => !said.includes(address));
}

function isOwn({ account }: Site, address: string): boolean {
  if (address.startsWith("local:")) return true;
  return URL.canParse(address) && new URL(address).hostname === new URL(account.siteUrl).hostname;
}

async function keep(
  applying: Applying,
  directory: string,
  address: string,
  upload: RemoteMedia | undefined,
): Promise<Kept | undefined> {
  const { site, root } = applying;
  const bytes = await bytesOf(applying, upload?.url ?? address, upload);
  const digest = sha256Hex(bytes);
  const same = site.media.byDigest(digest);
  // Several uploads of one content: the file could stand for one of them only.
  if (
    same !== undefined &&
    (same.id !== (upload?.id ?? "") || (upload === undefined && same.url !== address))
  )
    return undefined;
  const name = nameOf(upload?.url ?? address);
  const type = sniff(bytes, extensionOf(name));
  if (type === undefined) {
    throw new Fault("invalid", "what is there is of no type that may be uploaded", { code: "media-type" });
  }
  const path = await save(
    root,
    directory,
    fits(type, extensionOf(name)) ? name : name + usualExtension(type),
    bytes,
  );
  const elsewhere: RemoteMedia = { id: "", digest, url: address, type, alt: "", variants: [] };
  site.media.add({ ...(upload ?? elsewhere), digest });
  return { path, digest, type, size: bytes.length };
}

async function bytesOf(
  { site, root }: Applying,
  address: string,
  upload: RemoteMedia | undefined,
): Promise<Uint8Array> {
  const { connector, download } = site.target;
  const { maxBytes } = root.config.media;
  if (upload !== undefined && connector.media?.bytes !== undefined) return connector.media.bytes(upload);
  if (download !== undefined) return download(address, maxBytes);
  throw new Fault("unsupported", "files cannot be downloaded here", { scope: "item" });
}

/** Writes the file under this name, or the next free one; a file with these bytes is taken as it is. */
async function save(root: Root, directory: string, name: string, bytes: Uint8Array): Promise<string> {
  const extension = extensionOf(name);
  const stem = name.slice(0, name.length - extension.length);
  for (let n = 1; ; n += 1) {
    const path = `${directory}/${n === 1 ? stem : `${stem}-${n}`}${extension}`.replace(/^\//, "");
    const there = await root.read(path).catch((thrown: NodeJS.ErrnoException) => {
      if (thrown.code === "ENOENT") return undefined;
      // A directory of this name, say: whatever it is, it stays.
      return new Uint8Array();
    });
    if (there !== undefined && Buffer.from(there).equals(bytes)) return path;
    if (there !== undefined) continue;
    await writeFileAtomic(root.dir, path, bytes);
    return path;
  }
}

/** A name that every system can store and that Markdown takes as it is; an address is the site's word, untrusted. */
function nameOf(address: string): string {
  const last = decodeSlug(new URL(address).pathname.split("/").at(-1) ?? "").normalize("NFC");
  const safe = last
    .slice(-80)
    .replace(/[^\p{L}\p{M}\p{N}._-]+/gu, "-")
    .replace(/^[.-]+|[.-]+$/g, "");
  return safe === "" || isReservedName(safe) ? `file-${safe}`.replace(/-$/, "") : safe;
}

function extensionOf(name: string): string {
  return /\.[A-Za-z0-9]{1,5}$/.exec(name)?.[0].toLowerCase() ?? "";
}

/** From the document to a file of the root. */
function refFrom(document: string, path: string): string {
  const from = document.split("/").slice(0, -1);
  const to = path.split("/");
  let shared = 0;
  while (shared < from.length && from[shared] === to[shared]) shared += 1;
  return [...from.slice(shared).map(() => ".."), ...to.slice(shared)].join("/");
}
