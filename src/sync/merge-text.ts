import { diffLines, lineNumbers, splitLines } from "./diff-lines.ts";
import { type Blocks, cutAtBlocks } from "./merge-blocks.ts";
import { groupEdits, mergeGroups, type Region, type Sides, type Span } from "./merge-lines.ts";

/** A stretch of a three-way merge, in order; the texts joined are the whole. All LF; line ends belong to the lines. */
export type Chunk =
  | {
      readonly type: "settled";
      /** Who left the base here; `both` where both made the same of it. */
      readonly from: "base" | "ours" | "theirs" | "both";
      readonly text: string;
      readonly base: string;
    }
  | { readonly type: "conflict"; readonly base: string; readonly ours: string; readonly theirs: string };

/** Letters of all scripts, unlike git, which would show a text without Latin ones as one long conflict. */
const WORD = /[\p{L}\p{N}]/u;

/**
 * Merges two edits of one text. It conflicts where `git merge-file` does, and where git merges it makes the same text. Where
 * git sees a conflict, two finer units may still settle it: edits that touch without overlapping and lie in different
 * blocks (`blocks`: offsets in a text where a top-level block of it begins), and a missing end of the last line, which the
 * side that changed it decides and which is no edit of that line. Joining what each chunk says of the base gives the base,
 * and of a side that side: for a settled chunk its text if the side is where it comes from, else its base. Only where the
 * end of a last line is missing, chunks may speak of a line that has one.
 */
export function mergeText(base: string, ours: string, theirs: string, blocks?: Blocks): readonly Chunk[] {
  const exact = mergeUnits({ base, ours, theirs });
  if (inConflict(exact) === 0) return exact;
  const closed = { base: ended(base), ours: ended(ours), theirs: ended(theirs) };
  const finer = asEnded(mergeUnits(closed, blocks), { base, ours, theirs });
  return inConflict(finer) < inConflict(exact) ? finer : exact;
}

/** The merged text; undefined where a conflict is left. */
export function mergedText(chunks: readonly Chunk[]): string | undefined {
  let text = "";
  for (const chunk of chunks) {
    if (chunk.type === "conflict") return undefined;
    text += chunk.text;
  }
  return text;
}

/** Both sides without a base: what they share is settled, every difference is a conflict with base "". */
export function compareText(ours: string, theirs: string): readonly Chunk[] {
  // A diff may choose otherwise in the other direction; the two sides of a comparison have none.
  if (ours > theirs) return compareText(theirs, ours).map(swapped);
  const [a, b] = [splitLines(ours), splitLines(theirs)];
  const number = lineNumbers();
  const chunks: Chunk[] = [];
  let done = 0;
  for (const change of diffLines(number(a), number(b))) {
    add(chunks, { type: "settled", from: "both", text: textOf(a, { start: done, end: change.a }), base: "" });
    const [mine, other] = [
      { start: change.a, end: change.aEnd },
      { start: change.b, end: change.bEnd },
    ];
    add(chunks, { type: "conflict", base: "", ours: textOf(a, mine), theirs: textOf(b, other) });
    done = change.aEnd;
  }
  add(chunks, { type: "settled", from: "both", text: textOf(a, { start: done, end: a.length }), base: "" });
  return chunks;
}

function swapped(chunk: Chunk): Chunk {
  return chunk.type === "conflict" ? { ...chunk, ours: chunk.theirs, theirs: chunk.ours } : chunk;
}

/** By lines; where `blocks` is given, touching edits in different blocks apart. */
function mergeUnits(texts: Sides<string>, blocks?: Blocks): readonly Chunk[] {
  const lines = {
    base: splitLines(texts.base),
    ours: splitLines(texts.ours),
    theirs: splitLines(texts.theirs),
  };
  const number = lineNumbers();
  const numbers = { base: number(lines.base), ours: number(lines.ours), theirs: number(lines.theirs) };
  const touching = groupEdits(numbers);
  const groups = blocks === undefined ? touching : cutAtBlocks(lines, touching, blocks);
  const regions = mergeGroups(numbers, groups, (line) => WORD.test(lines.ours[line] ?? ""));
  return chunksOf(lines, regions);
}

function chunksOf(lines: Sides<readonly string[]>, regions: readonly Region[]): readonly Chunk[] {
  const chunks: Chunk[] = [];
  let done = 0;
  const addUnchanged = (end: number): void => {
    const text = textOf(lines.base, { start: done, end });
    add(chunks, { type: "settled", from: "base", text, base: text });
  };
  for (const { type, ...spans } of regions) {
    addUnchanged(spans.base.start);
    done = spans.base.end;
    const base = textOf(lines.base, spans.base);
    const ours = textOf(lines.ours, spans.ours);
    const theirs = textOf(lines.theirs, spans.theirs);
    if (type === "conflict") add(chunks, { type, base, ours, theirs });
    else {
      const text = type === "theirs" ? theirs : ours;
      add(chunks, { type: "settled", from: text === base ? "base" : type, text, base });
    }
  }
  addUnchanged(lines.base.length);
  return chunks;
}

function textOf(lines: readonly string[], { start, end }: Span): string {
  return lines.slice(start, end).join("");
}

/** Empty chunks are left out, neighbours of one origin are one. */
function add(chunks: Chunk[], chunk: Chunk): void {
  if (chunk.type === "settled" && chunk.text === "" && chunk.base === "") return;
  const last = chunks.at(-1);
  if (chunk.type === "settled" && last?.type === "settled" && last.from === chunk.from) {
    chunks.pop();
    chunks.push({ ...last, text: last.text + chunk.text, base: last.base + chunk.base });
  } else chunks.push(chunk);
}

/** How much text is left to a person. */
function inConflict(chunks: readonly Chunk[]): number {
  let size = 0;
  for (const chunk of chunks) {
    if (chunk.type === "conflict") size += chunk.base.length + chunk.ours.length + chunk.theirs.length;
  }
  return size;
}

function ended(text: string): string {
  return lacksEnd(text) ? `${text}\n` : text;
}

function lacksEnd(text: string): boolean {
  return text !== "" && !text.endsWith("\n");
}

/** A merge of texts whose last lines were given their ends, with the end that `texts` ask for. */
function asEnded(chunks: readonly Chunk[], texts: Sides<string>): readonly Chunk[] {
  const last = chunks.at(-1);
  if (last?.type === "conflict") {
    const cut = (text: string, whole: string) => (lacksEnd(whole) ? withoutEnd(text) : text);
    const { base, ours, theirs } = last;
    const conflict = {
      base: cut(base, texts.base),
      ours: cut(ours, texts.ours),
      theirs: cut(theirs, texts.theirs),
    };
    return [...chunks.slice(0, -1), { type: "conflict", ...conflict }];
  }
  const [base, ours, theirs] = [lacksEnd(texts.base), lacksEnd(texts.ours), lacksEnd(texts.theirs)];
  const lacks = ours === base ? theirs : ours;
  if (!lacks) return chunks;
  const at = chunks.findLastIndex((chunk) => chunk.type === "conflict" || chunk.text !== "");
  const chunk = chunks[at];
  if (chunk?.type !== "settled") return chunks;
  const cut = { ...chunk, text: withoutEnd(chunk.text), base: base ? withoutEnd(chunk.base) : chunk.base };
  return chunks.with(at, cut);
}

function withoutEnd(text: string): string {
  return text.endsWith("\n") ? text.slice(0, -1) : text;
}
