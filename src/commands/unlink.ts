import { unlink as unbind } from "../engine/bind.ts";
import { EXIT } from "../lib/exit.ts";
import { Fault } from "../lib/fault.ts";
import type { Command } from "./context.ts";
import { eachTarget, placeOf, siteOf } from "./session.ts";

export const unlink: Command = async (context, args) => {
  const [path] = args.positionals;
  if (path === undefined) throw new Fault("usage", "unlink needs a file", { code: "missing-argument" });
  const place = await placeOf(context, [path]);
  const own = place.paths[0] ?? path;
  return eachTarget(context, args, place, async (target, root) => {
    const bound = await unbind(await siteOf(target, root), root, own);
    context.ui.record({ type: "unlink", target: target.name, path: own, bound });
    if (!context.ui.json) {
      const was = bound ? "is no longer managed" : "was not bound; it will not be";
      context.ui.out(
        `${own} ${was} on ${target.name}. Neither file nor entry was touched; \`link\` binds it again`,
      );
    }
    return { exit: EXIT.done };
  });
};
