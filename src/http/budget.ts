// PURE: how many requests a site takes, as data. What is kept of it may be shared by many processes.
import { isObject } from "../lib/json.ts";
import type { Cost } from "./http.ts";
import type { Told } from "./told.ts";

/** What may be asked of a site. */
export interface Terms {
  /** Milliseconds from one start to the next at least; 0 for none. */
  readonly gapMs: number;
  /** A start that comes later than this after its time is put off again, so that two never come too close. */
  readonly lateMs: number;
  /** Units that may be spent at once, and come back; undefined where the vendor counts no such thing. */
  readonly bucket: Bucket | undefined;
  /** How long a site is left alone that wants fewer requests and does not say for how long. */
  readonly restMs: number;
  /** Undefined where `gapMs` is all that is known. */
  readonly told?: ToldRate | undefined;
}

/** A limit that the server states in its answers as requests of a window. */
export interface ToldRate {
  readonly windowMs: number;
  /** Of what is allowed so much is used: requests do not arrive as evenly as they leave. */
  readonly share: number;
  /** Requests per second at most, whatever the server says. */
  readonly perSecond: number;
}

export interface Bucket {
  readonly capacity: number;
  /** Units that come back in a second. */
  readonly perSecond: number;
}

/** What was promised and spent so far. Times in milliseconds since 1970. */
export interface Budget {
  /** No start before. */
  readonly nextStart: number;
  /** The site asked to be left alone until then. */
  readonly quietUntil: number;
  /** Raised when no promise made before holds any more: who waits on one asks again. */
  readonly epoch: number;
  /** Units in the bucket at `at`; below zero where more are promised than are there. */
  readonly tokens: number;
  readonly at: number;
  /** Units promised to requests that have not begun. */
  readonly promised: number;
  /** Units of all requests that began, ever. */
  readonly spent: number;
  /** Of them, those of requests that ended. */
  readonly ended: number;
  /** The bucket as the server described it. */
  readonly bucket?: Bucket;
  /** Requests that a window takes, as the server said. */
  readonly limit?: number;
  /** What requests of each kind weighed, as the server said: who sets out later need not guess. */
  readonly weights?: Readonly<Record<string, number>>;
}

/** One request's place in the budget. */
export interface Ticket {
  readonly cost: number;
  /** Of which the answer will say the weight. */
  readonly kind?: string | undefined;
  /** In milliseconds since 1970. */
  readonly startAt: number;
  readonly epoch: number;
  /** `ended` of the budget when the request began: what the server surely knew when it answered. */
  readonly endedBefore: number;
}

/** No server is left alone for longer because of one answer, whatever that says. */
export const LONGEST_QUIET_MS = 3_600_000;
/** Kinds of requests whose weights are kept. */
const MOST_KINDS = 100;
/** Longer than any request takes: what has not ended by then belonged to a process that is gone. */
const IDLE_MS = 360_000;
/** A clock that went back further than this was set anew; what was reckoned in it is void. */
const CLOCK_STEP_MS = 1000;

/** Of a site of which nothing is known: one unit, and no more, because somebody may just have spent the others. */
export function freshBudget(now: number): Budget {
  return { nextStart: 0, quietUntil: 0, epoch: 0, tokens: 1, at: now, promised: 0, spent: 0, ended: 0 };
}

/** A budget that was kept; undefined for what is none. */
export function budgetOf(kept: unknown): Budget | undefined {
  if (!isObject(kept)) return undefined;
  const isWhole = Object.keys(freshBudget(0)).every((name) => Number.isFinite(kept[name]));
  return isWhole ? (kept as unknown as Budget) : undefined;
}

/** Promises a start, in the future where need be: who asks first is served first. */
export function reserve(
  budget: Budget,
  terms: Terms,
  now: number,
  cost: Cost | undefined,
): { readonly budget: Budget; readonly ticket: Ticket } {
  const known = brought(budget, terms, now);
  const bucket = bucketOf(known, terms);
  const paid = bucket === undefined ? 0 : Math.min(weightOf(known, cost), bucket.capacity);
  const inBucketAt =
    bucket === undefined ? 0 : known.at + (Math.max(0, paid - known.tokens) / bucket.perSecond) * 1000;
  const startAt = Math.max(now, known.quietUntil, known.nextStart, inBucketAt);
  return {
    budget: {
      ...known,
      nextStart: startAt + gapOf(known, terms),
      tokens: known.tokens - paid,
      promised: known.promised + paid,
    },
    ticket: { cost: paid, kind: cost?.kind, startAt, epoch: known.epoch, endedBefore: known.ended },
  };
}

function weightOf({ weights }: Budget, cost: Cost | undefined): number {
  return cost === undefined ? 1 : (weights?.[cost.kind] ?? cost.about);
}

/** The promise is kept; undefined when it holds no more and another one must be asked for. */
export function begun(
  budget: Budget,
  terms: Terms,
  ticket: Ticket,
  now: number,
): { readonly budget: Budget; readonly ticket: Ticket } | undefined {
  if (ticket.epoch !== budget.epoch || now - ticket.startAt > terms.lateMs) return undefined;
  if (ticket.cost === 0) return { budget, ticket };
  const promised = Math.max(0, budget.promised - ticket.cost);
  return {
    budget: { ...budget, promised, spent: budget.spent + ticket.cost },
    ticket: { ...ticket, endedBefore: budget.ended },
  };
}

/** After an answer, or none (`told` undefined). The same object where nothing about the budget changes. */
export function corrected(
  budget: Budget,
  terms: Terms,
  ticket: Ticket,
  told: Told | undefined,
  now: number,
): Budget {
  const counted =
    ticket.cost === 0 ? budget : { ...budget, ended: Math.min(budget.spent, budget.ended + ticket.cost) };
  const limited = limitedAs(weighedAs(counted, ticket, told), terms, told);
  const filled = told?.left === undefined ? limited : filledAs(limited, terms, ticket, told, told.left, now);
  const quietMs = quietAfter(told, terms);
  return quietMs === undefined ? filled : quieted(filled, now + quietMs, now);
}

function weighedAs(budget: Budget, { cost, kind }: Ticket, told: Told | undefined): Budget {
  if (cost === 0 || kind === undefined || told?.cost === undefined) return budget;
  const { [kind]: before, ...others } = budget.weights ?? {};
  if (before === told.cost) return budget;
  const kept = [...Object.entries(others).slice(1 - MOST_KINDS), [kind, told.cost] as const];
  return { ...budget, weights: Object.fromEntries(kept) };
}

/** A limit that somebody else's answer names, of a proxy perhaps, is no reason to stand still, or to rush. */
const LEAST_LIMIT = 10;
const MOST_LIMIT = 10_000;

function limitedAs(budget: Budget, terms: Terms, told: Told | undefined): Budget {
  const limit = terms.told === undefined ? undefined : told?.limit;
  if (limit === undefined || limit === budget.limit) return budget;
  return limit < LEAST_LIMIT || limit > MOST_LIMIT ? budget : { ...budget, limit };
}

/** From one start to the next. */
function gapOf({ limit }: Budget, { gapMs, told }: Terms): number {
  if (told === undefined || limit === undefined) return gapMs;
  return Math.max(told.windowMs / (limit * told.share), 1000 / told.perSecond);
}

/** Share of what is allowed that is in use, 0 to 1; undefined where no limit is known. */
export function usedOf(budget: Budget, terms: Terms, now: number): number | undefined {
  const bucket = bucketOf(budget, terms);
  if (bucket !== undefined) {
    const { tokens } = brought(budget, terms, now);
    return Math.min(1, Math.max(0, 1 - tokens / bucket.capacity));
  }
  if (terms.gapMs === 0) return undefined;
  return Math.min(1, Math.max(0, (budget.nextStart - now) / gapOf(budget, terms)));
}

function bucketOf(budget: Budget, terms: Terms): Bucket | undefined {
  return terms.bucket === undefined ? undefined : (budget.bucket ?? terms.bucket);
}

/** The budget at `now`: filled up, and put right where the clock went back or who held a part of it is gone. */
function brought(budget: Budget, terms: Terms, now: number): Budget {
  const quietUntil = budget.quietUntil - now > LONGEST_QUIET_MS ? now : budget.quietUntil;
  if (budget.at - Math.max(now, quietUntil) > CLOCK_STEP_MS) {
    const anew = {
      nextStart: now + gapOf(budget, terms),
      tokens: 0,
      at: now,
      promised: 0,
      epoch: budget.epoch + 1,
    };
    return { ...budget, ...anew, quietUntil };
  }
  const bucket = bucketOf(budget, terms);
  const elapsedMs = Math.max(0, now - budget.at);
  if (bucket === undefined) return { ...budget, quietUntil, at: Math.max(now, budget.at) };
  const tokens = Math.min(bucket.capacity, budget.tokens + (elapsedMs / 1000) * bucket.perSecond);
  const gone = elapsedMs > IDLE_MS ? { promised: 0, ended: budget.spent } : {};
  return { ...budget, ...gone, quietUntil, tokens, at: Math.max(now, budget.at) };
}

/**
 * What the server says is left, less all it may not have counted yet: what began and had not ended when this request
 * began. So an answer that was long under way promises nothing twice.
 */
function filledAs(
  budget: Budget,
  terms: Terms,
  ticket: Ticket,
  told: Told,
  left: number,
  now: number,
): Budget {
  const stated = bucketOf(budget, terms);
  if (stated === undefined) return budget;
  const bucket = {
    capacity: told.limit ?? stated.capacity,
    perSecond: told.perSecond ?? stated.perSecond,
  };
  const uncounted = Math.max(0, budget.spent - ticket.endedBefore - ticket.cost);
  const free = Math.min(bucket.capacity, left - uncounted);
  const known = brought({ ...budget, bucket }, terms, now);
  const tokens = free - known.promised;
  const tolerance = Math.max(1, bucket.capacity / 100);
  if (known.promised === 0 || Math.abs(tokens - known.tokens) <= tolerance) return { ...known, tokens };
  const nextStart = Math.min(known.nextStart, now + terms.gapMs);
  return { ...known, nextStart, tokens: free, promised: 0, epoch: known.epoch + 1 };
}

/** Without a bucket of ours, an empty one of the server's is waited for, and not long where it names no time. */
function quietAfter(told: Told | undefined, terms: Terms): number | undefined {
  if (told === undefined) return undefined;
  if (told.askedMs !== undefined) return told.askedMs;
  if (told.throttled) return terms.restMs;
  if (told.left === undefined || told.left >= 1 || terms.bucket !== undefined) return undefined;
  return told.resetMs ?? (terms.gapMs > 0 ? terms.gapMs * 3 : undefined);
}

function quieted(budget: Budget, until: number, now: number): Budget {
  const quietUntil = Math.min(until, now + LONGEST_QUIET_MS);
  if (quietUntil <= Math.max(now, budget.quietUntil)) return budget;
  return {
    ...budget,
    quietUntil,
    nextStart: quietUntil,
    tokens: Math.min(1, budget.tokens + budget.promised),
    at: quietUntil,
    promised: 0,
    epoch: budget.epoch + 1,
  };
}
