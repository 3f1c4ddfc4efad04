// Document -> wire. Pure.
import { toInstant } from "../../content/date.ts";
import type { Document, State } from "../../content/document.ts";
import { groupOf } from "../../content/groups.ts";
import { foldName } from "../../content/term-path.ts";
import { isObject, type Json, type JsonObject } from "../../lib/json.ts";
import type { Encoded, Entry, Loss, Refs } from "../contract.ts";
import { termIndex } from "../term-index.ts";
import { uploadOf } from "../uploads.ts";
import { invalid, noState, stateOf, textOf } from "../values.ts";
import { memberNamed } from "./authors.ts";
import { EMPTY_BODY, postBody } from "./body.ts";
import { addressesOf, idIn } from "./images.ts";
import {
  CATEGORIES,
  GROUPS,
  LONGEST_EXCERPT,
  LONGEST_TITLE,
  MOST_CATEGORIES,
  MOST_TAGS,
  TAGS,
} from "./kinds.ts";
import { fits, siteSlug } from "./slug.ts";

export function encode(document: Document, refs: Refs, remote: Entry | undefined): Encoded {
  const offered = new Set(refs.kind.fields.map(({ name }) => name));
  const wire: Record<string, Json> = {};
  const losses: Loss[] = [];
  for (const [name, value] of Object.entries(document.fields)) {
    if (!offered.has(name)) losses.push(...lossOf(name));
    else wire[name] = value === null ? emptied(name) : encodeField(name, value, document, refs, remote);
  }
  wire.body = bodyOf(document, refs, remote);
  return { wire, losses };
}

function bodyOf({ body }: Document, refs: Refs, remote: Entry | undefined): string {
  const stored = remote?.wire.body;
  if (typeof stored === "string") return postBody.encodeOnto(body, stored, addressesOf(refs));
  return body.trim() === "" ? EMPTY_BODY : postBody.encode(body, addressesOf(refs));
}

/** What a cleared field holds on the site. */
function emptied(name: string): Json {
  if (name === "tags" || name === "categories") return [];
  if (name === "featured") return false;
  if (name === "comments") return true;
  return name === "image" || name === "date" ? null : "";
}

/** Fields of ours that Wix does not have. Others are unknown fields, which is the engine's matter. */
const MAPPED = new Set(["parent", "sticky", "format", "commentStatus", "template"]);

export function lossOf(name: string): readonly Loss[] {
  if (!MAPPED.has(name) && !GROUPS.some((group) => group === groupOf(name))) return [];
  const hint = name === "sticky" ? ": say `featured`" : name === "commentStatus" ? ": say `comments`" : "";
  return [{ field: name, message: `Wix's blog has no ${name}${hint}` }];
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
      return limited(name, textOf(name, value).trim(), LONGEST_TITLE);
    case "excerpt":
      return limited(name, textOf(name, value), LONGEST_EXCERPT);
    case "slug":
      return encodeSlug(textOf(name, value));
    case "status":
      return encodeStatus(value, document, remote);
    case "date":
      return new Date(toInstant(textOf(name, value), refs.timezone)).toISOString();
    case "tags":
      return encodeTerms(name, TAGS, MOST_TAGS, value, refs);
    case "categories":
      return encodeTerms(name, CATEGORIES, MOST_CATEGORIES, value, refs);
    case "author":
      return encodeAuthor(textOf(name, value), refs);
    case "image":
      return encodeImage(value, refs);
    case "featured":
    case "comments":
      if (typeof value === "boolean") return value;
      throw invalid(name, "must be true or false");
    default:
      return textOf(name, value);
  }
}

function limited(name: string, text: string, longest: number): string {
  const { length } = Array.from(text);
  if (length <= longest) return text;
  throw invalid(name, `has ${length} characters, and Wix takes ${longest}`);
}

function encodeSlug(text: string): string {
  const slug = siteSlug(text);
  if (slug === "") throw invalid("slug", `"${text}" has no letter or digit`);
  if (fits(slug)) return slug;
  throw invalid("slug", `"${text}" is longer than 100 characters as an address, which Wix refuses`);
}

const STATUSES: readonly State[] = ["draft", "scheduled", "published"];

/** Only guest writers send posts in for review; what waits for it stays so. */
function encodeStatus(value: Json, document: Document, remote: Entry | undefined): string {
  const status = stateOf(value, document);
  if (STATUSES.includes(status)) return status;
  if (status === "pending" && remote?.state === "pending") return status;
  throw noState(status, "Wix", STATUSES);
}

/** Each once. Those that the site does not have yet stay as written; a request with them is refused. */
function encodeTerms(field: string, taxonomy: string, most: number, value: Json, refs: Refs): Json {
  const ids = termNames(field, value).map(
    (name) => termIndex(refs.terms).byPath(taxonomy, [name])?.id ?? `#new ${name}`,
  );
  const distinct = [...new Set(ids)];
  if (distinct.length <= most) return distinct;
  throw invalid(field, `has ${distinct.length} names, and Wix takes ${most} of a post`);
}

/** As written, each once; letter case does not tell two apart. */
export function termNames(field: string, value: Json): readonly string[] {
  const list: readonly Json[] = Array.isArray(value) ? value : [value];
  const names = new Map<string, string>();
  for (const item of list) {
    if (item === null || item === "") continue;
    const name = textOf(field, item).trim();
    if (!names.has(foldName(name))) names.set(foldName(name), name);
  }
  return [...names.values()];
}

function encodeAuthor(name: string, { authors }: Refs): Json {
  const member = memberNamed(authors, name);
  if (member !== undefined) return member.id;
  throw invalid(
    "author",
    `"${name}" is no member of this site`,
    "write the nickname or e-mail address of one, as the site's dashboard shows them under Site members",
  );
}

/** The reference of an image as a document gives it: a path, or `{src, alt}`. */
export function imageSource(value: Json): { readonly src: string; readonly alt: string } {
  const image: JsonObject = isObject(value) ? (value as JsonObject) : { src: value };
  const { src, alt } = image;
  if (typeof src !== "string") throw invalid("image", "must be a path, or have a `src`");
  return { src, alt: typeof alt === "string" ? alt : "" };
}

export function isAddress(src: string): boolean {
  return /^(?:https?:)?\/\//i.test(src);
}

/** A file that is not uploaded yet stays as its digest; a request with it is refused. */
function encodeImage(value: Json, refs: Refs): Json {
  const { src, alt } = imageSource(value);
  if (src === "") return null;
  const id = uploadOf(src, refs)?.id ?? idIn(src);
  if (id !== undefined) return { id, alt: limited("image.alt", alt, 1000) };
  const file = refs.files.find((candidate) => candidate.ref === src);
  if (file !== undefined) return { id: `sha256:${file.digest}`, alt };
  if (isAddress(src)) {
    throw invalid(
      "image",
      `"${src}" lies elsewhere, and Wix shows only images of its own`,
      "save it beside the document and name that file",
    );
  }
  throw invalid("image", `"${src}" is no file`, "name a file below the root");
}
