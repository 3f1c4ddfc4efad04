// Markdown as the markup that WordPress's own editor saves for its core blocks (WordPress 6.1 and later).
import type { Token } from "markdown-it";
import type { Json } from "../../lib/json.ts";
import { rawToSite } from "./addresses.ts";
import { imageBlocks } from "./blocks-images.ts";
import { block } from "./delimiters.ts";
import { embedOf } from "./embeds.ts";
import { opaqueAt } from "./opaque-text.ts";
import { withPlainComments } from "./plain-comments.ts";
import { attributes, type Node, type RenderContext, renderInline } from "./render.ts";
import {
  alignmentOf,
  codeOf,
  languageClass,
  renderHtml,
  renderParagraph,
  startOf,
  tableSections,
} from "./render-html.ts";
import { isWellFormed } from "./well-formed.ts";

type Attrs = Record<string, Json>;

export function renderBlocks(nodes: readonly Node[], context: RenderContext): string {
  return withPlainComments(nodes)
    .map((node) => renderBlock(node, context))
    .filter((markup) => markup !== "")
    .join("\n\n");
}

/**
 * Text with tags of its author that a browser would have to mend is HTML of its own: the editor's HTML block keeps it
 * as it is, its other blocks would call it invalid.
 */
function renderBlock(node: Node, context: RenderContext): string {
  const markup = ownBlock(node, context);
  const isText = TEXT.has(node.token.type) && hasTags(node);
  return isText && !isWellFormed(markup) ? block("html", {}, renderHtml([node], context)) : markup;
}

const TEXT = new Set([
  "paragraph_open",
  "heading_open",
  "bullet_list_open",
  "ordered_list_open",
  "table_open",
]);

function hasTags({ token, children }: Node): boolean {
  return token.children?.some(({ type }) => type === "html_inline") === true || children.some(hasTags);
}

function ownBlock(node: Node, context: RenderContext): string {
  const { token, children } = node;
  switch (token.type) {
    case "paragraph_open":
      return (
        imageBlocks(node, context) ??
        embedBlock(node) ??
        shortcodeBlock(node) ??
        block("paragraph", {}, renderParagraph(node, context))
      );
    case "heading_open":
      return headingBlock(node, context);
    case "bullet_list_open":
    case "ordered_list_open":
      return isPlainList(node) ? listBlock(node, context) : block("html", {}, renderHtml([node], context));
    case "blockquote_open":
      return quoteBlock(children, context);
    case "fence":
    case "code_block":
      return codeBlock(node);
    case "hr":
      return block("separator", {}, '<hr class="wp-block-separator has-alpha-channel-opacity"/>');
    case "table_open":
      return tableBlock(node, context);
    case "html_block":
      return htmlBlock(token.content.replace(/\n$/, ""), context);
    case "cms_block":
      return rawToSite(token.content, context.addresses);
    default:
      return block("html", {}, renderHtml([node], context));
  }
}

/** A shortcode alone in its paragraph. */
function shortcodeBlock(node: Node): string | undefined {
  const text = node.children[0]?.token.content ?? "";
  const found = text.startsWith("[") ? opaqueAt(text, 0) : undefined;
  return found?.end === text.length && node.children[0]?.token.children?.[0]?.type === "opaque_text"
    ? block("shortcode", {}, text)
    : undefined;
}

/** An address alone in its paragraph, as it is: one in angle brackets is meant as a link. */
function embedBlock(node: Node): string | undefined {
  const inline = node.children[0]?.token;
  const texts = inline?.children ?? [];
  const bare = texts.every(({ type }) => type === "text" || type === "opaque_url");
  const address = texts.map(({ content }) => content).join("");
  const embed = bare && address === inline?.content ? embedOf(address) : undefined;
  return embed === undefined ? undefined : block("embed", embed.attrs, embed.html);
}

function headingBlock(node: Node, context: RenderContext): string {
  const { tag } = node.token;
  const level = Number(tag.slice(1));
  const inner = renderHtml(node.children, context);
  return block("heading", level === 2 ? {} : { level }, `<${tag} class="wp-block-heading">${inner}</${tag}>`);
}

/** True where every item is one paragraph and further such lists: all that WordPress's list block can hold. */
function isPlainList(list: Node): boolean {
  return list.children.every(
    ({ token, children }) =>
      token.meta?.checked === undefined &&
      children.every((child, i) =>
        i === 0 && child.token.type === "paragraph_open"
          ? true
          : child.token.type.endsWith("_list_open") && isPlainList(child),
      ),
  );
}

function listBlock(list: Node, context: RenderContext): string {
  const { tag } = list.token;
  const start = startOf(list);
  const attrs: Attrs = {};
  if (tag === "ol") attrs.ordered = true;
  if (start !== undefined) attrs.start = Number(start);
  const items = list.children.map((item) => {
    const parts = item.children.map((child) =>
      child.token.type === "paragraph_open" ? renderHtml(child.children, context) : listBlock(child, context),
    );
    return block("list-item", {}, `<li>${parts.join("")}</li>`);
  });
  const open = `<${tag}${attributes({ start })} class="wp-block-list">`;
  return block("list", attrs, `${open}${items.join("\n\n")}</${tag}>`);
}

function quoteBlock(children: readonly Node[], context: RenderContext): string {
  const cited = citation(children.at(-1), context);
  const said = renderBlocks(cited === undefined ? children : children.slice(0, -1), context);
  const inner = cited === undefined ? said : said + renderInline(cited, context);
  return block("quote", {}, `<blockquote class="wp-block-quote">${inner}</blockquote>`);
}

/** A paragraph that is one `<cite>` and nothing else: the last of a quote names its source. */
function citation(last: Node | undefined, context: RenderContext): readonly Token[] | undefined {
  if (last?.token.type !== "paragraph_open" || last.children.length !== 1) return undefined;
  const tokens = last.children[0]?.token.children ?? [];
  const tags = tokens.filter(({ type, content }) => type === "html_inline" && /^<\/?cite\b/.test(content));
  const whole = tokens.at(0)?.content === "<cite>" && tokens.at(-1)?.content === "</cite>";
  return whole && tags.length === 2 && isWellFormed(renderInline(tokens, context)) ? tokens : undefined;
}

function codeBlock(node: Node): string {
  const language = languageClass(node);
  const classes = language === undefined ? "wp-block-code" : `wp-block-code ${language}`;
  const attrs: Attrs = language === undefined ? {} : { className: language };
  return block("code", attrs, `<pre${attributes({ class: classes })}><code>${codeOf(node)}</code></pre>`);
}

function tableBlock(table: Node, context: RenderContext): string {
  const sections = tableSections(table).map((section) => {
    const rows = section.children.map(
      (row) => `<tr>${row.children.map((cell) => tableCell(cell, context)).join("")}</tr>`,
    );
    return `<${section.token.tag}>${rows.join("")}</${section.token.tag}>`;
  });
  const inner = `<table class="has-fixed-layout">${sections.join("")}</table>`;
  // Said outright, since versions differ in what they take a table for that says nothing.
  return block("table", { hasFixedLayout: true }, `<figure class="wp-block-table">${inner}</figure>`);
}

function tableCell(cell: Node, context: RenderContext): string {
  const { tag } = cell.token;
  const alignment = alignmentOf(cell);
  const values =
    alignment === undefined ? {} : { class: `has-text-align-${alignment}`, "data-align": alignment };
  return `<${tag}${attributes(values)}>${renderInline(cell.children[0]?.token.children ?? [], context)}</${tag}>`;
}

/** The comments by which WordPress cuts a post have blocks of their own. */
function htmlBlock(content: string, context: RenderContext): string {
  const more = /^<!--more(?: ([^\n>]*))?-->$/.exec(content);
  if (more !== null) return block("more", more[1] === undefined ? {} : { customText: more[1] }, content);
  if (content === "<!--nextpage-->") return block("nextpage", {}, content);
  return block("html", {}, rawToSite(content, context.addresses));
}
