import type { Addresses } from "./addresses.ts";
import { blocks } from "./dialects.ts";
import { encodeMarkdown } from "./units.ts";

/** One block of a document and what is stored of it. */
export interface OutlinedBlock {
  /** Line that it begins on, from 1. */
  readonly line: number;
  readonly source: string;
  readonly stored: string;
}

/** The blocks of a document in order; footnotes, which are gathered at the end, are left out. */
export function blocksOf(markdown: string, addresses: Addresses): readonly OutlinedBlock[] {
  const { parts, segments } = encodeMarkdown(markdown, blocks, addresses);
  return parts.flatMap(({ lines, segments: [from, to] }) => {
    if (lines === undefined) return [];
    const line = markdown.slice(0, lines.start).split("\n").length;
    const stored = segments.slice(from, to).map(({ raw }) => raw);
    return [{ line, source: markdown.slice(lines.start, lines.end), stored: stored.join("\n\n") }];
  });
}
