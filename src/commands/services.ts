import { byAction } from "./actions.ts";

export const services = byAction("services", {
  list: async () => (await import("./services/list.ts")).list,
  show: async () => (await import("./services/list.ts")).show,
  connect: async () => (await import("./services/connect.ts")).connect,
  test: async () => (await import("./services/connect.ts")).test,
  remove: async () => (await import("./services/connect.ts")).remove,
});
