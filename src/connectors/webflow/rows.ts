// What Webflow answers of an item, from untrusted JSON to the contract's terms. Pure.
import { z } from "zod";
import type { State } from "../../content/document.ts";
import { shortHash } from "../../lib/hash.ts";
import { isObject, type Json, type JsonObject } from "../../lib/json.ts";
import type { Entry } from "../contract.ts";
import { emptyOf, type Wired, type Wiring } from "./kinds.ts";

const moment = z.string().nullish();

export const itemSchema = z.object({
  id: z.string(),
  cmsLocaleId: moment,
  lastPublished: moment,
  lastUpdated: z.string(),
  createdOn: z.string(),
  isArchived: z.boolean().catch(false),
  isDraft: z.boolean().catch(false),
  fieldData: z.looseObject({ name: z.string(), slug: z.string() }),
});
/** One item in one language: the staged copy. */
export type Item = z.infer<typeof itemSchema>;

export const itemsSchema = z.object({ items: z.array(itemSchema) });

export const pageSchema = z.object({
  items: z.array(itemSchema),
  pagination: z.object({ total: z.number(), offset: z.number().optional() }),
});

/** What items alone do not say. */
export interface Seen {
  readonly wired: Wired;
  /** Tag of the item's language; "" on a site in one. */
  readonly locale: string;
  /** Where visitors see the items of this language, without a final slash. */
  readonly siteUrl: string;
  /** How far this machine's clock is ahead of Webflow's, in ms. */
  readonly ahead: number;
}

/**
 * `isDraft` and `lastPublished` say it together: https://developers.webflow.com/data/docs/working-with-the-cms/publishing.
 * An item that is archived stays on the live site until that is published, or the item taken off it.
 */
export function stateOf(item: Pick<Item, "isArchived" | "isDraft" | "lastPublished">): State {
  if (isLive(item)) return "published";
  if (item.isArchived) return "archived";
  return item.isDraft ? "draft" : "pending";
}

export const isLive = ({ lastPublished }: Pick<Item, "lastPublished">) => (lastPublished ?? "") !== "";

/** The live item says something else than the staged one. */
function isChanged({ isArchived, isDraft, lastPublished, lastUpdated }: Item): boolean {
  if (isArchived || isDraft) return true;
  return Date.parse(lastUpdated) > Date.parse(lastPublished ?? "");
}

export function entryOf(item: Item, seen: Seen): Entry {
  const { wired, locale, siteUrl, ahead } = seen;
  const { name, slug } = item.fieldData;
  const state = stateOf(item);
  const modified = Date.parse(item.lastUpdated);
  const pendingChanges = isLive(item) && isChanged(item);
  const data = item.fieldData as JsonObject;
  return {
    id: item.id,
    locale,
    ...(locale === "" ? {} : { group: item.id }),
    kind: wired.kind.name,
    scope: "",
    slug,
    url: `${siteUrl}/${wired.kind.name}/${slug}`,
    title: name,
    // One id is an item in all languages, and copies may be equal to the last: only this tells them apart.
    revision: shortHash([...(locale === "" ? [] : [locale]), item.lastUpdated, state, pendingChanges, data]),
    modified: Number.isNaN(modified) ? undefined : modified + ahead,
    state,
    pendingChanges,
    wire: wireOf(data, wired, state),
  };
}

function wireOf(data: JsonObject, { fields, body }: Wired, state: State): JsonObject {
  const own = fields.map((field) => [field.part, valueIn(field, data[field.slug])] as const);
  return {
    title: String(data.name),
    slug: String(data.slug),
    status: state,
    ...Object.fromEntries(own),
    ...(body === undefined ? {} : { body: textIn(data[body]) }),
  };
}

const textIn = (value: Json | undefined) => (typeof value === "string" ? value : "");

/** A field that is not there is an empty one: Webflow leaves those out. */
function valueIn(field: Wiring, value: Json | undefined): Json {
  if (value === undefined || value === null) return emptyOf(field);
  switch (field.type) {
    case "Image":
    case "File":
    case "ExtFileRef":
      return fileOf(value);
    case "MultiImage":
      return Array.isArray(value) ? value.map(fileOf) : [];
    case "DateTime":
      return instant(value);
    default:
      return value;
  }
}

export function fileOf(value: Json): Json {
  if (!isObject(value)) return typeof value === "string" ? { id: "", src: value, alt: "" } : null;
  const { fileId, url, alt } = value as JsonObject;
  if (typeof url !== "string") return null;
  return { id: textIn(fileId), src: url, alt: textIn(alt) };
}

function instant(value: Json): Json {
  const at = Date.parse(String(value));
  return Number.isNaN(at) ? value : new Date(at).toISOString();
}
