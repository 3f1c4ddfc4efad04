import { describe, expect, it } from "vitest";
import { markdownDiff, type Shown } from "../../src/report/diff-markdown.ts";
import type { Plan, Step } from "../../src/sync/plan.ts";

const step = (path: string, more: Partial<Step> = {}): Step => ({
  action: "update",
  path,
  locale: "",
  id: "1",
  kind: "post",
  scope: "",
  slug: "a",
  title: "A",
  url: undefined,
  reason: "",
  changed: ["body"],
  from: "published",
  to: "published",
  expects: { base: "b", local: "l", remote: "r" },
  ...more,
});
const planOf = (steps: readonly Step[]) =>
  ({
    v: 1,
    target: "acme",
    platform: "wordpress",
    command: "status",
    steps,
    unchanged: 2,
  }) as unknown as Plan;
const texts = (before: string, after: string): Shown => ({ before, after, direction: "site → file" });
const shown = (steps: readonly (readonly [Step, Shown])[], failed = 0) =>
  markdownDiff(planOf(steps.map(([one]) => one)), failed, new Map(steps)).join("\n");

describe("a plan as a comment", () => {
  it("says what it amounts to, then each step, then the texts folded up", () => {
    expect(shown([[step("a.md"), texts("one\ntwo\n", "one\n2\n")]])).toBe(
      [
        "### acme: 1 to update (1 live), 2 unchanged",
        "",
        "| step | document | what |",
        "| --- | --- | --- |",
        "| update | <code>a.md</code> | body |",
        "",
        "<details><summary><code>a.md</code>: site → file</summary>",
        "",
        "```diff",
        " one",
        "-two",
        "+2",
        "```",
        "",
        "</details>",
      ].join("\n"),
    );
    expect(shown([])).toBe("### acme: nothing to do, 2 unchanged\n");
    expect(shown([], 1)).toContain("1 failed");
  });

  it("says in place of a text why there is none, and what a site will not keep", () => {
    const lossy = step("a.md", { losses: [{ field: "body", message: "a table" }], to: "draft" });
    expect(shown([[lossy, { left: "text left out" }]])).toContain(
      "| body; published → draft; not kept: a table; text left out |",
    );
  });

  it("cannot be broken out of by a path, a reason or a text", () => {
    const odd = step("a|<b>`@you`.md", { reason: "[x](http://evil) <img>\n| y |" });
    const comment = shown([[odd, texts("```\n</details>\n", "````\n</details>\n")]]);
    expect(comment).not.toMatch(/<b>|<img|\[x\]|@you/);
    expect(comment).toContain("`````diff\n-```\n+````\n </details>\n`````");
    expect(comment.split("\n").filter((line) => line.startsWith("|"))).toHaveLength(3);
  });

  it("stays short enough for one comment, and says what it leaves out", () => {
    const many = Array.from({ length: 130 }, (_, index) => {
      const words = `${index} ${"word ".repeat(200)}`;
      return [step(`${index}.md`), texts(`${words}\n`, `${words}more\n`)] as const;
    });
    const comment = shown(many);
    expect(comment.length).toBeLessThan(65_536);
    expect(comment).toContain("… and 30 more steps.");
    const told = comment.match(/<details>/g)?.length ?? 0;
    expect(told).toBeGreaterThan(10);
    expect(comment).toContain(`The texts of ${130 - told} more are too long for this comment.`);
  });
});
