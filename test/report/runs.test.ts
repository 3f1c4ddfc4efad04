import { describe, expect, it } from "vitest";
import { type RunView, runRow } from "../../src/report/runs.ts";
import { SUMMARY } from "./page.ts";

const NOTHING = { ...SUMMARY, created: 0, updated: 0, skipped: 0, conflicts: 0, failed: 0 };

/** What the list says that a run has done. */
function told(state: RunView["state"], summary: typeof SUMMARY, cause?: string): string | undefined {
  const record = {
    id: "1a2b3c4d-x",
    startedAt: "2026-01-31T09:30:00Z",
    command: "push",
    target: "wp",
    actor: {},
    summary,
  };
  const queued = cause === undefined ? undefined : { cause };
  return runRow({ record, state, queued, proven: 0, begun: true } as unknown as RunView)[5];
}

describe("the list of runs", () => {
  it("says that there was nothing to do only of a run that is done", () => {
    expect(told("done", NOTHING)).toBe("nothing to do");
    expect(told("interrupted", NOTHING)).toBe("nothing done");
    expect(told("parked", NOTHING, "the site is away")).toBe("the site is away");
  });

  it("says what a run did before its site went away", () => {
    const some = { ...NOTHING, created: 3 };
    expect(told("parked", some, "the site is away")).toBe("3 created; the site is away");
    expect(told("done", some)).toBe("3 created");
  });
});
