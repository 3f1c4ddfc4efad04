import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { removeTempDirs } from "../commands/bench.ts";
import { groundSequence } from "./ground-acts.ts";
import { playGround } from "./ground-play.ts";
import type { Tally } from "./play.ts";

const RUNS = Number(process.env.AINSTEIN_MODEL_REAL_RUNS ?? 200);
const MINUTES = Number(process.env.AINSTEIN_MODEL_MINUTES ?? 5);
const SEED = Number(process.env.AINSTEIN_MODEL_SEED ?? 2016);

describe("real files, a real database and a site, whatever happens to them", () => {
  afterAll(removeTempDirs);

  it(
    "lose nothing, hold nothing twice, and come to rest",
    async () => {
      const tally: Tally = new Map();
      const property = fc.asyncProperty(groundSequence, async (acts) => {
        await playGround(acts, tally);
        removeTempDirs();
      });
      const limit = { interruptAfterTimeLimit: MINUTES * 60_000, markInterruptAsFailure: false };
      await fc.assert(property, { numRuns: RUNS, seed: SEED, ...limit });
      process.stdout.write(`model on disk: ${tally.get("sequence")} sequences, seed ${SEED}\n`);
      const wanted = ["create", "update", "pull", "conflict", "crash"];
      expect(RUNS < 100 ? [] : wanted.filter((name) => !tally.has(name))).toEqual([]);
    },
    (MINUTES + 5) * 60_000,
  );
});
