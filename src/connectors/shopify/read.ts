// Whole entries by id.
import { z } from "zod";
import { isFault } from "../../lib/fault.ts";
import type { Entry, EntryRef, ReadResult } from "../contract.ts";
import { failed, type Joining, joinedFor } from "../joined.ts";
import { TOO_COSTLY } from "./faults.ts";
import { gidOf, type Wiring } from "./kinds.ts";
import { keyOf } from "./metafields.ts";
import { decodeWhole, entryOf, isArchived, type Row, type Seen, type Whole } from "./rows.ts";
import type { Shop } from "./shop.ts";

/** Entries in one request: each weighs as much as it may have metafields. */
export const READ_BATCH = 20;

/** What a product becomes by its removal is as gone as what lies in a trash. */
export async function read(shop: Shop, refs: readonly EntryRef[]): Promise<readonly ReadResult[]> {
  return Promise.all(
    refs.map(async ({ id, kind }): Promise<ReadResult> => {
      const wiring = shop.wiring(kind);
      const whole = await readWhole(shop, wiring, id);
      if (whole === undefined) return { id, entry: undefined, gone: "missing" };
      if (isArchived(whole)) return { id, entry: undefined, gone: "trashed" };
      return { id, entry: entryOf(whole, await seenBy(shop, wiring)) };
    }),
  );
}

/** Undefined with the shop's own word that there is no such entry. */
export async function readWhole(shop: Shop, wiring: Wiring, id: string): Promise<Whole | undefined> {
  const gid = gidOf(wiring, id);
  return gid === undefined ? undefined : wholeOf(shop, { wiring, gid });
}

export async function entryOfRow(shop: Shop, wiring: Wiring, { id }: Row): Promise<Entry | undefined> {
  const whole = await wholeOf(shop, { wiring, gid: id });
  return whole === undefined ? undefined : entryOf(whole, await seenBy(shop, wiring));
}

export async function seenBy(shop: Shop, { name }: Wiring): Promise<Seen> {
  const [{ siteUrl }, definitions] = await Promise.all([shop.identity(), shop.definitions(name)]);
  return { kind: name, siteUrl, now: shop.now(), ahead: shop.ahead(), keys: definitions.map(keyOf) };
}

interface Asked {
  readonly wiring: Wiring;
  readonly gid: string;
}

const nodesSchema = z.array(z.unknown());

/** Those of one tick in one request. */
const wholeOf = joinedFor(
  (shop: Shop): Joining<Asked, Whole | undefined> => ({
    group: ({ wiring }) => wiring.name,
    most: () => READ_BATCH,
    abreast: 2,
    send: (asked) => wholesOf(shop, asked),
  }),
);

async function wholesOf(
  shop: Shop,
  asked: readonly Asked[],
): Promise<readonly PromiseSettledResult<Whole | undefined>[]> {
  const [first] = asked;
  if (first === undefined) return [];
  const ids = asked.map(({ gid }) => gid);
  const part = { operation: first.wiring.read, values: { ids } };
  try {
    const nodes = await shop.one(part, (payload) => nodesSchema.length(ids.length).parse(payload), {
      fresh: true,
    });
    return nodes.map((node) => wholeIn(node));
  } catch (thrown) {
    if (!isFault(thrown) || thrown.code !== TOO_COSTLY || asked.length === 1) throw thrown;
    const half = Math.ceil(asked.length / 2);
    const parts = [asked.slice(0, half), asked.slice(half)];
    return (await Promise.all(parts.map((some) => wholesOf(shop, some)))).flat();
  }
}

/** Another kind's id gives an object of which no field was asked for. */
function wholeIn(node: unknown): PromiseSettledResult<Whole | undefined> {
  const isNone = node === null || Object.keys(node as object).length === 0;
  try {
    return { status: "fulfilled", value: isNone ? undefined : decodeWhole(node) };
  } catch (thrown) {
    return failed(thrown);
  }
}
