import { type GitEnvironment, gitRoot, isDirty, isShallow, versionsOf } from "../content/git.ts";
import { Fault } from "../lib/fault.ts";
import { mergeParts, type Rule } from "../sync/merge.ts";
import type { Part } from "../sync/model.ts";
import type { Dispute } from "./resolve-dispute.ts";
import type { Decision, PartDecision } from "./resolve-settle.ts";

export const STRATEGIES = ["ours", "theirs", "merge", "newest"] as const;
export type Strategy = (typeof STRATEGIES)[number];

export interface Policy {
  /** For everything in conflict; undefined: the rules of the root, by part. */
  readonly strategy: Strategy | undefined;
  readonly ruleOf: (part: Part) => Rule | undefined;
  /** Which side is newer. Throws `conflict` where that cannot be told. */
  readonly newest: (dispute: Dispute) => Promise<"ours" | "theirs">;
}

/** What strategy and rules decide without asking anybody; parts they leave open are not in it. */
export async function decideBy(dispute: Dispute, policy: Policy): Promise<Decision> {
  const decision = new Map<Part, PartDecision>();
  const { strategy, ruleOf } = policy;
  if (strategy === "newest") {
    const from = await policy.newest(dispute);
    for (const part of dispute.open) {
      if (mayBe(dispute, part, from)) decision.set(part, { from, how: strategy });
    }
    return decision;
  }
  for (const part of dispute.open) {
    const rule = strategy ?? (dispute.whole ? undefined : ruleOf(part));
    const one = rule === undefined ? undefined : byRule(dispute, part, rule);
    if (one !== undefined) decision.set(part, one);
  }
  return decision;
}

/** A body that another tool owns is edited there only. */
export function mayBe({ item }: Dispute, part: Part, from: PartDecision["from"]): boolean {
  return from === "theirs" || part !== "body" || item.entry?.bodyOwner === undefined;
}

function byRule(dispute: Dispute, part: Part, rule: Rule): PartDecision | undefined {
  if (rule === "ours" || rule === "theirs") {
    return mayBe(dispute, part, rule) ? { from: rule, how: rule } : undefined;
  }
  return dispute.whole || !mayBe(dispute, part, "value") ? undefined : merged(dispute, part, rule);
}

/** What both sides make of a part together; undefined where that means nothing or does not go. */
export function merged(dispute: Dispute, part: Part, rule: "merge" | "union"): PartDecision | undefined {
  const found = dispute.merges.get(part);
  if (found?.type === "merged") return { from: "value", value: found.value, how: found.by };
  if (rule === "merge" || dispute.sides === undefined) return undefined;
  // Its shape matters to a merge only, and that was tried.
  const rules = { ruleOf: () => rule, shapeOf: () => "scalar" as const };
  const union = mergeParts(dispute.sides, [part], rules).get(part);
  return union?.type === "merged" ? { from: "value", value: union.value, how: union.by } : undefined;
}

/** By the file's last commit and the time the site gives for its last change, both to the second. */
export function byTime(dir: string, env: GitEnvironment): Policy["newest"] {
  return async ({ step, item }) => {
    const { path } = step;
    const refuse = (code: string, message: string, hint: string) =>
      new Fault("conflict", message, { code: `newest-${code}`, place: { file: path }, hint });
    const other = "take another --strategy, or settle it at the prompt";
    if (item.file === undefined || item.entry === undefined) {
      throw refuse("gone", "nothing tells when the side that is gone was removed", other);
    }
    if ((await gitRoot(dir, env)) === undefined) {
      throw refuse("no-git", "it is in no git repository, so nothing tells when it was changed", other);
    }
    if ((await isShallow(dir, env)) === true) {
      const hint = "fetch the whole history (`git fetch --unshallow`; in GitHub Actions `fetch-depth: 0`)";
      throw refuse("shallow", "this clone is shallow, so the time of its last commit is not known", hint);
    }
    if ((await isDirty(dir, path, env)) !== false) {
      const hint = "commit it, or take another --strategy";
      throw refuse("uncommitted", "it has changes that are not committed, so nothing tells their time", hint);
    }
    const { done, value: last } = await versionsOf(dir, path, env)[Symbol.asyncIterator]().next();
    if (done === true) throw refuse("no-commit", "git has no commit of it", "commit it first");
    const { modified } = item.entry;
    if (modified === undefined) throw refuse("no-time", "the site does not tell when it was changed", other);
    const [here, there] = [last.time, modified].map((time) => Math.floor(time / 1000));
    if (here === there) throw refuse("tie", "both sides were changed in the same second", other);
    return (here ?? 0) > (there ?? 0) ? "ours" : "theirs";
  };
}
