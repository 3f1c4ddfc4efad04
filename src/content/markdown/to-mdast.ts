import type { Element, RootContent as HastContent, Nodes, Parents } from "hast";
import { fromHtml } from "hast-util-from-html";
import type {
  BlockContent,
  DefinitionContent,
  ListItem,
  PhrasingContent,
  RootContent,
  TableRow,
} from "mdast";
import { type Addresses, localLink, mediaId, rawToLocal } from "./addresses.ts";
import { WRAPPER } from "./embeds.ts";
import { isInline, isVoid } from "./html-tokens.ts";
import { splitOpaque } from "./opaque-text.ts";

/** How a piece of markup is to be read. */
export interface Reading {
  readonly addresses: Addresses;
  /** Emphasis, strong, strikethrough and line breaks stay tags: where Markdown's own marks would not be seen as such. */
  readonly tags: boolean;
  /** True for bracketed words that the document defines as a link. */
  readonly isReference: (text: string) => boolean;
}

type FlowContent = BlockContent | DefinitionContent;

/** Thrown inside this file and caught in it: the markup has no Markdown. */
class NoMarkdown extends Error {}

interface Source extends Reading {
  readonly html: string;
}

/** The blocks as Markdown's tree; undefined when there is something in them that Markdown cannot say. */
export function toMdast(html: string, reading: Reading): RootContent[] | undefined {
  const tree = fromHtml(html, { fragment: true, verbose: true });
  try {
    return flow(tree, { ...reading, html });
  } catch (error) {
    if (error instanceof NoMarkdown) return undefined;
    throw error;
  }
}

function isElement(node: Nodes | undefined, name?: string): node is Element {
  return node?.type === "element" && (name === undefined || node.tagName === name);
}

function property(node: Element, name: string): string | undefined {
  const value = node.properties[name];
  if (value === undefined || value === null) return undefined;
  return Array.isArray(value) ? value.join(" ") : String(value);
}

function isBlankText(node: Nodes): boolean {
  return node.type === "text" && /^[ \t\n\f\r]*$/.test(node.value);
}

/** Blocks; stretches of text between them become paragraphs. */
function flow(parent: Parents, source: Source): FlowContent[] {
  const blocks: FlowContent[] = [];
  let line: HastContent[] = [];
  const endLine = (): void => {
    const children = phrasingLine(line, source);
    if (children.length > 0) blocks.push({ type: "paragraph", children });
    line = [];
  };
  for (const node of parent.children) {
    if (isElement(node) && !isInline(node.tagName)) {
      endLine();
      blocks.push(flowElement(node, source));
    } else line.push(node);
  }
  endLine();
  return blocks;
}

function flowElement(node: Element, source: Source): FlowContent {
  switch (node.tagName) {
    case "p":
      return { type: "paragraph", children: phrasingLine(node.children, source) };
    case "h1":
    case "h2":
    case "h3":
    case "h4":
    case "h5":
    case "h6":
      return {
        type: "heading",
        depth: Number(node.tagName[1]) as 1 | 2 | 3 | 4 | 5 | 6,
        children: phrasingLine(node.children, source),
      };
    case "ul":
    case "ol":
      return list(node, source);
    case "blockquote":
      return { type: "blockquote", children: flow(node, source) };
    case "pre":
      return code(node);
    case "hr":
      return { type: "thematicBreak" };
    case "table":
      return table(node, source);
    case "figure":
      return figure(node, source);
    default:
      throw new NoMarkdown();
  }
}

function elements(node: Element): Element[] {
  return node.children.flatMap((child) => {
    if (isElement(child)) return [child];
    if (isBlankText(child)) return [];
    throw new NoMarkdown();
  });
}

function list(node: Element, source: Source): FlowContent {
  const items = elements(node).map((item) => listItem(item, source));
  const start = property(node, "start");
  return {
    type: "list",
    ordered: node.tagName === "ol",
    start: node.tagName === "ol" ? Number(start ?? 1) : null,
    spread: items.some((item) => item.spread === true),
    children: items,
  };
}

function listItem(item: Element, source: Source): ListItem {
  if (item.tagName !== "li") throw new NoMarkdown();
  const [first, ...rest] = item.children;
  const paragraph = isElement(first, "p") ? first : undefined;
  const [box, ...after] = paragraph?.children ?? item.children;
  const spread = item.children.some((child) => isElement(child, "p"));
  if (!isElement(box, "input") || property(box, "type") !== "checkbox") {
    return { type: "listItem", spread, children: flow(item, source) };
  }
  const unboxed: Element =
    paragraph === undefined
      ? { ...item, children: after }
      : { ...item, children: [{ ...paragraph, children: after }, ...rest] };
  const checked = box.properties.checked === true;
  return { type: "listItem", spread, checked, children: flow(unboxed, source) };
}

function textOf(node: Parents): string {
  return node.children
    .map((child) => {
      if (child.type === "text") return child.value;
      throw new NoMarkdown();
    })
    .join("");
}

function code(pre: Element): FlowContent {
  const [inner, ...rest] = pre.children;
  if (!isElement(inner, "code") || rest.length > 0) throw new NoMarkdown();
  const classes = `${property(pre, "className") ?? ""} ${property(inner, "className") ?? ""}`;
  const lang = /(?:^|\s)language-(\S+)/.exec(classes)?.[1] ?? null;
  const meta = percentDecoded(/\smeta-(\S+)/.exec(classes)?.[1]);
  return { type: "code", lang, meta, value: textOf(inner) };
}

function percentDecoded(text: string | undefined): string | null {
  try {
    return text === undefined ? null : decodeURIComponent(text);
  } catch {
    return null;
  }
}

function table(node: Element, source: Source): FlowContent {
  const sections = elements(node);
  const [first, second, ...rest] = sections.map((section) => section.tagName);
  const hasHead = first === "thead" && (second === undefined || second === "tbody");
  const bodyOnly = first === "tbody" && second === undefined;
  if (rest.length > 0 || !(hasHead || bodyOnly)) throw new NoMarkdown();
  const rows = sections.flatMap(elements);
  const align = elements(rows[0] ?? node).map(alignment);
  const children = rows.map((row) => tableRow(row, source));
  return { type: "table", align, children: bodyOnly ? [emptyRow(align.length), ...children] : children };
}

/** The header row that stands for none. */
function emptyRow(cells: number): TableRow {
  return {
    type: "tableRow",
    children: Array.from({ length: cells }, () => ({ type: "tableCell", children: [] })),
  };
}

function tableRow(row: Element, source: Source): TableRow {
  return {
    type: "tableRow",
    children: elements(row).map((cell) => ({
      type: "tableCell",
      children: phrasingLine(cell.children, source, true),
    })),
  };
}

function alignment(cell: Element): "left" | "center" | "right" | null {
  const words = `${property(cell, "dataAlign") ?? ""} ${property(cell, "style") ?? ""}`;
  return (/\b(left|center|right)\b/.exec(words)?.[1] as "left" | "center" | "right" | undefined) ?? null;
}

/** An image with a caption, which Markdown has as the image's title; several; an embed; a table. */
function figure(node: Element, source: Source): FlowContent {
  const inner = elements(node);
  if (inner.length > 1 && inner.every(({ tagName }) => tagName === "figure")) return gallery(inner, source);
  const [shown, caption, ...rest] = inner;
  if (property(node, "className")?.includes("wp-block-embed") === true) return embed(inner);
  if (shown === undefined || rest.length > 0) throw new NoMarkdown();
  if (shown.tagName === "table" && caption === undefined) return table(shown, source);
  const title = caption === undefined ? null : textOf(caption);
  const [link, image] = isElement(shown, "a") ? [shown, elements(shown)[0]] : [undefined, shown];
  if (image?.tagName !== "img" || (caption !== undefined && caption.tagName !== "figcaption"))
    throw new NoMarkdown();
  const children: PhrasingContent[] = [{ ...imageNode(image, source), title }];
  if (link === undefined) return { type: "paragraph", children };
  return {
    type: "paragraph",
    children: [
      { type: "link", url: linkUrl(property(link, "href") ?? "", source), children: children as [] },
    ],
  };
}

/** The images of a gallery, each on a line of its own. */
function gallery(figures: readonly Element[], source: Source): FlowContent {
  const lines = figures.map((one): PhrasingContent[] => {
    const shown = figure(one, source);
    if (shown.type !== "paragraph") throw new NoMarkdown();
    return shown.children;
  });
  const children = lines.flatMap((line, i) => (i === 0 ? line : [raw("\n"), ...line]));
  return { type: "paragraph", children };
}

/** The bare address of what is embedded. */
function embed([wrapper, ...rest]: readonly Element[]): FlowContent {
  if (wrapper === undefined || rest.length > 0 || property(wrapper, "className") !== WRAPPER) {
    throw new NoMarkdown();
  }
  return { type: "paragraph", children: [raw(textOf(wrapper).trim())] };
}

function imageNode(image: Element, { addresses }: Source): PhrasingContent & { type: "image" } {
  const src = property(image, "src") ?? "";
  const ref = addresses.toLocal(src, mediaId(property(image, "className") ?? ""));
  // A reference that another size is shown for would change the image.
  const url = ref !== undefined && addresses.toSite(ref)?.src === src ? ref : src;
  return { type: "image", url, alt: property(image, "alt") ?? "", title: property(image, "title") ?? null };
}

/** Text of one block, white space as a browser shows it. */
function phrasingLine(nodes: readonly HastContent[], source: Source, inTable = false): PhrasingContent[] {
  const content = phrasing(nodes, source, inTable || source.tags);
  const trimmed = content.flatMap((node, i): PhrasingContent[] => {
    if (node.type !== "text") return [node];
    let { value } = node;
    if (i === 0 || endsLine(content[i - 1])) value = value.replace(/^ /, "");
    if (i === content.length - 1 || endsLine(content[i + 1])) value = value.replace(/ $/, "");
    return value === "" ? [] : [{ ...node, value }];
  });
  return trimmed;
}

function endsLine(node: PhrasingContent | undefined): boolean {
  return node?.type === "break" || (node?.type === "html" && node.value === "<br>");
}

function phrasing(nodes: readonly HastContent[], source: Source, tags: boolean): PhrasingContent[] {
  return nodes.flatMap((node): PhrasingContent[] => {
    if (node.type === "text") return textNodes(node.value, source);
    if (node.type === "comment") return [raw(slice(node, source))];
    if (node.type === "element") return phrasingElement(node, source, tags);
    throw new NoMarkdown();
  });
}

function phrasingElement(node: Element, source: Source, tags: boolean): PhrasingContent[] {
  const children = (): PhrasingContent[] => phrasing(node.children, source, tags);
  const plain = Object.keys(node.properties).length === 0;
  const name = node.tagName;
  if (name === "br" && plain) return [tags ? raw("<br>") : { type: "break" }];
  if (name === "strong" && plain && !source.tags) return [{ type: "strong", children: children() }];
  if (name === "em" && plain && !source.tags) return [{ type: "emphasis", children: children() }];
  if (name === "s" && plain && !source.tags) return [{ type: "delete", children: children() }];
  if (name === "code" && plain && node.children.every((child) => child.type === "text")) {
    return [{ type: "inlineCode", value: textOf(node) }];
  }
  if (name === "a" && hasOnly(node, ["href", "title"]) && property(node, "href") !== undefined) {
    return [linkNode(node, source, children)];
  }
  const described = property(node, "alt") !== undefined;
  if (
    name === "img" &&
    described &&
    hasOnly(node, ["src", "alt", "title", "className"]) &&
    plainClass(node)
  ) {
    return [imageNode(node, source)];
  }
  return rawElement(node, source, children);
}

/** The text of an address that links to itself goes through unchanged: it becomes `<https://…>`. */
function linkNode(node: Element, source: Source, children: () => PhrasingContent[]): PhrasingContent {
  const url = linkUrl(property(node, "href") ?? "", source);
  const [only, ...rest] = node.children;
  const isAddress = only?.type === "text" && only.value === url && rest.length === 0;
  return {
    type: "link",
    url,
    title: property(node, "title") ?? null,
    children: (isAddress ? [{ type: "text", value: url }] : children()) as [],
  };
}

function linkUrl(href: string, { addresses }: Source): string {
  return localLink(href, addresses) ?? href;
}

function hasOnly(node: Element, names: readonly string[]): boolean {
  return Object.keys(node.properties).every((name) => names.includes(name));
}

/** A class that the way back writes by itself. */
function plainClass(image: Element): boolean {
  return /^(wp-image-\d+)?$/.test(property(image, "className") ?? "");
}

function slice(node: Nodes, { html }: Source): string {
  return html.slice(node.position?.start.offset ?? 0, node.position?.end.offset ?? 0);
}

/** An element that Markdown has no mark for: its tags as they are, its content as Markdown. */
function rawElement(node: Element, source: Source, children: () => PhrasingContent[]): PhrasingContent[] {
  if (isVoid(node.tagName)) return [raw(rawToLocal(slice(node, source), source.addresses))];
  const places = node.data?.position;
  const [open, close] = [places?.opening, places?.closing];
  if (open === undefined || close === undefined) throw new NoMarkdown();
  const tag = (place: typeof open): string =>
    source.html.slice(place.start.offset ?? 0, place.end.offset ?? 0);
  return [raw(tag(open)), ...children(), raw(tag(close))];
}

function raw(value: string): PhrasingContent {
  return { type: "html", value };
}

/** Text, with what Markdown must not touch (shortcodes, addresses, spaces that count) kept out of its escaping. */
function textNodes(text: string, { isReference }: Reading): PhrasingContent[] {
  const collapsed = text.replace(/[ \t\n\f\r]+/g, " ");
  return splitOpaque(collapsed).flatMap(({ text: piece, opaque }): PhrasingContent[] => {
    if (opaque && !isReference(piece.slice(1, -1))) return [raw(piece)];
    return piece
      .split(/(\u00a0)/)
      .filter((part) => part !== "")
      .map((part) => (part === "\u00a0" ? raw("&nbsp;") : { type: "text", value: part }));
  });
}
