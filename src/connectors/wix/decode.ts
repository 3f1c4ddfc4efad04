// Wire -> document. Pure.
import { asLocal } from "../../content/date.ts";
import type { Document } from "../../content/document.ts";
import { Fault } from "../../lib/fault.ts";
import { isObject, type Json, type JsonObject } from "../../lib/json.ts";
import type { Entry, Refs } from "../contract.ts";
import { termIndex } from "../term-index.ts";
import { postBody } from "./body.ts";
import { addressesOf, addressOf, refOf } from "./images.ts";

/** The document an empty directory would get. What Wix would set by itself is left out. */
export function decode(entry: Entry, refs: Refs): Document {
  const fields: Record<string, Json> = {};
  for (const field of refs.kind.fields) {
    const value = entry.wire[field.name] ?? null;
    if (isEmpty(value) || value === field.fallback) continue;
    const decoded = decodeField(field.name, value, refs);
    if (decoded !== undefined) fields[field.name] = decoded;
  }
  const { body } = entry.wire;
  const text = typeof body === "string" ? postBody.decode(body, addressesOf(refs)) : "";
  return { kind: entry.kind, locale: entry.locale, fields, body: text };
}

const isEmpty = (value: Json) =>
  value === null || value === "" || (Array.isArray(value) && value.length === 0);

function decodeField(name: string, value: Json, refs: Refs): Json | undefined {
  switch (name) {
    case "date":
      return asLocal(String(value), refs.timezone);
    case "tags":
    case "categories":
      return decodeTerms(name, refs.kind.taxonomies[name]?.id ?? name, value, refs);
    case "author":
      // Of one whom the site does not show, nothing can be said.
      return refs.authors.find(({ id }) => id === value)?.slug;
    case "image":
      return decodeImage(value, refs);
    default:
      return value;
  }
}

function decodeTerms(field: string, taxonomy: string, value: Json, refs: Refs): Json {
  const ids = Array.isArray(value) ? value.map(String) : [];
  return ids.map((id) => {
    const term = termIndex(refs.terms).byId(taxonomy, id);
    if (term !== undefined) return term.name;
    throw new Fault("protocol", `${field}: the entry has ${id}, which the site does not list`, {
      code: `wix.unknown-${field}`,
      scope: "item",
    });
  });
}

function decodeImage(value: Json, refs: Refs): Json {
  if (!isObject(value)) return value;
  const { id, alt } = value as JsonObject;
  const src = refOf(String(id), refs) ?? addressOf(String(id));
  return typeof alt === "string" && alt !== "" ? { src, alt } : src;
}
