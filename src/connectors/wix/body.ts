// Bodies of posts, as texts: rich content as JSON, its keys as the site sent them.
import type { BodyFormat } from "../../content/markdown/format.ts";
import { isObject, type Json, type JsonObject } from "../../lib/json.ts";

/** A post without a text. */
export const EMPTY_BODY = '{"nodes":[]}';

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
  const value = JSON.parse(text) as Json;
  return isObject(value) ? (value as JsonObject) : { nodes: [] };
}

/*
 * STANDS IN for the codec of rich content, which is to take its place as it has this very interface: each block of Markdown
 * is a paragraph that shows its source. It must not reach a release.
 */
const textOf = (node: unknown): string => {
  if (!isObject(node)) return "";
  const { textData, nodes } = node as { textData?: { text?: string }; nodes?: readonly unknown[] };
  return textData?.text ?? (nodes ?? []).map((child) => textOf(child)).join("");
};

const paragraph = (text: string): JsonObject => ({
  type: "PARAGRAPH",
  id: "",
  nodes: [{ type: "TEXT", id: "", nodes: [], textData: { text, decorations: [] } }],
  paragraphData: {},
});

/** Addresses of images and links, by `change`. */
const readdressed = (text: string, change: (address: string) => string | undefined) =>
  text.replace(/\]\(([^)\s]+)/g, (all, address: string) => {
    const to = change(address);
    return to === undefined ? all : `](${to}`;
  });

const encode: BodyFormat["encode"] = (markdown, addresses) => {
  const blocks = markdown.split(/\n{2,}/).filter((block) => block.trim() !== "");
  const nodes = blocks.map((block) =>
    paragraph(readdressed(block.trim(), (ref) => addresses.toSite(ref)?.src)),
  );
  return JSON.stringify({ nodes });
};

const nodesIn = (stored: string): readonly unknown[] => {
  const { nodes } = bodyValue(stored);
  return Array.isArray(nodes) ? nodes : [];
};

const decode: BodyFormat["decode"] = (stored, addresses) =>
  nodesIn(stored)
    .map((node) => readdressed(textOf(node), (src) => addresses.toLocal(src, undefined)))
    .join("\n\n");

export const postBody: BodyFormat = {
  encode,
  decode,
  encodeOnto: (markdown, stored, addresses) =>
    decode(stored, addresses).trim() === markdown.trim() ? stored : encode(markdown, addresses),
  patch: (local, stored, addresses) =>
    encode(local, addresses) === stored ? local : decode(stored, addresses),
  same: (a, b) => {
    const texts = (stored: string) => JSON.stringify(nodesIn(stored).map((node) => textOf(node)));
    return texts(a) === texts(b);
  },
};
