import type { RootContent } from "mdast";
import { gfmToMarkdown } from "mdast-util-gfm";
import { type Options, toMarkdown } from "mdast-util-to-markdown";
import { type Addresses, rawToLocal } from "./addresses.ts";
import { delimiters } from "./delimiters.ts";
import { isInline, tokenizeHtml } from "./html-tokens.ts";
import { referenceKey, wrapRaw } from "./parser.ts";
import type { Dialect, Segment } from "./segments.ts";
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
  const html = readable(segment, context.dialect);
  if (html !== undefined && isHandWritten(html)) {
    for (const tags of [false, true]) {
      const markdown = written(html, { ...reading(context), tags }, style);
      if (markdown === undefined) continue;
      const proven = [tidied(markdown), markdown].find((text) => encodesTo(text, segment, context));
      if (proven !== undefined) return withLabels(proven, context);
    }
  }
  return markupOf(segment, context);
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

/** The HTML of a block that may have Markdown: without block comments, and with the tags that classic text leaves out. */
function readable(segment: Segment, dialect: Dialect): string | undefined {
  switch (segment.kind) {
    case "freeform":
    case "comment":
      return undefined;
    case "block":
      return READABLE_BLOCKS.has(segment.name) || HTML_LIST.test(segment.raw)
        ? withoutDelimiters(segment.raw)
        : undefined;
    default:
      if (segment.name === "section") return undefined;
      return dialect === "classic" ? withBreaks(segment.raw) : segment.raw;
  }
}

const READABLE_BLOCKS = new Set([
  "paragraph",
  "heading",
  "list",
  "quote",
  "code",
  "table",
  "image",
  "gallery",
  "embed",
  "separator",
]);

/** Lists that WordPress's list block cannot hold are HTML there. */
const HTML_LIST = /^<!-- wp:html -->\n<[uo]l[ >]/;

function withoutDelimiters(raw: string): string {
  let html = "";
  let done = 0;
  for (const { start, end } of delimiters(raw)) {
    html += raw.slice(done, start);
    done = end;
  }
  return (html + raw.slice(done)).trim();
}

/** Classic text with the line breaks that the CMS would add. */
function withBreaks(raw: string): string {
  const tokens = tokenizeHtml(raw);
  let verbatim = 0;
  return tokens
    .map((token, i) => {
      const source = raw.slice(token.start, token.end);
      if (token.kind === "open" && token.name === "pre") verbatim += 1;
      if (token.kind === "close" && token.name === "pre") verbatim -= 1;
      if (token.kind !== "text" || verbatim > 0) return source;
      const from = atEdge(tokens[i - 1]) ? source.search(/[^ \t\n\f\r]|$/) : 0;
      const to = atEdge(tokens[i + 1]) ? lastVisible(source, from) : source.length;
      return source.slice(from, to).replace(/[ \t\f\r]*\n[ \t\f\r]*/g, "<br>");
    })
    .join("");
}

function lastVisible(text: string, from: number): number {
  let to = text.length;
  while (to > from && " \t\n\f\r".includes(text[to - 1] ?? "")) to -= 1;
  return to;
}

function atEdge(token: ReturnType<typeof tokenizeHtml>[number] | undefined): boolean {
  if (token === undefined) return true;
  return (token.kind === "open" || token.kind === "close") && (token.name === "br" || !isInline(token.name));
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

/** The markup as a Markdown block of its own. */
function markupOf(segment: Segment, context: DecodeContext): string {
  const inner = innerOf(segment);
  const candidates = [inner, segment.raw].map((markup) =>
    rawToLocal(markup ?? segment.raw, context.addresses),
  );
  const plain = candidates.find((markup) => encodesExactly(markup, segment, context));
  return plain ?? wrapRaw(rawToLocal(segment.raw, context.addresses));
}

/** What stands between the delimiters of the blocks whose content Markdown can hold as it is. */
function innerOf(segment: Segment): string | undefined {
  if (!["html", "shortcode", "more", "nextpage"].includes(segment.name)) return undefined;
  const [first] = delimiters(segment.raw);
  const inner = segment.raw.slice(first?.end ?? 0, segment.raw.lastIndexOf("<!--"));
  return inner.startsWith("\n") && inner.endsWith("\n") && inner.trim() !== ""
    ? inner.slice(1, -1)
    : undefined;
}

function encodesExactly(markdown: string, segment: Segment, { dialect, addresses }: DecodeContext): boolean {
  const { stored, parts } = encodeMarkdown(markdown, dialect, addresses);
  const lines = parts[0]?.lines;
  return stored === segment.raw && parts.length === 1 && lines?.start === 0 && lines.end === markdown.length;
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
