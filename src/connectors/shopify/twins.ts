// Entries that are there twice: a create that somebody on the way repeated, where the shop gave the second another handle.
import type { Entry } from "../contract.ts";
import { idOf, type KindName } from "./kinds.ts";
import { type Operation, SECOND_ARTICLES, SECOND_PAGES, SECOND_PRODUCTS } from "./queries.ts";
import { type Row, rowsSchema } from "./rows.ts";
import { sameTitle } from "./same.ts";
import type { Shop } from "./shop.ts";

const SECONDS: Readonly<Record<KindName, Operation>> = {
  article: SECOND_ARTICLES,
  page: SECOND_PAGES,
  product: SECOND_PRODUCTS,
};

/** Entries in one search: it shows no more of them. */
const SOME = 20;

/**
 * Those made after one of these, with its title, and with the handle that Shopify gives to the second of two: id -> their
 * ids. One that a search does not show yet is not seen.
 */
export async function twins(
  shop: Shop,
  entries: readonly Entry[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, readonly string[]>();
  for (const name of shop.kinds) {
    const ofKind = entries.filter(({ kind }) => kind === name);
    for (let start = 0; start < ofKind.length; start += SOME) {
      const some = ofKind.slice(start, start + SOME);
      const query = some.map((entry) => `handle:'${second(entry).replace(/[\\']/g, "\\$&")}'`).join(" OR ");
      const part = { operation: SECONDS[name], values: { query } };
      const { nodes } = await shop.one(part, (payload) => rowsSchema.parse(payload), { fresh: true });
      for (const entry of some) {
        const ids = nodes.filter((row) => isSecondOf(row, entry)).map(({ id }) => idOf(id));
        if (ids.length > 0) found.set(entry.id, ids);
      }
    }
  }
  return found;
}

const second = ({ slug }: Entry) => `${slug}-1`;

function isSecondOf({ id, handle, title, blog, status }: Row, entry: Entry): boolean {
  return (
    handle === second(entry) &&
    BigInt(idOf(id)) > BigInt(entry.id) &&
    sameTitle(title, entry.wire.title ?? "") &&
    (blog?.handle ?? "") === entry.scope &&
    status !== "ARCHIVED"
  );
}
