import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openStore, type Store } from "../../src/store/db.ts";
import { createRun } from "../../src/store/runs.ts";
import { recordResult, recordSteps, stepsOf } from "../../src/store/steps.ts";
import { tempDir } from "./programs.ts";
import { run } from "./samples.ts";

let store: Store;
beforeEach(() => {
  store = openStore(tempDir());
  createRun(store, run);
});
afterEach(() => store.close());

const first = { n: 1, path: "a.md", locale: "", action: "create", step: { title: "A" } };
const second = { n: 2, path: "b.md", locale: "de", action: "update", step: { title: "B" } };

describe("the steps of a run", () => {
  it("are planned, in the plan's order, whatever order they were given in", () => {
    createRun(store, { ...run, id: "r2" });
    recordSteps(store, "r1", [second, first]);
    recordSteps(store, "r2", [first]);
    expect(stepsOf(store, "r1")).toEqual([
      { ...first, status: "planned" },
      { ...second, status: "planned" },
    ]);
    expect(stepsOf(store, "r3")).toEqual([]);
  });

  it("are recorded all or none, and of a recorded run", () => {
    expect(() => recordSteps(store, "r1", [first, second, second])).toThrow("UNIQUE");
    expect(stepsOf(store, "r1")).toEqual([]);
    expect(() => recordSteps(store, "r9", [first])).toThrow("FOREIGN KEY");
  });

  it("tell what became of them, the last that was said", () => {
    recordSteps(store, "r1", [first, second]);
    recordResult(store, "r1", 1, { status: "ok", id: "12", url: "https://example.org/a" });
    recordResult(store, "r1", 2, { status: "ok", id: "13" });
    recordResult(store, "r1", 2, { status: "failed", fault: { code: "unverified" } });
    expect(stepsOf(store, "r1")).toEqual([
      { ...first, status: "ok", id: "12", url: "https://example.org/a" },
      { ...second, status: "failed", fault: { code: "unverified" } },
    ]);
  });

  it("cannot have a result when unknown, nor one that there is not", () => {
    recordSteps(store, "r1", [first]);
    for (const [of, n] of [["r1", 2] as const, ["r2", 1] as const]) {
      expect(() => recordResult(store, of, n, { status: "ok" })).toThrow(
        expect.objectContaining({ kind: "defect" }),
      );
    }
    expect(() => recordResult(store, "r1", 1, { status: "lost" as "ok" })).toThrow("CHECK");
  });
});
