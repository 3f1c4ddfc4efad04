import { posix } from "node:path";
import { isLocalRef } from "./media.ts";

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

/** What stands before the query, and query and fragment with their marks, "" where there is none. */
export interface Href {
  readonly path: string;
  readonly query: string;
  readonly fragment: string;
}

export function splitHref(href: string): Href {
  const [, path = "", query = "", fragment = ""] = /^([^?#]*)(\?[^#]*)?(#.*)?$/s.exec(href) ?? [];
  return { path, query, fragment };
}

const DOCUMENT = /\.(md|markdown|json)$/i;
const INDEXES = ["index.md", "_index.md", "index.markdown", "index.json"];

/**
 * Path of the document that a link of the document at `from` names: a file, or, below the document's own directory or
 * beside it, a directory with an index. `known` tells the spelling of a path that is a document's. A file of a document's
 * ending is one whether or not it is there. Undefined for addresses, anchors, other files, and what leads out of the root;
 * so is `/about/`, an address of the site.
 */
export function resolveLink(
  from: string,
  href: string,
  known: (path: string) => string | undefined,
): string | undefined {
  const { path } = splitHref(href);
  if (path === "" || !isLocalRef(href)) return undefined;
  const name = decoded(path);
  const rooted = name.startsWith("/");
  const target = posix.normalize(rooted ? name.replace(/^\/+/, "") : posix.join(posix.dirname(from), name));
  if (name.includes("\0") || target === ".." || target.startsWith("../")) return undefined;
  if (DOCUMENT.test(target)) return known(target) ?? target;
  if (rooted) return undefined;
  const indexes = INDEXES.map((index) => known(posix.join(target, index)));
  return indexes.find((index) => index !== undefined);
}

/** The link by which the document at `from` names the one at `to`: `./b.md`, `../pages/c.md`. */
export function linkFrom(from: string, to: string): string {
  const path = posix.relative(posix.dirname(from), to);
  const written = path.replace(/[%?#\s()<>\\[\]"`|]/gu, (sign) => ESCAPED[sign] ?? encodeURIComponent(sign));
  return path.startsWith("../") ? written : `./${written}`;
}

/** What ends a Markdown link, and `encodeURIComponent` leaves. */
const ESCAPED: Readonly<Record<string, string>> = { "(": "%28", ")": "%29" };

/**
 * Addresses that lead to one place have one key: scheme, case of the host, a slash at the end and escapes do not matter.
 * `base`: the site's address, which `/other/` counts from. Undefined for what is no address of a page.
 */
export function addressKey(address: string, base: string): string | undefined {
  if (address === "" || address.startsWith("#")) return undefined;
  const whole = /^(https?:)?\/\//i.test(address) || /^file:\/\//i.test(address);
  if (!whole && !(address.startsWith("/") && /^https?:/i.test(base))) return undefined;
  try {
    const { protocol, host, pathname, search } = new URL(address, base === "" ? undefined : base);
    const place = protocol === "file:" ? "file:" : host.toLowerCase();
    return `${place}${decoded(pathname).normalize("NFC").replace(/\/+$/, "")}${search}`;
  } catch {
    return undefined;
  }
}

/** An address with the query and fragment of a link behind it. */
export function withSuffix(address: string, { query, fragment }: Href): string {
  const joined = query !== "" && address.includes("?") ? `&${query.slice(1)}` : query;
  return `${address}${joined}${fragment}`;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
