import { type Lines, roughRoot, unpaired } from "./diff-path.ts";
import { type Flags, slideDown } from "./diff-slide.ts";

export type { Lines } from "./diff-path.ts";

/** Lines `a` to `aEnd` of the old text became lines `b` to `bEnd` of the new one; ends not included, from 0. */
export interface Change {
  readonly a: number;
  readonly aEnd: number;
  readonly b: number;
  readonly bEnd: number;
}

/** A part of a sequence, end not included. */
interface Range {
  readonly start: number;
  readonly end: number;
}

/** How far around a frequent line its neighbours are looked at. */
const WINDOW = 100;
/** A frequent line is left out of the search where lines without partner are more than this many times as many. */
const MOSTLY = 3;

/** How many partners a line has in the other text: none, some, or so many that they say nothing. */
const Rank = { Alone: 0, Paired: 1, Frequent: 2 } as const;

/** A text's lines, each with its line end; a last one may have none. */
export function splitLines(text: string): string[] {
  const lines: string[] = [];
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf("\n", start) + 1 || text.length;
    lines.push(text.slice(start, end));
    start = end;
  }
  return lines;
}

/** Gives the same numbers to the same lines in every text it is asked for. */
export function lineNumbers(): (lines: readonly string[]) => Lines {
  const numbers = new Map<string, number>();
  return (lines) =>
    Int32Array.from(lines, (line) => {
      const known = numbers.get(line);
      if (known !== undefined) return known;
      numbers.set(line, numbers.size);
      return numbers.size - 1;
    });
}

/**
 * What changed from `a` to `b`, in order, with at least one common line between two changes. The choice among possible
 * answers is git's (xdiff with default options), so that merges built on it agree with git's; above 65,000 lines in both
 * together xdiff knows further short cuts.
 */
export function diffLines(a: Lines, b: Lines): readonly Change[] {
  const removed: Flags = new Uint8Array(a.length);
  const added: Flags = new Uint8Array(b.length);
  const [inA, inB] = withoutCommonEnds(a, b);
  const keptA = worthSearching(a, inA, countLines(b), removed);
  const keptB = worthSearching(b, inB, countLines(a), added);
  const path = unpaired(
    keptA.map((index) => a[index] as number),
    keptB.map((index) => b[index] as number),
  );
  for (const index of path.removed) removed[keptA[index] as number] = 1;
  for (const index of path.added) added[keptB[index] as number] = 1;
  slideDown(a, removed, added);
  slideDown(b, added, removed);
  return changesOf(removed, added);
}

function withoutCommonEnds(a: Lines, b: Lines): readonly [Range, Range] {
  const most = Math.min(a.length, b.length);
  let start = 0;
  while (start < most && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < most - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1;
  return [
    { start, end: a.length - end },
    { start, end: b.length - end },
  ];
}

function countLines(lines: Lines): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1);
  return counts;
}

/**
 * Indexes of the lines the path is searched among; the others are flagged as changed. Lines the other text lacks are left
 * out, and lines it has very often (blank ones) amid such: pairing those would tear a replaced passage apart (xdiff).
 */
function worthSearching(
  lines: Lines,
  { start, end }: Range,
  partners: ReadonlyMap<number, number>,
  changed: Flags,
): Int32Array {
  const frequent = roughRoot(lines.length);
  const ranks = new Uint8Array(lines.length);
  for (let index = start; index < end; index++) {
    const count = partners.get(lines[index] as number) ?? 0;
    ranks[index] = count === 0 ? Rank.Alone : count >= frequent ? Rank.Frequent : Rank.Paired;
  }
  const kept: number[] = [];
  for (let index = start; index < end; index++) {
    const rank = ranks[index];
    if (rank === Rank.Paired || (rank === Rank.Frequent && !amidAlone(ranks, index, start, end)))
      kept.push(index);
    else changed[index] = 1;
  }
  return Int32Array.from(kept);
}

/** Whether a frequent line stands between lines without partner, on both sides and outnumbered by them. */
function amidAlone(ranks: Uint8Array, index: number, start: number, end: number): boolean {
  const before = neighbours(ranks, index, -1, Math.max(start, index - WINDOW));
  if (before.alone === 0) return false;
  const after = neighbours(ranks, index, 1, Math.min(end - 1, index + WINDOW));
  if (after.alone === 0) return false;
  // xdiff counts the line itself once for each direction.
  return before.alone + after.alone > MOSTLY * (before.frequent + after.frequent + 2);
}

/** Lines next to `index` up to `last` or the first that has few partners. */
function neighbours(
  ranks: Uint8Array,
  index: number,
  step: 1 | -1,
  last: number,
): { readonly alone: number; readonly frequent: number } {
  let alone = 0;
  let frequent = 0;
  for (let at = index + step; step > 0 ? at <= last : at >= last; at += step) {
    const rank = ranks[at];
    if (rank === Rank.Paired) break;
    if (rank === Rank.Alone) alone += 1;
    else frequent += 1;
  }
  return { alone, frequent };
}

function changesOf(removed: Flags, added: Flags): Change[] {
  const changes: Change[] = [];
  let a = 0;
  let b = 0;
  while (a < removed.length || b < added.length) {
    const change = { a, aEnd: a, b, bEnd: b };
    while (removed[change.aEnd] === 1) change.aEnd += 1;
    while (added[change.bEnd] === 1) change.bEnd += 1;
    if (change.aEnd > a || change.bEnd > b) changes.push(change);
    a = change.aEnd + 1;
    b = change.bEnd + 1;
  }
  return changes;
}
