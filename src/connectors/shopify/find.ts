// Entries by what they are called: is the slug free, and did that create happen?
import { z } from "zod";
import { Fault } from "../../lib/fault.ts";
import type { Json } from "../../lib/json.ts";
import type { Draft, Entry } from "../contract.ts";
import { failed, type Joining, joinedFor } from "../joined.ts";
import { bulksSince, creates, madeSince, settled, whenOver } from "./bulk-operations.ts";
import type { Part } from "./documents.ts";
import { slugTaken } from "./faults.ts";
import { idOf, type Wiring } from "./kinds.ts";
import { entryOfRow } from "./read.ts";
import { decodeRow, type Row, rowsSchema } from "./rows.ts";
import { sameTitle } from "./same.ts";
import { type Blog, decodeOutcome, type Shop } from "./shop.ts";

const intentSchema = z.object({
  slug: z.string(),
  title: z.string(),
  /** Global id of the article's blog; "" for other kinds. */
  blog: z.string(),
  /** The shop's time before the create, in ms. */
  since: z.number(),
});
export type Intent = z.infer<typeof intentSchema>;

export const decodeIntent = (intent: Json): Intent => intentSchema.parse(intent);

/** `createdAt` is in whole seconds, and may come from another machine than the `Date` header. */
const CLOCK_MARGIN = 5000;

/**
 * A slug that is free, the blog, and the shop's time. Makes no write. Throws while an earlier bulk operation that may
 * make the same is at work.
 */
export async function prepare(shop: Shop, draft: Draft): Promise<Json> {
  const wiring = shop.wiring(draft.kind);
  await settled(shop, wiring);
  const blog = wiring.name === "article" ? (await blogOf(shop, draft)).id : "";
  const { holders, at } = await holdersOf(shop, { wiring, slug: draft.slug, blog, lately: false });
  const [holder] = holders;
  if (holder !== undefined) throw slugTaken(draft.slug, idOf(holder.id));
  return { slug: draft.slug, title: String(draft.wire.title ?? ""), blog, since: at } satisfies Intent;
}

/** The blog that an article names, else the one that the connection or the shop has for all. */
export async function blogOf(shop: Shop, { scope, wire }: Pick<Draft, "scope" | "wire">): Promise<Blog> {
  const blogs = await shop.blogs();
  const named = typeof wire.blog === "string" && wire.blog !== "" ? wire.blog : scope;
  const handle = named === "" ? defaultBlog(shop, blogs) : named;
  const found = blogs.find((blog) => blog.handle === handle);
  if (found !== undefined) return found;
  const names = blogs.map((blog) => blog.handle).join(", ");
  throw new Fault(
    "invalid",
    handle === ""
      ? "blog: the shop has several, and the article names none"
      : `blog: there is no "${handle}"`,
    {
      code: handle === "" ? "shopify.which-blog" : "shopify.no-blog",
      hint:
        blogs.length === 0
          ? "make a blog in Shopify's admin, under Content > Blog posts"
          : `say \`blog:\` in the front matter, or for all with the setting blog; there is: ${names}`,
    },
  );
}

/** Handle of the blog for articles that name none; "" where the shop has several and no setting says which. */
export function defaultBlog({ context }: Shop, blogs: readonly Blog[]): string {
  const { blog = "" } = context.settings;
  const [only, other] = blogs;
  return blog === "" && other === undefined ? (only?.handle ?? "") : blog;
}

interface Place {
  readonly wiring: Wiring;
  readonly slug: string;
  /** Global id; "" for what is in no blog. */
  readonly blog: string;
  /** Look among the newest entries, too: it may have been made a moment ago, and searches lag behind. */
  readonly lately: boolean;
}

interface Held {
  /** Entries of this slug, at most one where Shopify keeps its word. */
  readonly holders: readonly Row[];
  /** The shop's time, in ms. */
  readonly at: number;
}

/** Those of one tick in one request, with the newest entries asked for once. */
export const holdersOf = joinedFor(
  (shop: Shop): Joining<Place, Held> => ({
    group: ({ wiring, lately }) => `${wiring.name} ${lately}`,
    most: () => 20,
    abreast: 2,
    send: (places) => look(shop, places),
  }),
);

async function look(shop: Shop, places: readonly Place[]): Promise<readonly PromiseSettledResult<Held>[]> {
  const [first] = places;
  const newestOf = first?.lately === true ? first.wiring.newest : undefined;
  const parts: readonly Part[] = [
    ...places.map((place) => ({ operation: place.wiring.find, values: wordsOf(place) })),
    ...(newestOf === undefined ? [] : [{ operation: newestOf, values: {} }]),
  ];
  const { outcomes, serverTime } = await shop.ask(parts, { fresh: true });
  const at = serverTime ?? shop.context.clock.now();
  const newest = newestOf === undefined ? [] : decodeOutcome(outcomes[places.length], decodeRows);
  return places.map((place, index) => {
    try {
      const found = [...decodeOutcome(outcomes[index], decodeRows), ...newest];
      const holders = new Map(found.filter((row) => isAt(row, place)).map((row) => [row.id, row]));
      return { status: "fulfilled", value: { holders: [...holders.values()], at } };
    } catch (thrown) {
      return failed(thrown);
    }
  });
}

/** A list of rows, a single row, or nothing. */
function decodeRows(payload: unknown): readonly Row[] {
  if (payload === null) return [];
  const list = rowsSchema.safeParse(payload);
  return list.success ? list.data.nodes : [decodeRow(payload)];
}

function wordsOf({ wiring, slug, blog }: Place): Part["values"] {
  if (wiring.name === "product") return { handle: slug };
  const quoted = `'${slug.replace(/[\\']/g, "\\$&")}'`;
  return { query: `handle:${quoted}${blog === "" ? "" : ` AND blog_id:${idOf(blog)}`}` };
}

function isAt(row: Row, { slug, blog }: Pick<Place, "slug" | "blog">): boolean {
  return row.handle === slug && (blog === "" || row.blog?.id === blog);
}

/** What a create with this intent made: its title, and not made before. */
export async function lookUp(shop: Shop, wiring: Wiring, intent: Intent): Promise<Row | undefined> {
  const { slug, blog } = intent;
  const { holders } = await holdersOf(shop, { wiring, slug, blog, lately: true });
  return holders.find((row) => isOurs(row, intent));
}

/** Other entries with the slug. */
export async function otherHolder(
  shop: Shop,
  wiring: Wiring,
  { slug, blog }: Pick<Intent, "slug" | "blog">,
  id: string,
): Promise<Row | undefined> {
  const { holders } = await holdersOf(shop, { wiring, slug, blog, lately: true });
  return holders.find((row) => row.id !== id);
}

function isOurs(row: Row, { since, title }: Intent): boolean {
  return Date.parse(row.createdAt) >= since - CLOCK_MARGIN && sameTitle(row.title, title);
}

/** Among what bulk operations made, once they are over; undefined where none was begun since the intent, too. */
async function madeInBulk(shop: Shop, wiring: Wiring, intent: Intent): Promise<Row | undefined> {
  if (wiring.made === undefined) return undefined;
  const bulks = (await bulksSince(shop, intent.since)).filter((bulk) => creates(bulk, wiring));
  if (bulks.length === 0) return undefined;
  await Promise.all(bulks.map(({ id }) => whenOver(shop, id)));
  const rows = await madeSince(shop, wiring, bulks);
  return rows.find((row) => isAt(row, intent) && isOurs(row, intent));
}

/** Pauses between looks, in ms: about 10 s in all, the time a request in flight may still need to land. */
const PAUSES = [0, 300, 700, 1500, 2500, 5000];

/** Looks until there is something to see; undefined when the time is up. */
export async function waitFor<T>(shop: Shop, see: () => Promise<T | undefined>): Promise<T | undefined> {
  for (const pause of PAUSES) {
    if (pause > 0) await shop.context.clock.sleep(pause);
    const found = await see();
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Did the create with this intent happen? Throws while the shop is at work on a bulk operation that it may be one of. */
export async function find(shop: Shop, draft: Draft, intentJson: Json): Promise<Entry | undefined> {
  const wiring = shop.wiring(draft.kind);
  const intent = decodeIntent(intentJson);
  const inBulk = () => madeInBulk(shop, wiring, intent);
  // Looked for once more at the end: the start of an operation, too, may have been under way.
  const row =
    (await inBulk()) ?? (await waitFor(shop, () => lookUp(shop, wiring, intent))) ?? (await inBulk());
  return row === undefined ? undefined : entryOfRow(shop, wiring, row);
}
