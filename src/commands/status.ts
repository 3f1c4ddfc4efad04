import type { Command } from "./context.ts";
import { switchFlag } from "./flags.ts";
import { listOrphans } from "./media.ts";
import { listOverdue } from "./overdue.ts";
import { transfer } from "./transfer.ts";
import { eachRoot } from "./workspace.ts";

export const status: Command = (context, args) =>
  eachRoot(context, args, {
    work: (scope) => (target, root, own) => {
      if (switchFlag(args, "media")) return listOrphans(own.context, target, root);
      if (switchFlag(args, "overdue")) return listOverdue(own.context, target, root);
      return transfer(own.context, args, "status", target, root, scope);
    },
    manner: () => ({ together: "all" }),
  });
