// Markup of one block, read into lines. Pure.
import type { Element, ElementContent, Nodes } from "hast";
import { fromHtml } from "hast-util-from-html";
import { FORMATS, type Line, type Link, type Run, tidyLine } from "./lines.ts";

/** What is read says more than the form it is read into can. */
export class MoreThanABlock extends Error {}

/** The result of `read`, undefined where it throws `MoreThanABlock` or what it reads is nested without end. */
export function unlessMore<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (thrown) {
    // The stack of calls is what ends first.
    if (thrown instanceof MoreThanABlock || thrown instanceof RangeError) return undefined;
    throw thrown;
  }
}

/** The one element that a piece of markup consists of. */
export function loneElement(html: string): Element | undefined {
  if (!html.startsWith("<")) return undefined;
  const tree = fromHtml(html, { fragment: true });
  const [only, ...rest] = tree.children.filter((node) => !isSpace(node));
  return only?.type === "element" && rest.length === 0 ? only : undefined;
}

export function insist(condition: boolean): void {
  if (!condition) throw new MoreThanABlock();
}

export function isSpace(node: Nodes): boolean {
  return node.type === "text" && /^[ \t\n\f\r]*$/.test(node.value);
}

/** Throws where an element has other attributes than these. */
export function bare(node: Element, ...allowed: readonly string[]): void {
  insist(Object.keys(node.properties).every((name) => allowed.includes(name)));
}

export function propertyOf(node: Element, name: string): string {
  const value = node.properties[name];
  if (value === undefined || value === null) return "";
  return Array.isArray(value) ? value.join(" ") : String(value);
}

/** Children, where no text stands between them. */
export const elementsOf = (node: Element): readonly Element[] =>
  node.children.flatMap((child) => {
    if (isSpace(child)) return [];
    if (child.type !== "element") throw new MoreThanABlock();
    return [child];
  });

const BITS = new Map<string, number>([
  ...FORMATS.map(([bit, name]) => [name, bit] as const),
  ["b", 1],
  ["i", 2],
  ["del", 4],
  ["strike", 4],
]);

export function lineOf(nodes: readonly ElementContent[]): Line {
  return tidyLine(nodes.flatMap((node) => runsOf(node, 0, undefined)));
}

function runsOf(node: ElementContent, format: number, link: Link | undefined): Line {
  if (node.type === "text") {
    const run: Run = { text: node.value, format };
    return [link === undefined ? run : { ...run, link }];
  }
  if (node.type !== "element") throw new MoreThanABlock();
  if (node.tagName === "br") {
    bare(node);
    return ["break"];
  }
  if (node.tagName === "a") {
    insist(link === undefined && node.properties.href !== undefined);
    bare(node, "href", "rel", "target", "title");
    const url = propertyOf(node, "href");
    const [rel = "", target = "", title = ""] = ["rel", "target", "title"].map((name) =>
      propertyOf(node, name),
    );
    const own = { url, rel, target, title };
    return node.children.flatMap((child) => runsOf(child, format, own));
  }
  const bit = BITS.get(node.tagName);
  if (bit === undefined) throw new MoreThanABlock();
  bare(node);
  return node.children.flatMap((child) => runsOf(child, format | bit, link));
}
