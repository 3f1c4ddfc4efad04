// Answers as entries. Pure.
import { z } from "zod";
import type { State } from "../../content/document.ts";
import { shortHash } from "../../lib/hash.ts";
import type { Json, JsonObject } from "../../lib/json.ts";
import type { Entry, Listing } from "../contract.ts";
import { idOf, type KindName } from "./kinds.ts";
import { keyOf, partOf, readValue, SEO } from "./metafields.ts";

export const rowSchema = z.object({
  id: z.string(),
  handle: z.string(),
  title: z.string(),
  createdAt: z.string(),
  updatedAt: z.string().nullish(),
  publishedAt: z.string().nullish(),
  isPublished: z.boolean().optional(),
  status: z.string().optional(),
  tags: z.array(z.string()).optional(),
  templateSuffix: z.string().nullish(),
  blog: z.object({ id: z.string(), handle: z.string() }).nullish(),
});
/** What a listing says of an entry of any kind. */
export type Row = z.infer<typeof rowSchema>;

export const decodeRow = (payload: unknown): Row => rowSchema.parse(payload);
export const rowsSchema = z.object({ nodes: z.array(rowSchema) });
export const pageOfRows = z.object({
  nodes: z.array(rowSchema),
  pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullish() }),
});

const wholeSchema = rowSchema.extend({
  body: z.string().optional(),
  descriptionHtml: z.string().optional(),
  summary: z.string().nullish(),
  author: z.object({ name: z.string() }).nullish(),
  image: z.object({ url: z.string(), altText: z.string().nullish() }).nullish(),
  featuredMedia: z
    .object({
      alt: z.string().nullish(),
      preview: z.object({ image: z.object({ url: z.string() }).nullish() }).nullish(),
    })
    .nullish(),
  seo: z.object({ title: z.string().nullish(), description: z.string().nullish() }).nullish(),
  metafields: z.object({
    nodes: z.array(z.object({ namespace: z.string(), key: z.string(), type: z.string(), value: z.string() })),
  }),
});
export type Whole = z.infer<typeof wholeSchema>;

export const decodeWhole = (payload: unknown): Whole => wholeSchema.parse(payload);

/** What rows alone do not say. */
export interface Seen {
  readonly kind: KindName;
  readonly siteUrl: string;
  /** The shop's time, in ms. */
  readonly now: number;
  /** See `Shop`. */
  readonly ahead: number;
  /** `namespace.key` of the metafields that are fields of the kind. */
  readonly keys: readonly string[];
}

/** Archived products are what a removal leaves: as good as in a trash. */
export const isArchived = (row: Row) => row.status === "ARCHIVED";

export function stateOf(row: Row, now: number): State {
  if (row.status !== undefined) return PRODUCT_STATES[row.status] ?? "draft";
  // The shop decides, and clocks differ.
  if (row.isPublished === true) return "published";
  const at = Date.parse(row.publishedAt ?? "");
  return !Number.isNaN(at) && at > now ? "scheduled" : "draft";
}

/** A product that is not listed is shown to whoever has its address. */
const PRODUCT_STATES: Readonly<Record<string, State>> = {
  ACTIVE: "published",
  DRAFT: "draft",
  UNLISTED: "private",
  ARCHIVED: "archived",
};

const PLACES: Readonly<Record<KindName, (row: Row) => string>> = {
  article: ({ blog, handle }) =>
    `blogs/${encodeURIComponent(blog?.handle ?? "")}/${encodeURIComponent(handle)}`,
  page: ({ handle }) => `pages/${encodeURIComponent(handle)}`,
  product: ({ handle }) => `products/${encodeURIComponent(handle)}`,
};

export function listingOf(row: Row, { kind, siteUrl, now, ahead }: Seen): Listing {
  const modified = Date.parse(row.updatedAt ?? row.createdAt) + ahead;
  return {
    id: idOf(row.id),
    locale: "",
    kind,
    scope: row.blog?.handle ?? "",
    slug: row.handle,
    url: `${siteUrl}/${PLACES[kind](row)}`,
    title: row.title,
    revision: shortHash(cheapOf(row)),
    modified: Number.isNaN(modified) ? undefined : modified,
    state: stateOf(row, now),
    pendingChanges: false,
  };
}

function cheapOf(row: Row): Json {
  const { handle, title, createdAt, updatedAt, publishedAt, isPublished, status, templateSuffix, blog } = row;
  return [
    ...[handle, title, createdAt, updatedAt ?? null, publishedAt ?? null, isPublished ?? null],
    ...[status ?? null, templateSuffix ?? null, blog?.handle ?? null, (row.tags ?? []).toSorted()],
  ];
}

export function entryOf(whole: Whole, seen: Seen): Entry {
  const listing = listingOf(whole, seen);
  return { ...listing, wire: { ...fixedParts(whole, seen, listing), ...customParts(whole, seen) } };
}

function fixedParts(whole: Whole, { kind }: Seen, { state }: Listing): JsonObject {
  const common = {
    title: whole.title,
    slug: whole.handle,
    status: state,
    template: whole.templateSuffix ?? "",
    body: whole.body ?? whole.descriptionHtml ?? "",
  };
  const date = moment(whole.publishedAt ?? undefined);
  const tags = (whole.tags ?? []).toSorted();
  switch (kind) {
    case "article":
      return {
        ...common,
        date,
        tags,
        excerpt: whole.summary ?? "",
        author: whole.author?.name ?? "",
        image: imageOf(whole.image?.url, whole.image?.altText ?? undefined),
        blog: whole.blog?.handle ?? "",
      };
    case "page":
      return { ...common, date };
    case "product": {
      const media = whole.featuredMedia;
      return {
        ...common,
        tags,
        image: imageOf(media?.preview?.image?.url, media?.alt ?? undefined),
        "seo.title": whole.seo?.title ?? "",
        "seo.description": whole.seo?.description ?? "",
      };
    }
  }
}

function imageOf(url: string | undefined, alt: string | undefined): Json {
  return url === undefined ? null : { src: url, alt: alt ?? "" };
}

/** In UTC, however the shop writes it. */
function moment(date: string | undefined): Json {
  const at = Date.parse(date ?? "");
  return Number.isNaN(at) ? null : new Date(at).toISOString().replace(".000Z", "Z");
}

/** Metafields that are fields of the kind; null for those that are not set. */
function customParts(whole: Whole, { kind, keys }: Seen): JsonObject {
  const set = new Map(whole.metafields.nodes.map((node) => [keyOf(node), node]));
  const seo = kind === "product" ? [] : Object.entries(SEO);
  const fixed = seo.map(([part, definition]) => [part, set.get(keyOf(definition))?.value ?? ""] as const);
  const own = keys.map((key) => {
    const node = set.get(key);
    const dot = key.indexOf(".");
    const part = partOf({ namespace: key.slice(0, dot), key: key.slice(dot + 1) });
    return [part, node === undefined ? null : readValue(node.type, node.value)] as const;
  });
  return Object.fromEntries([...fixed, ...own]);
}
