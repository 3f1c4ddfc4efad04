// Collections of the site's CMS (Wix Data) as kinds: those that the setting names.
import { z } from "zod";
import { Fault, isFault } from "../../lib/fault.ts";
import type { Closed, Field, Kind } from "../contract.ts";
import { NO_COLLECTION } from "./faults.ts";
import { POST } from "./kinds.ts";
import type { Site } from "./site.ts";

const fieldSchema = z.object({
  key: z.string(),
  displayName: z.string().catch(""),
  type: z.string(),
  systemField: z.boolean().catch(false),
});

const collectionSchema = z.object({
  id: z.string(),
  displayName: z.string().catch(""),
  displayField: z.string().catch(""),
  fields: z.array(fieldSchema),
  plugins: z.array(z.object({ type: z.string().catch("") })).nullish(),
});

/** How documents call what a collection keeps under its keys. */
export interface Collection {
  readonly id: string;
  readonly kind: Kind;
  /** Name of a field that may be written -> its key and type in the collection. */
  readonly keys: ReadonlyMap<string, { readonly key: string; readonly type: string }>;
}

export interface Collections {
  readonly open: ReadonlyMap<string, Collection>;
  readonly closed: Readonly<Record<string, Closed>>;
}

/** What documents can hold of Wix's types. https://dev.wix.com/docs/rest/business-solutions/cms/data-items/data-types-in-wix-data */
const TYPES: Readonly<Record<string, Field["type"]>> = {
  TEXT: "text",
  RICH_TEXT: "text",
  URL: "text",
  EMAIL: "text",
  PHONE: "text",
  IMAGE: "text",
  VIDEO: "text",
  AUDIO: "text",
  DOCUMENT: "text",
  REFERENCE: "text",
  TIME: "text",
  NUMBER: "number",
  BOOLEAN: "boolean",
  DATE: "date",
  DATETIME: "date",
  ARRAY_STRING: "list",
  ARRAY_DOCUMENT: "list",
};

const known = new WeakMap<Site, Promise<Collections>>();

export function collections(site: Site): Promise<Collections> {
  const there = known.get(site) ?? readAll(site);
  known.set(site, there);
  there.catch(() => known.delete(site));
  return there;
}

async function readAll(site: Site): Promise<Collections> {
  const names = (site.context.settings.collections ?? "").split(",").map((name) => name.trim());
  const open = new Map<string, Collection>();
  const closed: Record<string, Closed> = {};
  for (const name of new Set(names)) {
    if (name === "") continue;
    const found = await readOne(site, name);
    if ("kind" in found) open.set(name, found);
    else closed[name] = found;
  }
  return { open, closed };
}

async function readOne(site: Site, name: string): Promise<Collection | Closed> {
  if (name === POST) {
    throw new Fault("usage", `The collection "${POST}" has the name of the blog's posts.`, {
      code: "wix.collection-name",
      scope: "connection",
    });
  }
  try {
    const { value } = await site.get(
      `/wix-data/v2/collections/${encodeURIComponent(name)}`,
      {},
      (payload) => z.object({ collection: collectionSchema }).parse(payload).collection,
    );
    const isDrafted = value.plugins?.some(({ type }) => /DRAFT/i.test(type)) === true;
    return isDrafted ? DRAFTED : collectionOf(value);
  } catch (thrown) {
    const isUnknown = isFault(thrown) && (thrown.kind === "not-found" || thrown.code === NO_COLLECTION);
    if (!isUnknown) throw thrown;
    throw new Fault("usage", `The site's CMS has no collection "${name}".`, {
      code: NO_COLLECTION,
      scope: "connection",
      hint: "correct the setting `collections`: the ids are in the CMS of the site's dashboard",
    });
  }
}

const DRAFTED: Closed = {
  code: "wix.draft-items",
  message: "the collection keeps drafts of its items, which this program does not write",
  hint: "turn draft items off for it in the site's CMS, or edit it there",
};

function collectionOf(collection: z.infer<typeof collectionSchema>): Collection {
  const { id, displayName, displayField, fields } = collection;
  const own = fields.filter(({ key, systemField }) => !systemField && !key.startsWith("_"));
  const titleKey = own.some(({ key }) => key === displayField)
    ? displayField
    : (own.find(({ type }) => type === "TEXT")?.key ?? "title");
  const rich = own.filter(({ type }) => type === "RICH_TEXT");
  const bodyKey = rich.length === 1 ? rich[0]?.key : undefined;
  const keys = new Map<string, { key: string; type: string }>();
  for (const { key, type } of own) {
    const name = key === titleKey ? "title" : key === bodyKey ? "body" : key;
    if (!keys.has(name)) keys.set(name, { key, type });
  }
  keys.set("title", { key: titleKey, type: "TEXT" });
  const kindFields = [...keys]
    .filter(([name]) => name !== "body")
    .map(([name, { type }]) => fieldOf(name, type));
  for (const { name, readOnly } of kindFields) if (readOnly !== undefined) keys.delete(name);
  const kind = {
    name: id,
    title: displayName === "" ? id : displayName,
    fields: kindFields,
    taxonomies: {},
    body: bodyKey !== undefined,
    removal: "final",
  } as const;
  return { id, kind, keys };
}

/** What stays as it is at Wix. */
const READ_ONLY: Readonly<Record<string, string>> = {
  // They are links of their own, which no write of an item sets.
  MULTI_REFERENCE: "Wix sets references to several items apart from the item: they are edited there",
  RICH_CONTENT: "rich content of a collection is edited at Wix; a field of rich text would be carried",
};

function fieldOf(name: string, type: string): Field {
  const common = { name, type: TYPES[type] ?? "json", origin: `CMS field, ${type}` } as const;
  if (name === "title") return { ...common, type: "text", required: true };
  const readOnly = READ_ONLY[type];
  return readOnly === undefined ? common : { ...common, readOnly };
}
