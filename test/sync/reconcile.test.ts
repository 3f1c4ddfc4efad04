import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { reconcile } from "../../src/sync/reconcile.ts";
import { base, local, remote, subject } from "./build.ts";

const was = { title: "t0", body: "b0", tags: "g0" };

describe("three points of one document", () => {
  it.each([
    [
      "nothing changed",
      subject({ base: base(was), local: local(was), remote: remote(undefined) }),
      { type: "unchanged" },
    ],
    [
      "the site was only touched",
      subject({ base: base(was), local: local(was), remote: remote(was) }),
      { type: "unchanged" },
    ],
    [
      "edited here",
      subject({ base: base(was), local: local({ ...was, body: "b1" }), remote: remote(undefined) }),
      { type: "changed", out: ["body"], in: [], both: [] },
    ],
    [
      "edited there",
      subject({ base: base(was), local: local(was), remote: remote({ ...was, title: "t1" }) }),
      { type: "changed", out: [], in: ["title"], both: [] },
    ],
    [
      "different parts on both sides",
      subject({
        base: base(was),
        local: local({ ...was, body: "b1" }),
        remote: remote({ ...was, title: "t1" }),
        differing: ["body", "title"],
      }),
      { type: "changed", out: ["body"], in: ["title"], both: [] },
    ],
    [
      "the same part, differently",
      subject({
        base: base(was),
        local: local({ ...was, body: "b1" }),
        remote: remote({ ...was, body: "b2" }),
        differing: ["body"],
      }),
      { type: "conflict", reason: "both-changed", parts: ["body"] },
    ],
    [
      "the same edit on both sides",
      subject({
        base: base(was),
        local: local({ ...was, body: "b1" }),
        remote: remote({ ...was, body: "x" }),
        differing: [],
      }),
      { type: "agreed" },
    ],
    [
      "our own interrupted write",
      subject({
        base: base(was),
        local: local({ ...was, body: "b1", tags: "g1" }),
        remote: remote({ ...was, body: "half" }),
        differing: ["body", "tags"],
        interrupted: ["body", "tags"],
      }),
      { type: "changed", out: ["body", "tags"], in: [], both: [] },
    ],
    [
      "our own interrupted write, and what an editor wrote elsewhere since",
      subject({
        base: base(was),
        local: local({ ...was, body: "b1", title: "t1" }),
        remote: remote({ ...was, body: "sent", title: "t2" }),
        differing: ["body", "title"],
        interrupted: ["body"],
      }),
      { type: "conflict", reason: "both-changed", parts: ["title"] },
    ],
    [
      "our own interrupted write, taken back in the file since",
      subject({
        base: base(was),
        local: local(was),
        remote: remote({ ...was, body: "sent" }),
        differing: ["body"],
        interrupted: ["body"],
      }),
      { type: "changed", out: ["body"], in: [], both: [] },
    ],
    [
      "our own interrupted write of what the file does not hold",
      subject({
        base: base(was),
        local: local(was),
        remote: remote({ ...was, status: "s1" }),
        differing: [],
        interrupted: ["status"],
      }),
      { type: "agreed" },
    ],
    [
      "our own interrupted create, and what an editor wrote since",
      subject({
        local: local({ ...was, title: "t1" }),
        remote: remote({ ...was, title: "t2" }),
        differing: ["body", "title"],
        interrupted: ["body"],
      }),
      { type: "conflict", reason: "no-base", parts: ["title"] },
    ],
    [
      "a field gone from the file",
      subject({ base: base(was), local: local({ title: "t0", body: "b0" }), remote: remote(undefined) }),
      { type: "changed", out: ["tags"], in: [], both: [] },
    ],
    ["new here", subject({ local: local(was) }), { type: "new-local" }],
    ["new there", subject({ remote: remote(was) }), { type: "new-remote" }],
    [
      "both there, equal, no base",
      subject({ local: local(was), remote: remote(was), differing: [] }),
      { type: "agreed" },
    ],
    [
      "both there, different, no base",
      subject({ local: local(was), remote: remote(was), differing: ["body"] }),
      { type: "conflict", reason: "no-base", parts: ["body"] },
    ],
    ["file gone", subject({ base: base(was), remote: remote(undefined) }), { type: "deleted-local" }],
    [
      "file gone, entry edited",
      subject({ base: base(was), remote: remote({ ...was, body: "b1" }) }),
      { type: "conflict", reason: "removed-here-edited-there", parts: ["body"] },
    ],
    [
      "entry trashed",
      subject({ base: base(was), local: local(was), remote: { gone: "trashed" } }),
      { type: "deleted-remote", how: "trashed" },
    ],
    [
      "entry gone, file edited",
      subject({ base: base(was), local: local({ ...was, body: "b1" }), remote: { gone: "missing" } }),
      { type: "conflict", reason: "edited-here-removed-there", parts: ["body"] },
    ],
    ["both gone", subject({ base: base(was), remote: { gone: "missing" } }), { type: "deleted-both" }],
    [
      "somebody's working copy",
      subject({
        base: base(was),
        local: local({ ...was, body: "b1" }),
        remote: remote(undefined, { pendingChanges: true }),
      }),
      { type: "conflict", reason: "pending-changes", parts: ["body"] },
    ],
  ])("%s", (_name, given, verdict) => {
    expect(reconcile(given)).toEqual(verdict);
  });

  it("never lets a part that both changed differently pass without a conflict, nor swaps directions", () => {
    const names = ["title", "body", "tags", "date"];
    const edits = fc.subarray(names);
    fc.assert(
      fc.property(edits, edits, edits, (mine, theirs, equal) => {
        const start = Object.fromEntries(names.map((name) => [name, "0"]));
        const here = { ...start };
        const there = { ...start };
        for (const name of mine) here[name] = equal.includes(name) ? "same" : "mine";
        for (const name of theirs) there[name] = equal.includes(name) ? "same" : "theirs";
        const differing = names.filter((name) => here[name] !== there[name]);
        const verdict = reconcile(
          subject({ base: base(start), local: local(here), remote: remote(there), differing }),
        );
        const clash = names.filter(
          (name) => mine.includes(name) && theirs.includes(name) && !equal.includes(name),
        );
        expect(verdict.type === "conflict").toBe(clash.length > 0);
        if (verdict.type === "conflict") expect([...verdict.parts].sort()).toEqual([...clash].sort());
        if (verdict.type !== "changed") return;
        for (const part of verdict.out) expect(mine).toContain(part);
        for (const part of verdict.in) expect(mine).not.toContain(part);
        expect([...verdict.out, ...verdict.in].sort()).toEqual([...differing].sort());
      }),
    );
  });
});
