// Rows over several pages: each once, or a fault. Never a part taken for the whole.
import { Fault, isFault } from "../../lib/fault.ts";
import { numberIn, type Page, type Resource } from "./resource.ts";
import type { Query, Site } from "./site.ts";

/** The most that Drupal gives at one time. */
export const PAGE = 50;

const ATTEMPTS = 4;

export interface Whole {
  readonly path: string;
  readonly query: Query;
  /** Attribute with a number that only grows, which the rows are sorted by: `drupal_internal__nid`. */
  readonly number: string;
  /** What a fault calls the rows. */
  readonly title: string;
  readonly lang?: string | undefined;
}

/** Reads again when rows went while the pages were read. Throws `protocol` where that never ends. */
export async function wholeListing(site: Site, whole: Whole): Promise<readonly Resource[]> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const rows = await pages(site, whole);
    if (rows !== undefined) return rows;
  }
  throw new Fault("protocol", `the listing of ${whole.title} does not hold still: its pages do not fit`, {
    code: "drupal.listing-unstable",
    hint: "another tool may be adding or removing entries right now: try again later",
  });
}

/**
 * By ascending numbers, each page overlapping the one before by one row: a row removed in between moves the overlap,
 * which shows. Undefined when the pages do not fit together.
 */
async function pages(
  site: Site,
  { path, query, number, lang }: Whole,
): Promise<readonly Resource[] | undefined> {
  const rows = new Map<string, Resource>();
  let last: Resource | undefined;
  for (let offset = 0; ; offset += PAGE - 1) {
    const asked = { ...query, sort: number, "page[limit]": PAGE, "page[offset]": offset };
    const page = await site.page(path, asked, lang);
    const [first] = page.rows;
    if (offset > 0 && !overlaps(last, first, { omitted: page.omitted, number })) return undefined;
    for (const row of page.rows) {
      if (rows.has(row.id) && row.id !== last?.id) return undefined;
      rows.set(row.id, row);
    }
    last = page.rows.at(-1) ?? last;
    if (!page.more) return [...rows.values()];
  }
}

/** Where Drupal leaves out what the account may not see, the overlap may be among that: then what follows comes after. */
function overlaps(
  last: Resource | undefined,
  first: Resource | undefined,
  { omitted, number }: { readonly omitted: boolean; readonly number: string },
): boolean {
  if (last !== undefined && first?.id === last.id) return true;
  if (!omitted) return last === undefined;
  if (first === undefined || last === undefined) return true;
  // Numbers of other users are shown to administrators alone.
  const [before, after] = [numberIn(last, number), numberIn(first, number)];
  return before === 0 || after === 0 || after > before;
}

/** The rows of a page; none where the account may not see them, or the site does not have them. */
export async function someRows(site: Site, path: string, query: Query): Promise<readonly Resource[]> {
  return (await shownPage(site, path, query)).rows;
}

/** Every row of what does not move, as the site's configuration; none where the account may not see them. */
export async function everyRow(site: Site, path: string, query: Query): Promise<readonly Resource[]> {
  const rows: Resource[] = [];
  for (let offset = 0; ; offset += PAGE) {
    // A page may hold fewer than it could where some are left out.
    const page = await shownPage(site, path, { ...query, "page[limit]": PAGE, "page[offset]": offset });
    rows.push(...page.rows);
    if (!page.more) return rows;
  }
}

const NOTHING: Page = { rows: [], more: false, omitted: false };

async function shownPage(site: Site, path: string, query: Query): Promise<Page> {
  try {
    return await site.page(path, query);
  } catch (thrown) {
    if (isFault(thrown) && ["forbidden", "not-found", "unsupported"].includes(thrown.kind)) return NOTHING;
    throw thrown;
  }
}
