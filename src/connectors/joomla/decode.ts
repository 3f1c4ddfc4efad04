// Wire -> document. Pure.
import { toLocal } from "../../content/date.ts";
import type { Document } from "../../content/document.ts";
import { groupOf } from "../../content/groups.ts";
import { joinTermPath } from "../../content/term-path.ts";
import { Fault } from "../../lib/fault.ts";
import { isObject, type Json } from "../../lib/json.ts";
import type { Entry, Refs } from "../contract.ts";
import { termIndex } from "../term-index.ts";
import { toFrontMatter } from "../typed.ts";
import { plainStands } from "./encode.ts";
import { addressesOf, refOf } from "./images.ts";
import { html } from "./same.ts";

/** The document an empty directory would get. What Joomla would set by itself is left out. */
export function decode(entry: Entry, refs: Refs): Document {
  const fields: Record<string, Json> = {};
  for (const field of refs.kind.fields) {
    const value = entry.wire[field.name] ?? null;
    if (value === null || value === "" || value === field.fallback) continue;
    const decoded =
      groupOf(field.name) === "fields"
        ? toFrontMatter(field, value, plainStands(refs))
        : decodeField(field.name, value, refs);
    if (decoded !== undefined) fields[field.name] = decoded;
  }
  for (const name of Object.keys(refs.kind.taxonomies)) {
    const names = decodeTerms(name, entry.wire[name] ?? null, refs);
    if (names.length > 0) fields[name] = names;
  }
  const body = typeof entry.wire.body === "string" ? html.decode(entry.wire.body, addressesOf(refs)) : "";
  return { kind: entry.kind, locale: entry.locale, fields, body };
}

function decodeField(name: string, value: Json, refs: Refs): Json | undefined {
  switch (name) {
    case "date":
    case "publishDown":
      return toLocal(Date.parse(String(value)), refs.timezone);
    case "author":
      // Users that the site does not tell: the id alone names nobody.
      return refs.authors.find(({ id }) => id === String(value))?.slug;
    case "image":
    case "imageFull":
      return decodeImage(value, refs);
    default:
      return value;
  }
}

function decodeTerms(name: string, value: Json, refs: Refs): readonly string[] {
  const taxonomy = refs.kind.taxonomies[name];
  const ids = Array.isArray(value) ? value.map(String) : [];
  if (taxonomy === undefined || (ids.length === 1 && ids[0] === taxonomy.fallback)) return [];
  return ids.map((id) => {
    const term = termIndex(refs.terms).byId(taxonomy.id, id);
    if (term !== undefined) return taxonomy.hierarchical ? joinTermPath(term.path) : term.name;
    throw new Fault("protocol", `the article has ${taxonomy.id} ${id}, which the site does not list`, {
      code: "joomla.unknown-term",
      scope: "item",
      hint: "it may be in Joomla's trash: give the article another in its own screen",
    });
  });
}

function decodeImage(value: Json, refs: Refs): Json {
  if (!isObject(value) || typeof value.src !== "string") return value;
  const src = refOf(value.src, refs) ?? value.src;
  const alt = typeof value.alt === "string" && value.alt !== "" ? { alt: value.alt } : {};
  const caption = typeof value.caption === "string" && value.caption !== "" ? { caption: value.caption } : {};
  return Object.keys(alt).length + Object.keys(caption).length === 0 ? src : { src, ...alt, ...caption };
}
