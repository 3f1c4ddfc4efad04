import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Change, diffLines, lineNumbers, splitLines } from "../../src/sync/diff-lines.ts";
import { unpaired } from "../../src/sync/diff-path.ts";
import { openTriples } from "./edited-texts.ts";

/** What became of what, as text. */
function edits(before: string, after: string): readonly string[] {
  const { a, b, changes } = diff(before, after);
  const said = (lines: readonly string[]) => lines.join("").replaceAll("\n", "/");
  return changes.map(
    (change) => `${said(a.slice(change.a, change.aEnd))} > ${said(b.slice(change.b, change.bEnd))}`,
  );
}

function diff(before: string, after: string) {
  const number = lineNumbers();
  const [a, b] = [splitLines(before), splitLines(after)];
  const changes: readonly Change[] = diffLines(number(a), number(b));
  return { a, b, changes };
}

describe("lines of a text", () => {
  it.each([
    ["", []],
    ["\n", ["\n"]],
    ["a", ["a"]],
    ["a\n", ["a\n"]],
    ["a\n\nb", ["a\n", "\n", "b"]],
  ])("%j", (text, lines) => {
    expect(splitLines(text)).toEqual(lines);
  });
});

describe("what changed between two texts", () => {
  it("is nothing between equal ones", () => {
    expect(edits("a\n\nb\n", "a\n\nb\n")).toEqual([]);
  });

  it("is only the lines that differ", () => {
    expect(edits("a\nb\nc\nd\n", "a\nx\nc\nd\ne\n")).toEqual(["b/ > x/", " > e/"]);
  });

  it("puts an added paragraph after the blank line, with the one that follows it", () => {
    expect(edits("a\n\nc\n", "a\n\nb\n\nc\n")).toEqual([" > b//"]);
  });

  it("keeps what was replaced together, where it could also be removed here and added there", () => {
    expect(edits("x\na\nb\n", "y\na\na\nb\n")).toEqual(["x/ > y/a/"]);
  });

  it("does not tear a rewritten passage apart at its blank lines", () => {
    const passage = (word: string) => Array.from({ length: 12 }, (_, at) => `${word}${at}\n`);
    const spaced = (lines: readonly string[]) =>
      lines.map((line, at) => (at === 4 || at === 8 ? `\n${line}` : line)).join("");
    const blank = "\n".repeat(20);
    const change = edits(`${spaced(passage("old"))}end\n${blank}`, `${spaced(passage("new"))}end\n${blank}`);
    expect(change).toHaveLength(1);
  });

  it("takes a line without its end for another line", () => {
    expect(edits("a\nb", "a\nb\n")).toEqual(["b > b/"]);
  });

  it("turns the one into the other, with a common line between any two changes", () => {
    fc.assert(
      fc.property(openTriples, ({ ours, theirs }) => {
        const { a, b, changes } = diff(ours, theirs);
        const made: string[] = [];
        let done = 0;
        for (const [index, change] of changes.entries()) {
          if (index > 0) expect(change.a).toBeGreaterThan(done);
          made.push(...a.slice(done, change.a));
          expect(made.length).toBe(change.b);
          made.push(...b.slice(change.b, change.bEnd));
          done = change.aEnd;
        }
        expect([...made, ...a.slice(done)].join("")).toBe(theirs);
      }),
      { numRuns: 500 },
    );
  });

  it("compares lines a few million times, not tens of millions, where two long texts share little", () => {
    let looks = 0;
    const counted = (lines: Int32Array) =>
      new Proxy(lines, {
        get(target, key) {
          looks += 1;
          return Reflect.get(target, key, target);
        },
      });
    const text = (step: number) => Int32Array.from({ length: 3000 }, (_, at) => (at * at * step + at) % 4001);
    unpaired(counted(text(3)), counted(text(5)));
    expect(looks).toBeLessThan(5_000_000);
  });
});
