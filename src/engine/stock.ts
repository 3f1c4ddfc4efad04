import type { Connector, RemoteMedia } from "../connectors/contract.ts";

/** An upload as the lockfile remembers it. */
export interface KnownMedia {
  readonly digest: string;
  readonly id: string;
  readonly url: string;
}

/** Uploads of the site, fetched by digest or id when somebody asks. */
export interface MediaStock {
  /** From the lockfile where the site still has them, else by asking the site. */
  loadDigests(digests: Iterable<string>): Promise<void>;
  loadIds(ids: Iterable<string>): Promise<void>;
  add(media: RemoteMedia): void;
  /** As if the lockfile had said so. */
  learn(known: readonly KnownMedia[]): void;
  byDigest(digest: string): RemoteMedia | undefined;
  all(): readonly RemoteMedia[];
}

/** Sites that can only keep a digest in a file's name keep this many digits of it. */
const NAME_DIGITS = 12;

export function mediaStock(connector: Connector, known: readonly KnownMedia[]): MediaStock {
  const byId = new Map<string, RemoteMedia>();
  const byDigest = new Map<string, RemoteMedia>();
  const asked = new Map<string, Promise<void>>();
  const knownDigests = new Map<string, string>();
  const knownIds = new Map<string, string>();
  let list: readonly RemoteMedia[] = [];
  const find = (digest: string) => byDigest.get(digest) ?? byDigest.get(digest.slice(0, NAME_DIGITS));
  const add = (item: RemoteMedia, digest = knownDigests.get(item.id) ?? item.digest) => {
    const media = { ...item, digest };
    byId.set(item.id === "" ? item.url : item.id, media);
    if (digest !== "") byDigest.set(digest, media);
    list = [];
  };
  const learn = (items: readonly KnownMedia[]) => {
    for (const { digest, id, url } of items) {
      if (id === "") add({ id, digest, url, type: "", alt: "", variants: [] }, digest);
      else {
        knownDigests.set(id, digest);
        knownIds.set(digest, id);
      }
    }
  };
  learn(known);
  /** Asks for those that nobody has asked for, and waits for those that somebody is asking for now. */
  const ask = async (names: readonly string[], find: (unknown: readonly string[]) => Promise<void>) => {
    const unknown = names.filter((name) => !asked.has(name));
    if (unknown.length > 0) {
      const answer = find(unknown);
      for (const name of unknown) asked.set(name, answer);
      answer.catch(() => unknown.map((name) => asked.delete(name)));
    }
    for (const answer of new Set(names.map((name) => asked.get(name)))) await answer;
  };
  const loadIds = (ids: Iterable<string>) =>
    ask(
      [...new Set(ids)].filter((id) => !byId.has(id)),
      async (unknown) => {
        for (const item of (await connector.media?.get(unknown)) ?? []) add(item);
      },
    );
  return {
    async loadDigests(digests) {
      const missing = [...new Set(digests)].filter((digest) => find(digest) === undefined);
      await loadIds(missing.flatMap((digest) => knownIds.get(digest) ?? []));
      const lacking = missing.filter((digest) => find(digest) === undefined);
      await ask(lacking, async (unknown) => {
        for (const item of (await connector.media?.findByDigest(unknown)) ?? []) {
          const digest = unknown.find((one) => item.digest !== "" && one.startsWith(item.digest));
          add(item, digest);
        }
      });
    },
    loadIds,
    learn,
    add: (item) => add(item, item.digest),
    byDigest: find,
    all: () => {
      if (list.length === 0) list = [...byId.values()];
      return list;
    },
  };
}
