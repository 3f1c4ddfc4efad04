// `task run --plan`: what tasks come to, with nothing touched.
import { EXIT, type ExitCode } from "../../lib/exit.ts";
import { printable } from "../../lib/redact.ts";
import { type Change, changesOf, readManifest } from "../../tasks/output.ts";
import type { ReadTask } from "../../tasks/read.ts";
import type { Making } from "../../tasks/settle.ts";
import type { Context } from "../context.ts";
import { type Order, sceneOf, type Understood } from "./order.ts";

/** Exit code 1 where something must be said first. */
export async function tellPlan(context: Context, order: Order, understood: Understood): Promise<ExitCode> {
  for (const one of understood.graph.tasks) {
    const making = understood.makings.get(one.task.task_id);
    if (making === undefined) continue;
    const { dir } = sceneOf(context, order, one);
    const changes = await changesOf(dir, making.files, await readManifest(dir));
    tellOne(context, one, making, changes);
  }
  const isWhole = [...understood.makings.values()].every(({ needs }) => needs.length === 0);
  return isWhole ? EXIT.done : EXIT.failed;
}

function tellOne({ ui }: Context, { task }: ReadTask, making: Making, changes: readonly Change[]): void {
  const { needs, assumptions, effects, warnings } = making;
  const files = needs.length > 0 ? [] : changes;
  ui.record({
    ...{ type: "task-plan", target: null, task_id: task.task_id, task_type: task.task_type },
    ...{ files: files.map(({ path, what }) => ({ path, what })), effects, needs, assumptions, warnings },
  });
  const lines = [
    ...needs.flatMap(({ field, message, hint }) => [`needs ${field}: ${message}`, `  ${hint}`]),
    ...files.flatMap(({ path, what }) => (what === "same" ? [] : [`${WORDS[what]} ${path}`])),
    ...effects,
    ...assumptions.map(({ field, assumed }) => `assumes: ${assumed} (${field})`),
    ...warnings.map((warning) => `warning: ${warning}`),
  ];
  ui.out(printable(`${task.task_id} (${task.task_type})`));
  for (const line of lines.length === 0 ? ["nothing would change"] : lines) ui.out(`  ${printable(line)}`);
}

const WORDS: Readonly<Record<Change["what"], string>> = {
  create: "writes",
  update: "writes anew",
  same: "keeps",
  kept: "keeps, as its owner changed it,",
  edited: "does not overwrite, as its owner changed it,",
  remove: "removes",
  left: "makes no more, and leaves to its owner,",
};
