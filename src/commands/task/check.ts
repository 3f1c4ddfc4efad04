// `task check` and `task schema`: what can be said of tasks without carrying any out.
import { EXIT, type ExitCode } from "../../lib/exit.ts";
import { formatPlace } from "../../lib/fault.ts";
import { printable } from "../../lib/redact.ts";
import { taskJsonSchema } from "../../tasks/json-schema.ts";
import { placeOfField } from "../../tasks/read.ts";
import type { Command } from "../context.ts";
import { orderOf, REFUSED, understand } from "./order.ts";

/** Offline. All that is wrong with all files is told at once; what this machine lacks is no fault of theirs. */
export const check: Command = async (context, args) => {
  const understood = await understand(context, orderOf(context, args));
  if (understood === undefined) return REFUSED;
  const { ui } = context;
  let exit: ExitCode = EXIT.done;
  for (const one of understood.graph.tasks) {
    const { task, file, line } = one;
    const { needs = [], assumptions = [] } = understood.makings.get(task.task_id) ?? {};
    const isWhole = needs.every(({ here }) => here === true);
    if (!isWhole) exit = EXIT.failed;
    const { task_id, task_type } = task;
    ui.record({ type: "task-check", target: null, task_id, task_type, file, line, needs, assumptions });
    const said = isWhole ? "understood" : "needs_specification";
    ui.out(printable(`${file}:${line}: ${task_id} (${task_type}): ${said}`));
    for (const { field, message, hint, here } of needs) {
      const where = here === true ? "not here yet" : formatPlace(placeOfField(one, field));
      ui.out(printable(`  ${where}: ${message}. ${hint}`));
    }
  }
  return exit;
};

/** For editors: JSON on standard output. */
export const schema: Command = async ({ ui }) => {
  const text = taskJsonSchema();
  ui.record({ type: "task-schema", target: null, schema: text });
  if (!ui.json) ui.out(JSON.stringify(text, null, 2));
  return EXIT.done;
};
