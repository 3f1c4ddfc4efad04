import { isLive, type State } from "../content/document.ts";
import { changesAddress } from "../sync/guard.ts";
import type { Action, Plan, Step } from "../sync/plan.ts";

/** `{n}` is the count; the second form is for one. */
const PHRASES: Readonly<Record<Action, string>> = {
  conflict: "in conflict",
  delete: "to delete",
  unpublish: "to take off line",
  create: "to create",
  update: "to update",
  publish: "to publish",
  rename: "moved",
  pull: "to pull",
  merge: "to merge",
  adopt: "to adopt",
  restore: "to restore",
  relink: "to link again",
  redirect: "to redirect",
  upload: "to upload",
  term: "to add as term",
  skip: "skipped",
};

/** The order in which a plan is read: what may hurt comes first. */
export const ACTIONS = Object.keys(PHRASES) as readonly Action[];

/** Steps that change what visitors see now. */
const OUTWARD: ReadonlySet<Action> = new Set([
  "delete",
  "unpublish",
  "update",
  "merge",
  "publish",
  "restore",
]);

export function groupByAction(steps: readonly Step[]): ReadonlyMap<Action, readonly Step[]> {
  const groups = new Map<Action, Step[]>();
  for (const step of steps) {
    const group = groups.get(step.action);
    if (group === undefined) groups.set(step.action, [step]);
    else group.push(step);
  }
  return groups;
}

/**
 * `12 to create (10 published, 2 draft), 3 to update (2 live), 1 URL changes, 185 unchanged`. `failed`: documents that no
 * step could be planned for.
 */
export function headline(plan: Plan, failed = 0): string {
  const groups = groupByAction(plan.steps);
  const parts: string[] = [];
  for (const action of ACTIONS) {
    const steps = groups.get(action);
    if (steps === undefined) continue;
    const detail = action === "create" ? states(steps) : live(action, steps);
    parts.push(`${steps.length} ${PHRASES[action]}${detail}`);
  }
  const urls = plan.steps.filter(changesAddress).length;
  if (urls > 0) parts.push(urls === 1 ? "1 URL changes" : `${urls} URLs change`);
  const lossy = plan.steps.filter(({ losses }) => losses !== undefined).length;
  if (lossy > 0) parts.push(`${lossy} lossy`);
  if (failed > 0) parts.push(`${failed} failed`);
  if (parts.length === 0) parts.push("nothing to do");
  parts.push(`${plan.unchanged} unchanged`);
  return parts.join(", ");
}

function states(steps: readonly Step[]): string {
  const counts = new Map<State, number>();
  for (const { to } of steps) if (to !== undefined) counts.set(to, (counts.get(to) ?? 0) + 1);
  if (counts.size === 0) return "";
  return ` (${[...counts].map(([state, count]) => `${count} ${state}`).join(", ")})`;
}

function live(action: Action, steps: readonly Step[]): string {
  if (!OUTWARD.has(action)) return "";
  const count = steps.filter((step) => isLive(step.from)).length;
  return count === 0 ? "" : ` (${count} live)`;
}
