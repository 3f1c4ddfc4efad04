// Which post has which slug. Drafts cannot be asked for by slug, so all are listed once, and then what changed since.
import { z } from "zod";
import { PAGE, POST_ROWS, POSTS_QUERY, wholeList } from "./list.ts";
import { type Row, rowSchema, slugOf } from "./rows.ts";
import type { Site } from "./site.ts";

interface Known {
  /** Id -> slug; "" for one that is gone. */
  readonly slugs: Map<string, string>;
  /** All edits before it are known: the site's time, in ms. */
  until: number;
  /** Another post has taken a slug since. */
  isStale: boolean;
}

const known = new WeakMap<Site, Known>();

/** Edits show after a moment, and clocks differ. */
const MARGIN = 15_000;

/** A look is good for so long: where another post takes a slug meanwhile, the answer to the create tells. */
const FRESH = 10_000;

interface Named {
  readonly id: string;
  readonly slug: string;
}

/** After a whole listing that began at `at`. */
export function keepListing(site: Site, rows: readonly Row[], at: number): void {
  known.set(site, { slugs: new Map(rows.map((row) => [row.id, slugOf(row)])), until: at, isStale: false });
}

/** What is known does not fit an answer: the next look is made at once. */
export function distrust(site: Site): void {
  const state = known.get(site);
  if (state !== undefined) state.isStale = true;
}

/** As an answer to a write had them. */
export function keepRows(site: Site, rows: readonly Named[]): void {
  for (const { id, slug } of rows) known.get(site)?.slugs.set(id, slug);
}

/** Ids of posts that had the slug when last heard of. */
export function knownRows(site: Site, slug: string): readonly string[] {
  return [...(known.get(site)?.slugs ?? [])].flatMap(([id, held]) => (held === slug ? id : []));
}

/** Looks at what was edited since the last look, unless that was a moment ago. */
export async function changedSince(site: Site): Promise<void> {
  const at = site.now();
  const state = known.get(site);
  if (state === undefined) {
    keepListing(site, await wholeList(site, POST_ROWS), at);
    return;
  }
  if (at - state.until < FRESH && !state.isStale) return;
  const since = new Date(state.until - MARGIN).toISOString();
  for (let offset = 0; ; offset += PAGE) {
    const query = {
      filter: { editedDate: { $gte: since } },
      sort: [{ fieldName: "editedDate", order: "DESC" }],
      paging: { limit: PAGE, offset },
    };
    const { value } = await site.query(
      POSTS_QUERY,
      { query, fieldsets: ["URL"] },
      (payload) => z.object({ draftPosts: z.array(rowSchema) }).parse(payload).draftPosts,
    );
    keepRows(
      site,
      value.map((row) => ({ id: row.id, slug: slugOf(row) })),
    );
    if (value.length < PAGE) break;
  }
  state.until = at;
  state.isStale = false;
}
