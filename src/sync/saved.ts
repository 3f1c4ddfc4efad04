import { canonicalJson } from "../lib/json.ts";
import type { Plan, Step } from "./plan.ts";

/** A saved plan held against the plan that would be made now. */
export interface Comparison {
  /** What is different, in words; empty while the saved plan holds. */
  readonly differences: readonly string[];
  /** The plan of now with just the saved steps; those that moved are conflicts. */
  readonly rest: Plan;
}

/** A saved plan holds only while every step of it would be planned again, word for word. */
export function compareSaved(saved: Plan, now: Plan): Comparison {
  const fresh = new Map(now.steps.map((step) => [stepKey(step), step]));
  const old = new Map(saved.steps.map((step) => [stepKey(step), step]));
  const holds = (key: string) => wordsOf(fresh.get(key)) === wordsOf(old.get(key));
  const moved = [...old.keys()].filter((key) => !holds(key));
  const added = [...fresh.keys()].filter((key) => !old.has(key));
  const steps = [...old].flatMap(([key, step]): Step | readonly Step[] => {
    if (holds(key)) return step;
    return ABOUT_NO_DOCUMENT.has(step.action) && step.expects.base === "" ? [] : movedStep(step);
  });
  return {
    differences: [
      ...(saved.target === now.target ? [] : [`target ${saved.target}, now ${now.target}`]),
      ...(saved.site === now.site ? [] : [`site ${saved.site}, now ${now.site}`]),
      ...moved.map((key) => `${nameOf(old.get(key))} is different now`),
      ...added.map((key) => `${nameOf(fresh.get(key))} is new`),
    ],
    rest: { ...now, steps },
  };
}

function wordsOf(step: Step | undefined): string {
  return step === undefined ? "" : canonicalJson(JSON.parse(JSON.stringify(step)));
}

const ABOUT_NO_DOCUMENT: ReadonlySet<Step["action"]> = new Set(["term", "upload", "relink"]);

function movedStep(step: Step): Step {
  return { ...step, action: "conflict", reason: `file or site moved on since ${step.action} was planned` };
}

function nameOf(step: Step | undefined): string {
  return `${step?.action} ${step?.path}`;
}

function stepKey(step: Step): string {
  return `${step.action} ${step.path} ${step.id ?? ""} ${step.pass ?? ""}`;
}
