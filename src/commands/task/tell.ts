// Answers, for people and for scripts.
import { relative } from "node:path";
import { printable } from "../../lib/redact.ts";
import { painter } from "../../report/style.ts";
import { ANSWER_STATUSES, type Answer, type ProbeResult } from "../../tasks/answer.ts";
import { ANSWER_FILE } from "../../tasks/output.ts";
import type { Context } from "../context.ts";
import type { Carried } from "./carry.ts";
import type { Order } from "./order.ts";

export function tellAnswer({ ui }: Context, { answer, unchanged }: Carried, quiet: boolean): void {
  ui.record({ type: "task-answer", target: null, ...answer, unchanged });
  if (quiet && answer.status === "completed" && answer.warnings.length === 0) return;
  for (const line of answerLines(answer, unchanged, ui.colour)) ui.out(line);
}

const COLOURS = {
  completed: "green",
  partial: "yellow",
  failed: "red",
  needs_specification: "yellow",
} as const;

/** A line with its status, then what somebody has to know or do. */
export function answerLines(answer: Answer, unchanged: boolean, colour: boolean): readonly string[] {
  const { task_id, status, reason, proofs, warnings, next_steps } = answer;
  const hint = reason?.hint;
  const paint = painter(colour);
  const counted = unchanged ? "nothing has changed" : countsOf(proofs);
  const head = `${printable(task_id)}: ${paint(COLOURS[status], status)}${counted === "" ? "" : `, ${counted}`}`;
  const bad = proofs.filter(({ result }) => result !== "passed");
  const lines = [
    ...(reason === undefined ? [] : [`${reason.message} (${reason.code})`]),
    // A next step may say it, too, and where.
    ...(hint === undefined || next_steps.some((step) => step.endsWith(hint)) ? [] : [hint]),
    ...bad.flatMap(({ result, name, expected, seen }) => [
      `${result}: ${name}`,
      `  expected: ${expected}`,
      `  seen: ${seen}`,
    ]),
    ...(unchanged ? [] : warnings.map((warning) => `warning: ${warning}`)),
    ...next_steps.map((step) => `next: ${step}`),
  ];
  return [head, ...lines.map((line) => `  ${/^ */.exec(line)?.[0] ?? ""}${printable(line.trimStart())}`)];
}

function countsOf(proofs: readonly ProbeResult[]): string {
  const told = (["passed", "failed", "skipped"] as const).flatMap((wanted) => {
    const count = proofs.filter(({ result }) => result === wanted).length;
    return count === 0 ? [] : [`${count} ${wanted}`];
  });
  return told.length === 0 ? "" : `proofs: ${told.join(", ")}`;
}

/** At the very end. */
export function tellSummary({ ui, cwd }: Context, { out, quiet }: Order, done: readonly Carried[]): void {
  const counts = Object.fromEntries(
    ANSWER_STATUSES.map((status) => [status, done.filter(({ answer }) => answer.status === status).length]),
  );
  const unchanged = done.filter((one) => one.unchanged).length;
  const shown = relative(cwd, out) || ".";
  ui.record({ type: "task-summary", target: null, out: shown, ...counts, unchanged });
  if (quiet && counts.completed === done.length) return;
  const told = ANSWER_STATUSES.flatMap((status) =>
    counts[status] === 0 ? [] : [`${counts[status]} ${status}`],
  );
  const same = unchanged === 0 ? "" : ` (${unchanged} unchanged)`;
  ui.out(`${told.join(", ")}${same}; each ${ANSWER_FILE} is below ${printable(shown)}`);
}
