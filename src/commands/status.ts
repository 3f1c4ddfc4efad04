import type { Command } from "./context.ts";
import { switchFlag } from "./flags.ts";
import { listOrphans } from "./media.ts";
import { eachTarget, placeOf } from "./session.ts";
import { scopeOf, transfer } from "./transfer.ts";

export const status: Command = async (context, args) => {
  const place = await placeOf(context, args.positionals);
  if (switchFlag(args, "media")) {
    return eachTarget(context, args, place, (target, root) => listOrphans(context, target, root));
  }
  const scope = scopeOf(args, place.paths);
  return eachTarget(context, args, place, (target, root) =>
    transfer(context, args, "status", target, root, scope),
  );
};
