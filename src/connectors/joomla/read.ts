// Whole entries by id.
import { isFault } from "../../lib/fault.ts";
import type { Entry, EntryRef, ReadResult } from "../contract.ts";
import { bodyOfRow } from "./raw.ts";
import { catidOf, decodeItem, entryOf, type Row, type Seen, TRASHED } from "./rows.ts";
import { ARTICLES, type Site } from "./site.ts";

export async function read(site: Site, refs: readonly EntryRef[]): Promise<readonly ReadResult[]> {
  return Promise.all(
    refs.map(async ({ id }): Promise<ReadResult> => {
      const row = await readRow(site, id);
      if (row === undefined) return { id, entry: undefined, gone: "missing" };
      if (row.attributes.state === TRASHED) return { id, entry: undefined, gone: "trashed" };
      return { id, entry: await entryOfRow(site, row) };
    }),
  );
}

/** One row, in the trash too; undefined where the site has no such article, and shows that it still has any at all. */
export async function readRow(site: Site, id: string): Promise<Row | undefined> {
  if (!/^[1-9]\d{0,9}$/.test(id)) return undefined;
  try {
    return (await site.get(`${ARTICLES}/${id}`, {}, decodeItem)).value;
  } catch (thrown) {
    if (!isFault(thrown, "not-found")) throw thrown;
    await site.prove();
    return undefined;
  }
}

export async function entryOfRow(site: Site, row: Row): Promise<Entry> {
  const [body, seen] = await Promise.all([bodyOfRow(site, row), seenBy(site, [row])]);
  return entryOf(row, body, seen);
}

export async function seenBy(site: Site, rows: readonly Row[]): Promise<Seen> {
  const [{ siteUrl }, levels, fields] = await Promise.all([site.about(), site.levels(), site.customFields()]);
  let categories = await site.categories();
  // Made since they were asked for.
  if (rows.some((row) => !categories.has(catidOf(row)))) {
    site.forgetCategories();
    categories = await site.categories();
  }
  const now = site.context.clock.now();
  return { siteUrl, levels, fields, categories, now: now - site.ahead(), ahead: site.ahead() };
}
