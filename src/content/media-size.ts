import { Fault, type Place } from "../lib/fault.ts";
import type { MediaRules } from "./config-media.ts";
import type { MediaFile } from "./document.ts";

/** Bounds of one upload: the root's, and the site's where they are known. */
export type SizeRules = Pick<MediaRules, "maxBytes" | "maxWidth" | "onTooLarge">;

/** An image that takes more is not unpacked, whatever is to become of it. */
export const SHRINKABLE_BYTES = 256 * 1024 * 1024;
const SMALLEST_WIDTH = 64;
/** Of 100, tried in turn until the bytes fit. */
const QUALITIES = [85, 75, 65] as const;

const RASTER: ReadonlySet<string> = new Set(["image/jpeg", "image/png", "image/webp", "image/avif"]);

export function megabytes(bytes: number): string {
  return `${Number((bytes / 1024 ** 2).toFixed(bytes < 1024 ** 2 ? 3 : 1))} MB`;
}

/** Whether a smaller copy of an image says the same: not of drawings, and not of what moves. */
export function isShrinkable(type: string, bytes: Uint8Array): boolean {
  if (!RASTER.has(type)) return false;
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (type === "image/png") return !whole.subarray(0, Math.max(0, whole.indexOf("IDAT"))).includes("acTL");
  if (type === "image/avif") return whole.toString("latin1", 8, 12) !== "avis";
  return type !== "image/webp" || !whole.subarray(0, 64).includes("ANIM");
}

/** Throws `invalid` for a file that is not sent as it is and of which no smaller copy may be sent. */
export async function refuseTooLarge(
  file: Pick<MediaFile, "ref" | "type">,
  bytes: Uint8Array,
  rules: SizeRules,
  place: Place,
): Promise<void> {
  const shrinks = rules.onTooLarge === "shrink" && isShrinkable(file.type, bytes);
  if (bytes.length > rules.maxBytes && !shrinks) throw tooLarge(file, bytes.length, rules.maxBytes, place);
  if (rules.maxWidth === undefined || !isShrinkable(file.type, bytes)) return;
  const width = await widthOf(bytes, file, place);
  if (width > rules.maxWidth && !shrinks) {
    throw new Fault(
      "invalid",
      `${JSON.stringify(file.ref)} is ${width} pixels wide, more than ${rules.maxWidth}`,
      {
        code: "media-too-wide",
        place,
        hint: "Make it smaller, or let a smaller copy be sent: `media: { onTooLarge: shrink }` in ainstein.yaml.",
      },
    );
  }
}

export function tooLarge(file: Pick<MediaFile, "ref">, size: number, limit: number, place: Place): Fault {
  return new Fault(
    "invalid",
    `${JSON.stringify(file.ref)} is ${megabytes(size)}, more than ${megabytes(limit)}`,
    {
      code: "media-too-large",
      place,
      hint: "Make it smaller, or raise `media: { maxBytes: … }` in ainstein.yaml.",
    },
  );
}

/**
 * The bytes to send: the file's own, or those of a smaller copy that keeps colours and orientation. The same copy of the
 * same bytes, as long as the encoder is the same. Throws `invalid` where no copy is small enough.
 */
export async function bytesToSend(
  file: Pick<MediaFile, "ref" | "type" | "path">,
  bytes: Uint8Array,
  { maxBytes, maxWidth, onTooLarge }: SizeRules,
): Promise<Uint8Array> {
  const place = { file: file.path };
  if (onTooLarge !== "shrink" || !isShrinkable(file.type, bytes)) return bytes;
  if (maxWidth === undefined && bytes.length <= maxBytes) return bytes;
  const width = await widthOf(bytes, file, place);
  if (bytes.length <= maxBytes && width <= (maxWidth ?? width)) return bytes;
  const sharp = await encoder(place);
  for (let to = Math.min(width, maxWidth ?? width); to >= SMALLEST_WIDTH; to = Math.floor(to * 0.8)) {
    for (const quality of QUALITIES) {
      const image = sharp(bytes)
        .autoOrient()
        .resize({ width: to, withoutEnlargement: true })
        .keepIccProfile();
      const smaller = await encoded(image, file.type, quality).toBuffer();
      if (smaller.length <= maxBytes) return smaller;
      if (file.type === "image/png") break;
    }
  }
  throw tooLarge(file, bytes.length, maxBytes, place);
}

type Sharp = typeof import("sharp");
type Image = ReturnType<Sharp>;

function encoded(image: Image, type: string, quality: number): Image {
  if (type === "image/png") return image.png({ compressionLevel: 9 });
  if (type === "image/webp") return image.webp({ quality });
  return type === "image/avif" ? image.avif({ quality }) : image.jpeg({ quality, mozjpeg: true });
}

/** As a viewer shows it, with the camera's orientation. */
async function widthOf(bytes: Uint8Array, file: Pick<MediaFile, "ref">, place: Place): Promise<number> {
  const sharp = await encoder(place);
  try {
    return (await sharp(bytes).metadata()).autoOrient.width;
  } catch (cause) {
    throw new Fault("invalid", `${JSON.stringify(file.ref)} cannot be read as an image`, {
      code: "media-broken",
      place,
      cause,
      hint: "Save it anew.",
    });
  }
}

/** An optional dependency: installations that never measure an image do without. */
async function encoder(place: Place): Promise<Sharp> {
  try {
    return (await import("sharp")).default as unknown as Sharp;
  } catch (cause) {
    throw new Fault(
      "usage",
      "`media: { maxWidth, onTooLarge: shrink }` need the package `sharp`, which is not installed",
      {
        code: "no-sharp",
        place,
        cause,
        hint: "Install it beside ainstein-cms: `npm install sharp`. Or leave the two out of ainstein.yaml.",
      },
    );
  }
}
