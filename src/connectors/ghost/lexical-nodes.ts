// Nodes of Ghost's editor (Lexical, https://github.com/TryGhost/Koenig) from and to blocks. Pure.
import { insist, MoreThanABlock, unlessMore } from "../../content/markdown/html-lines.ts";
import { type Line, type Link, type Run, tidyLine } from "../../content/markdown/lines.ts";
import { canonicalJson, isObject, type Json, type JsonObject } from "../../lib/json.ts";
import type { Block, List } from "./blocks.ts";

const TEXT_KEYS = ["detail", "format", "mode", "style", "text"];
const ELEMENT_KEYS = ["children", "direction", "format", "indent", "textFormat", "textStyle"];

/** Undefined for a card, or anything else that a block cannot say whole. */
export function blockOfNode(node: JsonObject): Block | undefined {
  return unlessMore(() => read(node));
}

function read(node: JsonObject): Block {
  switch (node.type) {
    case "paragraph":
      return { type: "paragraph", line: lineOf(node) };
    case "heading":
    case "extended-heading":
      insist(/^h[1-6]$/.test(text(node.tag)));
      return { type: "heading", tag: text(node.tag), line: lineOf(node, ["tag"]) };
    case "quote":
    case "extended-quote":
      return { type: "quote", line: lineOf(node) };
    case "list":
      return listOf(node, 0);
    case "codeblock":
      only(node, ["code", "language", "caption"]);
      insist(blank(node.caption) && /^[\w+#.-]*$/.test(text(node.language)));
      return { type: "code", language: text(node.language), code: text(node.code) };
    case "horizontalrule":
      only(node, []);
      return { type: "rule" };
    case "image":
      return imageOf(node);
    default:
      throw new MoreThanABlock();
  }
}

function only(node: JsonObject, keys: readonly string[]): void {
  insist(Object.keys(node).every((key) => key === "type" || key === "version" || keys.includes(key)));
}

const isWhole = (value: Json): value is number => Number.isSafeInteger(value);

const blank = (value: Json | undefined) => value === undefined || value === null || value === "";

function text(value: Json | undefined): string {
  if (blank(value)) return "";
  insist(typeof value === "string");
  return String(value);
}

/** An element that is neither aligned nor indented. */
function element(node: JsonObject, more: readonly string[], indent: number): readonly JsonObject[] {
  only(node, [...ELEMENT_KEYS, ...more]);
  const { children, format, textFormat = 0 } = node;
  insist(blank(format) && blank(node.textStyle) && textFormat === 0);
  insist(node.indent === undefined || node.indent === 0 || node.indent === indent);
  if (!Array.isArray(children)) throw new MoreThanABlock();
  return children.map((child: Json) => {
    if (!isObject(child)) throw new MoreThanABlock();
    return child as JsonObject;
  });
}

function lineOf(node: JsonObject, more: readonly string[] = []): Line {
  return tidyLine(element(node, more, 0).flatMap((child) => runsOf(child, undefined)));
}

function runsOf(node: JsonObject, link: Link | undefined): Line {
  switch (node.type) {
    case "linebreak":
      only(node, []);
      return ["break"];
    case "text":
    case "extended-text": {
      only(node, TEXT_KEYS);
      const { format = 0, detail = 0, mode = "normal" } = node;
      insist(isWhole(format) && format >= 0 && format < 256);
      insist(detail === 0 && mode === "normal" && blank(node.style));
      const run: Run = { text: text(node.text), format: Number(format) };
      return [link === undefined ? run : { ...run, link }];
    }
    case "link": {
      insist(link === undefined);
      const children = element(node, ["url", "rel", "target", "title"], 0);
      const own = {
        url: text(node.url),
        rel: text(node.rel),
        target: text(node.target),
        title: text(node.title),
      };
      return children.flatMap((child) => runsOf(child, own));
    }
    default:
      throw new MoreThanABlock();
  }
}

/** A list below an item stands in an item of its own, right behind. */
function listOf(node: JsonObject, depth: number): List {
  const children = element(node, ["listType", "start", "tag"], 0);
  insist(node.listType === "bullet" || node.listType === "number");
  const items: { line: Line; below: List[] }[] = [];
  for (const child of children) {
    insist(child.type === "listitem");
    const inner = element(child, ["value"], depth);
    const lists = inner.filter(({ type }) => type === "list");
    const last = items.at(-1);
    if (lists.length === 0)
      items.push({ line: tidyLine(inner.flatMap((one) => runsOf(one, undefined))), below: [] });
    else {
      if (last === undefined || lists.length !== inner.length) throw new MoreThanABlock();
      last.below.push(...lists.map((list) => listOf(list, depth + 1)));
    }
  }
  insist(items.length > 0);
  const isNumbered = node.listType === "number";
  const { start: first = 1 } = node;
  insist(isWhole(first));
  const start = isNumbered ? Number(first) : 1;
  return { type: "list", tag: isNumbered ? "ol" : "ul", start, items };
}

/** How the editor wraps the text of a caption. */
const CAPTION_WRAP = /<\/?(?:p|span)(?: (?:dir="ltr"|style="white-space: pre-wrap;"))*>/g;

const IMAGE_KEYS = ["src", "width", "height", "title", "alt", "caption", "cardWidth", "href"];

function imageOf(node: JsonObject): Block {
  only(node, IMAGE_KEYS);
  insist(blank(node.title) && (blank(node.cardWidth) || node.cardWidth === "regular"));
  const caption = text(node.caption).replace(CAPTION_WRAP, "");
  insist(!caption.includes("<"));
  const words = caption.replace(/&#?\w+;/g, (entity) => {
    insist(entity in ENTITIES);
    return ENTITIES[entity] ?? entity;
  });
  insist(words === "" || words.trim() === words);
  return { type: "image", src: text(node.src), alt: text(node.alt), caption: words, href: text(node.href) };
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&nbsp;": "\u00a0",
  "&quot;": '"',
  "&#39;": "'",
};

// --- And back ----------------------------------------------------------------------------------------------

const ELEMENT = { direction: null, format: "", indent: 0 } as const;

/** As the editor would store it. */
export function nodeOfBlock(block: Block): JsonObject {
  switch (block.type) {
    case "paragraph":
      return { children: nodesOfLine(block.line), ...ELEMENT, type: "paragraph", version: 1 };
    case "heading":
      return {
        children: nodesOfLine(block.line),
        ...ELEMENT,
        type: "extended-heading",
        version: 1,
        tag: block.tag,
      };
    case "quote":
      return { children: nodesOfLine(block.line), ...ELEMENT, type: "extended-quote", version: 1 };
    case "list":
      return nodeOfList(block, 0);
    case "code":
      return { type: "codeblock", version: 1, code: block.code, language: block.language, caption: "" };
    case "rule":
      return { type: "horizontalrule", version: 1 };
    case "image":
      return nodeOfImage(block);
  }
}

function nodeOfImage({ src, alt, caption, href }: Extract<Block, { type: "image" }>): JsonObject {
  const words = caption.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return {
    type: "image",
    version: 1,
    src,
    width: null,
    height: null,
    title: "",
    alt,
    caption: words,
    cardWidth: "regular",
    href,
  };
}

function nodesOfLine(line: Line): JsonObject[] {
  const nodes: JsonObject[] = [];
  let link: { readonly of: string; readonly children: JsonObject[] } | undefined;
  line.forEach((item, i) => {
    const around = item === "break" ? linkAround(line, i) : item.link;
    const node = item === "break" ? { type: "linebreak", version: 1 } : textNode(item);
    if (around === undefined) {
      link = undefined;
      nodes.push(node);
      return;
    }
    const of = JSON.stringify(around);
    if (link?.of === of) link.children.push(node);
    else {
      link = { of, children: [node] };
      nodes.push(linkNode(around, link.children));
    }
  });
  return nodes;
}

/** Of a line break with the same link on both sides. */
function linkAround(line: Line, at: number): Link | undefined {
  const [before, after] = [line[at - 1], line[at + 1]];
  if (before === undefined || before === "break" || after === undefined || after === "break")
    return undefined;
  return JSON.stringify(before.link) === JSON.stringify(after.link) ? before.link : undefined;
}

function textNode({ text: words, format }: Run): JsonObject {
  return { detail: 0, format, mode: "normal", style: "", text: words, type: "extended-text", version: 1 };
}

function linkNode({ url, rel, target, title }: Link, children: JsonObject[]): JsonObject {
  const orNull = (value: string) => (value === "" ? null : value);
  return {
    children,
    ...ELEMENT,
    type: "link",
    version: 1,
    rel: orNull(rel),
    target: orNull(target),
    title: orNull(title),
    url,
  };
}

function nodeOfList({ tag, start, items }: List, depth: number): JsonObject {
  let value = start - 1;
  const item = (children: JsonObject[], number: number): JsonObject => ({
    children,
    ...ELEMENT,
    indent: depth,
    type: "listitem",
    version: 1,
    value: number,
  });
  const children = items.flatMap(({ line, below }) => {
    value += 1;
    const own = item(nodesOfLine(line), value);
    return [own, ...below.map((list) => item([nodeOfList(list, depth + 1)], value + 1))];
  });
  const listType = tag === "ol" ? "number" : "bullet";
  return { children, ...ELEMENT, type: "list", version: 1, listType, start, tag };
}

// --- HTML cards --------------------------------------------------------------------------------------------

/** What the editor notes of a card that everybody sees, by version. */
const SEEN_BY_ALL = [
  { showOnEmail: true, showOnWeb: true, segment: "" },
  {
    web: { nonMember: true, memberSegment: "status:free,status:-free" },
    email: { memberSegment: "status:free,status:-free" },
  },
].map((visibility) => canonicalJson(visibility));

/** The markup of an HTML card that everybody sees; undefined for other nodes. */
export function htmlOfCard(node: JsonObject): string | undefined {
  const { type, version: _, html, visibility, ...rest } = node;
  if (type !== "html" || typeof html !== "string" || Object.keys(rest).length > 0) return undefined;
  const isPublic = visibility === undefined || SEEN_BY_ALL.includes(canonicalJson(visibility));
  return isPublic && html.trim() !== "" ? html : undefined;
}

export function cardOfHtml(html: string): JsonObject {
  return { type: "html", version: 1, html };
}

/** Ends what visitors see who have no account. */
export const PAYWALL: JsonObject = { type: "paywall", version: 1 };
