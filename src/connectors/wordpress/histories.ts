// How many older texts entries have, as the last answer that told it. WordPress takes longer to tell that than all else
// about an entry (`prepare_links` in class-wp-rest-posts-controller.php), and what was not saved since has as many still.
import { historyOf, type Row } from "./rows.ts";
import type { Site } from "./site.ts";

interface Known {
  /** `modified_gmt` of the entry then. */
  readonly modified: string;
  readonly count: number;
  readonly newest: number;
}

const known = new WeakMap<Site, Map<string, Known>>();

/** Those of the rows that tell theirs. */
export function keepHistories(site: Site, rows: readonly Row[]): void {
  const all = known.get(site) ?? new Map<string, Known>();
  known.set(site, all);
  for (const row of rows) {
    const history = historyOf(row);
    if (history !== undefined) all.set(String(row.id), { modified: row.modified_gmt, ...history });
  }
}

export function knowsHistory(site: Site, id: string): boolean {
  return known.get(site)?.has(id) === true;
}

/** The row with the history that it had when it was last told. One that was saved since stays without. */
export function withHistory(site: Site, row: Row): Row {
  const before = known.get(site)?.get(String(row.id));
  if (row._links !== undefined || before === undefined || before.modified !== row.modified_gmt) return row;
  const predecessor = before.newest === 0 ? {} : { "predecessor-version": [{ id: before.newest }] };
  return { ...row, _links: { "version-history": [{ count: before.count }], ...predecessor } };
}
