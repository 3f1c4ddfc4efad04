import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Scratch, scratchServer } from "../../../src/tasks/database/server.ts";
import type { Group } from "../../../src/tasks/prove/prove-api.ts";
import { failuresOf, type Made, madeFrom, onTrial, removed } from "./made.ts";
import { EVERYTHING, GRAPHQL, SMALL } from "./tasks.ts";

describe("a service as it was made", { timeout: 180_000 }, () => {
  let scratch: Scratch;
  let everything: Made;
  beforeAll(async () => {
    scratch = await scratchServer("postgresql", { env: process.env });
    everything = await madeFrom(EVERYTHING);
  });
  afterAll(async () => {
    await scratch.close();
    await removed(everything);
  });

  const passes = async (...groups: readonly Group[]) => {
    const results = await onTrial(everything, scratch, groups);
    expect(failuresOf(results)).toEqual([]);
    return results;
  };

  // Side by side, each with a database of its own: much of the time goes to waiting.
  describe.concurrent("passes the probes of", () => {
    test("settings", async () => {
      expect((await passes("configuration")).length).toBeGreaterThan(12);
    });
    test("input, tables and health", async () => {
      expect((await passes("health", "input", "tables")).length).toBeGreaterThan(150);
    });
    test("access", async () => {
      expect((await passes("access")).length).toBeGreaterThan(50);
    });
    test("limits", async () => {
      expect((await passes("limits")).length).toBe(4);
    });
    test("delivery", async () => {
      expect((await passes("delivery")).length).toBeGreaterThan(14);
    });
    test("the description, and bodies by chance", async () => {
      expect((await passes("description")).length).toBeGreaterThan(15);
    });
  });

  test("passes those of an outage and of its end", async () => {
    expect((await passes("outage")).length).toBe(5);
  });
});

describe("on MySQL", { timeout: 120_000 }, () => {
  let scratch: Scratch;
  beforeAll(async () => {
    scratch = await scratchServer("mysql", { env: process.env });
  });
  afterAll(() => scratch.close());

  test("GraphQL passes", async () => {
    const groups = ["health", "tables", "limits", "description"] as const;
    const results = await onTrial(await madeFrom(GRAPHQL), scratch, groups);
    expect(failuresOf(results)).toEqual([]);
    expect(results.length).toBeGreaterThan(15);
  });

  test("a form passes the probes of an outage", async () => {
    const form = { ...SMALL.contact, database_config: GRAPHQL.database_config };
    const results = await onTrial(await madeFrom(form), scratch, ["outage"]);
    expect(failuresOf(results)).toEqual([]);
    expect(results.length).toBe(5);
  });
});
