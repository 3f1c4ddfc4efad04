// Bodies as Ghost keeps them: the JSON of its editor, one node a block. Pure.
// https://ghost.org/docs/admin-api/#source-html and docs/decisions say why bodies are not sent as HTML.
import { rawToLocal } from "../../content/markdown/addresses.ts";
import { canonical } from "../../content/markdown/canonical.ts";
import type { Dialect, Segment } from "../../content/markdown/dialect.ts";
import { plainHtml } from "../../content/markdown/dialects.ts";
import { type BodyFormat, bodyFormat } from "../../content/markdown/format.ts";
import { type Laid, laidOut, nodeIn, segmentOf, withEdits } from "../../content/markdown/node-list.ts";
import { wrapRaw } from "../../content/markdown/parser.ts";
import type { Node } from "../../content/markdown/render.ts";
import { renderHtml } from "../../content/markdown/render-html.ts";
import type { Edit } from "../../content/markdown/splice.ts";
import { canonicalJson, isObject, type Json, type JsonObject } from "../../lib/json.ts";
import { htmlOfBlock, isBlank, keyOfBlock } from "./blocks.ts";
import { blockOfHtml } from "./html-blocks.ts";
import { blockOfNode, cardOfHtml, htmlOfCard, nodeOfBlock, PAYWALL } from "./lexical-nodes.ts";

/** Ends what visitors see who have no account, in a document. */
const MEMBERS_ONLY = "<!--members-only-->";

const FRAME = {
  before: '{"root":{"children":[',
  between: ",",
  after: '],"direction":null,"format":"","indent":0,"type":"root","version":1}}',
} as const;

/** A body without anything in it. The editor cannot do without a paragraph. */
export const EMPTY_BODY = `${FRAME.before}${JSON.stringify(nodeOfBlock({ type: "paragraph", line: [] }))}${FRAME.after}`;

export function isLexical(stored: string): boolean {
  return /^\s*\{\s*"root"/.test(stored);
}

/** The way this module writes it, without a mark; undefined for what is no body of Ghost's editor. */
export function normalLexical(stored: string): string | undefined {
  const parsed = parsedBody(stored);
  if (parsed === undefined) return undefined;
  const { [MARK]: _, children, ...root } = parsed.root;
  return JSON.stringify({ ...parsed, root: { children, ...root } });
}

/** What a body's root says of the create that made it. Ghost keeps it; its editor drops it with the next save. */
const MARK = "ainstein";

/** The body, known again by `mark` for as long as nobody has saved it. */
export function markedLexical(stored: string, mark: string): string {
  const parsed = parsedBody(stored);
  if (parsed === undefined) return stored;
  return JSON.stringify({ ...parsed, root: { [MARK]: mark, ...parsed.root } });
}

export function isEmptyBody(stored: string): boolean {
  return lexical.split(stored).length === 0;
}

interface Body {
  readonly root: JsonObject & { readonly children: readonly JsonObject[] };
}

/** Brackets within brackets. The editor's own bodies end long before; what is deeper exhausts those who walk it. */
const DEEPEST = 500;

function isTooDeep(json: string): boolean {
  let depth = 0;
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/g)) {
    if (token === "{" || token === "[") depth += 1;
    else if (token === "}" || token === "]") depth -= 1;
    if (depth > DEEPEST) return true;
  }
  return false;
}

/** JSON puts such names before all others, whatever their place was. */
const isNumber = (name: string) => /^\d+$/.test(name);

function parsedBody(stored: string): Body | undefined {
  if (!isLexical(stored) || isTooDeep(stored)) return undefined;
  try {
    const body = JSON.parse(stored) as Json;
    const root = isObject(body) ? ((body as JsonObject).root ?? null) : null;
    const children = isObject(root) ? (root as JsonObject).children : undefined;
    if ([body, root].some((value) => isObject(value) && Object.keys(value).some(isNumber))) return undefined;
    return Array.isArray(children) && children.every(isObject) ? (body as unknown as Body) : undefined;
  } catch {
    return undefined;
  }
}

function laid(stored: string): Laid | undefined {
  const body = parsedBody(stored);
  if (body === undefined) return undefined;
  const hollow = JSON.stringify({ ...body, root: { ...body.root, children: [] } });
  return laidOut(hollow, "children", body.root.children);
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

/** An HTML card says the same as the block that its markup is. */
function nodeKey(node: JsonObject): string {
  const html = htmlOfCard(node);
  return html === undefined ? `node ${canonicalJson(node)}` : htmlKey(html);
}

function htmlKey(html: string): string {
  const block = blockOfHtml(html);
  return block === undefined ? `html ${canonical(html, "space")}` : keyOfBlock(block);
}

function replace(stored: string, segments: readonly Segment[], edits: readonly Edit[]): string {
  const nothing = { before: FRAME.before, nodes: [], after: FRAME.after };
  return withEdits(laid(stored) ?? nothing, segments, edits);
}

/** One block of a document: as the editor has it, else as an HTML card. A node that a document holds as it is stays. */
function render(nodes: readonly Node[], addresses: Parameters<Dialect["render"]>[1]): string {
  const [first] = nodes;
  const type = first?.token.type;
  const html = renderHtml(nodes, { addresses, slash: "" });
  if (html.trim() === "") return "";
  if (type === "cms_block") {
    const body = parsedBody(html);
    if (body !== undefined) return body.root.children.map((node) => JSON.stringify(node)).join(FRAME.between);
    const node = nodeIn(html.trim());
    if (typeof node?.type === "string") return JSON.stringify(node);
  }
  if (type === "html_block" && html.trim() === MEMBERS_ONLY) return JSON.stringify(PAYWALL);
  const block = type === "html_block" || type === "cms_block" ? undefined : blockOfHtml(html);
  return JSON.stringify(block === undefined ? cardOfHtml(html) : nodeOfBlock(block));
}

const lexical: Dialect = {
  frame: FRAME,
  render,
  split,
  replace,
  readable: ({ raw }) => {
    const node = nodeIn(raw);
    if (node === undefined) return undefined;
    const block = blockOfNode(node);
    return block === undefined ? htmlOfCard(node) : htmlOfBlock(block);
  },
  asWritten: ({ raw }) => {
    const node = nodeIn(raw);
    if (node?.type === "paywall") return [MEMBERS_ONLY];
    const html = node === undefined ? undefined : htmlOfCard(node);
    return html === undefined ? [] : [html, wrapRaw(html)];
  },
  // Markup inside of JSON must not be taken for the document's own.
  toLocal: (markup, addresses) =>
    nodeIn(markup) === undefined ? rawToLocal(markup, addresses) : markup.replaceAll("<", "\\u003c"),
};

const plain = plainHtml("<!--more-->");

/** Posts of Ghost's old editor are read as the HTML that they are shown as. */
export const ghostBody: BodyFormat = bodyFormat(
  lexical,
  (stored) => (stored === "" || isLexical(stored) ? lexical : plain),
  lexical,
);
