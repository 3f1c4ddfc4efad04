// Nodes of Wix's editor to blocks. Pure. https://dev.wix.com/docs/ricos/api-reference/ricos-document
import { insist, MoreThanABlock, unlessMore } from "../../content/markdown/html-lines.ts";
import { isObject, type Json, type JsonObject } from "../../lib/json.ts";
import { addressOf } from "./images.ts";
import {
  type Alignment,
  type Block,
  type Image,
  type ItemPart,
  type List,
  tableOfRows,
} from "./ricos-blocks.ts";
import { isVideoAddress } from "./ricos-html.ts";
import { wordsIn } from "./ricos-ids.ts";
import { isNothing, lineOfNodes, linkOfNode, objectOf } from "./ricos-text.ts";

/** Undefined for what a block cannot say whole. */
export function blockOfNode(node: JsonObject): Block | undefined {
  return unlessMore(() => read(node));
}

/** What a node has besides its type and id, where all else is empty. */
function only(node: JsonObject, ...names: readonly string[]): JsonObject {
  for (const [name, value] of Object.entries(node)) {
    insist(["type", "id", ...names].includes(name) || isNothing(value));
  }
  return node;
}

function read(node: JsonObject): Block {
  switch (node.type) {
    case "PARAGRAPH":
    case "HEADING":
      return textBlockOf(node);
    case "BLOCKQUOTE": {
      const [paragraph, ...more] = childrenOf(only(node, "nodes", "blockquoteData"));
      flat(node.blockquoteData);
      if (paragraph?.type !== "PARAGRAPH" || more.length > 0) throw new MoreThanABlock();
      const { line } = textBlockOf(paragraph);
      insist(line.length > 0);
      return { type: "quote", line };
    }
    case "BULLETED_LIST":
    case "ORDERED_LIST":
      return listOf(node, 0);
    case "CODE_BLOCK":
      return codeOf(node);
    case "DIVIDER":
      plain(only(node, "dividerData").dividerData, {
        lineStyle: ["SINGLE"],
        width: ["LARGE"],
        alignment: ["CENTER"],
      });
      return { type: "rule" };
    case "IMAGE":
      return imageOf(node);
    case "GALLERY":
      return galleryOf(node);
    case "VIDEO": {
      const { video } = only(node, "videoData").videoData === undefined ? {} : objectOf(node.videoData);
      plain(node.videoData, {}, "video", "thumbnail");
      const { src } = objectOf(video);
      const { url } = only(objectOf(src), "url");
      insist(typeof url === "string" && isVideoAddress(url));
      return { type: "video", url: String(url) };
    }
    case "TABLE":
      return tableOf(node);
    default:
      throw new MoreThanABlock();
  }
}

export function childrenOf(node: JsonObject): readonly JsonObject[] {
  const { nodes } = node;
  if (isNothing(nodes)) return [];
  if (!Array.isArray(nodes)) throw new MoreThanABlock();
  return nodes.map((child: Json) => objectOf(child));
}

/** How a node is laid out: as the editor makes it by itself. `says`: values that say no more than none. */
function plain(
  data: Json | undefined,
  says: Readonly<Record<string, readonly Json[]>>,
  ...more: readonly string[]
): void {
  const { containerData, ...rest } = objectOf(data ?? {});
  for (const [name, value] of Object.entries(rest)) {
    insist(
      more.includes(name) || isNothing(value) || value === false || says[name]?.includes(value) === true,
    );
  }
  const { textWrap: _, ...container } = objectOf(containerData ?? {});
  insist(saysNoMore(container, { width: { size: "CONTENT" }, alignment: "CENTER" }));
}

/** Than these values, which Wix fills in by itself (`statics/*.defaults.json` of `ricos-schema`). */
function saysNoMore(value: Json | undefined, defaults: Json | undefined): boolean {
  if (isNothing(value) || value === false) return true;
  if (!isObject(value)) return value === defaults;
  const known = isObject(defaults) ? (defaults as JsonObject) : {};
  return Object.entries(value as JsonObject).every(([name, one]) => saysNoMore(one, known[name]));
}

const GALLERY = {
  layout: { type: "GRID", orientation: "COLUMNS", numberOfColumns: 3 },
  item: { crop: "FILL", ratio: 1 },
  thumbnails: { placement: "NONE" },
} as const;

/** Neither aligned nor indented. */
function flat(data: Json | undefined, ...allowed: readonly string[]): JsonObject {
  const { indentation = 0, textStyle, ...rest } = objectOf(data ?? {});
  insist(indentation === 0 || indentation === null);
  const { textAlignment = "AUTO", ...style } = objectOf(textStyle ?? {});
  insist(textAlignment === "AUTO" && Object.values(style).every(isNothing));
  for (const [name, value] of Object.entries(rest)) insist(allowed.includes(name) || isNothing(value));
  return rest;
}

function textBlockOf(node: JsonObject): Extract<Block, { type: "paragraph" | "heading" }> {
  if (node.type === "PARAGRAPH") {
    only(node, "nodes", "paragraphData");
    const { level = 0 } = flat(node.paragraphData, "level");
    insist(level === 0 || level === null);
    return { type: "paragraph", line: lineOfNodes(node.nodes) };
  }
  insist(node.type === "HEADING");
  only(node, "nodes", "headingData");
  const { level } = flat(node.headingData, "level");
  insist(typeof level === "number" && level >= 1 && level <= 6);
  return { type: "heading", level: Number(level), line: lineOfNodes(node.nodes) };
}

/** The editor may note how deep a list lies. */
function listOf(node: JsonObject, depth: number): List {
  const isNumbered = node.type === "ORDERED_LIST";
  const name = isNumbered ? "orderedListData" : "bulletedListData";
  only(node, "nodes", name);
  const { indentation = 0, offset = 0, start, ...rest } = objectOf(node[name] ?? {});
  insist(
    [0, null, Math.min(depth, 4)].includes(indentation as number | null) && (offset === 0 || offset === null),
  );
  insist(Object.values(rest).every(isNothing) && (isNumbered || isNothing(start)));
  const items = childrenOf(node).map((item) => {
    insist(item.type === "LIST_ITEM");
    only(item, "nodes");
    const parts = childrenOf(item).map((child) => partOf(child, depth));
    insist(parts.length > 0 && parts[0]?.type !== "list");
    return parts;
  });
  insist(items.length > 0);
  return { type: "list", tag: isNumbered ? "ol" : "ul", start: typeof start === "number" ? start : 1, items };
}

function partOf(node: JsonObject, depth: number): ItemPart {
  switch (node.type) {
    case "PARAGRAPH":
    case "HEADING":
      return textBlockOf(node);
    case "BULLETED_LIST":
    case "ORDERED_LIST":
      return listOf(node, depth + 1);
    case "IMAGE":
      return imageOf(node);
    default:
      throw new MoreThanABlock();
  }
}

function codeOf(node: JsonObject): Block {
  only(node, "nodes", "codeBlockData");
  flat(node.codeBlockData);
  const code = childrenOf(node).map((child) => {
    const { text, decorations, ...rest } = objectOf(only(child, "textData").textData);
    insist(child.type === "TEXT" && isNothing(decorations) && Object.keys(rest).length === 0);
    return String(text);
  });
  return { type: "code", words: wordsIn(String(node.id ?? "")), code: code.join("") };
}

function imageOf(node: JsonObject): Image {
  const data = objectOf(only(node, "imageData").imageData);
  plain(data, {}, "image", "link", "altText", "caption");
  const { link, altText, caption } = data;
  const words = wordsOf(caption);
  insist(words.trim() === words && !/[ \t\n\f\r]{2}|[\t\n\f\r]/.test(words));
  const { url = "", rel = "", target = "" } = saysNoMore(link, { target: "SELF" }) ? {} : linkOfNode(link);
  insist(rel === "" && target === "");
  return { type: "image", src: addressIn(data.image), alt: wordsOf(altText), caption: words, href: url };
}

function wordsOf(value: Json | undefined): string {
  if (isNothing(value)) return "";
  insist(typeof value === "string");
  return String(value);
}

/** Where a file lies. Its size is the site's to know. */
function addressIn(media: Json | undefined): string {
  const { src, width: _w, height: _h, ...rest } = objectOf(media);
  insist(Object.values(rest).every(isNothing));
  const { id, url, ...others } = objectOf(src);
  insist(Object.values(others).every((value) => isNothing(value) || value === false));
  insist(isNothing(id) !== isNothing(url));
  return isNothing(id) ? wordsOf(url) : addressOf(wordsOf(id));
}

function galleryOf(node: JsonObject): Block {
  const data = objectOf(only(node, "galleryData").galleryData);
  plain(data, {}, "items", "options");
  const { items, options } = data;
  insist(saysNoMore(options, GALLERY));
  if (!Array.isArray(items)) throw new MoreThanABlock();
  const images = items.map((item: Json): Image => {
    const { image, altText } = only(objectOf(item), "image", "altText");
    const { media } = only(objectOf(image), "media");
    return { type: "image", src: addressIn(media), alt: wordsOf(altText), caption: "", href: "" };
  });
  insist(images.length > 1);
  return { type: "gallery", images };
}

function tableOf(node: JsonObject): Block {
  const { dimensions: _, rowHeader, ...rest } = objectOf(only(node, "nodes", "tableData").tableData ?? {});
  plain(rest, {});
  const rows = childrenOf(node).map((row) => {
    insist(row.type === "TABLE_ROW");
    return childrenOf(only(row, "nodes")).map(cellOf);
  });
  return tableOfRows(rowHeader === true, rows);
}

const ALIGNMENTS = new Map<Json, Alignment>([
  ["AUTO", ""],
  ["LEFT", "left"],
  ["CENTER", "center"],
  ["RIGHT", "right"],
]);

function cellOf(cell: JsonObject) {
  insist(
    cell.type === "TABLE_CELL" && saysNoMore(cell.tableCellData, { cellStyle: { verticalAlignment: "TOP" } }),
  );
  const [paragraph, ...more] = childrenOf(only(cell, "nodes", "tableCellData"));
  if (paragraph?.type !== "PARAGRAPH" || more.length > 0) throw new MoreThanABlock();
  only(paragraph, "nodes", "paragraphData");
  const { textStyle, ...data } = objectOf(paragraph.paragraphData ?? {});
  const { textAlignment = "AUTO", ...style } = objectOf(textStyle ?? {});
  flat({ ...data, textStyle: style });
  const alignment = ALIGNMENTS.get(textAlignment);
  if (alignment === undefined) throw new MoreThanABlock();
  return { alignment, line: lineOfNodes(paragraph.nodes) };
}

/** The markup of an HTML element that is shown in the usual way; undefined for other nodes. */
export function htmlOfEmbed(node: JsonObject): string | undefined {
  return unlessMore(() => {
    insist(node.type === "HTML");
    const { html, source, ...rest } = objectOf(only(node, "htmlData").htmlData);
    const { height, ...containerData } = objectOf(rest.containerData ?? {});
    insist(saysNoMore(height, { custom: "550" }));
    plain({ ...rest, containerData }, { autoHeight: [true] });
    insist(typeof html === "string" && html.trim() !== "" && (source === undefined || source === "HTML"));
    return String(html);
  });
}
