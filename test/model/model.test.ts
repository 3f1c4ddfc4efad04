import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sequence } from "./acts.ts";
import { play, type Tally } from "./play.ts";

/** How long it plays: sequences at most, and minutes; the soak gives more of both. */
const RUNS = Number(process.env.AINSTEIN_MODEL_RUNS ?? 10_000);
const MINUTES = Number(process.env.AINSTEIN_MODEL_MINUTES ?? 5);
const SEED = Number(process.env.AINSTEIN_MODEL_SEED ?? 2016);

/** Without these a sequence proves little. */
const EVERYTHING = ["create", "update", "merge", "publish", "unpublish", "pull", "adopt", "rename", "delete"];
const AND_THESE = ["relink", "conflict", "skip", "crash", "update refused", "pull refused", "merge refused"];

describe("a directory and a site, whatever happens to them", () => {
  it(
    "lose nothing, hold nothing twice, and come to rest",
    async () => {
      const tally: Tally = new Map();
      let played = 0;
      const property = fc.asyncProperty(sequence, async (acts) => {
        await play(acts, tally);
        played += 1;
      });
      const limit = { interruptAfterTimeLimit: MINUTES * 60_000, markInterruptAsFailure: false };
      await fc.assert(property, { numRuns: RUNS, seed: SEED, ...limit });
      process.stdout.write(`model: ${played} sequences, seed ${SEED}\n`);
      expect(played).toBeGreaterThanOrEqual(Number(process.env.AINSTEIN_MODEL_LEAST ?? 0));
      const missed = [...EVERYTHING, ...AND_THESE].filter((name) => !tally.has(name));
      expect(RUNS < 5_000 ? [] : missed).toEqual([]);
    },
    (MINUTES + 5) * 60_000,
  );
});
