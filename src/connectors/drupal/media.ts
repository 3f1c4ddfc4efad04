// The site's files. An upload is named after its content and made once: Drupal would make a second of a repeated one.
import { z } from "zod";
import type { MediaFile } from "../../content/document.ts";
import { usualExtension } from "../../content/media-types.ts";
import { decodeSlug } from "../../content/path.ts";
import { Fault, isFault } from "../../lib/fault.ts";
import { isObject } from "../../lib/json.ts";
import type { MediaStore, RemoteMedia } from "../contract.ts";
import { refuseWrite } from "./faults.ts";
import { DIGITS, digitsIn, wholeAddress } from "./images.ts";
import { isUuid } from "./read.ts";
import { type Resource, textIn } from "./resource.ts";
import { JSON_API, type Site } from "./site.ts";
import { siteSlug } from "./slug.ts";
import { waitFor } from "./wait.ts";

const FIELDS = { "fields[file--file]": "filename,uri,filemime,filesize,created" };

/** Ids in one request. */
const SOME = 20;

export function mediaStore(site: Site): MediaStore {
  const store: MediaStore = {
    async findByDigest(digests) {
      const found = new Map<string, RemoteMedia>();
      for (const digest of new Set(digests)) {
        const digits = digest.slice(0, DIGITS);
        const named = {
          "filter[name][condition][path]": "filename",
          "filter[name][condition][operator]": "CONTAINS",
        };
        const query = {
          ...named,
          "filter[name][condition][value]": `-${digits}`,
          sort: "drupal_internal__fid",
          ...FIELDS,
        };
        for (const row of (await site.page("/file/file", query)).rows) {
          const media = mediaOf(site, row);
          if (media.digest === digits && !found.has(digits)) found.set(digits, media);
        }
      }
      return [...found.values()];
    },
    async at(addresses) {
      const found = new Map<string, RemoteMedia>();
      for (const address of addresses) {
        const whole = wholeAddress(address, site.siteUrl);
        if (whole === undefined || !whole.startsWith(new URL(site.siteUrl).origin)) continue;
        const name = decodeSlug(new URL(whole).pathname.split("/").at(-1) ?? "");
        if (name === "") continue;
        const { rows } = await site.page("/file/file", { "filter[filename]": name, ...FIELDS });
        const bare = (url: string) =>
          url.replace(/[?#].*$/s, "").replace(/\/styles\/[^/]+\/(?:public|private)\//, "/");
        const media = rows.map((row) => mediaOf(site, row)).find(({ url }) => bare(url) === bare(whole));
        if (media !== undefined) found.set(address, media);
      }
      return found;
    },
    async get(ids) {
      const wanted = [...new Set(ids)].filter(isUuid);
      const found: RemoteMedia[] = [];
      for (let start = 0; start < wanted.length; start += SOME) {
        const query: Record<string, string> = { ...FIELDS };
        query["filter[ids][condition][path]"] = "id";
        query["filter[ids][condition][operator]"] = "IN";
        for (const [n, id] of wanted.slice(start, start + SOME).entries()) {
          query[`filter[ids][condition][value][${n}]`] = id;
        }
        found.push(...(await site.page("/file/file", query)).rows.map((row) => mediaOf(site, row)));
      }
      return found;
    },
    async upload(file, bytes) {
      const whole = (media: RemoteMedia) => ({ ...media, digest: file.digest, alt: file.alt ?? "" });
      const [present] = await store.findByDigest([file.digest]);
      if (present !== undefined) return whole(present);
      try {
        return whole(await send(site, file, bytes));
      } catch (thrown) {
        if (!isFault(thrown, "ambiguous")) throw thrown;
        const landed = await waitFor(
          site.context.clock,
          async () => (await store.findByDigest([file.digest]))[0],
        );
        if (landed === undefined) throw thrown;
        return whole(landed);
      }
    },
  };
  return store;
}

/** Files have no alternative text on Drupal: each field and each body has its own. */
function mediaOf(site: Site, row: Resource): RemoteMedia {
  const { uri = null } = row.attributes;
  const place = isObject(uri) && typeof uri.url === "string" ? uri.url : "";
  const url = wholeAddress(place, new URL(site.siteUrl).origin) ?? place;
  return { id: row.id, digest: digitsIn(url), url, type: textIn(row, "filemime"), alt: "", variants: [] };
}

/** Where an upload goes: through a field that takes such files, of a content type or of media. */
async function placeFor(site: Site, file: MediaFile): Promise<string> {
  const isImage = file.type.startsWith("image/");
  for (const kind of await site.kinds()) {
    const bundle = await site.bundle(kind);
    const field = bundle.fields.find(({ type }) => type === (isImage ? "image" : "file"));
    if (field !== undefined) return `${bundle.path}/${field.name}`;
  }
  const { types } = await site.index();
  if (isImage && types.has("media--image")) return "/media/image/field_media_image";
  if (!isImage && types.has("media--document")) return "/media/document/field_media_document";
  throw new Fault(
    "unsupported",
    `${file.path}: no content type of the site has a field for ${isImage ? "images" : "files"}`,
    {
      code: "drupal.no-upload",
      place: { file: file.path },
      hint: "Drupal takes uploads through a field: add one of the type Image or File to a content type (/admin/structure/types)",
    },
  );
}

const dataSchema = z.object({ data: z.unknown() });

async function send(site: Site, file: MediaFile, bytes: Uint8Array): Promise<RemoteMedia> {
  const place = await placeFor(site, file);
  const { value } = await site.context.http.send({
    method: "POST",
    path: site.address(place),
    // `filename*` and forms are refused.
    headers: { accept: JSON_API, "content-disposition": `file; filename="${uploadName(file)}"` },
    body: { bytes, type: "application/octet-stream" },
    repeatable: false,
    begins: true,
    decode: (payload) => resourceIn(dataSchema.parse(payload).data),
    refuse: (refusal) => {
      const fault = refuseWrite(refusal);
      if (fault?.kind !== "invalid" && refusal.status !== 413) return fault;
      return new Fault(
        "invalid",
        `${file.path} was not uploaded: ${fault?.message ?? "it is larger than the site takes"}`,
        {
          code: "drupal.upload-refused",
          httpStatus: refusal.status,
          place: { file: file.path },
          hint: "the field's settings say which endings and sizes it takes (/admin/structure/types)",
        },
      );
    },
  });
  return mediaOf(site, value);
}

const fileSchema = z.object({
  type: z.string(),
  id: z.string(),
  attributes: z.record(z.string(), z.json()),
});

/** Some versions answer with a list of one. */
function resourceIn(data: unknown): Resource {
  const first: unknown = Array.isArray(data) ? (data as readonly unknown[])[0] : data;
  return { ...fileSchema.parse(first), relationships: {}, links: {} };
}

/** `harbour-0123456789ab.jpg`: ASCII alone, which every server agrees on. */
function uploadName(file: MediaFile): string {
  const stem = (file.path.split("/").at(-1) ?? "").replace(/\.[^.]*$/, "");
  const words = siteSlug(stem.normalize("NFD"))
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "")
    .replace(/^-+|-+$/g, "")
    .slice(0, 60);
  const extension = usualExtension(file.type) || ".bin";
  return `${words === "" ? "media" : words}-${file.digest.slice(0, DIGITS)}${extension}`;
}
