import { describe, expect, it } from "vitest";
import { assemble, type Policy } from "../../src/sync/assemble.ts";
import { guard } from "../../src/sync/guard.ts";
import type { Step } from "../../src/sync/plan.ts";
import { base, local, remote, subject } from "./build.ts";

const push: Policy = { out: true, in: false, live: false, remove: false, newState: "draft" };
const publish: Policy = { ...push, live: true, newState: "published" };
const pull: Policy = { out: false, in: true, live: false, remove: false, newState: "draft" };
const was = { title: "t0", body: "b0" };

const only = (given: Parameters<typeof assemble>[0], policy: Policy) => assemble(given, policy).steps;

describe("what each command does with one comparison", () => {
  const edited = subject({
    base: base(was),
    local: local({ ...was, body: "b1" }),
    remote: remote(undefined),
  });
  const pulled = subject({ base: base(was), local: local(was), remote: remote({ ...was, body: "b1" }) });

  it("pushes what changed here and leaves what changed there to pull", () => {
    expect(only([edited], push)[0]).toMatchObject({ action: "update", changed: ["body"], from: "published" });
    expect(only([pulled], push)[0]).toMatchObject({ action: "skip" });
    expect(only([pulled], pull)[0]).toMatchObject({ action: "pull", changed: ["body"] });
    expect(only([edited], pull)[0]).toMatchObject({ action: "skip" });
  });

  it("makes a new document without status a draft on push and live on publish", () => {
    const fresh = subject({ local: local(was) });
    expect(only([fresh], push)[0]).toMatchObject({ action: "create", to: "draft" });
    expect(only([fresh], publish)[0]).toMatchObject({ action: "create", to: "published" });
  });

  it("publishes a draft that says nothing else, and skips one that says draft", () => {
    const draft = { base: base(was, was, { state: "draft" }), remote: remote(undefined, { state: "draft" }) };
    expect(only([subject({ ...draft, local: local(was) })], publish)[0]).toMatchObject({
      action: "publish",
      changed: ["status"],
      to: "published",
    });
    expect(only([subject({ ...draft, local: local(was, { state: "draft" }) })], publish)[0]).toMatchObject({
      action: "skip",
    });
    expect(only([subject({ local: local(was, { state: "private" }) })], publish)[0]).toMatchObject({
      action: "skip",
    });
  });

  it("never publishes again what was taken off line on the site", () => {
    const offline = subject({
      base: base({ ...was }, { ...was, status: "s0" }),
      local: local(was),
      remote: remote({ ...was, status: "s1" }, { state: "draft" }),
    });
    expect(only([offline], publish)[0]).toMatchObject({ action: "conflict", changed: ["status"] });
  });

  it("never publishes an entry it meets for the first time as a draft", () => {
    const met = subject({ local: local(was), remote: remote(was, { state: "draft" }), differing: [] });
    expect(only([met], publish)[0]).toMatchObject({ action: "conflict" });
  });

  it("moves a file in the lockfile only", () => {
    const moved = subject({
      base: base(was),
      local: local(was, { path: "2026/a.md" }),
      remote: remote(undefined),
    });
    expect(only([moved], push)[0]).toMatchObject({
      action: "rename",
      path: "2026/a.md",
      previous: "posts/a.md",
    });
  });

  it("removes only when told to", () => {
    const gone = subject({ base: base(was), remote: remote(undefined) });
    expect(only([gone], push)[0]?.action).toBe("skip");
    expect(only([gone], { ...push, remove: true })[0]?.action).toBe("delete");
    expect(only([gone], { ...push, remove: true })[0]?.reason).toBe("its file is gone");
    const final = { ...push, remove: true, final: new Set([gone.base?.kind ?? ""]) };
    expect(only([gone], final)[0]?.reason).toContain("the entry goes for good");
    const trashed = subject({ base: base(was), local: local(was), remote: { gone: "trashed" } });
    expect(only([trashed], pull)[0]?.action).toBe("skip");
    expect(only([trashed], { ...pull, remove: true })[0]?.action).toBe("delete");
  });

  it("refuses a body that a page builder owns, and takes its title", () => {
    const owner = { bodyOwner: "Elementor" };
    const there = remote(undefined, owner);
    expect(
      only([subject({ base: base(was), local: local({ ...was, body: "b1" }), remote: there })], push)[0],
    ).toMatchObject({ action: "conflict", changed: ["body"] });
    expect(
      only([subject({ base: base(was), local: local({ ...was, title: "t1" }), remote: there })], push)[0],
    ).toMatchObject({ action: "update", changed: ["title"] });
  });

  it("puts parents before children and removals last, children first", () => {
    const fresh = (path: string, scope: string) =>
      subject({ local: local(was, { path, scope, kind: "page" }) });
    const gone = (id: string, scope: string) =>
      subject({
        base: base(was, was, { id, scope, path: `${id}.md` }),
        remote: remote(undefined, { id, scope }),
      });
    const steps = only([gone("1", ""), gone("2", "x"), fresh("b.md", "x/y"), fresh("a.md", "")], {
      ...push,
      remove: true,
    });
    expect(steps.map((step) => `${step.action} ${step.path}`)).toEqual([
      "create a.md",
      "create b.md",
      "delete 2.md",
      "delete 1.md",
    ]);
  });
});

describe("guards", () => {
  const step = (over: Partial<Step>): Step => ({
    action: "update",
    path: "a.md",
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
    expects: { base: "", local: "", remote: "" },
    ...over,
  });
  const none = { maxDelete: undefined, maxChanges: undefined, remove: false };
  const many = (count: number, over: Partial<Step>) => Array.from({ length: count }, () => step(over));
  const codes = (...given: Parameters<typeof guard>) => guard(...given).map((objection) => objection.code);

  it("stops at more than 10 removals, or more than half when more than 2", () => {
    const removed = { action: "delete" as const };
    expect(codes(many(2, removed), 2, 2, { ...none, remove: true })).toEqual([]);
    expect(codes(many(3, removed), 5, 5, { ...none, remove: true })).toEqual(["too-many-removals"]);
    expect(codes(many(3, removed), 6, 6, { ...none, remove: true })).toEqual([]);
    expect(codes(many(11, removed), 500, 500, { ...none, remove: true })).toEqual(["too-many-removals"]);
    expect(codes(many(11, removed), 500, 500, { ...none, remove: true, maxDelete: 11 })).toEqual([]);
    expect(codes(many(12, removed), 500, 500, { ...none, remove: true, maxDelete: 11 })).toEqual([
      "too-many-removals",
    ]);
  });

  it("counts going off line and new addresses of live entries as removals", () => {
    expect(codes([step({ action: "unpublish", to: "draft", changed: ["status"] })], 9, 9, none)).toEqual([
      "removal-needs-delete",
    ]);
    expect(codes([step({ changed: ["slug"] })], 9, 9, none)).toEqual(["removal-needs-delete"]);
    expect(codes([step({ changed: ["slug"], from: "draft" })], 9, 9, none)).toEqual([]);
    expect(codes([step({ changed: ["slug"] })], 9, 9, { ...none, remove: true })).toEqual([]);
  });

  it("asks before more than 50 and more than half of the live entries change", () => {
    expect(codes(many(50, {}), 60, 60, none)).toEqual([]);
    expect(codes(many(51, {}), 60, 60, none)).toEqual(["too-many-changes"]);
    expect(codes(many(51, {}), 200, 200, none)).toEqual([]);
    expect(codes(many(51, {}), 60, 60, { ...none, maxChanges: 51 })).toEqual([]);
  });
});
