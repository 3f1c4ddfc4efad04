import { describe, expect, it } from "vitest";
import { foldSlug, identityKey, linePerPath, matchBases } from "../../src/sync/match.ts";
import { base } from "./build.ts";

const parts = { title: "t" };
const never = () => false;

describe("lines of the lockfile and files", () => {
  it("follows a hundred moved files by their content", () => {
    const lines = Array.from({ length: 100 }, (_, n) =>
      base(parts, parts, { path: `old/${n}.md`, id: `${n}`, blob: `b${n}` }),
    );
    const files = lines.map((line, n) => ({ path: `new/deep/${n}.md`, blob: line.blob }));
    const { byFile, orphans } = matchBases(lines, files, never);
    expect(orphans).toEqual([]);
    for (const [n, file] of files.entries()) expect(byFile.get(file.path)?.id).toBe(`${n}`);
  });

  it("does not guess between equal files, unless one kept its name", () => {
    const line = base(parts, parts, { path: "old/a.md", blob: "same" });
    const twins = [
      { path: "new/x.md", blob: "same" },
      { path: "new/y.md", blob: "same" },
    ];
    expect(matchBases([line], twins, never).orphans).toEqual([line]);
    const named = matchBases([line], [...twins, { path: "new/a.md", blob: "same" }], never);
    expect(named.byFile.get("new/a.md")).toBe(line);
  });

  it("knows a file again that another system spells otherwise, whatever it says now", () => {
    const line = base(parts, parts, { path: "Cafe\u0301/A.md", blob: "before" });
    const other = base(parts, parts, { path: "b.md", id: "8", blob: "same" });
    const files = [
      { path: "caf\u00e9/a.md", blob: "edited" },
      { path: "c.md", blob: "same" },
    ];
    const { byFile, orphans } = matchBases([line, other], files, never);
    expect(byFile.get("caf\u00e9/a.md")).toBe(line);
    expect(byFile.get("c.md")).toBe(other);
    expect(orphans).toEqual([]);
  });

  it("takes, of several lines for one file, the one that equals the site now", () => {
    const stale = base(parts, parts, { revision: "old" });
    const fresh = base(parts, parts, { revision: "now" });
    const { byFile } = matchBases(
      [stale, fresh],
      [{ path: stale.path, blob: "x" }],
      (line) => line.revision === "now",
    );
    expect(byFile.get(stale.path)).toBe(fresh);
  });

  it("trusts none of several lines where the site has moved on from all of them", () => {
    const older = base(parts, { title: "t", body: "b0" }, { revision: "r0", blob: "b0" });
    const newer = base(parts, { title: "t", body: "b1" }, { revision: "r1", blob: "b1" });
    const { byFile } = matchBases([older, newer], [{ path: older.path, blob: "b1" }], never);
    const taken = byFile.get(older.path);
    expect(taken?.remote.parts.title).toBe("t");
    expect(["b0", "b1"]).not.toContain(taken?.remote.parts.body);
    expect(taken?.local).toEqual(older.local);
  });

  it("knows a file again that was moved, whichever of several lines of its entry says what is in it", () => {
    const older = base(parts, parts, { path: "old/a.md", revision: "r0", blob: "b0" });
    const newer = base({ title: "t1" }, parts, { path: "old/a.md", revision: "r1", blob: "b1" });
    for (const blob of ["b0", "b1"]) {
      const { byFile, orphans } = matchBases([older, newer], [{ path: "new/b.md", blob }], never);
      expect(byFile.get("new/b.md")?.id).toBe(older.id);
      // Which of them is the newer one is in dispute all the same.
      expect(byFile.get("new/b.md")).toMatchObject({ blob: "", revision: "" });
      expect(orphans).toEqual([]);
    }
    const twins = ["b0", "b1"].map((blob) => ({ path: `new/${blob}.md`, blob }));
    expect(matchBases([older, newer], twins, never).byFile.size).toBe(0);
  });

  it("leaves what lines dispute in dispute in the one that is written", () => {
    const older = base(parts, { title: "t", body: "b0" }, { revision: "r0" });
    const newer = base(parts, { title: "t", body: "b1" }, { revision: "r1" });
    const [line, ...others] = linePerPath([older, newer], never);
    expect(others).toEqual([]);
    expect(["b0", "b1"]).not.toContain(line?.remote.parts.body);
    expect(linePerPath([older, newer], ({ revision }) => revision === "r1")).toEqual([newer]);
  });

  it("keeps one line per entry when two branches moved the same file", () => {
    const here = base(parts, parts, { path: "here/a.md" });
    const there = base(parts, parts, { path: "there/a.md" });
    const { byFile, orphans } = matchBases([there, here], [{ path: "here/a.md", blob: "b1" }], never);
    expect(byFile.get("here/a.md")).toBe(here);
    expect(orphans).toEqual([]);
  });

  it("knows percent-encoded and plain slugs for one", () => {
    expect(foldSlug("%e6%97%a5%e6%9c%ac")).toBe(foldSlug("日本"));
    expect(foldSlug("100%")).toBe("100%");
    const identity = { kind: "post", scope: "", locale: "" };
    expect(identityKey({ ...identity, slug: "Caf%C3%A9" })).toBe(identityKey({ ...identity, slug: "café" }));
    expect(identityKey({ ...identity, slug: "a" })).not.toBe(
      identityKey({ ...identity, scope: "x", slug: "a" }),
    );
  });
});
