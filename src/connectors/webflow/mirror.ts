// What is known of a collection's items: a whole look, and from then on what changed since.
import { Fault, isFault } from "../../lib/fault.ts";
import { canonicalJson, type Json } from "../../lib/json.ts";
import { type Joining, joinedFor } from "../joined.ts";
import { CODES } from "./faults.ts";
import type { Wired } from "./kinds.ts";
import { type Item, itemSchema, pageSchema } from "./rows.ts";
import type { Query, Site } from "./site.ts";

export interface Mirror {
  /** Staged items in all languages, by `itemKey`. */
  readonly items: Map<string, Item>;
  /** Webflow's time of the last look, in ms since 1970: whatever changed after it has a later `lastUpdated`. */
  at: number;
  /** The same of the last look at all of it. */
  wholeAt: number;
}

/** Items in a page at most. */
export const PAGE = 100;
const ATTEMPTS = 4;

/** Webflow's machines do not agree to the second on what time it is. */
const MARGIN_MS = 5000;

export const itemKey = (id: string, cmsLocaleId: string) => `${id} ${cmsLocaleId}`;

const keyOf = ({ id, cmsLocaleId }: Item) => itemKey(id, cmsLocaleId ?? "");

/** With the language as requests name it: a site in one language may or may not say it with its items. */
export async function spoken(site: Site, items: readonly Item[]): Promise<readonly Item[]> {
  const { locales } = await site.identity();
  const [primary] = locales;
  return items.map((item) => ({
    ...item,
    cmsLocaleId: locales.length === 1 ? primary.cmsLocaleId : (item.cmsLocaleId ?? primary.cmsLocaleId),
  }));
}

/** In all languages, as the listing takes them. */
async function everyLocale(site: Site): Promise<Query> {
  const { locales } = await site.identity();
  return locales.length === 1 ? {} : { cmsLocaleId: locales.map((one) => one.cmsLocaleId).join(",") };
}

/** All items, each once. Throws `protocol` where they do not hold still. */
export async function lookAtAll(site: Site, wired: Wired): Promise<Mirror> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const mirror = await wholeOnce(site, wired);
    if (mirror === undefined) continue;
    site.mirrors.set(wired.id, mirror);
    return mirror;
  }
  throw new Fault(
    "protocol",
    `the listing of ${wired.kind.title} does not hold still: its pages and its total do not fit`,
    {
      code: "webflow.listing-unstable",
      hint: "another tool may be adding or removing items right now: try again later",
    },
  );
}

/** In the order of creation: what comes meanwhile comes at the end. Undefined where the pages do not make up the total. */
async function wholeOnce(site: Site, wired: Wired): Promise<Mirror | undefined> {
  const items = new Map<string, Item>();
  const query = { ...(await everyLocale(site)), sortBy: "createdOn", sortOrder: "asc", limit: PAGE };
  let at: number | undefined;
  let total: number | undefined;
  for (let offset = 0; offset === 0 || offset < (total ?? 0); offset += PAGE) {
    const page = await pageAt(site, wired, { ...query, offset });
    at ??= page.at;
    if (total !== undefined && total !== page.total) return undefined;
    total = page.total;
    for (const item of page.items) items.set(keyOf(item), item);
    if (page.items.length === 0 && offset < total) return undefined;
  }
  const since = at ?? newest(items.values());
  return items.size === total ? { items, at: since, wholeAt: since } : undefined;
}

interface Page {
  readonly items: readonly Item[];
  readonly total: number;
  /** Webflow's time, where it tells. */
  readonly at: number | undefined;
}

async function pageAt(site: Site, { id }: Wired, query: Query): Promise<Page> {
  const { value, serverTime } = await site.get(`/collections/${id}/items`, query, (payload) =>
    pageSchema.parse(payload),
  );
  return { items: await spoken(site, value.items), total: value.pagination.total, at: serverTime };
}

const stampOf = ({ lastUpdated }: Item) => Date.parse(lastUpdated);

function newest(items: Iterable<Item>): number {
  let last = 0;
  for (const item of items) last = Math.max(last, stampOf(item) || 0);
  return last;
}

/**
 * What changed since the last look. Where as many items changed as this program itself wrote since, and the last of them
 * are as Webflow answered those writes, nobody else was there; else all that changed are read.
 */
export async function lookAgain(site: Site, wired: Wired, mirror: Mirror): Promise<void> {
  const since = mirror.at - MARGIN_MS;
  const query = {
    ...(await everyLocale(site)),
    "lastUpdated[gte]": new Date(since).toISOString(),
    ...{ sortBy: "lastUpdated", sortOrder: "desc", limit: PAGE },
  };
  const expected = [...mirror.items.values()].filter((item) => stampOf(item) >= since).length;
  let at: number | undefined;
  for (let offset = 0, total = 1; offset < total; offset += PAGE) {
    const page = await pageAt(site, wired, { ...query, offset });
    at ??= page.at ?? newest(page.items);
    total = page.total;
    const isAsKnown = page.items.every((item) => isSame(item, mirror.items.get(keyOf(item))));
    for (const item of page.items) mirror.items.set(keyOf(item), item);
    if ((offset === 0 && isAsKnown && total === expected) || page.items.length === 0) break;
  }
  mirror.at = Math.max(mirror.at, at ?? 0);
}

function isSame(item: Item, other: Item | undefined): boolean {
  return (
    other !== undefined && canonicalJson(item as unknown as Json) === canonicalJson(other as unknown as Json)
  );
}

/** What Webflow answered beside a look: `items` as `spoken` gives them. */
export function note(site: Site, wired: Wired, items: readonly Item[]): void {
  const mirror = site.mirrors.get(wired.id);
  for (const item of items) mirror?.items.set(keyOf(item), item);
}

export function forget(site: Site, wired: Wired, id: string, cmsLocaleId: string): void {
  site.mirrors.get(wired.id)?.items.delete(itemKey(id, cmsLocaleId));
}

// --- Single items ----------------------------------------------------------------------------------------------

export interface Asked {
  readonly wired: Wired;
  readonly id: string;
  readonly cmsLocaleId: string;
}

/** So many are read one by one; more are found in what changed since the last look. */
const FEW = 3;

/** The item as it is now; undefined with Webflow's own word that there is none. Those of one tick share their requests. */
export const itemNow = joinedFor(
  (site: Site): Joining<Asked, Item | undefined> => ({
    group: ({ wired }) => wired.id,
    most: () => Number.POSITIVE_INFINITY,
    abreast: 1,
    send: (asked) => itemsNow(site, asked),
  }),
);

async function itemsNow(
  site: Site,
  asked: readonly Asked[],
): Promise<readonly PromiseSettledResult<Item | undefined>[]> {
  const [first] = asked;
  if (first === undefined) return [];
  const different = new Set(asked.map(({ id, cmsLocaleId }) => itemKey(id, cmsLocaleId)));
  if (different.size <= FEW) return Promise.allSettled(asked.map((one) => oneItem(site, one)));
  const { wired } = first;
  const known = site.mirrors.get(wired.id);
  if (known === undefined) await lookAtAll(site, wired);
  else await lookAgain(site, wired, known);
  const items = site.mirrors.get(wired.id)?.items;
  return Promise.allSettled(
    asked.map(async (one) => items?.get(itemKey(one.id, one.cmsLocaleId)) ?? oneItem(site, one)),
  );
}

async function oneItem(site: Site, { wired, id, cmsLocaleId }: Asked): Promise<Item | undefined> {
  if (!/^[0-9a-f]{24}$/.test(id)) return undefined;
  const path = `/collections/${wired.id}/items/${id}`;
  try {
    const query = cmsLocaleId === "" ? {} : { cmsLocaleId };
    const { value } = await site.get(path, query, (payload) => itemSchema.parse(payload));
    const [item] = await spoken(site, [value]);
    note(site, wired, item === undefined ? [] : [item]);
    return item;
  } catch (thrown) {
    if (!isFault(thrown, "not-found")) throw thrown;
    // Of a site that the token no longer opens nothing is found either.
    if (thrown.code !== CODES.noItem) await site.get(`/collections/${wired.id}`, {}, () => undefined);
    forget(site, wired, id, cmsLocaleId);
    return undefined;
  }
}
