import { relative, resolve, sep } from "node:path";
import { sends } from "../engine/run.ts";
import { undoRun } from "../engine/undo.ts";
import { bringRun, broughtRun } from "../engine/undo-import.ts";
import { readUndoFile } from "../engine/undo-read.ts";
import { EXIT } from "../lib/exit.ts";
import { Fault } from "../lib/fault.ts";
import { findRun, type RunRecord } from "../store/runs.ts";
import type { Args, Command, Context } from "./context.ts";
import { countFlag, switchFlag, textFlag } from "./flags.ts";
import { placeOfRun, runNamed, shortId } from "./runs-find.ts";
import { runParts } from "./session.ts";
import { lift } from "./transfer.ts";
import { tellUndoable, undoFileOf, undoKey } from "./undo-out.ts";

/** Takes a run back: entries, and with --with-files the files, as they were before it. */
export const undo: Command = async (context, args) => {
  const { run, brought, paths } = await runToUndo(context, args);
  if (run.command === "task") throw notUndone(run);
  const { root, target } = await placeOfRun(context, context.store(), run);
  const write = !switchFlag(args, "dryRun");
  const undoFile = write ? undoFileOf(context, args) : undefined;
  const outcome = await undoRun(runParts(context, write, undoFile), target, root, {
    commandLine: `ainstein-cms runs undo ${shortId(run)}`,
    run,
    paths: paths.map((path) => relative(root.dir, resolve(context.cwd, path)).split(sep).join("/")),
    files: switchFlag(args, "withFiles"),
    allowLossy: switchFlag(args, "allowLossy"),
    write,
    consents: { maxDelete: countFlag(args, "maxDelete"), maxChanges: countFlag(args, "maxChanges") },
    yes: switchFlag(args, "yes"),
    brought,
    agree: async (plan, objections) => {
      if (!(await lift(context, objections))) return false;
      if (switchFlag(args, "yes")) return true;
      const count = plan.steps.filter(sends).length;
      const what = `${count} ${count === 1 ? "step" : "steps"}`;
      return context.ui.confirm(`Undo ${what} of run ${shortId(run)} on ${plan.target}?`, "--yes");
    },
  });
  const { steps } = outcome.prepared.plan;
  if (steps.every(({ action }) => action === "skip") && outcome.exit === EXIT.done) {
    const message = `nothing of run ${shortId(run)} is left to undo`;
    context.emit({ type: "notice", target: run.target, level: "info", message });
  }
  tellUndoable(context, undoFile, outcome.summary);
  return outcome.exit;
};

interface ToUndo {
  readonly run: RunRecord;
  readonly brought: ReadonlyMap<string, Uint8Array>;
  readonly paths: readonly string[];
}

/** With --from the run may be left out where the file has just one. */
async function runToUndo(context: Context, args: Args): Promise<ToUndo> {
  const from = textFlag(args, "from");
  const store = context.store();
  const [name, ...paths] = args.positionals;
  if (from === undefined)
    return { run: await runNamed(context, store, args, "undo"), brought: new Map(), paths };
  const file = { path: resolve(context.cwd, from), key: undoKey(context) };
  const all = await readUndoFile(file);
  const named = all.filter(({ run }) => name !== undefined && run.id.startsWith(name));
  const [chosen, ...others] =
    name === undefined || name === "last" ? all.slice(name === "last" ? -1 : 0) : named;
  if (chosen === undefined || others.length > 0) {
    const ids = all.map(({ run }) => `${shortId(run)} (${run.command}, ${run.startedAt})`).join(", ");
    const message = chosen === undefined ? `${from} has no such run` : `${from} has several runs`;
    throw new Fault("usage", message, {
      code: "run.unclear",
      hint: ids === "" ? "it has none that did anything" : `name one of: ${ids}`,
    });
  }
  const { sealing } = runParts(context, true);
  const { texts } = await bringRun(store, sealing, chosen);
  return { run: broughtRun(store, chosen) ?? findRun(store, chosen.run.id), brought: texts, paths };
}

/** Other runs may have made and changed files there since, and so may its owner. */
function notUndone(run: RunRecord): Fault {
  return new Fault("usage", "task is no command to undo", {
    code: "run.not-undone",
    hint: `What it made is in ${run.root}: remove that, or bring it back from version control.`,
  });
}
