// Text of one block, in a form that Markdown, HTML and editors that keep nodes can all say.
import { escapeAttribute } from "./addresses.ts";
import { escapeText } from "./render.ts";

export interface Link {
  readonly url: string;
  readonly rel: string;
  readonly target: string;
  readonly title: string;
}

export interface Run {
  readonly text: string;
  /** Sum of `FORMATS`. */
  readonly format: number;
  readonly link?: Link;
}

/** Text of one block. */
export type Line = readonly (Run | "break")[];

/** Bits for formatted text (those of Lexical) and the elements that say the same, outermost first. */
export const FORMATS: readonly (readonly [bit: number, name: string])[] = [
  [1, "strong"],
  [2, "em"],
  [4, "s"],
  [8, "u"],
  [128, "mark"],
  [32, "sub"],
  [64, "sup"],
  [16, "code"],
];

/** Of a space these show nothing. */
const UNSEEN_ON_SPACE = 1 + 2;

/** White space as HTML shows it: single, and none at the edges or beside a line break. Equal neighbours are one. */
export function tidyLine(line: Line): Line {
  const tidy: (Run | "break")[] = [];
  for (const item of line) {
    if (item === "break") {
      trimEnd(tidy);
      tidy.push(item);
      continue;
    }
    const last = tidy.at(-1);
    let text = item.text.replace(/[ \t\n\f\r]+/g, " ");
    if (last === undefined || last === "break" || last.text.endsWith(" ")) text = text.replace(/^ /, "");
    if (text === "") continue;
    const format = text === " " ? item.format & ~UNSEEN_ON_SPACE : item.format;
    const run = { ...item, text, format };
    if (last !== undefined && last !== "break" && looksLike(last, run)) {
      tidy[tidy.length - 1] = { ...last, text: last.text + text };
    } else tidy.push(run);
  }
  trimEnd(tidy);
  while (tidy.at(-1) === "break") {
    tidy.pop();
    trimEnd(tidy);
  }
  return tidy;
}

function trimEnd(line: (Run | "break")[]): void {
  const last = line.at(-1);
  if (last === undefined || last === "break" || !last.text.endsWith(" ")) return;
  const text = last.text.slice(0, -1);
  if (text === "") line.pop();
  else line[line.length - 1] = { ...last, text };
}

function looksLike(a: Run, b: Run): boolean {
  return a.format === b.format && JSON.stringify(a.link ?? null) === JSON.stringify(b.link ?? null);
}

interface Tag {
  readonly open: string;
  readonly close: string;
}

export function htmlOfLine(line: Line): string {
  let html = "";
  let open: readonly Tag[] = [];
  for (const item of [...line, undefined]) {
    const wanted = item === undefined ? [] : item === "break" ? linkOf(open) : tagsOf(item);
    let common = 0;
    while (common < open.length && open[common]?.open === wanted[common]?.open) common += 1;
    for (const { close } of open.slice(common).toReversed()) html += close;
    for (const tag of wanted.slice(common)) html += tag.open;
    if (item === "break") html += "<br>";
    else if (item !== undefined) html += escapeText(item.text);
    open = wanted;
  }
  return html;
}

const linkOf = (open: readonly Tag[]) => open.filter(({ close }) => close === "</a>");

function tagsOf({ format, link }: Run): readonly Tag[] {
  const formats = FORMATS.filter(([bit]) => (format & bit) !== 0).map(([, name]) => ({
    open: `<${name}>`,
    close: `</${name}>`,
  }));
  if (link === undefined) return formats;
  const { url, ...rest } = link;
  const others = Object.entries(rest).map(([name, value]) =>
    value === "" ? "" : ` ${name}="${escapeAttribute(value)}"`,
  );
  return [{ open: `<a href="${escapeAttribute(url)}"${others.join("")}>`, close: "</a>" }, ...formats];
}
