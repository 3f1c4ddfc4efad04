// The media library. Bytes there never change, so an upload is named after its content and made once.
import { createHash } from "node:crypto";
import { z } from "zod";
import type { MediaFile } from "../../content/document.ts";
import { usualExtension } from "../../content/media-types.ts";
import { decodeSlug } from "../../content/path.ts";
import { Fault, isFault } from "../../lib/fault.ts";
import type { MediaStore, RemoteMedia, StoredMedia } from "../contract.ts";
import { refuseWrite } from "./faults.ts";
import { shows } from "./images.ts";
import { PAGE, totalOf } from "./list.ts";
import { refusedTypes } from "./media-types.ts";
import { decodeEntities, keepAngles } from "./names.ts";
import { phpMap, phpText, realId } from "./php.ts";
import { saysNoSuchEntry } from "./read.ts";
import type { Site } from "./site.ts";
import { siteSlug } from "./slug.ts";
import { waitFor } from "./wait.ts";

const PATH = "/wp/v2/media";
const FIELDS = "id,source_url,mime_type,alt_text,media_details";
/** Digits of the SHA-256 in an upload's name: 48 bits. */
const DIGITS = 12;

const mediaSchema = z
  .object({
    id: realId,
    /** false where the file is gone. */
    source_url: phpText,
    mime_type: phpText,
    alt_text: phpText,
    media_details: z
      .object({
        original_image: z.string().optional().catch(undefined),
        sizes: phpMap(z.object({ source_url: phpText })).catch({}),
      })
      .catch({ original_image: undefined, sizes: {} }),
  })
  .transform((media): RemoteMedia => {
    const { original_image: original, sizes } = media.media_details;
    const base = media.source_url;
    const beside =
      original === undefined || !URL.canParse(base) ? [] : [new URL(encodeURIComponent(original), base).href];
    const smaller = Object.values(sizes).map((size) => size.source_url);
    return {
      id: String(media.id),
      digest: digitsIn(media.source_url),
      url: media.source_url,
      type: media.mime_type,
      alt: decodeEntities(media.alt_text),
      variants: [...new Set([...beside, ...smaller])].filter((url) => url !== ""),
    };
  });
/** An upload whose file is gone shows nothing, and must be uploaded again. */
const listSchema = z.array(mediaSchema).transform((list) => list.filter((media) => media.url !== ""));

/** `name-0123456789ab.jpg`, also with WordPress's `-1` for a second upload, `-scaled` and `-rotated`. What an editor cut is another picture. */
function digitsIn(url: string): string {
  const name =
    url
      .replace(/[?#].*$/s, "")
      .split("/")
      .at(-1) ?? "";
  const found = /-([0-9a-f]{12})(?:-\d{1,4})?(?:-scaled|-rotated)?\.[a-z0-9]{1,5}$/i.exec(name);
  return found?.[1]?.toLowerCase() ?? "";
}

/** The upload's own slug: all of one content can be asked for by it, many at one time. */
const slugOf = (digest: string) => `media-${digest.slice(0, DIGITS)}`;

/** How long an upload that was not there is taken not to be: one that comes meanwhile shows in the slug of ours. */
const ABSENT_MS = 60_000;

interface Sent {
  readonly media: RemoteMedia;
  readonly slug: string;
}

/** WordPress has put a number behind the slug: another upload of this content was there. */
const isSecond = (slug: string, digest: string) =>
  /^-\d+$/.test(slug.slice(slugOf(digest).length)) && slug.startsWith(slugOf(digest));

export function mediaStore(site: Site): MediaStore {
  /** Digests that the site had no upload of, and when it was asked, in ms since 1970. */
  const absent = new Map<string, number>();
  const ask = async (query: Record<string, string>): Promise<readonly RemoteMedia[]> =>
    (
      await site.get(PATH, { ...query, per_page: PAGE, _fields: FIELDS }, (payload) =>
        listSchema.parse(payload),
      )
    ).value;
  /** Smallest upload that this connection was told is too large. */
  let tooLarge = Number.POSITIVE_INFINITY;
  const refused = new Map<string, Promise<ReadonlyMap<string, string>>>();
  const refusal = (type: string) => {
    const known = refused.get(type) ?? refusedTypes(site, [type]);
    refused.set(type, known);
    return known;
  };
  /** Not asked for where it was missing a moment ago; else with others that are to be uploaded, too. */
  const presentUpload = async (digest: string): Promise<RemoteMedia | undefined> => {
    const now = site.context.clock.now();
    const isDue = (at = Number.NEGATIVE_INFINITY) => now - at > ABSENT_MS;
    if (!isDue(absent.get(digest))) return undefined;
    const others = [...absent].flatMap(([other, at]) => (other !== digest && isDue(at) ? other : []));
    const found = await store.findByDigest([digest, ...others.slice(0, PAGE / 2 - 1)]);
    return found.find((media) => digest.startsWith(media.digest));
  };
  /** Another machine's where that came before ours, which nothing shows yet and which is taken back. */
  const firstOf = async (ours: RemoteMedia, digest: string): Promise<RemoteMedia> => {
    const first = (await store.findByDigest([digest]))[0];
    if (first === undefined || Number(first.id) >= Number(ours.id)) return ours;
    // One that this role may not delete stays behind, as unused uploads do.
    await removeUpload(site, ours.id).catch(() => {});
    return first;
  };
  const store: MediaStore = {
    limits: async (types) => ({
      maxBytes: Number.isFinite(tooLarge) ? tooLarge - 1 : undefined,
      refused: new Map((await Promise.all(types.map(refusal))).flatMap((map) => [...map])),
    }),
    async findByDigest(digests) {
      const found: RemoteMedia[] = [];
      for (let start = 0; start < digests.length; start += PAGE / 2) {
        const wanted = digests.slice(start, start + PAGE / 2);
        const now = site.context.clock.now();
        // A second upload of the same content (two machines at once) has the slug with `-2`.
        const slugs = wanted.flatMap((digest) => [slugOf(digest), `${slugOf(digest)}-2`]);
        for (const media of await ask({ slug: slugs.join(","), orderby: "id", order: "asc" })) {
          const asked = media.digest !== "" && wanted.some((digest) => digest.startsWith(media.digest));
          if (asked && !found.some((other) => other.digest === media.digest)) found.push(media);
        }
        for (const digest of wanted) {
          if (found.some((media) => digest.startsWith(media.digest))) absent.delete(digest);
          else absent.set(digest, now);
        }
      }
      return found;
    },
    async at(addresses) {
      const found = new Map<string, RemoteMedia>();
      const { hostname } = new URL((await site.root()).home);
      for (const address of addresses) {
        if (!URL.canParse(address) || new URL(address).hostname !== hostname) continue;
        const search = originalStem(address);
        const media = (await ask({ search })).find((candidate) => shows(candidate, address));
        if (media !== undefined) found.set(address, media);
      }
      return found;
    },
    own: () => ownUploads(site),
    remove: (id) => removeUpload(site, id),
    async get(ids) {
      const numbers = [...new Set(ids)].filter((id) => /^[1-9]\d{0,14}$/.test(id));
      const found: RemoteMedia[] = [];
      for (let start = 0; start < numbers.length; start += PAGE) {
        found.push(...(await ask({ include: numbers.slice(start, start + PAGE).join(",") })));
      }
      return found;
    },
    async upload(file, bytes) {
      const present = await presentUpload(file.digest);
      if (present !== undefined) return { ...present, digest: file.digest };
      if (bytes.byteLength >= tooLarge) throw tooBig(file, bytes);
      try {
        const { media, slug } = await sendPatiently(site, file, bytes);
        absent.delete(file.digest);
        const first = isSecond(slug, file.digest) ? await firstOf(media, file.digest) : media;
        return { ...first, digest: file.digest };
      } catch (thrown) {
        if (isFault(thrown) && thrown.code === TOO_BIG) tooLarge = Math.min(tooLarge, bytes.byteLength);
        if (!isFault(thrown, "ambiguous")) throw thrown;
        const look = async () => (await store.findByDigest([file.digest]))[0];
        const landed = await waitFor(site.context.clock, site.arrivals, look);
        if (landed === undefined) throw thrown;
        return { ...landed, digest: file.digest };
      }
    },
  };
  return store;
}

const about = z.object({
  slug: phpText,
  media_details: z
    .object({ filesize: z.number().optional().catch(undefined) })
    .catch({ filesize: undefined }),
});
const ownSchema = z.array(z.unknown()).transform((list) =>
  list.map((item) => {
    const { slug, media_details: details } = about.parse(item);
    return { slug, size: details.filesize, media: mediaSchema.parse(item) };
  }),
);

/** Those whose slug and file both carry the same digits. Throws `protocol` where the list came without its end. */
async function ownUploads(site: Site): Promise<readonly StoredMedia[]> {
  const own: StoredMedia[] = [];
  let seen = 0;
  for (let page = 1; ; page += 1) {
    const query = { per_page: PAGE, page, orderby: "id", order: "asc", _fields: `${FIELDS},slug` };
    const { value, headers } = await site.get(PATH, query, (payload) => ownSchema.parse(payload));
    for (const { media, slug, size } of value) {
      const ours = media.url !== "" && media.digest !== "" && slug.startsWith(slugOf(media.digest));
      if (ours) own.push({ ...media, size });
    }
    seen += value.length;
    if (value.length === 0 || seen >= totalOf(headers, { title: "media" })) return own;
  }
}

async function removeUpload(site: Site, id: string): Promise<void> {
  try {
    await site.context.http.send({
      method: "DELETE",
      path: `${PATH}/${encodeURIComponent(id)}`,
      query: { force: true },
      repeatable: true,
      decode: () => undefined,
      refuse: refuseWrite,
    });
  } catch (thrown) {
    if (!isFault(thrown, "not-found") && !saysNoSuchEntry(thrown)) throw thrown;
  }
}

/**
 * The first upload of a month makes the directory for it, and of several at once only one can: the others are refused
 * with nothing stored (`wp_mkdir_p`). A refusal is therefore asked for a second time.
 */
async function sendPatiently(site: Site, file: MediaFile, bytes: Uint8Array): Promise<Sent> {
  try {
    return await send(site, file, bytes);
  } catch (thrown) {
    if (!isFault(thrown) || thrown.code !== "wordpress.upload-refused") throw thrown;
    await site.context.clock.sleep(300);
    return send(site, file, bytes);
  }
}

/** The raw body passes PHP's limits for form uploads; the checksum makes the server refuse damaged bytes (412). */
async function send(site: Site, file: MediaFile, bytes: Uint8Array): Promise<Sent> {
  const { value } = await site.context.http.send({
    method: "POST",
    path: PATH,
    query: {
      slug: slugOf(file.digest),
      title: titleOf(file.path),
      alt_text: file.alt === undefined || file.alt === "" ? undefined : keepAngles(file.alt),
      _fields: `${FIELDS},slug`,
    },
    headers: {
      "content-disposition": `attachment; filename="${uploadName(file)}"`,
      "content-md5": createHash("md5").update(bytes).digest("hex"),
    },
    body: { bytes, type: file.type },
    repeatable: false,
    begins: true,
    decode: (payload) => ({ media: mediaSchema.parse(payload), slug: about.parse(payload).slug }),
    refuse: (refusal) => (refusal.status === 413 ? tooBig(file, bytes) : refuseWrite(refusal)),
  });
  return value;
}

const TOO_BIG = "wordpress.upload-too-big";

/** Without a size to be told beforehand, the first refusal tells of all that is as large. */
function tooBig(file: MediaFile, bytes: Uint8Array): Fault {
  return new Fault("invalid", `${file.path} (${bytes.byteLength} bytes) is larger than the site takes`, {
    code: TOO_BIG,
    httpStatus: 413,
    place: { file: file.path },
    hint: "raise the web server's body limit (nginx: client_max_body_size), make the file smaller, or say `media: { maxBytes: … }` in ainstein.yaml to be told beforehand",
  });
}

/** The part of a file's name that all its sizes share, and that WordPress searches for. */
function originalStem(address: string): string {
  const name = new URL(address).pathname.split("/").at(-1) ?? "";
  return stem(decodeSlug(name)).replace(/(?:-\d+x\d+|-scaled|-rotated)$/, "");
}

const stem = (path: string) => (path.split("/").at(-1) ?? "").replace(/\.[^.]*$/, "");

function titleOf(path: string): string {
  return stem(path) || "media";
}

/**
 * `harbour-0123456789ab.jpg`: ASCII alone, which every server and `Content-Disposition` agree on. WordPress knows few of
 * the endings that one type can have.
 */
function uploadName(file: MediaFile): string {
  const name = siteSlug(stem(file.path))
    .replace(/[^a-z0-9-]+/g, "")
    .replace(/^-+|-+$/g, "")
    .slice(0, 60);
  return `${name === "" ? "media" : name}-${file.digest.slice(0, DIGITS)}${usualExtension(file.type) || ".bin"}`;
}
