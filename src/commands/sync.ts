import { reported } from "./report.ts";
import { eachTarget, placeOf } from "./session.ts";
import { orderOf } from "./tickets.ts";
import { scopeOf, transfer } from "./transfer.ts";

export const sync = reported("sync", async (context, args) => {
  const place = await placeOf(context, args.positionals);
  const scope = scopeOf(args, place.paths);
  return eachTarget(
    context,
    args,
    place,
    (target, root, own) => transfer(own.context, args, "sync", target, root, scope, { run: own.run }),
    { together: "roots", order: orderOf("sync", args, scope), tabled: true },
  );
});
