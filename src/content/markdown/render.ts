import type { Token } from "markdown-it";
import { type Addresses, escapeAttribute, rawToSite } from "./addresses.ts";
import { escapeUrlText } from "./opaque-text.ts";

export interface RenderContext {
  readonly addresses: Addresses;
  /** Void elements are written `<br/>`, as in WordPress's blocks, or `<br>`. */
  readonly slash: "/" | "";
}

/** A token with what lies between it and its closing token. */
export interface Node {
  readonly token: Token;
  readonly children: readonly Node[];
}

export function nodesOf(tokens: readonly Token[]): Node[] {
  const root: Node[] = [];
  const open: Node[][] = [root];
  for (const token of tokens) {
    if (token.nesting === -1) {
      open.pop();
      continue;
    }
    const node = { token, children: [] as Node[] };
    open.at(-1)?.push(node);
    if (token.nesting === 1) open.push(node.children);
  }
  return root;
}

export function escapeText(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll("\u00a0", "&nbsp;");
}

/** In code a `[` is escaped too, so that the CMS does not run what looks like a shortcode. */
export function escapeCode(text: string): string {
  return escapeText(text).replaceAll("[", "&#91;");
}

export function attributes(values: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(values)
    .map(([name, value]) => (value === undefined ? "" : ` ${name}="${escapeAttribute(value)}"`))
    .join("");
}

/** The children of an `inline` token as HTML. */
export function renderInline(tokens: readonly Token[], context: RenderContext): string {
  return tokens.map((token) => renderOne(token, context)).join("");
}

function renderOne(token: Token, context: RenderContext): string {
  switch (token.type) {
    case "softbreak":
      return " ";
    case "hardbreak":
      return `<br${context.slash}>`;
    case "code_inline":
      return `<code>${escapeCode(token.content)}</code>`;
    case "html_inline":
      return rawToSite(token.content, context.addresses);
    case "opaque_text":
      return token.content;
    case "opaque_url":
      return escapeUrlText(token.content);
    case "image":
      return renderImage(token, context);
    case "link_open":
      return `<a${attributes({ href: linkAddress(token, context), title: attribute(token, "title") })}>`;
    case "footnote_ref":
      return footnoteReference(token);
    case "text":
    case "text_special":
      return escapeText(token.content);
    default:
      return token.nesting === 1 ? `<${token.tag}>` : token.nesting === -1 ? `</${token.tag}>` : "";
  }
}

function attribute(token: Token, name: string): string | undefined {
  const value = token.attrGet(name);
  return value === null ? undefined : String(value);
}

function linkAddress(link: Token, { addresses }: RenderContext): string | undefined {
  const href = attribute(link, "href");
  return href === undefined ? undefined : (addresses.linkToSite(href) ?? href);
}

export interface ShownImage {
  readonly src: string;
  readonly alt: string;
  readonly title: string | undefined;
  /** The site's media id. */
  readonly id: string | undefined;
  /** The size's name in WordPress; "" for none. */
  readonly size: string;
}

export function shownImage(token: Token, addresses: Addresses): ShownImage {
  const ref = imageReference(token);
  const shown = addresses.toSite(ref);
  return {
    src: shown?.src ?? ref,
    alt: plainText(token.children ?? []),
    title: attribute(token, "title"),
    id: shown?.id !== undefined && /^\d+$/.test(shown.id) ? shown.id : undefined,
    size: shown?.size ?? "full",
  };
}

export function imageReference(token: Token): string {
  return attribute(token, "src") ?? "";
}

export function imageTag(image: ShownImage, context: RenderContext): string {
  const { src, alt, title, id } = image;
  const values = { src, alt, title, class: id === undefined ? undefined : `wp-image-${id}` };
  return `<img${attributes(values)}${context.slash}>`;
}

function renderImage(token: Token, context: RenderContext): string {
  return imageTag(shownImage(token, context.addresses), context);
}

/** What a description says without its markup. */
export function plainText(tokens: readonly Token[]): string {
  return tokens
    .map((token) => {
      if (token.type === "image") return plainText(token.children ?? []);
      if (token.type === "softbreak" || token.type === "hardbreak") return " ";
      return token.nesting === 0 ? token.content : "";
    })
    .join("");
}

function footnoteNumbers(token: Token): { note: string; place: string } {
  const note = String(Number(token.meta?.id) + 1);
  const sub = Number(token.meta?.subId ?? 0);
  return { note, place: sub > 0 ? `${note}:${sub}` : note };
}

function footnoteReference(token: Token): string {
  const { note, place } = footnoteNumbers(token);
  return `<sup class="footnote-ref"><a href="#fn${note}" id="fnref${place}">[${place}]</a></sup>`;
}

export function footnoteBackLink(token: Token): string {
  const { place } = footnoteNumbers(token);
  return ` <a href="#fnref${place}" class="footnote-backref">\u21a9\ufe0e</a>`;
}

export function footnoteItem(token: Token, content: string): string {
  return `<li id="fn${footnoteNumbers(token).note}" class="footnote-item">${content}</li>`;
}

export interface LoneImage {
  readonly image: Token;
  readonly href: string | undefined;
}

/** The image that a paragraph consists of, with the link around it if there is one. */
export function loneImage(paragraph: Node): LoneImage | undefined {
  return paragraph.token.type === "paragraph_open" ? imageOf(textOf(paragraph)) : undefined;
}

/** The images that a paragraph consists of, where it has nothing but several, each on a line of its own. */
export function loneImages(paragraph: Node): readonly LoneImage[] | undefined {
  if (paragraph.token.type !== "paragraph_open") return undefined;
  const lines: Token[][] = [[]];
  for (const token of textOf(paragraph)) {
    if (token.type === "softbreak") lines.push([]);
    else lines.at(-1)?.push(token);
  }
  const images = lines.map(imageOf);
  return images.length > 1 && images.every((image) => image !== undefined) ? images : undefined;
}

function textOf(paragraph: Node): readonly Token[] {
  return paragraph.children[0]?.token.children ?? [];
}

function imageOf([first, second, third, ...rest]: readonly Token[]): LoneImage | undefined {
  if (first?.type === "image" && second === undefined) return { image: first, href: undefined };
  const linked = first?.type === "link_open" && second?.type === "image" && third?.type === "link_close";
  if (!linked || rest.length > 0 || attribute(first, "title") !== undefined) return undefined;
  return { image: second, href: attribute(first, "href") ?? "" };
}
