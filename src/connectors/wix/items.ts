// Items of CMS collections: their ids are ours to give, so a create can be sent again without harm.
import { z } from "zod";
import { Fault, isFault, throwUnsent } from "../../lib/fault.ts";
import { shortHash } from "../../lib/hash.ts";
import { isObject, type Json, type JsonObject, sameJson } from "../../lib/json.ts";
import type { Draft, Entry, Expected, Listing, ReadResult } from "../contract.ts";
import { failed, type Joining, joinedFor } from "../joined.ts";
import { carry, type Looked } from "./bulk.ts";
import type { Collection } from "./collections.ts";
import { gone, itemFault, slugTaken } from "./faults.ts";
import { PAGE } from "./list.ts";
import type { Site } from "./site.ts";
import { siteSlug } from "./slug.ts";

const ITEMS = "/wix-data/v2/items";

const itemSchema = z.object({ id: z.string(), data: z.record(z.string(), z.unknown()) });
type Item = z.infer<typeof itemSchema>;

const itemsSchema = z.object({
  dataItems: z.array(itemSchema).nullish(),
  pagingMetadata: z.object({ total: z.number().nullish() }).nullish(),
});

// --- What Wix answers -------------------------------------------------------------------------------------

/** Dates are objects in Wix's answers. */
function plainValue(value: unknown): Json {
  if (isObject(value) && typeof value.$date === "string") return value.$date;
  return (value ?? null) as Json;
}

function wireOf({ data }: Item, { keys }: Collection): JsonObject {
  const wire: Record<string, Json> = {};
  for (const [name, { key }] of keys) wire[name] = plainValue(data[key]);
  return {
    ...wire,
    status: "published",
    title: String(wire.title ?? ""),
    ...(keys.has("body") ? { body: String(wire.body ?? "") } : {}),
  };
}

function entryOf(item: Item, collection: Collection, site: Site): Entry {
  const wire = wireOf(item, collection);
  const title = String(wire.title ?? "");
  const slug = typeof wire.slug === "string" && wire.slug !== "" ? wire.slug : siteSlug(title);
  const updated = plainValue(item.data._updatedDate);
  const modified = Date.parse(String(updated ?? ""));
  const listing: Listing = {
    ...{ id: item.id, locale: "", kind: collection.kind.name, scope: "", slug, url: "", title },
    revision: shortHash([updated, wire]),
    modified: Number.isNaN(modified) ? undefined : modified + site.ahead(),
    state: "published",
    pendingChanges: false,
  };
  return { ...listing, wire };
}

// --- Reading ----------------------------------------------------------------------------------------------

/** All pages; read anew once where the list changed its length meanwhile. */
export async function listItems(site: Site, collection: Collection): Promise<readonly Entry[]> {
  for (let attempt = 0; attempt < 4; attempt += 1) {
    const found = new Map<string, Item>();
    for (let offset = 0, total = 0; ; offset += PAGE) {
      const query = { paging: { limit: PAGE, offset }, sort: [{ fieldName: "_id", order: "ASC" }] };
      const page = await ask(site, collection, query);
      for (const item of page.items) found.set(item.id, item);
      total = page.total ?? found.size;
      if (page.items.length === PAGE) continue;
      if (found.size === total) return [...found.values()].map((item) => entryOf(item, collection, site));
      break;
    }
  }
  throw new Fault("protocol", `the listing of ${collection.id} does not hold still`, {
    code: "wix.listing-unstable",
    hint: "another tool may be adding or removing items right now: try again later",
  });
}

async function ask(site: Site, { id }: Collection, query: JsonObject) {
  const body = { dataCollectionId: id, query, returnTotalCount: true };
  const { value } = await site.query(`${ITEMS}/query`, body, (payload) => itemsSchema.parse(payload));
  return { items: value.dataItems ?? [], total: value.pagingMetadata?.total ?? undefined };
}

export async function readItem(site: Site, collection: Collection, id: string): Promise<ReadResult> {
  const item = await itemOf(site, { collection, id });
  if (item === undefined) return { id, entry: undefined, gone: "missing" };
  return { id, entry: entryOf(item, collection, site) };
}

interface Asked {
  readonly collection: Collection;
  readonly id: string;
}

const itemOf = joinedFor(
  (site: Site): Joining<Asked, Item | undefined> => ({
    group: ({ collection }) => collection.id,
    most: () => PAGE,
    abreast: 2,
    send: async (asked) => {
      const [first] = asked;
      if (first === undefined) return [];
      const ids = [...new Set(asked.map(({ id }) => id))];
      const query = { filter: { _id: { $in: ids } }, paging: { limit: PAGE, offset: 0 } };
      const { items } = await ask(site, first.collection, query);
      return asked.map(({ id }) => ({ status: "fulfilled", value: items.find((item) => item.id === id) }));
    },
  }),
);

// --- Writing ----------------------------------------------------------------------------------------------

/** The item's id is the create's key: the same on every machine. Makes no write. */
export async function prepareItem(site: Site, collection: Collection, draft: Draft): Promise<Json> {
  const there = await itemOf(site, { collection, id: draft.key });
  if (there !== undefined) throw slugTaken(draft.slug, draft.key);
  await refuseTaken(site, collection, draft.slug, undefined);
  return { id: draft.key };
}

/** Where the collection has a field for slugs. */
async function refuseTaken(
  site: Site,
  collection: Collection,
  slug: string,
  own: string | undefined,
): Promise<void> {
  const field = collection.keys.get("slug");
  if (field === undefined) return;
  const { items } = await ask(site, collection, {
    filter: { [field.key]: slug },
    paging: { limit: 2, offset: 0 },
  });
  const holder = items.find(({ id }) => id !== own);
  if (holder !== undefined) throw slugTaken(slug, holder.id);
}

export async function findItem(site: Site, collection: Collection, draft: Draft): Promise<Entry | undefined> {
  return (await readItem(site, collection, draft.key)).entry;
}

export async function createItem(site: Site, collection: Collection, draft: Draft): Promise<Entry> {
  const slug = collection.keys.has("slug") ? { slug: draft.slug } : {};
  const data = dataOf({ ...draft.wire, ...slug }, collection, {});
  // Inserted, not saved: what was made before, and edited since, is not overwritten by a second try.
  const item = await send(site, { collection, id: draft.key, data, how: "insert", read: undefined });
  return entryOf(item, collection, site);
}

export async function updateItem(
  site: Site,
  collection: Collection,
  { id, wire }: { readonly id: string; readonly wire: JsonObject },
  expected: Expected,
): Promise<Entry> {
  const at = site.context.clock.now();
  const item = await stillExpected(site, { collection, id }, expected).catch(throwUnsent);
  const again = () => stillExpected(site, { collection, id }, expected);
  if (typeof wire.slug === "string") await refuseTaken(site, collection, wire.slug, id).catch(throwUnsent);
  // The whole item is replaced, so what documents do not know of it goes with it.
  const data = dataOf(wire, collection, item.data);
  const sent = await send(site, { collection, id, data, how: "update", read: { at, again } });
  return entryOf(sent, collection, site);
}

async function stillExpected(site: Site, asked: Asked, expected: Expected): Promise<Item> {
  const item = await itemOf(site, asked);
  if (item === undefined) throw gone(asked.id);
  refuseMoved(entryOf(item, asked.collection, site), expected);
  return item;
}

function refuseMoved(entry: Entry, expected: Expected): void {
  if (entry.revision === expected.revision && sameJson(entry.wire, expected.wire)) return;
  throw new Fault("conflict", `item ${entry.id} is no longer as it was read`, {
    code: "moved",
    hint: "run `ainstein-cms diff` to see both sides, then pull or push again",
  });
}

function dataOf(wire: JsonObject, { keys }: Collection, current: Item["data"]): JsonObject {
  const kept = Object.entries(current).filter(([key]) => !key.startsWith("_"));
  const data: Record<string, Json> = Object.fromEntries(kept) as Record<string, Json>;
  for (const [name, value] of Object.entries(wire)) {
    if (name === "status") continue;
    const field = keys.get(name);
    if (field === undefined) {
      throw new Fault("invalid", `${name}: the collection has no such field`, {
        code: "unknown-part",
        unsent: true,
      });
    }
    if (value === null) delete data[field.key];
    else data[field.key] = field.type === "DATETIME" ? { $date: String(value) } : value;
  }
  return data;
}

interface Sent {
  readonly collection: Collection;
  readonly id: string;
  readonly data: JsonObject;
  readonly how: "insert" | "update";
  readonly read: Looked | undefined;
}

const resultSchema = z.object({
  itemMetadata: z.object({
    originalIndex: z.number().nullish(),
    success: z.boolean().nullish(),
    error: z.object({ code: z.string().catch(""), description: z.string().catch("") }).nullish(),
  }),
  dataItem: itemSchema.nullish(),
});

/** Items of one tick in one request, each with its own result. */
const send = joinedFor(
  (site: Site): Joining<Sent, Item> => ({
    group: ({ collection, how }) => `${how} ${collection.id}`,
    most: () => PAGE,
    abreast: 1,
    weight: { of: ({ data }) => Buffer.byteLength(JSON.stringify(data)), most: () => 400_000 },
    send: (items) =>
      carry(site, items, (fresh, notAfter) =>
        sendAll(site, fresh, notAfter).catch((thrown: unknown) => fresh.map(() => failed(thrown))),
      ),
  }),
);

async function sendAll(
  site: Site,
  items: readonly Sent[],
  notAfter: number,
): Promise<readonly PromiseSettledResult<Item>[]> {
  const [first] = items;
  if (first === undefined) return [];
  const results = await site.write({
    method: "POST",
    path: `/wix-data/v2/bulk/items/${first.how}`,
    body: {
      dataCollectionId: first.collection.id,
      dataItems: items.map(({ id, data }) => ({ id, data })),
      returnEntity: true,
    },
    repeatable: false,
    begins: true,
    ...(first.how === "update" ? { notAfter } : {}),
    decode: (payload) => z.object({ results: z.array(resultSchema) }).parse(payload).results,
  });
  return items.map((_, index) => {
    const result = results.find(({ itemMetadata }, place) => (itemMetadata.originalIndex ?? place) === index);
    if (result?.itemMetadata.success === true && result.dataItem) {
      return { status: "fulfilled", value: result.dataItem };
    }
    const { error } = result?.itemMetadata ?? {};
    if (!error) return failed(new Fault("ambiguous", "Wix does not say what became of this item"));
    const { code, description } = error;
    return failed(itemFault({ code, message: description === "" ? code : description }));
  });
}

/** For good: collections have no trash. */
export async function removeItem(
  site: Site,
  collection: Collection,
  id: string,
  expected: Expected,
): Promise<void> {
  const item = await itemOf(site, { collection, id }).catch(throwUnsent);
  if (item === undefined) return;
  try {
    refuseMoved(entryOf(item, collection, site), expected);
  } catch (thrown) {
    throwUnsent(thrown);
  }
  try {
    await site.write({
      method: "DELETE",
      path: `${ITEMS}/${encodeURIComponent(id)}`,
      query: { dataCollectionId: collection.id },
      repeatable: true,
      begins: true,
      decode: () => undefined,
    });
  } catch (thrown) {
    if (!isFault(thrown, "not-found")) throw thrown;
  }
}
