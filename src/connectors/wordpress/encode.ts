// Document -> wire. Pure.
import { toInstant, toLocal } from "../../content/date.ts";
import { type Document, STATES } from "../../content/document.ts";
import { groupOf } from "../../content/groups.ts";
import { type BodyFormat, html, wordpressBlocks } from "../../content/markdown/format.ts";
import { isObject, type Json, type JsonObject } from "../../lib/json.ts";
import type { Encoded, Entry, Loss, Refs, RemoteMedia } from "../contract.ts";
import { termIndex } from "../term-index.ts";
import { invalid, noState, oneOf, stateOf, textOf } from "../values.ts";
import { customLoss, encodeCustom, GROUPS, isCustom } from "./custom-fields.ts";
import { addressesOf, mediaAt, mediaOf } from "./images.ts";
import { lossesWithLines } from "./losses.ts";
import { decodeEntities, nameKey, termNames } from "./names.ts";
import { parentIndex, placeKey } from "./refs-index.ts";
import { siteSlug } from "./slug.ts";

/** What the site stores bodies as: the connection's setting `body`. */
export function bodyFormat(settings: Refs["settings"]): BodyFormat {
  return settings.body === "classic" ? html : wordpressBlocks;
}

export function encode(document: Document, refs: Refs, remote: Entry | undefined): Encoded {
  const offered = new Set([
    ...refs.kind.fields.filter(({ readOnly }) => readOnly === undefined).map((field) => field.name),
    ...Object.keys(refs.kind.taxonomies),
  ]);
  const wire: Record<string, Json> = {};
  const losses: Loss[] = [];
  for (const [name, value] of Object.entries(document.fields)) {
    if (!offered.has(name)) {
      if (GROUPS.includes(groupOf(name) ?? "")) losses.push(customLoss(name, refs));
      else if (MAPPED.has(name))
        losses.push({ field: name, message: `this site offers no ${name} for ${refs.kind.title}` });
      continue;
    }
    if (isCustom(name)) wire[name] = encodeCustom(name, value, refs);
    else wire[name] = value === null ? cleared(name, refs) : encodeField(name, value, document, refs);
  }
  if (refs.kind.body && remote?.bodyOwner === undefined) {
    const format = bodyFormat(refs.settings);
    const stored = remote?.wire.body;
    wire.body =
      typeof stored === "string"
        ? format.encodeOnto(document.body, stored, addressesOf(refs))
        : format.encode(document.body, addressesOf(refs));
  } else if (!refs.kind.body && document.body !== "") {
    losses.push({ field: "body", message: `${refs.kind.title} have no body on this site` });
  }
  const filtered = lossesWithLines(wire, refs.may, document.body, addressesOf(refs));
  return { wire, losses: [...losses, ...filtered] };
}

/** What new entries of a kind have: comments as WordPress is installed. */
export function plainCommentStatus(kind: string): string {
  return kind === "post" ? "open" : "closed";
}

/** Nothing, or what WordPress itself puts in its place. */
function cleared(name: string, { kind }: Refs): Json {
  if (name === "commentStatus") return plainCommentStatus(kind.name);
  const fallback = kind.taxonomies[name]?.fallback;
  return fallback === undefined ? null : [Number(fallback)];
}

/** Fields of ours that only some kinds of entries have. Others are unknown fields, which is the engine's matter. */
export const MAPPED = new Set([
  "excerpt",
  "tags",
  "categories",
  "author",
  "image",
  "sticky",
  "template",
  "parent",
  "commentStatus",
  "format",
]);

function encodeField(name: string, value: Json, document: Document, refs: Refs): Json {
  const taxonomy = refs.kind.taxonomies[name];
  if (taxonomy !== undefined) return encodeTerms(name, value, taxonomy, refs);
  switch (name) {
    case "title":
      return textOf(name, value).trim();
    case "slug":
      return encodeSlug(textOf(name, value));
    case "status":
      return encodeStatus(value, document);
    case "date":
      return toLocal(toInstant(textOf(name, value), refs.timezone), refs.timezone);
    case "author":
      return encodeAuthor(textOf(name, value), refs);
    case "image":
      return encodeImage(value, refs);
    case "parent":
      return encodeParent(textOf(name, value), refs);
    case "sticky":
      if (typeof value === "boolean") return value;
      throw invalid(name, "must be true or false");
    case "commentStatus":
      if (typeof value === "boolean") return value ? "open" : "closed";
      return oneOf(name, textOf(name, value), ["open", "closed"]);
    case "format":
      return oneOf(
        name,
        textOf(name, value),
        refs.kind.fields.find((field) => field.name === name)?.values ?? [],
      );
    default:
      return textOf(name, value);
  }
}

function encodeSlug(text: string): string {
  const slug = siteSlug(text);
  if (slug !== "") return slug;
  throw invalid("slug", `"${text}" has no letter or digit that WordPress keeps`);
}

const STATUSES = STATES.filter((state) => state !== "archived");

function encodeStatus(value: Json, document: Document): string {
  const status = stateOf(value, document);
  if (status === "archived") {
    throw noState(status, "WordPress", STATUSES, "use `status: private` or `draft`");
  }
  return status;
}

/** Terms that the site does not have yet stay as written; a request with them in it is refused. */
function encodeTerms(
  field: string,
  value: Json,
  taxonomy: Refs["kind"]["taxonomies"][string],
  refs: Refs,
): Json {
  const ids = termPaths(field, value, taxonomy.hierarchical).map((path) => {
    const term = termIndex(refs.terms).byPath(taxonomy.id, path);
    return term === undefined ? path.join("/") : Number(term.id);
  });
  const found = ids.filter((id) => typeof id === "number").toSorted((a, b) => a - b);
  return [...new Set<Json>([...found, ...ids.filter((id) => typeof id === "string").toSorted()])];
}

/** Names from the top for each term of a field; a single text is one term. */
export function termPaths(field: string, value: Json, hierarchical: boolean): readonly (readonly string[])[] {
  const list = Array.isArray(value) ? value : [value];
  return list
    .filter((item: Json) => item !== null && item !== "")
    .map((item: Json) => {
      const name = textOf(field, item).trim();
      return (hierarchical ? termNames(name) : [name]).map(decodeEntities);
    });
}

function encodeAuthor(name: string, refs: Refs): number {
  const key = nameKey(name);
  const tests: ((author: Refs["authors"][number]) => boolean)[] = [
    (author) => nameKey(author.slug) === key,
    (author) => author.aliases?.some((alias) => nameKey(alias) === key) === true,
    (author) => nameKey(author.name) === key,
  ];
  for (const test of tests) {
    const found = refs.authors.filter(test);
    if (found.length > 1)
      throw invalid("author", `"${name}" is the name of ${found.length} users`, "use the user name");
    if (found[0] !== undefined) return Number(found[0].id);
  }
  throw invalid(
    "author",
    `"${name}" is no user of this site`,
    "create the user in WordPress, or correct `author:`",
  );
}

/** The reference of an image as a document gives it: a path, or `{src, alt}`. */
export function imageSource(value: Json): { readonly src: string; readonly alt: string } {
  if (typeof value === "string") return { src: value, alt: "" };
  const image = (isObject(value) ? value : {}) as JsonObject;
  if (typeof image.src !== "string") throw invalid("image", "must be a path, or have a `src`");
  return { src: image.src, alt: typeof image.alt === "string" ? image.alt : "" };
}

export function isAddress(src: string): boolean {
  return /^(?:https?:)?\/\//i.test(src);
}

/** The upload that a document's image names, where the site has it. */
function uploadOf(src: string, refs: Refs): RemoteMedia | undefined {
  const file = refs.files.find((candidate) => candidate.ref === src);
  return file === undefined ? mediaAt(src, refs) : mediaOf(file.digest, refs);
}

/** The alternative text of a featured image is the library's, for all entries that show it. */
export function unsent({ fields: { image = null } }: Document, refs: Refs): readonly Loss[] {
  const offered = refs.kind.fields.some(({ name }) => name === "image");
  if (!offered || !isObject(image) || typeof image.src !== "string" || image.src === "") return [];
  const { src, alt } = imageSource(image);
  const media = uploadOf(src, refs);
  const wanted = plainText(alt);
  if (media === undefined || media.id === "" || wanted === "") return [];
  if (wanted === plainText(media.alt)) return [];
  const kept =
    media.alt === "" ? "has no text for this image" : `keeps its own text for this image: "${media.alt}"`;
  return [
    { field: "image", message: `the media library ${kept}; change it there, or in the file`, changed: true },
  ];
}

/** As the library stores it: on one line. */
function plainText(text: string): string {
  return decodeEntities(text).replace(/\s+/g, " ").trim();
}

/** A file that is not uploaded yet stays as its digest; a request with it is refused. */
function encodeImage(value: Json, refs: Refs): Json {
  const { src } = imageSource(value);
  if (src === "") return null;
  const media = uploadOf(src, refs);
  if (media !== undefined) return Number(media.id);
  const file = refs.files.find((candidate) => candidate.ref === src);
  if (file !== undefined) return `sha256:${file.digest}`;
  throw invalid(
    "image",
    `"${src}" is not in the site's media library`,
    "name a local file: it will be uploaded",
  );
}

function encodeParent(path: string, refs: Refs): Json {
  const wanted = path
    .split("/")
    .map(siteSlug)
    .filter((slug) => slug !== "");
  if (wanted.length === 0) return null;
  const parent = parentIndex(refs.parents).byPlace.get(placeKey(refs.kind.name, wanted.join("/")));
  return parent === undefined ? wanted.join("/") : Number(parent.id);
}
