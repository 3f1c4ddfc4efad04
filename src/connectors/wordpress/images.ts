// Files of the operator's and uploads of the site, one for the other. Pure.
import type { MediaFile } from "../../content/document.ts";
import type { Addresses } from "../../content/markdown/format.ts";
import type { Refs, RemoteMedia } from "../contract.ts";

type Known = Pick<Refs, "media" | "files" | "links" | "siteUrl">;

/** Images and links in bodies: references to what the site has, and addresses or ids of uploads to references. */
export function addressesOf(refs: Known): Addresses {
  const uploadOf = (ref: string) => {
    const file = refs.files.find((candidate) => candidate.ref === ref);
    return file === undefined ? undefined : mediaOf(file.digest, refs);
  };
  return {
    toSite(ref) {
      const media = uploadOf(ref);
      return media === undefined ? undefined : { src: media.url, id: media.id };
    },
    toLocal(src, id) {
      const media = refs.media.find((item) => item.id === id && shows(item, src)) ?? mediaAt(src, refs);
      return media === undefined ? undefined : refOf(media, refs);
    },
    linkToSite: (href) => uploadOf(href)?.url ?? refs.links.toSite(href),
    linkToLocal(href) {
      const media = mediaAt(href, refs);
      return (media === undefined ? undefined : refOf(media, refs)) ?? refs.links.toLocal(href);
    },
    whole: (src) => wholeAddress(src, `${refs.siteUrl}/`),
  };
}

function wholeAddress(src: string, base: string): string | undefined {
  const isWhole = src === "" || /^(?:[a-z][a-z0-9+.-]*:|\/\/)/i.test(src);
  return !isWhole && URL.canParse(src, base) ? new URL(src, base).href : undefined;
}

/** The upload with these bytes. What the site tells may be a prefix: the digits in the name. */
export function mediaOf(digest: string, refs: Known): RemoteMedia | undefined {
  return refs.media.find((item) => item.digest !== "" && digest.startsWith(item.digest));
}

/** The upload that an address shows, in any of its sizes. */
export function mediaAt(src: string, refs: Known): RemoteMedia | undefined {
  return refs.media.find((item) => shows(item, src));
}

/** The reference of the local file with an upload's bytes. */
export function refOf(media: RemoteMedia, refs: Known): string | undefined {
  return media.digest === ""
    ? undefined
    : refs.files.find((file: MediaFile) => file.digest.startsWith(media.digest))?.ref;
}

/** Whether an address shows an upload, in any of its sizes. A file that lies elsewhere is known by its whole address. */
export function shows(media: RemoteMedia, src: string): boolean {
  if (media.id === "") return media.url === src;
  const wanted = address(src);
  return [media.url, ...media.variants].some((url) => address(url) === wanted);
}

/** Sites that moved to https keep old http addresses in bodies; queries are cache busters. */
function address(url: string): string {
  return url.replace(/^https?:/i, "").replace(/[?#].*$/s, "");
}
