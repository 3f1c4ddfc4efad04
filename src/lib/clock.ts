import { setTimeout as delay } from "node:timers/promises";

export interface Clock {
  /** Milliseconds since 1970, UTC. */
  now(): number;
  /** Rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, signal === undefined ? {} : { signal });
  },
};

/** The same clock; a wait that may be broken off and would pass `end` (ms since 1970) ends at once, with that fault. */
export function clockUntil(clock: Clock, end: number, fault: Error): Clock {
  return {
    now: () => clock.now(),
    sleep: (ms, signal) => {
      const passes = signal !== undefined && clock.now() + ms > end;
      return passes ? Promise.reject(fault) : clock.sleep(ms, signal);
    },
  };
}
