import { rawToSite } from "./addresses.ts";
import {
  attributes,
  escapeCode,
  escapeText,
  footnoteBackLink,
  footnoteItem,
  imageTag,
  loneImage,
  type Node,
  type RenderContext,
  renderInline,
  shownImage,
} from "./render.ts";

/** Blocks as clean HTML, one below the other. */
export function renderHtml(nodes: readonly Node[], context: RenderContext): string {
  return nodes
    .map((node) => renderBlock(node, context))
    .filter((html) => html !== "")
    .join("\n");
}

function renderBlock(node: Node, context: RenderContext): string {
  const { token, children } = node;
  const inner = (): string => renderHtml(children, context);
  switch (token.type) {
    case "inline":
      return renderInline(token.children ?? [], context);
    case "paragraph_open":
      return figure(node, context) ?? renderParagraph(node, context);
    case "heading_open":
    case "th_open":
    case "td_open":
      return `<${token.tag}${cellStyle(node)}>${inner()}</${token.tag}>`;
    case "bullet_list_open":
    case "ordered_list_open":
      return `<${token.tag}${attributes({ start: startOf(node) })}>\n${inner()}\n</${token.tag}>`;
    case "list_item_open":
      return renderItem(node, context);
    case "blockquote_open":
      return `<blockquote>\n${inner()}\n</blockquote>`;
    case "fence":
    case "code_block":
      return `<pre><code${attributes({ class: languageClass(node) })}>${codeOf(node)}</code></pre>`;
    case "hr":
      return `<hr${context.slash}>`;
    case "html_block":
      return rawToSite(token.content.replace(/\n$/, ""), context.addresses);
    case "cms_block":
      return rawToSite(token.content, context.addresses);
    case "table_open":
      return `<table>\n${renderHtml(tableSections(node), context)}\n</table>`;
    default:
      return renderRest(node, context);
  }
}

/** Besides its text a paragraph may hold the links back from a footnote. */
export function renderParagraph({ token, children }: Node, context: RenderContext): string {
  const html = children.map((child) => renderBlock(child, context)).join("");
  return token.hidden ? html : `<p>${html}</p>`;
}

function renderRest(node: Node, context: RenderContext): string {
  const { token, children } = node;
  switch (token.type) {
    case "footnote_block_open":
      return `<section class="footnotes">\n<ol class="footnotes-list">\n${renderHtml(children, context)}\n</ol>\n</section>`;
    case "footnote_open":
      return footnoteItem(token, renderHtml(children, context));
    case "footnote_anchor":
      return footnoteBackLink(token);
    default: {
      const inner = renderHtml(children, context);
      return token.tag === "" ? inner : `<${token.tag}>\n${inner}\n</${token.tag}>`;
    }
  }
}

/** An image alone with a title becomes a figure, the title its caption. */
function figure(node: Node, context: RenderContext): string | undefined {
  const lone = node.token.hidden ? undefined : loneImage(node);
  if (lone === undefined) return undefined;
  const image = shownImage(lone.image, context.addresses);
  if (image.title === undefined) return undefined;
  const tag = linked(imageTag({ ...image, title: undefined }, context), lone.href, context);
  return `<figure>${tag}<figcaption>${escapeText(image.title)}</figcaption></figure>`;
}

export function linked(html: string, href: string | undefined, { addresses }: RenderContext): string {
  if (href === undefined) return html;
  return `<a${attributes({ href: addresses.linkToSite(href) ?? href })}>${html}</a>`;
}

function renderItem(node: Node, context: RenderContext): string {
  const box = checkbox(node, context);
  const blocks = node.children.map((child, i) => {
    const html = renderBlock(child, context);
    if (i > 0 || box === "") return html;
    return html.startsWith("<p>") ? `<p>${box}${html.slice(3)}` : box + html;
  });
  return `<li>${blocks.join("\n")}</li>`;
}

function checkbox(item: Node, context: RenderContext): string {
  const checked = item.token.meta?.checked;
  if (checked === undefined) return "";
  return `<input type="checkbox" disabled=""${checked === true ? ' checked=""' : ""}${context.slash}> `;
}

/** The number an ordered list starts at, when it is not 1. */
export function startOf(list: Node): string | undefined {
  const start = list.token.attrGet("start");
  return start === null ? undefined : String(start);
}

/** The classes that a code block's info string becomes: its language, and in one the words behind (`{1,3}`). */
export function languageClass(code: Node): string | undefined {
  const [, language, words = ""] = /^(\S+)(?:\s+(.*))?$/.exec(code.token.info.trim()) ?? [];
  if (language === undefined) return undefined;
  return words === "" ? `language-${language}` : `language-${language} meta-${percentEncoded(words)}`;
}

function percentEncoded(text: string): string {
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, "\ufffd"));
}

/** Code, escaped, without the line end that Markdown puts after its last line. */
export function codeOf(code: Node): string {
  return escapeCode(code.token.content.replace(/\n$/, ""));
}

/** Head and body of a table. An empty header row, which Markdown cannot do without, stands for none. */
export function tableSections(table: Node): readonly Node[] {
  const [head, ...rest] = table.children;
  const cells = head?.children.flatMap((row) => row.children) ?? [];
  const isEmpty = cells.every((cell) => cell.children.every(({ token }) => token.content === ""));
  return isEmpty && rest.length > 0 ? rest : table.children;
}

export type Alignment = "left" | "center" | "right";

export function alignmentOf(cell: Node): Alignment | undefined {
  const style = cell.token.attrGet("style");
  const found = /^text-align:(left|center|right)$/.exec(String(style ?? ""))?.[1];
  return found as Alignment | undefined;
}

function cellStyle(cell: Node): string {
  const alignment = alignmentOf(cell);
  return alignment === undefined ? "" : ` style="text-align:${alignment}"`;
}
