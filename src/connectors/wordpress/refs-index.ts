// What documents name of the site, by id, path, content and address: a large site has tens of thousands of each. Pure.
import type { Refs, RemoteMedia } from "../contract.ts";

type Parent = Refs["parents"][number];

interface ParentIndex {
  readonly byId: ReadonlyMap<string, Parent>;
  /** By `placeKey`. */
  readonly byPlace: ReadonlyMap<string, Parent>;
}

/** Paths as they are compared: in any case. */
export const placeKey = (kind: string, path: string) => `${kind}\0${path.toLowerCase()}`;

/** Where two have one id or one place, the first is found. */
export const parentIndex = grown((): [ParentIndex, (parent: Parent) => void] => {
  const byId = new Map<string, Parent>();
  const byPlace = new Map<string, Parent>();
  const add = (parent: Parent) => {
    addFirst(byId, parent.id, parent);
    addFirst(byPlace, placeKey(parent.kind, parent.path), parent);
  };
  return [{ byId, byPlace }, add];
});

interface MediaIndex {
  readonly byId: ReadonlyMap<string, RemoteMedia>;
  /** By `addressKey`, of the file and of all its sizes. */
  readonly byAddress: ReadonlyMap<string, readonly RemoteMedia[]>;
  /** The upload of this content. What the site tells may be a prefix: the digits in the name. */
  readonly byDigest: (digest: string) => RemoteMedia | undefined;
}

/** Sites that moved to https keep old http addresses in bodies; queries are cache busters. */
export const addressKey = (url: string) => url.replace(/^https?:/i, "").replace(/[?#].*$/s, "");

/** Where two have one id or one content, the first is found. */
export const mediaIndex = grown((): [MediaIndex, (media: RemoteMedia) => void] => {
  const byId = new Map<string, RemoteMedia>();
  const byAddress = new Map<string, RemoteMedia[]>();
  const byPrefix = new Map<string, RemoteMedia>();
  const lengths = new Set<number>();
  const add = (media: RemoteMedia) => {
    addFirst(byId, media.id, media);
    for (const key of new Set([media.url, ...media.variants].map(addressKey))) {
      const same = byAddress.get(key) ?? [];
      byAddress.set(key, same);
      same.push(media);
    }
    if (media.digest === "") return;
    addFirst(byPrefix, media.digest, media);
    lengths.add(media.digest.length);
  };
  const byDigest = (digest: string) => {
    for (const length of lengths) {
      const found = length > digest.length ? undefined : byPrefix.get(digest.slice(0, length));
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return [{ byId, byAddress, byDigest }, add];
});

function addFirst<K, V>(map: Map<K, V>, key: K, value: V): void {
  if (!map.has(key)) map.set(key, value);
}

/** One index for each list, which takes in what is appended to it. */
function grown<Item, Index>(empty: () => [Index, (item: Item) => void]): (list: readonly Item[]) => Index {
  const known = new WeakMap<
    readonly Item[],
    { readonly index: Index; readonly add: (item: Item) => void; size: number }
  >();
  return (list) => {
    let entry = known.get(list);
    if (entry === undefined) {
      const [index, add] = empty();
      entry = { index, add, size: 0 };
      known.set(list, entry);
    }
    for (; entry.size < list.length; entry.size += 1) {
      const item = list[entry.size];
      if (item !== undefined) entry.add(item);
    }
    return entry.index;
  };
}
