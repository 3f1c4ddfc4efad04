import { Fault } from "../lib/fault.ts";
import { nearestName } from "../lib/suggest.ts";
import type { Command } from "./context.ts";

/** A command whose first positional is one of these actions. What an action needs is loaded with it. */
export function byAction(name: string, actions: Readonly<Record<string, () => Promise<Command>>>): Command {
  return async (context, args) => {
    const [action = "", ...positionals] = args.positionals;
    const load = Object.hasOwn(actions, action) ? actions[action] : undefined;
    if (load !== undefined) return (await load())(context, { ...args, positionals });
    const names = Object.keys(actions);
    const near = nearestName(action, names);
    const said =
      action === "" ? `What about ${name}?` : `There is no action ${JSON.stringify(action)} for ${name}.`;
    throw new Fault("usage", said, {
      code: "unknown-action",
      hint: `${near === undefined ? "" : `Did you mean ${near}? `}There are: ${names.join(", ")}.`,
    });
  };
}
