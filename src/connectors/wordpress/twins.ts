// Entries that are there twice: two machines at the same instant, or a request that somebody on the way repeated.
import type { Entry } from "../contract.ts";
import { isTranslated, spoken } from "./languages.ts";
import { PAGE } from "./list.ts";
import { fieldsOf, type Row, STATUSES } from "./rows.ts";
import { same } from "./same.ts";
import type { Site } from "./site.ts";
import { readableSlug } from "./slug.ts";
import { bySlugs, bytesOf, LONGEST } from "./slugs.ts";
import type { ContentType } from "./types.ts";
import { type Arrivals, waitFor } from "./wait.ts";

/** Of an entry that was read with those like it: rows that have its slug or its second. */
const readWith = new WeakMap<Entry, readonly Row[]>();

/** Remembers what came in the answer that these entries were read in: their twins need no look of their own. */
export function keepAlike(entries: readonly Entry[], rows: readonly Row[]): void {
  for (const entry of entries) readWith.set(entry, rows);
}

/**
 * Others with the slug of one of these, or with the slug that WordPress gives to the second of two and the same date and
 * title: id -> their ids. Another machine withdraws a second once it has its answer, which takes a batch some seconds: one
 * that is on its way out is waited for. One that is older than the entry was there before, and what this connection made
 * for other documents is no second of anything.
 */
export async function twins(
  site: Site,
  entries: readonly Entry[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const leaving = (found: Twins) =>
    [...found].flatMap(([entry, rows]) =>
      rows.filter((row) => readableSlug(row.slug) !== entry.slug && row.id > Number(entry.id)),
    ).length;
  let found = await twinsAmong(site, entries, (entry) => readWith.get(entry));
  let left = leaving(found);
  const { clock } = site.context;
  const gone: Arrivals = { at: Number.NEGATIVE_INFINITY };
  const look = async () => {
    found = await twinsAmong(site, entries, () => undefined);
    const now = leaving(found);
    // As long as some of them leave, the others may.
    if (now < left) gone.at = clock.now();
    left = now;
    return left === 0 ? found : undefined;
  };
  if (left > 0) await waitFor(clock, gone, look);
  return new Map([...found].map(([{ id }, rows]) => [id, rows.map((row) => String(row.id))]));
}

type Twins = ReadonlyMap<Entry, readonly Row[]>;

/** `known`: the rows like an entry, where they need not be asked for. */
async function twinsAmong(
  site: Site,
  entries: readonly Entry[],
  known: (entry: Entry) => readonly Row[] | undefined,
): Promise<Twins> {
  const found = new Map<Entry, readonly Row[]>();
  for (const kind of new Set(entries.map((entry) => entry.kind))) {
    const type = await site.type(kind);
    const languages = isTranslated(type) ? await site.languages() : undefined;
    const speaks = (row: Row, { locale }: Entry) => spoken(row, languages).locale === locale;
    const own = entries.filter((entry) => entry.kind === kind);
    const asked = own.filter((entry) => known(entry) === undefined).map(({ slug }) => slug);
    const rows = await alike(site, type, asked, fieldsOf(type, "cheap"));
    for (const entry of own) {
      const others = (known(entry) ?? rows).filter((row) => speaks(row, entry) && isTwin(site, row, entry));
      if (others.length > 0) found.set(entry, others);
    }
  }
  return found;
}

/** Entries with one of these slugs or its second, the trash left out. */
export async function alike(
  site: Site,
  type: ContentType,
  slugs: readonly string[],
  fields: string,
): Promise<readonly Row[]> {
  const rows = new Map<number, Row>();
  for (const part of parts(slugs)) {
    const names = part.flatMap((slug) => [slug, secondOf(slug)]);
    const query = { status: STATUSES, _fields: fields };
    let page = await bySlugs(site, type, names, query);
    for (let offset = PAGE; ; offset += PAGE) {
      for (const row of page.rows) rows.set(row.id, row);
      if (page.rows.length === 0 || offset >= page.total) break;
      page = await bySlugs(site, type, names, { ...query, offset });
    }
  }
  return [...rows.values()];
}

/** A hundred slugs at most, so that their entries fit on a page. */
function parts(slugs: readonly string[]): readonly (readonly string[])[] {
  const all: string[][] = [];
  let left = 0;
  for (const slug of new Set(slugs)) {
    const bytes = bytesOf(slug) + bytesOf(secondOf(slug));
    if (bytes > left || all.at(-1)?.length === PAGE) {
      all.push([]);
      left = LONGEST;
    }
    all.at(-1)?.push(slug);
    left -= bytes;
  }
  return all;
}

const secondOf = (slug: string) => `${slug}-2`;

function isTwin({ made }: Site, row: Row, entry: Entry): boolean {
  if (String(row.id) === entry.id || (row.parent ?? 0) !== (entry.wire.parent ?? 0)) return false;
  const other = made.get(row.id);
  if (other !== undefined && other.key !== made.get(Number(entry.id))?.key) return false;
  const slug = readableSlug(row.slug);
  if (slug === entry.slug) return true;
  const date = typeof entry.wire.date === "string" && entry.wire.date.slice(0, 19) === row.date;
  const title = same("title", entry.wire.title ?? "", row.title?.raw ?? "");
  return slug === secondOf(entry.slug) && title && date;
}
