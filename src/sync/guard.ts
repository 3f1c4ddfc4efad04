import { isLive } from "../content/document.ts";
import type { Step } from "./plan.ts";

/** What the operator agreed to. `--yes` alone covers none of it. */
export interface Consents {
  /** `--max-delete N`: what may be removed at most; undefined: the built-in guard holds. */
  readonly maxDelete: number | undefined;
  /** `--max-changes N`, of live entries, in the same way. */
  readonly maxChanges: number | undefined;
  /** `--delete` was given. */
  readonly remove: boolean;
}

export interface Objection {
  readonly code: "too-many-removals" | "removal-needs-delete" | "too-many-changes";
  readonly count: number;
  readonly message: string;
  /** The flag that lifts it. */
  readonly flag: string;
  /** Whether a person may lift it by answering a question. */
  readonly askable: boolean;
}

/** A step after which visitors no longer find something where it was. */
export function isRemoval(step: Step): boolean {
  if (step.action === "delete") return true;
  const takesOffLine = isLive(step.from) && WRITES.has(step.action) && !isLive(step.to);
  return takesOffLine || changesAddress(step);
}

/** A step that gives an entry which visitors can reach another address. */
export function changesAddress(step: Step): boolean {
  const sendsSlug = step.changed.includes("slug") && step.incoming?.includes("slug") !== true;
  return sendsSlug && isLive(step.from) && WRITES.has(step.action);
}

/**
 * Why a plan may not be carried out as it stands. `entries`: managed entries on the site, `live`: those of them
 * visitors see.
 */
export function guard(
  steps: readonly Step[],
  entries: number,
  live: number,
  consents: Consents,
): readonly Objection[] {
  const objections: Objection[] = [];
  const removals = steps.filter(isRemoval);
  const implied = removals.filter((step) => step.action !== "delete");
  if (implied.length > 0 && !consents.remove) {
    const names = implied.slice(0, 3).map((step) => step.path);
    objections.push({
      code: "removal-needs-delete",
      count: implied.length,
      message: `${implied.length} live ${plural(implied.length)} would go off line or change address (${names.join(", ")}${implied.length > 3 ? ", …" : ""})`,
      flag: "--delete",
      askable: true,
    });
  }
  const many = removals.length > 10 || (removals.length > 2 && removals.length * 2 > entries);
  if (consents.maxDelete === undefined ? many : removals.length > consents.maxDelete) {
    objections.push({
      code: "too-many-removals",
      count: removals.length,
      message: `${removals.length} of ${entries} ${plural(entries)} would be removed, taken off line or change address`,
      flag: `--max-delete ${removals.length}`,
      askable: false,
    });
  }
  const updates = steps.filter(
    (step) => step.id !== undefined && isLive(step.from) && WRITES.has(step.action),
  ).length;
  const mass = updates > 50 && updates * 2 > live;
  if (consents.maxChanges === undefined ? mass : updates > consents.maxChanges) {
    objections.push({
      code: "too-many-changes",
      count: updates,
      message: `${updates} of ${live} live ${plural(live)} would be changed`,
      flag: `--max-changes ${updates}`,
      askable: true,
    });
  }
  return objections;
}

const WRITES: ReadonlySet<string> = new Set(["update", "merge", "publish", "unpublish"]);

function plural(count: number): string {
  return count === 1 ? "entry" : "entries";
}
