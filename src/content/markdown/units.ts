import type { Token } from "markdown-it";
import type { Addresses } from "./addresses.ts";
import { alignKeys, type Pairing } from "./align.ts";
import type { Dialect, Segment } from "./dialect.ts";
import { parseMarkdown } from "./parser.ts";
import { nodesOf } from "./render.ts";

/** A stretch of a document and the segments that it becomes. */
export interface Part {
  /** Offsets in the Markdown, the last line end left out; undefined for footnotes, which are gathered at the end. */
  readonly lines: { readonly start: number; readonly end: number } | undefined;
  /** Segments of the encoded body, from and up to. */
  readonly segments: readonly [from: number, to: number];
  readonly hasFootnoteReference: boolean;
}

export interface EncodedMarkdown {
  readonly stored: string;
  readonly segments: readonly Segment[];
  readonly parts: readonly Part[];
  readonly references: ReadonlySet<string>;
  /** Labels of the footnotes by their number, from 1. */
  readonly footnotes: ReadonlyMap<string, string>;
}

interface Unit {
  readonly lines: { readonly start: number; readonly end: number } | undefined;
  readonly start: number;
  readonly end: number;
  readonly hasFootnoteReference: boolean;
}

export function encodeMarkdown(markdown: string, dialect: Dialect, addresses: Addresses): EncodedMarkdown {
  const { tokens, references } = parseMarkdown(markdown);
  const { stored, units } = renderedUnits(markdown, dialect, addresses);
  const segments = dialect.split(stored);
  return { stored, segments, parts: partsOf(units, segments), references, footnotes: footnoteLabels(tokens) };
}

/** The stored body alone: telling which of its segments comes from where takes as long again. */
export function storedBody(markdown: string, dialect: Dialect, addresses: Addresses): string {
  return renderedUnits(markdown, dialect, addresses).stored;
}

function renderedUnits(markdown: string, dialect: Dialect, addresses: Addresses) {
  const { tokens } = parseMarkdown(markdown);
  const rangeOf = lineRanges(markdown);
  const units: Unit[] = [];
  const { before, between, after } = dialect.frame;
  let stored = before;
  for (const group of topLevelGroups(tokens)) {
    const nodes = nodesOf(group);
    const block = dialect.render(nodes, addresses);
    if (/^[ \t\n\f\r]*$/.test(block)) continue;
    if (units.length > 0) stored += between;
    const start = stored.length;
    stored += block;
    const map = group[0]?.map;
    const lines = map === null || map === undefined ? undefined : rangeOf(map);
    units.push({ lines, start, end: stored.length, hasFootnoteReference: group.some(refersToFootnote) });
  }
  return { stored: stored + after, units };
}

function topLevelGroups(tokens: readonly Token[]): Token[][] {
  const groups: Token[][] = [];
  let depth = 0;
  for (const token of tokens) {
    if (depth === 0) groups.push([]);
    groups.at(-1)?.push(token);
    depth += token.nesting;
  }
  return groups;
}

function refersToFootnote(token: Token): boolean {
  return token.type === "footnote_ref" || (token.children ?? []).some(refersToFootnote);
}

function footnoteLabels(tokens: readonly Token[]): Map<string, string> {
  const labels = new Map<string, string>();
  for (const { type, meta } of tokens) {
    const label = meta?.label;
    if (type === "footnote_open" && typeof label === "string")
      labels.set(String(Number(meta?.id) + 1), label);
  }
  return labels;
}

/** From line numbers to offsets, blank lines at the end left out. */
function lineRanges(text: string): (map: [number, number]) => { start: number; end: number } {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return ([from, to]) => {
    const start = starts[from] ?? text.length;
    let end = (starts[to] ?? text.length + 1) - 1;
    for (let last = end; last > start; last -= 1) {
      if (text[last - 1] === "\n") end = last - 1;
      else if (text[last - 1] !== " " && text[last - 1] !== "\t") break;
    }
    return { start, end };
  };
}

/**
 * One part per stretch in which units and segments overlap: usually one unit and one segment, but a tag that opens in
 * one Markdown block and closes in another makes one segment of all of them.
 */
function partsOf(units: readonly Unit[], segments: readonly Segment[]): Part[] {
  const parts: Part[] = [];
  let unit = 0;
  let segment = 0;
  while (unit < units.length && segment < segments.length) {
    const fromUnit = unit;
    const fromSegment = segment;
    let end = Math.max(units[unit++]?.end ?? 0, segments[segment++]?.end ?? 0);
    for (;;) {
      if ((units[unit]?.start ?? Number.POSITIVE_INFINITY) < end)
        end = Math.max(end, units[unit++]?.end ?? 0);
      else if ((segments[segment]?.start ?? Number.POSITIVE_INFINITY) < end) {
        end = Math.max(end, segments[segment++]?.end ?? 0);
      } else break;
    }
    const merged = units.slice(fromUnit, unit);
    const first = merged.find((one) => one.lines !== undefined)?.lines;
    const last = merged.findLast((one) => one.lines !== undefined)?.lines;
    parts.push({
      lines: first === undefined || last === undefined ? undefined : { start: first.start, end: last.end },
      segments: [fromSegment, segment],
      hasFootnoteReference: merged.some((one) => one.hasFootnoteReference),
    });
  }
  return parts;
}

/** Parts from and up to that correspond to stored segments from and up to, and whether they say the same. */
export interface Match {
  readonly parts: readonly [from: number, to: number];
  readonly stored: readonly [from: number, to: number];
  readonly same: boolean;
}

/** Only what stands between the segments that are the same bytes at both ends has to be looked at closely. */
function partners(a: readonly Segment[], b: readonly Segment[]): Pairing {
  const isEqual = (i: number, j: number) => a[i]?.raw === b[j]?.raw && a[i]?.kind === b[j]?.kind;
  const most = Math.min(a.length, b.length);
  let head = 0;
  while (head < most && isEqual(head, head)) head += 1;
  let tail = 0;
  while (tail < most - head && isEqual(a.length - 1 - tail, b.length - 1 - tail)) tail += 1;
  const keys = (all: readonly Segment[]) => all.slice(head, all.length - tail).map(({ key }) => key);
  return [
    ...Array.from({ length: head }, (_, i) => [i, i] as const),
    ...alignKeys(keys(a), keys(b)).map(([i, j]) => [i + head, j + head] as const),
    ...Array.from({ length: tail }, (_, i) => [a.length - tail + i, b.length - tail + i] as const),
  ];
}

/**
 * Aligns a document with a stored body. `changed` names parts that count as different whatever they say. The matches
 * cover both sides in order; the ones that are the same hold one part each.
 */
export function matchParts(
  encoded: EncodedMarkdown,
  stored: readonly Segment[],
  changed: (part: Part) => boolean = () => false,
): Match[] {
  const partner = new Map(partners(encoded.segments, stored));
  const matches: Match[] = [];
  let [part, at] = [0, 0];
  const upTo = (nextPart: number, nextAt: number): void => {
    if (nextPart > part || nextAt > at) {
      matches.push({ parts: [part, nextPart], stored: [at, nextAt], same: false });
    }
  };
  encoded.parts.forEach((one, i) => {
    const [from, to] = one.segments;
    const first = partner.get(from);
    if (first === undefined || changed(one)) return;
    for (let n = from; n < to; n++) if (partner.get(n) !== first + n - from) return;
    upTo(i, first);
    matches.push({ parts: [i, i + 1], stored: [first, first + to - from], same: true });
    [part, at] = [i + 1, first + to - from];
  });
  upTo(encoded.parts.length, stored.length);
  return matches;
}
