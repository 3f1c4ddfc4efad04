import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openStore, type Store } from "../../src/store/db.ts";
import { getVersion, historyOf, keepVersion, versionsOf } from "../../src/store/versions.ts";
import { bundleProgram, linesOf, tempDir } from "./programs.ts";
import { version } from "./samples.ts";

const worker = bundleProgram("test/store/worker.ts");
let home: string;
let store: Store;
beforeEach(() => {
  home = tempDir();
  store = openStore(home);
});
afterEach(() => store.close());

const ENTRY = { site: "site", rootId: "root", id: "1", locale: "" };

function seqs(versions: readonly { readonly seq: number }[]): readonly number[] {
  return versions.map(({ seq }) => seq);
}

describe("a version", () => {
  it("comes back as it was kept, with everything and with the least", () => {
    const least = version("least", { sealed: undefined, event: "read", side: "file", id: "" });
    const full = version("full", { since: "2025-12-31T00:00:00.000Z", author: "ada", run: "r1" });
    for (const each of [least, full]) {
      const seq = keepVersion(store, each);
      expect(getVersion(store, seq)).toEqual({ ...each, seq });
    }
    expect(getVersion(store, 99)).toBeUndefined();
  });

  it("is kept once while nothing changes, whoever sees it again and when", () => {
    const first = keepVersion(store, version("a", { event: "sent" }));
    const again = version("a", { at: "2026-02-02T00:00:00.000Z", author: "bob" });
    expect(keepVersion(store, again)).toBe(first);
    expect(keepVersion(store, { ...again, sealed: undefined })).toBe(first);
    expect(getVersion(store, first)).toMatchObject({ event: "sent", at: "2026-01-01T00:00:00.000Z" });
    expect(seqs(versionsOf(store, ENTRY, "site"))).toEqual([first]);
  });

  it("is kept anew when the text went back to what it was", () => {
    const kept = ["a", "b", "a"].map((says) => keepVersion(store, version(says)));
    expect(new Set(kept).size).toBe(3);
  });

  it("is kept anew when its text can be kept now, or its file has moved", () => {
    const blind = keepVersion(store, version("a", { sealed: undefined }));
    expect(keepVersion(store, version("a", { sealed: undefined }))).toBe(blind);
    const seen = keepVersion(store, version("a"));
    const moved = keepVersion(store, version("a", { path: "b.md" }));
    expect(new Set([blind, seen, moved]).size).toBe(3);
    expect(seqs(historyOf(store, "root", "b.md"))).toEqual([blind, seen, moved]);
  });

  it("is compared with the same entry and side alone", () => {
    const others = [
      {},
      { site: "other" },
      { rootId: "other" },
      { locale: "de" },
      { id: "2" },
      { side: "file", event: "read" },
    ] as const;
    const kept = others.map((more) => keepVersion(store, version("a", more)));
    expect(new Set(kept).size).toBe(others.length);
    expect(others.map((more) => keepVersion(store, version("a", more)))).toEqual(kept);
  });

  it("of a file without an entry is compared with what was at its path", () => {
    const file = { id: "", side: "file", event: "read" } as const;
    const a = keepVersion(store, version("same", file));
    const b = keepVersion(store, version("same", { ...file, path: "b.md" }));
    expect(b).not.toBe(a);
    expect(keepVersion(store, version("same", file))).toBe(a);
    expect(keepVersion(store, version("same", { ...file, path: "b.md" }))).toBe(b);
  });

  it("must be of a known side and event", () => {
    expect(() => keepVersion(store, version("a", { side: "moon" as "site" }))).toThrow("CHECK");
    expect(() => keepVersion(store, version("a", { event: "felt" as "seen" }))).toThrow("CHECK");
  });

  it("is kept once by processes that see it at the same time", async () => {
    const at = String(Date.now() + 700);
    const said = await Promise.all([1, 2, 3].map(() => linesOf(worker, "keep-at", home, at)));
    expect(said[0]).toHaveLength(200);
    expect(said[1]).toEqual(said[0]);
    expect(said[2]).toEqual(said[0]);
    expect(store.one("SELECT count(*) AS n FROM versions")).toEqual({ n: 100 });
    expect(store.one("SELECT count(*) AS n FROM conflicts")).toEqual({ n: 100 });
  });
});

describe("the versions of an entry", () => {
  it("are of one side, newest first, at any path its file had, as many as wanted", () => {
    const first = keepVersion(store, version("a"));
    keepVersion(store, version("mine", { side: "file", event: "read" }));
    keepVersion(store, version("b", { id: "2" }));
    const second = keepVersion(store, version("b", { path: "moved.md" }));
    const third = keepVersion(store, version("c", { path: "moved.md" }));
    expect(seqs(versionsOf(store, ENTRY, "site"))).toEqual([third, second, first]);
    expect(seqs(versionsOf(store, ENTRY, "site", 1))).toEqual([third]);
    expect(versionsOf(store, ENTRY, "file").map(({ digest }) => digest)).toEqual(["digest of mine"]);
    expect(versionsOf(store, { ...ENTRY, locale: "de" }, "site")).toEqual([]);
  });

  it("are none where there is no entry", () => {
    keepVersion(store, version("a", { id: "", side: "file", event: "read" }));
    expect(versionsOf(store, { ...ENTRY, id: "" }, "file")).toEqual([]);
  });
});

describe("the history of a file", () => {
  it("holds both sides, oldest first, from before it had an entry, and what the entry was elsewhere", () => {
    const file = { side: "file", event: "read" } as const;
    const draft = keepVersion(store, version("draft", { ...file, id: "" }));
    const early = keepVersion(store, version("early", { path: "old.md" }));
    const sent = keepVersion(store, version("draft", { event: "sent" }));
    const edited = keepVersion(store, version("edited", file));
    const elsewhere = keepVersion(store, version("later", { path: "new.md" }));
    const copy = keepVersion(store, version("draft", { site: "other", id: "77", event: "sent" }));
    keepVersion(store, version("stranger", { id: "2", path: "b.md" }));
    keepVersion(store, version("stranger", { rootId: "other" }));
    keepVersion(store, version("stranger", { ...file, id: "", path: "old.md" }));
    const history = historyOf(store, "root", "a.md");
    expect(seqs(history)).toEqual([draft, early, sent, edited, elsewhere, copy]);
    expect(history[0]).toEqual(getVersion(store, draft));
    expect(historyOf(store, "root", "none.md")).toEqual([]);
  });
});
