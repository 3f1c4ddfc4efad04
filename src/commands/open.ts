import { linesFor } from "../engine/root.ts";
import { EXIT } from "../lib/exit.ts";
import { Fault } from "../lib/fault.ts";
import { printable } from "../lib/redact.ts";
import { openBrowser } from "./browser.ts";
import type { Command } from "./context.ts";
import { switchFlag } from "./flags.ts";
import { eachTarget, placeOf } from "./session.ts";

/** Shows the entry of a file in the browser: as visitors see it, or with --edit in the CMS's own screens. */
export const open: Command = async (context, args) => {
  const [path] = args.positionals;
  if (path === undefined) throw new Fault("usage", "open needs a file", { code: "missing-argument" });
  const place = await placeOf(context, [path]);
  const own = place.paths[0] ?? path;
  return eachTarget(context, args, place, async (target, root) => {
    const line = linesFor(root, target.name).find((candidate) => candidate.path === own);
    if (line === undefined) {
      throw new Fault("usage", `${own} is not on ${target.name} as far as the lockfile knows`, {
        code: "not-bound",
        hint: "push it first, or bind it with `ainstein-cms link`",
      });
    }
    const address = switchFlag(args, "edit")
      ? target.connector.editUrl?.(line.id, line.kind)
      : (await target.connector.read([line]))[0]?.entry?.url;
    if (address === undefined || address === "") {
      throw new Fault("not-found", `${own}: the site gives no address for entry ${line.id}`, {
        code: "no-address",
      });
    }
    context.ui.record({ type: "open", target: target.name, path: own, url: address });
    if (!context.ui.json) context.ui.out(printable(address));
    if (context.ui.interactive) await openBrowser(address, context.env);
    return { exit: EXIT.done };
  });
};
