// Wire -> document. Pure.
import type { Document } from "../../content/document.ts";
import { joinTermPath } from "../../content/term-path.ts";
import { Fault } from "../../lib/fault.ts";
import { isObject, type Json, type JsonObject } from "../../lib/json.ts";
import type { Entry, Field, Refs } from "../contract.ts";
import { termIndex } from "../term-index.ts";
import { toFrontMatter } from "../typed.ts";
import { dateOf, stands } from "./encode.ts";
import { decodeBody, fileWith } from "./images.ts";
import { drupalOf } from "./kinds.ts";

/** Text formats that new bodies get without being named. */
const USUAL = new Set(["full_html", "basic_html"]);

/** The document an empty directory would get. What Drupal would set by itself is left out. */
export function decode(entry: Entry, refs: Refs): Document {
  const fields: Record<string, Json> = {};
  for (const field of refs.kind.fields) {
    if (field.readOnly !== undefined) continue;
    const value = entry.wire[field.name];
    if (value === undefined || isEmpty(value) || value === field.fallback) continue;
    const decoded =
      drupalOf(field) === undefined
        ? decodeField(field.name, value, refs)
        : decodeOwn(field, value, entry, refs);
    if (decoded !== undefined && !isEmpty(decoded)) fields[field.name] = decoded;
  }
  const body = typeof entry.wire.body === "string" ? decodeBody(entry.wire.body, refs) : "";
  return { kind: entry.kind, locale: entry.locale, fields, body };
}

const isEmpty = (value: Json) =>
  value === null || value === "" || (Array.isArray(value) && value.length === 0);

function decodeField(name: string, value: Json, refs: Refs): Json | undefined {
  switch (name) {
    case "date":
      return dateOf(String(value), refs) ?? value;
    case "author":
      // Some are hidden from the account: their id alone names nobody, so it is left out.
      return refs.authors.find(({ id }) => id === value)?.slug;
    case "format":
      return USUAL.has(String(value)) || value === refs.settings.format ? undefined : value;
    case "promote":
      // The content type has a default of its own, which the site does not tell.
      return undefined;
    default:
      return value;
  }
}

function decodeOwn(field: Field, value: Json, entry: Entry, refs: Refs): Json | undefined {
  const { type, many } = drupalOf(field) ?? { type: "json", many: false };
  if (type === "terms") return decodeTerms(field, value, refs);
  if (type !== "image" && type !== "file" && refs.types[field.name] !== undefined) {
    return toFrontMatter(field, withoutTypes(value), stands(refs));
  }
  const items: readonly Json[] = Array.isArray(value) ? value : [value];
  const decoded = items.flatMap((item) => decodeItem(type, item, entry, refs) ?? []);
  return many ? decoded : decoded[0];
}

/** `node--page/` and an id, as `reference` fields of documents know entries by their ids alone. */
function withoutTypes(value: Json): Json {
  const bare = (item: Json) =>
    typeof item === "string" ? item.replace(/^[a-z0-9_]+--[a-z0-9_]+\//, "") : item;
  return Array.isArray(value) ? value.map(bare) : bare(value);
}

function decodeItem(type: string, value: Json, entry: Entry, refs: Refs): Json | undefined {
  const object = (isObject(value) ? value : {}) as JsonObject;
  switch (type) {
    case "image":
    case "file":
      return decodeFile(object, refs);
    case "date":
      return dateOf(String(value), refs) ?? value;
    case "formatted":
      return object.format === null || object.format === entry.wire.format ? (object.value ?? "") : value;
    case "link":
      return object.title === "" ? (object.uri ?? "") : value;
    default:
      return value;
  }
}

function decodeFile(value: JsonObject, refs: Refs): Json | undefined {
  const media = refs.media.find(({ id }) => id === value.id);
  if (media === undefined) return undefined;
  const src = fileWith(media.digest, refs)?.ref ?? media.url;
  const more = Object.entries(value).filter(([name, text]) => name !== "id" && text !== "");
  return more.length === 0 ? src : { src, ...Object.fromEntries(more) };
}

function decodeTerms(field: Field, value: Json, refs: Refs): Json {
  const { id: taxonomy = "", hierarchical = false } = refs.kind.taxonomies[field.name] ?? {};
  const ids = Array.isArray(value) ? value.map(String) : [];
  return ids.map((id) => {
    const term = termIndex(refs.terms).byId(taxonomy, id);
    if (term !== undefined) return hierarchical || term.path.length > 1 ? joinTermPath(term.path) : term.name;
    throw new Fault("protocol", `the entry has term ${id} of ${taxonomy}, which the site does not list`, {
      code: "drupal.unknown-term",
      scope: "item",
      hint: "the term is not published, or the account may not see it",
    });
  });
}
