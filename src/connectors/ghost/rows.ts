// What Ghost answers of an entry, from untrusted JSON to the contract's terms.
import { z } from "zod";
import type { State } from "../../content/document.ts";
import { shortHash } from "../../lib/hash.ts";
import type { Json, JsonObject } from "../../lib/json.ts";
import type { Entry, Listing } from "../contract.ts";
import { IMAGES, TEXTS, type Wiring } from "./kinds.ts";
import { normalLexical } from "./lexical.ts";
import type { Site } from "./site.ts";

const ids = z.array(z.object({ id: z.string() }));
const text = z.string().nullish();

/** The cheap fields, in the order of the request. */
export const ROW_FIELDS = [
  ...["id", "title", "slug", "status", "updated_at", "created_at", "published_at", "url", "visibility"],
  ...["featured", "feature_image", "custom_excerpt", "canonical_url", "custom_template"],
].join(",");

/** Edits of these do not move `updated_at`. */
export const ROW_RELATIONS = "tags,authors";
export const RELATIONS = "tags,authors,newsletter";

export const rowSchema = z.object({
  id: z.string(),
  title: z.string(),
  slug: z.string(),
  status: z.string(),
  updated_at: z.string(),
  created_at: text,
  published_at: text,
  url: text,
  visibility: text,
  featured: z.boolean().nullish(),
  feature_image: text,
  custom_excerpt: text,
  canonical_url: text,
  custom_template: text,
  tags: ids.catch([]),
  authors: ids.catch([]),
});
export type Row = z.infer<typeof rowSchema>;

const wholeSchema = z.looseObject({
  ...rowSchema.shape,
  // A whole entry without them would look like one that lost them.
  tags: ids,
  authors: ids,
  lexical: text,
  mobiledoc: text,
  html: text,
  feature_image_alt: text,
  feature_image_caption: text,
  newsletter: z.object({ slug: z.string() }).nullish(),
});
export type Whole = z.infer<typeof wholeSchema>;

const pagination = z.object({
  pagination: z.object({ total: z.number(), next: z.number().nullish() }),
});

export interface Page<T> {
  readonly items: readonly T[];
  readonly total: number;
  readonly next: number | undefined;
}

/** A list under its key, and where it goes on. */
export function pageOf<T>(payload: unknown, key: string, item: z.ZodType<T>): Page<T> {
  const { meta, ...rest } = z.looseObject({ meta: pagination }).parse(payload);
  const { total, next } = meta.pagination;
  return { items: z.array(item).parse(rest[key]), total, next: next ?? undefined };
}

export function wholesIn(payload: unknown, { key }: Wiring): readonly Whole[] {
  return z.array(wholeSchema).parse(z.looseObject({}).parse(payload)[key]);
}

/** Of an answer to a write. */
export function wholeIn(payload: unknown, { key }: Wiring): Whole {
  return z.tuple([wholeSchema]).parse(z.looseObject({}).parse(payload)[key])[0];
}

/** Posts that went out by e-mail only have a status of their own. */
function stateOf(status: string): State {
  return status === "draft" || status === "scheduled" ? status : "published";
}

export function listingOf(row: Row, { name }: Wiring, site: Site): Listing {
  const modified = Date.parse(row.updated_at);
  return {
    id: row.id,
    locale: "",
    kind: name,
    scope: "",
    slug: row.slug,
    url: row.url ?? "",
    title: row.title,
    revision: shortHash(cheapOf(row)),
    modified: Number.isNaN(modified) ? undefined : modified + site.ahead(),
    state: stateOf(row.status),
    pendingChanges: false,
  };
}

function cheapOf(row: Row): Json {
  const { title, slug, status, updated_at, published_at = null, visibility = null, featured = null } = row;
  const { feature_image = null, custom_excerpt = null, canonical_url = null, custom_template = null } = row;
  return [
    ...[title, slug, status, updated_at, published_at, visibility, featured],
    ...[feature_image, custom_excerpt, canonical_url, custom_template],
    ...[row.tags.map(({ id }) => id), row.authors.map(({ id }) => id)],
  ];
}

/** Posts keep it until they are saved in the new one. */
const OLD_EDITOR = "Ghost's old editor";
/** Not as Ghost's editor writes it, or nested without end. */
const UNKNOWN_EDITOR = "an editor that this program does not know";

export function entryOf(whole: Whole, wiring: Wiring, site: Site): Entry {
  const { row, body, bodyOwner } = { row: whole, ...bodyOf(whole) };
  const listing = listingOf(row, wiring, site);
  const plain = Object.entries({ ...TEXTS, ...IMAGES }).map(([name, key]) => [name, textIn(whole, key)]);
  const wire: JsonObject = {
    title: row.title,
    slug: row.slug,
    status: listing.state,
    date: momentOf(row.published_at),
    tags: row.tags.map(({ id }) => id),
    author: row.authors.map(({ id }) => id),
    image: imageOf(whole),
    visibility: row.visibility ?? "public",
    featured: row.featured ?? false,
    ...Object.fromEntries(plain),
    ...(wiring.name === "post" ? { newsletter: whole.newsletter?.slug ?? "" } : {}),
    body,
  };
  return { ...listing, ...(bodyOwner === undefined ? {} : { bodyOwner }), wire };
}

function bodyOf({ lexical, mobiledoc, html }: Whole): { readonly body: string; readonly bodyOwner?: string } {
  const body = normalLexical(lexical ?? "");
  if (body !== undefined) return { body };
  if ((lexical ?? "") !== "") return { body: html ?? "", bodyOwner: UNKNOWN_EDITOR };
  return { body: html ?? "", ...((mobiledoc ?? "") === "" ? {} : { bodyOwner: OLD_EDITOR }) };
}

function textIn(whole: Whole, key: string): string {
  const value = (whole as Readonly<Record<string, unknown>>)[key];
  return typeof value === "string" ? value : "";
}

function momentOf(date: string | null | undefined): Json {
  const at = Date.parse(date ?? "");
  return Number.isNaN(at) ? null : new Date(at).toISOString();
}

function imageOf({
  feature_image: src,
  feature_image_alt: alt,
  feature_image_caption: caption,
}: Whole): Json {
  return (src ?? "") === "" ? null : { src: src ?? "", alt: alt ?? "", caption: caption ?? "" };
}
