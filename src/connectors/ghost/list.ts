// Whole listings: each entry once, or a fault. Never a part taken for the whole.
import type { z } from "zod";
import { Fault } from "../../lib/fault.ts";
import type { Listing } from "../contract.ts";
import { wiringOf } from "./kinds.ts";
import { listingOf, pageOf, ROW_FIELDS, ROW_RELATIONS, rowSchema } from "./rows.ts";
import type { Query, Site } from "./site.ts";

/** The most that Ghost 6 gives at one time; Ghost 5 would give all. */
export const PAGE = 100;
const ATTEMPTS = 4;

/** Every entry of these kinds, with proof before and after that the site is the same. */
export async function* list(site: Site, kinds: readonly string[]): AsyncIterable<readonly Listing[]> {
  await site.prove();
  for (const kind of kinds) {
    const wiring = wiringOf(kind);
    const query = { fields: ROW_FIELDS, include: ROW_RELATIONS, order: "id asc" };
    const rows = await wholeList(site, wiring.path, query, { key: wiring.key, item: rowSchema });
    yield rows.map((row) => listingOf(row, wiring, site));
  }
  await site.prove();
}

interface Listed<T> {
  readonly key: string;
  readonly item: z.ZodType<T>;
}

/** All pages, read anew where the list changed its length meanwhile. */
export async function wholeList<T extends { readonly id: string }>(
  site: Site,
  path: string,
  query: Query,
  listed: Listed<T>,
): Promise<readonly T[]> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const found = await readOnce(site, path, query, listed);
    if (found !== undefined) return found;
  }
  throw new Fault(
    "protocol",
    `the listing of ${listed.key} does not hold still: its pages and its total do not fit`,
    {
      code: "ghost.listing-unstable",
      hint: "another tool may be adding or removing entries right now: try again later",
    },
  );
}

/** Undefined where the pages do not make up the total. */
async function readOnce<T extends { readonly id: string }>(
  site: Site,
  path: string,
  query: Query,
  { key, item }: Listed<T>,
): Promise<readonly T[] | undefined> {
  const found = new Map<string, T>();
  let total: number | undefined;
  for (let page: number | undefined = 1; page !== undefined; ) {
    const asked: Query = { ...query, limit: PAGE, page };
    const { value } = await site.get(path, asked, (payload) => pageOf(payload, key, item));
    if (total !== undefined && total !== value.total) return undefined;
    total = value.total;
    for (const one of value.items) found.set(one.id, one);
    if (value.next !== undefined && value.next <= page) return undefined;
    page = value.next;
  }
  return found.size === total ? [...found.values()] : undefined;
}
