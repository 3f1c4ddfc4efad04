import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { emptyLockfile, formatLockfile, type Lockfile, parseLockfile } from "../../src/content/lockfile.ts";
import { isFault } from "../../src/lib/fault.ts";
import { base } from "../sync/build.ts";

const lock: Lockfile = {
  root: "5b0c1c66-9f1e-4f0b-8a0e-3c1d6a5e2b90",
  headers: [{ target: "wp", platform: "wordpress", site: "https://example.org/wp-json" }],
  entries: [
    {
      target: "wp",
      ...base({ title: "t", body: "b" }, { title: "t" }, { path: "b.md", media: { "a.png": "d1" } }),
    },
    {
      target: "wp",
      ...base({ title: "t" }, { title: "t" }, { path: "a.md", racy: true, locale: "de", scope: "x" }),
    },
  ],
  media: [{ target: "wp", digest: "d1", id: "9", url: "https://example.org/a.png" }],
  terms: [{ target: "wp", taxonomy: "post_tag", id: "3", name: "Bread" }],
  unmanaged: [{ target: "wp", unmanaged: "c.md", id: "12" }],
  held: [{ target: "wp", held: "d.md", blob: "0123" }],
};

const faultOf = (text: string) => {
  try {
    parseLockfile(text, "ainstein.lock");
  } catch (thrown) {
    if (isFault(thrown)) return thrown;
    throw thrown;
  }
  throw new Error("no fault");
};

describe("the lockfile", () => {
  it("comes back as it was written, sorted, whatever order its lines are in", () => {
    const text = formatLockfile(lock);
    const back = parseLockfile(text, "ainstein.lock");
    expect(formatLockfile(back)).toBe(text);
    expect(back.entries.map((entry) => entry.path)).toEqual(["a.md", "b.md"]);
    expect(back.entries[1]).toEqual(lock.entries[0]);
    fc.assert(
      fc.property(
        fc.shuffledSubarray(text.trimEnd().split("\n"), { minLength: text.trimEnd().split("\n").length }),
        (lines) => {
          expect(formatLockfile(parseLockfile(lines.join("\n"), "ainstein.lock"))).toBe(text);
        },
      ),
    );
  });

  it("keeps both lines that a union merge left for one file, and one of two equal ones", () => {
    const line = formatLockfile({ ...emptyLockfile, entries: lock.entries.slice(0, 1) }).trimEnd();
    const other = line.replace('"revision":"r1"', '"revision":"r2"');
    expect(parseLockfile(`${line}\n${other}\n`, "ainstein.lock").entries).toHaveLength(2);
    expect(formatLockfile(parseLockfile(`${line}\n${line}\n`, "ainstein.lock"))).toBe(`${line}\n`);
  });

  it("names the line that is broken, and the cure", () => {
    const text = formatLockfile(lock);
    expect(faultOf(`${text}{"target":\n`)).toMatchObject({
      kind: "usage",
      place: { file: "ainstein.lock", line: 9 },
    });
    expect(faultOf(text.replace('"revision":"r1"', '"revision":5')).message).toContain("revision");
    expect(faultOf(`<<<<<<< HEAD\n${text}`)).toMatchObject({ code: "lockfile-conflict", place: { line: 1 } });
    expect(faultOf('{"lockfile":2,"root":"x"}')).toMatchObject({ code: "lockfile-newer" });
  });

  it("of a root without anything is empty", () => {
    expect(formatLockfile(emptyLockfile)).toBe("");
    expect(parseLockfile("", "ainstein.lock")).toEqual(emptyLockfile);
  });
});
