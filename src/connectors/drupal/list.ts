// Whole listings: each entry once, or a fault. Never a part taken for the whole.
import { Fault, isFault } from "../../lib/fault.ts";
import type { Listing } from "../contract.ts";
import type { Bundle } from "./bundles.ts";
import { prefixOf, seenBy } from "./read.ts";
import { mayHaveDraft, numberIn, type Resource } from "./resource.ts";
import { besides, CHEAP, listingOf, localeOf, settled } from "./rows.ts";
import { PAGE, type Query, type Site } from "./site.ts";

const ATTEMPTS = 4;

/** Every entry of these kinds in every language, with proof before and after that the site knows us. */
export async function* list(site: Site, kinds: readonly string[]): AsyncIterable<readonly Listing[]> {
  await site.prove();
  for (const kind of kinds) {
    const bundle = await site.bundle(kind);
    const languages = await site.languages();
    const seen = await seenBy(site);
    const told = new Set<string>();
    for (const locale of languages === undefined ? [""] : languages.locales.values()) {
      const rows = (await listed(site, bundle, locale)).filter(({ live }) => {
        const own = localeOf(live, languages);
        const key = `${live.id} ${own}`;
        // In an address without a prefix stands what has no translation, too.
        const isFirst = locale === "" || locale === languages?.locales.get(languages.fallback);
        const strange = !new Set(languages?.locales.values()).has(own);
        if (told.has(key) || (own !== locale && !(isFirst && strange))) return false;
        told.add(key);
        return true;
      });
      for (let start = 0; start < rows.length; start += PAGE) {
        yield rows.slice(start, start + PAGE).map((node) => listingOf(node, bundle, seen));
      }
    }
  }
  await site.prove();
}

async function listed(site: Site, bundle: Bundle, locale: string) {
  const lang = await prefixOf(site, locale);
  const live = await wholeListing(site, bundle, {}, lang);
  for (const row of live) site.numbers.set(row.id, numberIn(row, "drupal_internal__nid"));
  const drafts = live.some(mayHaveDraft) ? await draftsOf(site, bundle, lang) : new Map<string, Resource>();
  return live.map((row) => (mayHaveDraft(row) ? besides(row, drafts.get(row.id)) : settled(row)));
}

/** None where the account may not see drafts of others. */
async function draftsOf(
  site: Site,
  bundle: Bundle,
  lang: string | undefined,
): Promise<ReadonlyMap<string, Resource>> {
  try {
    const drafts = await wholeListing(site, bundle, { resourceVersion: "rel:working-copy" }, lang);
    return new Map(drafts.map((row) => [row.id, row]));
  } catch (thrown) {
    if (!isFault(thrown, "forbidden")) throw thrown;
    return new Map();
  }
}

/** Reads again when entries went while the pages were read. */
async function wholeListing(
  site: Site,
  bundle: Bundle,
  more: Query,
  lang: string | undefined,
): Promise<readonly Resource[]> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const rows = await pages(site, bundle, more, lang);
    if (rows !== undefined) return rows;
  }
  throw new Fault("protocol", `the listing of ${bundle.title} does not hold still: its pages do not fit`, {
    code: "drupal.listing-unstable",
    hint: "another tool may be adding or removing entries right now: try again later",
  });
}

/**
 * By ascending numbers, each page overlapping the one before by one entry: an entry removed in between moves the overlap,
 * which shows. Undefined when the pages do not fit together.
 */
async function pages(
  site: Site,
  bundle: Bundle,
  more: Query,
  lang: string | undefined,
): Promise<readonly Resource[] | undefined> {
  const rows = new Map<string, Resource>();
  const query = {
    ...more,
    [`fields[${bundle.type}]`]: CHEAP,
    sort: "drupal_internal__nid",
    "page[limit]": PAGE,
  };
  let last: Resource | undefined;
  for (let offset = 0; ; offset += PAGE - 1) {
    const page = await site.page(bundle.path, { ...query, "page[offset]": offset }, lang);
    const [first] = page.rows;
    if (offset > 0 && !overlaps(last, first, page.omitted)) return undefined;
    for (const row of page.rows) {
      if (rows.has(row.id) && row.id !== last?.id) return undefined;
      rows.set(row.id, row);
    }
    last = page.rows.at(-1) ?? last;
    if (!page.more) return [...rows.values()];
  }
}

/** Where Drupal leaves out what the account may not see, the overlap may be among that: then what follows comes after. */
function overlaps(last: Resource | undefined, first: Resource | undefined, omitted: boolean): boolean {
  if (last !== undefined && first?.id === last.id) return true;
  if (!omitted) return last === undefined;
  const number = (row: Resource) => numberIn(row, "drupal_internal__nid");
  return first === undefined || last === undefined || number(first) > number(last);
}
