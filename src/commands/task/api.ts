// `setup_api` as a task: a service of its own, its database, and what a stranger sees of both.
import { join } from "node:path";
import { Fault } from "../../lib/fault.ts";
import { apiFiles } from "../../tasks/api/files.ts";
import { apiModel } from "../../tasks/api/model.ts";
import { madeDatabase } from "../../tasks/database/files.ts";
import type { ReadTask } from "../../tasks/read.ts";
import type { TaskOf } from "../../tasks/schema.ts";
import { type Making, NOTHING_MADE } from "../../tasks/settle.ts";
import type { Carrier, Scene } from "./carrier.ts";

export const apiCarrier: Carrier = {
  make: (one, scene) => apiMaking(taskOf(one), scene),
  prove: async () => {
    throw new Fault("unsupported", "the prober is not there yet");
  },
};

function taskOf({ task }: ReadTask): TaskOf<"setup_api"> {
  if (task.task_type === "setup_api") return task;
  throw new Fault("defect", `${task.task_type} sets no API up`);
}

async function apiMaking(task: TaskOf<"setup_api">, { dir }: Scene): Promise<Making> {
  const model = apiModel(task);
  if ("needs" in model) return { ...NOTHING_MADE, needs: model.needs };
  const made = await madeDatabase(join(dir, "apis", model.name));
  const { assumptions, warnings } = model;
  return { ...NOTHING_MADE, files: apiFiles(model, made), assumptions, warnings };
}
