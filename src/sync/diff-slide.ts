import type { Lines } from "./diff-path.ts";

/** Flags by line: 1 where the line is changed. */
export type Flags = Uint8Array;

/** Changed lines that follow each other, or the empty place between two unchanged ones. */
interface Group {
  start: number;
  end: number;
}

/**
 * Moves every run of changed lines of one side as far down as equal lines allow, joining runs that meet; back up to the last
 * place where the other side has a change too, so that a replacement stays one. Flags are changed in place.
 */
export function slideDown(lines: Lines, changed: Flags, other: Flags): void {
  const group = firstGroup(changed);
  const partner = firstGroup(other);
  do {
    if (group.start === group.end) continue;
    if (!slideToEnd(lines, changed, group, other, partner)) continue;
    while (partner.start === partner.end && slideUp(lines, changed, group)) previousGroup(other, partner);
  } while (nextGroup(changed, lines.length, group) && nextGroup(other, other.length, partner));
}

/** True when the group came past a change of the other side, to which it can go back up. */
function slideToEnd(lines: Lines, changed: Flags, group: Group, other: Flags, partner: Group): boolean {
  let highest: number;
  let lined: boolean;
  let size: number;
  // A run that grew by meeting another has new room on both ends.
  do {
    size = group.end - group.start;
    while (slideUp(lines, changed, group)) previousGroup(other, partner);
    highest = group.end;
    lined = partner.end > partner.start;
    while (slideLower(lines, changed, group)) {
      nextGroup(other, other.length, partner);
      if (partner.end > partner.start) lined = true;
    }
  } while (size !== group.end - group.start);
  return lined && group.end !== highest;
}

function firstGroup(changed: Flags): Group {
  return { start: 0, end: endOfRun(changed, 0) };
}

function nextGroup(changed: Flags, length: number, group: Group): boolean {
  if (group.end >= length) return false;
  group.start = group.end + 1;
  group.end = endOfRun(changed, group.start);
  return true;
}

function previousGroup(changed: Flags, group: Group): void {
  group.end = group.start - 1;
  group.start = startOfRun(changed, group.end);
}

function slideLower(lines: Lines, changed: Flags, group: Group): boolean {
  if (group.end >= lines.length || lines[group.start] !== lines[group.end]) return false;
  changed[group.start] = 0;
  changed[group.end] = 1;
  group.start += 1;
  group.end = endOfRun(changed, group.end + 1);
  return true;
}

function slideUp(lines: Lines, changed: Flags, group: Group): boolean {
  if (group.start === 0 || lines[group.start - 1] !== lines[group.end - 1]) return false;
  changed[group.start - 1] = 1;
  changed[group.end - 1] = 0;
  group.end -= 1;
  group.start = startOfRun(changed, group.start - 1);
  return true;
}

function endOfRun(changed: Flags, from: number): number {
  let end = from;
  while (end < changed.length && changed[end] === 1) end += 1;
  return end;
}

function startOfRun(changed: Flags, from: number): number {
  let start = from;
  while (start > 0 && changed[start - 1] === 1) start -= 1;
  return start;
}
