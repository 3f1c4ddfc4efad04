// Document -> wire. Pure.
import { toInstant } from "../../content/date.ts";
import type { Document, State } from "../../content/document.ts";
import { groupOf } from "../../content/groups.ts";
import { didYouMean } from "../../content/site-fields.ts";
import { foldName, splitTermPath } from "../../content/term-path.ts";
import { isObject, type Json, type JsonObject } from "../../lib/json.ts";
import type { Encoded, Entry, Field, Loss, Refs } from "../contract.ts";
import { termIndex } from "../term-index.ts";
import { toWire } from "../typed.ts";
import { uploadOf } from "../uploads.ts";
import { invalid, noState, stateOf, textOf } from "../values.ts";
import { addressesOf } from "./images.ts";
import { plainName } from "./names.ts";
import { html } from "./same.ts";
import { siteSlug } from "./slug.ts";

const GROUP = "fields";

export function encode(document: Document, refs: Refs, remote: Entry | undefined): Encoded {
  const offered = offeredBy(refs);
  const wire: Record<string, Json> = {};
  const losses: Loss[] = [];
  for (const [name, value] of Object.entries(document.fields)) {
    const taxonomy = refs.kind.taxonomies[name];
    const field = offered.get(name);
    if (taxonomy !== undefined) {
      const encoded = encodeTerms(name, value, refs);
      wire[name] = encoded.ids;
      losses.push(...encoded.losses);
    } else if (field === undefined) losses.push(...lossOf(name, refs));
    else if (value === null) wire[name] = EMPTY[name] ?? null;
    else wire[name] = encodeField(field, value, document, refs);
  }
  losses.push(...tidyTexts(wire));
  if (remote?.bodyOwner === undefined) {
    const stored = remote?.wire.body;
    wire.body =
      typeof stored === "string"
        ? html.encodeOnto(document.body, stored, addressesOf(refs))
        : html.encode(document.body, addressesOf(refs));
  }
  return { wire, losses };
}

const offeredBy = (refs: Refs) =>
  new Map(
    refs.kind.fields.filter(({ readOnly }) => readOnly === undefined).map((field) => [field.name, field]),
  );

/** What a cleared field holds on the site. */
const EMPTY: Readonly<Record<string, Json>> = {
  authorAlias: "",
  featured: false,
  note: "",
  access: "1",
  "seo.description": "",
  "seo.keywords": "",
};

/** Fields of ours that articles do not have. Others are unknown fields, which is the engine's matter. */
const MAPPED: ReadonlyMap<string, string> = new Map([
  ["excerpt", "Joomla has no excerpt: lists show what stands before `<!--more-->` in the body"],
  ["sticky", "Joomla has no sticky articles: `featured: true` shows one on the front page"],
  ["template", "an article's layout cannot be set from here"],
  ["parent", "articles have no parent: they have a category"],
  ["seo.title", "an article's page title cannot be set from here"],
]);

/** What Joomla has and this program leaves alone. */
const METADATA = new Set(["seo.robots", "seo.rights", "seo.author"]);

export function lossOf(name: string, { kind }: Pick<Refs, "kind">): readonly Loss[] {
  const known = MAPPED.get(name);
  if (known !== undefined) return [{ field: name, message: known }];
  if (groupOf(name) === "seo") {
    const where = METADATA.has(name)
      ? "set it in the article's screen under Publishing"
      : "articles have none";
    return [{ field: name, message: `${name} cannot be set from here: ${where}` }];
  }
  if (groupOf(name) !== GROUP) return [];
  const key = name.slice(GROUP.length + 1);
  const closed = kind.fields.find((field) => field.name === name)?.readOnly;
  if (closed !== undefined) return [{ field: name, message: `${key}: ${closed}` }];
  const names = kind.fields.map((field) => field.name).filter((own) => groupOf(own) === GROUP);
  const hint = didYouMean(name, names);
  const message = `the site has no custom field "${key}" for articles (Content > Fields)`;
  return [{ field: name, message: hint === "" ? message : `${message}. ${hint}` }];
}

/** Joomla's filter goes over these. */
const FILTERED = ["title", "authorAlias", "note", "seo.description", "seo.keywords"] as const;

function tidyTexts(wire: Record<string, Json>): readonly Loss[] {
  return FILTERED.flatMap((field) => {
    const text = wire[field];
    const plain = typeof text === "string" ? plainName(text) : undefined;
    if (plain === undefined || plain === String(text).trim()) return [];
    wire[field] = plain;
    const what = field === "title" ? "titles" : field;
    return [{ field, message: `Joomla takes markup out of ${what}`, changed: true as const }];
  });
}

function encodeField(field: Field, value: Json, document: Document, refs: Refs): Json {
  const { name } = field;
  if (groupOf(name) === GROUP) {
    const wire = toWire(field, value, plainStands(refs));
    return Array.isArray(wire) ? wire.map(String).toSorted() : wire;
  }
  switch (name) {
    case "title":
      return encodeTitle(textOf(name, value).trim());
    case "slug":
      return encodeSlug(textOf(name, value));
    case "status":
      return encodeStatus(value, document);
    case "date":
    case "publishDown":
      return new Date(toInstant(textOf(name, value), refs.timezone)).toISOString().replace(/\.\d+Z$/, "Z");
    case "author":
      return encodeAuthor(textOf(name, value), refs);
    case "image":
    case "imageFull":
      return encodeImage(name, value, refs);
    case "featured":
      if (typeof value === "boolean") return value;
      throw invalid(name, "must be true or false");
    case "note":
      return textOf(name, value).replaceAll("\n", " ").trim();
    default:
      return textOf(name, value);
  }
}

/** Custom fields of Joomla are texts: dates, references and images stay as they are written. */
export function plainStands(refs: Refs) {
  return {
    refs,
    dateToSite: (date: string) => date,
    dateToLocal: () => undefined,
    idToSite: (id: string) => id,
    imageToSite: (src: string) => uploadOf(src, refs)?.url ?? src,
    imageToLocal: () => undefined,
  };
}

/** In characters; longer ones are refused. */
const LONGEST_TITLE = 255;

function encodeTitle(title: string): string {
  if ([...title].length <= LONGEST_TITLE) return title;
  throw invalid("title", `has ${[...title].length} characters, and Joomla takes ${LONGEST_TITLE}`);
}

function encodeSlug(text: string): string {
  const slug = siteSlug(text);
  if (slug !== "") return slug;
  throw invalid("slug", `"${text}" has no letter from a to z and no digit: Joomla would make a date of it`);
}

const STATUSES: readonly State[] = ["draft", "scheduled", "published", "archived"];

function encodeStatus(value: Json, document: Document): string {
  const status = stateOf(value, document);
  if (status === "pending") throw noState(status, "Joomla", STATUSES);
  if (status === "private") {
    throw noState(
      status,
      "Joomla",
      STATUSES,
      "use `status: published` with an `access:` of few, e.g. `access: Special`",
    );
  }
  return status;
}

/** Names from the top for each term of a field; a single text is one term. */
export function termPaths(field: string, value: Json): readonly (readonly string[])[] {
  const list: readonly Json[] = Array.isArray(value) ? value : [value];
  const paths = list
    .filter((item) => item !== null && item !== "")
    .map((item) => {
      const name = textOf(field, item).trim();
      return field === "categories" ? splitTermPath(name) : [name];
    })
    .map((path) => path.map(plainName).filter((part) => part !== ""))
    .filter((path) => path.length > 0);
  // An article has one category.
  return field === "categories" ? paths.slice(0, 1) : paths;
}

/** Terms that the site does not have yet stay as written; a request with them in it is refused. */
function encodeTerms(
  field: string,
  value: Json,
  refs: Refs,
): { readonly ids: Json; readonly losses: readonly Loss[] } {
  const taxonomy = refs.kind.taxonomies[field];
  const ids = new Set<Json>();
  for (const path of termPaths(field, value)) {
    const term = termIndex(refs.terms).byPath(taxonomy?.id ?? "", path);
    ids.add(term === undefined ? path.join("/") : Number(term.id));
  }
  const fallback = taxonomy?.fallback;
  if (ids.size === 0 && fallback !== undefined) ids.add(Number(fallback));
  const some = Array.isArray(value) ? value : [];
  const losses =
    field === "categories" && some.length > 1
      ? [{ field, message: "an article has one category: the first is used", changed: true as const }]
      : [];
  return { ids: [...ids].toSorted((a, b) => Number(a) - Number(b)), losses };
}

function encodeAuthor(name: string, refs: Refs): number {
  const key = foldName(name);
  const tests: ((author: Refs["authors"][number]) => boolean)[] = [
    (author) => foldName(author.slug) === key,
    (author) => author.aliases?.some((alias) => foldName(alias) === key) === true,
    (author) => foldName(author.name) === key,
  ];
  for (const test of tests) {
    const found = refs.authors.filter(test);
    if (found.length > 1) {
      throw invalid("author", `"${name}" is the name of ${found.length} users`, "use the user name");
    }
    if (found[0] !== undefined) return Number(found[0].id);
  }
  throw invalid(
    "author",
    `"${name}" is no user of this site`,
    "make the user in Joomla, correct `author:`, or say `authorAlias:`, which takes any name",
  );
}

/** An image as a document gives it: a path, or `{src, alt, caption}`. */
export function imageSource(field: string, value: Json): { src: string; alt: string; caption: string } {
  if (typeof value === "string") return { src: value, alt: "", caption: "" };
  const image = (isObject(value) ? value : {}) as JsonObject;
  if (typeof image.src !== "string") throw invalid(field, "must be a path, or have a `src`");
  const word = (text: Json | undefined) => (typeof text === "string" ? text : "");
  return { src: image.src, alt: word(image.alt), caption: word(image.caption) };
}

export const isAddress = (src: string) => /^(?:https?:)?\/\//i.test(src);

/** A file that is not uploaded yet stays as its digest; a request with it is refused. */
function encodeImage(field: string, value: Json, refs: Refs): Json {
  const { src, alt, caption } = imageSource(field, value);
  if (src === "") return null;
  const media = uploadOf(src, refs);
  if (media !== undefined) return { src: media.url, alt, caption };
  if (isAddress(src)) return { src, alt, caption };
  const file = refs.files.find((candidate) => candidate.ref === src);
  if (file !== undefined) return { src: `sha256:${file.digest}`, alt, caption };
  throw invalid(field, `"${src}" is no file`, "name a file below the root, or a whole address");
}
