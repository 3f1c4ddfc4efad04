// Items of collections: staged ones, and what visitors see of them.
import { isObject } from "../../lib/json.ts";
import { json, type Reply } from "../serve.ts";
import { takes } from "./behaviours.ts";
import { invalid, malformed, notFound, Refused } from "./errors.ts";
import { type Filling, fill } from "./fields.ts";
import {
  type Collection,
  type FieldData,
  type Item,
  itemKey,
  itemsOf,
  newId,
  nowStamp,
  primaryOf,
  type SiteStore,
} from "./state.ts";

const MOST = 100;

/** One request below `/collections/{id}/items`. */
export interface ItemCall {
  readonly store: SiteStore;
  readonly collection: Collection;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

// --- Showing -------------------------------------------------------------------------------------------------

/** An item in Webflow's form. */
export function shown(item: Item, live = false) {
  const { id, cmsLocaleId, lastPublished, createdOn, isArchived, isDraft } = item;
  const of = live ? item.live : item;
  return {
    ...{ id, cmsLocaleId, lastPublished },
    lastUpdated: of?.lastUpdated ?? item.lastUpdated,
    ...{ createdOn, isArchived, isDraft: live ? false : isDraft },
    fieldData: of?.fieldData ?? item.fieldData,
  };
}

export function oneItem({ store, collection, query }: ItemCall, id: string, live: boolean): Reply {
  const item = itemsOf(store, collection.id).get(itemKey(id, localeIn(store, query.get("cmsLocaleId"))));
  if (item === undefined || (live && item.live === undefined)) throw notFound("item", "item_not_found");
  return json(200, shown(item, live));
}

/** The language that is named, else the primary one. Throws for one that the site does not have. */
function localeIn(store: SiteStore, named: unknown): string {
  if (named === undefined || named === null) return primaryOf(store);
  if (store.site.locales.some(({ cmsLocaleId }) => cmsLocaleId === named)) return String(named);
  throw invalid({ param: "cmsLocaleId", description: `Locale not found: '${String(named)}'` });
}

// --- Writing -------------------------------------------------------------------------------------------------

const POST_KEYS = ["id", "cmsLocaleId", "lastPublished", "lastUpdated", "createdOn"];
const FLAGS = ["isArchived", "isDraft", "fieldData"];

/** The items of a request, of one form or the other: `{items: […]}`, or a single one. */
function wishesIn(body: unknown, keys: readonly string[]) {
  if (!isObject(body)) throw malformed("Request is malformed");
  const isMany = Array.isArray(body.items);
  const all: readonly unknown[] = isMany ? (body.items as readonly unknown[]) : [body];
  if (isMany && Object.keys(body).length > 1) throw malformed("Unknown key beside items");
  if (all.length === 0 || all.length > MOST) throw malformed(`items must be 1 to ${MOST}`);
  for (const one of all) {
    if (!isObject(one)) throw malformed("Request is malformed");
    const unknown = Object.keys(one).find((key) => !keys.includes(key));
    if (unknown !== undefined) throw malformed(`Unknown key: ${unknown}`);
    for (const flag of ["isArchived", "isDraft"]) {
      if (one[flag] !== undefined && typeof one[flag] !== "boolean")
        throw malformed(`${flag} must be a boolean`);
    }
  }
  return { isMany, all: all as readonly Readonly<Record<string, unknown>>[] };
}

function fillingOf({ store, collection, query }: ItemCall): Filling {
  return { store, collection, skipsFiles: query.get("skipInvalidFiles") !== "false" };
}

/**
 * Does this for each; what is refused refuses them all, and, unless it is told otherwise, nothing of the request is
 * done.
 */
function forEach<In>(
  { store, collection }: ItemCall,
  all: readonly In[],
  work: (one: In) => Item,
): readonly Item[] {
  const items = itemsOf(store, collection.id);
  const before = new Map([...items].map(([key, item]) => [key, { ...item }]));
  try {
    return all.map(work);
  } catch (thrown) {
    if (store.behaviours.batchRefusal === "whole") {
      items.clear();
      for (const [key, item] of before) items.set(key, item);
    }
    throw thrown;
  }
}

function refuseTaken({ store, collection }: ItemCall, slug: unknown, cmsLocaleId: string, own: string): void {
  for (const other of itemsOf(store, collection.id).values()) {
    if (other.id === own || other.cmsLocaleId !== cmsLocaleId || other.fieldData.slug !== slug) continue;
    throw slugTaken(slug);
  }
}

const slugTaken = (slug: unknown) =>
  invalid({ param: "slug", description: `Unique value is already in database: '${String(slug)}'` });

export function createItems(call: ItemCall, live: boolean): Reply {
  const { isMany, all } = wishesIn(call.body, [...POST_KEYS, ...FLAGS]);
  if (live) refuseOutOfStep(call.store);
  const made = forEach(call, all, (wish) => {
    const cmsLocaleId = localeIn(call.store, wish.cmsLocaleId);
    const item = created(call, newId(), cmsLocaleId, wish, fill(fillingOf(call), wish.fieldData, undefined));
    if (live) publish(call.store, item);
    return item;
  });
  const items = made.map((item) => shown(item));
  return json(202, isMany ? { items } : items[0]);
}

function created(
  call: ItemCall,
  id: string,
  cmsLocaleId: string,
  { isArchived, isDraft }: Readonly<Record<string, unknown>>,
  fieldData: FieldData,
): Item {
  refuseTaken(call, fieldData.slug, cmsLocaleId, "");
  const now = nowStamp(call.store);
  const item: Item = {
    ...{ id, cmsLocaleId, createdOn: now, lastUpdated: now, lastPublished: null },
    ...{ isArchived: isArchived === true, isDraft: isDraft !== false, fieldData, live: undefined },
  };
  itemsOf(call.store, call.collection.id).set(itemKey(id, cmsLocaleId), item);
  return item;
}

/** One item or several, each in all the languages that are named, under one id. */
export function createBulk(call: ItemCall): Reply {
  const { body, store } = call;
  if (!isObject(body)) throw malformed("Request is malformed");
  const { cmsLocaleIds = [primaryOf(store)], fieldData } = body;
  const unknown = Object.keys(body).find((key) => ![...FLAGS, "cmsLocaleIds", ...POST_KEYS].includes(key));
  if (unknown !== undefined) throw malformed(`Unknown key: ${unknown}`);
  if (!Array.isArray(cmsLocaleIds)) throw malformed("cmsLocaleIds must be an array");
  const data: readonly unknown[] = Array.isArray(fieldData) ? fieldData : [fieldData];
  if (data.length === 0 || data.length > MOST) throw malformed(`fieldData must be 1 to ${MOST}`);
  const wishes = data.flatMap((one) => {
    const id = newId();
    return cmsLocaleIds.map((locale) => ({ id, one, cmsLocaleId: localeIn(store, locale) }));
  });
  const made = forEach(call, wishes, ({ id, one, cmsLocaleId }) =>
    created(call, id, cmsLocaleId, body, fill(fillingOf(call), one, undefined)),
  );
  return json(202, { items: made.map((item) => shown(item)) });
}

export function updateItems(call: ItemCall, live: boolean, id?: string): Reply {
  const body = id === undefined || !isObject(call.body) ? call.body : { ...call.body, id };
  const { isMany, all } = wishesIn(body, [...POST_KEYS, ...FLAGS]);
  if (id === undefined && !isMany) throw malformed("items is missing");
  const changed = forEach(call, all, (wish) => updated(call, wish, live));
  const items = changed.map((item) => shown(item, live));
  return json(200, id === undefined ? { items } : items[0]);
}

function updated(call: ItemCall, wish: Readonly<Record<string, unknown>>, live: boolean): Item {
  const { store, collection } = call;
  const cmsLocaleId = localeIn(store, wish.cmsLocaleId);
  const item = itemsOf(store, collection.id).get(itemKey(String(wish.id), cmsLocaleId));
  if (item === undefined) throw notFound("item", "item_not_found");
  if (live && item.live === undefined) {
    const why = "Live PATCH updates can't be applied to items that have never been published";
    throw new Refused(409, "conflict", `Conflict: Conflict with server data: ${why}`);
  }
  const before = live ? item.live?.fieldData : item.fieldData;
  const data = wish.fieldData ?? {};
  const fieldData = fill(fillingOf(call), data, before);
  if (isObject(data) && data.slug !== undefined) {
    const isOwn = data.slug === before?.slug;
    if (isOwn && store.behaviours.ownSlugIsTaken) throw slugTaken(data.slug);
    refuseTaken(call, data.slug, cmsLocaleId, item.id);
  }
  const lastUpdated = nowStamp(store);
  if (live) item.live = { fieldData, lastUpdated };
  else {
    Object.assign(item, { fieldData, lastUpdated });
    if (typeof wish.isArchived === "boolean") item.isArchived = wish.isArchived;
    if (typeof wish.isDraft === "boolean") item.isDraft = wish.isDraft;
  }
  return item;
}

// --- What visitors see, and the end ----------------------------------------------------------------------------

function refuseOutOfStep({ behaviours }: SiteStore): void {
  if (!behaviours.outOfStep) return;
  throw new Refused(409, "conflict", "Conflict: Site is published to multiple domains at different times");
}

export function publish(store: SiteStore, item: Item): void {
  const { fieldData, lastUpdated } = item;
  item.live = { fieldData, lastUpdated };
  item.isDraft = false;
  item.lastPublished = nowStamp(store);
}

export function unpublish(item: Item): void {
  item.live = undefined;
  item.isDraft = true;
  item.lastPublished = null;
}

/** `{itemIds}`, or `{items: [{id, cmsLocaleIds}]}`. */
export function publishItems({ store, collection, body }: ItemCall): Reply {
  refuseOutOfStep(store);
  const wanted =
    isObject(body) && Array.isArray(body.itemIds)
      ? body.itemIds.map((id) => ({ id: String(id), locales: [primaryOf(store)] }))
      : namedItems(store, body);
  if (wanted.length === 0 || wanted.length > MOST) throw malformed(`items must be 1 to ${MOST}`);
  const publishedItemIds: string[] = [];
  const errors: string[] = [];
  for (const { id, locales } of wanted) {
    const items = locales.flatMap((locale) => itemsOf(store, collection.id).get(itemKey(id, locale)) ?? []);
    if (items.length < locales.length) errors.push(`Staging item ID ${id} not found.`);
    else if (takes(store.behaviours, "failsPublishing")) errors.push(`Item ${id} could not be published.`);
    else {
      for (const item of items) publish(store, item);
      publishedItemIds.push(id);
    }
  }
  return json(202, { publishedItemIds, errors });
}

function namedItems(store: SiteStore, body: unknown) {
  const { items } = isObject(body) ? body : {};
  if (!Array.isArray(items) || items.length > MOST) throw malformed(`items must be 1 to ${MOST}`);
  return items.map((one: unknown) => {
    if (!isObject(one) || typeof one.id !== "string") throw malformed("id is missing");
    const unknown = Object.keys(one).find((key) => key !== "id" && key !== "cmsLocaleIds");
    if (unknown !== undefined) throw malformed(`Unknown key: ${unknown}`);
    const named: readonly unknown[] = Array.isArray(one.cmsLocaleIds) ? one.cmsLocaleIds : [undefined];
    return { id: one.id, locales: named.map((locale) => localeIn(store, locale)) };
  });
}

/** From the live site, or altogether. */
export function removeItems(call: ItemCall, live: boolean, id?: string): Reply {
  const { store, collection, query, body } = call;
  const items = itemsOf(store, collection.id);
  const wanted =
    id === undefined
      ? namedItems(store, body)
      : [{ id, locales: [localeIn(store, query.get("cmsLocaleId"))] }];
  const keys = wanted.flatMap((one) => one.locales.map((locale) => itemKey(one.id, locale)));
  const found = keys.map((key) => items.get(key));
  if (found.some((item) => item === undefined || (live && item.live === undefined))) {
    throw notFound("item", "item_not_found");
  }
  for (const [index, key] of keys.entries()) {
    const item = found[index];
    if (item !== undefined && live) unpublish(item);
    else items.delete(key);
  }
  return { status: 204, type: "application/json", body: "" };
}
