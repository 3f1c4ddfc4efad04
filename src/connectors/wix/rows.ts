// What Wix answers of a post, from untrusted JSON to the contract's terms.
import { z } from "zod";
import type { State } from "../../content/document.ts";
import { shortHash } from "../../lib/hash.ts";
import type { Json, JsonObject } from "../../lib/json.ts";
import type { Entry, Listing } from "../contract.ts";
import { bodyText } from "./body.ts";
import { POST } from "./kinds.ts";
import { SEO_PARTS, seoPart, seoSchema } from "./seo.ts";
import type { Site } from "./site.ts";
import { slugIn } from "./slug.ts";

const text = z.string().nullish();
const ids = z.array(z.string()).nullish();
const imageSchema = z.looseObject({ id: text, url: text }).nullish();

/** A draft post without what comes on demand: every post has one, a published post too. */
export const rowSchema = z.looseObject({
  id: z.string(),
  title: z.string().catch(""),
  excerpt: text,
  featured: z.boolean().nullish(),
  commentingEnabled: z.boolean().nullish(),
  categoryIds: ids,
  tagIds: ids,
  memberId: text,
  heroImage: imageSchema,
  media: z
    .looseObject({
      altText: text,
      displayed: z.boolean().nullish(),
      wixMedia: z.looseObject({ image: imageSchema }).nullish(),
    })
    .nullish(),
  status: z.string(),
  hasUnpublishedChanges: z.boolean().nullish(),
  editedDate: text,
  createdDate: text,
  scheduledPublishDate: text,
  firstPublishedDate: text,
  seoData: seoSchema.nullish(),
  seoSlug: text,
  url: z.object({ base: text, path: text }).nullish(),
});
export type Row = z.infer<typeof rowSchema>;

export const wholeSchema = rowSchema.extend({
  // A post without its text would look like one that lost it.
  richContent: z.looseObject({ nodes: z.array(z.unknown()) }),
});
export type Whole = z.infer<typeof wholeSchema>;

const STATES: Readonly<Record<string, State>> = {
  PUBLISHED: "published",
  UNPUBLISHED: "draft",
  SCHEDULED: "scheduled",
  IN_REVIEW: "pending",
};

/** Undefined for one in the trash. */
export function stateOf({ status }: Pick<Row, "status">): State | undefined {
  return status === "DELETED" ? undefined : (STATES[status] ?? "draft");
}

/** Wix coerces slugs that it keeps for itself: what the address will be is the truth. */
export function slugOf({ url, seoSlug }: Pick<Row, "url" | "seoSlug">): string {
  const path = url?.path ?? "";
  return path === "" ? (seoSlug ?? "") : slugIn(path);
}

export function listingOf(row: Row, site: Site): Listing {
  const modified = Date.parse(row.editedDate ?? "");
  const state = stateOf(row) ?? "archived";
  const { base, path } = row.url ?? {};
  return {
    id: row.id,
    locale: "",
    kind: POST,
    scope: "",
    slug: slugOf(row),
    url: (base ?? "") === "" ? "" : `${(base ?? "").replace(/\/+$/, "")}${path ?? ""}`,
    title: row.title,
    revision: shortHash(cheapOf(row)),
    modified: Number.isNaN(modified) ? undefined : modified + site.ahead(),
    state,
    pendingChanges: state === "published" && row.hasUnpublishedChanges === true,
  };
}

function cheapOf(row: Row): Json {
  const { status, editedDate = null, hasUnpublishedChanges = null } = row;
  return [status, editedDate, hasUnpublishedChanges, partsOf(row)];
}

/** All parts but the body. */
function partsOf(row: Row): JsonObject {
  return {
    title: row.title,
    slug: slugOf(row),
    status: stateOf(row) ?? "archived",
    date: dateOf(row),
    excerpt: row.excerpt ?? "",
    tags: row.tagIds ?? [],
    categories: row.categoryIds ?? [],
    author: row.memberId ?? "",
    image: imageOf(row),
    featured: row.featured ?? false,
    comments: row.commentingEnabled ?? true,
    ...Object.fromEntries(SEO_PARTS.map((part) => [part, seoPart(row.seoData, part)])),
  };
}

export function entryOf(whole: Whole, site: Site): Entry {
  return { ...listingOf(whole, site), wire: { ...partsOf(whole), body: bodyText(whole.richContent) } };
}

function dateOf({ status, scheduledPublishDate, firstPublishedDate }: Row): Json {
  const at = Date.parse((status === "SCHEDULED" ? scheduledPublishDate : firstPublishedDate) ?? "");
  return Number.isNaN(at) ? null : new Date(at).toISOString();
}

/** Of a cover that is shown. `heroImage` alone leaves it hidden. */
function imageOf({ media, heroImage }: Row): Json {
  const image = media?.wixMedia?.image ?? heroImage;
  const id = image?.id ?? "";
  return id === "" || media?.displayed === false ? null : { id, alt: media?.altText ?? "" };
}
