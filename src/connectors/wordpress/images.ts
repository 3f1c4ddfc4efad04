// Files of the operator's and uploads of the site, one for the other. Pure.
import type { MediaFile } from "../../content/document.ts";
import type { Addresses } from "../../content/markdown/format.ts";
import type { Refs, RemoteMedia } from "../contract.ts";
import { addressKey, mediaIndex } from "./refs-index.ts";

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
      const named = id === undefined ? undefined : mediaIndex(refs.media).byId.get(String(id));
      const media = named !== undefined && shows(named, src) ? named : mediaAt(src, refs);
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

/** The upload with these bytes. */
export function mediaOf(digest: string, refs: Known): RemoteMedia | undefined {
  return mediaIndex(refs.media).byDigest(digest);
}

/** The upload that an address shows, in any of its sizes. */
export function mediaAt(src: string, refs: Known): RemoteMedia | undefined {
  return mediaIndex(refs.media)
    .byAddress.get(addressKey(src))
    ?.find((item) => shows(item, src));
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
  const wanted = addressKey(src);
  return [media.url, ...media.variants].some((url) => addressKey(url) === wanted);
}
