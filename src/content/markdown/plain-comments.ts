import type { Token } from "markdown-it";
import { delimiters } from "./delimiters.ts";
import type { Node } from "./render.ts";

/**
 * The nodes with comments that look like a block's beginning or end, and belong to no whole block, made into comments
 * that say nothing to WordPress: its parser pairs them by order, not by name, so one of them would break the blocks
 * around it.
 */
export function withPlainComments(nodes: readonly Node[]): readonly Node[] {
  return nodes.some(hasDelimiter) ? nodes.map(plainNode) : nodes;
}

function hasDelimiter({ token, children }: Node): boolean {
  return isAffected(token) || token.children?.some(isAffected) === true || children.some(hasDelimiter);
}

function isAffected({ type, content }: Token): boolean {
  return (type === "html_block" || type === "html_inline") && plainComments(content) !== content;
}

function plainNode({ token, children }: Node): Node {
  return { token: plainToken(token), children: children.map(plainNode) };
}

function plainToken(token: Token): Token {
  const changed = isAffected(token) ? { content: plainComments(token.content) } : {};
  const children = token.children?.map(plainToken) ?? null;
  return Object.assign(Object.create(Object.getPrototypeOf(token)) as Token, token, changed, { children });
}

function plainComments(html: string): string {
  let plain = "";
  let done = 0;
  if (!html.includes("wp:")) return html;
  for (const { start, end } of delimiters(html)) {
    plain += `${html.slice(done, start)}<!--${html.slice(start, end).replace(/^<!--\s+/, "")}`;
    done = end;
  }
  return plain + html.slice(done);
}
