import { reported } from "./report.ts";
import { orderOf } from "./tickets.ts";
import { transfer } from "./transfer.ts";
import { eachRoot } from "./workspace.ts";

export const publish = reported("publish", (context, args) =>
  eachRoot(context, args, {
    work: (scope) => (target, root, own) =>
      transfer(own.context, args, "publish", target, root, scope, { run: own.run }),
    manner: (scope) => ({ together: "all", order: orderOf("publish", args, scope), tabled: true }),
  }),
);
