// Whole listings: each entry once, or a fault.
import { isFault } from "../../lib/fault.ts";
import type { Listing } from "../contract.ts";
import { allOf, PAGE } from "./pages.ts";
import { seenBy } from "./read.ts";
import { decodeRow, listingOf, type Row } from "./rows.ts";
import { ARTICLES, type Query, type Site } from "./site.ts";

/** Joomla shows what is published or not; each other state has to be asked for by itself. */
export const ARCHIVED: Query = { "filter[state]": 2 };
export const IN_TRASH: Query = { "filter[state]": -2 };

/** Ascending ids: what comes meanwhile comes at the end. */
const BY_ID: Query = { "list[ordering]": "a.id", "list[direction]": "asc" };

/** Every article that is not in the trash. Each page proves that the site is the same and knows us. */
export async function* list(site: Site, kinds: readonly string[]): AsyncIterable<readonly Listing[]> {
  if (!kinds.includes("article")) return;
  const rows = await everyState(site).catch((thrown: unknown) => provenFirst(site, thrown));
  const seen = await seenBy(site, rows);
  for (let start = 0; start < rows.length; start += PAGE) {
    yield rows.slice(start, start + PAGE).map((row) => listingOf(row, seen));
  }
}

/** Where there is no such list, the proof tells why. */
async function provenFirst(site: Site, thrown: unknown): Promise<never> {
  if (isFault(thrown, "not-found")) await site.prove();
  throw thrown;
}

/**
 * What is archived between two readings is in both; what comes out of the archive is in neither, so the archive is read
 * first.
 */
async function everyState(site: Site): Promise<readonly Row[]> {
  const rows = new Map<string, Row>();
  for (const query of [ARCHIVED, {}, ARCHIVED])
    for (const row of await rowsOf(site, query)) rows.set(row.id, row);
  return [...rows.values()];
}

export function rowsOf(site: Site, query: Query): Promise<readonly Row[]> {
  return allOf(site, ARTICLES, { ...query, ...BY_ID }, decodeRow);
}
