// An article as Joomla's interface gives it, in lists and by itself. Pure.
import { z } from "zod";
import type { State } from "../../content/document.ts";
import { joinTermPath } from "../../content/term-path.ts";
import { shortHash } from "../../lib/hash.ts";
import { isObject, type Json, type JsonObject } from "../../lib/json.ts";
import type { Entry, Listing } from "../contract.ts";
import { type CustomField, columnOf, partOf, readValue } from "./custom-fields.ts";
import { withoutMarker } from "./marker.ts";
import { type Category, numberText } from "./site.ts";

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? "");
const number = numberText.transform(Number);
/** UTC, `YYYY-MM-DD HH:MM:SS`; also `0000-00-00 00:00:00` for none. */
const date = z
  .string()
  .nullish()
  .transform((value) => (value === null || value === undefined || !/^[1-9]/.test(value) ? null : value));
const map = z.unknown().transform(columnOf);
const related = z.object({ data: z.object({ id: numberText }).nullish() }).optional();

const rowSchema = z.object({
  id: numberText,
  attributes: z.looseObject({
    title: z.string(),
    alias: z.string(),
    text,
    language: z.string(),
    state: number,
    access: numberText,
    featured: number.catch(0),
    note: text,
    publish_up: date,
    publish_down: date,
    featured_up: date,
    featured_down: date,
    created: date,
    created_by: numberText.optional().catch(undefined),
    created_by_alias: text,
    modified: date,
    version: number,
    tags: z.unknown(),
    images: map,
    metakey: text,
    metadesc: text,
  }),
  relationships: z.object({
    category: related,
    created_by: related,
    languageAssociations: z
      .object({ data: z.array(z.object({ id: numberText })) })
      .optional()
      .catch(undefined),
  }),
});
export type Row = z.infer<typeof rowSchema>;

export const decodeRow = (item: unknown): Row => rowSchema.parse(item);
export const decodeItem = (payload: unknown): Row => z.object({ data: rowSchema }).parse(payload).data;

export const TRASHED = -2;

export const catidOf = (row: Row) => row.relationships.category?.data?.id ?? "";

/** A map of ids to titles; an empty list for none. */
export function tagsOf({ attributes: { tags } }: Row): readonly number[] {
  const ids = isObject(tags) ? Object.keys(tags).map(Number) : [];
  return ids.toSorted((a, b) => a - b);
}

export const authorOf = ({ attributes, relationships }: Row) =>
  Number(relationships.created_by?.data?.id ?? attributes.created_by ?? 0);

/** `2026-01-31 09:30:00` -> `2026-01-31T09:30:00Z`. */
export const isoOf = (date: string | null) => (date === null ? null : `${date.replace(" ", "T")}Z`);

/** What else there is to know of the site. */
export interface Seen {
  readonly siteUrl: string;
  readonly categories: ReadonlyMap<string, Category>;
  readonly levels: ReadonlyMap<string, string>;
  readonly fields: readonly CustomField[];
  /** The site's clock, in ms since 1970. */
  readonly now: number;
  /** How far this machine's clock is ahead of the site's, in ms. */
  readonly ahead: number;
}

export function stateOf({ attributes: { state, publish_up } }: Row, now: number): State {
  if (state === 2) return "archived";
  if (state !== 1) return "draft";
  const at = Date.parse(isoOf(publish_up) ?? "");
  return at > now ? "scheduled" : "published";
}

export function listingOf(row: Row, { siteUrl, categories, now, ahead }: Seen): Listing {
  const { attributes } = row;
  const modified = Date.parse(isoOf(attributes.modified) ?? "") + ahead;
  return {
    id: row.id,
    locale: attributes.language === "*" ? "" : attributes.language,
    kind: "article",
    scope: joinTermPath(categories.get(catidOf(row))?.path ?? [catidOf(row)]),
    slug: attributes.alias,
    url: `${siteUrl}/index.php?option=com_content&view=article&id=${row.id}`,
    title: attributes.title,
    revision: shortHash(cheapOf(row)),
    modified: Number.isNaN(modified) ? undefined : modified,
    state: stateOf(row, now),
    pendingChanges: false,
  };
}

/** `version` counts each save; what is changed in lists of articles changes without it. */
function cheapOf(row: Row): Json {
  const { title, alias, language, state, access, featured, note, version } = row.attributes;
  const { publish_up, publish_down, modified } = row.attributes;
  return [
    ...[title, alias, language, state, access, featured, note, version, catidOf(row), authorOf(row)],
    ...[publish_up, publish_down, modified],
    [...tagsOf(row)],
  ];
}

/** The text whole as it is stored, or why that cannot be told. */
export type Body = { readonly raw: string } | { readonly shown: string; readonly why: string };

export function entryOf(row: Row, body: Body, seen: Seen): Entry {
  const listing = listingOf(row, seen);
  const { attributes } = row;
  const fixed: JsonObject = {
    title: attributes.title,
    slug: attributes.alias,
    status: listing.state,
    date: isoOf(attributes.publish_up),
    publishDown: isoOf(attributes.publish_down),
    categories: [Number(catidOf(row))],
    tags: [...tagsOf(row)],
    author: authorOf(row),
    authorAlias: attributes.created_by_alias,
    image: imageOf(attributes.images, "intro", seen.siteUrl),
    imageFull: imageOf(attributes.images, "fulltext", seen.siteUrl),
    featured: attributes.featured === 1,
    access: seen.levels.get(attributes.access) ?? attributes.access,
    note: withoutMarker(attributes.note),
    "seo.description": attributes.metadesc,
    "seo.keywords": attributes.metakey,
    body: "raw" in body ? body.raw : body.shown,
  };
  const custom = seen.fields
    .filter(({ isClosed }) => !isClosed)
    .map((field) => [partOf(field), readValue(field, attributes[field.name])] as const);
  const entry = { ...listing, wire: { ...fixed, ...Object.fromEntries(custom) } };
  return "raw" in body ? entry : { ...entry, bodyOwner: body.why };
}

function imageOf(images: Record<string, unknown>, which: "intro" | "fulltext", siteUrl: string): Json {
  const stored = images[`image_${which}`];
  if (typeof stored !== "string" || stored === "") return null;
  const word = (name: string) => String(images[`image_${which}_${name}`] ?? "");
  return { src: wholeImage(stored, siteUrl), alt: word("alt"), caption: word("caption") };
}

/** Stored as `images/a.png#joomlaImage://local-images/a.png?width=1&height=1`; shown with the site's address before it. */
export function wholeImage(stored: string, siteUrl: string): string {
  const [path = ""] = stored.split("#joomlaImage://");
  return URL.canParse(path) ? path : `${siteUrl}/${path.replace(/^\/+/, "")}`;
}
