// What makes a create findable. WordPress takes no client key: slug and exact date stand in for it.
import { z } from "zod";
import { Fault } from "../../lib/fault.ts";
import type { Json } from "../../lib/json.ts";
import type { Draft } from "../contract.ts";
import { datedWithin, holdersOf } from "./holders.ts";
import { codeOf } from "./languages.ts";
import type { Row } from "./rows.ts";
import { same } from "./same.ts";
import type { Site } from "./site.ts";
import { readableSlug, siteSlug } from "./slug.ts";
import type { ContentType } from "./types.ts";

const intentSchema = z.object({
  slug: z.string(),
  title: z.string(),
  /** Site-local date that the document asks for. */
  date: z.string().nullable(),
  /** UTC date that we chose, for entries that are live or private at once. */
  dateGmt: z.string().nullable(),
  /** Server time before the create, in ms. */
  since: z.number(),
  parent: z.number(),
});
export type Intent = z.infer<typeof intentSchema>;

export const decodeIntent = (intent: Json): Intent => intentSchema.parse(intent);

/** Feeds and the embed view own these addresses: WordPress would rename the entry. */
const RESERVED = new Set(["embed", "feed", "rdf", "rss", "rss2", "atom"]);

/** The Date header may come from another machine than the one that decides what lies in the future. */
const CLOCK_MARGIN = 5000;

/**
 * The server's clock and a slug that is free. Drafts without a date get none, so that publishing them later does not
 * date them back; they are found by slug, title and a time not before `since`.
 */
export async function prepare(site: Site, draft: Draft): Promise<Intent> {
  const type = await site.type(draft.kind);
  const slug = siteSlug(typeof draft.wire.slug === "string" ? draft.wire.slug : draft.slug);
  refuseReserved(slug, type);
  const parent = typeof draft.wire.parent === "number" ? draft.wire.parent : 0;
  const since =
    knownFree(site, type, slug, parent) ??
    (await refuseTaken(site, type, slug, parent, undefined, draft.locale));
  // As the site will answer it: without the offset that the wire has in an hour shown twice.
  const date = typeof draft.wire.date === "string" ? draft.wire.date.slice(0, 19) : null;
  const floats = ["draft", "pending", undefined].includes(draft.wire.status as string | undefined);
  const dateGmt = date === null && !floats ? new Date(since - CLOCK_MARGIN).toISOString().slice(0, 19) : null;
  const title = typeof draft.wire.title === "string" ? draft.wire.title : "";
  const intent = { slug, title, date, dateGmt, since, parent };
  claim(site, type, intent);
  return intent;
}

/** How long a slug that a listing does not have is taken to be free. One that is taken meanwhile shows after the write. */
const LISTED_MS = 60_000;

/** The server's time in ms where nobody had this slug a moment ago, and no create of this connection took it. */
function knownFree(site: Site, type: ContentType, slug: string, parent: number): number | undefined {
  const { at, slugs } = site.listed.get(type.kind) ?? {};
  if (site.contested || at === undefined || slugs?.has(slug) !== false) return undefined;
  const isFresh = site.context.clock.now() - at <= LISTED_MS;
  return isFresh && !site.claimed.has(placeOf(type, parent, slug)) ? site.serverTime() : undefined;
}

/** Throws `slug-taken` where somebody else works at the same time, and had the slug first. */
export async function refuseContested(site: Site, draft: Draft, { slug, parent }: Intent): Promise<void> {
  if (site.contested)
    await refuseTaken(site, await site.type(draft.kind), slug, parent, undefined, draft.locale);
}

function refuseReserved(slug: string, type: ContentType): void {
  const why =
    slug === ""
      ? "is empty"
      : RESERVED.has(slug) || (type.hierarchical && /^page\d+$/.test(slug))
        ? "is an address of WordPress itself"
        : /^\d+$/.test(slug) && !type.hierarchical
          ? "is a number, which WordPress takes for a date or a page"
          : undefined;
  if (why === undefined) return;
  throw new Fault("invalid", `the slug "${slug}" ${why}`, {
    code: "slug-reserved",
    hint: "choose another `slug:` in the file",
  });
}

/**
 * Throws `slug-taken` when an entry in any state holds the slug in this language, or in any where the site shares none;
 * `except` may. Returns the server's time in ms.
 */
export async function refuseTaken(
  site: Site,
  type: ContentType,
  slug: string,
  parent: number,
  except: string | undefined,
  locale: string,
): Promise<number> {
  const shared = (await site.languages())?.sharedSlugs !== false;
  const lang = shared ? await codeOf(site, type, locale) : undefined;
  const { rows, total, serverTime } = await holdersOf(site, { type, slug, lang, rows: "brief" });
  const other = rows.find((row) => isBelow(row, type, parent) && String(row.id) !== except);
  const hidden = rows.length === 0 && total > 0 && !type.hierarchical;
  if (other !== undefined || hidden)
    throw slugTaken(slug, other === undefined ? undefined : String(other.id));
  return serverTime ?? site.context.clock.now();
}

export function slugTaken(slug: string, id: string | undefined): Fault {
  const holder = id === undefined ? "an entry of somebody else" : `entry ${id}`;
  return new Fault("conflict", `the slug "${slug}" is taken by ${holder}`, {
    code: "slug-taken",
    hint:
      id === undefined
        ? "choose another `slug:` in the file"
        : `choose another \`slug:\` in the file, or bind the file to it: ainstein-cms link <path> ${id}`,
  });
}

/** Slugs of hierarchical entries are unique below their parent. */
const isBelow = (row: Row, type: ContentType, parent: number) =>
  !type.hierarchical || (row.parent ?? 0) === parent;

/** Which slug an entry that is looked for may have. */
export type Under = "any slug" | "its slug" | "another slug";

/**
 * One look for the entry that a create with this intent made, `under` whatever slug it got, only its own or only another.
 * The trash is left out: what lies there was undone.
 */
export async function lookUp(
  site: Site,
  type: ContentType,
  draft: Draft,
  intent: Intent,
  under: Under = "any slug",
): Promise<Row | undefined> {
  const ours = under === "another slug" ? [] : await underIts(site, type, draft, intent);
  const isEnough = ours.length > 0 || under === "its slug";
  const [first, second] = isEnough ? ours : await sameSecond(site, type, draft, intent);
  if (first === undefined || second === undefined) return first;
  throw duplicate([first, second].map((row) => String(row.id)));
}

async function underIts(
  site: Site,
  type: ContentType,
  draft: Draft,
  intent: Intent,
): Promise<readonly Row[]> {
  const { rows } = await holdersOf(site, { type, slug: intent.slug, lang: undefined, rows: "whole" });
  const speaks = await speaker(site, type, draft.locale);
  return rows.filter(
    (row) =>
      row.status !== "trash" && isBelow(row, type, intent.parent) && isOurs(row, intent) && speaks(row),
  );
}

export function duplicate(ids: readonly string[]): Fault {
  return new Fault("conflict", `this document is on the site twice: entries ${ids.join(" and ")}`, {
    code: "duplicate",
    hint: "move one of them to the trash in WordPress, then run the command again",
  });
}

/**
 * A plug-in, or an entry that was quicker, may have cost it the slug; exact date, title and the likeness of the slug are
 * left to find it by. What this connection made for another document is left out, and what has the slug and the title of
 * another one: documents of one batch share their second.
 */
async function sameSecond(
  site: Site,
  type: ContentType,
  draft: Draft,
  intent: Intent,
): Promise<readonly Row[]> {
  const exact = intent.date ?? intent.dateGmt;
  if (exact === null) return [];
  // Without offset WordPress takes it for the site's own time.
  const zone = intent.date === null ? "Z" : "";
  const near = (ms: number) => `${new Date(Date.parse(`${exact}Z`) + ms).toISOString().slice(0, 19)}${zone}`;
  const rows = await datedWithin(site, { type, after: near(-1000), before: near(1000) });
  const speaks = await speaker(site, type, draft.locale);
  const free = rows.filter(
    (row) =>
      (site.made.get(row.id)?.key ?? draft.key) === draft.key &&
      speaks(row) &&
      !isAnothers(site, type, row, intent),
  );
  return free.filter((row) => isOurs(row, intent) && hasTitle(row, intent) && isLike(row.slug, intent.slug));
}

/** Remembers what a create of this connection is to be called: others must not take it for theirs. */
export function claim(site: Site, type: ContentType, intent: Intent): void {
  site.claimed.set(placeOf(type, intent.parent, intent.slug), intent.title);
}

function isAnothers(site: Site, type: ContentType, row: Row, intent: Intent): boolean {
  const slug = readableSlug(row.slug);
  const title = site.claimed.get(placeOf(type, row.parent ?? 0, slug));
  return slug !== intent.slug && title !== undefined && same("title", title, row.title?.raw ?? "");
}

const placeOf = (type: ContentType, parent: number, slug: string) =>
  JSON.stringify([type.kind, type.hierarchical ? parent : 0, slug]);

/** Whether a row may be this create's by its language: one that PHP died over before it stored the language has none. */
async function speaker(site: Site, type: ContentType, locale: string): Promise<(row: Row) => boolean> {
  const lang = await codeOf(site, type, locale);
  return (row) => lang === undefined || (row.lang ?? lang) === lang;
}

function isLike(stored: string, slug: string): boolean {
  const now = readableSlug(stored);
  return now !== "" && (now.includes(slug) || slug.includes(now));
}

const hasTitle = (row: Row, intent: Intent) => same("title", intent.title, row.title?.raw ?? "");

function isOurs(row: Row, intent: Intent): boolean {
  if (intent.date !== null) return row.date === intent.date;
  if (intent.dateGmt !== null) return row.date_gmt === intent.dateGmt;
  return Date.parse(`${row.date_gmt}Z`) >= intent.since - CLOCK_MARGIN && hasTitle(row, intent);
}
