// What is about to be overwritten is looked at right before, many entries in one request.
import { setImmediate } from "node:timers/promises";
import { throwUnsent } from "../../lib/fault.ts";
import { PAGE } from "./list.ts";
import type { Site } from "./site.ts";

/** A write that something on the site may stand against: mostly an entry that it overwrites. */
export interface Overwrites {
  /** Throws unless the site is as it was when the write was decided on; absent where there is nothing to look at. */
  readonly look?: () => Promise<unknown>;
}

interface Look {
  /** When it began, in ms since 1970. */
  readonly at: number;
  readonly outcome: Promise<PromiseSettledResult<unknown>>;
}

interface Queue {
  /** Those whose turn is still to come, in their order. */
  readonly waiting: Set<Overwrites>;
  looks: WeakMap<Overwrites, Look>;
}

/** What was looked at longer ago is looked at again before it is overwritten: somebody may have edited it meanwhile. */
const FRESH_MS = 2000;

const queues = new WeakMap<Site, Queue>();

function queueOf(site: Site): Queue {
  const queue = queues.get(site) ?? { waiting: new Set(), looks: new WeakMap() };
  queues.set(site, queue);
  return queue;
}

/** Has all looked at again whose turn is still to come. */
export function forgetLooks(site: Site): void {
  queueOf(site).looks = new WeakMap();
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
  const along = due.length === 0 ? [] : [...waiting].filter(isDue).slice(0, Math.max(0, PAGE - due.length));
  for (const one of [...due, ...along]) looks.set(one, { at: now, outcome: outcomeOf(one) });
  return Promise.all(all.map((one) => looks.get(one)?.outcome ?? NOTHING));
}

const NOTHING: PromiseSettledResult<unknown> = { status: "fulfilled", value: undefined };

async function outcomeOf({ look }: Overwrites): Promise<PromiseSettledResult<unknown>> {
  const [outcome] = await Promise.allSettled([look?.().catch(throwUnsent)]);
  return outcome;
}
