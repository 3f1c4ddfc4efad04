import { join } from "node:path";
import type { Clock } from "../../lib/clock.ts";
import { Fault } from "../../lib/fault.ts";
import { tryExclusive } from "../../store/exclusive.ts";

/** About half a minute at the longest wait below. */
const ATTEMPTS = 1000;
const LONGEST_WAIT_MS = 32;

/**
 * Runs `work`, which must not wait for anything, while no other process writes to the site. The lock is the operating
 * system's own, held by way of an empty SQLite file: when its owner is killed it is free, whatever the owner left.
 * Throws `locked` when the site stays busy.
 */
export async function whileLocked<T>(directory: string, clock: Clock, work: () => T): Promise<T> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const release = tryLock(join(directory, ".lock"));
    if (release === undefined) {
      await clock.sleep(Math.min(2 ** attempt, LONGEST_WAIT_MS));
      continue;
    }
    try {
      return work();
    } finally {
      release();
    }
  }
  throw new Fault("locked", `another process keeps the site in ${directory} busy`, {
    hint: "Wait for it to end, then run the command again.",
  });
}

function tryLock(path: string): (() => void) | undefined {
  try {
    return tryExclusive(path);
  } catch (thrown) {
    throw new Fault("unavailable", `the site's lock ${path} cannot be taken: ${String(thrown)}`, {
      code: "local.lock",
      hint: "The directory of the site must exist and be writable.",
      cause: thrown,
    });
  }
}
