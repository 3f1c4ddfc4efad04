import type { Change } from "./diff-lines.ts";
import { type Group, type Shift, type Sides, shifted, spansOf } from "./merge-lines.ts";

/** Offsets in a text where a top-level block of it begins. */
export type Blocks = (text: string) => readonly number[];

/** A text's lines, with the numbers of those at which a block begins. */
interface Blocked {
  readonly lines: readonly string[];
  readonly starts: ReadonlySet<number>;
}

/** A group, or a part of one; `cutOff`: it begins where the part before it ends. */
interface Part extends Group {
  readonly cutOff: boolean;
}

/**
 * Cuts groups between edits that touch without overlapping, where the place between them parts two blocks in all three
 * texts and in what comes out: then neither edit is in the other's block, and both are in the result. Two insertions at one
 * place stay together, since nothing tells their order.
 */
export function cutAtBlocks(
  texts: Sides<readonly string[]>,
  groups: readonly Group[],
  blocks: Blocks,
): readonly Group[] {
  let parts = groups.flatMap(cutEverywhere);
  if (parts.length === groups.length) return groups;
  const base = blocked(texts.base, blocks);
  const ours = blocked(texts.ours, blocks);
  const theirs = blocked(texts.theirs, blocks);
  parts = joined(
    parts,
    (at, shift) => parted(base, at) && parted(ours, at + shift.ours) && parted(theirs, at + shift.theirs),
  );
  // A contested part may come out either way. Each round joins some parts or is the last.
  for (let before = Infinity; before > parts.length; ) {
    before = parts.length;
    const winners = parts.some(contested) ? (["ours", "theirs"] as const) : (["ours"] as const);
    const outcomes = winners.map((winner) => {
      const { lines, begins } = outcome(texts, parts, winner);
      return { result: blocked(lines, blocks), begins };
    });
    parts = joined(parts, (_at, _shift, index) =>
      outcomes.every(({ result, begins }) => parted(result, begins[index] ?? 0)),
    );
  }
  return parts;
}

/** At every place where one side's edits end and the other's begin. */
function cutEverywhere(group: Group): Part[] {
  const edits = [
    ...group.ours.map((change) => ({ side: "ours" as const, change })),
    ...group.theirs.map((change) => ({ side: "theirs" as const, change })),
  ].sort((x, y) => x.change.a - y.change.a || x.change.aEnd - y.change.aEnd);
  const parts: { ours: Change[]; theirs: Change[]; cutOff: boolean }[] = [];
  let last: Change | undefined;
  for (const { side, change } of edits) {
    const touches = last !== undefined && change.a === last.aEnd;
    const unordered = change.a === change.aEnd && last?.a === last?.aEnd;
    if (last === undefined || (touches && !unordered)) {
      parts.push({ ours: [], theirs: [], cutOff: last !== undefined });
    }
    parts.at(-1)?.[side].push(change);
    if (last === undefined || change.aEnd >= last.aEnd) last = change;
  }
  return parts;
}

/** Parts with the cuts before those that are not to `stay` undone; it is given where in the base a part begins. */
function joined(parts: readonly Part[], stays: (at: number, shift: Shift, index: number) => boolean): Part[] {
  const result: Part[] = [];
  let shift: Shift = { ours: 0, theirs: 0 };
  for (const [index, part] of parts.entries()) {
    const before = result.at(-1);
    if (before !== undefined && part.cutOff && !stays(spansOf(part, shift).base.start, shift, index)) {
      result.pop();
      result.push({
        ours: [...before.ours, ...part.ours],
        theirs: [...before.theirs, ...part.theirs],
        cutOff: before.cutOff,
      });
    } else result.push(part);
    shift = shifted(shift, part);
  }
  return result;
}

function contested(part: Part): boolean {
  return part.ours.length > 0 && part.theirs.length > 0;
}

/** What comes out when `winner` has its way where both edited, and the line at which each part of it begins. */
function outcome(
  texts: Sides<readonly string[]>,
  parts: readonly Part[],
  winner: "ours" | "theirs",
): { readonly lines: readonly string[]; readonly begins: readonly number[] } {
  const lines: string[] = [];
  const begins: number[] = [];
  const copy = (from: readonly string[], start: number, end: number): void => {
    for (let at = start; at < end; at++) lines.push(from[at] ?? "");
  };
  let shift: Shift = { ours: 0, theirs: 0 };
  let done = 0;
  for (const part of parts) {
    const spans = spansOf(part, shift);
    copy(texts.base, done, spans.base.start);
    begins.push(lines.length);
    const taken = contested(part) ? winner : part.ours.length > 0 ? "ours" : "theirs";
    copy(texts[taken], spans[taken].start, spans[taken].end);
    done = spans.base.end;
    shift = shifted(shift, part);
  }
  copy(texts.base, done, texts.base.length);
  return { lines, begins };
}

function blocked(lines: readonly string[], blocks: Blocks): Blocked {
  const starts = new Set<number>();
  let line = 0;
  let end = lines[0]?.length ?? 0;
  for (const offset of [...blocks(lines.join(""))].sort((x, y) => x - y)) {
    while (offset >= end && line < lines.length - 1) {
      line += 1;
      end += lines[line]?.length ?? 0;
    }
    starts.add(line);
  }
  return { lines, starts };
}

/** Whether no block goes on from above line `at`: one begins there, or after blank lines, or nothing follows but those. */
function parted({ lines, starts }: Blocked, at: number): boolean {
  for (let line = at; line < lines.length; line++) {
    if (starts.has(line)) return true;
    if (lines[line]?.trim() !== "") return false;
  }
  return true;
}
