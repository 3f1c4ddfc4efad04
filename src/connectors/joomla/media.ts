// Files of the media manager, below a folder of our own. Their names begin with digits of their content.
import { z } from "zod";
import type { MediaFile } from "../../content/document.ts";
import { usualExtension } from "../../content/media-types.ts";
import { Fault, isFault } from "../../lib/fault.ts";
import type { MediaStore, RemoteMedia } from "../contract.ts";
import { FAILED, REFUSED } from "./faults.ts";
import { DIGITS, digitsIn } from "./images.ts";
import type { Site } from "./site.ts";
import { siteSlug } from "./slug.ts";

const ADAPTER = "local-images:";
const FOLDER = `${ADAPTER}/ainstein`;
const FILES = "/media/files";

const fileSchema = z.object({
  attributes: z.object({
    type: z.string(),
    name: z.string(),
    path: z.string(),
    mime_type: z.string().nullish(),
    url: z.string().nullish(),
  }),
});
const filesSchema = z.object({ data: z.array(fileSchema) });
const oneSchema = z.object({ data: fileSchema });
type File = z.infer<typeof fileSchema>;

/** Types that Joomla refuses as it is installed. */
const REFUSED_TYPES: ReadonlyMap<string, string> = new Map([
  ["image/svg+xml", "Joomla takes no SVG: use a PNG, JPEG or WebP"],
]);

export function mediaStore(site: Site): MediaStore {
  // By digits: what was listed last, and what was uploaded since.
  let known: Map<string, RemoteMedia> | undefined;
  const listed = async () => {
    const all = await own(site);
    known = new Map(all.toReversed().map((media) => [media.digest, media]));
    return all;
  };
  const heldFor = async (digest: string) => {
    if (known === undefined) await listed();
    return known?.get(digest.slice(0, DIGITS));
  };
  const store: MediaStore = {
    limits: async (types) => ({
      maxBytes: undefined,
      refused: new Map([...REFUSED_TYPES].filter(([type]) => types.includes(type))),
    }),
    async findByDigest(digests) {
      await listed();
      return [...new Set(digests.map((digest) => digest.slice(0, DIGITS)))].flatMap(
        (digits) => known?.get(digits) ?? [],
      );
    },
    get: async (ids) => (await listed()).filter(({ id }) => ids.includes(id)),
    async upload(file, bytes) {
      const present = await heldFor(file.digest);
      if (present !== undefined) return { ...present, digest: file.digest };
      const media = await send(site, store, file, bytes);
      known?.set(media.digest, media);
      return { ...media, digest: file.digest, alt: file.alt ?? "" };
    },
  };
  return store;
}

/** Uploads of this program; none where there is no such folder yet. */
async function own(site: Site): Promise<readonly RemoteMedia[]> {
  try {
    const { value } = await site.get(FILES, { path: FOLDER, url: 1 }, (payload) =>
      filesSchema.parse(payload),
    );
    return value.data.flatMap((file) => mediaOf(site, file) ?? []);
  } catch (thrown) {
    if (isFault(thrown, "not-found")) return [];
    throw thrown;
  }
}

function mediaOf(site: Site, { attributes }: File): RemoteMedia | undefined {
  const { type, name, path, mime_type, url } = attributes;
  if (type !== "file" || digitsIn(name) === "") return undefined;
  const root = site.context.url.replace(/\/api(?:\/index\.php)?\/v\d+$/, "");
  return {
    id: path,
    digest: digitsIn(name),
    url: url ?? `${root}/images/${path.replace(/^[^/]*\//, "")}`,
    type: mime_type ?? "",
    alt: "",
    variants: [],
  };
}

async function send(site: Site, store: MediaStore, file: MediaFile, bytes: Uint8Array): Promise<RemoteMedia> {
  const path = `${FOLDER}/${uploadName(file)}`;
  let made: File;
  try {
    // One of the same name, which is one of the same content, is refused.
    made = await site.write({
      method: "POST",
      path: FILES,
      json: { path, content: Buffer.from(bytes).toString("base64") },
      begins: true,
      decode: (payload) => oneSchema.parse(payload).data,
    });
  } catch (thrown) {
    const maybe =
      isFault(thrown, "ambiguous") || (isFault(thrown) && [REFUSED, FAILED].includes(thrown.code));
    if (!maybe) throw thrown;
    const [landed] = await store.findByDigest([file.digest]);
    if (landed === undefined) throw refused(file, thrown);
    return landed;
  }
  const shown = await fileAt(site, made.attributes.path);
  if (shown !== undefined) return shown;
  throw new Fault("protocol", `Joomla does not show ${file.path}, which it took`, {
    code: "joomla.no-upload",
    scope: "item",
    place: { file: file.path },
    hint: "run again: it is looked for before it is sent once more",
  });
}

/** Only asked for by itself does Joomla tell a file's address. */
async function fileAt(site: Site, path: string): Promise<RemoteMedia | undefined> {
  const { value } = await site.get(`${FILES}/${path}`, { url: 1 }, (payload) => oneSchema.parse(payload));
  return mediaOf(site, value.data);
}

/** What is no image ends in an error of PHP's. */
function refused(file: MediaFile, thrown: unknown): unknown {
  if (!isFault(thrown) || (thrown.code !== REFUSED && thrown.code !== FAILED)) return thrown;
  return new Fault("invalid", `${file.path}: ${thrown.message}`, {
    code: "joomla.upload-refused",
    place: { file: file.path },
    hint: "which types and sizes are taken stands in Joomla under System > Global Configuration > Media",
  });
}

/** `0123456789ab-harbour.jpg`: of letters that Joomla leaves alone. */
function uploadName(file: MediaFile): string {
  const stem = (file.path.split("/").at(-1) ?? "").replace(/\.[^.]*$/, "");
  const words = siteSlug(stem).slice(0, 60).replace(/-+$/, "");
  return `${file.digest.slice(0, DIGITS)}-${words === "" ? "media" : words}${usualExtension(file.type) || ".bin"}`;
}
