// Documents of CMS items: fields by the names that the collection gives them. Pure.
import { toInstant, toLocal } from "../../content/date.ts";
import type { Document } from "../../content/document.ts";
import { html, mediaRefs } from "../../content/markdown/format.ts";
import type { Json, JsonObject } from "../../lib/json.ts";
import type { Encoded, Entry, Field, Loss, Needs, Refs } from "../contract.ts";
import { imagesIn, type Stands, toFrontMatter, toWire } from "../typed.ts";
import { uploadOf } from "../uploads.ts";
import { textOf } from "../values.ts";
import { addressesOf, idIn, refOf } from "./images.ts";

export function encodeItem(document: Document, refs: Refs, remote: Entry | undefined): Encoded {
  const fields = new Map(refs.kind.fields.map((field) => [field.name, field]));
  const wire: Record<string, Json> = {};
  const losses: Loss[] = [];
  for (const [name, value] of Object.entries(document.fields)) {
    const field = fields.get(name);
    if (name === "status" && field === undefined) {
      wire.status = "published";
      if (value !== "published" && value !== null) losses.push(LIVE);
    } else if (field === undefined) losses.push(...itemLossOf(name));
    else if (field.readOnly === undefined) wire[name] = value === null ? null : wireValue(field, value, refs);
    else losses.push({ field: name, message: field.readOnly });
  }
  if (refs.kind.body) wire.body = bodyOf(document, refs, remote);
  else if (document.body.trim() !== "") {
    losses.push({ field: "body", message: "the collection has no rich text for a body, or several" });
  }
  return { wire, losses };
}

const LIVE: Loss = {
  field: "status",
  message: "items of a collection are live as soon as they are there",
  changed: true,
};

const MAPPED = new Set(["excerpt", "tags", "categories", "author", "image", "date", "parent", "slug"]);

export const itemLossOf = (name: string): readonly Loss[] =>
  MAPPED.has(name) ? [{ field: name, message: `the collection has no field ${name}` }] : [];

function wireValue(field: Field, value: Json, refs: Refs): Json {
  if (field.name === "title") return textOf("title", value).trim();
  if (field.type === "date" && typeof value === "string") return dateToSite(value, refs);
  return toWire(field, value, stands(refs));
}

/** A day stays a day. */
function dateToSite(value: string, { timezone }: Refs): string {
  return /^\d{4}-\d{2}-\d{2}$/.test(value) ? value : new Date(toInstant(value, timezone)).toISOString();
}

function bodyOf({ body }: Document, refs: Refs, remote: Entry | undefined): string {
  const stored = remote?.wire.body;
  return typeof stored === "string" && stored !== ""
    ? html.encodeOnto(body, stored, addressesOf(refs))
    : html.encode(body, addressesOf(refs));
}

export function decodeItem(entry: Entry, refs: Refs): Document {
  const fields: Record<string, Json> = { status: "published" };
  for (const field of refs.kind.fields) {
    // They are not in the wire.
    if (field.readOnly !== undefined) continue;
    const value = entry.wire[field.name] ?? null;
    if (value === null || value === "" || (Array.isArray(value) && value.length === 0)) continue;
    fields[field.name] = field.name === "title" ? value : toFrontMatter(field, value, stands(refs));
  }
  const { body } = entry.wire;
  const text = typeof body === "string" ? html.decode(body, addressesOf(refs)) : "";
  return { kind: entry.kind, locale: entry.locale, fields, body: text };
}

function stands(refs: Refs): Stands {
  return {
    refs,
    dateToSite: (date) => dateToSite(date, refs),
    dateToLocal: (value) => (typeof value === "string" ? localDate(value, refs) : undefined),
    idToSite: (id) => id,
    imageToSite: (src) => {
      const media = uploadOf(src, refs);
      return media === undefined ? undefined : `wix:image://v1/${media.id}/${encodeURIComponent(media.id)}`;
    },
    imageToLocal: (value) => (typeof value === "string" ? refOf(imageId(value), refs) : undefined),
  };
}

const imageId = (value: string): string | undefined =>
  /^wix:image:\/\/v1\/([^/#]+)/.exec(value)?.[1] ?? idIn(value);

function localDate(value: string, { timezone }: Refs): string | undefined {
  if (/^\d{4}-\d{2}-\d{2}$/.test(value)) return value;
  const at = Date.parse(value);
  if (Number.isNaN(at)) return undefined;
  const local = toLocal(at, timezone);
  return toInstant(local, timezone) === at ? local : value;
}

/** Files that fields name which the root types as images, and those of the body. */
export function itemNeeds(fields: JsonObject, body: string, types: Refs["types"]): Needs {
  const named = imagesIn(fields, types).map((ref) => ({ ref, alt: "" }));
  return { terms: [], media: [...named, ...mediaRefs(body)], authors: [] };
}

export function itemMediaIds(wire: JsonObject, types: Refs["types"]): readonly string[] {
  return Object.keys(types).flatMap((name) => {
    const value = wire[name];
    const id = typeof value === "string" ? imageId(value) : undefined;
    return id === undefined ? [] : [id];
  });
}
