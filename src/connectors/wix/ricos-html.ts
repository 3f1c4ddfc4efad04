// Markup as blocks of Wix's editor, where it says no more than they can. Pure.
import type { Element, ElementContent } from "hast";
import { embedOf } from "../../content/markdown/embeds.ts";
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
import type { Line, Run } from "../../content/markdown/lines.ts";
import {
  type Alignment,
  type Block,
  BOXES,
  CODE_WORDS,
  type Image,
  type ItemPart,
  type List,
  tableOfRows,
} from "./ricos-blocks.ts";
import { sayable } from "./ricos-text.ts";

/** Undefined for what blocks cannot say whole: a class, struck-out text, a list in a quotation. */
export function blocksOfHtml(html: string): readonly Block[] | undefined {
  const only = loneElement(html);
  return only === undefined ? undefined : unlessMore(() => read(only));
}

function read(node: Element): readonly Block[] {
  switch (node.tagName) {
    case "p":
      bare(node);
      return [paragraphOf(node)];
    case "h1":
    case "h2":
    case "h3":
    case "h4":
    case "h5":
    case "h6":
      return [headingOf(node)];
    case "blockquote":
      return quotesOf(node);
    case "ul":
    case "ol":
      return [listOf(node)];
    case "pre":
      return [codeOf(node)];
    case "hr":
      bare(node);
      return [{ type: "rule" }];
    case "figure":
      return [figureOf(node)];
    case "table":
      return [tableOf(node)];
    default:
      throw new MoreThanABlock();
  }
}

function textOf(nodes: readonly ElementContent[]): Line {
  return sayable(lineOf(nodes));
}

function paragraphOf(node: Element): Block {
  const images = imagesIn(node);
  const [image, ...more] = images ?? [];
  if (image !== undefined) return more.length === 0 ? image : galleryOf(images ?? []);
  const line = textOf(node.children);
  const [only, ...rest] = line;
  if (only !== undefined && only !== "break" && rest.length === 0 && isVideo(only)) {
    return { type: "video", url: only.text };
  }
  return { type: "paragraph", line };
}

/** The bare address of a film, alone in its paragraph. */
function isVideo({ text, format, link }: Run): boolean {
  return format === 0 && link === undefined && isVideoAddress(text);
}

export function isVideoAddress(url: string): boolean {
  const slug = embedOf(url)?.attrs.providerNameSlug;
  return slug === "youtube" || slug === "vimeo" || slug === "dailymotion";
}

function galleryOf(images: readonly Image[]): Block {
  insist(images.every(({ caption, href }) => caption === "" && href === ""));
  return { type: "gallery", images };
}

function headingOf(node: Element): Block & { readonly type: "heading" } {
  bare(node);
  return { type: "heading", level: Number(node.tagName[1]), line: textOf(node.children) };
}

/** Ricos has quotations of one paragraph: several are one below the other. */
function quotesOf(node: Element): readonly Block[] {
  bare(node);
  const paragraphs = elementsOf(node);
  insist(paragraphs.length > 0);
  return paragraphs.map((paragraph) => {
    insist(paragraph.tagName === "p");
    bare(paragraph);
    const line = textOf(paragraph.children);
    insist(line.length > 0);
    return { type: "quote", line };
  });
}

function listOf(node: Element): List {
  bare(node, "start");
  const start = Number(propertyOf(node, "start") || "1");
  insist(Number.isInteger(start) && (node.tagName === "ol" || start === 1));
  const items = elementsOf(node).map((item) => {
    insist(item.tagName === "li");
    bare(item);
    return itemOf(item);
  });
  insist(items.length > 0);
  return { type: "list", tag: node.tagName === "ol" ? "ol" : "ul", start, items };
}

const PARTS = new Set(["p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "figure"]);

/** Stretches of text between blocks are paragraphs. */
function itemOf(item: Element): readonly ItemPart[] {
  const parts: ItemPart[] = [];
  let text: ElementContent[] = [];
  const endText = () => {
    if (text.some((node) => !isSpace(node))) parts.push(partOf({ ...item, tagName: "p", children: text }));
    text = [];
  };
  for (const child of item.children) {
    if (child.type === "element" && PARTS.has(child.tagName)) {
      endText();
      parts.push(partOf(child));
    } else text.push(child);
  }
  endText();
  const [first] = parts;
  return first === undefined || first.type === "list" ? [{ type: "paragraph", line: [] }, ...parts] : parts;
}

function partOf(node: Element): ItemPart {
  const boxed = node.tagName === "p" ? unboxed(node) : node;
  const [part] = read(boxed);
  switch (part?.type) {
    case "paragraph":
    case "heading":
    case "image":
    case "list":
      return part;
    case "video":
      return { type: "paragraph", line: [{ text: part.url, format: 0 }] };
    default:
      throw new MoreThanABlock();
  }
}

/** A check box as the letter that stands for it. */
function unboxed(node: Element): Element {
  const at = node.children.findIndex((child) => !isSpace(child));
  const box = node.children[at];
  if (box?.type !== "element" || box.tagName !== "input") return node;
  bare(box, "type", "disabled", "checked");
  insist(propertyOf(box, "type") === "checkbox");
  const mark = BOXES[box.properties.checked === true ? 1 : 0]?.[0] ?? "";
  return { ...node, children: [{ type: "text", value: `${mark} ` }, ...node.children.slice(at + 1)] };
}

function codeOf(node: Element): Block {
  bare(node);
  const [code, ...rest] = node.children;
  if (code?.type !== "element" || code.tagName !== "code" || rest.length > 0) throw new MoreThanABlock();
  bare(code, "className");
  const words = propertyOf(code, "className");
  insist(words === "" || CODE_WORDS.test(words));
  const text = code.children.map((child) => {
    if (child.type !== "text") throw new MoreThanABlock();
    return child.value;
  });
  return { type: "code", words, code: text.join("") };
}

function figureOf(node: Element): Block {
  bare(node);
  const inner = elementsOf(node);
  if (inner.length > 1 && inner.every(({ tagName }) => tagName === "figure")) {
    return galleryOf(inner.flatMap((one) => imagesIn(one) ?? []));
  }
  const caption = inner.find(({ tagName }) => tagName === "figcaption");
  if (caption === undefined) throw new MoreThanABlock();
  bare(caption);
  const [words = { text: "", format: 0 }, ...rest] = lineOf(caption.children);
  if (words === "break" || words.format !== 0 || words.link !== undefined) throw new MoreThanABlock();
  insist(rest.length === 0);
  const [image, ...more] =
    imagesIn({ ...node, children: node.children.filter((child) => child !== caption) }) ?? [];
  if (image === undefined || more.length > 0) throw new MoreThanABlock();
  return { ...image, caption: words.text };
}

/** The images that an element consists of, with the links around them; undefined where there is anything else. */
function imagesIn(node: Element): readonly Image[] | undefined {
  const images: Image[] = [];
  for (const child of node.children) {
    if (isSpace(child)) continue;
    const image = child.type === "element" ? imageOf(child) : undefined;
    if (image === undefined) return undefined;
    images.push(image);
  }
  return images.length === 0 ? undefined : images;
}

function imageOf(node: Element): Image | undefined {
  if (node.tagName === "a") {
    const [image, ...more] = imagesIn(node) ?? [];
    if (image === undefined || more.length > 0) return undefined;
    bare(node, "href");
    const href = propertyOf(node, "href");
    insist(image.href === "" && href !== "");
    return { ...image, href };
  }
  if (node.tagName !== "img") return undefined;
  bare(node, "src", "alt");
  const src = propertyOf(node, "src");
  insist(src !== "");
  return { type: "image", src, alt: propertyOf(node, "alt"), caption: "", href: "" };
}

function tableOf(node: Element): Block {
  bare(node);
  const sections = elementsOf(node);
  const [head, body, ...rest] = sections[0]?.tagName === "thead" ? sections : [undefined, ...sections];
  insist(rest.length === 0 && (body === undefined || body.tagName === "tbody"));
  const rowsIn = (section: Element | undefined, cell: string) => {
    if (section === undefined) return [];
    bare(section);
    return elementsOf(section).map((row) => {
      bare(row);
      insist(row.tagName === "tr");
      return elementsOf(row).map((one) => {
        insist(one.tagName === cell);
        bare(one, "style");
        return { alignment: alignmentOf(one), line: textOf(one.children) };
      });
    });
  };
  const rows = [...rowsIn(head, "th"), ...rowsIn(body, "td")];
  insist(head === undefined || elementsOf(head).length === 1);
  return tableOfRows(head !== undefined, rows);
}

function alignmentOf(cell: Element): Alignment {
  const style = propertyOf(cell, "style");
  if (style === "") return "";
  const [, alignment] = /^text-align: ?(left|center|right);?$/.exec(style) ?? [];
  insist(alignment !== undefined);
  return alignment as Alignment;
}
