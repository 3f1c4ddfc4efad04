import { byAction } from "./actions.ts";

export const services = byAction("services", {
  list: async () => (await import("./services/list.ts")).list,
  show: async () => (await import("./services/list.ts")).show,
  connect: async () => (await import("./services/connect.ts")).connect,
  test: async () => (await import("./services/connect.ts")).test,
  send: async () => (await import("./services/events.ts")).send,
  events: async () => (await import("./services/events.ts")).events,
  replay: async () => (await import("./services/events.ts")).replay,
  remove: async () => (await import("./services/connect.ts")).remove,
  forget: async () => (await import("./services/forget.ts")).forget,
  webhooks: async () => (await import("./services/hooks.ts")).hooks,
  sources: async () => (await import("./services/sources.ts")).sources,
});
