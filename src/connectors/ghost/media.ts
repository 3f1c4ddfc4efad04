// Uploads. Ghost has no list of them: what is known of one stands in its name and in the entries that show it.
import { createHash } from "node:crypto";
import { z } from "zod";
import type { MediaFile } from "../../content/document.ts";
import { fits, usualExtension } from "../../content/media-types.ts";
import { isFault } from "../../lib/fault.ts";
import type { MediaStore, RemoteMedia } from "../contract.ts";
import { refuseWrite } from "./faults.ts";
import { quoted } from "./find.ts";
import { DIGITS, digitsIn } from "./images.ts";
import { ALL_KINDS, type Wiring } from "./kinds.ts";
import { pageOf } from "./rows.ts";
import type { Site } from "./site.ts";
import { siteSlug } from "./slug.ts";

/** Digests asked about in one request. */
const SOME = 10;

export function mediaStore(site: Site): MediaStore {
  const known = new Map<string, RemoteMedia>();
  const keep = (media: RemoteMedia): RemoteMedia => {
    known.set(media.id, media);
    return media;
  };
  const store: MediaStore = {
    limits: async (types) => ({
      maxBytes: undefined,
      refused: new Map(
        types.filter((type) => type === "image/avif").map((type) => [type, "save it as WebP"]),
      ),
    }),
    async findByDigest(digests) {
      const wanted = [...new Set(digests.map((digest) => digest.slice(0, DIGITS)))];
      const isKnown = (digits: string) => [...known.values()].some(({ digest }) => digest === digits);
      const missing = wanted.filter((digits) => !isKnown(digits));
      for (let start = 0; start < missing.length; start += SOME) {
        for (const { path, key } of ALL_KINDS) {
          const still = missing.slice(start, start + SOME).filter((digits) => !isKnown(digits));
          for (const media of await shownWith(site, { path, key }, still)) keep(media);
        }
      }
      return [...known.values()].filter(({ digest }) => wanted.includes(digest));
    },
    at: async (addresses) => {
      const { siteUrl } = await site.identity();
      return new Map(
        addresses.flatMap((address) => {
          const media = mediaAt(address, siteUrl);
          return media === undefined ? [] : [[address, media] as const];
        }),
      );
    },
    async get(ids) {
      const { siteUrl } = await site.identity();
      const found = await Promise.all(
        [...new Set(ids)].map(async (id) => {
          const media = known.get(id) ?? mediaAt(`${siteUrl}/${id}`, siteUrl);
          return media !== undefined && (known.has(id) || (await isThere(site, media.url))) ? [media] : [];
        }),
      );
      return found.flat();
    },
    async upload(file, bytes) {
      const [present] = await store.findByDigest([file.digest]);
      const there = present ?? (await lately(site, file));
      if (there !== undefined) return { ...keep(there), alt: file.alt ?? "" };
      const url = await send(site, file, bytes);
      const { siteUrl } = await site.identity();
      const media = mediaAt(url, siteUrl) ?? { ...plain(url), id: url, digest: file.digest.slice(0, DIGITS) };
      return { ...keep(media), alt: file.alt ?? "" };
    },
  };
  return store;
}

const TYPES = [
  ...["image/jpeg", "image/png", "image/gif", "image/webp", "image/avif", "image/svg+xml"],
  ...["application/pdf", "video/mp4", "video/webm", "audio/mpeg"],
];

const typeIn = (url: string): string => {
  const extension = url.slice(url.lastIndexOf(".")).toLowerCase();
  return TYPES.find((type) => fits(type, extension)) ?? "";
};

const plain = (url: string): Omit<RemoteMedia, "id" | "digest"> => ({
  url,
  type: typeIn(url),
  alt: "",
  variants: [],
});

/** An upload of this program, by its address. Its id is its path below the site's address. */
function mediaAt(address: string, siteUrl: string): RemoteMedia | undefined {
  const digest = digitsIn(address);
  const url = address.replace(/[?#].*$/s, "");
  if (digest === "" || !url.startsWith(`${siteUrl}/content/`)) return undefined;
  return { ...plain(url), id: url.slice(siteUrl.length + 1), digest };
}

const shownSchema = z.looseObject({ feature_image: z.string().nullish(), html: z.string().nullish() });

/** Uploads with these digits in their names that some entry shows. What is found is asked about no more. */
async function shownWith(
  site: Site,
  { path, key }: Pick<Wiring, "path" | "key">,
  digits: readonly string[],
): Promise<readonly RemoteMedia[]> {
  const { siteUrl } = await site.identity();
  const found = new Map<string, RemoteMedia>();
  let left = digits;
  for (let page = 1; left.length > 0; ) {
    const query = {
      filter: showing(left),
      fields: "id,feature_image,html",
      formats: "html",
      limit: 100,
      page,
    };
    const { value } = await site.get(path, query, (payload) => pageOf(payload, key, shownSchema));
    for (const { feature_image, html } of value.items) {
      for (const address of addressesIn(`${feature_image ?? ""} ${html ?? ""}`)) {
        const media = mediaAt(address, siteUrl);
        if (media !== undefined && left.includes(media.digest)) found.set(media.digest, media);
      }
    }
    if (value.next === undefined) break;
    const still = left.filter((some) => !found.has(some));
    page = still.length < left.length ? 1 : page + 1;
    left = still;
  }
  return [...found.values()];
}

const showing = (digits: readonly string[]): string =>
  digits
    .flatMap((some) => ["feature_image", "html"].map((field) => `${field}:~${quoted(`-${some}`)}`))
    .join(",");

/** Smaller sizes lie in a folder of their own. */
function addressesIn(text: string): readonly string[] {
  return (text.match(/https?:\/\/[^\s"'<>()]+/g) ?? []).map((address) =>
    address.replace(/\/content\/images\/size\/[^/]+\//, "/content/images/"),
  );
}

const IMAGE = { path: "/images/upload/", key: "images", folder: "images" } as const;
const MEDIA = { path: "/media/upload/", key: "media", folder: "media" } as const;
const FILE = { path: "/files/upload/", key: "files", folder: "files" } as const;

function placeOf({ type }: MediaFile) {
  if (type.startsWith("image/")) return IMAGE;
  return /^(?:video|audio)\//.test(type) ? MEDIA : FILE;
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

/** Uploads lie in a folder for each month: one that was made lately, and that no entry shows yet. */
async function lately(site: Site, file: MediaFile): Promise<RemoteMedia | undefined> {
  const { siteUrl } = await site.identity();
  const now = site.now();
  const months = new Set([now, now - 28 * 86_400_000].map((at) => new Date(at).toISOString().slice(0, 7)));
  for (const month of months) {
    const url = `${siteUrl}/content/${placeOf(file).folder}/${month.replace("-", "/")}/${nameOf(file)}`;
    if (await isThere(site, url)) return mediaAt(url, siteUrl);
  }
  return undefined;
}

/** Uploads are public. An address that leads elsewhere is not looked at. */
async function isThere({ context }: Site, url: string): Promise<boolean> {
  const { origin } = new URL(context.url);
  const { status, headers } = await context.http.send({
    method: "HEAD",
    path: `${origin}${new URL(url).pathname}`,
    repeatable: true,
    anonymous: true,
    as: "text",
    accept: [301, 302, 307, 308, 403, 404, 410],
    decode: () => undefined,
  });
  return status === 200 && !/^text\/html/i.test(headers["content-type"] ?? "");
}

/** After a lost answer its place tells whether it landed; sending it again would only number it. */
async function send(site: Site, file: MediaFile, bytes: Uint8Array): Promise<string> {
  const { path, key } = placeOf(file);
  try {
    const { value } = await site.context.http.send({
      method: "POST",
      path,
      body: multipart(nameOf(file), file.type, bytes),
      repeatable: false,
      begins: true,
      decode: (payload) =>
        z
          .array(z.object({ url: z.string() }))
          .min(1)
          .parse(z.looseObject({}).parse(payload)[key])[0]?.url ?? "",
      refuse: refuseWrite,
    });
    return value;
  } catch (thrown) {
    if (!isFault(thrown, "ambiguous")) throw thrown;
    const landed = await lately(site, file);
    if (landed === undefined) throw thrown;
    return landed.url;
  }
}

/** https://www.rfc-editor.org/rfc/rfc7578 with one part. */
function multipart(name: string, type: string, bytes: Uint8Array) {
  const boundary = `ainstein-${createHash("sha256").update(bytes).digest("hex")}`;
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: ${type}\r\n\r\n`;
  const body = Buffer.concat([Buffer.from(head), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)]);
  return { bytes: body, type: `multipart/form-data; boundary=${boundary}` };
}
