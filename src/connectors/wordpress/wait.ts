import type { Clock } from "../../lib/clock.ts";

/** Pauses between looks, in ms: about 10 s in all, the time a request in flight may still need to land. */
const PAUSES = [0, 300, 700, 1500, 2500, 5000];

/** When something that was waited for was last seen to arrive, in ms since 1970. */
export interface Arrivals {
  at: number;
}

/** PHP does the writes of a batch one after the other, each in less than this. */
const BETWEEN_MS = 10_000;

/**
 * Looks until there is something to see; undefined when the time is up. As long as others arrive that are waited for at
 * the same time, this one may still be to come: it was sent together with them.
 */
export async function waitFor<T>(
  clock: Clock,
  arrivals: Arrivals,
  look: (isFirst: boolean) => Promise<T | undefined>,
): Promise<T | undefined> {
  let late = false;
  const seen = async (pause: number): Promise<T | undefined> => {
    if (pause > 0) await clock.sleep(pause);
    const found = await look(!late);
    if (found !== undefined && late) arrivals.at = clock.now();
    late = true;
    return found;
  };
  for (const pause of PAUSES) {
    const found = await seen(pause);
    if (found !== undefined) return found;
  }
  while (clock.now() - arrivals.at < BETWEEN_MS) {
    const found = await seen(BETWEEN_MS / 4);
    if (found !== undefined) return found;
  }
  return undefined;
}
