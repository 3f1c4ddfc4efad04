import type { Addresses } from "./addresses.ts";
import {
  type Bullet,
  DEFAULT_STYLE,
  type DecodeContext,
  decodeSegment,
  type Ordinal,
  type Style,
  writeMarkdown,
} from "./decode-segment.ts";
import { type Dialect, type Segment, saysSame } from "./dialect.ts";
import { definition, notesIn, withNotes } from "./footnotes.ts";
import { wrapRaw } from "./parser.ts";
import { type Edit, splice } from "./splice.ts";
import { type EncodedMarkdown, encodeMarkdown, type Match, matchParts, type Part } from "./units.ts";

/** Do the segments of two bodies say the same? */
export function sameSegments(a: readonly Segment[], b: readonly Segment[]): boolean {
  return a.length === b.length && a.every((segment, i) => saysSame(segment, b[i]));
}

/** A stored body as Markdown, proven by encoding it again. Ends with a line end unless it is empty. */
export function decodeBody(stored: string, dialect: Dialect, addresses: Addresses): string {
  const segments = dialect.split(stored);
  if (segments.length === 0) return "";
  const context: DecodeContext = { dialect, addresses, references: new Set(), footnotes: new Map() };
  const noted = decodeNoted(segments, context);
  if (noted !== undefined) return noted;
  const texts = decodeAll(segments, context, undefined);
  for (let round = 0; round < 4; round++) {
    const markdown = `${texts.join("\n\n")}\n`;
    const encoded = encodeMarkdown(markdown, dialect, addresses);
    if (sameSegments(encoded.segments, segments)) return markdown;
    for (const { same, stored: range } of matchParts(encoded, segments)) {
      if (same) continue;
      segments.slice(...range).forEach((segment, i) => {
        texts[range[0] + i] = wrapRaw(segment.raw);
      });
    }
  }
  const markup = `${segments.map((segment) => wrapRaw(segment.raw)).join("\n\n")}\n`;
  return says(markup, segments, dialect, addresses) ? markup : `${wrapRaw(stored)}\n`;
}

/** A body that ends with footnotes, as a document that defines them; undefined for any other. */
function decodeNoted(segments: readonly Segment[], context: DecodeContext): string | undefined {
  const notes = notesIn(segments.at(-1));
  if (notes === undefined) return undefined;
  const footnotes = new Map([...notes.keys()].map((number) => [number, number]));
  const definitions = [...notes].map(([number, html]) => {
    const text = writeMarkdown(html, context);
    return text === undefined ? undefined : definition(number, text);
  });
  if (definitions.includes(undefined)) return undefined;
  const texts = decodeAll(segments.slice(0, -1), { ...context, footnotes }, undefined);
  const markdown = `${[...texts, ...definitions].join("\n\n")}\n`;
  return says(markdown, segments, context.dialect, context.addresses) ? markdown : undefined;
}

function says(markdown: string, stored: readonly Segment[], dialect: Dialect, addresses: Addresses): boolean {
  return sameSegments(encodeMarkdown(markdown, dialect, addresses).segments, stored);
}

/** The body of a document, with the bytes of those of `stored`'s blocks that say the same as the document's. */
export function encodeOnto(markdown: string, stored: string, dialect: Dialect, addresses: Addresses): string {
  const encoded = encodeMarkdown(markdown, dialect, addresses);
  const old = dialect.split(stored);
  if (sameSegments(encoded.segments, old)) return stored;
  const edits = matchParts(encoded, old).flatMap((match): Edit[] => {
    if (match.same) return [];
    const parts = encoded.parts.slice(...match.parts);
    const texts = parts.map(({ segments: [from, to] }) => {
      const start = encoded.segments[from]?.start ?? 0;
      return encoded.stored.slice(start, encoded.segments[to - 1]?.end ?? start);
    });
    const [from, to] = match.stored;
    return [{ from, to, texts }];
  });
  const result = dialect.replace(stored, old, edits);
  return sameSegments(dialect.split(result), encoded.segments) ? result : encoded.stored;
}

/** How far a patch goes when the one before did not come out right. */
interface Attempt {
  /** Footnotes become markup: a footnote itself changed. */
  readonly footnotesAsMarkup: boolean;
  readonly widen: boolean;
  /** The blocks next to changed ones are written anew as well. */
  readonly neighbours: boolean;
}

const ATTEMPTS: readonly Attempt[] = [
  { footnotesAsMarkup: false, widen: false, neighbours: false },
  { footnotesAsMarkup: false, widen: true, neighbours: false },
  { footnotesAsMarkup: false, widen: true, neighbours: true },
  { footnotesAsMarkup: true, widen: true, neighbours: false },
  { footnotesAsMarkup: true, widen: true, neighbours: true },
];

/** `local` with just those blocks replaced, inserted or removed that say something else than `stored` does. */
export function patchBody(local: string, stored: string, dialect: Dialect, addresses: Addresses): string {
  const encoded = encodeMarkdown(local, dialect, addresses);
  const segments = dialect.split(stored);
  if (sameSegments(encoded.segments, segments)) return local;
  const { references, footnotes } = encoded;
  const write = (note: string): string | undefined =>
    writeMarkdown(note, { dialect, addresses, references, footnotes });
  const noted = withNotes(local, encoded.segments.at(-1), segments.at(-1), write);
  const patched = noted === local ? undefined : patchBlocks(noted, segments, dialect, addresses);
  return (
    patched ?? patchBlocks(local, segments, dialect, addresses) ?? decodeBody(stored, dialect, addresses)
  );
}

function patchBlocks(
  local: string,
  stored: readonly Segment[],
  dialect: Dialect,
  addresses: Addresses,
): string | undefined {
  const encoded = encodeMarkdown(local, dialect, addresses);
  if (sameSegments(encoded.segments, stored)) return local;
  const hasFootnotes = encoded.parts.some((part) => part.hasFootnoteReference);
  for (const attempt of ATTEMPTS) {
    if (attempt.footnotesAsMarkup && !hasFootnotes) continue;
    const patched = patchOnce(local, encoded, stored, { dialect, addresses, ...attempt });
    if (patched !== undefined && says(patched, stored, dialect, addresses)) return patched;
  }
  return undefined;
}

interface PatchOptions extends Attempt {
  readonly dialect: Dialect;
  readonly addresses: Addresses;
}

function patchOnce(
  local: string,
  encoded: EncodedMarkdown,
  stored: readonly Segment[],
  options: PatchOptions,
): string | undefined {
  const asMarkup = options.footnotesAsMarkup;
  const isChanged = (part: Part): boolean =>
    asMarkup && (part.hasFootnoteReference || part.lines === undefined);
  const plain = matchParts(encoded, stored, isChanged);
  const matches = options.neighbours ? withNeighbours(plain) : plain;
  const changesGathered = matches.some(
    (match) => !match.same && encoded.parts.slice(...match.parts).some((part) => part.lines === undefined),
  );
  if (changesGathered && !asMarkup) return undefined;
  const context: DecodeContext = {
    dialect: options.dialect,
    addresses: options.addresses,
    references: encoded.references,
    footnotes: asMarkup ? new Map() : encoded.footnotes,
  };
  const pieces = encoded.parts.flatMap(({ lines }) => (lines === undefined ? [] : [lines]));
  const counts = [0];
  for (const { lines } of encoded.parts) counts.push((counts.at(-1) ?? 0) + (lines === undefined ? 0 : 1));
  const pieceOf = (part: number): number => counts[part] ?? 0;
  const textOf = (piece: number): string => {
    const lines = pieces[piece];
    return lines === undefined ? "" : local.slice(lines.start, lines.end);
  };
  const edits = matches.flatMap((match): Edit[] => {
    if (match.same) return [];
    const [from, to] = [pieceOf(match.parts[0]), pieceOf(match.parts[1])];
    const neighbours = { before: textOf(from - 1), replaced: textOf(from), after: textOf(to) };
    return [{ from, to, texts: decodeAll(stored.slice(...match.stored), context, neighbours) }];
  });
  const patched = splice(local, pieces, edits, "\n\n", options.widen);
  return pieces.length === 0 && patched !== "" && !patched.endsWith("\n") ? `${patched}\n` : patched;
}

/** The same matches with each block that touches a changed one counted as changed. */
function withNeighbours(matches: readonly Match[]): Match[] {
  const widened: Match[] = [];
  matches.forEach((match, i) => {
    const touches = matches[i - 1]?.same === false || matches[i + 1]?.same === false;
    const last = widened.at(-1);
    const changed = !match.same || touches;
    if (changed && last?.same === false) {
      widened[widened.length - 1] = {
        parts: [last.parts[0], match.parts[1]],
        stored: [last.stored[0], match.stored[1]],
        same: false,
      };
    } else widened.push({ ...match, same: !changed });
  });
  return widened;
}

interface Neighbours {
  readonly before: string;
  /** The first of the blocks whose place is taken: its style is kept. */
  readonly replaced: string;
  readonly after: string;
}

/** Blocks one by one; two lists in a row get different marks, or Markdown would make one list of them. */
function decodeAll(
  segments: readonly Segment[],
  context: DecodeContext,
  neighbours: Neighbours | undefined,
): string[] {
  const preferred = marksOf(neighbours?.replaced ?? "");
  let before = neighbours?.before ?? "";
  return segments.map((segment, i) => {
    const after = i === segments.length - 1 ? (neighbours?.after ?? "") : "";
    const markdown = decodeSegment(
      segment,
      context,
      LISTS.has(segment.name) ? styleBetween(preferred, before, after) : DEFAULT_STYLE,
    );
    before = markdown;
    return markdown;
  });
}

/** Segments that may become a Markdown list. */
const LISTS = new Set(["list", "html", "ul", "ol"]);

interface Marks {
  readonly bullet: Bullet | undefined;
  readonly ordinal: Ordinal | undefined;
}

function marksOf(markdown: string): Marks {
  const found = /^ {0,3}(?:([-*+])|\d{1,9}([.)]))[ \t]/.exec(markdown);
  return { bullet: found?.[1] as Bullet | undefined, ordinal: found?.[2] as Ordinal | undefined };
}

function styleBetween(preferred: Marks, before: string, after: string): Style {
  const taken = [marksOf(before), marksOf(after)];
  const bullets: Bullet[] = [preferred.bullet ?? DEFAULT_STYLE.bullet, "-", "*", "+"];
  const ordinals: Ordinal[] = [preferred.ordinal ?? DEFAULT_STYLE.ordinal, ".", ")"];
  return {
    bullet: bullets.find((mark) => taken.every(({ bullet }) => bullet !== mark)) ?? DEFAULT_STYLE.bullet,
    ordinal: ordinals.find((mark) => taken.every(({ ordinal }) => ordinal !== mark)) ?? DEFAULT_STYLE.ordinal,
  };
}
