import type { Clock } from "../../lib/clock.ts";

/** Pauses between looks, in ms: about 10 s in all, the time a request in flight may still need to land. */
const PAUSES = [0, 300, 700, 1500, 2500, 5000];

/** Looks until there is something to see; undefined when the time is up. */
export async function waitFor<T>(clock: Clock, look: () => Promise<T | undefined>): Promise<T | undefined> {
  for (const pause of PAUSES) {
    if (pause > 0) await clock.sleep(pause);
    const found = await look();
    if (found !== undefined) return found;
  }
  return undefined;
}
