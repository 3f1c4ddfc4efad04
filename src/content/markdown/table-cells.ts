import { recent } from "../../lib/remember.ts";
import { parseMarkdown } from "./parser.ts";

/** What a row inside of quotes, lists and footnotes begins with; a row of its own never begins with `>`. */
const CONTAINERS = /^[\s>]*/;
/** As tables are split: the mark before it is all that tells an escaped one, in code spans too. */
const SEPARATOR = /(?<!\\)\|/;

/**
 * Lines, from 1 and in order, of the table rows that have more cells than their header. GFM drops the cells beyond it;
 * rows where these are empty lose nothing and are left out. Throws `invalid` for a document nested too deep.
 */
export function linesWithDroppedCells(markdown: string): readonly number[] {
  if (!markdown.includes("|")) return [];
  const known = remembered.get(markdown);
  if (known !== undefined) return known;
  const lines = droppedIn(markdown);
  remembered.set(markdown, lines, markdown.length);
  return lines;
}

/** A document is looked at when its losses are foreseen and when it is sent. */
const remembered = recent<readonly number[]>(16_000_000);

function droppedIn(markdown: string): readonly number[] {
  const lines = markdown.split(/\r\n?|\n/);
  const found: number[] = [];
  let columns = 0;
  for (const { type, map } of parseMarkdown(markdown).tokens) {
    if (type === "table_open") columns = 0;
    else if (type === "th_open") columns += 1;
    else if (type !== "tr_open" || map === null || columns === 0) continue;
    else if (dropsCells(lines[map[0]] ?? "", columns)) found.push(map[0] + 1);
  }
  return found.sort((a, b) => a - b);
}

function dropsCells(line: string, columns: number): boolean {
  const cells = line.replace(CONTAINERS, "").trimEnd().split(SEPARATOR);
  if (cells[0] === "") cells.shift();
  return cells.slice(columns).some((cell) => cell.trim() !== "");
}
