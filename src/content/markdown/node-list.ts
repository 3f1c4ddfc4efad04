// Bodies that are JSON: a list of nodes with something around it, one node a block. Pure.
import { isObject, type Json, type JsonObject } from "../../lib/json.ts";
import type { Segment } from "./dialect.ts";
import type { Edit } from "./splice.ts";

/** A body cut at its nodes: all of them in order, blank ones too, and the text around. */
export interface Laid {
  readonly before: string;
  readonly nodes: readonly { readonly node: JsonObject; readonly raw: string; readonly start: number }[];
  readonly after: string;
}

/** `hollow`: the body as JSON with no node in its list, which is the value of `name`. */
export function laidOut(hollow: string, name: string, list: readonly JsonObject[]): Laid {
  const mark = `"${name}":[`;
  const at = hollow.indexOf(mark) + mark.length;
  const [before, after] = [hollow.slice(0, at), hollow.slice(at)];
  let start = before.length;
  const nodes = list.map((node) => {
    const laid = { node, raw: JSON.stringify(node), start };
    start += laid.raw.length + 1;
    return laid;
  });
  return { before, nodes, after };
}

/** A node as a segment. Its key is made when it is first asked for. */
export function segmentOf(
  { raw, start, name }: Pick<Segment, "raw" | "start" | "name">,
  makeKey: () => string,
): Segment {
  let key: string | undefined;
  return {
    raw,
    start,
    end: start + raw.length,
    kind: "element",
    name,
    get key() {
      key ??= makeKey();
      return key;
    },
  };
}

/** The body with some of its segments replaced; nodes that are no segment stay. `written`: an edit's texts, as they go in. */
export function withEdits(
  laid: Laid,
  segments: readonly Segment[],
  edits: readonly Edit[],
  written: (edit: Edit) => readonly string[] = ({ texts }) => texts,
): string {
  const places = new Map(laid.nodes.map(({ start }, i) => [start, i]));
  const placeOf = (index: number): number => {
    const segment = segments[index];
    return segment === undefined ? laid.nodes.length : (places.get(segment.start) ?? laid.nodes.length);
  };
  const raws = laid.nodes.map(({ raw }) => raw);
  const result: string[] = [];
  let done = 0;
  for (const edit of edits) {
    const { from, to } = edit;
    const at = from < segments.length ? placeOf(from) : placeOf(from - 1) + 1;
    const end = from === to ? at : placeOf(to - 1) + 1;
    result.push(...raws.slice(done, at), ...written(edit));
    done = end;
  }
  result.push(...raws.slice(done));
  return laid.before + result.join(",") + laid.after;
}

/** The node that a piece of text is; undefined for markup. */
export function nodeIn(raw: string): JsonObject | undefined {
  if (!raw.startsWith("{")) return undefined;
  try {
    const value = JSON.parse(raw) as Json;
    return isObject(value) ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}
