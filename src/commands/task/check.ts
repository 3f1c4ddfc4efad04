// `task check` and `task schema`: what can be said of tasks without carrying any out.
import { EXIT } from "../../lib/exit.ts";
import { printable } from "../../lib/redact.ts";
import { taskJsonSchema } from "../../tasks/json-schema.ts";
import type { Command } from "../context.ts";
import { orderOf, REFUSED, understand } from "./order.ts";
import { exitOfMakings } from "./plan.ts";

/** Offline. All that is wrong with all files is told at once. */
export const check: Command = async (context, args) => {
  const understood = await understand(context, orderOf(context, args));
  if (understood === undefined) return REFUSED;
  const { ui } = context;
  for (const { task, file, line } of understood.graph.tasks) {
    const { needs = [], assumptions = [] } = understood.makings.get(task.task_id) ?? {};
    const { task_id, task_type } = task;
    ui.record({ type: "task-check", target: null, task_id, task_type, file, line, needs, assumptions });
    const said = needs.length > 0 ? "needs_specification" : "understood";
    ui.out(printable(`${file}:${line}: ${task_id} (${task_type}): ${said}`));
    for (const { field, message, hint } of needs) ui.out(printable(`  ${field}: ${message}. ${hint}`));
  }
  return exitOfMakings(understood);
};

/** For editors: JSON on standard output. */
export const schema: Command = async ({ ui }) => {
  const text = taskJsonSchema();
  ui.record({ type: "task-schema", target: null, schema: text });
  if (!ui.json) ui.out(JSON.stringify(text, null, 2));
  return EXIT.done;
};
