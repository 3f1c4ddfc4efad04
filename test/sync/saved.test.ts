import { describe, expect, it } from "vitest";
import { assemble } from "../../src/sync/assemble.ts";
import type { Plan, Step } from "../../src/sync/plan.ts";
import { compareSaved } from "../../src/sync/saved.ts";
import { base, local, remote, subject } from "./build.ts";

const was = { title: "t0", body: "b0" };
const push = { out: true, in: false, live: false, remove: false, newState: "draft" } as const;

function stepFor(path: string, blob: string): Step {
  const edited = subject({
    base: base(was, was, { path, id: path }),
    local: local({ ...was, body: blob }, { path, blob }),
    remote: remote(undefined, { id: path }),
  });
  const [step] = assemble([edited], push).steps;
  if (step === undefined) throw new Error("no step");
  return step;
}

const scope = { paths: [], kinds: [], states: [], since: undefined, limit: undefined, remove: false };
const plan = (steps: readonly Step[], over: Partial<Plan> = {}): Plan => ({
  ...{ v: 1, target: "wp", platform: "local", site: "s", command: "push", scope, made: "", unchanged: 0 },
  steps,
  ...over,
});

describe("a saved plan", () => {
  const [a, b] = [stepFor("a.md", "b1"), stepFor("b.md", "b1")];

  it("holds while every step would be planned again, whenever it was made", () => {
    expect(compareSaved(plan([a, b], { made: "then" }), plan([b, a], { made: "now" })).differences).toEqual(
      [],
    );
  });

  it("holds whatever order a file has its keys in, and no longer when another loss is known", () => {
    const losses = [{ field: "body", message: "<iframe> is removed", line: 7 }];
    const lossy: Step = { ...a, losses };
    const { action, ...rest } = lossy;
    expect(compareSaved(plan([{ ...rest, action }]), plan([lossy])).differences).toEqual([]);
    expect(compareSaved(plan([a]), plan([lossy])).differences).toEqual(["update a.md is different now"]);
  });

  it("names what is different, gone and new, and the site", () => {
    const now = plan([stepFor("a.md", "b2"), stepFor("c.md", "b1")], { site: "other" });
    expect(compareSaved(plan([a, b]), now).differences).toEqual([
      "site s, now other",
      "update a.md is different now",
      "update b.md is different now",
      "update c.md is new",
    ]);
  });

  it("keeps the steps that hold, makes conflicts of those that moved, and adds none", () => {
    const { rest } = compareSaved(plan([a, b]), plan([stepFor("a.md", "b2"), b, stepFor("c.md", "b1")]));
    expect(rest.steps.map(({ action, path }) => `${action} ${path}`)).toEqual([
      "conflict a.md",
      "update b.md",
    ]);
    expect(rest.steps[0]?.reason).toContain("update was planned");
  });
});
