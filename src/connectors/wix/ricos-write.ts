// Blocks as nodes, as Wix's editor would store them. Pure.
import type { Line } from "../../content/markdown/lines.ts";
import type { JsonObject } from "../../lib/json.ts";
import { addressOf, idIn } from "./images.ts";
import type { Alignment, Block, Image, List, Table } from "./ricos-blocks.ts";
import { codeId } from "./ricos-ids.ts";
import { textNodes } from "./ricos-text.ts";

/** In the middle, as wide as the text. */
const CONTAINER = { width: { size: "CONTENT" }, alignment: "CENTER", textWrap: true } as const;

/** The site gives nodes their ids. */
const node = (type: string, nodes: readonly JsonObject[], data: JsonObject): JsonObject => ({
  ...{ type, id: "", nodes },
  ...data,
});

export function nodeOfBlock(block: Block): JsonObject {
  switch (block.type) {
    case "paragraph":
      return paragraph(block.line);
    case "heading":
      return node("HEADING", textNodes(block.line), { headingData: { level: block.level } });
    case "quote":
      return node("BLOCKQUOTE", [paragraph(block.line)], { blockquoteData: { indentation: 0 } });
    case "list":
      return nodeOfList(block, 0);
    case "code": {
      const { code, words } = block;
      const text = { type: "TEXT", id: "", nodes: [], textData: { text: code, decorations: [] } };
      const nodes = code === "" ? [] : [text];
      return { ...node("CODE_BLOCK", nodes, { codeBlockData: {} }), id: codeId(words, code) };
    }
    case "rule": {
      const line = { lineStyle: "SINGLE", width: "LARGE", alignment: "CENTER" };
      return node("DIVIDER", [], { dividerData: { containerData: CONTAINER, ...line } });
    }
    case "image":
      return nodeOfImage(block);
    case "gallery": {
      const items = block.images.map(({ src, alt }) => ({ image: { media: fileAt(src) }, altText: alt }));
      return node("GALLERY", [], {
        galleryData: { containerData: CONTAINER, items, options: { layout: { type: "GRID" } } },
      });
    }
    case "video":
      return node("VIDEO", [], {
        videoData: { containerData: CONTAINER, video: { src: { url: block.url } } },
      });
    case "table":
      return nodeOfTable(block);
  }
}

function paragraph(line: Line, alignment: Alignment = ""): JsonObject {
  const style = { textStyle: { textAlignment: alignment.toUpperCase() } };
  return node("PARAGRAPH", textNodes(line), { paragraphData: alignment === "" ? {} : style });
}

/** Of Wix's Media Manager by id, others by address. */
function fileAt(src: string): JsonObject {
  const id = idIn(src);
  return { src: id !== undefined && addressOf(id) === src ? { id } : { url: src } };
}

function nodeOfImage({ src, alt, caption, href }: Image): JsonObject {
  return node("IMAGE", [], {
    imageData: {
      containerData: CONTAINER,
      image: fileAt(src),
      ...(href === "" ? {} : { link: { url: href, target: "SELF" } }),
      altText: alt,
      ...(caption === "" ? {} : { caption }),
    },
  });
}

function nodeOfList({ tag, start, items }: List, depth: number): JsonObject {
  const nodes = items.map((parts) => {
    const inner = parts.map((part) =>
      part.type === "list" ? nodeOfList(part, depth + 1) : nodeOfBlock(part),
    );
    return node("LIST_ITEM", inner, {});
  });
  const indentation = Math.min(depth, 4);
  if (tag === "ul") return node("BULLETED_LIST", nodes, { bulletedListData: { indentation } });
  return node("ORDERED_LIST", nodes, {
    orderedListData: { indentation, ...(start === 1 ? {} : { start }) },
  });
}

function nodeOfTable({ header, alignments, rows }: Table): JsonObject {
  const nodes = rows.map((cells) =>
    node(
      "TABLE_ROW",
      cells.map((line, i) => node("TABLE_CELL", [paragraph(line, alignments[i])], { tableCellData: {} })),
      {},
    ),
  );
  // As the editor measures a new table.
  const dimensions = {
    colsWidthRatio: alignments.map(() => 100),
    rowsHeight: rows.map(() => 47),
    colsMinWidth: alignments.map(() => 120),
  };
  return node("TABLE", nodes, { tableData: { dimensions, ...(header ? { rowHeader: true } : {}) } });
}

/** Markup as an element of its own, which visitors see in a frame. */
export function embedOfHtml(html: string): JsonObject {
  return node("HTML", [], { htmlData: { containerData: CONTAINER, html, source: "HTML" } });
}
