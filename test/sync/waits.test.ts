import { describe, expect, it } from "vitest";
import { assemble } from "../../src/sync/assemble.ts";
import type { Subject } from "../../src/sync/model.ts";
import type { Step } from "../../src/sync/plan.ts";
import { awaitedLinks, waitsIn } from "../../src/sync/waits.ts";
import { base, local, print, remote, subject } from "./build.ts";

/** A document that is there, edited: its text or its slug. */
function edited(name: string, part: "body" | "slug"): Subject {
  const at = { path: `${name}.md`, slug: name, kind: "post" };
  const was = { body: "b", slug: name, title: "t" };
  return subject({
    base: base(was, was, { ...at, id: name }),
    local: local({ ...was, [part]: "new" }, { ...at, fingerprint: print({ ...was, [part]: "new" }) }),
    remote: remote(undefined, { ...at, id: name, url: `https://example.org/${name}/` }),
  });
}

function steps(subjects: readonly Subject[]): readonly Step[] {
  return assemble(subjects, { out: true, in: false, live: false, remove: true, newState: "published" }).steps;
}

/** Path and pass of each step with those of the steps that it waits for. */
function waits(plan: readonly Step[], links: Readonly<Record<string, readonly string[]>>) {
  const told = ({ path, pass }: Step) => (pass === 2 ? `${path} again` : path);
  const before = waitsIn(
    plan,
    awaitedLinks(plan, ({ path }) => links[path] ?? []),
  );
  return Object.fromEntries(plan.map((step) => [told(step), (before.get(step) ?? []).map(told)]));
}

describe("what a step waits for", () => {
  it("is none of the documents it links to, where these keep their addresses", () => {
    const plan = steps([edited("a", "body"), edited("b", "body")]);
    expect(waits(plan, { "b.md": ["a.md"] })).toEqual({ "a.md": [], "b.md": [] });
  });

  it("is a document it links to whose address changes before", () => {
    const plan = steps([edited("a", "slug"), edited("b", "body")]);
    expect(waits(plan, { "b.md": ["a.md"] })).toEqual({ "a.md": [], "b.md": ["a.md"] });
  });

  it("is the first sending of a document for its second, and no second of another", () => {
    const first = steps([edited("a", "slug"), edited("b", "slug")]);
    const second = first.map((step): Step => {
      const links = [step.path === "a.md" ? "b.md" : "a.md"];
      return { ...step, action: "update", changed: ["body"], links, pass: 2 };
    });
    expect(waits([...first, ...second], { "a.md": ["b.md"], "b.md": ["a.md"] })).toEqual({
      "a.md": [],
      "b.md": [],
      "a.md again": ["a.md", "b.md"],
      "b.md again": ["b.md", "a.md"],
    });
  });
});
