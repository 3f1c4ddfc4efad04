import { Fault } from "../lib/fault.ts";
import { nearestName } from "../lib/suggest.ts";
import type { Command } from "./context.ts";

/** The first positional is the action. What an action needs is loaded with it. */
export const webhooks: Command = async (context, args) => {
  const [action = "", ...positionals] = args.positionals;
  const load = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
  if (load !== undefined) return (await load())(context, { ...args, positionals });
  const names = Object.keys(ACTIONS);
  const near = nearestName(action, names);
  throw new Fault(
    "usage",
    action === "" ? "What about webhooks?" : `There is no action "${action}" for webhooks.`,
    {
      code: "unknown-action",
      hint: `${near === undefined ? "" : `Did you mean ${near}? `}There are: ${names.join(", ")}.`,
    },
  );
};

const ACTIONS: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import("./webhooks/serve.ts")).serve,
  register: async () => (await import("./webhooks/manage.ts")).register,
  list: async () => (await import("./webhooks/manage.ts")).list,
  remove: async () => (await import("./webhooks/manage.ts")).remove,
  events: async () => (await import("./webhooks/events.ts")).events,
  show: async () => (await import("./webhooks/events.ts")).show,
  replay: async () => (await import("./webhooks/events.ts")).replay,
  test: async () => (await import("./webhooks/events.ts")).test,
};
