// Which file of the document, and which upload, an address of the site shows. Pure.
import type { Addresses } from "../../content/markdown/format.ts";
import { addressesBy, fileWith, type KnownUploads } from "../uploads.ts";

/** Digits of the SHA-256 in an upload's name: 48 bits. */
export const DIGITS = 12;

/** `0123456789ab-harbour.jpg`; "" for what this program did not upload. */
export function digitsIn(address: string): string {
  const [path = ""] = address.split(/[?#]/);
  const [name = ""] = path.split("/").slice(-1);
  return /^([0-9a-f]{12})-/.exec(name)?.[1] ?? "";
}

/** Images and links in bodies. */
export const addressesOf = (refs: KnownUploads): Addresses => addressesBy(refOf, refs);

/** The local file that an address of the site shows: by what is known of its uploads, else by the name. */
export function refOf(src: string, refs: KnownUploads): string | undefined {
  const bare = (url: string) => url.replace(/^https?:/i, "").replace(/[?#].*$/s, "");
  const media = refs.media.find((item) => item.digest !== "" && bare(item.url) === bare(src));
  const digest = media?.digest ?? digitsIn(src);
  return fileWith(digest, refs);
}
