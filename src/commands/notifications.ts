import { Fault } from "../lib/fault.ts";
import { nearestName } from "../lib/suggest.ts";
import type { Command } from "./context.ts";

/** The first positional is the action. What an action needs is loaded with it. */
export const notifications: Command = async (context, args) => {
  const [action = "", ...positionals] = args.positionals;
  const load = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
  if (load !== undefined) return (await load())(context, { ...args, positionals });
  const names = Object.keys(ACTIONS);
  const near = nearestName(action, names);
  throw new Fault(
    "usage",
    action === "" ? "What about notifications?" : `There is no action "${action}" for notifications.`,
    {
      code: "unknown-action",
      hint: `${near === undefined ? "" : `Did you mean ${near}? `}There are: ${names.join(", ")}.`,
    },
  );
};

const ACTIONS: Readonly<Record<string, () => Promise<Command>>> = {
  list: async () => (await import("./notifications/list.ts")).list,
  test: async () => (await import("./notifications/try.ts")).test,
  check: async () => (await import("./notifications/try.ts")).check,
};
