import { canonical, canonicalTokens, type LineEnds } from "./canonical.ts";
import { outermostBlocks } from "./delimiters.ts";
import type { Segment } from "./dialect.ts";
import {
  closesParagraph,
  type HtmlToken,
  isInline,
  isVoid,
  openElements,
  tokenizeHtml,
} from "./html-tokens.ts";

/** A body of WordPress's editor is one with a block in it; an empty one becomes one. */
export function hasBlocks(stored: string): boolean {
  return /^[ \t\n\f\r]*$/.test(stored) || outermostBlocks(stored).length > 0;
}

/** True for HTML with text at the top level that no element holds. */
export function hasBareText(stored: string): boolean {
  return topLevel(stored).some((piece) => piece.kind === "run");
}

export function splitBlocks(stored: string): Segment[] {
  const segments: Segment[] = [];
  const addFreeform = (from: number, to: number): void => {
    let start = from;
    let end = to;
    while (start < end && isBlank(stored[start])) start += 1;
    while (end > start && isBlank(stored[end - 1])) end -= 1;
    if (start === end) return;
    const raw = stored.slice(start, end);
    segments.push({
      start,
      end,
      raw,
      get key() {
        return `freeform ${canonical(raw, "break")}`;
      },
      kind: "freeform",
      name: "",
    });
  };
  let covered = 0;
  for (const { name, start, end } of outermostBlocks(stored)) {
    addFreeform(covered, start);
    const raw = stored.slice(start, end);
    segments.push({
      start,
      end,
      raw,
      get key() {
        return canonical(raw, "space");
      },
      kind: "block",
      name,
    });
    covered = end;
  }
  addFreeform(covered, stored.length);
  return segments;
}

export function splitHtml(stored: string, lineEnds: LineEnds): Segment[] {
  return topLevel(stored).map((piece) => {
    const raw = stored.slice(piece.start, piece.end);
    const inner = canonicalTokens(piece.tokens, lineEnds);
    const key = piece.kind === "run" && lineEnds === "break" ? `<p>${inner}</p>` : inner;
    return { start: piece.start, end: piece.end, raw, key, kind: piece.kind, name: piece.name };
  });
}

interface Piece {
  start: number;
  end: number;
  kind: "element" | "run" | "comment";
  name: string;
  tokens: HtmlToken[];
}

/** Cuts markup at its outermost elements; text between them is cut at blank lines. */
function topLevel(html: string): Piece[] {
  const pieces: Piece[] = [];
  const open = openElements();
  let current: Piece | undefined;
  const finish = (): void => {
    if (current !== undefined && trimEdges(current, html, open.outermost())) pieces.push(current);
    current = undefined;
    open.clear();
  };
  const extend = (token: HtmlToken, kind: Piece["kind"], name = ""): void => {
    current ??= { start: token.start, end: token.end, kind, name, tokens: [] };
    current.end = token.end;
    current.tokens.push(token);
  };
  for (const token of tokenizeHtml(html)) {
    const inElement = current?.kind === "element";
    if (token.kind === "open") {
      const endsP = inElement && open.outermost() === "p" && closesParagraph(token.name);
      const startsBlock = !isInline(token.name) && (endsP || !inElement);
      if (startsBlock) finish();
      extend(token, startsBlock ? "element" : "run", startsBlock ? token.name : "");
      if (!isVoid(token.name)) open.push(token.name);
      else if (startsBlock) finish();
    } else if (token.kind === "close") {
      extend(token, "run");
      open.close(token.name);
      if (inElement && open.depth() === 0) finish();
    } else if (inElement || open.depth() > 0) extend(token, "run");
    else if (token.kind === "comment") {
      finish();
      extend(token, "comment");
      finish();
    } else {
      for (const part of cutAtBlankLines(html, token)) {
        if (part === undefined) finish();
        else extend(part, "run");
      }
    }
  }
  finish();
  return pieces;
}

/** The text between blank lines; undefined stands for a blank line. */
function* cutAtBlankLines(html: string, token: HtmlToken): Generator<HtmlToken | undefined> {
  const source = html.slice(token.start, token.end);
  let from = 0;
  for (let at = source.indexOf("\n"); at !== -1; at = source.indexOf("\n", at)) {
    let to = at;
    let lines = 0;
    while (isBlank(source[to])) {
      if (source[to] === "\n") lines += 1;
      to += 1;
    }
    if (lines > 1) {
      if (at > from) yield* textTokens(source.slice(from, at), token.start + from);
      yield undefined;
      from = to;
    }
    at = to;
  }
  if (from === 0) yield token;
  else if (from < source.length) yield* textTokens(source.slice(from), token.start + from);
}

function* textTokens(source: string, offset: number): Generator<HtmlToken> {
  for (const token of tokenizeHtml(source)) {
    yield { ...token, start: token.start + offset, end: token.end + offset };
  }
}

function isBlank(char: string | undefined): boolean {
  return char === " " || char === "\n" || char === "\t" || char === "\f" || char === "\r";
}

/**
 * Leaves white space at the edges of a run outside it, and so at the end of a paragraph that its tag left open; false
 * when nothing is left.
 */
function trimEdges(piece: Piece, html: string, leftOpen: string | undefined): boolean {
  if (piece.kind !== "run" && leftOpen !== "p") return true;
  while (piece.start < piece.end && isBlank(html[piece.start])) piece.start += 1;
  while (piece.end > piece.start && isBlank(html[piece.end - 1])) piece.end -= 1;
  return piece.start < piece.end;
}
