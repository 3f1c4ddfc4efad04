import type { Clock } from "../lib/clock.ts";

const EVERY_MS = 10_000;

/** Calls `beat` whenever ten seconds went by without a `touch`. Keeps no process alive. */
export function startHeartbeat(
  clock: Clock,
  beat: (silentMs: number) => void,
): { readonly touch: () => void; readonly stop: () => void } {
  let touched = clock.now();
  let beaten = touched;
  const timer = setInterval(() => {
    const now = clock.now();
    if (now - beaten < EVERY_MS) return;
    beaten = now;
    beat(now - touched);
  }, 1000);
  timer.unref();
  return {
    touch: () => {
      touched = clock.now();
      beaten = touched;
    },
    stop: () => clearInterval(timer),
  };
}
