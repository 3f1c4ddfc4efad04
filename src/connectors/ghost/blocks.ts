// What Markdown, HTML and Ghost's editor can all say, in one form for the three of them. Pure.
import { escapeAttribute } from "../../content/markdown/addresses.ts";
import { htmlOfLine, type Line } from "../../content/markdown/lines.ts";
import { escapeText } from "../../content/markdown/render.ts";

export interface List {
  readonly type: "list";
  readonly tag: "ul" | "ol";
  readonly start: number;
  readonly items: readonly { readonly line: Line; readonly below: readonly List[] }[];
}

export type Block =
  | { readonly type: "paragraph"; readonly line: Line }
  | { readonly type: "heading"; readonly tag: string; readonly line: Line }
  | { readonly type: "quote"; readonly line: Line }
  | List
  | { readonly type: "code"; readonly language: string; readonly code: string }
  | { readonly type: "rule" }
  | {
      readonly type: "image";
      readonly src: string;
      readonly alt: string;
      readonly caption: string;
      readonly href: string;
    };

/** Equal for blocks that say the same. */
export function keyOfBlock(block: Block): string {
  return JSON.stringify(block);
}

export function isBlank(block: Block | undefined): boolean {
  return block?.type === "paragraph" && block.line.length === 0;
}

// --- As HTML -----------------------------------------------------------------------------------------------

export function htmlOfBlock(block: Block): string {
  switch (block.type) {
    case "paragraph":
      return `<p>${htmlOfLine(block.line)}</p>`;
    case "heading":
      return `<${block.tag}>${htmlOfLine(block.line)}</${block.tag}>`;
    case "quote":
      return `<blockquote><p>${htmlOfLine(block.line)}</p></blockquote>`;
    case "list":
      return htmlOfList(block);
    case "code": {
      const language = block.language === "" ? "" : ` class="language-${escapeAttribute(block.language)}"`;
      return `<pre><code${language}>${escapeText(block.code)}</code></pre>`;
    }
    case "rule":
      return "<hr>";
    case "image":
      return htmlOfImage(block);
  }
}

function htmlOfList({ tag, start, items }: List): string {
  const first = tag === "ol" && start !== 1 ? ` start="${start}"` : "";
  const inner = items.map(
    ({ line, below }) => `<li>${htmlOfLine(line)}${below.map(htmlOfList).join("")}</li>`,
  );
  return `<${tag}${first}>${inner.join("")}</${tag}>`;
}

function htmlOfImage({ src, alt, caption, href }: Extract<Block, { type: "image" }>): string {
  const image = `<img src="${escapeAttribute(src)}" alt="${escapeAttribute(alt)}">`;
  const linked = href === "" ? image : `<a href="${escapeAttribute(href)}">${image}</a>`;
  if (caption === "") return `<p>${linked}</p>`;
  return `<figure>${linked}<figcaption>${escapeText(caption)}</figcaption></figure>`;
}
