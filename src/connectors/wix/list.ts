// Whole listings: each entry once, or a fault. Never a part taken for the whole.
import { z } from "zod";
import { Fault } from "../../lib/fault.ts";
import type { Json } from "../../lib/json.ts";
import { type Row, rowSchema, stateOf } from "./rows.ts";
import type { Site } from "./site.ts";

/** The most that Wix gives at one time. */
export const PAGE = 100;
const ATTEMPTS = 4;

export const DRAFTS = "/blog/v3/draft-posts";
export const POSTS_QUERY = `${DRAFTS}/query`;
/** What is asked for of a row, and of a whole post. */
export const ROW_FIELDS = ["URL"] as const;
export const WHOLE_FIELDS = ["URL", "RICH_CONTENT"] as const;

/** Every post, published or not. */
export async function listPosts(site: Site): Promise<readonly Row[]> {
  const rows = await wholeList(site, POST_ROWS);
  return rows.filter((row) => stateOf(row) !== undefined);
}

/** Throws unless the credentials are good for the site's blog. */
export async function proveBlog(site: Site): Promise<void> {
  await site.query(POSTS_QUERY, { query: { paging: { limit: 1, offset: 0 } } }, (payload) =>
    z.object({ draftPosts: z.array(z.looseObject({ id: z.string() })) }).parse(payload),
  );
}

interface Listed<T> {
  readonly path: string;
  /** Of the list in the answer. */
  readonly key: string;
  readonly item: z.ZodType<T>;
  /** Beside the query. */
  readonly more?: Readonly<Record<string, Json>>;
  /** Sorts so that entries that are edited meanwhile keep their place. */
  readonly sort?: string;
}

export const POST_ROWS: Listed<Row> = {
  path: POSTS_QUERY,
  key: "draftPosts",
  item: rowSchema,
  more: { fieldsets: [...ROW_FIELDS] },
  sort: "id",
};

const pagingSchema = z.object({
  pagingMetadata: z.object({ total: z.number().nullish() }).nullish(),
});

/** All pages, read anew where the list changed its length meanwhile. */
export async function wholeList<T extends { readonly id: string }>(
  site: Site,
  listed: Listed<T>,
): Promise<readonly T[]> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const found = await readOnce(site, listed);
    if (found !== undefined) return found;
  }
  throw new Fault(
    "protocol",
    `the listing of ${listed.key} does not hold still: its pages and its total do not fit`,
    {
      code: "wix.listing-unstable",
      hint: "another tool may be adding or removing entries right now: try again later",
    },
  );
}

/** Undefined where the pages do not make up the total. */
async function readOnce<T extends { readonly id: string }>(
  site: Site,
  { path, key, item, more, sort }: Listed<T>,
): Promise<readonly T[] | undefined> {
  const found = new Map<string, T>();
  let total: number | undefined;
  for (let offset = 0; ; offset += PAGE) {
    const query = {
      paging: { limit: PAGE, offset },
      ...(sort === undefined ? {} : { sort: [{ fieldName: sort, order: "ASC" }] }),
    };
    const { value } = await site.query(path, { ...more, query }, (payload) => {
      const list = z.looseObject({}).parse(payload)[key];
      const { pagingMetadata } = pagingSchema.parse(payload);
      return { items: z.array(item).parse(list ?? []), total: pagingMetadata?.total ?? undefined };
    });
    if (offset > 0 && value.total !== total) return undefined;
    total = value.total;
    for (const one of value.items) found.set(one.id, one);
    if (total === undefined && value.items.length === PAGE) continue;
    if (total === undefined) return [...found.values()];
    if (offset + PAGE >= total) return found.size === total ? [...found.values()] : undefined;
    if (value.items.length < PAGE) return undefined;
  }
}
