// Whole lists: each row once, or a fault. Never a part taken for the whole.
import { z } from "zod";
import { Fault } from "../../lib/fault.ts";
import type { Query, Site } from "./site.ts";

/** Rows at one time. Joomla gives thousands, bodies included, which takes it long. */
export const PAGE = 100;
const ATTEMPTS = 4;

const pageSchema = z.object({
  links: z.object({ self: z.string() }),
  data: z.array(z.looseObject({ id: z.union([z.string(), z.number()]).transform(String) })),
  meta: z.object({ "total-pages": z.number() }),
});

/** All rows of a list, each page proven to be this site's. Read again when rows came or went while the pages were read. */
export async function allOf<T>(
  site: Site,
  path: string,
  query: Query,
  decode: (item: unknown) => T,
): Promise<readonly T[]> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const items = await pagesOf(site, path, query);
    if (items !== undefined) return items.map(decode);
  }
  throw new Fault("protocol", `the list ${path} does not hold still: its pages do not fit together`, {
    code: "joomla.listing-unstable",
    hint: "another tool may be adding or removing entries right now: try again later",
  });
}

/** The rows of a list of one page; undefined where it has more. */
export async function firstOf<T>(
  site: Site,
  path: string,
  query: Query,
  decode: (item: unknown) => T,
): Promise<readonly T[] | undefined> {
  const paging = { "page[offset]": 0, "page[limit]": PAGE };
  const { value } = await site.get(path, { ...query, ...paging }, (payload) => pageSchema.parse(payload));
  return value.meta["total-pages"] > 1 ? undefined : value.data.map(decode);
}

/**
 * Each page overlaps the one before by one row: a row removed in between moves the overlap, which shows. An offset past
 * the end is a 404, so none is asked for. undefined when the pages do not fit together.
 */
async function pagesOf(site: Site, path: string, query: Query): Promise<readonly unknown[] | undefined> {
  const rows = new Map<string, unknown>();
  let last: string | undefined;
  for (let offset = 0; ; ) {
    const paging = { "page[offset]": offset, "page[limit]": PAGE };
    const { value } = await site.get(path, { ...query, ...paging }, (payload) => pageSchema.parse(payload));
    await site.sameSite(path, value.links.self);
    const { data } = value;
    if (last !== undefined && data[0]?.id !== last) return undefined;
    const fresh = last === undefined ? data : data.slice(1);
    for (const item of fresh) {
      if (rows.has(item.id)) return undefined;
      rows.set(item.id, item);
      last = item.id;
    }
    const isLast =
      value.meta["total-pages"] <= Math.ceil((offset + data.length) / PAGE) && data.length < PAGE;
    if (isLast || data.length === 0)
      return fits(rows.size, value.meta["total-pages"]) ? [...rows.values()] : undefined;
    if (data.length < PAGE) return undefined;
    if (rows.size === value.meta["total-pages"] * PAGE) return [...rows.values()];
    offset += PAGE - 1;
  }
}

/** How many pages so many rows are. Joomla tells no number of rows. */
function fits(rows: number, pages: number): boolean {
  return Math.ceil(rows / PAGE) === pages;
}
