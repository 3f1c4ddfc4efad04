import { describe, expect, it } from "vitest";
import type { Remote } from "../../src/sync/model.ts";
import { planUndo, type UndoFile, type UndoSubject } from "../../src/sync/undo.ts";

const print = (parts: Readonly<Record<string, string>>) => ({ v: 1, parts });
const BEFORE = { title: "t0", body: "b0", status: "draft" };
const AFTER = { title: "t0", body: "b1", status: "live" };

const remote = (parts: Readonly<Record<string, string>>, more: Partial<Remote> = {}): Remote => ({
  id: "7",
  locale: "",
  kind: "post",
  scope: "",
  slug: "rye",
  url: "https://site.test/rye",
  title: "Rye",
  revision: "r",
  state: "published",
  protected: false,
  pendingChanges: false,
  bodyOwner: undefined,
  fingerprint: print(parts),
  ...more,
});

const file = (more: Partial<UndoFile> = {}): UndoFile => ({
  did: "read",
  blob: "f1",
  asLeft: true,
  asBefore: false,
  known: true,
  ...more,
});

const subject = (more: Partial<UndoSubject> = {}): UndoSubject => ({
  path: "rye.md",
  locale: "",
  id: "7",
  kind: "post",
  scope: "",
  slug: "rye",
  title: "Rye",
  did: "updated",
  parts: ["body", "status"],
  before: print(BEFORE),
  stateBefore: "draft",
  after: print(AFTER),
  now: remote(AFTER),
  unknown: "not kept",
  restores: true,
  file: file(),
  protectedBy: undefined,
  settled: undefined,
  behind: false,
  later: undefined,
  ...more,
});

const undo = (more: Partial<UndoSubject> = {}, files = false) => {
  const [planned] = planUndo([subject(more)], files);
  if (planned === undefined) throw new Error("nothing planned");
  return {
    ...planned,
    action: planned.step.action,
    changed: planned.step.changed,
    reason: planned.step.reason,
  };
};

describe("planUndo", () => {
  it("gives just the parts back that the run changed", () => {
    expect(undo()).toMatchObject({ action: "unpublish", site: "update", changed: ["body", "status"] });
    expect(undo().step).toMatchObject({ from: "published", to: "draft" });
    expect(undo({ now: remote({ ...AFTER, title: "theirs" }) })).toMatchObject({ site: "update" });
  });

  it("leaves alone what is back already, part by part", () => {
    expect(undo({ now: remote({ ...AFTER, body: "b0" }) })).toMatchObject({ changed: ["status"] });
    expect(undo({ now: remote(BEFORE) })).toMatchObject({ action: "skip", site: "none" });
  });

  it("is in conflict with any edit since of a part that the run changed", () => {
    const since = { now: remote({ ...AFTER, body: "b2" }), later: "by run 1 (push)" };
    expect(undo(since)).toMatchObject({
      action: "conflict",
      site: "none",
      file: "none",
      changed: ["body"],
      reason: "edited since by run 1 (push): body",
    });
    expect(undo({ now: { gone: "trashed" } })).toMatchObject({ action: "conflict" });
    expect(undo({ now: remote(AFTER, { pendingChanges: true }) })).toMatchObject({ action: "conflict" });
  });

  it.each(["created", "restored"] as const)(
    "takes away what was %s only while nobody worked on it",
    (did) => {
      const made = { did, before: undefined, stateBefore: undefined };
      expect(undo(made)).toMatchObject({ action: "delete", site: "remove", file: "hold" });
      expect(undo({ ...made, now: remote({ ...AFTER, title: "x" }) })).toMatchObject({ action: "conflict" });
      expect(undo({ ...made, now: remote({ ...AFTER, extra: "x" }) })).toMatchObject({ action: "conflict" });
      expect(undo({ ...made, now: { gone: "missing" } })).toMatchObject({ action: "skip" });
    },
  );

  it("brings back what was removed, from the trash or anew", () => {
    const gone = { did: "deleted", after: undefined, file: undefined } as const;
    expect(undo({ ...gone, now: { gone: "trashed" } })).toMatchObject({ action: "restore", site: "restore" });
    expect(undo({ ...gone, now: { gone: "trashed" }, restores: false })).toMatchObject({ site: "create" });
    expect(undo({ ...gone, now: { gone: "missing" } })).toMatchObject({ action: "create", site: "create" });
    expect(undo({ ...gone, now: remote(BEFORE) })).toMatchObject({ action: "skip" });
  });

  it("skips, with the reason, what cannot or must not be undone", () => {
    expect(undo({ before: undefined })).toMatchObject({ action: "skip", reason: "not kept" });
    expect(undo({ protectedBy: "read-only" })).toMatchObject({ action: "skip", reason: "read-only" });
    expect(undo({ settled: "undone already" })).toMatchObject({ action: "skip", reason: "undone already" });
  });

  it("lets the lockfile follow an entry that is back without its knowing", () => {
    expect(undo({ behind: true, now: remote(BEFORE) })).toMatchObject({ action: "adopt", file: "hold" });
    expect(undo({ behind: true, settled: "undone already", now: remote(BEFORE) })).toMatchObject({
      action: "adopt",
    });
    expect(undo({ behind: true })).toMatchObject({ action: "unpublish" });
    const made = { behind: true, did: "created" } as const;
    expect(undo({ ...made, now: { gone: "trashed" } })).toMatchObject({ action: "adopt", file: "hold" });
  });

  it("holds files, and gives them back only as they were left", () => {
    expect(undo()).toMatchObject({ file: "hold" });
    expect(undo({}, true)).toMatchObject({ file: "write" });
    expect(undo({ file: file({ asLeft: false }) }, true)).toMatchObject({ site: "update", file: "hold" });
    expect(undo({ file: file({ known: false }) }, true)).toMatchObject({ site: "update", file: "hold" });
  });

  it("touches files alone only with consent", () => {
    const pulled = { did: undefined, file: file({ did: "written" }) };
    expect(undo(pulled)).toMatchObject({ action: "skip", file: "none" });
    expect(undo(pulled, true)).toMatchObject({ action: "pull", site: "none", file: "write" });
    const made = { did: undefined, file: file({ did: "made" }) };
    expect(undo(made, true)).toMatchObject({ action: "delete", site: "none", file: "trash" });
    expect(undo({ did: undefined, file: file({ did: "made", asLeft: false }) }, true)).toMatchObject({
      action: "conflict",
      file: "none",
    });
  });

  it("makes room before it brings back, parents before children", () => {
    const planned = planUndo(
      [
        subject({ path: "b.md", scope: "a", did: "deleted", now: { gone: "trashed" } }),
        subject({ path: "a.md", did: "deleted", now: { gone: "trashed" } }),
        subject({ path: "x.md", did: "created" }),
        subject({ path: "y.md", scope: "x", did: "created" }),
      ],
      false,
    );
    expect(planned.map(({ step }) => step.path)).toEqual(["y.md", "x.md", "a.md", "b.md"]);
  });
});
