// Document -> wire. Pure.
import { toInstant } from "../../content/date.ts";
import type { Document } from "../../content/document.ts";
import { groupOf } from "../../content/groups.ts";
import { foldName } from "../../content/term-path.ts";
import { isObject, type Json, type JsonObject } from "../../lib/json.ts";
import type { Encoded, Entry, Loss, Refs } from "../contract.ts";
import { termIndex } from "../term-index.ts";
import { uploadOf } from "../uploads.ts";
import { invalid, noState, oneOf, stateOf, textOf } from "../values.ts";
import { addressesOf } from "./images.ts";
import { GROUPS, IMAGES, STATUSES, TAGS } from "./kinds.ts";
import { EMPTY_BODY, ghostBody, isEmptyBody } from "./lexical.ts";
import { siteSlug } from "./slug.ts";

export function encode(document: Document, refs: Refs, remote: Entry | undefined): Encoded {
  const offered = new Set(refs.kind.fields.map(({ name }) => name));
  const wire: Record<string, Json> = {};
  const losses: Loss[] = [];
  for (const [name, value] of Object.entries(document.fields)) {
    if (!offered.has(name)) losses.push(...lossOf(name, refs));
    else if (name === "newsletter") losses.push(...newsletterInto(wire, value, refs, remote));
    else wire[name] = value === null ? emptied(name) : encodeField(name, value, document, refs, remote);
  }
  wire.body = bodyOf(document, refs, remote);
  return { wire, losses };
}

function bodyOf(document: Document, refs: Refs, remote: Entry | undefined): string {
  const stored = remote?.wire.body;
  const body =
    typeof stored === "string"
      ? ghostBody.encodeOnto(document.body, stored, addressesOf(refs))
      : ghostBody.encode(document.body, addressesOf(refs));
  return body !== stored && isEmptyBody(body) ? EMPTY_BODY : body;
}

/** What a cleared field holds on the site. */
function emptied(name: string): Json {
  if (name === "tags") return [];
  if (name === "featured") return false;
  if (name === "visibility") return "public";
  return name === "image" || name === "date" ? null : "";
}

/** Fields of ours that Ghost has for other kinds, or not at all. Others are unknown fields, which is the engine's matter. */
const MAPPED = new Set(["categories", "parent", "sticky", "format", "commentStatus", "newsletter"]);

export function lossOf(name: string, { kind }: Pick<Refs, "kind">): readonly Loss[] {
  const isOurs = MAPPED.has(name) || GROUPS.some((group) => group === groupOf(name));
  if (!isOurs) return [];
  const hint =
    name === "categories" ? ": write them under `tags`" : name === "sticky" ? ": say `featured`" : "";
  return [{ field: name, message: `Ghost has no ${name} for ${kind.title.toLowerCase()}${hint}` }];
}

const NOT_SENT: Loss = {
  field: "newsletter",
  message:
    "no e-mail is sent: this connection's setting `newsletter` is `never`; `connect ghost --set newsletter=as-documents-say` lifts that",
};

/** Only where connection and document both say so. */
function newsletterInto(
  wire: Record<string, Json>,
  value: Json,
  { settings }: Refs,
  remote: Entry | undefined,
): readonly Loss[] {
  const slug = value === null ? "" : textOf("newsletter", value).trim();
  if (slug === (remote?.wire.newsletter ?? "")) return [];
  if (settings.newsletter !== "as-documents-say") return slug === "" ? [] : [NOT_SENT];
  wire.newsletter = slug;
  return [];
}

function encodeField(
  name: string,
  value: Json,
  document: Document,
  refs: Refs,
  remote: Entry | undefined,
): Json {
  switch (name) {
    case "title":
      return limited("title", textOf(name, value).trim(), 255);
    case "slug":
      return encodeSlug(textOf(name, value));
    case "status":
      return encodeStatus(value, document);
    case "date":
      return new Date(toInstant(textOf(name, value), refs.timezone)).toISOString();
    case "tags":
      return encodeTags(value, refs);
    case "author":
      return encodeAuthors(value, refs);
    case "image":
      return encodeImage(value, refs);
    case "featured":
      if (typeof value === "boolean") return value;
      throw invalid(name, "must be true or false");
    case "visibility":
      return encodeVisibility(textOf(name, value), remote);
    case "excerpt":
      return limited(name, textOf(name, value), 300);
    default:
      return name in IMAGES ? addressOf(name, textOf(name, value), refs) : textOf(name, value);
  }
}

function limited(name: string, text: string, longest: number): string {
  const { length } = Array.from(text);
  if (length <= longest) return text;
  throw invalid(name, `has ${length} characters, and Ghost takes ${longest}`);
}

function encodeSlug(text: string): string {
  const slug = siteSlug(text);
  if (slug !== "") return slug;
  throw invalid("slug", `"${text}" has no letter or digit that Ghost keeps`);
}

function encodeStatus(value: Json, document: Document): string {
  const status = stateOf(value, document);
  if (STATUSES.includes(status)) return status;
  throw noState(status, "Ghost", STATUSES);
}

/** For some members only, by tier, is arranged in Ghost. */
function encodeVisibility(value: string, remote: Entry | undefined): string {
  if (value === "tiers" && remote?.wire.visibility !== "tiers") {
    throw invalid("visibility", '"tiers" can only be chosen in Ghost\'s own editor', "use members or paid");
  }
  return oneOf("visibility", value, ["public", "members", "paid", "tiers"]);
}

/** In their order, each once. Tags that the site does not have yet stay as written; a request with them is refused. */
function encodeTags(value: Json, refs: Refs): Json {
  const ids = tagNames(value).map((name) => termIndex(refs.terms).byPath(TAGS, [name])?.id ?? `#new ${name}`);
  return [...new Set(ids)];
}

export function tagNames(value: Json): readonly string[] {
  const list: readonly Json[] = Array.isArray(value) ? value : [value];
  const names = new Map<string, string>();
  for (const item of list) {
    if (item === null || item === "") continue;
    const name = limited("tags", textOf("tags", item).trim(), 191);
    if (name.startsWith(",")) throw invalid("tags", `"${name}" begins with a comma, which Ghost refuses`);
    if (!names.has(foldName(name))) names.set(foldName(name), name);
  }
  return [...names.values()];
}

/** Of a user whom it does not know, Ghost would silently take the owner. */
function encodeAuthors(value: Json, refs: Refs): Json {
  const list: readonly Json[] = Array.isArray(value) ? value : [value];
  if (list.length === 0)
    throw invalid("author", "names nobody", "leave `author:` out, or name a member of staff");
  return list.map((item) => {
    const name = textOf("author", item);
    const key = foldName(name);
    const found =
      refs.authors.find(({ slug }) => foldName(slug) === key) ??
      refs.authors.find(({ aliases = [] }) => aliases.some((alias) => foldName(alias) === key)) ??
      onlyOne(refs.authors.filter((author) => foldName(author.name) === key));
    if (found !== undefined) return found.id;
    throw invalid(
      "author",
      `"${name}" is no member of this site's staff`,
      "write the slug or the e-mail address of one, as Ghost's admin shows them under Settings > Staff",
    );
  });
}

const onlyOne = <T>([first, ...rest]: readonly T[]): T | undefined => (rest.length === 0 ? first : undefined);

/** The reference of an image as a document gives it: a path, or `{src, alt, caption}`. */
export function imageSource(value: Json): { src: string; alt: string; caption: string } {
  const image: JsonObject = isObject(value) ? (value as JsonObject) : { src: value };
  const { src, alt, caption } = image;
  if (typeof src !== "string") throw invalid("image", "must be a path, or have a `src`");
  const text = (item: Json | undefined) => (typeof item === "string" ? item : "");
  return { src, alt: text(alt), caption: text(caption) };
}

export function isAddress(src: string): boolean {
  return /^(?:https?:)?\/\//i.test(src);
}

function encodeImage(value: Json, refs: Refs): Json {
  const { src, alt, caption } = imageSource(value);
  if (src === "") return null;
  return { src: addressOf("image", src, refs), alt: limited("image.alt", alt, 191), caption };
}

/** A file that is not uploaded yet stays as its digest; a request with it is refused. */
function addressOf(name: string, src: string, refs: Refs): string {
  const media = uploadOf(src, refs);
  if (media !== undefined) return media.url;
  if (src === "" || isAddress(src)) return src;
  const file = refs.files.find((candidate) => candidate.ref === src);
  if (file !== undefined) return `sha256:${file.digest}`;
  throw invalid(name, `"${src}" is no file`, "name a file below the root, or a whole address");
}
