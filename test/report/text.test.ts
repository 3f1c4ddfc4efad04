import { describe, expect, it } from "vitest";
import type { Event } from "../../src/engine/events.ts";
import { Fault } from "../../src/lib/fault.ts";
import type { Told } from "../../src/report/board.ts";
import { createReporter } from "../../src/report/reporter.ts";
import { displayWidth } from "../../src/report/width.ts";
import { page, plan, SUMMARY, step, stoppedClock } from "./page.ts";

function told(
  events: readonly Told[],
  manner: Partial<{
    command: string;
    quiet: boolean;
    verbose: boolean;
    looks: boolean;
    colour: boolean;
    columns: number;
  }> = {},
) {
  const { columns, colour = false } = manner;
  const paper = page({ colour, ...(columns === undefined ? {} : { columns, terminal: true }) });
  const reporter = createReporter(paper.ui, stoppedClock(), {
    command: manner.command ?? "push",
    quiet: manner.quiet ?? false,
    verbose: manner.verbose ?? false,
    looks: manner.looks ?? false,
    paths: ["./posts", "it's"],
    live: undefined,
  });
  for (const event of events) reporter.emit(event);
  reporter.end();
  return { out: paper.out.join("\n"), notes: paper.notes.join("\n") };
}

const MIXED = plan(
  [
    step({
      action: "create",
      path: "posts/a.md",
      title: "First",
      to: "published",
      url: "https://example.org/a/",
    }),
    step({ action: "create", path: "posts/longer-name.md", title: "Second", to: "draft" }),
    step({
      action: "update",
      path: "posts/b.md",
      id: "1",
      changed: ["title", "body"],
      from: "published",
      to: "published",
    }),
    step({
      action: "update",
      path: "posts/c.md",
      id: "2",
      changed: ["slug"],
      from: "published",
      to: "published",
      previous: "old",
    }),
    step({ action: "update", path: "posts/d.md", id: "3", changed: ["body"], from: "draft", to: "draft" }),
    step({ action: "conflict", path: "posts/e.md", id: "4", reason: "both sides changed title" }),
    step({
      action: "delete",
      path: "posts/f.md",
      id: "5",
      title: "Gone",
      from: "published",
      reason: "its file is gone",
    }),
    step({ action: "rename", path: "posts/h.md", id: "6", previous: "posts/g.md" }),
  ],
  185,
);

describe("a plan for people", () => {
  it("does not say that there is nothing to do where documents could not be read", () => {
    const said = (failed: number) => told([{ type: "plan", target: "wp", plan: plan([], 3), failed }]).out;
    expect(said(2)).toBe("wp: 2 failed, 3 unchanged");
    expect(said(0)).toBe("wp: nothing to do, 3 unchanged");
  });

  it("says first what it amounts to, then what may hurt, then the rest", () => {
    expect(told([{ type: "plan", target: "wp", plan: MIXED }]).out).toMatchInlineSnapshot(`
      "wp: 1 in conflict, 1 to delete (1 live), 2 to create (1 published, 1 draft), 3 to update (2 live), 1 moved, 1 URL changes, 185 unchanged
        ! conflict  posts/e.md  both sides changed title
        - delete    posts/f.md  "Gone"  its file is gone
        + create    posts/a.md            "First"  published  → https://example.org/a/
        + create    posts/longer-name.md  "Second"  draft
        ~ update    posts/b.md  title, body  (live)
        ~ update    posts/c.md  slug  was old  (live)
        ~ update    posts/d.md  body
        ~ rename    posts/h.md  was posts/g.md"
    `);
  });

  it("says of a new term what it is one of", () => {
    const reason = "not on the site yet";
    const steps = ["post_tag", "category"].map((kind) =>
      step({ action: "term", path: "bread", kind, reason }),
    );
    expect(told([{ type: "plan", target: "wp", plan: plan(steps) }]).out).toMatch(
      /term +bread {2}post_tag {2}not on the site yet\n.*term +bread {2}category {2}not/,
    );
  });

  it("cuts long groups short, but never removals", () => {
    const many = (action: "create" | "delete") =>
      Array.from({ length: 200 }, (_, index) => step({ action, path: `posts/${action}-${index}.md` }));
    const short = told([
      { type: "plan", target: "wp", plan: plan([...many("create"), ...many("delete")]) },
    ]).out;
    expect(short.split("\n")).toHaveLength(1 + 200 + 20 + 1);
    expect(short).toContain("… and 180 more to create (--verbose shows all)");
    const whole = told([{ type: "plan", target: "wp", plan: plan(many("create")) }], { verbose: true }).out;
    expect(whole.split("\n")).toHaveLength(201);
  });

  it("says so when there is nothing to do", () => {
    expect(told([{ type: "plan", target: "wp", plan: plan([], 200) }]).out).toBe(
      "wp: nothing to do, 200 unchanged",
    );
  });

  it.each([60, 80, 100])("keeps lines with long titles within %i columns of a terminal", (columns) => {
    const title = "漢字と a title that somebody wanted every keyword in, and then some more of them";
    const steps = [
      step({ action: "create", path: "posts/a-short.md", title, to: "published" }),
      step({ action: "create", path: "posts/another-name.md", title, to: "draft" }),
    ];
    const { out } = told([{ type: "plan", target: "wp", plan: plan(steps) }], { columns });
    const [, ...lines] = out.split("\n");
    expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(columns);
    for (const line of lines) expect(line).toMatch(/md +"漢字と.*…" {2}(published|draft)$/);
  });

  it("lets no title or path reach the terminal as control characters", () => {
    const evil = "x\u001b[2J\u001b]0;owned\u0007\u009b31m\ny";
    const { out } = told([
      {
        type: "plan",
        target: "wp",
        plan: plan([step({ action: "create", path: evil, title: evil, url: evil })]),
      },
    ]);
    expect(Array.from(out).filter((sign) => sign < " " || (sign > "~" && sign < "\u00a0"))).toEqual(["\n"]);
    expect(out.split("\n")).toHaveLength(2);
  });
});

describe("results for people", () => {
  const failure: Event = {
    type: "result",
    target: "wp",
    result: {
      path: "posts/a.md",
      id: "7",
      action: "update",
      status: "failed",
      fault: new Fault("invalid", "Invalid parameter(s): date", {
        code: "rest_invalid_param",
        hint: "Write it as 2026-01-31T10:00:00.",
        httpStatus: 400,
        place: { file: "posts/a.md", line: 4, field: "date" },
      }),
    },
  };

  it("name file, line, field, server's code and status, and the way out", () => {
    expect(told([failure]).notes).toMatchInlineSnapshot(`
      "error: posts/a.md:4 (date): Invalid parameter(s): date (rest_invalid_param, HTTP 400)
             Write it as 2026-01-31T10:00:00."
    `);
  });

  it("name three documents that failed for one reason, and count the rest", () => {
    const failed = (n: number): Event => ({
      type: "result",
      target: "wp",
      result: {
        path: `posts/${n}.md`,
        id: undefined,
        action: "update",
        status: "failed",
        fault: new Fault("auth", "the password is gone", { code: "gone" }),
      },
    });
    const events: Event[] = [1, 2, 3, 4, 5, 6].map(failed);
    const { notes } = told([...events, { type: "summary", summary: SUMMARY }]);
    expect(notes.match(/posts\/\d\.md/g)).toEqual(["posts/1.md", "posts/2.md", "posts/3.md"]);
    expect(notes).toContain("… and 3 more documents: gone: the password is gone");
    const whole = told([...events, { type: "summary", summary: SUMMARY }], { verbose: true }).notes;
    expect(whole.match(/posts\/\d\.md/g)).toHaveLength(6);
    expect(whole).not.toContain("more documents");
  });

  it("name the root that they are about, where there are several", () => {
    const fault = new Fault("invalid", "no title", { place: { file: "posts/a.md", line: 2 } });
    const { notes } = told([
      {
        type: "result",
        target: "wp",
        root: "clients/one",
        result: { path: "posts/a.md", id: undefined, action: "skip", status: "failed", fault },
      },
      { type: "fault", target: "wp", root: "clients/two", fault: new Fault("unavailable", "no answer") },
      { type: "notice", target: "wp", root: "clients/two", level: "warning", message: "lost its slug" },
    ]);
    expect(notes.split("\n")).toEqual([
      "error: clients/one: posts/a.md:2: no title",
      "error: clients/two: wp: no answer",
      "warning: clients/two: wp: lost its slug",
    ]);
  });

  it("say the name of a target once", () => {
    const message = "wp is left alone since 10:00";
    const { notes } = told([
      { type: "fault", target: "wp", fault: new Fault("unavailable", message) },
      { type: "notice", target: "wp", level: "warning", message },
    ]);
    expect(notes.split("\n")).toEqual([`error: ${message}`, `warning: ${message}`]);
  });

  it("name a conflict once: in the plan, and where no plan is shown with its result", () => {
    const conflict: readonly Event[] = [
      {
        type: "plan",
        target: "wp",
        plan: plan([step({ action: "conflict", path: "e.md", reason: "both sides changed title" })]),
      },
      {
        type: "result",
        target: "wp",
        result: { path: "e.md", id: "4", action: "conflict", status: "conflict", reason: "both sides" },
      },
    ];
    const whole = told(conflict);
    expect(`${whole.out}\n${whole.notes}`.match(/e\.md/g)).toHaveLength(1);
    const quiet = told(conflict, { quiet: true });
    expect(`${quiet.out}\n${quiet.notes}`.match(/e\.md/g)).toHaveLength(1);
  });

  it("end with a summary and what to type next", () => {
    const { out, notes } = told([
      {
        type: "result",
        target: "wp",
        result: { path: "z.md", id: undefined, action: "create", status: "not-attempted" },
      },
      { type: "summary", summary: SUMMARY },
    ]);
    expect(out).toMatchInlineSnapshot(
      `"wp: 1 created · 2 updated · 5 unchanged · 1 in conflict · 1 failed · 1.5 s · 20 requests"`,
    );
    expect(notes).toMatchInlineSnapshot(`
      "Both sides of a conflict: ainstein-cms diff ./posts 'it'\\''s' --target wp
      To settle it: ainstein-cms resolve ./posts 'it'\\''s' --target wp
      1 not attempted. The same command goes on where this run stopped."
    `);
  });

  it("send nobody to resolve for what an undo left, and to a new plan for what moved on", () => {
    const said = (command: string) =>
      told([{ type: "summary", summary: { ...SUMMARY, command, failed: 0 } }]).notes.split("\n");
    expect(said("undo")).toEqual([expect.stringContaining("edited since stays as it is")]);
    expect(said("apply")).toEqual([
      expect.stringContaining("make the plan again"),
      expect.stringContaining("ainstein-cms diff"),
      expect.stringContaining("ainstein-cms resolve"),
    ]);
  });

  it("are listed one by one with --verbose only", () => {
    const fine: Event = {
      type: "result",
      target: "wp",
      result: { path: "a.md", id: "1", action: "create", status: "ok", url: "https://example.org/a/" },
    };
    expect(told([fine]).out).toBe("");
    expect(told([fine], { verbose: true }).out).toBe("create a.md → https://example.org/a/");
  });

  it("are problems only with --quiet", () => {
    const clean = { ...SUMMARY, failed: 0, conflicts: 0 };
    const calm: Event[] = [
      { type: "plan", target: "wp", plan: MIXED },
      { type: "notice", level: "info", message: "signed in as admin" },
      { type: "summary", summary: clean },
    ];
    expect(told(calm, { quiet: true })).toEqual({ out: "", notes: "" });
    const trouble = told([...calm, failure, { type: "summary", summary: SUMMARY }], { quiet: true });
    expect(trouble.notes).toContain("rest_invalid_param");
    expect(trouble.out).toContain("1 failed");
  });

  it("leave out the summary of what was done when nothing was to be done", () => {
    const { out, notes } = told([{ type: "summary", summary: SUMMARY }], { looks: true });
    expect(out).toBe("");
    expect(notes).toContain("ainstein-cms diff ./posts");
  });

  it("are coloured on request and hide credentials", () => {
    const fault = new Fault("unavailable", "no answer from https://u:hunter22@example.org/x");
    const { notes } = told([{ type: "fault", target: "wp", fault }], { colour: true });
    expect(notes).toBe("\u001b[31merror:\u001b[39m wp: no answer from https://[hidden]@example.org/x");
  });
});

describe("what a site will not hold", () => {
  const lossyStep = (name: string, line: number) =>
    step({
      action: "create",
      path: `posts/${name}.md`,
      title: "A title that is rather long for a line",
      to: "draft",
      losses: [{ field: "body", message: "<iframe> is removed", line }],
    });
  const names = Array.from({ length: 30 }, (_, n) => `harbour-post-${n + 1}`);

  it("is told once for equal losses, with the places that fit the terminal", () => {
    const steps = [...names.map((name) => lossyStep(name, 7)), step({ action: "create", path: "b.md" })];
    const { out } = told([{ type: "plan", target: "wp", plan: plan(steps) }], { columns: 80 });
    const lines = out.split("\n");
    expect(lines[0]).toContain("30 lossy");
    expect(lines.slice(-3)).toEqual([
      "  30 documents hold what the site drops or changes; --allow-lossy sends them:",
      "    <iframe> is removed (30 documents)",
      "      posts/harbour-post-1.md:7, posts/harbour-post-2.md:7, …",
    ]);
    expect(lines.filter((line) => displayWidth(line) > 80)).toEqual([]);
  });

  it("is no long list of equal failures", () => {
    const failures = names.map((name): Event => {
      const fault = new Fault("invalid", `${name} loses`, { code: "lossy", hint: "--allow-lossy" });
      return {
        type: "result",
        target: "wp",
        result: { path: `posts/${name}.md`, id: undefined, action: "create", status: "failed", fault },
      };
    });
    const { notes } = told([...failures, { type: "summary", summary: { ...SUMMARY, failed: 30 } }]);
    expect(notes.split("\n").filter((line) => line.startsWith("error:"))).toHaveLength(3);
    expect(notes).toContain("… and 27 more documents: lossy");
  });

  it("is shown word by word where it was noticed after the write only", () => {
    const fault = new Fault("invalid", "written, but the site did not keep body as sent", {
      code: "not-kept",
    });
    const notKept = [{ field: "body", sent: "the colour of", kept: "the color of" }];
    const result = { path: "a.md", id: "1", action: "update", status: "failed", fault, notKept } as const;
    const { notes } = told([{ type: "result", target: "wp", result }]);
    expect(notes).toContain("the [-colour-]{+color+} of");
  });

  it("is said again when it was sent all the same", () => {
    const losses = [{ field: "body", message: "<iframe> is removed" }];
    const result = { path: "a.md", id: "1", action: "update", status: "ok", losses } as const;
    const event: Event = { type: "result", target: "wp", result };
    const { notes } = told([event, event, { type: "summary", summary: SUMMARY }]);
    expect(notes).toContain("lossy: sent all the same, <iframe> is removed (2 documents)");
  });
});
