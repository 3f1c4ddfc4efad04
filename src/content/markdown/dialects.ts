import { rawToLocal } from "./addresses.ts";
import { delimiters } from "./delimiters.ts";
import type { Dialect, Segment } from "./dialect.ts";
import { isInline, tokenizeHtml } from "./html-tokens.ts";
import type { Node } from "./render.ts";
import { renderBlocks } from "./render-blocks.ts";
import { renderHtml } from "./render-html.ts";
import { splitBlocks, splitHtml } from "./segments.ts";
import { splice } from "./splice.ts";

/** What parts two top-level blocks of markup; in classic HTML it ends a paragraph. */
const SEPARATOR = "\n\n";

/** Bodies that are markup, one block below the other. */
const markup = {
  frame: { before: "", between: SEPARATOR, after: "" },
  replace: (stored, segments, edits) => splice(stored, segments, edits, SEPARATOR, false),
  toLocal: rawToLocal,
} satisfies Partial<Dialect>;

/** WordPress's block markup. */
export const blocks: Dialect = {
  ...markup,
  render: (nodes, addresses) => renderBlocks(nodes, { addresses, slash: "/" }),
  split: splitBlocks,
  readable: ({ kind, name, raw }) => {
    if (kind !== "block") return undefined;
    return READABLE_BLOCKS.has(name) || HTML_LIST.test(raw) ? withoutDelimiters(raw) : undefined;
  },
  asWritten: (segment) => {
    const inner = innerOf(segment);
    return inner === undefined ? [segment.raw] : [inner, segment.raw];
  },
};

/** The comment that ends an excerpt, in Markdown and in WordPress. */
export const MORE = "<!--more-->";

/** HTML in which `more` stands where an excerpt ends. */
export function plainHtml(more: string): Dialect {
  return {
    ...markup,
    render: (nodes, addresses) => (isMore(nodes) ? more : renderHtml(nodes, { addresses, slash: "" })),
    split: (stored) => splitHtml(stored, "space"),
    readable: (segment) => (hasMarkdown(segment) ? segment.raw : undefined),
    asWritten: ({ raw }) => (raw === more ? [MORE] : [raw]),
  };
}

/**
 * The same where blank lines part paragraphs and line ends are line breaks, because the CMS adds the tags when it
 * shows the body.
 */
export function classicHtml(more: string): Dialect {
  return {
    ...plainHtml(more),
    split: (stored) => splitHtml(stored, "break"),
    readable: (segment) => (hasMarkdown(segment) ? withBreaks(segment.raw) : undefined),
  };
}

function isMore([node, ...rest]: readonly Node[]): boolean {
  return node?.token.type === "html_block" && rest.length === 0 && node.token.content.trim() === MORE;
}

function hasMarkdown({ kind, name }: Segment): boolean {
  return kind !== "comment" && name !== "section";
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

/** What stands between the delimiters of the blocks whose content Markdown can hold as it is. */
function innerOf(segment: Segment): string | undefined {
  if (!["html", "shortcode", "more", "nextpage"].includes(segment.name)) return undefined;
  const [first] = delimiters(segment.raw);
  const inner = segment.raw.slice(first?.end ?? 0, segment.raw.lastIndexOf("<!--"));
  return inner.startsWith("\n") && inner.endsWith("\n") && inner.trim() !== ""
    ? inner.slice(1, -1)
    : undefined;
}
