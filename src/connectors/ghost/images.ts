// Files of the operator's and uploads of the site, one for the other: the digest stands in an upload's name. Pure.
import type { Addresses } from "../../content/markdown/format.ts";
import { fileWith, type KnownUploads, uploadOf } from "../uploads.ts";

/** Digits of the SHA-256 in an upload's name: 48 bits. */
export const DIGITS = 12;

/** Of `harbour-0123456789ab.jpg`, also under the number that Ghost gives a second upload; "" for others. */
export function digitsIn(address: string): string {
  const name = bare(address).split("/").at(-1) ?? "";
  return /-([0-9a-f]{12})(?:-\d+)?(?:_o)?\.[a-z0-9]+$/i.exec(name)?.[1] ?? "";
}

/** Images and links in bodies. Ghost itself makes addresses whole that begin with a slash. */
export function addressesOf(refs: KnownUploads): Addresses {
  return {
    toSite(ref) {
      const src = uploadOf(ref, refs)?.url ?? whole(ref, refs.siteUrl);
      return src === undefined ? undefined : { src };
    },
    toLocal: (src) => refOf(src, refs),
    linkToSite: (href) => uploadOf(href, refs)?.url ?? refs.links.toSite(href) ?? whole(href, refs.siteUrl),
    linkToLocal: (href) => refOf(href, refs) ?? refs.links.toLocal(href),
  };
}

function whole(address: string, siteUrl: string): string | undefined {
  if (!/^\/(?!\/)/.test(address) || !URL.canParse(siteUrl)) return undefined;
  return new URL(siteUrl).origin + address;
}

/** The local file that an address of the site shows: by what is known of its uploads, else by the name. */
export function refOf(src: string, refs: KnownUploads): string | undefined {
  const media = refs.media.find((item) => item.digest !== "" && bare(item.url) === bare(src));
  const digest = media?.digest ?? digitsIn(src);
  return fileWith(digest, refs);
}

const bare = (url: string) => url.replace(/^https?:/i, "").replace(/[?#].*$/s, "");
