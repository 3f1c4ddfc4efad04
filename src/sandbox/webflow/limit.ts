// Requests of a minute. https://developers.webflow.com/data/reference/rate-limits
import type { Clock } from "../../lib/clock.ts";
import { type Behaviours, takes } from "./behaviours.ts";

export interface Minute {
  /** When it began, in ms since 1970 by the clock. */
  since: number;
  count: number;
  /** Requests that were refused, ever. */
  refused: number;
  /** Requests that were let through, ever. */
  passed: number;
}

export const newMinute = (): Minute => ({ since: Number.NEGATIVE_INFINITY, count: 0, refused: 0, passed: 0 });

export interface Passage {
  readonly allowed: boolean;
  readonly headers: Readonly<Record<string, string>>;
}

export function pass(minute: Minute, behaviours: Behaviours, clock: Clock): Passage {
  const now = clock.now();
  if (now - minute.since >= 60_000) Object.assign(minute, { since: now, count: 0 });
  const { perMinute, retryAfter } = behaviours;
  const isForced = takes(behaviours, "throttles");
  const allowed = !isForced && minute.count < perMinute;
  minute.count += 1;
  if (allowed) minute.passed += 1;
  else minute.refused += 1;
  const left = Math.max(0, perMinute - minute.count);
  const headers = { "x-ratelimit-limit": String(perMinute), "x-ratelimit-remaining": String(left) };
  if (allowed) return { allowed, headers };
  const over = Math.max(1, Math.ceil((minute.since + 60_000 - now) / 1000));
  const wait = isForced ? 1 : retryAfter === "window" ? over : retryAfter;
  return { allowed, headers: { ...headers, "retry-after": String(wait) } };
}
