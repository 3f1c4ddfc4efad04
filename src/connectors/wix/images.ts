// Files of the operator's and files of the site's Media Manager, one for the other. Pure.
import type { Addresses } from "../../content/markdown/format.ts";
import { fileWith, type KnownUploads, uploadOf } from "../uploads.ts";

/** Digits of the SHA-256 in the name of a file: 48 bits. */
export const DIGITS = 12;

/** Of `harbour-0123456789ab.jpg`; "" for names that this program did not give. */
export function digitsIn(name: string): string {
  return /-([0-9a-f]{12})\.[a-z0-9]+$/i.exec(name)?.[1] ?? "";
}

const MEDIA = "https://static.wixstatic.com/media/";

/** Where visitors get a file from. */
export const addressOf = (id: string): string => MEDIA + encodeURI(id);

/** Of an address of Wix's own store, or of the sandbox's, at any size; undefined for others. */
export function idIn(address: string): string | undefined {
  const [, id] =
    /^(?:https?:)?\/\/(?:static\.wixstatic\.com|127\.0\.0\.1:\d+)\/media\/([^/?#]+)/i.exec(address) ?? [];
  if (id === undefined) return undefined;
  try {
    return decodeURI(id);
  } catch {
    return id;
  }
}

/** Images and links in bodies. */
export function addressesOf(refs: KnownUploads): Addresses {
  return {
    toSite(ref) {
      const media = uploadOf(ref, refs);
      if (media === undefined) return undefined;
      const { id, width, height } = media;
      return { src: addressOf(id), ...(width && height ? { width, height } : {}) };
    },
    toLocal: (src) => refOf(idIn(src), refs),
    linkToSite: (href) => uploadOf(href, refs)?.url ?? refs.links.toSite(href),
    linkToLocal: (href) => refOf(idIn(href), refs) ?? refs.links.toLocal(href),
  };
}

/** The local file that an upload has the bytes of. */
export function refOf(id: string | undefined, refs: KnownUploads): string | undefined {
  const digest = refs.media.find((item) => item.id === id)?.digest ?? "";
  return fileWith(digest, refs);
}
