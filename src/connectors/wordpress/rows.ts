// Entries as WordPress answers them, and as the contract wants them.
import { z } from "zod";
import { toLocal } from "../../content/date.ts";
import type { State } from "../../content/document.ts";
import { Fault } from "../../lib/fault.ts";
import { shortHash } from "../../lib/hash.ts";
import type { Json, JsonObject } from "../../lib/json.ts";
import type { Entry, Listing } from "../contract.ts";
import { bodyOwner } from "./builders.ts";
import { customWire } from "./custom-fields.ts";
import { isTranslated, type SiteLanguages, spoken } from "./languages.ts";
import { phpId, phpList, phpMap, phpText, realId } from "./php.ts";
import { readableSlug } from "./slug.ts";
import type { ContentType } from "./types.ts";

/** Everything but the trash. */
export const STATUSES = "publish,future,draft,pending,private";
export const STATUSES_AND_TRASH = `${STATUSES},trash`;

const raw = z
  .object({ raw: z.string().optional().catch(undefined), rendered: z.string().optional().catch(undefined) })
  .optional()
  .catch(undefined);
const json: z.ZodType<Json> = z.json();
const text = z.string().optional().catch(undefined);
const id = phpId.optional().catch(undefined);
/** Made once: making a schema takes longer than reading a row with it. */
const idList = phpList(phpId);

/** Plug-ins change what they like here: what is no use is taken for not offered, and only the id must be right. */
const rowSchema = z.looseObject({
  id: realId,
  slug: phpText,
  status: z.string(),
  link: phpText,
  /** Site-local; null for a date that the database holds as 0000-00-00. */
  date: phpText,
  date_gmt: phpText,
  modified_gmt: phpText,
  title: raw,
  excerpt: raw,
  content: raw,
  author: id,
  featured_media: id,
  parent: id,
  sticky: z.boolean().optional().catch(undefined),
  template: text,
  comment_status: text,
  format: text,
  /** Code of its language; false or "" where it has none. */
  lang: z.string().min(1).optional().catch(undefined),
  /** Ids by code, itself among them. */
  translations: phpMap(realId).optional().catch(undefined),
  meta: phpMap(json).optional().catch(undefined),
  acf: phpMap(json).optional().catch(undefined),
  /** The password itself ends here. Only answers in the edit context have the field. */
  password: phpText
    .optional()
    .transform((password) => (password === undefined ? undefined : password !== "")),
  _links: z
    .object({
      "version-history": z
        .array(z.object({ count: z.number() }))
        .optional()
        .catch(undefined),
      "predecessor-version": z
        .array(z.object({ id: z.number() }))
        .optional()
        .catch(undefined),
    })
    .optional()
    .catch(undefined),
});
export type Row = z.infer<typeof rowSchema>;

/** Refuses an answer that was made for visitors: hidden entries and raw texts are missing in it. */
export function decodeRow(payload: unknown): Row {
  const row = rowSchema.parse(payload);
  if (row.password === undefined && row.title?.raw === undefined && row.content?.raw === undefined) {
    throw new Fault("auth", "the site answered as to a visitor", {
      code: "wordpress.anonymous",
      hint: "a cache or firewall in front of the site drops the Authorization header or the query: exempt /wp-json from it",
    });
  }
  return row;
}

export const decodeRows = (payload: unknown): readonly Row[] =>
  z.array(z.unknown()).parse(payload).map(decodeRow);

const CHEAP = [
  "id,slug,status,link,date,date_gmt,modified_gmt,title.raw,author,featured_media,parent,sticky,template",
  "comment_status,format,meta,password",
].join(",");
const HISTORY = "_links.version-history,_links.predecessor-version";

/**
 * How much of an entry is asked for. To answer an empty excerpt, even its raw text, WordPress makes one of the body as
 * visitors see it, which takes longer than all other fields together (`get_the_excerpt` in
 * class-wp-rest-posts-controller.php).
 */
export type Fields = "cheap" | "all but the excerpt" | "whole";

/** What a request asks for besides its fields. */
export interface Besides {
  /** The page as visitors get it: on a site with a builder that hides there. */
  readonly rendered?: boolean;
  /** How many older texts there are, and which is the newest; asked for unless this is false. */
  readonly history?: boolean;
}

/** The `_fields` of such a request. */
export function fieldsOf(type: ContentType, fields: Fields, { rendered, history }: Besides = {}): string {
  const own = type.taxonomies.map((taxonomy) => taxonomy.field);
  if (type.custom.some(({ name }) => name.startsWith("acf."))) own.push("acf");
  if (isTranslated(type)) own.push("lang", "translations");
  if (fields !== "cheap") own.push("content.raw");
  if (fields === "whole") own.push("excerpt.raw");
  if (rendered === true) own.push("content.rendered");
  if (history !== false) own.push(HISTORY);
  return [CHEAP, ...own].join(",");
}

/** How many older texts are kept of the entry, and the id of the newest, 0 for none. Undefined where the site does not tell. */
export function historyOf({ _links }: Row): { readonly count: number; readonly newest: number } | undefined {
  const count = _links?.["version-history"]?.[0]?.count;
  return count === undefined ? undefined : { count, newest: _links?.["predecessor-version"]?.[0]?.id ?? 0 };
}

const STATES: Readonly<Record<string, State>> = {
  publish: "published",
  future: "scheduled",
  draft: "draft",
  "auto-draft": "draft",
  pending: "pending",
  private: "private",
};

/** Other statuses are plug-ins' own, and never seen by visitors as posts are. */
export const stateOf = (status: string): State => STATES[status] ?? "archived";

/** What reading a row takes besides the row. */
export interface RowContext {
  /** Slug path of its parent, or "". */
  readonly scope: string;
  /** The site's time zone. */
  readonly zone: string;
  /** Milliseconds since 1970, by this machine's clock. */
  readonly now: number;
  /** How far that clock is ahead of the server's, in ms. */
  readonly ahead: number;
  /** Undefined on a site in one language. */
  readonly languages: SiteLanguages | undefined;
}

export function listingOf(row: Row, type: ContentType, context: RowContext): Listing {
  const { scope, zone } = context;
  const owner = bodyOwner({
    id: row.id,
    template: row.template,
    meta: row.meta ?? {},
    content: row.content?.raw,
    rendered: row.content?.rendered,
  });
  return {
    id: String(row.id),
    ...spoken(row, isTranslated(type) ? context.languages : undefined),
    kind: type.kind,
    scope,
    slug: readableSlug(row.slug),
    url: row.link,
    title: row.title?.raw ?? "",
    revision: revisionOf(row, type, zone),
    modified: modifiedOf(row, context),
    state: stateOf(row.status),
    pendingChanges: false,
    ...(row.password === true ? { protected: true } : {}),
    ...(owner === undefined ? {} : { bodyOwner: owner }),
  };
}

export function entryOf(row: Row, type: ContentType, context: RowContext): Entry {
  return { ...listingOf(row, type, context), wire: wireOf(row, type, context.zone) };
}

function revisionOf(row: Row, type: ContentType, zone: string): string {
  const { count, newest } = historyOf(row) ?? { count: null, newest: null };
  const { body: _, excerpt: __, ...cheap } = wireOf(row, type, zone);
  return shortHash([cheap, row.modified_gmt, row.date_gmt, count, newest]);
}

/**
 * A new entry's modification time is a copy of its date, so it can lie ahead of the clock. Any edit would replace it;
 * such a time hides nothing and counts as old.
 */
function modifiedOf(row: Row, { now, ahead }: RowContext): number | undefined {
  const modified = Date.parse(`${row.modified_gmt}Z`) + ahead;
  if (Number.isNaN(modified)) return undefined;
  return modified > now + 60_000 && row.modified_gmt === row.date_gmt ? 0 : modified;
}

/**
 * Drafts without a date of their own take the current time at each save, and again when they are published. WordPress
 * tells them by nothing else: https://developer.wordpress.org/block-editor/ (isEditedPostDateFloating).
 */
function hasFloatingDate(row: Row): boolean {
  return ["draft", "pending", "auto-draft"].includes(row.status) && row.date_gmt === row.modified_gmt;
}

/** Site-local; with its offset where the site's clocks show that hour twice. Null where the entry has none of its own. */
function dateOf(row: Row, zone: string): string | null {
  if (row.date === "" || hasFloatingDate(row)) return null;
  const instant = Date.parse(`${row.date_gmt}Z`);
  const local = Number.isNaN(instant) ? row.date : toLocal(instant, zone);
  // Dates written before the site changed its zone are shown as they were.
  return local.startsWith(row.date) ? local : row.date;
}

/** A field that the site did not answer is left out: not offered is not empty. */
function wireOf(row: Row, type: ContentType, zone: string): JsonObject {
  const wire: Record<string, Json> = {};
  const set = (name: string, value: Json | undefined) => {
    if (value !== undefined) wire[name] = value;
  };
  set("title", row.title?.raw);
  set("slug", readableSlug(row.slug));
  set("status", stateOf(row.status));
  set("date", dateOf(row, zone));
  set("excerpt", row.excerpt?.raw);
  set("author", row.author);
  set("image", row.featured_media === 0 ? null : row.featured_media);
  set("sticky", row.sticky);
  set("template", row.template);
  set("parent", type.hierarchical ? row.parent : undefined);
  set("commentStatus", row.comment_status);
  set("format", row.format);
  for (const { field } of type.taxonomies) {
    const ids = idList.safeParse(row[field]);
    if (ids.success)
      set(
        field,
        ids.data.toSorted((a, b) => a - b),
      );
  }
  Object.assign(wire, customWire(row, type.custom));
  set("protected", row.password === true ? true : undefined);
  set("body", row.content?.raw?.replaceAll("\r\n", "\n"));
  return wire;
}
