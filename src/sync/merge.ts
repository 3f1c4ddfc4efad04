import type { ConflictRule } from "../content/config-schema.ts";
import { blockStarts } from "../content/markdown/blocks.ts";
import type { Json, JsonObject } from "../lib/json.ts";
import { mergeField, type Shape, unionField } from "./merge-fields.ts";
import { type Chunk, compareText, mergedText, mergeText } from "./merge-text.ts";
import type { Part } from "./model.ts";

/** What one side says, in the words of the file: fields of front matter, and the body as Markdown. */
export interface Side {
  readonly fields: JsonObject;
  readonly body: string;
}

/** The three points of a merge. Without a base nothing tells who changed what. */
export interface Sides {
  readonly base: Side | undefined;
  readonly ours: Side;
  readonly theirs: Side;
}

/** How a part that both sides changed is settled; without one it is merged, and what does not merge stays open. */
export type Rule = ConflictRule;

export interface MergeRules {
  readonly shapeOf: (part: Part) => Shape;
  readonly ruleOf: (part: Part) => Rule | undefined;
}

/** `value` undefined: the part is absent after the merge. */
export type PartMerge =
  | { readonly type: "merged"; readonly value: Json | undefined; readonly by: Rule }
  /** `chunks`: the body's, empty for a field. */
  | { readonly type: "conflict"; readonly chunks: readonly Chunk[] };

/** Merges each of `parts` by itself. */
export function mergeParts(
  sides: Sides,
  parts: readonly Part[],
  rules: MergeRules,
): ReadonlyMap<Part, PartMerge> {
  return new Map(
    parts.map((part) => [
      part,
      part === "body" ? mergeBody(sides, rules.ruleOf(part)) : mergeOne(sides, part, rules),
    ]),
  );
}

function mergeOne({ base, ours, theirs }: Sides, part: Part, rules: MergeRules): PartMerge {
  const rule = rules.ruleOf(part);
  const [mine, other] = [ours.fields[part], theirs.fields[part]];
  if (rule === "ours") return { type: "merged", value: mine, by: rule };
  if (rule === "theirs") return { type: "merged", value: other, by: rule };
  if (base !== undefined) {
    const merge = mergeField(rules.shapeOf(part), base.fields[part], mine, other);
    if (merge.type === "merged") return { ...merge, by: "merge" };
  }
  const union = rule === "union" ? unionField(mine, other) : undefined;
  return union?.type === "merged" ? { ...union, by: "union" } : { type: "conflict", chunks: [] };
}

function mergeBody({ base, ours, theirs }: Sides, rule: Rule | undefined): PartMerge {
  if (rule === "ours") return { type: "merged", value: ours.body, by: rule };
  if (rule === "theirs") return { type: "merged", value: theirs.body, by: rule };
  const chunks =
    base === undefined
      ? compareText(ours.body, theirs.body)
      : mergeText(base.body, ours.body, theirs.body, blockStarts);
  const text = mergedText(chunks);
  if (text !== undefined) return { type: "merged", value: text, by: "merge" };
  if (rule !== "union") return { type: "conflict", chunks };
  return { type: "merged", value: chunks.map(bothOf).join(""), by: rule };
}

/** The text of a chunk; of a conflict both sides, ours first. */
function bothOf(chunk: Chunk): string {
  return chunk.type === "settled" ? chunk.text : bothTexts(chunk.ours, chunk.theirs);
}

/** Two texts one after the other, as blocks of their own. */
export function bothTexts(ours: string, theirs: string): string {
  const gap =
    ours === "" || theirs === "" || ours.endsWith("\n\n") ? "" : ours.endsWith("\n") ? "\n" : "\n\n";
  return `${ours}${gap}${theirs}`;
}
