import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { DATABASE } from "../store/db.ts";
import { notedSince } from "../store/events.ts";
import type { Command, Context } from "./context.ts";
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
      tellNoted(own.context, target.name);
      return transfer(own.context, args, "status", target, root, scope);
    },
    manner: () => ({ together: "all" }),
  });

/** What webhooks told and nobody has pulled since: new entries are in no root yet, so the plan does not show them. */
function tellNoted({ home, store, emit }: Context, target: string): void {
  if (!existsSync(resolve(home, DATABASE))) return;
  const noted = notedSince(store(), target);
  if (noted === undefined) return;
  const { events, latest } = noted;
  const entries = events === 1 ? "1 entry was" : `${events} entries were`;
  emit({
    type: "notice",
    target,
    level: "info",
    message: `${entries} changed remotely, as webhooks told until ${latest.slice(0, 16).replace("T", " ")} UTC`,
    hint: "`ainstein-cms pull` brings them; `ainstein-cms webhooks events` lists them",
  });
}
