import { expect, it } from "vitest";
import type { Prepared } from "../../src/engine/prepare.ts";
import { summarize } from "../../src/engine/summary.ts";
import type { Step } from "../../src/sync/plan.ts";

const ok = (action: Step["action"], path: string) => ({
  step: { action, path } as Step,
  result: { action, path, id: "1", status: "ok" as const },
});

it("a document that is made and whose links are filled in then is counted once", () => {
  const results = [ok("create", "a.md"), ok("create", "b.md"), ok("update", "a.md"), ok("update", "c.md")];
  const { summary } = summarize({
    prepared: {
      plan: { target: "wp", steps: results.map(({ step }) => step), unchanged: 0 },
      gathered: { problems: [] },
      site: { target: { requests: () => 4 } },
    } as unknown as Prepared,
    command: "push",
    id: "run",
    done: {
      applied: { results, stopped: undefined },
      verification: { verified: new Set(), faults: new Map() } as never,
      writes: 4,
    },
    seconds: 1,
  });
  expect(summary).toMatchObject({ created: 2, updated: 1, requests: 4 });
});
