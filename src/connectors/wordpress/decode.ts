// Wire -> document. Pure.
import type { Document } from "../../content/document.ts";
import { joinTermPath } from "../../content/term-path.ts";
import { Fault } from "../../lib/fault.ts";
import type { Json } from "../../lib/json.ts";
import type { Entry, Refs } from "../contract.ts";
import { termIndex } from "../term-index.ts";
import { decodeCustom } from "./custom-fields.ts";
import { bodyFormat, plainCommentStatus } from "./encode.ts";
import { addressesOf, refOf } from "./images.ts";
import { mediaIndex, parentIndex } from "./refs-index.ts";

/** The document an empty directory would get. What WordPress would set by itself is left out. */
export function decode(entry: Entry, refs: Refs): Document {
  const { wire } = entry;
  const fields: Record<string, Json> = {};
  const set = (name: string, value: Json | undefined, plain: readonly Json[]) => {
    if (value !== undefined && value !== null && !plain.includes(value)) fields[name] = value;
  };
  set("title", wire.title, []);
  set("slug", wire.slug, [""]);
  set("status", wire.status, []);
  set("protected", wire.protected, []);
  set("date", wire.date, []);
  set("excerpt", wire.excerpt, [""]);
  for (const [field, taxonomy] of Object.entries(refs.kind.taxonomies).toReversed()) {
    const names = decodeTerms(wire[field], taxonomy, refs);
    if (names.length > 0) fields[field] = names;
  }
  set("author", decodeAuthor(wire.author, refs), []);
  set("image", decodeImage(wire.image, refs), []);
  set("sticky", wire.sticky, [false]);
  set("template", wire.template, [""]);
  set("parent", decodeParent(wire.parent, entry, refs), [""]);
  set("commentStatus", wire.commentStatus, ["", plainCommentStatus(entry.kind)]);
  set("format", wire.format, ["", "standard"]);
  Object.assign(fields, decodeCustom(entry, refs));
  const body =
    typeof wire.body === "string" ? bodyFormat(refs.settings).decode(wire.body, addressesOf(refs)) : "";
  return { kind: entry.kind, locale: entry.locale, fields, body };
}

function decodeTerms(
  value: Json | undefined,
  taxonomy: Refs["kind"]["taxonomies"][string],
  refs: Refs,
): readonly string[] {
  const ids = Array.isArray(value) ? value.map(String) : [];
  if (ids.length === 1 && ids[0] === taxonomy.fallback) return [];
  return ids.map((id) => {
    const term = termIndex(refs.terms).byId(taxonomy.id, id);
    if (term !== undefined) return taxonomy.hierarchical ? joinTermPath(term.path) : term.name;
    throw new Fault("protocol", `the entry has term ${id} of ${taxonomy.id}, which the site does not list`, {
      code: "wordpress.unknown-term",
      scope: "item",
    });
  });
}

/** Users without published posts are hidden from some roles: their id alone names nobody, so it is left out. */
function decodeAuthor(value: Json | undefined, refs: Refs): string | undefined {
  return refs.authors.find((author) => author.id === String(value))?.slug;
}

function decodeImage(value: Json | undefined, refs: Refs): Json | undefined {
  if (typeof value !== "number") return undefined;
  const media = mediaIndex(refs.media).byId.get(String(value));
  if (media === undefined) return undefined;
  const src = refOf(media, refs) ?? media.url;
  return media.alt === "" ? src : { src, alt: media.alt };
}

function decodeParent(value: Json | undefined, entry: Entry, refs: Refs): string | undefined {
  if (typeof value !== "number" || value === 0) return undefined;
  return parentIndex(refs.parents).byId.get(String(value))?.path ?? entry.scope;
}
