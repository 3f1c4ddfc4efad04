import type { Clock } from "../lib/clock.ts";
import { Fault } from "../lib/fault.ts";

export interface Rate {
  /** Requests per second over a longer time; Infinity for no limit. */
  readonly perSecond: number;
  /** Requests at one time. */
  readonly concurrency: number;
}

/** Who may send when. What stands behind it may be one process's own budget or one shared by many. */
export interface Pacer {
  /**
   * Resolves when a request may start, with the function to call when it has ended. An aborted signal ends a wait
   * that the server asked for with an `interrupted` fault; it does not hold up a turn that is due anyway.
   */
  enter(signal: AbortSignal | undefined): Promise<() => void>;
  /** The server asked to be left alone for so many milliseconds: nothing starts before. */
  holdOff(ms: number): void;
}

/**
 * A budget for this process: a token bucket that starts with one token and never holds more, so that no window of one
 * second sees more than the rate, and a gate for the number of requests at one time.
 */
export function createPacer(rate: Rate, clock: Clock): Pacer {
  const gapMs = rate.perSecond === Number.POSITIVE_INFINITY ? 0 : 1000 / rate.perSecond;
  const waiting: (() => void)[] = [];
  let active = 0;
  let nextStart = 0;
  let quietUntil = 0;

  const takeSlot = async (): Promise<void> => {
    if (active < rate.concurrency) active += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
  };
  /** The slot goes to who waits longest, without ever being free in between. */
  const giveSlot = (): void => {
    const next = waiting.shift();
    if (next === undefined) active -= 1;
    else next();
  };
  const waitOutQuiet = async (signal: AbortSignal | undefined): Promise<void> => {
    for (let left = quietUntil - clock.now(); left > 0; left = quietUntil - clock.now()) {
      await sleepOrStop(clock, left, signal);
    }
  };
  const waitForToken = async (): Promise<void> => {
    const now = clock.now();
    const start = Math.max(now, nextStart);
    nextStart = start + gapMs;
    if (start > now) await clock.sleep(Math.ceil(start - now));
  };

  return {
    async enter(signal) {
      await takeSlot();
      try {
        await waitOutQuiet(signal);
        await waitForToken();
      } catch (thrown) {
        giveSlot();
        throw thrown;
      }
      return giveSlot;
    },
    holdOff(ms) {
      quietUntil = Math.max(quietUntil, clock.now() + ms);
    },
  };
}

/** Sleeps; an abort becomes an `interrupted` fault, because nothing had been sent yet that could be lost. */
export async function sleepOrStop(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await clock.sleep(ms, signal);
  } catch (thrown) {
    if (signal?.aborted === true) throw new Fault("interrupted", "Interrupted while waiting for the site.");
    throw thrown;
  }
}
