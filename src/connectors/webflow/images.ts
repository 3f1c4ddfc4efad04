// Files of the operator's and files of the site, one for the other: the digest stands in an upload's name. Pure.
import type { Addresses } from "../../content/markdown/format.ts";
import { addressesBy, fileWith, type KnownUploads } from "../uploads.ts";

/** Digits of the SHA-256 in an upload's name: 48 bits. */
export const DIGITS = 12;

/** Name of a file in an address, without the ids that Webflow puts before it each time it takes a file over. */
export function fileOf(address: string): string {
  const [name = ""] = address
    .replace(/[?#].*$/s, "")
    .split("/")
    .slice(-1);
  return decoded(name).replace(/^(?:[0-9a-f]{24}_)+/, "");
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** `0123456789ab-harbour.jpg`; "" for what this program did not upload. */
export function digitsIn(address: string): string {
  return /^([0-9a-f]{12})-/.exec(fileOf(address))?.[1] ?? "";
}

/** Images and links in bodies. */
export const addressesOf = (refs: KnownUploads): Addresses => addressesBy(refOf, refs);

/** The local file that an address of the site shows: by what is known of its uploads, else by the name. */
export function refOf(src: string, refs: KnownUploads): string | undefined {
  const media = refs.media.find((item) => item.digest !== "" && item.url === src);
  const digest = media?.digest ?? digitsIn(src);
  return fileWith(digest, refs);
}
