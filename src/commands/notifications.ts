import { byAction } from "./actions.ts";

export const notifications = byAction("notifications", {
  list: async () => (await import("./notifications/list.ts")).list,
  test: async () => (await import("./notifications/try.ts")).test,
  check: async () => (await import("./notifications/try.ts")).check,
});
