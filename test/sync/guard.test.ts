import { describe, expect, it } from "vitest";
import { type Consents, guard, isRemoval } from "../../src/sync/guard.ts";
import type { Action, Step } from "../../src/sync/plan.ts";

const NONE: Consents = { maxDelete: undefined, maxChanges: undefined, remove: false };
const step = (action: Action, over: Partial<Step> = {}): Step => ({
  action,
  path: "a.md",
  locale: "",
  id: "7",
  kind: "post",
  scope: "",
  slug: "a",
  title: "A",
  url: undefined,
  reason: "",
  changed: ["body"],
  from: "published",
  to: "published",
  expects: { base: "", local: "", remote: "" },
  ...over,
});
const many = (count: number, one: Step) => Array.from({ length: count }, () => one);
const codes = (steps: readonly Step[], entries: number, consents: Consents = NONE, live = entries) =>
  guard(steps, entries, live, consents).map((objection) => objection.code);

describe("what counts as a removal", () => {
  it.each<[string, Step, boolean]>([
    ["a delete", step("delete"), true],
    ["a live entry that becomes a draft", step("unpublish", { to: "draft" }), true],
    ["a live entry that becomes private in a merge", step("merge", { to: "private" }), true],
    ["a scheduled entry that is taken back", step("update", { from: "scheduled", to: "draft" }), true],
    ["another slug of a live entry", step("update", { changed: ["slug"] }), true],
    ["another slug that comes with a publish", step("publish", { changed: ["slug", "status"] }), true],
    ["another slug of a draft", step("update", { from: "draft", to: "draft", changed: ["slug"] }), false],
    ["a draft that goes live", step("publish", { from: "draft", changed: ["status"] }), false],
    ["a slug that comes from the site", step("pull", { changed: ["slug"], to: undefined }), false],
    [
      "a slug that comes from the site in a merge",
      step("merge", { changed: ["body", "slug"], incoming: ["slug"] }),
      false,
    ],
    ["a slug that a merge sends", step("merge", { changed: ["body", "slug"], incoming: ["body"] }), true],
    ["a moved file", step("rename", { previous: "b.md" }), false],
    ["a conflict", step("conflict", { changed: ["slug"] }), false],
    ["what is left alone", step("skip", { to: "draft" }), false],
  ])("%s", (_name, given, expected) => {
    expect(isRemoval(given)).toBe(expected);
  });
});

describe("guards", () => {
  it("hold a run to the number that was given, where the built-in guard would let more pass", () => {
    expect(codes(many(5, step("delete")), 100, { ...NONE, maxDelete: 4 })).toEqual(["too-many-removals"]);
    expect(codes(many(5, step("delete")), 100, { ...NONE, maxDelete: 5 })).toEqual([]);
    expect(codes(many(1, step("delete")), 100, { ...NONE, maxDelete: 0 })).toEqual(["too-many-removals"]);
    expect(codes(many(5, step("update")), 100, { ...NONE, maxChanges: 4 })).toEqual(["too-many-changes"]);
    expect(codes(many(5, step("update")), 100, { ...NONE, maxChanges: 5 })).toEqual([]);
  });

  it("stop at more than ten removals, and at more than half when more than two", () => {
    expect(codes(many(10, step("delete")), 100)).toEqual([]);
    expect(codes(many(11, step("delete")), 100)).toEqual(["too-many-removals"]);
    expect(codes(many(2, step("delete")), 2)).toEqual([]);
    expect(codes(many(3, step("delete")), 6)).toEqual([]);
    expect(codes(many(3, step("delete")), 5)).toEqual(["too-many-removals"]);
  });

  it("are lifted by a number that is large enough, not by --delete", () => {
    const steps = many(12, step("delete"));
    expect(codes(steps, 100, { ...NONE, remove: true })).toEqual(["too-many-removals"]);
    expect(codes(steps, 100, { ...NONE, maxDelete: 11 })).toEqual(["too-many-removals"]);
    expect(codes(steps, 100, { ...NONE, maxDelete: 12 })).toEqual([]);
  });

  it("count addresses and states among the removals, and ask for --delete", () => {
    const steps = [
      ...many(6, step("update", { changed: ["slug"] })),
      ...many(5, step("unpublish", { to: "draft", changed: ["status"] })),
    ];
    expect(codes(steps, 100)).toEqual(["removal-needs-delete", "too-many-removals"]);
    expect(codes(steps, 100, { ...NONE, remove: true, maxDelete: 11 })).toEqual([]);
    expect(codes(many(1000, step("rename")), 1000)).toEqual([]);
  });

  it.each<[string, Action]>([
    ["updates", "update"],
    ["merges", "merge"],
    ["publishes", "publish"],
  ])("ask before more than fifty and more than half of the live entries change: %s", (_name, action) => {
    expect(codes(many(51, step(action)), 200, NONE, 100)).toEqual(["too-many-changes"]);
    expect(codes(many(51, step(action)), 200, NONE, 102)).toEqual([]);
    expect(codes(many(50, step(action)), 200, NONE, 60)).toEqual([]);
    expect(codes(many(51, step(action)), 200, { ...NONE, maxChanges: 50 }, 100)).toEqual([
      "too-many-changes",
    ]);
    expect(codes(many(51, step(action)), 200, { ...NONE, maxChanges: 51 }, 100)).toEqual([]);
  });

  it("do not count what is new, pulled, or no live entry", () => {
    const steps = [
      ...many(60, step("create", { id: undefined, from: undefined })),
      ...many(60, step("pull")),
      ...many(60, step("publish", { from: "draft" })),
    ];
    expect(codes(steps, 100, NONE, 20)).toEqual([]);
  });

  it("let a person answer for addresses and changes, never for many removals", () => {
    const steps = [...many(11, step("delete")), ...many(60, step("update", { changed: ["slug"] }))];
    const asked = guard(steps, 100, 100, NONE).map(({ code, askable, flag }) => [code, askable, flag]);
    expect(asked).toEqual([
      ["removal-needs-delete", true, "--delete"],
      ["too-many-removals", false, "--max-delete 71"],
      ["too-many-changes", true, "--max-changes 60"],
    ]);
  });
});
