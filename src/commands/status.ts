import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { linesFor, type Root } from "../engine/root.ts";
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
      tellNoted(own.context, target.name, root);
      return transfer(own.context, args, "status", target, root, scope);
    },
    manner: () => ({ together: "all" }),
  });

const NAMED = 5;

/** What webhooks told and nobody has pulled since: new entries are in no root yet, so the plan does not show them. */
function tellNoted({ home, store, emit }: Context, target: string, root: Root): void {
  if (!existsSync(resolve(home, DATABASE))) return;
  const noted = notedSince(store(), target);
  if (noted === undefined) return;
  const { entries, latest } = noted;
  const paths = new Map(linesFor(root, target).map((line) => [line.id, line.path]));
  const named = [...new Set(entries.flatMap((entry) => paths.get(entry ?? "") ?? []))];
  const shown = named.slice(0, NAMED).join(", ");
  const more = named.length > NAMED ? ` and ${named.length - NAMED} more` : "";
  const count = entries.length === 1 ? "1 entry was" : `${entries.length} entries were`;
  const until = `${latest.slice(0, 16).replace("T", " ")} UTC`;
  const names = shown === "" ? "" : `: ${shown}${more}`;
  emit({
    type: "notice",
    target,
    level: "info",
    message: `${count} changed remotely, as webhooks told until ${until}${names}`,
    hint: "`ainstein-cms pull` brings them; `ainstein-cms webhooks events` lists them",
  });
}
