import type { Clock } from "../../lib/clock.ts";

/** False when a name has had its share; it comes back evenly. */
export type Limiter = (name: string) => boolean;

/** `perMinute` of each name over a longer time, `burst` at once. Names are the caller's to bound. */
export function createLimiter(clock: Clock, perMinute: number, burst: number): Limiter {
  const left = new Map<string, { readonly tokens: number; readonly at: number }>();
  return (name) => {
    const now = clock.now();
    const before = left.get(name) ?? { tokens: burst, at: now };
    const gained = (Math.max(0, now - before.at) * perMinute) / 60_000;
    const tokens = Math.min(burst, before.tokens + gained);
    left.set(name, { tokens: Math.max(0, tokens - 1), at: now });
    return tokens >= 1;
  };
}
