// What a task answers, from what was made and what was proven. Pure.
import { type Fault, formatPlace } from "../lib/fault.ts";
import type { Answer, AnswerOutput, AnswerStatus, Assumption, OutputFile, ProbeResult } from "./answer.ts";
import type { Change } from "./output.ts";
import { placeOfField, type ReadTask } from "./read.ts";

/** Something that only a person can say. */
export interface Need {
  /** Place in the task. */
  readonly field: string;
  readonly message: string;
  readonly hint: string;
  /** It is this machine that lacks something: the task says all that it has to. */
  readonly here?: true;
}

/** What a task comes to before anything is tried. */
export interface Making {
  readonly files: readonly OutputFile[];
  readonly assumptions: readonly Assumption[];
  readonly warnings: readonly string[];
  readonly needs: readonly Need[];
  /** What is done elsewhere than in the task's directory, in words: `publishes ./posts to wp-client`. */
  readonly effects: readonly string[];
}

/** What trying it showed. */
export interface Proven {
  readonly proofs: readonly ProbeResult[];
  readonly output: Omit<AnswerOutput, "format" | "location">;
  readonly warnings: readonly string[];
  readonly nextSteps: readonly string[];
  /** What ended it before all of it was proven. */
  readonly fault?: Fault;
}

export const NOTHING_PROVEN: Proven = { proofs: [], output: {}, warnings: [], nextSteps: [] };
export const NOTHING_MADE: Making = { files: [], assumptions: [], warnings: [], needs: [], effects: [] };

/** Everything that a probe list calls security has passed, there was some of it, and nothing else has failed. */
export function isSecure(proofs: readonly ProbeResult[]): boolean {
  const security = proofs.filter(({ about }) => about === "security");
  return (
    security.length > 0 &&
    security.every(({ result }) => result === "passed") &&
    proofs.every(({ result }) => result !== "failed")
  );
}

export interface Settled {
  readonly making: Making;
  readonly proven: Proven;
  readonly changes: readonly Change[];
}

export function answerOf(one: ReadTask, location: string, settled: Settled): Answer {
  const { making, proven, changes } = settled;
  const { task_id, task_type } = one.task;
  const reason = reasonOf(settled);
  const status = statusOf(settled);
  return {
    task_id,
    task_type,
    status,
    ...(reason === undefined ? {} : { reason }),
    output: { format: "integration", location, ...outputOf(status, proven) },
    proofs: proven.proofs,
    assumptions: making.assumptions,
    warnings: [...making.warnings, ...proven.warnings, ...ownersWords(changes)],
    next_steps: [...making.needs.map((need) => stepOf(one, need)), ...proven.nextSteps],
  };
}

/** Parts may be safe by themselves; what has failed is not ready for production. */
function outputOf(status: AnswerStatus, { output }: Proven): Proven["output"] {
  if (status !== "failed" || output.metadata === undefined) return output;
  const { security_level: _, ...metadata } = output.metadata;
  return { ...output, metadata };
}

function stepOf(one: ReadTask, { field, hint, here }: Need): string {
  return here === true ? hint : `${formatPlace(placeOfField(one, field))}: ${hint}`;
}

/** Somebody has to give them: nothing is wrong. */
const NOT_GIVEN = "services.credentials-missing";

/** Completed is what was proven, all of it. */
function statusOf({ making, proven, changes }: Settled): AnswerStatus {
  const { fault } = proven;
  if (making.needs.length > 0 || fault?.code === NOT_GIVEN) return "needs_specification";
  const has = (result: ProbeResult["result"]) => proven.proofs.some((proof) => proof.result === result);
  if (fault !== undefined || has("failed") || !has("passed"))
    return has("skipped") && fault === undefined && !has("failed") ? "partial" : "failed";
  return has("skipped") || changes.some(({ what }) => what === "edited") ? "partial" : "completed";
}

function reasonOf({ making, proven, changes }: Settled): Answer["reason"] {
  const [need] = making.needs;
  if (need !== undefined) {
    return { code: "needs-specification", message: `${need.field}: ${need.message}`, hint: need.hint };
  }
  if (proven.fault !== undefined) {
    const { code, message, hint } = proven.fault;
    return { code, message, ...(hint === undefined ? {} : { hint }) };
  }
  const edited = changes.filter(({ what }) => what === "edited").map(({ path }) => path);
  const byHand = "Make the change there by hand, or remove the file and run the task again.";
  const failed = proven.proofs.filter(({ result }) => result === "failed");
  if (failed.length > 0) {
    const message = `${failed.length} of ${proven.proofs.length} proofs failed`;
    const hint = `${edited.join(", ")} would have to change, too, and was changed by its owner. ${byHand}`;
    return { code: "not-proven", message, ...(edited.length === 0 ? {} : { hint }) };
  }
  const skipped = proven.proofs.filter(({ result }) => result === "skipped");
  if (skipped.length > 0) {
    return { code: "not-verified", message: skipped.map(({ name, seen }) => `${name}: ${seen}`).join("; ") };
  }
  if (edited.length === 0) return undefined;
  return {
    code: "edited-by-owner",
    message: `${edited.join(", ")} was changed by its owner, and would have to change`,
    hint: byHand,
  };
}

function ownersWords(changes: readonly Change[]): readonly string[] {
  return changes.flatMap(({ path, what }) => {
    if (what === "kept") return [`${path} is kept as its owner changed it`];
    if (what === "edited")
      return [`${path} was changed by its owner and is not overwritten: the new text was not written`];
    return what === "left" ? [`${path} is not made any more; it stays, since its owner changed it`] : [];
  });
}

/** A task that another one kept from beginning. */
export function notBegun(one: ReadTask, location: string, because: string): Answer {
  const { task_id, task_type } = one.task;
  return {
    task_id,
    task_type,
    status: "failed",
    reason: {
      code: "dependency-failed",
      message: `it waits for ${because}, which was not completed`,
      hint: `Mend ${because}; then run the same command again.`,
    },
    output: { format: "integration", location },
    proofs: [],
    assumptions: [],
    warnings: [],
    next_steps: [],
  };
}
