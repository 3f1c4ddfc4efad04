import { asLocal, toInstant } from "../../content/date.ts";
import { type Document, STATES } from "../../content/document.ts";
import { groupOf } from "../../content/groups.ts";
import { type Addresses, html, mediaRefs } from "../../content/markdown/format.ts";
import { joinTermPath, splitTermPath } from "../../content/term-path.ts";
import { Fault } from "../../lib/fault.ts";
import { isObject, type Json, type JsonObject, sameJson } from "../../lib/json.ts";
import type { Codec, Entry, Field, Kind, Needs, Refs } from "../contract.ts";
import { termIndex } from "../term-index.ts";
import { imagesIn, type Stands, sourceOf, toFrontMatter, toWire } from "../typed.ts";
import { GROUPS } from "./record.ts";

/** What a field that is cleared, or was never set, holds on the site. */
const EMPTY: Readonly<Record<string, Json>> = {
  excerpt: "",
  date: null,
  tags: [],
  categories: [],
  author: "",
  image: null,
  sticky: false,
  template: "",
  parent: null,
  "seo.title": null,
  "seo.description": null,
};

export const codec: Codec = {
  fields: (kind) => kind.fields.map((field) => field.name),
  groups: GROUPS,
  needs,
  mediaIds: (entry, types = {}) => {
    const typed = Object.keys(types).map((name) => entry.wire[name] ?? null);
    return [entry.wire.image ?? null, ...typed].flatMap((value) => {
      const id = /^media\/([0-9a-f]{16})-/.exec(sourceOf(value))?.[1];
      return id === undefined ? [] : [id];
    });
  },
  encode: (document, refs, remote) => {
    const wire: Record<string, Json> = {};
    for (const field of refs.kind.fields) {
      const value = document.fields[field.name];
      if (field.name === "meta" || value === undefined) continue;
      if (value === null && !Object.hasOwn(EMPTY, field.name)) continue;
      wire[field.name] =
        value === null ? (EMPTY[field.name] ?? null) : encodeField(field.name, value, document, refs);
    }
    for (const [name, value] of metaOf(document.fields, refs.kind)) {
      wire[name] = value === null ? null : toWire(metaField(name), value, stands(refs));
    }
    const addresses = addressesOf(refs);
    const stored = remote?.wire.body;
    wire.body =
      typeof stored === "string"
        ? html.encodeOnto(document.body, stored, addresses)
        : html.encode(document.body, addresses);
    return { wire, losses: [] };
  },
  decode,
  patchBody: (local, remoteBody, refs) => html.patch(local, text("body", remoteBody), addressesOf(refs)),
  same: (part, ours, theirs) => {
    if (part === "body" && typeof ours === "string" && typeof theirs === "string")
      return html.same(ours, theirs);
    if (part === "tags" || part === "categories") return sameJson(sorted(ours), sorted(theirs));
    return sameJson(ours, theirs);
  },
};

function needs(document: Document, kind: Kind, types: Refs["types"] = {}): Needs {
  const terms = Object.entries(kind.taxonomies).flatMap(([field, taxonomy]) =>
    names(field, document.fields[field] ?? null).map((name) => ({
      field,
      taxonomy: taxonomy.id,
      path: taxonomy.hierarchical ? pathOf(name) : [name],
    })),
  );
  const image = document.fields.image === undefined ? undefined : imageField(document.fields.image);
  const media = [
    ...(image === undefined ? [] : [{ ref: image.src, alt: image.alt }]),
    ...imagesIn(document.fields, types).map((ref) => ({ ref, alt: "" })),
    ...mediaRefs(document.body),
  ];
  return { terms, media: media.filter(({ ref }) => isFile(ref)), authors: [] };
}

function encodeField(name: string, value: Json, document: Document, refs: Refs): Json {
  switch (name) {
    case "status":
      if ((STATES as readonly Json[]).includes(value)) return value;
      throw invalid(name, `must be one of ${STATES.join(", ")}`);
    case "date":
      return instant(text(name, value), refs.timezone);
    case "tags":
    case "categories":
      return termIds(name, value, refs);
    case "image":
      return encodeImage(value, refs);
    case "sticky":
      if (typeof value === "boolean") return value;
      throw invalid(name, "must be true or false");
    case "parent":
      return parentId(text(name, value), document, refs);
    default:
      return text(name, value);
  }
}

function decode(entry: Entry, refs: Refs): Document {
  const fields: Record<string, Json> = {};
  for (const { name } of refs.kind.fields) {
    const value = entry.wire[name] ?? null;
    if (sameJson(value, EMPTY[name] ?? null)) continue;
    if (name !== "meta") fields[name] = decodeField(name, value, entry, refs);
  }
  for (const [name, value] of metaOf(entry.wire, refs.kind)) {
    if (value !== null) fields[name] = toFrontMatter(metaField(name), value, stands(refs));
  }
  const body = html.decode(text("body", entry.wire.body ?? ""), addressesOf(refs));
  return { kind: entry.kind, locale: entry.locale, fields, body };
}

/** Members of `meta`, where the kind has it. */
function metaOf(values: JsonObject, kind: Kind): readonly (readonly [string, Json])[] {
  if (!kind.fields.some(({ name }) => groupOf(name) === "meta" || name === "meta")) return [];
  return Object.entries(values).filter(([name]) => name.startsWith("meta."));
}

function metaField(name: string): Field {
  return { name, type: "json" };
}

/** Instants in UTC, days as they are; entries by id; files as `image` has them. */
function stands(refs: Refs): Stands {
  const addresses = addressesOf(refs);
  return {
    refs,
    dateToSite: (date) => (/^\d{4}-\d\d-\d\d$/.test(date) ? date : instant(date, refs.timezone)),
    dateToLocal: (value) =>
      typeof value !== "string" ? undefined : value.includes("T") ? asLocal(value, refs.timezone) : value,
    idToSite: (id) => id,
    imageToSite: (src) => addresses.toSite(src)?.src ?? (isFile(src) ? undefined : src),
    imageToLocal: (value) => (typeof value === "string" ? addresses.toLocal(value, undefined) : undefined),
  };
}

function instant(date: string, timezone: string): string {
  return new Date(toInstant(date, timezone)).toISOString().replace(".000Z", "Z");
}

function decodeField(name: string, value: Json, entry: Entry, refs: Refs): Json {
  switch (name) {
    case "date":
      return asLocal(text(name, value), refs.timezone);
    case "tags":
    case "categories":
      return names(name, value).map((id) => termName(name, id, refs));
    case "image": {
      const image = imageField(value);
      const src = addressesOf(refs).toLocal(image.src, undefined) ?? image.src;
      return image.alt === "" ? src : { src, alt: image.alt };
    }
    case "parent":
      return entry.scope;
    default:
      return value;
  }
}

function termIds(field: string, value: Json, refs: Refs): readonly string[] {
  const taxonomy = refs.kind.taxonomies[field];
  const ids = names(field, value).map((name) => {
    const path = taxonomy?.hierarchical ? pathOf(name) : [name];
    const term = termIndex(refs.terms).byPath(taxonomy?.id ?? "", path);
    if (term === undefined) throw invalid(field, `the site has no "${name}"`);
    return term.id;
  });
  return [...new Set(ids)];
}

function termName(field: string, id: string, refs: Refs): string {
  const taxonomy = refs.kind.taxonomies[field];
  const found = termIndex(refs.terms).byId(taxonomy?.id ?? "", id);
  if (found === undefined) throw invalid(field, `the site does not list the term ${id} that the entry names`);
  return taxonomy?.hierarchical ? joinTermPath(found.path) : found.name;
}

function encodeImage(value: Json, refs: Refs): Json {
  const image = imageField(value);
  const src = addressesOf(refs).toSite(image.src)?.src;
  if (src !== undefined) return { src, alt: image.alt };
  if (isFile(image.src)) throw invalid("image", `${image.src} is not on the site`);
  return { src: image.src, alt: image.alt };
}

function imageField(value: Json): { readonly src: string; readonly alt: string } {
  if (typeof value === "string") return { src: value, alt: "" };
  if (isObject(value) && typeof value.src === "string") {
    return { src: value.src, alt: typeof value.alt === "string" ? value.alt : "" };
  }
  throw invalid("image", "must be a path, or a map of src and alt");
}

function parentId(path: string, document: Document, refs: Refs): Json {
  const wanted = path.replace(/^\/+|\/+$/g, "");
  if (wanted === "") return null;
  const parent = refs.parents.find((page) => page.kind === document.kind && page.path === wanted);
  if (parent !== undefined) return parent.id;
  throw invalid("parent", `the site has no ${document.kind} "${wanted}"`, "Publish the page above it first.");
}

/** How a document names a file of the site that it has no file of its own for: `local:media/<file>`. */
const SCHEME = "local:";

/** Bodies hold `media/<file>`, so that a site's directory can be moved. */
function addressesOf(refs: Refs): Addresses {
  const base = `${refs.siteUrl}/`;
  const uploadOf = (ref: string): string | undefined => {
    if (ref.startsWith(SCHEME)) return ref.slice(SCHEME.length);
    const file = refs.files.find((candidate) => candidate.ref === ref);
    const media =
      file && refs.media.find((item) => item.digest !== "" && file.digest.startsWith(item.digest));
    if (media === undefined) return undefined;
    return media.url.startsWith(base) ? media.url.slice(base.length) : media.url;
  };
  const refOf = (src: string): string | undefined => {
    const own = src.startsWith("media/");
    const media = refs.media.find((item) => item.url === (own ? base + src : src));
    const file =
      media &&
      refs.files.find((candidate) => media.digest !== "" && candidate.digest.startsWith(media.digest));
    return file?.ref ?? (own ? SCHEME + src : undefined);
  };
  return {
    toSite: (ref) => {
      const src = uploadOf(ref);
      return src === undefined ? undefined : { src };
    },
    toLocal: (src) => refOf(src) ?? (isFile(src) ? SCHEME + src : undefined),
    linkToSite: (href) => uploadOf(href) ?? refs.links.toSite(href),
    linkToLocal: (href) => refOf(href) ?? refs.links.toLocal(href),
  };
}

function isFile(ref: string): boolean {
  return ref !== "" && !/^(?:[a-z][a-z0-9+.-]*:|\/\/)/i.test(ref);
}

function pathOf(name: string): readonly string[] {
  return splitTermPath(name).filter((part, at) => part !== "" || at === 0);
}

function names(field: string, value: Json): readonly string[] {
  if (value === null) return [];
  const list = Array.isArray(value) ? (value as readonly Json[]) : [value];
  return list.map((item) => text(field, item)).filter((name) => name.trim() !== "");
}

function sorted(value: Json): Json {
  return Array.isArray(value) ? [...(value as readonly Json[])].map(String).sort() : value;
}

function text(field: string, value: Json): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw invalid(field, "must be text");
}

function invalid(field: string, message: string, hint?: string): Fault {
  return new Fault("invalid", `${field}: ${message}`, hint === undefined ? {} : { hint });
}
