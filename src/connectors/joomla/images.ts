// Which file of the document, and which upload, an address of the site shows. Pure.
import type { Addresses } from "../../content/markdown/format.ts";
import type { Refs, RemoteMedia } from "../contract.ts";

type Known = Pick<Refs, "media" | "files" | "links" | "siteUrl">;

/** Digits of the SHA-256 in an upload's name: 48 bits. */
export const DIGITS = 12;

/** `0123456789ab-harbour.jpg`; "" for what this program did not upload. */
export function digitsIn(address: string): string {
  const [path = ""] = address.split(/[?#]/);
  const [name = ""] = path.split("/").slice(-1);
  return /^([0-9a-f]{12})-/.exec(name)?.[1] ?? "";
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
  const bare = (url: string) => url.replace(/^https?:/i, "").replace(/[?#].*$/s, "");
  const media = refs.media.find((item) => item.digest !== "" && bare(item.url) === bare(src));
  const digest = media?.digest ?? digitsIn(src);
  if (digest === "") return undefined;
  return refs.files.find((file) => file.digest.startsWith(digest))?.ref;
}
