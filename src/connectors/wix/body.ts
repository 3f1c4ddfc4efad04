// Bodies of posts, as texts: rich content (Ricos) as JSON, its keys as the site sent them. Pure.
// https://dev.wix.com/docs/ricos/api-reference/ricos-document
import { rawToLocal } from "../../content/markdown/addresses.ts";
import { canonical } from "../../content/markdown/canonical.ts";
import type { Dialect, Segment } from "../../content/markdown/dialect.ts";
import { type BodyFormat, bodyFormat, noAddresses } from "../../content/markdown/format.ts";
import { type Laid, laidOut, nodeIn, segmentOf, withEdits } from "../../content/markdown/node-list.ts";
import { wrapRaw } from "../../content/markdown/parser.ts";
import type { Node } from "../../content/markdown/render.ts";
import { renderHtml } from "../../content/markdown/render-html.ts";
import type { Edit } from "../../content/markdown/splice.ts";
import { encodeMarkdown } from "../../content/markdown/units.ts";
import { Fault } from "../../lib/fault.ts";
import { canonicalJson, isObject, type JsonObject } from "../../lib/json.ts";
import { LARGEST } from "./kinds.ts";
import { htmlOfBlock, isBlank, keyOfBlock } from "./ricos-blocks.ts";
import { blocksOfHtml } from "./ricos-html.ts";
import { blockOfNode, htmlOfEmbed } from "./ricos-nodes.ts";
import { embedOfHtml, nodeOfBlock } from "./ricos-write.ts";

const FRAME = { before: '{"nodes":[', between: ",", after: "]}" } as const;

/** A post without a text. */
export const EMPTY_BODY = FRAME.before + FRAME.after;

/** Time stamps change with each save and say nothing of the text. */
export function bodyText(content: unknown): string {
  if (!isObject(content)) return EMPTY_BODY;
  const { metadata, ...rest } = content as JsonObject;
  if (!isObject(metadata)) return JSON.stringify(rest);
  const { createdTimestamp: _created, updatedTimestamp: _updated, ...kept } = metadata as JsonObject;
  return JSON.stringify({ ...rest, metadata: kept });
}

/** What is sent. */
export function bodyValue(text: string): JsonObject {
  return nodeIn(text) ?? { nodes: [] };
}

function laid(stored: string): Laid | undefined {
  const body = nodeIn(stored);
  if (body === undefined) return undefined;
  const { nodes = [] } = body;
  if (!Array.isArray(nodes) || !nodes.every(isObject)) return undefined;
  return laidOut(JSON.stringify({ ...body, nodes: [] }), "nodes", nodes as readonly JsonObject[]);
}

function split(stored: string): Segment[] {
  if (stored.trim() === "") return [];
  const all = laid(stored);
  if (all === undefined) return [segmentOf({ raw: stored, start: 0, name: "html" }, () => htmlKey(stored))];
  return all.nodes.flatMap(({ node, raw, start }) => {
    const block = blockOfNode(node);
    if (isBlank(block)) return [];
    const name = block?.type === "list" ? block.tag : String(node.type);
    return [segmentOf({ raw, start, name }, () => (block === undefined ? nodeKey(node) : keyOfBlock(block)))];
  });
}

/** An HTML element says the same as the block that its markup is. */
function nodeKey(node: JsonObject): string {
  const html = htmlOfEmbed(node);
  return html === undefined ? `node ${canonicalJson(node)}` : htmlKey(html);
}

function htmlKey(html: string): string {
  const [block, ...more] = blocksOfHtml(html) ?? [];
  return block === undefined || more.length > 0 ? `html ${canonical(html, "space")}` : keyOfBlock(block);
}

function replace(stored: string, segments: readonly Segment[], edits: readonly Edit[]): string {
  const nothing = { before: FRAME.before, nodes: [], after: FRAME.after };
  return withEdits(laid(stored) ?? nothing, segments, edits, ({ from, to, texts }) =>
    texts.length === to - from ? texts.map((text, i) => heir(text, segments[from + i]?.raw ?? "")) : texts,
  );
}

/** A node in the place of another of its type has that one's id, which links may lead to. */
function heir(text: string, before: string): string {
  const [node, old] = [nodeIn(text), nodeIn(before)];
  const takes = node?.id === "" && node.type === old?.type && node.type !== "CODE_BLOCK";
  return takes && typeof old?.id === "string" ? JSON.stringify({ ...node, id: old.id }) : text;
}

/** One block of a document: as the editor has it, else as an HTML element. A node that a document holds as it is stays. */
function render(nodes: readonly Node[], addresses: Parameters<Dialect["render"]>[1]): string {
  const type = nodes[0]?.token.type;
  const html = renderHtml(nodes, { addresses, slash: "" });
  if (html.trim() === "") return "";
  if (type === "cms_block") {
    const node = nodeIn(html.trim());
    if (typeof node?.type === "string") return JSON.stringify(node);
    const whole = Array.isArray(node?.nodes) ? laid(html) : undefined;
    if (whole !== undefined) return whole.nodes.map(({ raw }) => raw).join(FRAME.between);
  }
  const blocks = type === "html_block" || type === "cms_block" ? undefined : blocksOfHtml(html);
  const made = blocks?.filter((block) => !isBlank(block)).map(nodeOfBlock) ?? [embedOfHtml(html)];
  return made.map((node) => JSON.stringify(node)).join(FRAME.between);
}

const ricos: Dialect = {
  frame: FRAME,
  render,
  split,
  replace,
  readable: ({ raw }) => {
    const node = nodeIn(raw);
    if (node === undefined) return undefined;
    const block = blockOfNode(node);
    return block === undefined ? htmlOfEmbed(node) : htmlOfBlock(block);
  },
  asWritten: ({ raw }) => {
    const node = nodeIn(raw);
    const html = node === undefined ? undefined : htmlOfEmbed(node);
    return html === undefined ? [] : [html, wrapRaw(html)];
  },
  // Markup inside of JSON must not be taken for the document's own.
  toLocal: (markup, addresses) =>
    nodeIn(markup) === undefined ? rawToLocal(markup, addresses) : markup.replaceAll("<", "\\u003c"),
};

const format = bodyFormat(ricos);

/** Throws `invalid` for a body that is larger than Wix takes, unless it is the stored one. */
export const postBody: BodyFormat = {
  ...format,
  encode(markdown, addresses) {
    const body = format.encode(markdown, addresses);
    if (sizeOf(body) > LARGEST) throw tooLarge(markdown, sizeOf(body));
    return body;
  },
  encodeOnto(markdown, stored, addresses) {
    const body = format.encodeOnto(markdown, stored, addresses);
    if (body !== stored && sizeOf(body) > LARGEST) throw tooLarge(markdown, sizeOf(body));
    return body;
  },
  same: (a, b) => format.same(a, b) || sameWithoutWords(a, b),
};

const encoder = new TextEncoder();

/** In bytes; a letter has three at most. */
const sizeOf = (text: string) => (text.length * 3 <= LARGEST ? text.length : encoder.encode(text).length);

/** Names the line of the block with which the body becomes too large. */
function tooLarge(markdown: string, size: number): Fault {
  const { parts, segments, stored } = encodeMarkdown(markdown, ricos, noAddresses);
  const over = parts.find(({ segments: [, to] }) => {
    const end = segments[to - 1]?.end ?? 0;
    return sizeOf(stored.slice(0, end)) > LARGEST;
  });
  const line = markdown.slice(0, over?.lines?.start ?? markdown.length).split("\n").length;
  return new Fault(
    "invalid",
    `body: line ${line} is beyond what Wix takes of a post: ${Math.ceil(size / 1024)} kB as rich content, and ${LARGEST / 1024} kB at most`,
    { code: "too-large", unsent: true, hint: "part the document into two" },
  );
}

/** Ids of code blocks, which say the language. */
const CODE_IDS = /"id":"code-[\w-]*"/g;

/** A site that gives all nodes ids of its own does not know languages. */
function sameWithoutWords(a: string, b: string): boolean {
  const [left, right] = [a, b].map((body) => body.replace(CODE_IDS, '"id":""'));
  if (left === undefined || right === undefined || (left === a) === (right === b)) return false;
  return format.same(left, right);
}
