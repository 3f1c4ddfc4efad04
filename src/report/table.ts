import Table from "cli-table3";
import { printable } from "../lib/redact.ts";
import { painter } from "./style.ts";
import type { Ui } from "./ui.ts";
import { clip, displayWidth } from "./width.ts";

/** Drawing takes more than linear time, and nobody reads a longer table on a screen. */
const MOST_DRAWN = 500;
const GAP = 2;
const NARROWEST = 6;

/**
 * Rows of untrusted text: aligned on a terminal, with cells cut to its width, or one cell a line where that would leave
 * nothing to read; tab-separated without head elsewhere and beyond 500 rows, so that `cut` and `awk` can take them apart.
 */
export function tableLines(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  ui: Pick<Ui, "terminal" | "colour" | "columns">,
): string[] {
  const cells = rows.map((row) => row.map(printable));
  if (!ui.terminal || rows.length > MOST_DRAWN) return cells.map((row) => row.join("\t"));
  const paint = painter(ui.colour);
  if (head.length * NARROWEST + GAP * (head.length - 1) > ui.columns)
    return cells.flatMap((row) => cardLines(head, row, paint));
  const widths = columnWidths([head, ...cells], ui.columns);
  const table = new Table({
    chars: BORDERLESS,
    style: { "padding-left": 0, "padding-right": GAP, head: [], border: [], compact: true },
  });
  const cut = (row: readonly string[]): string[] => row.map((cell, index) => clip(cell, widths[index] ?? 0));
  table.push(
    cut(head).map((cell) => paint("bold", cell)),
    ...cells.map(cut),
  );
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd());
}

/** One row: what it is about, and below it what each other column says. */
function cardLines(
  head: readonly string[],
  [title = "", ...cells]: readonly string[],
  paint: ReturnType<typeof painter>,
): readonly string[] {
  const [, ...names] = head;
  const width = Math.max(...names.map(displayWidth));
  const lines = cells.flatMap((cell, index) =>
    cell === "" ? [] : [`  ${(names[index] ?? "").padEnd(width)}  ${cell}`],
  );
  return [paint("bold", title), ...lines];
}

/** As wide as what stands in them; where that is too wide together, the widest give way. */
function columnWidths(rows: readonly (readonly string[])[], columns: number): number[] {
  const count = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, index) =>
    Math.max(...rows.map((row) => displayWidth(row[index] ?? ""))),
  );
  const room = columns - GAP * (count - 1);
  while (widths.reduce((sum, width) => sum + width, 0) > room) {
    const widest = Math.max(...widths);
    if (widest <= NARROWEST) break;
    widths[widths.indexOf(widest)] = widest - 1;
  }
  return widths;
}

const BORDERLESS = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "",
};
