import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { link as bind } from "../engine/bind.ts";
import { EXIT } from "../lib/exit.ts";
import { Fault } from "../lib/fault.ts";
import { printable } from "../lib/redact.ts";
import type { Command, Context } from "./context.ts";
import { eachTarget, placeOf, siteOf } from "./session.ts";

export const link: Command = async (context, args) => {
  const [path, wanted] = args.positionals;
  if (path === undefined || wanted === undefined) {
    throw new Fault("usage", "link needs a file and the id or address of an entry", {
      code: "missing-argument",
    });
  }
  await mustBeThere(context, path);
  const place = await placeOf(context, [path]);
  const own = place.paths[0] ?? path;
  return eachTarget(context, args, place, async (target, root) => {
    const { entry, parts } = await bind(await siteOf(target, root), root, own, wanted);
    context.ui.record({
      type: "link",
      target: target.name,
      path: own,
      id: entry.id,
      url: entry.url,
      differing: parts,
    });
    if (!context.ui.json) {
      context.ui.out(`${own} is now ${printable(entry.url)} (${target.name}, id ${entry.id})`);
      if (parts.length > 0)
        context.ui.out(
          `they differ in ${parts.join(", ")}: \`ainstein-cms diff ${path}\` shows it, push sends the file's version`,
        );
    }
    return { exit: EXIT.done };
  });
};

async function mustBeThere(context: Context, path: string): Promise<void> {
  try {
    await stat(resolve(context.cwd, path));
  } catch (cause) {
    throw new Fault("usage", `there is no file ${path} to bind`, {
      code: "no-such-path",
      cause,
      hint: "check the spelling; `ainstein-cms pull` writes files for entries that have none",
    });
  }
}
