// Files of the operator's and uploads of a site, one for the other, by the digest. Pure.
import type { Addresses } from "../content/markdown/format.ts";
import type { Refs, RemoteMedia } from "./contract.ts";

export type KnownUploads = Pick<Refs, "media" | "files" | "links" | "siteUrl">;

/** The upload with a local file's bytes, where the site has it. */
export function uploadOf(ref: string, { files, media }: KnownUploads): RemoteMedia | undefined {
  const file = files.find((candidate) => candidate.ref === ref);
  if (file === undefined) return undefined;
  return media.find((item) => item.digest !== "" && file.digest.startsWith(item.digest));
}

/** The local file whose digest begins so; none for "". */
export function fileWith(digest: string, { files }: Pick<Refs, "files">): string | undefined {
  return digest === "" ? undefined : files.find((file) => file.digest.startsWith(digest))?.ref;
}

/** Images and links in bodies. `refOf`: the local file that an address of the site shows. */
export function addressesBy(
  refOf: (src: string, refs: KnownUploads) => string | undefined,
  refs: KnownUploads,
): Addresses {
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
