import { editsOf, splitLines } from "./text.ts";

/** The first H1 of a body: lines `from` to `to` (exclusive), the text in the first of them. */
export interface Heading {
  readonly title: string;
  readonly from: number;
  readonly to: number;
  /** What stands around the text on its line. */
  readonly before: string;
  readonly after: string;
}

const ATX = /^( {0,3}#[ \t]+)(.*?)((?:[ \t]+\{[#.:][^}\n]*\})?(?:[ \t]+#+)?[ \t]*\n?)$/;
const UNDERLINE = /^ {0,3}=+[ \t]*\n?$/;
/** Lines that cannot be the text above an underline. */
const NOT_TEXT = /^(\s*$| {0,3}(#|>|[-*+][ \t]|\d+[.)][ \t]|`{3}|~{3}|<|\|)| {4}|\t)/;
const PUNCTUATION = "[!-/:-@[-`{-~]";

/** Code fences and HTML comments are passed over. */
export function findHeading(body: string): Heading | undefined {
  const lines = splitLines(body);
  let fence: string | undefined;
  let comment = false;
  for (const [index, line] of lines.entries()) {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (comment) comment = !line.includes("-->");
    else if (fence !== undefined) {
      if (mark?.startsWith(fence) === true && line.trim() === mark) fence = undefined;
    } else if (mark !== undefined) fence = mark;
    else if (/^ {0,3}<!--/.test(line)) comment = !line.includes("-->");
    else {
      const heading = atxAt(line, index) ?? setextAt(lines, index);
      if (heading !== undefined) return heading;
    }
  }
  return undefined;
}

/** The body as a document has it: without the heading, and without empty lines above the rest. */
export function visibleBody(body: string, heading: Heading | undefined): string {
  const lines = splitLines(body);
  return visibleLines(lines, heading)
    .map((index) => lines[index])
    .join("");
}

/** Line of a file's body, from 1, that a line of the document's body is. */
export function lineInBody(body: string, heading: Heading | undefined, line: number): number {
  const index = visibleLines(splitLines(body), heading)[line - 1];
  return index === undefined ? line : index + 1;
}

/** The file's body after the document's body, or its title, became another. All other lines stay. */
export function rebuildBody(
  body: string,
  heading: Heading | undefined,
  change: { readonly title?: string; readonly body?: string },
): string {
  const lines = splitLines(body);
  const shown = visibleLines(lines, heading);
  const inserts = new Map<number, string[]>();
  const gone = new Set<number>();
  if (change.body !== undefined) {
    const before = shown.map((index) => lines[index] ?? "");
    for (const edit of editsOf(before, splitLines(change.body))) {
      const at = shown[edit.from] ?? (shown.at(-1) ?? lines.length - 1) + 1;
      inserts.set(at, [...(inserts.get(at) ?? []), ...edit.lines]);
      for (const index of shown.slice(edit.from, edit.to)) gone.add(index);
    }
  }
  if (heading !== undefined && change.title !== undefined) {
    for (let index = heading.from; index < lastTextLine(heading, lines); index += 1) gone.add(index);
    inserts.set(heading.from, [...(inserts.get(heading.from) ?? []), headingLine(heading, change.title)]);
  }
  const result: string[] = [];
  for (let index = 0; index <= lines.length; index += 1) {
    const fresh = inserts.get(index) ?? [];
    const last = result.at(-1);
    if (fresh.length > 0 && last !== undefined && !last.endsWith("\n")) result.push("\n");
    if (fresh.length > 0 && heading !== undefined && shown.length === 0 && index === lines.length)
      result.push("\n");
    result.push(...fresh);
    const line = lines[index];
    if (line !== undefined && !gone.has(index)) result.push(line);
  }
  return result.join("");
}

function atxAt(line: string, index: number): Heading | undefined {
  const found = ATX.exec(line);
  const title = plainText(found?.[2] ?? "");
  if (found === null || title === "") return undefined;
  return { title, from: index, to: index + 1, before: found[1] ?? "", after: found[3] ?? "" };
}

function setextAt(lines: readonly string[], index: number): Heading | undefined {
  if (!UNDERLINE.test(lines[index] ?? "")) return undefined;
  let from = index;
  while (from > 0 && !NOT_TEXT.test(lines[from - 1] ?? "")) from -= 1;
  const above = lines[from - 1];
  if (from === index || (above !== undefined && above.trim() !== "" && !/^ {0,3}#/.test(above)))
    return undefined;
  const title = plainText(lines.slice(from, index).join(" "));
  return { title, from, to: index + 1, before: "", after: "\n" };
}

/** Lines that hold the heading's text: all of an ATX heading, a setext heading without its underline. */
function lastTextLine(heading: Heading, lines: readonly string[]): number {
  return UNDERLINE.test(lines[heading.to - 1] ?? "") ? heading.to - 1 : heading.to;
}

function headingLine(heading: Heading, title: string): string {
  const escaped = title
    .replace(/\s+/g, " ")
    .trim()
    .replace(new RegExp(`\\\\(?=${PUNCTUATION})`, "g"), "\\\\")
    .replace(/(#+)$/, "\\$1")
    .replace(/\{(?=[#.:][^}]*\}$)/, "\\{");
  return heading.before + escaped + heading.after;
}

function plainText(text: string): string {
  return text
    .replace(new RegExp(`\\\\(${PUNCTUATION})`, "g"), "$1")
    .replace(/\s+/g, " ")
    .trim();
}

function visibleLines(lines: readonly string[], heading: Heading | undefined): number[] {
  const kept = [...lines.keys()].filter(
    (index) => heading === undefined || index < heading.from || index >= heading.to,
  );
  const first = kept.findIndex((index) => (lines[index] ?? "").trim() !== "");
  return first < 0 ? [] : kept.slice(first);
}
