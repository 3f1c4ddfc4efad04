// Whole listings: each entry once, or a fault. Never a part taken for the whole.
import { Fault, isFault } from "../../lib/fault.ts";
import type { Listing } from "../contract.ts";
import { RUNS, settled } from "./bulk-operations.ts";
import { TOO_COSTLY } from "./faults.ts";
import type { Wiring } from "./kinds.ts";
import { seenBy } from "./read.ts";
import { isArchived, listingOf, pageOfRows, type Row } from "./rows.ts";
import { type Shop, stuck } from "./shop.ts";

/** The most that Shopify gives at one time. */
const PAGE = 250;
const SMALLEST_PAGE = 25;

/** Shopify's lists end there, whatever the cursor says. */
const DEEPEST = 25_000;

/** Every entry of these kinds, archived products left out, with proof before and after that the shop is the same. */
export async function* list(shop: Shop, kinds: readonly string[]): AsyncIterable<readonly Listing[]> {
  await shop.prove();
  for (const kind of kinds) {
    const wiring = shop.wiring(kind);
    await unlessStill(settled(shop, wiring));
    const seen = new Set<string>();
    for await (const rows of pagesOf(shop, wiring)) {
      const fresh = rows.filter(({ id }) => !seen.has(id));
      for (const { id } of rows) seen.add(id);
      const about = await seenBy(shop, wiring);
      yield fresh.filter((row) => !isArchived(row)).map((row) => listingOf(row, about));
    }
  }
  await shop.prove();
}

/** What is there can be listed all the same: only new documents have to wait. */
async function unlessStill(over: Promise<void>): Promise<void> {
  try {
    await over;
  } catch (thrown) {
    if (!isFault(thrown) || thrown.code !== RUNS) throw thrown;
  }
}

/** By ascending id: what comes meanwhile comes at the end, and what goes moves nothing. */
async function* pagesOf(shop: Shop, wiring: Wiring): AsyncIterable<readonly Row[]> {
  let first = PAGE;
  let count = 0;
  for (let after: string | undefined; ; ) {
    const values = after === undefined ? { first } : { first, after };
    let page: ReturnType<typeof pageOfRows.parse>;
    try {
      const part = { operation: wiring.list, values };
      page = await shop.one(part, (payload) => pageOfRows.parse(payload), { fresh: true });
    } catch (thrown) {
      const tooMuch = isFault(thrown) && thrown.code === TOO_COSTLY && first > SMALLEST_PAGE;
      if (!tooMuch) throw thrown;
      first = Math.max(SMALLEST_PAGE, Math.floor(first / 2));
      continue;
    }
    yield page.nodes;
    count += page.nodes.length;
    if (!page.pageInfo.hasNextPage) break;
    const next = page.pageInfo.endCursor ?? undefined;
    if (next === undefined || next === after || page.nodes.length === 0) throw stuck(wiring.title);
    after = next;
    if (count >= DEEPEST) throw tooMany(wiring);
  }
  if (count >= DEEPEST) throw tooMany(wiring);
}

function tooMany({ title }: Wiring): Fault {
  return new Fault("unsupported", `the shop has ${DEEPEST} ${title.toLowerCase()} or more`, {
    code: "shopify.too-many",
    scope: "connection",
    hint: "Shopify's API shows no more of a list than that, and what is not seen could be taken for removed: nothing was done",
  });
}
