// Items of CMS collections. By Wix's documents and the notes of its own tools; no published type describes these answers.
import { isObject, type Json, type JsonObject } from "../../lib/json.ts";
import { query } from "./query.ts";
import { notFound, Refused, refused } from "./reply.ts";
import { type DataCollection, newId, stamp, type WixStore } from "./state.ts";

export function collectionOf({ collections }: WixStore, id: string): DataCollection {
  const found = collections.get(id);
  if (found !== undefined) return found;
  throw new Refused(404, {
    message: "WDE0025: The collection does not exist.",
    details: {
      applicationError: { code: "WDE0025", description: "The collection does not exist.", data: {} },
    },
  });
}

const SYSTEM = ["_id", "_createdDate", "_updatedDate", "_owner"];

export function collectionView({ items: _items, fields, plugins, ...shown }: DataCollection): JsonObject {
  const own = fields.map((field) => ({ ...field, systemField: false }));
  const system = SYSTEM.map((key) => ({ key, displayName: key, type: "TEXT", systemField: true }));
  return { ...shown, plugins: plugins.map(({ type }) => ({ type })), fields: [...system, ...own] };
}

const given = (value: unknown): Readonly<Record<string, unknown>> => (isObject(value) ? value : {});

export function queryItems(store: WixStore, asked: unknown): JsonObject {
  const { dataCollectionId, query: wanted } = given(asked);
  const collection = collectionOf(store, String(dataCollectionId));
  const filters = Object.fromEntries(
    ["_id", ...collection.fields.map(({ key }) => key)].map((key) => [key, ["$eq", "$in", "$gte"]]),
  );
  const { items, pagingMetadata } = query([...collection.items.values()], wanted, filters);
  return { dataItems: items.map((data) => itemView(collection, data)), pagingMetadata };
}

const itemView = ({ id }: DataCollection, data: JsonObject): JsonObject => ({
  id: data._id ?? "",
  dataCollectionId: id,
  data,
});

/** Each item has a result of its own, in an answer of status 200. */
export function bulkItems(store: WixStore, how: string, asked: unknown): JsonObject {
  const { dataCollectionId, dataItems } = given(asked);
  const collection = collectionOf(store, String(dataCollectionId));
  const list = Array.isArray(dataItems) ? (dataItems as readonly JsonObject[]) : [];
  const results = list.map((item, originalIndex): JsonObject => {
    try {
      const data = write(store, collection, how, item);
      const itemMetadata = { id: data._id ?? "", originalIndex, success: true };
      return { itemMetadata, dataItem: itemView(collection, data) };
    } catch (thrown) {
      if (!(thrown instanceof Refused)) throw thrown;
      const details = given(thrown.body.details);
      const { code, description } = given(details.applicationError) as JsonObject;
      const error = { code: code ?? "", description: description ?? "" };
      return { itemMetadata: { originalIndex, success: false, error } };
    }
  });
  const totalSuccesses = results.filter(({ itemMetadata }) => given(itemMetadata).success === true).length;
  const totals = { totalSuccesses, totalFailures: results.length - totalSuccesses, undetailedFailures: 0 };
  return { results, bulkActionMetadata: totals };
}

function write(
  store: WixStore,
  { items, fields }: DataCollection,
  how: string,
  item: JsonObject,
): JsonObject {
  const id = typeof item.id === "string" ? item.id : newId(store);
  const there = items.get(id);
  if (how === "insert" && there !== undefined)
    throw refused(409, "WDE0074", `an item with the id ${id} exists`);
  if (how === "update" && there === undefined) throw refused(404, "WDE0073", `item ${id} does not exist`);
  const data = given(item.data) as JsonObject;
  const foreign = Object.keys(data).find((key) => !fields.some((field) => field.key === key));
  if (foreign === "_id") throw refused(400, "WDE0080", "data must not hold _id");
  const now: Json = { $date: stamp(store.clock.now()) };
  const written = { ...data, _id: id, _createdDate: there?._createdDate ?? now, _updatedDate: now };
  items.set(id, written);
  return written;
}

export function removeItem(store: WixStore, collection: string, id: string): JsonObject {
  const { items } = collectionOf(store, collection);
  const data = items.get(id);
  if (data === undefined) throw notFound("item");
  items.delete(id);
  return { dataItem: { id, data } };
}
