// Entries that are there twice: two machines at the same instant, or a request that somebody on the way repeated.
import type { Entry } from "../contract.ts";
import { isTranslated, spoken } from "./languages.ts";
import { PAGE } from "./list.ts";
import { decodeRows, fieldsOf, type Row, STATUSES } from "./rows.ts";
import { same } from "./same.ts";
import type { Site } from "./site.ts";
import { readableSlug } from "./slug.ts";
import type { ContentType } from "./types.ts";
import { waitFor } from "./wait.ts";

/** Characters of the slugs asked for at one time: servers take addresses of 8 kB and more. */
const LONGEST = 4000;

/**
 * Others with the slug of one of these, or with the slug that WordPress gives to the second of two and the same date and
 * title: id -> their ids. Another machine withdraws a second once it has its answer, which takes a batch some seconds: one
 * that is on its way out is waited for.
 */
export async function twins(
  site: Site,
  entries: readonly Entry[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  let found: ReadonlyMap<Entry, readonly Row[]> = new Map();
  await waitFor(site.context.clock, { at: Number.NEGATIVE_INFINITY }, async () => {
    found = await twinsNow(site, entries);
    const seconds = [...found].some(([entry, rows]) =>
      rows.some((row) => readableSlug(row.slug) !== entry.slug),
    );
    return seconds ? undefined : found;
  });
  return new Map([...found].map(([{ id }, rows]) => [id, rows.map((row) => String(row.id))]));
}

async function twinsNow(site: Site, entries: readonly Entry[]): Promise<ReadonlyMap<Entry, readonly Row[]>> {
  const found = new Map<Entry, readonly Row[]>();
  for (const kind of new Set(entries.map((entry) => entry.kind))) {
    const type = await site.type(kind);
    for (const batch of batches(entries.filter((entry) => entry.kind === kind))) {
      const languages = isTranslated(type) ? await site.languages() : undefined;
      const rows = await alike(site, type, batch);
      const speaks = (row: Row, { locale }: Entry) => spoken(row, languages).locale === locale;
      for (const entry of batch) {
        const others = rows.filter((row) => speaks(row, entry) && isTwin(row, entry));
        if (others.length > 0) found.set(entry, others);
      }
    }
  }
  return found;
}

/** Entries with the slug of one of these or its second. Where a page does not hold them all, by half and half. */
async function alike(site: Site, type: ContentType, batch: readonly Entry[]): Promise<readonly Row[]> {
  const slug = batch.flatMap((entry) => [entry.slug, secondOf(entry.slug)]).join(",");
  const query = { context: "edit", slug, status: STATUSES, per_page: PAGE, _fields: fieldsOf(type, "cheap") };
  const { value } = await site.get(type.path, query, decodeRows);
  if (value.length < PAGE || batch.length === 1) return value;
  const half = Math.ceil(batch.length / 2);
  const [first, second] = [batch.slice(0, half), batch.slice(half)];
  return [...(await alike(site, type, first)), ...(await alike(site, type, second))];
}

function batches(entries: readonly Entry[]): readonly (readonly Entry[])[] {
  const all: Entry[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const entry of entries) {
    const length = 2 * encodeURIComponent(entry.slug).length;
    if (size + length > LONGEST || (all.at(-1)?.length ?? 0) >= PAGE / 2) {
      all.push([]);
      size = 0;
    }
    all.at(-1)?.push(entry);
    size += length;
  }
  return all;
}

const secondOf = (slug: string) => `${slug}-2`;

function isTwin(row: Row, entry: Entry): boolean {
  if (String(row.id) === entry.id || (row.parent ?? 0) !== (entry.wire.parent ?? 0)) return false;
  const slug = readableSlug(row.slug);
  if (slug === entry.slug) return true;
  const date = typeof entry.wire.date === "string" && entry.wire.date.slice(0, 19) === row.date;
  const title = same("title", entry.wire.title ?? "", row.title?.raw ?? "");
  return slug === secondOf(entry.slug) && title && date;
}
