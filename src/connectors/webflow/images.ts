// Files of the operator's and files of the site, one for the other: the digest stands in an upload's name. Pure.
import type { MediaFile } from "../../content/document.ts";
import type { Addresses } from "../../content/markdown/format.ts";
import type { Refs, RemoteMedia } from "../contract.ts";

type Known = Pick<Refs, "media" | "files" | "links" | "siteUrl">;

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
export function addressesOf(refs: Known): Addresses {
  return {
    toSite(ref) {
      const media = uploadOf(ref, refs);
      return media === undefined ? undefined : { src: media.url };
    },
    toLocal: (src) => refOf(src, refs),
    linkToSite: (href) => uploadOf(href, refs)?.url ?? refs.links.toSite(href),
    linkToLocal: (href) => refOf(href, refs) ?? refs.links.toLocal(href),
    whole: (src) => wholeAddress(src, `${refs.siteUrl}/`),
  };
}

function wholeAddress(src: string, base: string): string | undefined {
  const isWhole = src === "" || /^(?:[a-z][a-z0-9+.-]*:|\/\/)/i.test(src);
  return !isWhole && URL.canParse(src, base) ? new URL(src, base).href : undefined;
}

/** The upload with a local file's bytes, where the site has it. */
export function uploadOf(ref: string, refs: Known): RemoteMedia | undefined {
  const file = refs.files.find((candidate) => candidate.ref === ref);
  if (file === undefined) return undefined;
  return refs.media.find((item) => item.digest !== "" && file.digest.startsWith(item.digest));
}

/** The local file that an address of the site shows: by what is known of its uploads, else by the name. */
export function refOf(src: string, refs: Known): string | undefined {
  const media = refs.media.find((item) => item.digest !== "" && item.url === src);
  const digest = media?.digest ?? digitsIn(src);
  return digest === ""
    ? undefined
    : refs.files.find((file: MediaFile) => file.digest.startsWith(digest))?.ref;
}
