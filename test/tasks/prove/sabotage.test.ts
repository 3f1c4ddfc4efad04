// The prober on trial: a made service that is spoiled in one place has to turn the probe that is meant for it red.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Scratch, scratchServer } from "../../../src/tasks/database/server.ts";
import { failuresOf, type Made, madeFrom, onTrial, removed, spoiled } from "./made.ts";
import { OUTAGES, SABOTAGES, type Spoiling } from "./sabotages.ts";
import { SMALL, type Small } from "./tasks.ts";

describe("a made service in which", { timeout: 120_000 }, () => {
  let scratch: Scratch;
  const made = new Map<Small, Made>();
  beforeAll(async () => {
    scratch = await scratchServer("postgresql", { env: process.env });
    for (const name of Object.keys(SMALL) as Small[]) made.set(name, await madeFrom(SMALL[name]));
  });
  afterAll(async () => {
    await scratch.close();
    await Promise.all([...made.values()].map(removed));
  });

  const turnsRed = async ({ of, only, red, ...change }: Spoiling) => {
    const whole = made.get(of);
    if (whole === undefined) throw new Error(`${of} was not made`);
    const copy = await spoiled(whole, change);
    const failures = failuresOf(await onTrial(copy, scratch, [only]).finally(() => removed(copy)));
    expect(failures.filter((words) => red.test(words)).length, failures.join("\n")).toBeGreaterThan(0);
  };

  describe.concurrent("turned red:", () => {
    test.each(Object.entries(SABOTAGES))("%s", async (_what, spoiling) => turnsRed(spoiling));
  });

  describe("turned red, one at a time:", () => {
    test.each(Object.entries(OUTAGES))("%s", async (_what, spoiling) => turnsRed(spoiling));
  });
});
