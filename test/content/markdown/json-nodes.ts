// A format as a CMS would have it that keeps bodies as a list of JSON nodes: small, and all of it in this file.

import type { Addresses } from "../../../src/content/markdown/addresses.ts";
import type { Dialect, Segment } from "../../../src/content/markdown/dialect.ts";
import { bodyFormat } from "../../../src/content/markdown/format.ts";
import { escapeText, type Node, renderInline } from "../../../src/content/markdown/render.ts";
import { canonicalJson, type Json } from "../../../src/lib/json.ts";

interface JsonNode {
  readonly type: string;
  readonly level?: number;
  /** HTML of a text, as this made-up CMS has it. */
  readonly text?: string;
  readonly data?: Json;
}

function nodeOf({ token, children }: Node, addresses: Addresses): JsonNode {
  const text = children
    .map((child) => renderInline(child.token.children ?? [], { addresses, slash: "" }))
    .join("");
  if (token.type === "paragraph_open") return { type: "PARAGRAPH", text };
  if (token.type === "heading_open") return { type: "HEADING", level: Number(token.tag.slice(1)), text };
  return { type: "UNKNOWN", text: escapeText(token.content) };
}

function segmentOf(raw: string, start: number): Segment {
  const node = JSON.parse(raw) as JsonNode;
  return {
    start,
    end: start + raw.length,
    raw,
    key: canonicalJson(node as unknown as Json),
    kind: "block",
    name: node.type,
  };
}

const BEFORE = '{"nodes":[';

function nodesIn(stored: string): string[] {
  const body = JSON.parse(stored === "" ? `${BEFORE}]}` : stored) as { readonly nodes: readonly JsonNode[] };
  return body.nodes.map((node) => JSON.stringify(node));
}

const dialect: Dialect = {
  frame: { before: BEFORE, between: ",", after: "]}" },
  render: (nodes, addresses) =>
    nodes
      .map((node) =>
        node.token.type === "cms_block" ? node.token.content : JSON.stringify(nodeOf(node, addresses)),
      )
      .join(","),
  split: (stored) => {
    let start = BEFORE.length;
    return nodesIn(stored).map((raw) => {
      const segment = segmentOf(raw, start);
      start = segment.end + 1;
      return segment;
    });
  },
  replace: (stored, segments, edits) => {
    const nodes = segments.map(({ raw }) => raw);
    for (const { from, to, texts } of edits.toReversed()) nodes.splice(from, to - from, ...texts);
    const { nodes: _old, ...others } = JSON.parse(stored) as Record<string, Json>;
    return JSON.stringify({ nodes: nodes.map((raw) => JSON.parse(raw) as Json), ...others });
  },
  readable: ({ raw }) => {
    const { type, level, text, data } = JSON.parse(raw) as JsonNode;
    if (data !== undefined) return undefined;
    if (type === "PARAGRAPH") return `<p>${text}</p>`;
    return type === "HEADING" ? `<h${level}>${text}</h${level}>` : undefined;
  },
  asWritten: () => [],
  toLocal: (markup) => markup,
};

export const jsonNodes = bodyFormat(dialect);
