// The site's assets: announced with their MD5, sent to a store of Webflow's, and shown from there.
// https://developers.webflow.com/data/docs/working-with-assets
import { createHash } from "node:crypto";
import { z } from "zod";
import type { MediaFile } from "../../content/document.ts";
import { usualExtension } from "../../content/media-types.ts";
import { Fault, isFault } from "../../lib/fault.ts";
import type { MediaStore, RemoteMedia } from "../contract.ts";
import { waitFor } from "./find.ts";
import { DIGITS, digitsIn } from "./images.ts";
import type { Site } from "./site.ts";
import { siteSlug } from "./slug.ts";

const assetSchema = z.object({
  id: z.string(),
  contentType: z.string().catch(""),
  size: z.number().catch(0),
  hostedUrl: z.string(),
  altText: z.string().nullish(),
  variants: z.array(z.object({ hostedUrl: z.string() })).catch([]),
});
type Asset = z.infer<typeof assetSchema>;

const pageSchema = z.object({
  assets: z.array(z.unknown()),
  pagination: z.object({ total: z.number() }),
});

const announcedSchema = z.object({
  id: z.string(),
  uploadUrl: z.string(),
  uploadDetails: z.record(z.string(), z.string().nullish()),
  hostedUrl: z.string(),
});

const PAGE = 100;

/** Of an image, and of any other file. */
const MAX_IMAGE = 4 * 1024 * 1024;
const MAX_FILE = 10 * 1024 * 1024;

export function mediaStore(site: Site): MediaStore {
  let known: Promise<Map<string, RemoteMedia>> | undefined;
  /** By id: Webflow finds no asset by its name. Read once, and anew where something may have come. */
  const all = (fresh = false) => {
    if (fresh || known === undefined) {
      known = allAssets(site).catch((thrown: unknown) => {
        known = undefined;
        throw thrown;
      });
    }
    return known;
  };
  const byDigest = async (digests: readonly string[], fresh = false) => {
    const wanted = new Set(digests.map((digest) => digest.slice(0, DIGITS)));
    const found = new Map<string, RemoteMedia>();
    for (const media of (await all(fresh)).values()) {
      if (wanted.has(media.digest) && !found.has(media.digest)) found.set(media.digest, media);
    }
    return [...found.values()];
  };
  return {
    limits: async (types) => ({
      maxBytes: types.some((type) => type.startsWith("image/")) ? MAX_IMAGE : MAX_FILE,
      refused: new Map(),
    }),
    findByDigest: (digests) => (digests.length === 0 ? Promise.resolve([]) : byDigest(digests)),
    get: async (ids) => {
      if (ids.length === 0) return [];
      const assets = await all();
      return [...new Set(ids)].flatMap((id) => assets.get(id) ?? []);
    },
    async upload(file, bytes) {
      const [present] = await byDigest([file.digest]);
      if (present !== undefined) return { ...present, digest: file.digest };
      const id = await sendFile(site, file, bytes, async () => (await byDigest([file.digest], true))[0]?.id);
      const media = await described(site, id, file);
      (await all()).set(media.id, media);
      return { ...media, digest: file.digest };
    },
  };
}

async function allAssets(site: Site): Promise<Map<string, RemoteMedia>> {
  const { id } = await site.identity();
  const found = new Map<string, RemoteMedia>();
  for (let offset = 0, total = 1; offset < total; offset += PAGE) {
    const { value } = await site.get(`/sites/${id}/assets`, { limit: PAGE, offset }, (payload) =>
      pageSchema.parse(payload),
    );
    ({ total } = value.pagination);
    for (const one of value.assets) {
      const asset = assetSchema.safeParse(one).data;
      // An upload that broke off has a name, and nothing behind it.
      if (asset !== undefined && asset.size > 0) found.set(asset.id, mediaOf(asset));
    }
    if (value.assets.length === 0) break;
  }
  return found;
}

function mediaOf({ id, contentType, hostedUrl, altText, variants }: Asset): RemoteMedia {
  return {
    ...{ id, digest: digitsIn(hostedUrl), url: hostedUrl, type: contentType, alt: altText ?? "" },
    variants: variants.map((variant) => variant.hostedUrl),
  };
}

// --- Uploading ---------------------------------------------------------------------------------------------------

/** The id of the asset. To announce the same bytes again changes nothing: Webflow knows them by their hash. */
async function sendFile(
  site: Site,
  file: MediaFile,
  bytes: Uint8Array,
  look: () => Promise<string | undefined>,
): Promise<string> {
  const { id: siteId } = await site.identity();
  const fileHash = createHash("md5").update(bytes).digest("hex");
  try {
    const { id, uploadUrl, uploadDetails } = await site.write({
      method: "POST",
      path: `/sites/${siteId}/assets`,
      body: { fileName: uploadName(file), fileHash },
      repeatable: true,
      begins: true,
      decode: (payload) => announcedSchema.parse(payload),
    });
    const form = new FormData();
    for (const [name, value] of Object.entries(uploadDetails)) form.set(name, value ?? "");
    form.set("file", new Blob([Uint8Array.from(bytes)], { type: file.type }), uploadName(file));
    const body = new Response(form);
    await deliver(site, file, uploadUrl, {
      bytes: new Uint8Array(await body.arrayBuffer()),
      type: body.headers.get("content-type") ?? "multipart/form-data",
    });
    return id;
  } catch (thrown) {
    if (!isFault(thrown, "ambiguous")) throw refusedFile(file, thrown);
    const landed = await waitFor(site, look);
    if (landed === undefined) throw thrown;
    return landed;
  }
}

function refusedFile({ path }: MediaFile, thrown: unknown): unknown {
  if (!isFault(thrown, "invalid") || thrown.place !== undefined) return thrown;
  return notUploaded(path, thrown.message);
}

function notUploaded(path: string, why: string): Fault {
  return new Fault("invalid", `${path} was not uploaded: ${why}`, {
    code: "webflow.upload-refused",
    place: { file: path },
  });
}

/** To a store of the vendor's, without credentials; a sandbox has it under its own address. */
async function deliver(
  { context: { http, url } }: Site,
  { path }: MediaFile,
  address: string,
  body: { readonly bytes: Uint8Array; readonly type: string },
): Promise<void> {
  if (!URL.canParse(address)) throw notUploaded(path, "Webflow names no address for it");
  if (new URL(address).origin !== new URL(url).origin) {
    if (http.upload === undefined)
      throw notUploaded(path, "nothing can be sent beyond Webflow's own address");
    await http.upload(address, body);
    return;
  }
  await http.send({
    method: "POST",
    path: address,
    body,
    as: "text",
    anonymous: true,
    repeatable: true,
    decode: () => undefined,
    refuse: ({ status }) => notUploaded(path, `its store answered ${status}`),
  });
}

/** The asset as Webflow shows it, once it has the bytes and the words for those who do not see it. */
async function described(site: Site, id: string, { path, alt = "" }: MediaFile): Promise<RemoteMedia> {
  const look = async () => {
    const { value } = await site.get(`/assets/${id}`, {}, (payload) => assetSchema.parse(payload));
    return value.size > 0 ? value : undefined;
  };
  const asset = await waitFor(site, () => look().catch(notYet));
  if (asset === undefined) {
    throw new Fault("unavailable", `${path}: Webflow is still at work on the file`, {
      code: "webflow.file-waits",
      scope: "item",
      place: { file: path },
      hint: "run the command again in a while",
    });
  }
  if (alt === "" || alt === asset.altText) return mediaOf(asset);
  const changed = await site.write({
    method: "PATCH",
    path: `/assets/${id}`,
    body: { altText: alt },
    repeatable: true,
    decode: (payload) => assetSchema.parse(payload),
  });
  return mediaOf(changed);
}

function notYet(thrown: unknown): undefined {
  if (!isFault(thrown, "not-found")) throw thrown;
  return undefined;
}

/** `0123456789ab-harbour.jpg`: names are shorter than 100 characters. */
function uploadName(file: MediaFile): string {
  const stem = (file.path.split("/").at(-1) ?? "").replace(/\.[^.]*$/, "");
  const words = siteSlug(stem).slice(0, 60);
  const extension = usualExtension(file.type) || ".bin";
  return `${file.digest.slice(0, DIGITS)}-${words === "" ? "media" : words}${extension}`;
}
