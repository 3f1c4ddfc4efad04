import { reported } from "./report.ts";
import { orderOf } from "./tickets.ts";
import { transfer } from "./transfer.ts";
import { eachRoot } from "./workspace.ts";

export const pull = reported("pull", (context, args) =>
  eachRoot(context, args, {
    work: (scope) => (target, root, own) =>
      transfer(own.context, args, "pull", target, root, scope, { run: own.run }),
    manner: (scope) => ({ together: "roots", order: orderOf("pull", args, scope), tabled: true }),
  }),
);
