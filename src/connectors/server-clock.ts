import type { Clock } from "../lib/clock.ts";

/** The site's clock, as the times in its answers show it. */
export interface ServerClock {
  /** To be told each answer's time, in ms since 1970; undefined where it had none. */
  listen(serverTime: number | undefined): void;
  /** The site's time, in ms since 1970. */
  now(): number;
  /** How far this machine's clock is ahead of the site's, in ms; 0 unless the last answer tells of a difference. */
  ahead(): number;
}

/** A slow answer is not a wrong clock. */
const SAME_TIME_MS = 30_000;

export function createServerClock(clock: Clock): ServerClock {
  let difference = 0;
  const ahead = () => (Math.abs(difference) > SAME_TIME_MS ? difference : 0);
  return {
    listen(serverTime) {
      if (serverTime !== undefined) difference = clock.now() - serverTime;
    },
    ahead,
    now: () => clock.now() - ahead(),
  };
}
