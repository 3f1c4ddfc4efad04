import { describe, expect, it } from "vitest";
import { assemble, type Policy } from "../../src/sync/assemble.ts";
import type { Subject } from "../../src/sync/model.ts";
import { base, local, remote, subject } from "./build.ts";

const push: Policy = { out: true, in: false, live: false, remove: false, newState: "draft" };
const lossy: Policy = { ...push, lossy: true };
const pull: Policy = { ...push, out: false, in: true };
const sync: Policy = { ...push, in: true };

/** The file says b0 and t0; the site made b9 of the body. */
const FILE = { title: "t0", body: "b0" };
const SITE = { title: "t0", body: "b9" };

function unlike(how: "open" | "agreed", over: Partial<Subject> = {}): Subject {
  return subject({
    base: base(FILE, SITE, { blob: "b2", notKept: { body: how } }),
    local: local(FILE),
    remote: remote(SITE, { revision: "r1" }),
    differing: ["body"],
    ...over,
  });
}

const planned = (given: Subject, policy: Policy) => {
  const { steps, unchanged } = assemble([given], policy);
  return steps.length === 0 ? `${unchanged} unchanged` : steps.map((step) => [step.action, step.changed]);
};

describe("a part that the site did not keep as it was sent", () => {
  it("is neither sent again nor pulled, and waits visibly", () => {
    for (const policy of [push, pull, sync]) {
      expect(planned(unlike("open"), policy)).toEqual([["skip", ["body"]]]);
    }
    expect(assemble([unlike("open")], push).steps[0]?.reason).toContain("--allow-lossy");
  });

  it("is sent again with consent", () => {
    expect(planned(unlike("open"), lossy)).toEqual([["update", ["body"]]]);
  });

  it("is no matter any more once it was agreed to", () => {
    for (const policy of [push, lossy, pull, sync]) {
      expect(planned(unlike("agreed"), policy)).toBe("1 unchanged");
    }
  });

  it("is sent when the file says something else, and stays back when another part is edited", () => {
    for (const how of ["open", "agreed"] as const) {
      const edited = unlike(how, { local: local({ ...FILE, body: "b1" }, { blob: "b3" }) });
      expect(planned(edited, push)).toEqual([["update", ["body"]]]);
      const titled = { local: local({ ...FILE, title: "t1" }, { blob: "b3" }), differing: ["body", "title"] };
      expect(planned(unlike(how, titled), push)).toEqual([["update", ["title"]]]);
    }
  });

  it("meets an edit on the site as an edit of both sides, never as one to pull", () => {
    for (const how of ["open", "agreed"] as const) {
      const there = { remote: remote({ ...SITE, body: "b10" }) };
      for (const policy of [push, pull, sync]) {
        expect(planned(unlike(how, there), policy)).toEqual([["conflict", ["body"]]]);
      }
      expect(planned(unlike(how, { ...there, mergeable: ["body"] }), sync)).toEqual([["merge", ["body"]]]);
    }
  });

  it("is adopted once the site says what the file says", () => {
    const mended = unlike("open", { remote: remote({ ...SITE, body: "b11" }), differing: [] });
    expect(planned(mended, push)).toEqual([["adopt", []]]);
  });

  it("does not keep what changed elsewhere on the site from being pulled", () => {
    const titled = unlike("open", { remote: remote({ ...SITE, title: "t1" }), differing: ["body", "title"] });
    expect(planned(titled, pull)).toEqual([["pull", ["title"]]]);
    expect(planned(titled, sync)).toEqual([["pull", ["title"]]]);
  });
});
