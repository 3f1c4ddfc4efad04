import type { Json } from "../lib/json.ts";
import { bothTexts } from "../sync/merge.ts";
import { type Chunk, mergedText } from "../sync/merge-text.ts";
import type { Part } from "../sync/model.ts";
import type { Settled } from "./conflicts.ts";
import { type Dispute, saidBy } from "./resolve-dispute.ts";
import type { Decision, PartDecision } from "./resolve-settle.ts";
import { mayBe, merged } from "./resolve-strategy.ts";

/** One thing that a person is asked: a field, a passage of the body, or the document as a whole. */
export interface Topic {
  /** Empty: the whole document. */
  readonly part: Part;
  /** Of the body's passages in conflict: which one, from 1, and how many there are. */
  readonly passage: { readonly n: number; readonly of: number } | undefined;
  /** Undefined where nothing tells. */
  readonly base: { readonly value: Json | undefined } | undefined;
  readonly ours: Json | undefined;
  readonly theirs: Json | undefined;
  /** Both together, where that means something. */
  readonly both: PartDecision | undefined;
  /** The file's version may stay. */
  readonly keepable: boolean;
  /** Another value may be written. */
  readonly editable: boolean;
}

/** What has to be asked, in order; parts that are decided are left out. */
export function topicsOf(dispute: Dispute, decided: Decision): readonly Topic[] {
  const { whole, open, sides } = dispute;
  if (whole) return [topic(dispute, "", undefined, { ours: undefined, theirs: undefined })];
  return open
    .filter((part) => !decided.has(part))
    .flatMap((part): readonly Topic[] => {
      const merge = part === "body" ? dispute.merges.get(part) : undefined;
      const passages =
        merge?.type === "conflict" ? merge.chunks.filter((chunk) => chunk.type === "conflict") : [];
      if (passages.length > 0)
        return passages.map((chunk, n) => passageTopic(dispute, chunk, n + 1, passages.length));
      if (sides === undefined) return [];
      const base = sides.base === undefined ? undefined : { value: saidBy(sides.base, part) };
      return [
        topic(dispute, part, base, { ours: saidBy(sides.ours, part), theirs: saidBy(sides.theirs, part) }),
      ];
    });
}

function topic(
  dispute: Dispute,
  part: Part,
  base: Topic["base"],
  values: Pick<Topic, "ours" | "theirs">,
): Topic {
  const keepable = mayBe(dispute, part, "ours");
  const free = keepable && !dispute.whole && dispute.kind !== "off-line";
  const both = free ? merged(dispute, part, part === "body" ? "merge" : "union") : undefined;
  return { part, passage: undefined, base, ...values, both, keepable, editable: free };
}

function passageTopic(
  dispute: Dispute,
  { base, ours, theirs }: Extract<Chunk, { type: "conflict" }>,
  n: number,
  of: number,
): Topic {
  const known = dispute.sides?.base === undefined ? undefined : { value: base };
  const keepable = mayBe(dispute, "body", "ours");
  const some = keepable && ours !== "" && theirs !== "";
  const both: PartDecision | undefined = some
    ? { from: "value", value: bothTexts(ours, theirs), how: "union" }
    : undefined;
  return { part: "body", passage: { n, of }, base: known, ours, theirs, both, keepable, editable: keepable };
}

/** The decision that the answers, one a topic, come to. */
export function decisionOf(
  dispute: Dispute,
  decided: Decision,
  topics: readonly Topic[],
  answers: readonly PartDecision[],
): Decision {
  const decision = new Map(decided);
  const passages: PartDecision[] = [];
  for (const [index, { part, passage }] of topics.entries()) {
    const answer = answers[index];
    if (answer === undefined) continue;
    if (dispute.whole) for (const one of dispute.open) decision.set(one, answer);
    else if (passage === undefined) decision.set(part, answer);
    else passages.push(answer);
  }
  if (passages.length > 0) decision.set("body", bodyOf(dispute, passages));
  return decision;
}

/** The body with each passage as it was answered. Where that is a side's body, it is that side that is taken. */
function bodyOf({ merges, sides }: Dispute, answers: readonly PartDecision[]): PartDecision {
  const merge = merges.get("body");
  const left = [...answers];
  const chunks = (merge?.type === "conflict" ? merge.chunks : []).map((chunk): Chunk => {
    const answer = chunk.type === "conflict" ? left.shift() : undefined;
    if (chunk.type !== "conflict" || answer === undefined) return chunk;
    const text = answer.from === "value" ? String(answer.value ?? "") : chunk[answer.from];
    return { type: "settled", from: "both", text, base: chunk.base };
  });
  const text = mergedText(chunks) ?? "";
  if (text === sides?.ours.body) return { from: "ours", how: "ours" };
  if (text === sides?.theirs.body) return { from: "theirs", how: "theirs" };
  const hows = new Set<Settled>(answers.map(({ how }) => how));
  const how = hows.has("edited") ? "edited" : hows.size === 1 && hows.has("union") ? "union" : "merge";
  return { from: "value", value: text, how };
}
