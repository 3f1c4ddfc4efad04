// Markup as a block of Ghost's editor, where it says no more than one. Pure.
import type { Element, ElementContent } from "hast";
import {
  bare,
  elementsOf,
  insist,
  isSpace,
  lineOf,
  loneElement,
  MoreThanABlock,
  propertyOf,
  unlessMore,
} from "../../content/markdown/html-lines.ts";
import type { Block, List } from "./blocks.ts";

/** Undefined for what a block cannot say whole: a class, a table, two paragraphs in a quotation. */
export function blockOfHtml(html: string): Block | undefined {
  return unlessMore(() => {
    const only = loneElement(html);
    return only === undefined ? undefined : read(only);
  });
}

function read(node: Element): Block {
  switch (node.tagName) {
    case "p":
      bare(node);
      return imageIn(node, "") ?? { type: "paragraph", line: lineOf(node.children) };
    case "h1":
    case "h2":
    case "h3":
    case "h4":
    case "h5":
    case "h6":
      bare(node);
      return { type: "heading", tag: node.tagName, line: lineOf(node.children) };
    case "blockquote":
      return quoteOf(node);
    case "ul":
    case "ol":
      return listOf(node);
    case "pre":
      return codeOf(node);
    case "hr":
      bare(node);
      return { type: "rule" };
    case "figure":
      return figureOf(node);
    default:
      throw new MoreThanABlock();
  }
}

function quoteOf(node: Element): Block {
  bare(node);
  const [paragraph, ...rest] = elementsOf(node);
  if (paragraph?.tagName !== "p" || rest.length > 0) throw new MoreThanABlock();
  bare(paragraph);
  return { type: "quote", line: lineOf(paragraph.children) };
}

function listOf(node: Element): List {
  bare(node, "start");
  const start = Number(propertyOf(node, "start") || "1");
  insist(Number.isInteger(start) && (node.tagName === "ol" || start === 1));
  const items = elementsOf(node).map((item) => {
    insist(item.tagName === "li");
    bare(item);
    const isList = (child: ElementContent) =>
      child.type === "element" && (child.tagName === "ul" || child.tagName === "ol");
    const from = item.children.findIndex(isList);
    const own = from === -1 ? item.children : item.children.slice(0, from);
    const below = from === -1 ? [] : item.children.slice(from).filter((child) => !isSpace(child));
    return {
      line: lineOf(unwrapped(own)),
      below: below.map((child) => {
        if (child.type !== "element" || !isList(child)) throw new MoreThanABlock();
        return listOf(child);
      }),
    };
  });
  insist(items.length > 0);
  return { type: "list", tag: node.tagName === "ol" ? "ol" : "ul", start, items };
}

/** An item of one paragraph says the same with and without its tags. */
function unwrapped(nodes: readonly ElementContent[]): readonly ElementContent[] {
  const [first, ...rest] = nodes.filter((node) => !isSpace(node));
  if (first?.type !== "element" || first.tagName !== "p") return nodes;
  insist(rest.length === 0);
  bare(first);
  return first.children;
}

function codeOf(node: Element): Block {
  bare(node);
  const [code, ...rest] = node.children;
  if (code?.type !== "element" || code.tagName !== "code" || rest.length > 0) throw new MoreThanABlock();
  bare(code, "className");
  const classes = propertyOf(code, "className");
  const language = /^language-([\w+#.-]+)$/.exec(classes)?.[1];
  insist(classes === "" || language !== undefined);
  const text = code.children.map((child) => {
    if (child.type !== "text") throw new MoreThanABlock();
    return child.value;
  });
  return { type: "code", language: language ?? "", code: text.join("") };
}

function figureOf(node: Element): Block {
  bare(node);
  const caption = elementsOf(node).find(({ tagName }) => tagName === "figcaption");
  if (caption === undefined) throw new MoreThanABlock();
  bare(caption);
  const [words = "", ...rest] = lineOf(caption.children);
  insist(rest.length === 0);
  if (words === "break" || (words !== "" && (words.format !== 0 || words.link !== undefined))) {
    throw new MoreThanABlock();
  }
  const others = node.children.filter((child) => child !== caption);
  const image = imageIn({ ...node, children: others }, words === "" ? "" : words.text);
  if (image === undefined) throw new MoreThanABlock();
  return image;
}

/** The image that an element consists of, with the link around it if there is one. */
function imageIn(node: Element, caption: string): Block | undefined {
  const [first, ...rest] = node.children.filter((child) => !isSpace(child));
  if (first?.type !== "element" || rest.length > 0) return undefined;
  if (first.tagName === "a") {
    const image = imageIn(first, caption);
    if (image?.type !== "image") return undefined;
    bare(first, "href");
    return { ...image, href: propertyOf(first, "href") };
  }
  if (first.tagName !== "img") return undefined;
  bare(first, "src", "alt");
  return { type: "image", src: propertyOf(first, "src"), alt: propertyOf(first, "alt"), caption, href: "" };
}
