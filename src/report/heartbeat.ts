import type { Clock } from "../lib/clock.ts";

const LOOK_EVERY_MS = 500;
/** Looked at so often, that is never more than ten seconds. */
const SILENT_MS = 9_500;

/** Calls `beat` before ten seconds went by since the last `touch` or beat. Keeps no process alive. */
export function startHeartbeat(
  clock: Clock,
  beat: () => void,
): { readonly touch: () => void; readonly stop: () => void } {
  let touched = clock.now();
  const timer = setInterval(() => {
    const now = clock.now();
    if (now - touched < SILENT_MS) return;
    touched = now;
    beat();
  }, LOOK_EVERY_MS);
  timer.unref();
  return {
    touch: () => {
      touched = clock.now();
    },
    stop: () => clearInterval(timer),
  };
}
