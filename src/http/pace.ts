import type { Clock } from "../lib/clock.ts";
import { Fault, isFault } from "../lib/fault.ts";
import { observed, type Range, startAdapt } from "./adapt.ts";
import {
  type Bucket,
  type Budget,
  begun,
  corrected,
  freshBudget,
  reserve,
  type Terms,
  type Ticket,
  type ToldRate,
  usedOf,
} from "./budget.ts";
import type { Cost } from "./http.ts";
import { RETRY_RULES } from "./retry.ts";
import type { Told } from "./told.ts";
import type { Meter } from "./traffic.ts";

/** How fast a connection may be asked. */
export interface Rate {
  /** Requests per second, evenly spread; Infinity for no limit. */
  readonly perSecond: number;
  /** How much later than its turn a request may begin, in milliseconds; any time where absent. */
  readonly lateMs?: number;
  /** Where answers say how many requests the vendor takes in a window. */
  readonly told?: ToldRate;
  /** Units that may be spent at once, and come back. */
  readonly bucket?: Bucket;
  /** Requests at one time; a range where what does good is found out. */
  readonly concurrency: number | Range;
  /** After each request, nothing is sent for as long as it took. */
  readonly resting?: boolean;
}

/** Where the state of a budget is kept: in one process, or where several processes share it. */
export interface Ledger {
  look(): Budget;
  /** Reads, and keeps what `work` makes of it, with nobody else in between. */
  change<T>(work: (budget: Budget) => { readonly budget: Budget; readonly result: T }): T;
}

/** How a request ended. */
export interface Outcome {
  readonly told?: Told | undefined;
  /** No answer, or one that the site would not give if it were well. */
  readonly trouble: boolean;
}

/** To be called when a request has ended; the second call does nothing. */
export type Leave = (outcome?: Outcome) => void;

/** Who may send when. */
export interface Pacer {
  /**
   * Resolves when a request may start, with the function to call when it has ended. An aborted signal ends a wait
   * that the server asked for, or a long one, with an `interrupted` fault; it does not hold up a turn that is due
   * anyway. Throws `rate-limited` when the server asked to be left alone for longer than anybody waits.
   */
  enter(signal: AbortSignal | undefined, cost?: Cost): Promise<Leave>;
  /** Requests at one time that are allowed now, and the share of the limit that is in use, where there is one. */
  standing(): { readonly concurrency: number; readonly used: number | undefined };
}

export interface PacerParts {
  readonly ledger?: Ledger;
  readonly meter?: Meter;
  /** A server that asks for more is not waited for. */
  readonly patienceMs?: number;
  /** How long a site is left alone that wants fewer requests and does not say for how long. */
  readonly restMs?: number;
}

/** A turn that is further away is not waited for once the run is to end. */
const LONG_TURN_MS = 5000;
const SHORTEST_REST_MS = 100;
const LONGEST_REST_MS = 5000;

export function createPacer(rate: Rate, clock: Clock, parts: PacerParts = {}): Pacer {
  const terms: Terms = {
    gapMs: rate.perSecond === Number.POSITIVE_INFINITY ? 0 : 1000 / rate.perSecond,
    lateMs: rate.lateMs ?? Number.POSITIVE_INFINITY,
    told: rate.told,
    bucket: rate.bucket,
    restMs: parts.restMs ?? 1000,
  };
  const ledger = parts.ledger ?? memoryLedger(clock);
  const gate = createGate(rate.concurrency);
  const turns = createTurns(terms, ledger, clock, parts);
  let restUntil = 0;

  return {
    async enter(signal, cost) {
      await gate.take();
      let ticket: Ticket;
      try {
        const rest = restUntil - clock.now();
        if (rest > 0) await clock.sleep(Math.ceil(rest));
        ticket = await turns.take(signal, cost);
      } catch (thrown) {
        gate.give();
        throw thrown;
      }
      const started = clock.now();
      let left = false;
      return (outcome = { trouble: false }) => {
        if (left) return;
        left = true;
        const now = clock.now();
        const ms = now - started;
        if (rate.resting === true)
          restUntil = now + Math.min(LONGEST_REST_MS, Math.max(SHORTEST_REST_MS, ms));
        turns.end(ticket, outcome.told);
        gate.ended({ at: now, ms, trouble: outcome.trouble });
      };
    },
    standing: () => ({ concurrency: gate.allowed(), used: usedOf(ledger.look(), terms, clock.now()) }),
  };
}

/** For one process. */
export function memoryLedger(clock: Clock): Ledger {
  let kept: Budget | undefined;
  const look = (): Budget => {
    kept ??= freshBudget(clock.now());
    return kept;
  };
  return {
    look,
    change: (work) => {
      const { budget, result } = work(look());
      kept = budget;
      return result;
    },
  };
}

interface Gate {
  take(): Promise<void>;
  /** The place goes to who waits longest, without ever being free in between. */
  give(): void;
  ended(how: { readonly at: number; readonly ms: number; readonly trouble: boolean }): void;
  allowed(): number;
}

function createGate(concurrency: number | Range): Gate {
  const isFixed = typeof concurrency === "number";
  let adapt = startAdapt(isFixed ? { from: concurrency, most: concurrency } : concurrency);
  const waiting: (() => void)[] = [];
  let active = 0;
  const admit = (): void => {
    while (active < adapt.allowed) {
      const next = waiting.shift();
      if (next === undefined) return;
      active += 1;
      next();
    }
  };
  const give = (): void => {
    active -= 1;
    admit();
  };
  return {
    take: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        admit();
      }),
    give,
    ended: (how) => {
      if (!isFixed) adapt = observed(adapt, { ...how, busy: waiting.length > 0 });
      give();
    },
    allowed: () => adapt.allowed,
  };
}

interface Turns {
  take(signal: AbortSignal | undefined, cost: Cost | undefined): Promise<Ticket>;
  end(ticket: Ticket, told: Told | undefined): void;
}

function createTurns(terms: Terms, ledger: Ledger, clock: Clock, parts: PacerParts): Turns {
  const { meter, patienceMs = RETRY_RULES.patienceMs } = parts;
  const isFree = terms.gapMs === 0 && terms.bucket === undefined;
  let wake: () => void = () => {};
  let woken = new Promise<void>((resolve) => {
    wake = resolve;
  });

  const promise = (cost: Cost | undefined): Ticket =>
    ledger.change((budget) => {
      const { budget: changed, ticket } = reserve(budget, terms, clock.now(), cost);
      return { budget: changed, result: ticket };
    });
  /** Without a limit nothing is promised, and nothing written. */
  const ask = (cost: Cost | undefined): Ticket => {
    if (!isFree) return promise(cost);
    const { quietUntil, epoch } = ledger.look();
    return { cost: 0, startAt: Math.max(quietUntil, clock.now()), epoch, endedBefore: 0 };
  };
  const keep = (ticket: Ticket): Ticket | undefined => {
    if (isFree) return ledger.look().epoch === ticket.epoch ? ticket : undefined;
    if (ticket.cost === 0) return begun(ledger.look(), terms, ticket, clock.now())?.ticket;
    return ledger.change((budget) => {
      const kept = begun(budget, terms, ticket, clock.now());
      return { budget: kept?.budget ?? budget, result: kept?.ticket };
    });
  };
  const waitFor = async (ticket: Ticket, signal: AbortSignal | undefined): Promise<void> => {
    if (ticket.startAt <= clock.now()) return;
    const { quietUntil } = ledger.look();
    const isQuiet = quietUntil > clock.now();
    if (isQuiet) refuseLongQuiet(quietUntil, clock.now(), patienceMs);
    const over = meter?.waits({ why: isQuiet ? ASKED : LIMIT, until: ticket.startAt });
    const ms = Math.ceil(ticket.startAt - clock.now());
    const enough = new AbortController();
    const mayEnd = isQuiet || ms > LONG_TURN_MS;
    const ends = mayEnd && signal !== undefined ? AbortSignal.any([enough.signal, signal]) : undefined;
    try {
      await Promise.race([sleepOrStop(clock, ms, ends), woken]);
    } finally {
      enough.abort();
      over?.();
    }
  };

  return {
    async take(signal, cost) {
      for (;;) {
        const ticket = ask(cost);
        await waitFor(ticket, signal);
        const kept = keep(ticket);
        if (kept !== undefined) return kept;
      }
    },
    end(ticket, told) {
      const seen = ledger.look();
      if (corrected(seen, terms, ticket, told, clock.now()) === seen) return;
      const moved = ledger.change((budget) => {
        const changed = corrected(budget, terms, ticket, told, clock.now());
        return { budget: changed, result: changed.epoch !== budget.epoch };
      });
      if (!moved) return;
      wake();
      woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
    },
  };
}

const ASKED = "the site asked to be left alone";
const LIMIT = "rate limit";

function refuseLongQuiet(until: number, now: number, patienceMs: number): void {
  const ms = until - now;
  if (ms <= patienceMs) return;
  throw new Fault(
    "rate-limited",
    `The site asked to be left alone until ${new Date(until).toISOString()}; nothing was sent.`,
    { code: "rate-limited", retryAfterMs: ms, hint: "Run the same command again after that." },
  );
}

/**
 * Sleeps; an abort becomes an `interrupted` fault, or the fault that is its reason: nothing had been sent yet that
 * could be lost.
 */
export async function sleepOrStop(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await clock.sleep(ms, signal);
  } catch (thrown) {
    if (isFault(signal?.reason)) throw signal.reason;
    if (signal?.aborted === true) throw new Fault("interrupted", "Interrupted while waiting for the site.");
    throw thrown;
  }
}
