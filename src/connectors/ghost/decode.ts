// Wire -> document. Pure.
import { asLocal } from "../../content/date.ts";
import type { Document } from "../../content/document.ts";
import { Fault } from "../../lib/fault.ts";
import { isObject, type Json, type JsonObject } from "../../lib/json.ts";
import type { Entry, Refs } from "../contract.ts";
import { termIndex } from "../term-index.ts";
import { addressesOf, refOf } from "./images.ts";
import { IMAGES, TAGS } from "./kinds.ts";
import { ghostBody } from "./lexical.ts";

/** The document an empty directory would get. What Ghost would set by itself is left out. */
export function decode(entry: Entry, refs: Refs): Document {
  const fields: Record<string, Json> = {};
  for (const field of refs.kind.fields) {
    const value = entry.wire[field.name] ?? null;
    if (isEmpty(value) || value === field.fallback) continue;
    const decoded = decodeField(field.name, value, refs);
    if (decoded !== undefined) fields[field.name] = decoded;
  }
  const { body } = entry.wire;
  const text = typeof body === "string" ? ghostBody.decode(body, addressesOf(refs)) : "";
  return { kind: entry.kind, locale: entry.locale, fields, body: text };
}

const isEmpty = (value: Json) =>
  value === null || value === "" || (Array.isArray(value) && value.length === 0);

function decodeField(name: string, value: Json, refs: Refs): Json | undefined {
  switch (name) {
    case "date":
      return asLocal(String(value), refs.timezone);
    case "tags":
      return decodeTags(value, refs);
    case "author":
      return decodeAuthors(value, refs);
    case "image":
      return decodeImage(value, refs);
    default:
      return name in IMAGES ? (refOf(String(value), refs) ?? value) : value;
  }
}

/** In Ghost's order: the first is the primary tag. */
function decodeTags(value: Json, refs: Refs): Json {
  const ids = Array.isArray(value) ? value.map(String) : [];
  return ids.map((id) => {
    const term = termIndex(refs.terms).byId(TAGS, id);
    if (term !== undefined) return term.name;
    throw new Fault("protocol", `the entry has the tag ${id}, which the site does not list`, {
      code: "ghost.unknown-tag",
      scope: "item",
    });
  });
}

/** One author is a text. Of one whom the site does not show, nothing can be said. */
function decodeAuthors(value: Json, refs: Refs): Json | undefined {
  const ids = Array.isArray(value) ? value.map(String) : [];
  const slugs = ids.map((id) => refs.authors.find((author) => author.id === id)?.slug);
  const known = slugs.flatMap((slug) => slug ?? []);
  if (known.length < slugs.length) return undefined;
  return known.length === 1 ? known[0] : known;
}

function decodeImage(value: Json, refs: Refs): Json {
  if (!isObject(value)) return value;
  const { src, alt, caption } = value as JsonObject;
  const shown = refOf(String(src), refs) ?? String(src);
  const more = Object.entries({ alt, caption }).filter(([, text]) => typeof text === "string" && text !== "");
  return more.length === 0 ? shown : ({ src: shown, ...Object.fromEntries(more) } as Json);
}
