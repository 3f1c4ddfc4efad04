// Files of the site's Media Manager. The digest of the operator's bytes stands in the name that a file is shown under.
import { z } from "zod";
import type { MediaFile } from "../../content/document.ts";
import { fits, usualExtension } from "../../content/media-types.ts";
import { Fault, isFault } from "../../lib/fault.ts";
import type { MediaStore, RemoteMedia } from "../contract.ts";
import { waitFor } from "./find.ts";
import { addressOf, DIGITS, digitsIn, idIn } from "./images.ts";
import type { Site } from "./site.ts";
import { siteSlug } from "./slug.ts";

const FILES = "/site-media/v1/files";

/** Larger ones need an upload in parts. https://dev.wix.com/docs/rest/assets/media/media-manager/files/upload-api */
const MOST_BYTES = 10 * 1024 * 1024;

const imageSchema = z.object({ width: z.number().nullish(), height: z.number().nullish() });

const fileSchema = z.looseObject({
  id: z.string(),
  displayName: z.string().catch(""),
  url: z.string().catch(""),
  operationStatus: z.string().catch(""),
  state: z.string().catch(""),
  // It is there once Wix has worked the file up.
  media: z
    .object({ image: z.object({ image: imageSchema.nullish() }).nullish() })
    .nullish()
    .catch(undefined),
});
type File = z.infer<typeof fileSchema>;

export function mediaStore(site: Site): MediaStore {
  const known = new Map<string, RemoteMedia>();
  const keep = (media: RemoteMedia): RemoteMedia => {
    known.set(media.id, media);
    return media;
  };
  const store: MediaStore = {
    limits: async () => ({ maxBytes: MOST_BYTES, refused: new Map() }),
    async findByDigest(digests) {
      const wanted = [...new Set(digests.map((digest) => digest.slice(0, DIGITS)))];
      const isKnown = (digits: string) => [...known.values()].some(({ digest }) => digest === digits);
      const missing = wanted.filter((digits) => !isKnown(digits));
      const found = await Promise.all(missing.map((digits) => namedWith(site, digits)));
      for (const file of found.flat()) keep(mediaOf(file));
      return [...known.values()].filter(({ digest }) => wanted.includes(digest));
    },
    at: async (addresses) => {
      const media = await Promise.all(
        addresses.map(async (address) => {
          const [found] = await store.get([idIn(address) ?? ""]);
          return found === undefined ? [] : [[address, found] as const];
        }),
      );
      return new Map(media.flat());
    },
    async get(ids) {
      const found = await Promise.all(
        [...new Set(ids)].map(async (id) => {
          const media = known.get(id) ?? (await fileById(site, id).then((file) => file && mediaOf(file)));
          return media === undefined ? [] : [keep(media)];
        }),
      );
      return found.flat();
    },
    async upload(file, bytes) {
      const [present] = await store.findByDigest([file.digest]);
      const media = present ?? mediaOf(await send(site, file, bytes));
      return { ...keep(media), alt: file.alt ?? "" };
    },
  };
  return store;
}

const TYPES = [
  ...["image/jpeg", "image/png", "image/gif", "image/webp", "image/avif", "image/svg+xml"],
  ...["application/pdf", "video/mp4", "video/webm", "audio/mpeg"],
];

function mediaOf({ id, displayName, url, media }: File): RemoteMedia {
  const { width, height } = media?.image?.image ?? {};
  const name = displayName === "" ? id : displayName;
  const extension = name.slice(name.lastIndexOf(".")).toLowerCase();
  return {
    id,
    digest: digitsIn(displayName),
    url: url === "" ? addressOf(id) : url,
    type: TYPES.find((type) => fits(type, extension)) ?? "",
    alt: "",
    variants: [],
    ...(width && height ? { width, height } : {}),
  };
}

const isUsable = ({ operationStatus, state }: File) => operationStatus !== "FAILED" && state !== "DELETED";

/** Files with these digits in their names. */
async function namedWith(site: Site, digits: string): Promise<readonly File[]> {
  const { value } = await site.query(`${FILES}/search`, { search: digits }, (payload) => {
    const { files } = z.object({ files: z.array(fileSchema).nullish() }).parse(payload);
    return files ?? [];
  });
  return value.filter((file) => isUsable(file) && digitsIn(file.displayName) === digits);
}

async function fileById(site: Site, id: string): Promise<File | undefined> {
  // A path or a query of somebody else's making must not come of it.
  if (!/^[\w~.-]{1,200}$/.test(id)) return undefined;
  try {
    const { value } = await site.get(
      `${FILES}/get-file-by-id`,
      { fileId: id },
      (payload) => z.object({ file: fileSchema }).parse(payload).file,
    );
    return value.state === "DELETED" ? undefined : value;
  } catch (thrown) {
    if (isFault(thrown, "not-found") || isFault(thrown, "invalid")) return undefined;
    throw thrown;
  }
}

/** `harbour-0123456789ab.jpg` */
function nameOf({ path, digest, type }: MediaFile): string {
  const base = path.slice(path.lastIndexOf("/") + 1).replace(/\.[^.]*$/, "");
  const stem = siteSlug(base)
    .replace(/[^\w-]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 80);
  return `${stem === "" ? "file" : stem}-${digest.slice(0, DIGITS)}${usualExtension(type)}`;
}

/** Once: after a lost answer the file is looked for by its name. Waits until Wix has worked it up. */
async function send(site: Site, file: MediaFile, bytes: Uint8Array): Promise<File> {
  const name = nameOf(file);
  const uploadUrl = await site.write({
    method: "POST",
    path: `${FILES}/generate-upload-url`,
    body: { mimeType: file.type, fileName: name, sizeInBytes: String(bytes.byteLength) },
    // Nothing comes of an address that is not used.
    repeatable: true,
    begins: true,
    decode: (payload) => z.object({ uploadUrl: z.string() }).parse(payload).uploadUrl,
  });
  const told = await deliver(site, uploadUrl, { bytes, type: file.type });
  const digits = file.digest.slice(0, DIGITS);
  const landed = told ?? (await waitFor(site, async () => (await namedWith(site, digits))[0]));
  if (landed === undefined) {
    throw new Fault("ambiguous", `${file.path} was sent to Wix and does not show in its Media Manager`, {
      code: "wix.upload-unseen",
      hint: "run the same command again: it looks first, and sends nothing twice",
    });
  }
  return ready(site, landed, file);
}

/** The file where the answer tells. To a store of Wix's, without credentials; a sandbox has it under its own address. */
async function deliver(
  { context: { http, url } }: Site,
  address: string,
  body: { readonly bytes: Uint8Array; readonly type: string },
): Promise<File | undefined> {
  if (!URL.canParse(address) || new URL(address).origin !== new URL(url).origin) {
    if (http.upload === undefined) throw new Fault("defect", "nothing can be sent beyond Wix's own address");
    return fileIn(await http.upload(address, { ...body, method: "PUT" }));
  }
  try {
    const { value } = await http.send({
      method: "PUT",
      path: address,
      body,
      anonymous: true,
      repeatable: false,
      as: "text",
      decode: (payload) => fileIn(String(payload)),
    });
    return value;
  } catch (thrown) {
    if (isFault(thrown, "ambiguous")) return undefined;
    throw thrown;
  }
}

/** Undefined where the answer tells of no file: then it is looked for. */
function fileIn(answer: string): File | undefined {
  try {
    return z.object({ file: fileSchema }).parse(JSON.parse(answer)).file;
  } catch {
    return undefined;
  }
}

/** One that still is at work after a while is taken as it is: its id is good already. */
async function ready(site: Site, landed: File, { path }: MediaFile): Promise<File> {
  const isDone = (file: File | undefined) =>
    file !== undefined && file.operationStatus !== "PENDING" ? file : undefined;
  const file =
    isDone(landed) ?? (await waitFor(site, async () => isDone(await fileById(site, landed.id)))) ?? landed;
  if (file.operationStatus !== "FAILED") return file;
  throw new Fault("invalid", `Wix could not work up ${path}`, {
    code: "wix.upload-failed",
    hint: "save it anew as JPEG or PNG, and try again",
  });
}
