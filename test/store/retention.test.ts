import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Clock } from "../../src/lib/clock.ts";
import { conflictHistory, openConflict, settleConflict } from "../../src/store/conflicts.ts";
import { openStore, type Store } from "../../src/store/db.ts";
import { intend, pending, receipts, settle } from "../../src/store/journal.ts";
import { enqueue, giveBack, listQueue } from "../../src/store/queue.ts";
import { lastPruned, prune } from "../../src/store/retention.ts";
import { createRun, finishRun, listRuns } from "../../src/store/runs.ts";
import { recordSteps, stepsOf } from "../../src/store/steps.ts";
import { keepVersion, type NewVersion } from "../../src/store/versions.ts";
import { tempDir } from "./programs.ts";
import { samples } from "./queue-samples.ts";
import { conflict, intent, run, version } from "./samples.ts";

let store: Store;
beforeEach(() => {
  store = openStore(tempDir());
});
afterEach(() => store.close());

const LIMIT = "2026-06-01T00:00:00.000Z";
const BEFORE = "2026-05-31T23:59:59.999Z";
const NEVER = "";
const clock: Clock = { now: () => Date.UTC(2026, 11, 24), sleep: () => Promise.resolve() };

/** Keeps one version per text, an upper-case one without its text; all of them old. Returns their numbers. */
function keep(says: string, more: Partial<NewVersion> = {}): readonly number[] {
  return [...says].map((each) => {
    const blind = each === each.toUpperCase() ? { sealed: undefined } : {};
    return keepVersion(store, version(each, { at: BEFORE, ...blind, ...more }));
  });
}

function kept(): readonly unknown[] {
  return store.all("SELECT seq FROM versions ORDER BY seq").map(({ seq }) => seq);
}

function pruneTexts(): number {
  return prune(store, { textsBefore: LIMIT, auditBefore: NEVER }).texts;
}

function pruneAudit(): number {
  return prune(store, { textsBefore: NEVER, auditBefore: LIMIT }).runs;
}

describe("old texts", () => {
  it("go, and what stood there at the limit's time and since stays, however old it was then", () => {
    const [, , atLimit] = keep("ab").concat(keep("c", { at: "2020-01-01T00:00:00.000Z" }));
    const young = [...keep("d", { at: LIMIT }), ...keep("e", { at: "2026-07-01T00:00:00.000Z" })];
    expect(pruneTexts()).toBe(2);
    expect(kept()).toEqual([atLimit, ...young]);
    expect(pruneTexts()).toBe(0);
  });

  it("stay where they are the newest of their entry and side", () => {
    const newest = [
      keep("ab")[1],
      keep("ab", { id: "2" })[1],
      keep("ab", { locale: "de" })[1],
      keep("ab", { site: "other" })[1],
      keep("ab", { rootId: "other" })[1],
      keep("ab", { side: "file", event: "read" })[1],
      keep("ab", { side: "file", event: "read", id: "" })[1],
      keep("ab", { side: "file", event: "read", id: "", path: "b.md" })[1],
    ];
    expect(pruneTexts()).toBe(newest.length);
    expect(kept()).toEqual(newest);
  });

  it("of an entry whose file moved are one row of versions", () => {
    keep("a");
    const moved = keep("b", { path: "b.md" });
    expect(pruneTexts()).toBe(1);
    expect(kept()).toEqual(moved);
  });

  it("stay where later versions were kept without a text", () => {
    const [, text, , last] = keep("abCD");
    expect(pruneTexts()).toBe(2);
    expect(kept()).toEqual([text, last]);
  });

  it("go too where no text was ever kept", () => {
    const [, , last] = keep("ABC");
    expect(pruneTexts()).toBe(2);
    expect(kept()).toEqual([last]);
  });

  it("stay with an open conflict, and go from one settled before the limit", () => {
    const seq = openConflict(store, conflict);
    pruneTexts();
    expect(conflictHistory(store, {})[0]?.sealed).toEqual(conflict.sealed);
    settleConflict(store, seq, BEFORE, "ours");
    pruneTexts();
    expect(conflictHistory(store, {})[0]).toMatchObject({ seq, settlement: "ours" });
    expect(conflictHistory(store, {})[0]?.sealed).toBeUndefined();
  });
});

describe("old runs", () => {
  const addRun = (id: string, endedAt: string | undefined, isSettled: boolean): void => {
    createRun(store, { ...run, id });
    recordSteps(store, id, [{ n: 1, path: "a.md", locale: "", action: "create", step: {} }]);
    const seq = intend(store, { ...intent, run: id });
    if (isSettled) settle(store, seq, "done", undefined);
    if (endedAt !== undefined) finishRun(store, id, { status: "done", endedAt });
  };

  it("go with their steps and intents; running ones, later ones and ones with an open intent stay", () => {
    addRun("old", BEFORE, true);
    addRun("young", LIMIT, true);
    addRun("running", undefined, true);
    addRun("unsettled", BEFORE, false);
    expect(pruneAudit()).toBe(1);
    expect(listRuns(store, 10).map(({ id }) => id)).toEqual(["unsettled", "running", "young"]);
    expect(stepsOf(store, "old")).toEqual([]);
    expect(receipts(store, "old")).toEqual([]);
    for (const id of ["young", "running", "unsettled"]) expect(stepsOf(store, id)).toHaveLength(1);
    expect(receipts(store, "young")).toHaveLength(1);
    expect(pending(store, "site").map(({ run: of }) => of)).toEqual(["unsettled"]);
  });

  it("go from the queue where they wait, and stay where a process has them", () => {
    enqueue(store, samples(3), { ...clock, now: () => Date.parse(BEFORE) }, () => false);
    giveBack(store, "run-0", { state: "parked" });
    enqueue(store, samples(1, { run: "young" }), clock, () => false);
    giveBack(store, "young", { state: "parked" });
    pruneAudit();
    expect(listQueue(store).map(({ run: id }) => id)).toEqual(["run-1", "run-2", "young"]);
  });

  it("take no versions with them, and old texts no runs", () => {
    addRun("old", BEFORE, true);
    keep("ab");
    expect(prune(store, { textsBefore: NEVER, auditBefore: LIMIT })).toEqual({ texts: 0, runs: 1 });
    expect(kept()).toHaveLength(2);
    addRun("old", BEFORE, true);
    expect(prune(store, { textsBefore: LIMIT, auditBefore: NEVER })).toEqual({ texts: 1, runs: 0 });
  });
});

describe("old conflicts", () => {
  it("go once they were settled long enough ago, open ones never", () => {
    const paths = ["long settled.md", "just settled.md", "open.md"] as const;
    const [old = 0, young = 0] = paths.map((path) =>
      openConflict(store, { ...conflict, path, foundAt: BEFORE }),
    );
    settleConflict(store, old, BEFORE, "ours");
    settleConflict(store, young, LIMIT, "ours");
    pruneAudit();
    expect(conflictHistory(store, {}).map(({ path }) => path)).toEqual(["open.md", "just settled.md"]);
  });
});

describe("pruning", () => {
  it("is remembered with its time", () => {
    expect(lastPruned(store)).toBeUndefined();
    prune(store, { textsBefore: NEVER, auditBefore: NEVER }, clock);
    expect(lastPruned(store)).toBe("2026-12-24T00:00:00.000Z");
  });
});
