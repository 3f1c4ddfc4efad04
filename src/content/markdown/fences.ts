// Parts of a document that are markup and go to the CMS as they are: whether they are still whole.
import type { Token } from "markdown-it";
import { type Delimiter, delimiters } from "./delimiters.ts";
import { parseMarkdown } from "./parser.ts";

/** What is wrong with markup that a document keeps as it is. */
export interface BrokenFence {
  /** Line of the document, from 1. */
  readonly line: number;
  readonly message: string;
  readonly hint: string;
}

/** A mark of a block or of raw markup, or what was meant as one. */
const MARK = /<!--\s*\/?\s*(?:wp:|raw(?: \d{1,3})?\s*-->)/;

/**
 * The marks of blocks and of raw markup that have lost their partner, are nested crosswise or cannot be read; code is
 * left out. What stands between raw marks may hold anything.
 */
export function brokenFences(markdown: string): readonly BrokenFence[] {
  if (!MARK.test(markdown)) return [];
  const lines = markdown.split("\n");
  const found: BrokenFence[] = [];
  const loose: Located[] = [];
  for (const token of parseMarkdown(markdown).tokens) {
    const line = token.map?.[0] ?? 0;
    if (token.type === "cms_block") {
      if (token.info === "block") found.push(...broken(marksIn(token.content, line)));
    } else if (token.type === "html_block") loose.push(...looseMarks(token, line));
    else if (token.type === "inline") loose.push(...inlineMarks(token, lines));
  }
  found.push(...broken(loose));
  return found.sort((a, b) => a.line - b.line);
}

interface Located {
  /** From 0. */
  readonly line: number;
  /** As it stands in the document. */
  readonly text: string;
  /** Undefined for what cannot be read as a mark. */
  readonly mark: Delimiter | undefined;
  /** A block that Markdown reads as text and tags, though it opens at the margin. */
  readonly undone?: true;
}

const LOOSE = /<!--\s*\/?\s*(?:wp:[\s\S]*?(?:-->|$)|raw(?: \d{1,3})?\s*-->)/g;

function marksIn(markup: string, line: number): Located[] {
  const known = new Map([...delimiters(markup)].map((mark) => [mark.start, mark]));
  const marks: Located[] = [];
  for (const { index, 0: text } of markup.matchAll(LOOSE)) {
    marks.push({ line: line + lineEnds(markup.slice(0, index)), text, mark: known.get(index) });
  }
  return marks;
}

function lineEnds(text: string): number {
  return text.split("\n").length - 1;
}

/** Marks that the parser took for mere tags: one that opens a block there has no partner that ends its own line. */
function looseMarks(token: Token, line: number): Located[] {
  return marksIn(token.content, line).map((found, i) =>
    i === 0 &&
    token.level === 0 &&
    found.mark?.kind === "open" &&
    token.content.trimStart().startsWith("<!-- wp:")
      ? { ...found, undone: true }
      : found,
  );
}

function inlineMarks(token: Token, lines: readonly string[]): Located[] {
  const [from, to] = token.map ?? [0, 0];
  return (token.children ?? []).flatMap((child) => {
    if (child.type !== "html_inline") return [];
    const [first = ""] = child.content.split("\n");
    const at = lines.slice(from, to).findIndex((line) => line.includes(first));
    return marksIn(child.content, from + Math.max(at, 0));
  });
}

/** Those of a sequence of marks that do not come in pairs. */
function broken(marks: readonly Located[]): BrokenFence[] {
  const found: BrokenFence[] = [];
  const open: Located[] = [];
  for (const located of marks) {
    const { mark } = located;
    const fault = mark === undefined ? unreadable(located) : attributesFault(located, mark);
    if (fault !== undefined) found.push(fault);
    if (mark?.kind === "open") open.push(located);
    if (mark?.kind !== "close") continue;
    const at = open.findLastIndex((candidate) => candidate.mark?.name === mark.name);
    if (at < 0) found.push(unopened(located, open.at(-1)));
    else found.push(...open.splice(at).flatMap((opened, i) => closedFault(opened, i === 0)));
  }
  return [...found, ...open.map(unclosed)];
}

function attributesFault({ line, text }: Located, { attrs, name }: Delimiter): BrokenFence | undefined {
  if (attrs === "" || isJson(attrs)) return undefined;
  return {
    line: line + 1,
    message: `The attributes of the block \`${name}\` are no JSON: ${short(text)}`,
    hint: "Correct what stands between `{` and `}`, or take the block's own text from the site with a pull.",
  };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function unreadable({ line, text }: Located): BrokenFence {
  const raw = /raw/.test(text) && !text.includes("wp:");
  return {
    line: line + 1,
    message: raw ? `${short(text)} has no partner` : `${short(text)} cannot be read as the mark of a block`,
    hint: raw
      ? "Raw markup stands between `<!-- raw -->` and `<!-- /raw -->`, each on a line of its own at the margin."
      : "Write it as `<!-- wp:name -->`, `<!-- wp:name {…} -->` or `<!-- /wp:name -->`, with these blanks.",
  };
}

function unopened({ line, text }: Located, open: Located | undefined): BrokenFence {
  const name = open?.mark?.name;
  return {
    line: line + 1,
    message: `${short(text)} closes a block that nothing opens`,
    hint:
      name === undefined
        ? "Remove it, or put the block's opening mark back."
        : `Write \`<!-- /wp:${name} -->\`, if it is the end of the block that line ${(open?.line ?? 0) + 1} opens.`,
  };
}

/** The first of the marks that one closing mark closes is its own; those inside have none. */
function closedFault(opened: Located, own: boolean): BrokenFence[] {
  if (!own) return [unclosed(opened)];
  if (opened.undone !== true) return [];
  return [
    {
      line: opened.line + 1,
      message: `The block that ${short(opened.text)} opens is not a part of its own`,
      hint: "Begin it at the margin, and let nothing stand behind its closing mark on that line.",
    },
  ];
}

function unclosed({ line, text, mark }: Located): BrokenFence {
  return {
    line: line + 1,
    message: `${short(text)} opens a block that nothing closes`,
    hint: `Put \`<!-- /wp:${mark?.name} -->\` behind the block, or remove the block as a whole.`,
  };
}

function short(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return `\`${line.length > 60 ? `${line.slice(0, 60)}…` : line}\``;
}
