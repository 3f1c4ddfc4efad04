// Writes of one tick in one request, each with its own answers or its own fault.

import { TOO_LATE } from "../../http/http.ts";
import { Fault, isFault, throwUnsent } from "../../lib/fault.ts";
import { createPlaces } from "../../lib/turns.ts";
import { failed, type Joining, joinedFor } from "../joined.ts";
import type { Part } from "./documents.ts";
import { TOO_COSTLY } from "./faults.ts";
import type { Shop } from "./shop.ts";

/** Documents in one request: with ten points for a mutation, well below what Shopify takes at one time. */
export const BATCH = 20;

/** Requests with writes at one time. */
export const ABREAST = 2;

/** Of one request's texts. */
const BYTES = 1_000_000;

/** What was read longer ago is read again before it is overwritten: somebody may have edited it meanwhile. */
const FRESH_MS = 2000;

/**
 * How long a request may wait for its points before what it overwrites is looked at once more; twice as long the next
 * time, so that a shop with few points left is written to all the same.
 */
const PATIENCE_MS = 10_000;

/** What is sent for one document: mutations that are done in their order. */
export interface Write {
  readonly parts: readonly Part[];
  /** The first write of a step; see `Call`. */
  readonly begins?: boolean;
  /** Of what is overwritten: when it was read, in ms since 1970, and a look that throws unless it is as it was then. */
  readonly read?: { readonly at: number; readonly again: () => Promise<unknown> };
}

/** What became of each part. */
type Outcomes = readonly PromiseSettledResult<unknown>[];

export const sendWrite = joinedFor((shop: Shop): Joining<Write, Outcomes> => {
  const inPlace = createPlaces(ABREAST);
  return {
    // What completes a step must not be held back, and what begins one must be, once the run is to end.
    group: ({ begins }) => (begins === true ? "begins" : "goes on"),
    most: () => BATCH,
    abreast: ABREAST,
    weight: {
      of: ({ parts }) => Buffer.byteLength(JSON.stringify(parts.map(({ values }) => values))),
      most: () => BYTES,
    },
    send: (writes) => inPlace(() => carry(shop, writes)),
  };
});

type Result = PromiseSettledResult<Outcomes>;

/** Has those sent whose entries nobody has edited since they were read. */
async function carry(
  shop: Shop,
  writes: readonly Write[],
  patience = PATIENCE_MS,
): Promise<readonly Result[]> {
  const looks = await Promise.allSettled(writes.map((write) => lookAgain(shop, write)));
  const fresh = writes.filter((_, index) => looks[index]?.status === "fulfilled");
  const sent = await inParts(shop, fresh, shop.context.clock.now() + patience);
  const late = fresh.filter((_, index) => isLate(sent[index]));
  const again = (late.length === 0 ? [] : await carry(shop, late, 2 * patience)).values();
  const left = sent.map((result) => (isLate(result) ? (again.next().value ?? result) : result)).values();
  return looks.flatMap((look) => (look.status === "rejected" ? look : (left.next().value ?? [])));
}

const isLate = (result: Result | undefined) =>
  result?.status === "rejected" && isFault(result.reason) && result.reason.code === TOO_LATE;

async function lookAgain({ context }: Shop, { read }: Write): Promise<void> {
  if (read !== undefined && context.clock.now() - read.at > FRESH_MS) await read.again().catch(throwUnsent);
}

/** In halves where the shop finds it too much: it has then done nothing of it. */
async function inParts(shop: Shop, writes: readonly Write[], notAfter: number): Promise<readonly Result[]> {
  if (writes.length === 0) return [];
  try {
    return await inOne(shop, writes, notAfter);
  } catch (thrown) {
    if (!isFault(thrown) || thrown.code !== TOO_COSTLY || writes.length === 1) {
      return writes.map(() => failed(thrown));
    }
    const half = Math.ceil(writes.length / 2);
    const first = await inParts(shop, writes.slice(0, half), notAfter);
    return [...first, ...(await inParts(shop, writes.slice(half), notAfter))];
  }
}

async function inOne(shop: Shop, writes: readonly Write[], notAfter: number): Promise<readonly Result[]> {
  const begins = writes.every((write) => write.begins === true);
  const overwrites = writes.some(({ read }) => read !== undefined);
  const { outcomes } = await shop.ask(
    writes.flatMap(({ parts }) => parts),
    { begins, ...(overwrites ? { notAfter } : {}) },
  );
  const left = outcomes.values();
  return writes.map(({ parts }): Result => {
    const own = parts.map(
      () => left.next().value ?? failed(new Fault("defect", "a write without its answer")),
    );
    return { status: "fulfilled", value: own };
  });
}
