import { parseMarkdown } from "./parser.ts";

/** Offsets at which the top-level blocks of a document begin, in order. */
export function blockStarts(markdown: string): readonly number[] {
  const lines = [0];
  for (let at = markdown.indexOf("\n"); at !== -1; at = markdown.indexOf("\n", at + 1)) lines.push(at + 1);
  const starts = new Set<number>();
  let depth = 0;
  for (const { map, nesting } of parseMarkdown(markdown).tokens) {
    if (depth === 0 && map !== null && map !== undefined) starts.add(lines[map[0]] ?? markdown.length);
    depth += nesting;
  }
  return [...starts].sort((a, b) => a - b);
}
