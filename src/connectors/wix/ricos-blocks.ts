// What Markdown, HTML and Wix's editor can all say, in one form for the three of them. Pure.
import { escapeAttribute } from "../../content/markdown/addresses.ts";
import { insist } from "../../content/markdown/html-lines.ts";
import { htmlOfLine, type Line } from "../../content/markdown/lines.ts";
import { escapeText } from "../../content/markdown/render.ts";

export interface Paragraph {
  readonly type: "paragraph";
  readonly line: Line;
}

export interface Heading {
  readonly type: "heading";
  readonly level: number;
  readonly line: Line;
}

export interface Image {
  readonly type: "image";
  readonly src: string;
  readonly alt: string;
  readonly caption: string;
  readonly href: string;
}

export interface List {
  readonly type: "list";
  readonly tag: "ul" | "ol";
  readonly start: number;
  /** The first part of each item is no list. */
  readonly items: readonly (readonly ItemPart[])[];
}

export type ItemPart = Paragraph | Heading | Image | List;

export type Alignment = "" | "left" | "center" | "right";

export interface Table {
  readonly type: "table";
  /** Whether the first row is a header. */
  readonly header: boolean;
  /** One per column. */
  readonly alignments: readonly Alignment[];
  readonly rows: readonly (readonly Line[])[];
}

export type Block =
  | Paragraph
  | Heading
  | { readonly type: "quote"; readonly line: Line }
  | List
  /** `words`: classes that name the language and what else stands behind the fence; "" for none. */
  | { readonly type: "code"; readonly words: string; readonly code: string }
  | { readonly type: "rule" }
  | Image
  | { readonly type: "gallery"; readonly images: readonly Image[] }
  | { readonly type: "video"; readonly url: string }
  | Table;

/** Before the text of an item that is to be done, and of one that is done. Ricos has no lists of tasks. */
export const BOXES: readonly (readonly [mark: string, input: string])[] = [
  ["☐", '<input type="checkbox" disabled=""> '],
  ["☑", '<input type="checkbox" disabled="" checked=""> '],
];

/** The classes of a code block: its language, and percent-encoded words behind it. */
export const CODE_WORDS = /^language-\S+(?: meta-\S+)?$/;

interface Cell {
  readonly alignment: Alignment;
  readonly line: Line;
}

/** Throws `MoreThanABlock` where rows differ in length, or the cells of a column in their alignment. */
export function tableOfRows(header: boolean, rows: readonly (readonly Cell[])[]): Table {
  const alignments = rows[0]?.map(({ alignment }) => alignment) ?? [];
  insist(alignments.length > 0);
  for (const row of rows) {
    insist(row.length === alignments.length && row.every(({ alignment }, i) => alignment === alignments[i]));
  }
  return { type: "table", header, alignments, rows: rows.map((row) => row.map(({ line }) => line)) };
}

/** Equal for blocks that say the same. */
export function keyOfBlock(block: Block): string {
  return JSON.stringify(block);
}

export function isBlank(block: Block | undefined): boolean {
  return block?.type === "paragraph" && block.line.length === 0;
}

export function htmlOfBlock(block: Block): string {
  switch (block.type) {
    case "paragraph":
      return `<p>${htmlOfLine(block.line)}</p>`;
    case "heading":
      return `<h${block.level}>${htmlOfLine(block.line)}</h${block.level}>`;
    case "quote":
      return `<blockquote><p>${htmlOfLine(block.line)}</p></blockquote>`;
    case "list":
      return htmlOfList(block);
    case "code": {
      const words = block.words === "" ? "" : ` class="${escapeAttribute(block.words)}"`;
      return `<pre><code${words}>${escapeText(block.code)}</code></pre>`;
    }
    case "rule":
      return "<hr>";
    case "image":
      return htmlOfImage(block);
    case "gallery":
      return `<figure>${block.images.map((image) => `<figure>${linkedImage(image)}</figure>`).join("")}</figure>`;
    case "video":
      return `<p>${escapeText(block.url)}</p>`;
    case "table":
      return htmlOfTable(block);
  }
}

function htmlOfList({ tag, start, items }: List): string {
  const first = tag === "ol" && start !== 1 ? ` start="${start}"` : "";
  return `<${tag}${first}>${items.map((item) => `<li>${htmlOfItem(item)}</li>`).join("")}</${tag}>`;
}

/** A text with lists below stands without its own tags. */
function htmlOfItem(parts: readonly ItemPart[]): string {
  const [first, ...rest] = parts;
  if (first === undefined) return "";
  if (first.type !== "paragraph") return parts.map(htmlOfBlock).join("");
  const text = htmlOfTask(first.line);
  const isTight = rest.every(({ type }) => type === "list");
  return (isTight ? text : `<p>${text}</p>`) + rest.map(htmlOfBlock).join("");
}

function htmlOfTask(line: Line): string {
  const [first, ...rest] = line;
  const html = () => htmlOfLine(line);
  if (first === undefined || first === "break" || first.format !== 0 || first.link !== undefined)
    return html();
  const box = BOXES.find(([mark]) => first.text.startsWith(`${mark} `));
  if (box === undefined) return html();
  const text = first.text.slice(box[0].length + 1);
  return box[1] + htmlOfLine(text === "" ? rest : [{ ...first, text }, ...rest]);
}

function linkedImage({ src, alt, href }: Image): string {
  const image = `<img src="${escapeAttribute(src)}" alt="${escapeAttribute(alt)}">`;
  return href === "" ? image : `<a href="${escapeAttribute(href)}">${image}</a>`;
}

function htmlOfImage(image: Image): string {
  const { caption } = image;
  if (caption === "") return `<p>${linkedImage(image)}</p>`;
  return `<figure>${linkedImage(image)}<figcaption>${escapeText(caption)}</figcaption></figure>`;
}

function htmlOfTable({ header, alignments, rows }: Table): string {
  const row = (cells: readonly Line[], tag: string) => {
    const inner = cells.map((line, i) => {
      const alignment = alignments[i] ?? "";
      return `<${tag}${alignment === "" ? "" : ` style="text-align:${alignment}"`}>${htmlOfLine(line)}</${tag}>`;
    });
    return `<tr>${inner.join("")}</tr>`;
  };
  const [first, ...rest] = rows;
  const head = header && first !== undefined ? `<thead>${row(first, "th")}</thead>` : "";
  const below = header ? rest : rows;
  const body = below.length === 0 ? "" : `<tbody>${below.map((cells) => row(cells, "td")).join("")}</tbody>`;
  return `<table>${head}${body}</table>`;
}
