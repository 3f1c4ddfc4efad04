import { resolve } from "node:path";
import { parseKey } from "../auth/sealing.ts";
import type { Summary } from "../engine/events.ts";
import type { UndoFile } from "../engine/undo-file.ts";
import { Fault } from "../lib/fault.ts";
import type { Args, Context } from "./context.ts";
import { textFlag } from "./flags.ts";

/** Where `--undo-out` collects what undoing takes; undefined without it. Warns where it will not be sealed. */
export function undoFileOf(context: Context, args: Args): UndoFile | undefined {
  const given = textFlag(args, "undoOut");
  if (given === undefined) return undefined;
  const key = undoKey(context);
  if (key === undefined) {
    context.emit({
      type: "notice",
      level: "warning",
      message: `${given} is not encrypted, and holds what the site and the files said, drafts included`,
      hint: "set AINSTEIN_KEY to have it sealed",
    });
  }
  return { path: resolve(context.cwd, given), key };
}

/** The key from the environment. Throws `usage` for one that is no key. */
export function undoKey({ env }: Pick<Context, "env">): Uint8Array | undefined {
  const text = env.AINSTEIN_KEY ?? "";
  if (text === "") return undefined;
  const key = parseKey(text);
  if (key !== undefined) return key;
  throw new Fault("usage", "AINSTEIN_KEY is no key", {
    code: "vault.bad-key",
    hint: "it takes 32 bytes in base64",
  });
}

/** The database of a CI job is gone with the job. */
export function tellUndoable(
  context: Context,
  undoFile: UndoFile | undefined,
  { target, writes, pulled, merged, deleted }: Summary,
): void {
  const ci = (context.env.CI ?? "").toLowerCase();
  if (undoFile !== undefined || ["", "0", "false"].includes(ci) || writes + pulled + merged + deleted === 0)
    return;
  context.emit({
    type: "notice",
    ...(target === null ? {} : { target }),
    level: "info",
    message: "this run cannot be undone from elsewhere: add --undo-out FILE",
  });
}
