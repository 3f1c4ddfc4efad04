import type { Command } from "./context.ts";
import { eachTarget, placeOf } from "./session.ts";
import { scopeOf, transfer } from "./transfer.ts";

export const sync: Command = async (context, args) => {
  const place = await placeOf(context, args.positionals);
  const scope = scopeOf(args, place.paths);
  return eachTarget(context, args, place, (target, root) =>
    transfer(context, args, "sync", target, root, scope),
  );
};
