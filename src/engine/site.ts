import type {
  Account,
  Author,
  Codec,
  Connector,
  Entry,
  Kind,
  Listing,
  Model,
  Refs,
  RemoteMedia,
  Term,
} from "../connectors/contract.ts";
import type { MediaFile } from "../content/document.ts";
import { Fault } from "../lib/fault.ts";

/** A connection that is open, as the engine needs it. */
export interface OpenTarget {
  readonly name: string;
  readonly platform: string;
  readonly connector: Connector;
  readonly codec: Codec;
  readonly settings: Readonly<Record<string, string>>;
  readonly defaultKind: string;
  /** Requests sent so far. */
  readonly requests: () => number;
}

/**
 * What the site holds that documents name, fetched on first use and kept for the run: terms, authors, media,
 * parents. `refs` is the plain value that codecs get.
 */
export interface Site {
  readonly target: OpenTarget;
  readonly account: Account;
  readonly model: Model;
  kind(name: string): Kind;
  /** Rows of the listing by id. */
  readonly listing: Map<string, Listing>;
  loadTerms(taxonomies: Iterable<string>): Promise<void>;
  addTerm(term: Term): void;
  loadAuthors(): Promise<void>;
  /** Media by digest: from the lockfile where the site still has them, else by asking the site. */
  loadMedia(digests: readonly string[]): Promise<void>;
  loadMediaIds(ids: readonly string[]): Promise<void>;
  addMedia(media: RemoteMedia): void;
  mediaByDigest(digest: string): RemoteMedia | undefined;
  term(taxonomy: string, path: readonly string[]): Term | undefined;
  refs(kind: string, files: readonly MediaFile[]): Refs;
  /** Terms that documents name, for the lockfile: a term renamed on the site is found again by its id. */
  readonly usedTerms: ReadonlyMap<string, KnownTerm>;
}

export interface KnownMedia {
  readonly digest: string;
  readonly id: string;
  readonly url: string;
}

/** A term under the name that documents use; the site may have renamed it since. */
export interface KnownTerm {
  readonly taxonomy: string;
  readonly id: string;
  /** Path from the top, joined by `/`; a `/` within a name is written `\\/`. */
  readonly name: string;
}

/** Proves who we are and reads the site's model. `known` is what the lockfile says of this target. */
export async function openSite(
  target: OpenTarget,
  known: { readonly media: readonly KnownMedia[]; readonly terms: readonly KnownTerm[] },
): Promise<Site> {
  const account = await target.connector.whoami();
  const model = await target.connector.model();
  const kinds = new Map(model.kinds.map((kind) => [kind.name, kind]));
  const listing = new Map<string, Listing>();
  const terms = new Map<string, Term>();
  const used = new Map<string, KnownTerm>();
  const taxonomies = new Set<string>();
  const media = new Map<string, RemoteMedia>();
  const knownIds = new Map(known.media.map((item) => [item.digest, item]));
  let authors: readonly Author[] | undefined;

  const use = (term: Term) => {
    const name = joinTermPath(term.path);
    used.set(`${term.taxonomy}\0${term.id}\0${name}`, { taxonomy: term.taxonomy, id: term.id, name });
  };
  const addMedia = (item: RemoteMedia, digest = item.digest) => {
    media.set(item.id, { ...item, digest });
  };
  const byDigest = (digest: string) =>
    [...media.values()].find((item) => item.digest !== "" && digest.startsWith(item.digest));

  return {
    target,
    account,
    model,
    listing,
    kind: (name) => {
      const kind = kinds.get(name);
      if (kind !== undefined) return kind;
      throw new Fault("invalid", `${account.siteTitle} has no kind "${name}"`, {
        code: "unknown-kind",
        hint: `it has: ${[...kinds.keys()].join(", ")}`,
      });
    },
    async loadTerms(wanted) {
      const store = target.connector.terms;
      for (const taxonomy of wanted) {
        if (store === undefined || taxonomies.has(taxonomy)) continue;
        for (const term of await store.list(taxonomy)) terms.set(`${taxonomy}\0${term.id}`, term);
        for (const old of known.terms.filter((line) => line.taxonomy === taxonomy)) {
          const now = terms.get(`${taxonomy}\0${old.id}`);
          const path = splitTermPath(old.name);
          if (now === undefined || samePath(now.path, path)) continue;
          terms.set(`${taxonomy}\0${old.id}\0renamed`, { ...now, path, name: path.at(-1) ?? "" });
        }
        taxonomies.add(taxonomy);
      }
    },
    addTerm: (term) => {
      terms.set(`${term.taxonomy}\0${term.id}`, term);
      use(term);
    },
    async loadAuthors() {
      authors ??= (await target.connector.authors?.()) ?? [];
    },
    async loadMedia(digests) {
      const store = target.connector.media;
      const missing = [...new Set(digests)].filter((digest) => byDigest(digest) === undefined);
      if (store === undefined || missing.length === 0) return;
      const lines = missing.flatMap((digest) => knownIds.get(digest) ?? []);
      const present = new Map((await store.get(lines.map((line) => line.id))).map((item) => [item.id, item]));
      for (const line of lines) {
        const item = present.get(line.id);
        if (item !== undefined) addMedia(item, line.digest);
      }
      const unknown = missing.filter((digest) => byDigest(digest) === undefined);
      if (unknown.length === 0) return;
      for (const item of await store.findByDigest(unknown)) {
        addMedia(
          item,
          unknown.find((digest) => item.digest !== "" && digest.startsWith(item.digest)),
        );
      }
    },
    async loadMediaIds(ids) {
      const missing = [...new Set(ids)].filter((id) => !media.has(id));
      if (missing.length === 0 || target.connector.media === undefined) return;
      const digests = new Map(known.media.map((item) => [item.id, item.digest]));
      for (const item of await target.connector.media.get(missing))
        addMedia(item, digests.get(item.id) ?? item.digest);
    },
    addMedia: (item) => addMedia(item),
    mediaByDigest: byDigest,
    term: (taxonomy, path) => {
      const found = [...terms.values()].find(
        (term) => term.taxonomy === taxonomy && samePath(term.path, path),
      );
      if (found !== undefined) use(found);
      return found;
    },
    refs: (kind, files) => ({
      timezone: account.timezone,
      siteUrl: account.siteUrl,
      terms: [...terms.values()],
      media: [...media.values()],
      files,
      authors: authors ?? [],
      parents: [...listing.values()].map((row) => ({ id: row.id, kind: row.kind, path: slugPath(row) })),
      kind: kinds.get(kind) ?? { name: kind, title: kind, fields: [], taxonomies: {}, body: true },
      settings: target.settings,
    }),
    usedTerms: used,
  };
}

export function slugPath(row: { readonly scope: string; readonly slug: string }): string {
  return row.scope === "" ? row.slug : `${row.scope}/${row.slug}`;
}

export function joinTermPath(path: readonly string[]): string {
  return path.map((name) => name.replaceAll("/", "\\/")).join("/");
}

function splitTermPath(name: string): readonly string[] {
  return name.split(/(?<!\\)\//).map((part) => part.replaceAll("\\/", "/"));
}

function samePath(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, index) => fold(name) === fold(b[index] ?? ""));
}

/** Names that every platform treats as one: case, Unicode form and outer white space aside. */
export function fold(name: string): string {
  return name.normalize("NFC").trim().toLowerCase();
}

/** Reads entries in batches as large as the platform takes. Ids that are gone come back with the proof. */
export async function readEntries(
  site: Site,
  rows: readonly { readonly id: string; readonly kind: string; readonly locale: string }[],
  onBatch: (done: number) => void = () => {},
): Promise<Map<string, Entry | "missing" | "trashed">> {
  const found = new Map<string, Entry | "missing" | "trashed">();
  const size = Math.max(1, site.target.connector.traits.readBatch);
  for (let start = 0; start < rows.length; start += size) {
    const batch = rows.slice(start, start + size);
    for (const result of await site.target.connector.read(batch)) {
      found.set(result.id, result.entry ?? result.gone);
    }
    onBatch(Math.min(start + size, rows.length));
  }
  return found;
}
