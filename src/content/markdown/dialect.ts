import type { Addresses } from "./addresses.ts";
import type { Node } from "./render.ts";
import type { Edit } from "./splice.ts";

/** One top-level block of a stored body. White space between segments belongs to none. */
export interface Segment {
  readonly start: number;
  readonly end: number;
  readonly raw: string;
  /** Equal for two segments that say the same. May have to be worked out: ask `saysSame` first. */
  readonly key: string;
  /** `run`: text without an element around it. `freeform`: anything between the blocks of a block body. */
  readonly kind: "block" | "freeform" | "element" | "run" | "comment";
  /** Name of the block or element; "" for runs, freeform and comments. */
  readonly name: string;
}

/** Most segments that are compared are the same bytes. */
export function saysSame(a: Segment | undefined, b: Segment | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  return (a.raw === b.raw && a.kind === b.kind) || a.key === b.key;
}

/**
 * What a stored body is written in: all that the formats need to know of it. Bodies that are JSON have one of their
 * own: a node is a segment, `frame` the list around them.
 */
export interface Dialect {
  /** What stands before, between and after the blocks of a new body. */
  readonly frame: { readonly before: string; readonly between: string; readonly after: string };
  /** One top-level block of a document as it is stored; blank where nothing is. `cms_block` is stored as it is. */
  render(nodes: readonly Node[], addresses: Addresses): string;
  /** The blocks of a stored body, whoever wrote it. Throws `protocol` for what cannot be one. */
  split(stored: string): readonly Segment[];
  /** A body with some of its segments (as `split` gave them) replaced, inserted or removed; all else stays. */
  replace(stored: string, segments: readonly Segment[], edits: readonly Edit[]): string;
  /** HTML that says what a segment says, where Markdown may have words for it. */
  readable(segment: Segment): string | undefined;
  /** Text that may stand in a document without raw marks and encode to the segment, best first. */
  asWritten(segment: Segment): readonly string[];
  /** Markup of a segment under the document's own addresses; `render` turns them back. */
  toLocal(markup: string, addresses: Addresses): string;
}
