import { type Change, diffLines, type Lines } from "./diff-lines.ts";

/** Lines `start` to `end` of one text, end not included. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** One of each for the three texts of a merge. */
export interface Sides<T> {
  readonly base: T;
  readonly ours: T;
  readonly theirs: T;
}

/** A place where a side left the base. What lies between two regions is the same in all three texts. */
export interface Region extends Sides<Span> {
  readonly type: "ours" | "theirs" | "both" | "conflict";
}

/** Edits that touch each other, in order of their place in the base: nothing unchanged lies between them. */
export interface Group {
  readonly ours: readonly Change[];
  readonly theirs: readonly Change[];
}

/** Conflicts with no more common lines between them are shown as one (xdiff). */
const NEAR = 3;

/** The edits of both sides, grouped where they overlap or touch: only there can they be in each other's way. */
export function groupEdits({ base, ours, theirs }: Sides<Lines>): readonly Group[] {
  const mine = diffLines(base, ours);
  const other = diffLines(base, theirs);
  const groups: Group[] = [];
  for (let i = 0, j = 0; i < mine.length || j < other.length; ) {
    const group = { ours: [] as Change[], theirs: [] as Change[] };
    let end = Math.min(mine[i]?.a ?? base.length, other[j]?.a ?? base.length);
    for (;;) {
      const [a, b] = [mine[i], other[j]];
      if (a !== undefined && a.a <= end) {
        group.ours.push(a);
        end = Math.max(end, a.aEnd);
        i += 1;
      } else if (b !== undefined && b.a <= end) {
        group.theirs.push(b);
        end = Math.max(end, b.aEnd);
        j += 1;
      } else break;
    }
    groups.push(group);
  }
  return groups;
}

/**
 * The regions of a merge, in order. With the groups as `groupEdits` gives them they are those of `git merge-file`: one
 * side's edits alone are taken, equal edits are taken once, all others are conflicts, cut down to where the sides differ.
 * `word`: whether a line of ours holds a word; lines without one do not keep two conflicts apart.
 */
export function mergeGroups(
  texts: Sides<Lines>,
  groups: readonly Group[],
  word: (line: number) => boolean,
): readonly Region[] {
  const regions: Listed[] = [];
  let shift: Shift = { ours: 0, theirs: 0 };
  for (const group of groups) {
    const spans = spansOf(group, shift);
    const type = typeOf(texts, group, spans);
    if (type === "conflict") regions.push(...narrowed(texts, group, spans, shift));
    else regions.push({ ...spans, type, parts: !sameEdit(group) });
    shift = shifted(shift, group);
  }
  return joinNear(regions, word);
}

/** `parts`: keeps the conflicts on both sides of it apart. The same edit on both sides does so no more than unchanged lines. */
interface Listed extends Region {
  readonly parts: boolean;
}

/** How many lines further down a place of the base is on each side. */
export interface Shift {
  readonly ours: number;
  readonly theirs: number;
}

export function shifted(shift: Shift, group: Group): Shift {
  return { ours: shift.ours + growth(group.ours), theirs: shift.theirs + growth(group.theirs) };
}

function growth(changes: readonly Change[]): number {
  return changes.reduce((sum, change) => sum + change.bEnd - change.b - (change.aEnd - change.a), 0);
}

/** From the first to the last line that a group's edits touch. */
export function spansOf(group: Group, shift: Shift): Sides<Span> {
  const { ours, theirs } = group;
  const start = Math.min(ours[0]?.a ?? Infinity, theirs[0]?.a ?? Infinity);
  const end = Math.max(ours.at(-1)?.aEnd ?? 0, theirs.at(-1)?.aEnd ?? 0);
  const after = shifted(shift, group);
  return {
    base: { start, end },
    ours: { start: start + shift.ours, end: end + after.ours },
    theirs: { start: start + shift.theirs, end: end + after.theirs },
  };
}

function typeOf(texts: Sides<Lines>, group: Group, spans: Sides<Span>): Region["type"] {
  if (group.theirs.length === 0) return "ours";
  if (group.ours.length === 0) return "theirs";
  return sameLines(texts, spans) ? "both" : "conflict";
}

function sameEdit({ ours, theirs }: Group): boolean {
  const [a, b] = [ours[0], theirs[0]];
  return ours.length === 1 && theirs.length === 1 && a?.a === b?.a && a?.aEnd === b?.aEnd;
}

function sameLines({ ours, theirs }: Sides<Lines>, spans: Sides<Span>): boolean {
  const size = spans.ours.end - spans.ours.start;
  if (size !== spans.theirs.end - spans.theirs.start) return false;
  for (let at = 0; at < size; at++) {
    if (ours[spans.ours.start + at] !== theirs[spans.theirs.start + at]) return false;
  }
  return true;
}

/** A conflict's lines that both sides have are none of it. */
function narrowed(texts: Sides<Lines>, group: Group, spans: Sides<Span>, shift: Shift): Listed[] {
  const { ours, theirs } = spans;
  const differences = diffLines(
    texts.ours.subarray(ours.start, ours.end),
    texts.theirs.subarray(theirs.start, theirs.end),
  );
  const regions: Listed[] = [];
  let done = { base: spans.base.start, ours: ours.start, theirs: theirs.start };
  const push = (type: "both" | "conflict", base: number, ourEnd: number, theirEnd: number): void => {
    regions.push({
      type,
      base: { start: done.base, end: base },
      ours: { start: done.ours, end: ourEnd },
      theirs: { start: done.theirs, end: theirEnd },
      parts: type === "conflict",
    });
    done = { base, ours: ourEnd, theirs: theirEnd };
  };
  const places = (our: number, their: number) => [
    placeInBase(group.ours, our, shift.ours),
    placeInBase(group.theirs, their, shift.theirs),
  ];
  for (const change of differences) {
    const [from, fromTheirs] = [ours.start + change.a, theirs.start + change.b];
    // Lines of the base go with the conflict where they could go with the common lines as well.
    if (from > done.ours) {
      const first = Math.max(done.base, ...places(from, fromTheirs).map((place) => place.start));
      push("both", first, from, fromTheirs);
    }
    const [to, toTheirs] = [ours.start + change.aEnd, theirs.start + change.bEnd];
    const last = Math.min(...places(to, toTheirs).map((place) => place.end));
    push("conflict", Math.max(done.base, last), to, toTheirs);
  }
  if (done.ours < ours.end) push("both", spans.base.end, ours.end, theirs.end);
  return regions;
}

/** Which lines of the base a place between two lines of a side may stand for. */
function placeInBase(changes: readonly Change[], at: number, shift: number): Span {
  let moved = shift;
  for (const { a, aEnd, b, bEnd } of changes) {
    if (at < b) break;
    if (at <= bEnd) return { start: a, end: aEnd };
    moved = bEnd - aEnd;
  }
  return { start: at - moved, end: at - moved };
}

function joinNear(regions: readonly Listed[], word: (line: number) => boolean): readonly Region[] {
  const joined: Listed[] = [];
  let last = -1;
  for (const region of regions) {
    const before = joined[last];
    if (
      region.type === "conflict" &&
      before?.type === "conflict" &&
      !apart(before.ours.end, region.ours.start, word)
    ) {
      joined.length = last;
      joined.push(joinedRegion(before, region));
      continue;
    }
    if (region.parts) last = joined.length;
    joined.push(region);
  }
  return joined;
}

function apart(start: number, end: number, word: (line: number) => boolean): boolean {
  if (end - start <= NEAR) return false;
  for (let line = start; line < end; line++) if (word(line)) return true;
  return false;
}

function joinedRegion(first: Listed, last: Listed): Listed {
  return {
    type: "conflict",
    base: { start: first.base.start, end: last.base.end },
    ours: { start: first.ours.start, end: last.ours.end },
    theirs: { start: first.theirs.start, end: last.theirs.end },
    parts: true,
  };
}
