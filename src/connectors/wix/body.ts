// Bodies of posts, as texts: rich content as JSON, its keys as the site sent them.
import type { Addresses, BodyFormat } from "../../content/markdown/format.ts";
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

// INTERIM
const textOfNode = (node: unknown): string => {
  const n = node as { nodes?: unknown[]; textData?: { text?: string } };
  return n.textData?.text ?? (n.nodes ?? []).map((n) => textOfNode(n)).join("");
};
const node = (text: string): JsonObject => ({
  type: "PARAGRAPH",
  id: "",
  nodes: [{ type: "TEXT", id: "", nodes: [], textData: { text, decorations: [] } }],
  paragraphData: {},
});
const enc = (markdown: string, addresses: Addresses): string =>
  JSON.stringify({
    nodes: markdown
      .split(/\n{2,}/)
      .filter((b) => b.trim() !== "")
      .map((b) =>
        node(
          b.trim().replace(/\]\(([^)\s]+)/g, (all, ref: string) => {
            const to = addresses.toSite(ref)?.src;
            return to === undefined ? all : `](${to}`;
          }),
        ),
      ),
  });
const dec = (stored: string, addresses: Addresses): string =>
  (JSON.parse(stored) as { nodes: unknown[] }).nodes
    .map((n) =>
      textOfNode(n).replace(/\]\(([^)\s]+)/g, (all, ref: string) => {
        const to = addresses.toLocal(ref, undefined);
        return to === undefined ? all : `](${to}`;
      }),
    )
    .join("\n\n");
export const postBody: BodyFormat = {
  encode: enc,
  decode: dec,
  encodeOnto: (markdown, stored, addresses) =>
    dec(stored, addresses).trim() === markdown.trim() ? stored : enc(markdown, addresses),
  patch: (local, stored, addresses) => (enc(local, addresses) === stored ? local : dec(stored, addresses)),
  same: (a, b) => textOfNode(JSON.parse(a)) === textOfNode(JSON.parse(b)),
};
