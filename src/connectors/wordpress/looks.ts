// What is about to be overwritten is looked at right before, many entries in one request.
import { setImmediate } from "node:timers/promises";
import { throwUnsent } from "../../lib/fault.ts";
import type { EntryRef } from "../contract.ts";
import { PAGE } from "./list.ts";
import { isId, readRow } from "./read.ts";
import type { Row } from "./rows.ts";
import type { Site } from "./site.ts";
import type { ContentType } from "./types.ts";

/** A write that something on the site may stand against: mostly an entry that it overwrites. */
export interface Overwrites {
  readonly entry?: Place;
  /** Throws unless the site is as it was when the write was decided on; gets the row of `entry`, undefined for none. */
  readonly look?: (row: Row | undefined) => Promise<unknown>;
}

export interface Place {
  readonly type: ContentType;
  readonly id: string;
}

interface Look {
  /** When it began, in ms since 1970. */
  readonly at: number;
  readonly outcome: Promise<PromiseSettledResult<unknown>>;
}

interface Reading {
  /** When it began, in ms since 1970. */
  readonly at: number;
  readonly row: Promise<Row | undefined>;
}

interface Queue {
  /** Those whose turn is still to come, in their order. */
  readonly waiting: Set<Overwrites>;
  looks: WeakMap<Overwrites, Look>;
  /** Ids of entries that will be overwritten, by kind, in their order. */
  readonly expected: Map<string, Set<string>>;
  /** Rows of such entries that came along with others, by kind and id. */
  readonly along: Map<string, Reading>;
}

/** What was looked at longer ago is looked at again before it is overwritten: somebody may have edited it meanwhile. */
const FRESH_MS = 5000;

const queues = new WeakMap<Site, Queue>();

function queueOf(site: Site): Queue {
  const queue = queues.get(site) ?? {
    waiting: new Set(),
    looks: new WeakMap(),
    expected: new Map(),
    along: new Map(),
  };
  queues.set(site, queue);
  return queue;
}

/** Tells of entries that will be overwritten, in their order: looks at others take theirs along. Makes no request. */
export function expectWrites(site: Site, refs: readonly EntryRef[]): void {
  const { expected } = queueOf(site);
  for (const { kind, id } of refs) {
    const ids = expected.get(kind) ?? new Set();
    expected.set(kind, ids);
    if (isId(id)) ids.add(id);
  }
}

/** Has all looked at again whose turn is still to come. */
export function forgetLooks(site: Site): void {
  const queue = queueOf(site);
  queue.looks = new WeakMap();
  queue.along.clear();
}

/** Does work that waits for its turn somewhere; meanwhile the looks of others take its own along. */
export async function inQueue<T>(site: Site, one: Overwrites, work: () => Promise<T>): Promise<T> {
  const { waiting } = queueOf(site);
  waiting.add(one);
  try {
    return await work();
  } finally {
    waiting.delete(one);
  }
}

/**
 * To be called when the turn of these has come: what looking at each said, just now or a moment ago. Rejected looks kept
 * their writes from being sent.
 */
export async function looked(
  site: Site,
  all: readonly Overwrites[],
): Promise<readonly PromiseSettledResult<unknown>[]> {
  // Those of the same moment are to be among those that are taken along.
  await setImmediate();
  const { waiting, looks } = queueOf(site);
  const now = site.context.clock.now();
  const isDue = (one: Overwrites) =>
    one.look !== undefined && now - (looks.get(one)?.at ?? Number.NEGATIVE_INFINITY) > FRESH_MS;
  for (const one of all) waiting.delete(one);
  const due = all.filter(isDue);
  const others = due.length === 0 ? [] : [...waiting].filter(isDue);
  const chosen = [...due, ...others.slice(0, Math.max(0, PAGE - due.length))];
  const readings = readAll(
    site,
    chosen.flatMap(({ entry }) => entry ?? []),
    now,
  );
  for (const one of chosen) {
    const reading = one.entry === undefined ? undefined : readings.get(one.entry);
    looks.set(one, { at: reading?.at ?? now, outcome: outcomeOf(one, reading?.row) });
  }
  return Promise.all(all.map((one) => looks.get(one)?.outcome ?? NOTHING));
}

const NOTHING: PromiseSettledResult<unknown> = { status: "fulfilled", value: undefined };

async function outcomeOf({ look }: Overwrites, row: Reading["row"] | undefined) {
  const work = async () => look?.(await row);
  const [outcome] = await Promise.allSettled([work().catch(throwUnsent)]);
  return outcome;
}

/** Rows that came along a moment ago, and new ones of the others; a request for those is filled with what is expected. */
function readAll(site: Site, places: readonly Place[], now: number): ReadonlyMap<Place, Reading> {
  const { expected, along } = queueOf(site);
  const read = ({ type, id }: Place): Reading => ({ at: now, row: readRow(site, type, id) });
  const readings = new Map<Place, Reading>();
  const asked = new Map<ContentType, number>();
  for (const place of places) {
    const { type, id } = place;
    const key = `${type.kind} ${id}`;
    const kept = along.get(key);
    along.delete(key);
    expected.get(type.kind)?.delete(id);
    const isFresh = kept !== undefined && now - kept.at <= FRESH_MS;
    readings.set(place, isFresh ? kept : read(place));
    if (!isFresh) asked.set(type, (asked.get(type) ?? 0) + 1);
  }
  for (const [key, { at }] of along) if (now - at > FRESH_MS) along.delete(key);
  for (const [type, count] of asked) {
    let room = PAGE - count;
    const ids = expected.get(type.kind) ?? new Set();
    for (const id of ids) {
      if (room <= 0) break;
      room -= 1;
      ids.delete(id);
      const reading = read({ type, id });
      // Whoever takes it is told.
      reading.row.catch(() => {});
      along.set(`${type.kind} ${id}`, reading);
    }
  }
  return readings;
}
