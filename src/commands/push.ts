import { reported } from "./report.ts";
import { eachTarget, placeOf } from "./session.ts";
import { orderOf } from "./tickets.ts";
import { scopeOf, transfer } from "./transfer.ts";

export const push = reported("push", async (context, args) => {
  const place = await placeOf(context, args.positionals);
  const scope = scopeOf(args, place.paths);
  return eachTarget(
    context,
    args,
    place,
    (target, root, own) => transfer(own.context, args, "push", target, root, scope, { run: own.run }),
    { together: "all", order: orderOf("push", args, scope), tabled: true },
  );
});
