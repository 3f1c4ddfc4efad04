// Whole listings: each entry once, or a fault. Never a part taken for the whole.
import { Fault } from "../../lib/fault.ts";
import type { Listing } from "../contract.ts";
import { keepHistories } from "./histories.ts";
import { isTranslated } from "./languages.ts";
import { decodeRows, fieldsOf, listingOf, type Row, STATUSES } from "./rows.ts";
import { scopesOf } from "./scopes.ts";
import { type Query, type Site, timezoneOf } from "./site.ts";
import { readableSlug } from "./slug.ts";
import type { ContentType } from "./types.ts";

/** The most that WordPress gives at one time. */
export const PAGE = 100;
const ATTEMPTS = 4;

/** Every entry of these kinds that is not in the trash, with proof before and after that the site knows us. */
export async function* list(site: Site, kinds: readonly string[]): AsyncIterable<readonly Listing[]> {
  await site.prove();
  for (const kind of kinds) {
    const type = await site.type(kind);
    site.listed.delete(kind);
    const at = site.context.clock.now();
    const rows = await wholeListing(site, type);
    await remember(site, type, rows, at);
    keepHistories(site, rows);
    const languages = await site.languages();
    const scopes = await scopesOf(site, type, rows);
    const zone = timezoneOf(await site.root());
    const [now, ahead] = [site.context.clock.now(), site.ahead()];
    for (let start = 0; start < rows.length; start += PAGE) {
      yield rows
        .slice(start, start + PAGE)
        .map((row) => listingOf(row, type, { scope: scopes.get(row.id) ?? "", zone, now, ahead, languages }));
    }
  }
  await site.prove();
}

/** Where all were listed that we may not edit, too, a slug that nobody has is known to be free for a while. */
async function remember(site: Site, type: ContentType, rows: readonly Row[], at: number): Promise<void> {
  if (!(await site.me()).can.has(type.editOthers)) return;
  site.listed.set(type.kind, { at, slugs: new Set(rows.map((row) => readableSlug(row.slug))) });
}

/** Reads again when entries came or went while the pages were read. */
async function wholeListing(site: Site, type: ContentType): Promise<readonly Row[]> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const rows = await everyLanguage(site, type);
    if (rows !== undefined) return rows;
  }
  throw new Fault(
    "protocol",
    `the listing of ${type.title} does not hold still: its pages and its total do not fit`,
    {
      code: "wordpress.listing-unstable",
      hint: "another tool may be adding or removing entries right now: try again later",
    },
  );
}

/**
 * Every language by itself: a plug-in may answer a listing that names none with one of them. Then what has no language,
 * where there is any. undefined when the parts do not fit together.
 */
async function everyLanguage(site: Site, type: ContentType): Promise<readonly Row[] | undefined> {
  const languages = isTranslated(type) ? await site.languages() : undefined;
  if (languages === undefined) return (await pages(site, type))?.rows;
  const rows = new Map<number, Row>();
  let told = 0;
  for (const lang of languages.locales.keys()) {
    const listed = await pages(site, type, lang);
    if (listed === undefined) return undefined;
    for (const row of listed.rows) {
      if (row.lang !== lang || rows.has(row.id)) throw mixed(type, lang, row);
      rows.set(row.id, row);
    }
    told += listed.total;
  }
  const { headers } = await site.get(
    type.path,
    { ...(await listingQuery(site, type)), per_page: 1 },
    decodeRows,
  );
  if (totalOf(headers, type) <= told) return [...rows.values()];
  const all = await pages(site, type, undefined, languages.locales.size);
  const rest = all?.rows.filter((row) => !rows.has(row.id));
  // What came between the readings has a language, and is in a listing of its own.
  if (rest === undefined || rest.some((row) => languages.locales.has(row.lang ?? ""))) return undefined;
  return [...rows.values(), ...rest];
}

function mixed(type: ContentType, lang: string, row: Row): Fault {
  const own = row.lang === undefined ? "no language" : `"${row.lang}"`;
  return new Fault(
    "protocol",
    `the listing of ${type.title} in "${lang}" has entry ${row.id}, which has ${own}`,
    {
      code: "wordpress.languages-mixed",
      hint: "a cache drops `lang` from the address, or the plug-in does not filter by it: exempt /wp-json from caching, and update the plug-in",
    },
  );
}

/**
 * Ascending ids, each page overlapping the one before by one entry: an entry removed in between moves the overlap,
 * which shows. undefined when the pages do not fit together.
 */
async function pages(
  site: Site,
  type: ContentType,
  lang?: string,
  languages = 1,
): Promise<{ readonly rows: readonly Row[]; readonly total: number } | undefined> {
  const rows = new Map<number, Row>();
  const query = { ...(await listingQuery(site, type)), lang };
  const hidden = hiddenAtMost(type) * languages;
  let expected: number | undefined;
  let passed = 0;
  let last: number | undefined;
  do {
    const offset = passed === 0 ? 0 : passed - 1;
    const reply = await site.get(type.path, { ...query, offset }, decodeRows);
    const total = totalOf(reply.headers, type);
    expected ??= total;
    if (total !== expected) return undefined;
    const due = Math.min(PAGE, total - offset);
    if (reply.value.length < due - hidden || reply.value.length > due) return undefined;
    const first = reply.value[0]?.id;
    // Where the overlap is the hidden entry, the rest must follow on what was there before.
    if (last !== undefined && first !== last && !(hidden > 0 && first !== undefined && first > last))
      return undefined;
    for (const row of reply.value) {
      if (row.id < (last ?? 0)) return undefined;
      rows.set(row.id, row);
      last = row.id;
    }
    passed = offset + due;
  } while (passed < expected);
  const missing = expected - rows.size;
  return missing >= 0 && missing <= hidden ? { rows: [...rows.values()], total: expected } : undefined;
}

/**
 * The page of the privacy policy is counted in the total but left out for all who may not manage privacy options, i.e.
 * for Editors, and for administrators of one site among several (`map_meta_cap` in wp-includes/capabilities.php).
 */
function hiddenAtMost({ kind }: ContentType): number {
  return kind === "page" ? 1 : 0;
}

/** Roles that may not edit others' entries see only their own in the edit context, while the total counts all. */
async function listingQuery(site: Site, type: ContentType): Promise<Query> {
  const me = await site.me();
  return {
    context: "edit",
    status: STATUSES,
    per_page: PAGE,
    orderby: "id",
    order: "asc",
    author: me.can.has(type.editOthers) ? undefined : me.id,
    _fields: fieldsOf(type, "cheap"),
  };
}

export function totalOf(headers: Readonly<Record<string, string>>, type: { readonly title: string }): number {
  const total = Number(headers["x-wp-total"] ?? Number.NaN);
  if (Number.isSafeInteger(total) && total >= 0) return total;
  throw new Fault("protocol", `the listing of ${type.title} came without its total (X-WP-Total)`, {
    code: "wordpress.no-total",
    hint: "a proxy or firewall in front of the site removes headers: exempt /wp-json from it",
  });
}
