// Whole items by id.
import type { Entry, EntryRef, ReadResult } from "../contract.ts";
import type { Wired } from "./kinds.ts";
import { itemNow } from "./mirror.ts";
import { entryOf, type Item } from "./rows.ts";
import type { Site } from "./site.ts";

/** The pages of a listing hold items whole. */
export const READ_BATCH = 5000;

export async function read(site: Site, refs: readonly EntryRef[]): Promise<readonly ReadResult[]> {
  return Promise.all(
    refs.map(async ({ id, kind, locale }): Promise<ReadResult> => {
      const entry = await readEntry(site, await site.wired(kind), id, locale);
      return entry === undefined ? { id, entry, gone: "missing" } : { id, entry };
    }),
  );
}

/** Undefined with Webflow's own word that there is no such item in this language. */
export async function readEntry(
  site: Site,
  wired: Wired,
  id: string,
  locale: string,
): Promise<Entry | undefined> {
  const { cmsLocaleId } = await site.locale(locale);
  const item = await itemNow(site, { wired, id, cmsLocaleId });
  return item === undefined ? undefined : asEntry(site, wired, item);
}

export async function asEntry(site: Site, wired: Wired, item: Item): Promise<Entry> {
  return entryOf(item, await site.seen(wired, item.cmsLocaleId));
}
