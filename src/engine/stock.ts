import type { Connector, RemoteMedia, Term } from "../connectors/contract.ts";
import { foldName, joinTermPath, splitTermPath } from "../content/term-path.ts";

/** An upload as the lockfile remembers it. */
export interface KnownMedia {
  readonly digest: string;
  readonly id: string;
  readonly url: string;
}

/** A term under the name that documents use; the site may have renamed it since. */
export interface KnownTerm {
  readonly taxonomy: string;
  readonly id: string;
  /** Path from the top, joined by `/`; a `/` within a name is written `\/`. */
  readonly name: string;
}

/** Terms of the site, fetched by taxonomy on first use. */
export interface TermStock {
  load(taxonomies: Iterable<string>): Promise<void>;
  add(term: Term): void;
  find(taxonomy: string, path: readonly string[]): Term | undefined;
  all(): readonly Term[];
  /** Those that documents name, for the lockfile: a term renamed on the site is found again by its id. */
  readonly used: ReadonlyMap<string, KnownTerm>;
}

export function termStock(connector: Connector, known: readonly KnownTerm[]): TermStock {
  const byPath = new Map<string, Term>();
  const loaded = new Set<string>();
  const used = new Map<string, KnownTerm>();
  let list: readonly Term[] = [];
  const use = ({ taxonomy, id }: Term, path: readonly string[]) => {
    const name = joinTermPath(path);
    used.set(`${taxonomy}\0${id}\0${name}`, { taxonomy, id, name });
  };
  const add = (term: Term) => {
    const key = pathKey(term.taxonomy, term.path);
    if (byPath.has(key)) return;
    byPath.set(key, term);
    list = [];
  };
  return {
    used,
    async load(taxonomies) {
      for (const taxonomy of taxonomies) {
        if (connector.terms === undefined || loaded.has(taxonomy)) continue;
        const terms = await connector.terms.list(taxonomy);
        for (const term of terms) add(term);
        const byId = new Map(terms.map((term) => [term.id, term]));
        for (const old of known) {
          const now = old.taxonomy === taxonomy ? byId.get(old.id) : undefined;
          const path = splitTermPath(old.name);
          if (now !== undefined) add({ ...now, path, name: path.at(-1) ?? "" });
        }
        loaded.add(taxonomy);
      }
    },
    add: (term) => {
      add(term);
      use(term, term.path);
    },
    find: (taxonomy, path) => {
      const found = byPath.get(pathKey(taxonomy, path));
      if (found !== undefined) use(found, path);
      return found;
    },
    all: () => {
      if (list.length === 0) list = [...byPath.values()];
      return list;
    },
  };
}

/** Uploads of the site, fetched by digest or id when somebody asks. */
export interface MediaStock {
  /** From the lockfile where the site still has them, else by asking the site. */
  loadDigests(digests: Iterable<string>): Promise<void>;
  loadIds(ids: Iterable<string>): Promise<void>;
  add(media: RemoteMedia): void;
  byDigest(digest: string): RemoteMedia | undefined;
  all(): readonly RemoteMedia[];
}

/** Sites that can only keep a digest in a file's name keep this many digits of it. */
const NAME_DIGITS = 12;

export function mediaStock(connector: Connector, known: readonly KnownMedia[]): MediaStock {
  const byId = new Map<string, RemoteMedia>();
  const byDigest = new Map<string, RemoteMedia>();
  const asked = new Set<string>();
  const knownDigests = new Map(known.map((item) => [item.id, item.digest]));
  const knownIds = new Map(known.map((item) => [item.digest, item.id]));
  let list: readonly RemoteMedia[] = [];
  const find = (digest: string) => byDigest.get(digest) ?? byDigest.get(digest.slice(0, NAME_DIGITS));
  const add = (item: RemoteMedia, digest = knownDigests.get(item.id) ?? item.digest) => {
    const media = { ...item, digest };
    byId.set(item.id, media);
    if (digest !== "") byDigest.set(digest, media);
    list = [];
  };
  const loadIds = async (ids: Iterable<string>) => {
    const missing = [...new Set(ids)].filter((id) => !byId.has(id) && !asked.has(id));
    for (const id of missing) asked.add(id);
    if (connector.media === undefined || missing.length === 0) return;
    for (const item of await connector.media.get(missing)) add(item);
  };
  return {
    async loadDigests(digests) {
      const missing = [...new Set(digests)].filter((digest) => find(digest) === undefined);
      await loadIds(missing.flatMap((digest) => knownIds.get(digest) ?? []));
      const unknown = missing.filter((digest) => find(digest) === undefined && !asked.has(digest));
      for (const digest of unknown) asked.add(digest);
      if (connector.media === undefined || unknown.length === 0) return;
      for (const item of await connector.media.findByDigest(unknown)) {
        add(
          item,
          unknown.find((digest) => item.digest !== "" && digest.startsWith(item.digest)),
        );
      }
    },
    loadIds,
    add: (item) => add(item, item.digest),
    byDigest: find,
    all: () => {
      if (list.length === 0) list = [...byId.values()];
      return list;
    },
  };
}

function pathKey(taxonomy: string, path: readonly string[]): string {
  return [taxonomy, ...path.map(foldName)].join("\0");
}
