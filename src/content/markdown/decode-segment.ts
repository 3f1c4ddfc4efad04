import type { RootContent } from "mdast";
import { gfmToMarkdown } from "mdast-util-gfm";
import { type Options, toMarkdown } from "mdast-util-to-markdown";
import type { Addresses } from "./addresses.ts";
import type { Dialect, Segment } from "./dialect.ts";
import { brokenFences } from "./fences.ts";
import { tokenizeHtml } from "./html-tokens.ts";
import { referenceKey, wrapRaw } from "./parser.ts";
import { type Reading, toMdast } from "./to-mdast.ts";
import { encodeMarkdown } from "./units.ts";

export type Bullet = "-" | "*" | "+";
export type Ordinal = "." | ")";

export interface DecodeContext {
  readonly dialect: Dialect;
  readonly addresses: Addresses;
  /** References that the document around defines: the same words in text must not become links. */
  readonly references: ReadonlySet<string>;
  /** Labels of the document's footnotes by number; references to others stay markup. */
  readonly footnotes: ReadonlyMap<string, string>;
}

export interface Style {
  readonly bullet: Bullet;
  readonly ordinal: Ordinal;
}

export const DEFAULT_STYLE: Style = { bullet: "-", ordinal: "." };

/** A block that nests deeper, or holds more tags and texts, stays markup: it is data that no hand wrote. */
const MAX_DEPTH = 60;
const MAX_TOKENS = 20_000;

/** gfmToMarkdown without the extension that would escape every `@` and `://`: bare addresses are no links here. */
const GFM = (gfmToMarkdown({ tablePipeAlign: false }).extensions ?? []).filter(
  (extension) => extension.unsafe?.some(({ character }) => character === "@") !== true,
);

/** One stored block as Markdown: proven by encoding it again, and otherwise the markup itself. Without line end. */
export function decodeSegment(
  segment: Segment,
  context: DecodeContext,
  style: Style = DEFAULT_STYLE,
): string {
  const html = context.dialect.readable(segment);
  if (html !== undefined && isHandWritten(html)) {
    for (const tags of [false, true]) {
      const markdown = written(html, { ...reading(context), tags }, style);
      if (markdown === undefined) continue;
      const proven = [tidied(markdown), markdown].find(
        (text) => encodesTo(text, segment, context) && isWhole(text),
      );
      if (proven !== undefined) return withLabels(proven, context);
    }
  }
  return markupOf(segment, context);
}

/** HTML as Markdown, not proven; undefined where there is none. */
export function writeMarkdown(html: string, context: DecodeContext): string | undefined {
  const markdown = written(html, { ...reading(context), tags: false }, DEFAULT_STYLE);
  return markdown === undefined ? undefined : tidied(markdown);
}

function reading({ addresses, references }: DecodeContext): Omit<Reading, "tags"> {
  return { addresses, isReference: (text) => references.has(referenceKey(text)) };
}

function written(html: string, reading: Reading, style: Style): string | undefined {
  const children = toMdast(html, reading);
  if (children === undefined || children.length === 0) return undefined;
  return toMarkdown({ type: "root", children: children as RootContent[] }, options(style)).replace(/\n$/, "");
}

/** Without escapes that are usually not needed: in `AT&T`, in `snake_case`. */
function tidied(markdown: string): string {
  return markdown.replace(/\\&(?![A-Za-z0-9#]{1,32};)/g, "&").replace(/(?<=\w)\\_(?=\w)/g, "_");
}

function options({ bullet, ordinal }: Style): Options {
  return {
    bullet,
    bulletOther: bullet === "-" ? "*" : "-",
    bulletOrdered: ordinal,
    rule: "-",
    emphasis: "*",
    listItemIndent: "one",
    incrementListMarker: true,
    extensions: GFM,
  };
}

function encodesTo(markdown: string, segment: Segment, { dialect, addresses }: DecodeContext): boolean {
  const { segments } = encodeMarkdown(markdown, dialect, addresses);
  return segments.length === 1 && segments[0]?.key === segment.key;
}

function isHandWritten(html: string): boolean {
  const tokens = tokenizeHtml(html);
  let level = 0;
  let deepest = 0;
  for (const { kind } of tokens) {
    if (kind === "open") level += 1;
    if (kind === "close") level -= 1;
    deepest = Math.max(deepest, level);
  }
  return deepest <= MAX_DEPTH && tokens.length <= MAX_TOKENS;
}

/** What the site itself holds broken goes between raw marks: in a document it would count as broken there. */
function isWhole(markdown: string): boolean {
  return brokenFences(markdown).length === 0;
}

/** The markup as a Markdown block of its own. */
function markupOf(segment: Segment, context: DecodeContext): string {
  const { dialect, addresses } = context;
  const plain = dialect
    .asWritten(segment)
    .map((markup) => dialect.toLocal(markup, addresses))
    .find((markup) => encodesExactly(markup, segment, context) && isWhole(markup));
  return plain ?? wrapRaw(dialect.toLocal(segment.raw, addresses));
}

function encodesExactly(markdown: string, segment: Segment, { dialect, addresses }: DecodeContext): boolean {
  const { stored, parts } = encodeMarkdown(markdown, dialect, addresses);
  const lines = parts[0]?.lines;
  const { before, after } = dialect.frame;
  return (
    stored === before + segment.raw + after &&
    parts.length === 1 &&
    lines?.start === 0 &&
    lines.end === markdown.length
  );
}

const FOOTNOTE =
  /<sup class="footnote-ref"><a href="#fn(\d{1,9})" id="fnref\d{1,9}(?::\d{1,9})?">\\?\[[\d:]{1,20}\]<\/a><\/sup>/g;

function withLabels(markdown: string, { footnotes }: DecodeContext): string {
  if (footnotes.size === 0) return markdown;
  return markdown.replace(FOOTNOTE, (markup, number: string) => {
    const label = footnotes.get(number);
    return label === undefined ? markup : `[^${label}]`;
  });
}
