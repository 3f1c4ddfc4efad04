import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lineNumbers, splitLines } from "../../src/sync/diff-lines.ts";
import { groupEdits, mergeGroups, type Span } from "../../src/sync/merge-lines.ts";
import { type Chunk, mergedText, mergeText } from "../../src/sync/merge-text.ts";
import { openTriples, type Triple, triples } from "./edited-texts.ts";
import { gitMerges, hasConflict, printedConflict } from "./git-merge-file.ts";

const noGit =
  spawnSync("git", ["--version"]).status === 0 ? "" : " (skipped: there is no git to compare with)";

/** Another seed with every run; a failure names its own. */
const seed = Math.trunc(Math.random() * 2 ** 31);

function samples(arbitrary: fc.Arbitrary<Triple>, count: number): readonly Triple[] {
  return fc.sample(arbitrary, { numRuns: count, seed });
}

function printed(chunks: readonly Chunk[]): string {
  return chunks
    .map((chunk) => (chunk.type === "settled" ? chunk.text : printedConflict(chunk.ours, chunk.theirs)))
    .join("");
}

/** The merge by lines alone, as git would print it. */
function printedRegions(triple: Triple): string {
  const number = lineNumbers();
  const lines = {
    base: splitLines(triple.base),
    ours: splitLines(triple.ours),
    theirs: splitLines(triple.theirs),
  };
  const numbers = { base: number(lines.base), ours: number(lines.ours), theirs: number(lines.theirs) };
  const text = (side: keyof Triple, { start, end }: Span) => lines[side].slice(start, end).join("");
  let out = "";
  let done = 0;
  for (const region of mergeGroups(numbers, groupEdits(numbers), (line) =>
    /\w/.test(lines.ours[line] ?? ""),
  )) {
    out += text("base", { start: done, end: region.base.start });
    done = region.base.end;
    const [ours, theirs] = [text("ours", region.ours), text("theirs", region.theirs)];
    out +=
      region.type === "conflict" ? printedConflict(ours, theirs) : region.type === "theirs" ? theirs : ours;
  }
  return out + text("base", { start: done, end: lines.base.length });
}

function closed(text: string): string {
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}

describe.skipIf(noGit !== "")(`merging as git merge-file does${noGit}`, () => {
  it("merges what git merges, byte for byte, and conflicts over the same lines", {
    timeout: 120_000,
  }, async () => {
    const cases = samples(triples, 2000);
    const byGit = await gitMerges(cases);
    expect(byGit.filter(hasConflict).length).toBeGreaterThan(300);
    expect(byGit.filter((text) => !hasConflict(text)).length).toBeGreaterThan(300);
    for (const [index, { base, ours, theirs }] of cases.entries()) {
      expect(printed(mergeText(base, ours, theirs)), `case ${index} of seed ${seed}`).toBe(byGit[index]);
    }
  });

  it("does so by lines too where last lines lack their end, and beyond that only settles more", {
    timeout: 120_000,
  }, async () => {
    const cases = samples(openTriples, 800);
    const byGit = await gitMerges(cases);
    const settled: Triple[] = [];
    for (const [index, triple] of cases.entries()) {
      const { base, ours, theirs } = triple;
      const name = `case ${index} of seed ${seed}`;
      expect(printedRegions(triple), name).toBe(byGit[index]);
      const text = mergedText(mergeText(base, ours, theirs));
      if (!hasConflict(byGit[index] ?? "")) expect(text, name).toBe(byGit[index]);
      else if (text !== undefined) settled.push(triple);
    }
    expect(settled.length).toBeGreaterThan(10);
    // Such a merge is git's of the same texts with all lines ended, but for the last one's end.
    const ended = settled.map(({ base, ours, theirs }) => ({
      base: closed(base),
      ours: closed(ours),
      theirs: closed(theirs),
    }));
    const byGitEnded = await gitMerges(ended);
    for (const [index, { base, ours, theirs }] of settled.entries()) {
      const text = mergedText(mergeText(base, ours, theirs));
      const either = [text, `${text}\n`];
      expect(either, `settled case ${index} of seed ${seed}`).toContain(byGitEnded[index]);
    }
  });

  it("does so where texts are long and have little in common, half of their lines blank", {
    timeout: 120_000,
  }, async () => {
    const line = fc.oneof(
      fc.constant("\n"),
      fc.nat(400).map((word) => `w${word}\n`),
    );
    const text = fc.array(line, { minLength: 3500, maxLength: 4000, size: "max" });
    const rewritten = fc
      .tuple(text, text, text, fc.nat(3000), fc.nat(3000))
      .map(([base, mine, other, a, b]) => ({
        base: base.join(""),
        ours: base.toSpliced(a, 900, ...mine.slice(0, 1200)).join(""),
        theirs: base.toSpliced(b, 2500, ...other.slice(0, 1500), ...base.slice(b, b + 300)).join(""),
      }));
    const cases = samples(rewritten, 6);
    const byGit = await gitMerges(cases);
    for (const [index, { base, ours, theirs }] of cases.entries()) {
      const same = printed(mergeText(base, ours, theirs)) === byGit[index];
      expect(same, `case ${index} of seed ${seed}`).toBe(true);
    }
  });
});
