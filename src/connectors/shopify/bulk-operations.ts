// The shop's bulk operations: those that this program began, until when they run, and what they answer.
import { z } from "zod";
import { Fault, type FaultKind, isFault } from "../../lib/fault.ts";
import { stopFault } from "../../lib/stop.ts";
import { failed, type Joining, joinedFor } from "../joined.ts";
import { errorSchema, graphqlFault } from "./faults.ts";
import type { Wiring } from "./kinds.ts";
import { LIST_BULKS, type Operation, READ_BULK } from "./queries.ts";
import { type Row, rowSchema } from "./rows.ts";
import { type Shop, stuck } from "./shop.ts";
import { collect } from "./staging.ts";

/** What the names of our own begin with. The document of an operation, with its name, is the one thing it tells again. */
const OURS = "ainstein_";

export const nameOf = (digest: string) => `${OURS}${digest}`;

const bulkSchema = z.object({
  id: z.string(),
  status: z.string(),
  query: z.string(),
  createdAt: z.string(),
  errorCode: z.string().nullish(),
  /** Of lines that are done. */
  rootObjectCount: z.coerce.string(),
  url: z.string().nullish(),
  partialDataUrl: z.string().nullish(),
});
export type Bulk = z.infer<typeof bulkSchema>;

const OVER: ReadonlySet<string> = new Set(["CANCELED", "COMPLETED", "EXPIRED", "FAILED"]);

/** `createdAt` is in whole seconds, and may come from another machine than the `Date` header. */
const CLOCK_MARGIN = 5000;

/** Ours that were begun after this moment of the shop's time, in ms. Those of one tick in one request. */
export const bulksSince = joinedFor(
  (shop: Shop): Joining<number, readonly Bulk[]> => ({
    most: () => Number.POSITIVE_INFINITY,
    send: async (moments) => {
      const first = moments.reduce((a, b) => Math.min(a, b));
      const all = await listed(shop, first);
      return moments.map((moment) => ({
        status: "fulfilled",
        value: all.filter(({ createdAt }) => isSince(createdAt, moment)),
      }));
    },
  }),
);

async function listed(shop: Shop, since: number): Promise<readonly Bulk[]> {
  const all = await newestSince(shop, LIST_BULKS, bulkSchema, since);
  return all.filter((bulk) => bulk.query.includes(` ${OURS}`));
}

const isSince = (at: string, moment: number) => Date.parse(at) >= moment - CLOCK_MARGIN;

/** Whether it does what this kind's creates do. */
export function creates({ query }: Bulk, { create }: Wiring): boolean {
  return query.includes(`${create.name}(`);
}

/** An operation that Shopify has not ended by then it ends itself. */
const LONGEST_MS = 24 * 3_600_000;

const found = new WeakMap<Shop, Promise<readonly Bulk[]>>();

/**
 * Ours that were not over when this shop was first asked: begun by a run that was cut off, or by another machine. A
 * shop that does not let the app see its operations has none.
 */
function underWay(shop: Shop): Promise<readonly Bulk[]> {
  const known = found.get(shop) ?? lookForRunning(shop);
  found.set(shop, known);
  known.catch(() => found.delete(shop));
  return known;
}

async function lookForRunning(shop: Shop): Promise<readonly Bulk[]> {
  try {
    const bulks = await bulksSince(shop, shop.now() - LONGEST_MS);
    return bulks.filter(({ status }) => !OVER.has(status));
  } catch (thrown) {
    if (isFault(thrown) && thrown.scope === "item") return [];
    throw thrown;
  }
}

/**
 * What earlier runs have under way of this kind is over on return. Throws as `whenOver` where it does not end: what it
 * makes is not there yet, and would be made a second time.
 */
export async function settled(shop: Shop, wiring: Wiring): Promise<void> {
  if (wiring.made === undefined) return;
  const bulks = (await underWay(shop)).filter((bulk) => creates(bulk, wiring));
  await Promise.all(bulks.map(({ id }) => whenOver(shop, id)));
}

// --- Waiting -----------------------------------------------------------------------------------------------

/** Between two looks, in ms: from the first to the last, each half as long again as the one before. */
const FIRST_PAUSE = 1000;
const LAST_PAUSE = 15_000;

/** One that does nothing for so long is waited for no more. */
const STILL_MS = 15 * 60_000;

/** Looks in a row that may go wrong. */
const LOOKS_BLIND = 3;

/** Once the run is to end. */
const GRACE_MS = 30_000;

export const RUNS = "shopify.bulk-runs";

const endings = new WeakMap<Shop, Map<string, Promise<Bulk>>>();

/**
 * Waits for its end. Throws for all who ask, with the code `shopify.bulk-runs`, once that took too long: `unavailable`, or
 * why the run is to end.
 */
export function whenOver(shop: Shop, id: string): Promise<Bulk> {
  const known = endings.get(shop) ?? new Map<string, Promise<Bulk>>();
  endings.set(shop, known);
  const ending = known.get(id) ?? awaitEnd(shop, id);
  known.set(id, ending);
  ending.catch((thrown: unknown) => {
    if (!isFault(thrown) || thrown.code !== RUNS) known.delete(id);
  });
  return ending;
}

async function awaitEnd(shop: Shop, id: string): Promise<Bulk> {
  const { clock, signal } = shop.context;
  let done: string | undefined;
  let until = Number.POSITIVE_INFINITY;
  let blind = 0;
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 1.5, LAST_PAUSE)) {
    const bulk = await look(shop, id, blind < LOOKS_BLIND);
    if (bulk !== undefined && OVER.has(bulk.status)) return bulk;
    blind = bulk === undefined ? blind + 1 : 0;
    const now = clock.now();
    if (bulk !== undefined && bulk.rootObjectCount !== done) {
      done = bulk.rootObjectCount;
      until = now + STILL_MS;
    }
    const ends = signal?.aborted === true;
    if (ends) until = Math.min(until, now + GRACE_MS);
    if (now >= until) throw stillRuns(id, done, ends ? stopFault(signal, "").kind : "unavailable");
    // A wait that is broken off is followed by another look.
    await clock.sleep(pause, ends ? undefined : signal).catch(() => {});
  }
}

/** Undefined for an answer that cannot be used, where that may be. */
async function look(shop: Shop, id: string, lenient: boolean): Promise<Bulk | undefined> {
  try {
    const part = { operation: READ_BULK, values: { id } };
    return await shop.one(part, (payload) => bulkSchema.parse(payload), { fresh: true });
  } catch (thrown) {
    if (lenient && (isFault(thrown, "protocol") || isFault(thrown, "unavailable"))) return undefined;
    throw thrown;
  }
}

/** Of the connection: nothing that may be among its documents can be decided on before it is over. */
function stillRuns(id: string, done: string | undefined, kind: FaultKind): Fault {
  return new Fault(
    kind,
    `the shop is still at work on a bulk operation (${id}), of which ${done ?? "no"} documents are done`,
    {
      code: RUNS,
      scope: "connection",
      hint: "run the command again in a while: it asks the shop what became of it, and sends nothing twice",
    },
  );
}

// --- What came of it ---------------------------------------------------------------------------------------

const lineSchema = z.object({
  __lineNumber: z.number().int().nonnegative(),
  data: z.record(z.string(), z.unknown()).nullish(),
  errors: z.array(errorSchema).optional(),
});

/** Of results: the texts that were sent come back in them. */
const RESULT_BYTES = 64 * 1024 * 1024;

/** What became of the lines that it tells of, by their number from 0. Throws where nothing is to be had. */
export async function answersOf(
  shop: Shop,
  bulk: Bulk,
  field: string,
): Promise<ReadonlyMap<number, PromiseSettledResult<unknown>>> {
  const address = bulk.url ?? bulk.partialDataUrl;
  if (address === null || address === undefined) throw noResult(bulk, "it has no result");
  const refused = (why: string) => noResult(bulk, why);
  const bytes = await collect(shop, address, { maxBytes: RESULT_BYTES, refused });
  const answers = new Map<number, PromiseSettledResult<unknown>>();
  for (const text of Buffer.from(bytes).toString("utf8").split("\n")) {
    const line = readLine(text);
    if (line === undefined || answers.has(line.__lineNumber)) continue;
    const answer = answerIn(line, field, shop.context.again);
    if (answer !== undefined) answers.set(line.__lineNumber, answer);
  }
  return answers;
}

function noResult({ id, status, errorCode }: Bulk, why: string): Fault {
  const code = errorCode === null || errorCode === undefined ? "" : ` ${errorCode}`;
  return new Fault("unavailable", `bulk operation ${id} ended as ${status}${code}, and ${why}`, {
    code: "shopify.bulk-result",
    scope: "item",
  });
}

/** Undefined for what is no line: a partial result may end in the middle of one. */
function readLine(text: string): z.infer<typeof lineSchema> | undefined {
  try {
    return lineSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function answerIn(
  { data, errors = [] }: z.infer<typeof lineSchema>,
  field: string,
  again: string | undefined,
): PromiseSettledResult<unknown> | undefined {
  const [error] = errors;
  if (error !== undefined) return failed(graphqlFault(error, true, again));
  const value = data?.[field];
  return value === undefined || value === null ? undefined : { status: "fulfilled", value };
}

// --- What it made ------------------------------------------------------------------------------------------

const madeBy = new WeakMap<Shop, Map<string, Promise<readonly Row[]>>>();

/** Entries of the kind that were made since the first of these operations, which are over, was begun. */
export function madeSince(shop: Shop, wiring: Wiring, bulks: readonly Bulk[]): Promise<readonly Row[]> {
  const known = madeBy.get(shop) ?? new Map<string, Promise<readonly Row[]>>();
  madeBy.set(shop, known);
  const ids = `${wiring.name} ${bulks.map(({ id }) => id).join(" ")}`;
  const rows = known.get(ids) ?? newest(shop, wiring, bulks);
  known.set(ids, rows);
  rows.catch(() => known.delete(ids));
  return rows;
}

function newest(shop: Shop, { made }: Wiring, bulks: readonly Bulk[]): Promise<readonly Row[]> {
  if (made === undefined) return Promise.resolve([]);
  const since = bulks.map(({ createdAt }) => Date.parse(createdAt)).reduce((a, b) => Math.min(a, b));
  return newestSince(shop, made, rowSchema, since);
}

/** By a list that begins with the newest, and not by a search: those lag behind what was just written. */
async function newestSince<T extends { readonly createdAt: string }>(
  shop: Shop,
  operation: Operation,
  node: z.ZodType<T>,
  since: number,
): Promise<readonly T[]> {
  const schema = z.object({
    nodes: z.array(node),
    pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullish() }),
  });
  const found: T[] = [];
  for (let after: string | undefined; ; ) {
    const values = after === undefined ? {} : { after };
    const page = await shop.one({ operation, values }, (payload) => schema.parse(payload), { fresh: true });
    found.push(...page.nodes.filter(({ createdAt }) => isSince(createdAt, since)));
    const [first, last] = [page.nodes[0], page.nodes.at(-1)];
    // Where the shop lists the oldest first after all, all pages are looked at.
    const isPast =
      first !== undefined &&
      last !== undefined &&
      !isSince(last.createdAt, since) &&
      Date.parse(first.createdAt) >= Date.parse(last.createdAt);
    if (isPast || !page.pageInfo.hasNextPage) return found;
    const next = page.pageInfo.endCursor ?? undefined;
    if (next === undefined || next === after) throw stuck(operation.name);
    after = next;
  }
}
