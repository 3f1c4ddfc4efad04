// Files of the operator's and files of the shop, one for the other: the digest stands in an upload's name. Pure.
import type { Addresses } from "../../content/markdown/format.ts";
import type { RemoteMedia } from "../contract.ts";
import { addressesBy, fileWith, type KnownUploads } from "../uploads.ts";
import { fileOf } from "./same.ts";

/** Digits of the SHA-256 in an upload's name: 48 bits. */
export const DIGITS = 12;

/** `0123456789ab-harbour.jpg`; "" for what this program did not upload. */
export function digitsIn(address: string): string {
  return /^([0-9a-f]{12})-/.exec(fileOf(address))?.[1] ?? "";
}

/** Images and links in bodies. */
export const addressesOf = (refs: KnownUploads): Addresses => addressesBy(refOf, refs);

/** The local file that an address of the shop shows: by what is known of its uploads, else by the name. */
export function refOf(src: string, refs: KnownUploads): string | undefined {
  const media = refs.media.find((item) => item.digest !== "" && shows(item, src));
  const digest = media?.digest ?? digitsIn(src);
  return fileWith(digest, refs);
}

/** Whether an address shows an upload. Queries are versions and sizes. */
export function shows(media: RemoteMedia, src: string): boolean {
  return media.url === src || (media.id !== "" && bare(media.url) === bare(src));
}

const bare = (url: string) => url.replace(/^https?:/i, "").replace(/[?#].*$/s, "");
