import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  conflictHistory,
  type NewConflict,
  openConflict,
  openConflicts,
  settleConflict,
} from "../../src/store/conflicts.ts";
import { openStore, type Store } from "../../src/store/db.ts";
import { tempDir } from "./programs.ts";
import { conflict } from "./samples.ts";

let store: Store;
beforeEach(() => {
  store = openStore(tempDir());
});
afterEach(() => store.close());

const LATER = "2026-02-02T00:00:00.000Z";

describe("an open conflict", () => {
  it("comes back as it was found, with everything and with the least", () => {
    const { sealed, run, ...least } = { ...conflict, path: "b.md", parts: [] };
    const first = openConflict(store, conflict);
    const second = openConflict(store, least);
    expect(openConflicts(store, "site", "root")).toEqual([
      { ...conflict, seq: first },
      { ...least, seq: second },
    ]);
    expect([sealed, run]).toEqual([Buffer.from("both sides"), "r1"]);
  });

  it("found again keeps its number, run and time, and is brought up to date", () => {
    const seq = openConflict(store, conflict);
    openConflict(store, { ...conflict, path: "between.md" });
    const again: NewConflict = {
      ...conflict,
      reason: "reverted-remotely",
      parts: ["excerpt"],
      sealed: Buffer.from("as they are now"),
      run: "r2",
      foundAt: LATER,
    };
    expect(openConflict(store, again)).toBe(seq);
    expect(openConflicts(store, "site", "root")[0]).toEqual({
      ...again,
      seq,
      run: conflict.run,
      foundAt: conflict.foundAt,
    });
  });

  it("is another one on another site, root, path, locale or entry", () => {
    const others = [{}, { site: "s" }, { rootId: "r" }, { path: "b.md" }, { locale: "de" }, { id: "2" }];
    const found = others.map((more) => openConflict(store, { ...conflict, ...more }));
    expect(new Set(found).size).toBe(others.length);
    expect(openConflicts(store, "site", "root").map(({ path, locale, id }) => [path, locale, id])).toEqual([
      ["a.md", "", "1"],
      ["a.md", "", "2"],
      ["a.md", "de", "1"],
      ["b.md", "", "1"],
    ]);
  });
});

describe("a settled conflict", () => {
  it("is settled once, and stays in the history with how it was", () => {
    const seq = openConflict(store, conflict);
    const settlement = { strategy: "ours", by: "ada" };
    expect(settleConflict(store, seq, LATER, settlement)).toBe(true);
    expect(settleConflict(store, seq, LATER, { strategy: "theirs" })).toBe(false);
    expect(settleConflict(store, seq + 1, LATER, settlement)).toBe(false);
    expect(openConflicts(store, "site", "root")).toEqual([]);
    expect(conflictHistory(store, {})).toEqual([{ ...conflict, seq, settledAt: LATER, settlement }]);
  });

  it("makes room for the next one of the same document", () => {
    const first = openConflict(store, conflict);
    settleConflict(store, first, LATER, "ours");
    const second = openConflict(store, { ...conflict, foundAt: LATER });
    expect(second).not.toBe(first);
    expect(conflictHistory(store, {}).map(({ seq, settledAt }) => [seq, settledAt])).toEqual([
      [second, undefined],
      [first, LATER],
    ]);
  });
});

describe("the history of conflicts", () => {
  it("is newest first, narrowed by what is given", () => {
    const seqs = [{}, { site: "s" }, { rootId: "r" }, { path: "b.md" }].map((more) =>
      openConflict(store, { ...conflict, ...more }),
    );
    const history = (filter: Parameters<typeof conflictHistory>[1]) =>
      conflictHistory(store, filter).map(({ seq }) => seqs.indexOf(seq));
    expect(history({})).toEqual([3, 2, 1, 0]);
    expect(history({ site: "s" })).toEqual([1]);
    expect(history({ rootId: "root" })).toEqual([3, 1, 0]);
    expect(history({ rootId: "root", site: "site", path: "a.md" })).toEqual([0]);
    expect(history({ path: "none.md" })).toEqual([]);
  });

  it("is checked when read", () => {
    openConflict(store, conflict);
    store.run("UPDATE conflicts SET parts = '{}'");
    expect(() => conflictHistory(store, {})).toThrow(
      expect.objectContaining({ kind: "defect", message: expect.stringContaining("conflicts.parts") }),
    );
  });
});
