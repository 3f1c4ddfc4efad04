import { type Change, diffWordsWithSpace, type StructuredPatchHunk, structuredPatch } from "diff";
import { printable } from "../lib/redact.ts";
import { type Paint, painter } from "./style.ts";

export interface DiffManner {
  readonly colour: boolean;
  /** Width of the terminal: unchanged words of longer lines are left out. */
  readonly columns: number;
}

/** Texts that share almost nothing take long to compare; then they are shown one after the other. */
const LINES_LIMIT_MS = 1000;
const WORDS_LIMIT_MS = 200;
/** Below this share of common text a line was replaced, not edited. */
const ALIKE = 0.4;

/**
 * How `after` differs from `before`, hunk by hunk. Edited lines are shown once, begun by `~`, with `[-old-]` and
 * `{+new+}` words in them, and as one line an edited paragraph that only one side has on one; replaced ones as `-` and
 * `+` lines. Empty when both are equal.
 */
export function renderDiff(before: string, after: string, manner: DiffManner): string[] {
  if (before === after) return [];
  const paint = painter(manner.colour);
  const patch = structuredPatch("", "", before, after, "", "", { context: 2, timeout: LINES_LIMIT_MS });
  if (patch === undefined) return [...lines("-", before, paint), ...lines("+", after, paint)];
  return patch.hunks.flatMap((hunk) => renderHunk(hunk, paint, manner.columns));
}

function renderHunk(hunk: StructuredPatchHunk, paint: Paint, columns: number): string[] {
  const { oldStart, oldLines, newStart, newLines } = hunk;
  const out = [paint("cyan", `@@ -${oldStart},${oldLines} +${newStart},${newLines} @@`)];
  let removed: string[] = [];
  let added: string[] = [];
  const flush = (): void => {
    out.push(...renderEdit(removed, added, paint, columns));
    removed = [];
    added = [];
  };
  for (const line of hunk.lines) {
    const text = line.slice(1);
    if (line.startsWith("-")) {
      if (added.length > 0) flush();
      removed.push(text);
    } else if (line.startsWith("+")) added.push(text);
    else if (line.startsWith("\\")) continue;
    else {
      flush();
      out.push(`  ${shorten(printable(text), columns, true, true)}`);
    }
  }
  flush();
  return out;
}

/** Lines that stand for each other pair off in order as long as they are alike. */
function renderEdit(
  removed: readonly string[],
  added: readonly string[],
  paint: Paint,
  columns: number,
): string[] {
  if (removed.length !== added.length) {
    const words = isRewrapped(removed, added)
      ? wordLine(removed.join(" "), added.join(" "), paint, columns)
      : undefined;
    if (words !== undefined) return [words];
    return [
      ...lines("-", removed.join("\n"), paint, removed.length),
      ...lines("+", added.join("\n"), paint, added.length),
    ];
  }
  return removed.flatMap((old, index) => renderLine(old, added[index] ?? "", paint, columns));
}

/** What begins a block of its own in Markdown, or a line of its own in front matter. */
const OWN_LINE = /^\s*(?:[-*+|#>:`~<]|\d+[.)]\s|[\w-]+\s*[:=]|$)/;

/** A paragraph that one side has on one line and the other on several: sites join the lines of what they are sent. */
function isRewrapped(removed: readonly string[], added: readonly string[]): boolean {
  const [one, several] = removed.length === 1 ? [removed, added] : [added, removed];
  if (one.length !== 1 || removed.join(" ") === added.join(" ")) return false;
  return [...one, ...several].every((line) => !OWN_LINE.test(line));
}

function renderLine(before: string, after: string, paint: Paint, columns: number): string[] {
  const words = wordLine(before, after, paint, columns);
  return words === undefined ? [...lines("-", before, paint), ...lines("+", after, paint)] : [words];
}

/** Undefined for texts that have too little in common. */
function wordLine(before: string, after: string, paint: Paint, columns: number): string | undefined {
  const changes = diffWordsWithSpace(before, after, { timeout: WORDS_LIMIT_MS });
  if (changes === undefined || !alike(changes)) return undefined;
  const words = changes.map((change, index) => {
    const text = printable(change.value);
    if (change.removed) return paint("red", `[-${text}-]`);
    if (change.added) return paint("green", `{+${text}+}`);
    return shorten(text, columns, index > 0, index < changes.length - 1);
  });
  return `${paint("yellow", "~")} ${words.join("")}`;
}

function alike(changes: readonly Change[]): boolean {
  let same = 0;
  let all = 0;
  for (const { value, added, removed } of changes) {
    if (!added && !removed) same += 2 * value.length;
    all += added || removed ? value.length : 2 * value.length;
  }
  return same >= ALIKE * all;
}

/** Unchanged text is cut in the middle of a long line; what stands beside a change stays. */
function shorten(text: string, columns: number, before: boolean, after: boolean): string {
  const side = Math.max(20, Math.floor(columns / 3));
  if (text.length <= 2 * side + 3) return text;
  const signs = Array.from(text);
  const head = before ? signs.slice(0, side).join("") : "";
  const tail = after ? signs.slice(-side).join("") : "";
  return `${head} … ${tail}`;
}

function lines(mark: "-" | "+", text: string, paint: Paint, count = 1): string[] {
  if (count === 0) return [];
  const colour = mark === "-" ? "red" : "green";
  return text.split("\n").map((line) => paint(colour, `${mark} ${printable(line)}`));
}
