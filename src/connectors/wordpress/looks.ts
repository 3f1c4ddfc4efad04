// What is about to be overwritten is looked at right before, many entries in one request.
import { setImmediate } from "node:timers/promises";
import { throwUnsent } from "../../lib/fault.ts";
import type { Entry, Expected } from "../contract.ts";
import { PAGE } from "./list.ts";
import type { Site } from "./site.ts";

/** Throws unless the site is as it was when the write was decided on; resolves to the entry, where there is one. */
export type Look = () => Promise<Entry | undefined>;

/** A write that something on the site may stand against: mostly an entry that it overwrites. */
export interface Overwrites {
  /** Absent where there is nothing to look at. */
  readonly look?: Look;
  /** Throws where what the look found speaks against the write. */
  readonly refuse?: (found: Entry | undefined) => void;
}

type Outcome = PromiseSettledResult<Entry | undefined>;

interface Looked {
  /** When it began, in ms since 1970. */
  readonly at: number;
  readonly outcome: Promise<Outcome>;
}

interface Queue {
  /** Of writes whose turn is still to come, in their order, until one of others has taken them along. */
  readonly waiting: Set<Look>;
  /** Of updates that are still to be asked for, by id of the entry. */
  readonly coming: Map<string, { readonly expected: Expected; readonly look: Look }>;
  looked: WeakMap<Look, Looked>;
}

/** What was looked at longer ago is looked at again before it is overwritten: somebody may have edited it meanwhile. */
const FRESH_MS = 2000;

const queues = new WeakMap<Site, Queue>();

function queueOf(site: Site): Queue {
  const queue = queues.get(site) ?? { waiting: new Set(), coming: new Map(), looked: new WeakMap() };
  queues.set(site, queue);
  return queue;
}

/** Has all looked at again whose turn is still to come. */
export function forgetLooks(site: Site): void {
  queueOf(site).looked = new WeakMap();
}

/** An update that is still to be asked for: looks of others take its own along. */
export function announce(site: Site, id: string, expected: Expected, look: Look): void {
  const { waiting, coming } = queueOf(site);
  coming.set(id, { expected, look });
  waiting.add(look);
}

/** The look of an update that was announced with just this expectation; undefined for any other. */
export function announcedLook(site: Site, id: string, { revision, wire }: Expected): Look | undefined {
  const { waiting, coming } = queueOf(site);
  const known = coming.get(id);
  if (known === undefined) return undefined;
  coming.delete(id);
  if (known.expected.revision === revision && known.expected.wire === wire) return known.look;
  waiting.delete(known.look);
  return undefined;
}

/** Does work that waits for its turn somewhere; meanwhile the looks of others take its own along. */
export async function inQueue<T>(site: Site, { look }: Overwrites, work: () => Promise<T>): Promise<T> {
  const { waiting, looked } = queueOf(site);
  if (look === undefined) return work();
  if (!looked.has(look)) waiting.add(look);
  try {
    return await work();
  } finally {
    waiting.delete(look);
  }
}

/**
 * To be called when the turn of these has come: what looking at each said, just now or a moment ago. Rejected looks kept
 * their writes from being sent.
 */
export async function looked(site: Site, all: readonly Overwrites[]): Promise<readonly Outcome[]> {
  // Those of the same moment are to be among those that are taken along.
  await setImmediate();
  const queue = queueOf(site);
  const { waiting } = queue;
  const now = site.context.clock.now();
  const looks = all.flatMap(({ look }) => look ?? []);
  for (const look of looks) waiting.delete(look);
  const due = looks.filter(
    (look) => now - (queue.looked.get(look)?.at ?? Number.NEGATIVE_INFINITY) > FRESH_MS,
  );
  const along = due.length === 0 ? [] : [...waiting].slice(0, Math.max(0, PAGE - due.length));
  for (const look of along) waiting.delete(look);
  for (const look of [...due, ...along]) queue.looked.set(look, { at: now, outcome: outcomeOf(look) });
  return Promise.all(all.map((one) => saidOf(one, one.look && queue.looked.get(one.look))));
}

async function outcomeOf(look: Look): Promise<Outcome> {
  const [outcome] = await Promise.allSettled([look().catch(throwUnsent)]);
  return outcome;
}

async function saidOf({ refuse }: Overwrites, looked: Looked | undefined): Promise<Outcome> {
  const outcome = (await looked?.outcome) ?? NOTHING;
  if (outcome.status === "rejected" || refuse === undefined) return outcome;
  const refused = async () => {
    refuse(outcome.value);
    return outcome.value;
  };
  return outcomeOf(refused);
}

const NOTHING: Outcome = { status: "fulfilled", value: undefined };
