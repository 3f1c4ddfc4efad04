import { EXIT } from "../lib/exit.ts";
import type { Action, Entry, Positional } from "./entry.ts";
import type { Flag } from "./flags.ts";
import { ONLINE, YES } from "./table-flags.ts";

const FILES: Positional = { name: "files", many: true, help: "files of tasks, or directories of them" };
const TASK: Positional = { name: "task", help: "id of the task" };
const OUT: Flag = {
  name: "out",
  value: "dir",
  help: "where each task has its directory (default: output/integration)",
};
const ASSUME: Flag = {
  name: "assume",
  value: "id",
  repeatable: true,
  help: "a task that is satisfied elsewhere; again for more",
};
const APPLY: Flag = {
  name: "apply",
  spoken: true,
  help: "carry migrations out on the database in DATABASE_URL, too",
};
const ONLY: Flag = {
  name: "only",
  value: "id",
  repeatable: true,
  help: "only this task, with what it waits for; again for more",
};

const ACTIONS: readonly Action[] = [
  {
    name: "run",
    summary: "carry tasks out, prove each result, and answer",
    positionals: [FILES],
    flags: [
      OUT,
      ONLY,
      ASSUME,
      APPLY,
      { name: "plan", help: "say what would be made and changed, and touch nothing" },
      YES,
      ...ONLINE,
    ],
  },
  {
    name: "check",
    summary: "say whether tasks are understood, with all that is wrong; offline",
    positionals: [FILES],
    flags: [OUT, ONLY, ASSUME],
  },
  { name: "schema", summary: "print the JSON Schema of a task, for editors", positionals: [], flags: [] },
  {
    name: "list",
    summary: "list the tasks of an output directory and what each last answered",
    positionals: [],
    flags: [OUT],
  },
  {
    name: "show",
    summary: "show a task's last answer with every proof",
    positionals: [TASK],
    flags: [OUT],
  },
  {
    name: "retry",
    summary: "carry a task out once more, from the file it was read from",
    positionals: [TASK],
    flags: [OUT, ASSUME, APPLY, YES, ...ONLINE],
  },
];

/** Commands about what a planner hands over. */
export const TASK_COMMANDS: readonly Entry[] = [
  {
    name: "task",
    summary: "carry out tasks in YAML: APIs, databases, services, content",
    about:
      "A planner hands over YAML: set up an API, configure a database, connect a service, publish content. `run` carries it out, proves each result by running it, and writes an answer beside what was made. What was not proven is never called completed; files that their owner edited are never overwritten; a second run with nothing changed does nothing.",
    positionals: [],
    flags: [],
    actions: ACTIONS,
    examples: [
      "ainstein-cms task check tasks/",
      "ainstein-cms task run tasks/ --plan",
      "ainstein-cms task run tasks/forms.yaml --only forms",
      "ainstein-cms task show forms",
    ],
    exits: [EXIT.done, EXIT.failed, EXIT.usage, EXIT.locked, EXIT.defect, EXIT.interrupted],
    load: async () => (await import("../commands/task.ts")).task,
  },
];
