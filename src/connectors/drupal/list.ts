// Whole listings: each entry once, or a fault. Never a part taken for the whole.
import { isFault } from "../../lib/fault.ts";
import type { Listing } from "../contract.ts";
import type { Bundle } from "./bundles.ts";
import { PAGE, wholeListing } from "./pages.ts";
import { prefixOf, seenBy } from "./read.ts";
import { mayHaveDraft, numberIn, type Resource } from "./resource.ts";
import { besides, CHEAP, listingOf, localeOf, settled } from "./rows.ts";
import type { Query, Site } from "./site.ts";

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
  const live = await whole(site, bundle, {}, lang);
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
    const drafts = await whole(site, bundle, { resourceVersion: "rel:working-copy" }, lang);
    return new Map(drafts.map((row) => [row.id, row]));
  } catch (thrown) {
    if (!isFault(thrown, "forbidden")) throw thrown;
    return new Map();
  }
}

const whole = (site: Site, { path, type, title }: Bundle, more: Query, lang: string | undefined) =>
  wholeListing(site, {
    ...{ path, title, lang, number: "drupal_internal__nid" },
    query: { ...more, [`fields[${type}]`]: CHEAP },
  });
