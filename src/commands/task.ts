import { byAction } from "./actions.ts";

export const task = byAction("task", {
  run: async () => (await import("./task/run.ts")).run,
  check: async () => (await import("./task/check.ts")).check,
  schema: async () => (await import("./task/check.ts")).schema,
  list: async () => (await import("./task/list.ts")).list,
  show: async () => (await import("./task/list.ts")).show,
  retry: async () => (await import("./task/run.ts")).retry,
});
