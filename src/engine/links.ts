import type { State } from "../content/document.ts";
import { addressKey, type Links, linkFrom, resolveLink, splitHref, withSuffix } from "../content/links.ts";
import { referencesIn } from "../content/references.ts";
import type { Json } from "../lib/json.ts";
import type { LinkTargets } from "./fingerprint.ts";

/** Where the documents of a root are on a site, as far as this run knows; it learns with each write. */
export interface AddressBook {
  /** A file that may be a document, whether or not the site has it. */
  add(path: string): void;
  /** The address of a document's entry, and whether visitors see it there. */
  set(path: string, url: string, state: State): void;
  /** The path as the root spells it; undefined where no file of that name may be a document. */
  known(path: string): string | undefined;
  /**
   * What a link to this document leads to; "" where that is nowhere yet. `sent`: the address that was sent for it before.
   * It stays where the document is not seen at another one: a removed or hidden one may come back to where it was.
   */
  of(path: string, sent?: string): string;
  /** Whether the site has an entry for it. */
  has(path: string): boolean;
  /** The document at an address; undefined where it is none's, or that of several. */
  pathOf(address: string): string | undefined;
  /** The same for all addresses that lead to one place. */
  keyOf(address: string): string | undefined;
}

interface Place {
  readonly url: string;
  readonly seen: boolean;
}

export function addressBook(siteUrl: string): AddressBook {
  const places = new Map<string, Place>();
  const spelled = new Map<string, string>();
  const owners = new Map<string, Set<string>>();
  const keyOf = (address: string) => addressKey(address, siteUrl);
  const known = (path: string) => spelled.get(path.normalize("NFC"));
  const add = (path: string) => void spelled.set(path.normalize("NFC"), path);
  const ownersAt = (url: string) => owners.get(keyOf(url) ?? "");
  return {
    add,
    known,
    keyOf,
    set(path, url, state) {
      ownersAt(places.get(path)?.url ?? "")?.delete(path);
      const key = keyOf(url);
      if (key === undefined) return;
      add(path);
      places.set(path, { url, seen: state === "published" || state === "private" });
      owners.set(key, (owners.get(key) ?? new Set()).add(path));
    },
    of(path, sent = "") {
      const place = places.get(path);
      return place !== undefined && (place.seen || sent === "") ? place.url : sent;
    },
    has: (path) => places.has(path),
    pathOf(address) {
      const [path, ...others] = ownersAt(address) ?? [];
      return others.length === 0 ? path : undefined;
    },
  };
}

/** The documents that a body's links need the addresses of, each once, sorted. */
export function linkedIn(from: string, body: string, book: AddressBook): readonly string[] {
  if (!/\]|<a\s/i.test(body)) return [];
  const paths = referencesIn(body).flatMap(({ type, ref }) => {
    const path = type === "link" ? resolveLink(from, ref, book.known) : undefined;
    return path === undefined || (path === from && splitHref(ref).fragment !== "") ? [] : path;
  });
  return [...new Set(paths)].sort();
}

/** Where each of these documents is, or was when a link to it was sent. */
export function targetsOf(linked: readonly string[], book: AddressBook, sent: LinkTargets): LinkTargets {
  return Object.fromEntries(linked.map((path) => [path, book.of(path, sent[path])]));
}

/**
 * The links of a document that is to be sent, as they were when it was read. An address that `stored`, the body on the
 * site, has in another spelling stays as it is there.
 */
export function sentLinks(from: string, targets: LinkTargets, book: AddressBook, stored?: Json): Links {
  const spelled = spellings(stored, book, (path) => [targets[path] ?? ""]);
  return linksBetween(
    from,
    book,
    (path) => spelled(path) ?? targets[path] ?? "",
    () => undefined,
  );
}

/**
 * The links of a document that is compared with `stored`, the body on the site: what leads to a document's place of now,
 * or to the one that was sent for it (`sent`), is a link to that document.
 */
export function pulledLinks(from: string, sent: LinkTargets, book: AddressBook, stored?: Json): Links {
  const former = new Map(
    Object.entries(sent).flatMap(([path, url]) => {
      const key = book.keyOf(url);
      return key === undefined ? [] : [[key, path] as const];
    }),
  );
  const spelled = spellings(stored, book, (path) => [book.of(path), sent[path] ?? ""]);
  return linksBetween(
    from,
    book,
    (path) => spelled(path) ?? (sent[path] || book.of(path)),
    (address) => former.get(book.keyOf(address) ?? ""),
  );
}

function linksBetween(
  from: string,
  book: AddressBook,
  addressOf: (path: string) => string,
  formerly: (address: string) => string | undefined,
): Links {
  const ownerOf = (address: string) => formerly(address) ?? book.pathOf(address);
  return {
    toSite(href) {
      const path = resolveLink(from, href, book.known);
      if (path === undefined) return undefined;
      const parts = splitHref(href);
      if (path === from && parts.fragment !== "") return parts.fragment;
      const address = addressOf(path);
      return address === "" ? undefined : withSuffix(address, parts);
    },
    toLocal(href) {
      const { path, query, fragment } = splitHref(href);
      const whole = ownerOf(`${path}${query}`);
      if (whole !== undefined) return `${linkFrom(from, whole)}${fragment}`;
      const plain = query === "" ? undefined : ownerOf(path);
      return plain === undefined ? undefined : `${linkFrom(from, plain)}${query}${fragment}`;
    },
  };
}

/** How a stored body spells the addresses of documents: the first spelling that leads where one of `allowed` does. */
function spellings(
  stored: Json | undefined,
  book: AddressBook,
  allowed: (path: string) => readonly string[],
): (path: string) => string | undefined {
  if (typeof stored !== "string") return () => undefined;
  let found: Map<string, string> | undefined;
  return (path) => {
    found ??= spelledIn(stored, book);
    for (const url of allowed(path)) {
      const spelling = found.get(book.keyOf(url) ?? "");
      if (spelling !== undefined) return spelling;
    }
    return undefined;
  };
}

function spelledIn(stored: string, book: AddressBook): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, double, single] of stored.matchAll(/\shref\s*=\s*(?:"([^"]*)"|'([^']*)')/gi)) {
    const { path, query } = splitHref((double ?? single ?? "").replace(/&(?:amp|#0*38);/g, "&"));
    for (const address of new Set([`${path}${query}`, path])) {
      const key = book.keyOf(address);
      if (key !== undefined && !found.has(key)) found.set(key, address);
    }
  }
  return found;
}
