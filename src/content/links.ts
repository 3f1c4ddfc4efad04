/**
 * Where one document's links to other documents of its root lead on a site. A link is a path as for media, with a query
 * or fragment that stays: `./other.md#part`, `/posts/other.md`.
 */
export interface Links {
  /** Address on the site; undefined for what is no document's, or has no address there yet. */
  toSite(href: string): string | undefined;
  /** Link from this document to the file that an address of the site belongs to; undefined where it is none's. */
  toLocal(href: string): string | undefined;
}

/** No other document is known. */
export const noLinks: Links = { toSite: () => undefined, toLocal: () => undefined };
