// Whole listings: each item once, or a fault. Never a part taken for the whole.
import type { Listing } from "../contract.ts";
import { lookAtAll } from "./mirror.ts";
import { entryOf } from "./rows.ts";
import type { Site } from "./site.ts";

/** Every item of these kinds in every language, with proof before and after that the site is there. */
export async function* list(site: Site, kinds: readonly string[]): AsyncIterable<readonly Listing[]> {
  await site.prove();
  for (const kind of kinds) {
    const wired = await site.wired(kind);
    const { items } = await lookAtAll(site, wired);
    const rows: Listing[] = [];
    for (const item of items.values()) {
      const { wire: _, ...row } = entryOf(item, await site.seen(wired, item.cmsLocaleId));
      rows.push(row);
    }
    yield rows;
  }
  await site.prove();
}
