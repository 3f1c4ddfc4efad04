import { byAction } from "./actions.ts";

export const webhooks = byAction("webhooks", {
  serve: async () => (await import("./webhooks/serve.ts")).serve,
  register: async () => (await import("./webhooks/manage.ts")).register,
  list: async () => (await import("./webhooks/manage.ts")).list,
  remove: async () => (await import("./webhooks/manage.ts")).remove,
  events: async () => (await import("./webhooks/events.ts")).events,
  show: async () => (await import("./webhooks/events.ts")).show,
  replay: async () => (await import("./webhooks/events.ts")).replay,
  test: async () => (await import("./webhooks/events.ts")).test,
});
