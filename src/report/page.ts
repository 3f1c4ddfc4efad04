import MarkdownIt, { type Token } from "markdown-it";
import { type Paint, painter } from "./style.ts";
import { displayWidth, pad } from "./width.ts";

const CODE_INDENT = 4;
const CELL_GAP = 2;
/** A last cell narrower than this goes below the others. */
const NARROWEST_CELL = 24;

/**
 * A page of Markdown for a terminal of so many columns: paragraphs, lists and tables wrapped, code indented and left as
 * it is, links as their texts. With `section`, what stands below the heading of that name, the heading included;
 * undefined where there is none.
 */
export function pageLines(
  markdown: string,
  { columns, colour }: { readonly columns: number; readonly colour: boolean },
  section?: string,
): readonly string[] | undefined {
  const tokens = new MarkdownIt().enable("table").parse(markdown, {});
  const wanted = section === undefined ? tokens : sectionOf(tokens, section);
  if (wanted === undefined) return undefined;
  return blocks(wanted, columns, painter(colour));
}

function sectionOf(tokens: readonly Token[], section: string): readonly Token[] | undefined {
  const start = tokens.findIndex(
    (token, index) => token.type === "heading_open" && tokens[index + 1]?.content === section,
  );
  const tag = tokens[start]?.tag;
  if (tag === undefined) return undefined;
  const end = tokens.findIndex(
    (token, index) => index > start && token.type === "heading_open" && token.tag <= tag,
  );
  return tokens.slice(start, end === -1 ? tokens.length : end);
}

/** An empty line between blocks; items of a list follow one another. */
function blocks(tokens: readonly Token[], columns: number, paint: Paint): readonly string[] {
  const lines: string[] = [];
  const indents: number[] = [];
  let marker = "";
  const add = (block: readonly string[]): void => {
    const indent = indents.reduce((sum, width) => sum + width, 0);
    if (lines.length > 0 && marker === "") lines.push("");
    block.forEach((line, index) => {
      const before = index === 0 ? marker.padStart(indent) : " ".repeat(indent);
      lines.push(`${before}${line}`.trimEnd());
    });
    marker = "";
  };
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at];
    if (token === undefined) continue;
    const text = plainText(tokens[at + 1]);
    const room = columns - indents.reduce((sum, width) => sum + width, 0);
    const [, list, edge] = /^(bullet|ordered)_list_(open|close)$/.exec(token.type) ?? [];
    if (edge === "close") indents.pop();
    else if (list !== undefined) {
      if (indents.length === 0 && lines.length > 0) lines.push("");
      indents.push(list === "bullet" ? "- ".length : "1. ".length);
    } else if (token.type === "list_item_open") marker = token.info === "" ? "- " : `${token.info}. `;
    else if (token.type === "heading_open") add([paint("bold", text)]);
    else if (token.type === "paragraph_open") add(wrapped(text, room));
    else if (token.type === "fence") add(codeLines(token, paint));
    else if (token.type === "table_open") {
      const end = tokens.findIndex((other, index) => index > at && other.type === "table_close");
      add(tableText(tokens.slice(at, end), room, paint));
      at = end;
    }
  }
  return lines;
}

function codeLines({ content }: Token, paint: Paint): readonly string[] {
  const code = content.replace(/\n$/, "").split("\n");
  return code.map((line) => paint("cyan", `${" ".repeat(CODE_INDENT)}${line}`.trimEnd()));
}

/** Emphasis, links and code without their marks. */
function plainText(token: Token | undefined): string {
  const parts = token?.children ?? [];
  return parts
    .map(({ type, content }) => (/break$/.test(type) ? " " : content))
    .join("")
    .trim();
}

/** At blanks; a word that is wider stays whole. */
export function wrapped(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    if (line !== "" && displayWidth(line) + 1 + displayWidth(word) > columns) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** Columns as wide as what stands in them; the last one takes what is left, and goes below where that is too little. */
function tableText(tokens: readonly Token[], columns: number, paint: Paint): readonly string[] {
  const rows: string[][] = [];
  for (const token of tokens) {
    if (token.type === "tr_open") rows.push([]);
    else if (token.type === "inline") rows.at(-1)?.push(plainText(token));
  }
  const count = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: count - 1 }, (_, index) =>
    Math.max(...rows.map((row) => displayWidth(row[index] ?? ""))),
  );
  const before = widths.reduce((sum, width) => sum + width + CELL_GAP, 0);
  const below = columns - before < NARROWEST_CELL;
  return rows.flatMap((row, index) => {
    const cells = row.slice(0, -1);
    const last = wrapped(row.at(-1) ?? "", columns - (below ? CODE_INDENT : before));
    const head = cells.map((cell, at) => pad(cell, (widths[at] ?? 0) + CELL_GAP)).join("");
    const shown = below
      ? [...wrapped(cells.join("  "), columns), ...last.map((line) => " ".repeat(CODE_INDENT) + line)]
      : last.map((line, at) => (at === 0 ? head : " ".repeat(before)) + line);
    return index === 0 ? shown.map((line) => paint("bold", line)) : shown;
  });
}
