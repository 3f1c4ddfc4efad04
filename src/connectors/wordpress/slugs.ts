// Entries by their slugs, as many in one request as its address holds.
import { PAGE } from "./list.ts";
import { decodeRows, type Row } from "./rows.ts";
import type { Query, Site } from "./site.ts";
import type { ContentType } from "./types.ts";

export interface Found {
  readonly rows: readonly Row[];
  /** Counts entries that our role may not see, too. */
  readonly total: number;
  /** Server time in ms. */
  readonly serverTime: number | undefined;
}

/** Bytes of slugs in one request, as `bytesOf` counts them: some servers and firewalls take addresses of 2 kB. */
export const LONGEST = 1450;

/** With the comma. */
export const bytesOf = (slug: string) => encodeURIComponent(slug).length + 3;

/** One page of the entries that have one of these slugs. */
export async function bySlugs(
  site: Site,
  type: ContentType,
  slugs: readonly string[],
  more: Query,
): Promise<Found> {
  const query = {
    context: "edit",
    per_page: PAGE,
    orderby: "id",
    order: "asc",
    ...more,
    slug: slugs.join(","),
  };
  const { value, headers, serverTime } = await site.get(type.path, query, decodeRows);
  return { rows: value, total: Number(headers["x-wp-total"] ?? 0), serverTime };
}
