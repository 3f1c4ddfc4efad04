import { stat } from "node:fs/promises";
import { findRoot } from "../content/config.ts";
import { openRoot, type Root } from "../engine/root.ts";
import type { OpenTarget } from "../engine/site.ts";
import { rootOf } from "../engine/undo-changes.ts";
import { Fault } from "../lib/fault.ts";
import type { RunState } from "../report/runs.ts";
import type { Store } from "../store/db.ts";
import { receipts } from "../store/journal.ts";
import { isRunning, thisProcess } from "../store/processes.ts";
import { findRun, listRuns, type RunRecord } from "../store/runs.ts";
import type { Args, Context } from "./context.ts";
import { forEngine, targetNames } from "./session.ts";
import { openTarget } from "./target.ts";

/** Runs looked at for the last one that did something. */
const LOOK_BACK = 1000;

/**
 * The run that the first argument names: an id, the beginning of one, or `last`, the newest of the root that the command
 * is given in; for an undo the last one that did anything. Throws `usage` for none.
 */
export async function runNamed(
  context: Pick<Context, "cwd" | "env">,
  store: Store,
  args: Args,
  action: "show" | "undo" | "retry" | "resume",
): Promise<RunRecord> {
  const [name] = args.positionals;
  if (name === undefined) {
    throw new Fault("usage", "Which run?", {
      code: "missing-run",
      hint: `ainstein-cms runs ${action} <id>, or last; ainstein-cms runs list shows them`,
    });
  }
  if (name !== "last") return findRun(store, name);
  const here = await openRoot(await findRoot(context.cwd), context.env);
  const newest = listRuns(store, LOOK_BACK).find(
    (run) =>
      (run.root === here.dir || rootOf(store, run) === here.id) &&
      (action !== "undo" || receipts(store, run.id).length > 0),
  );
  if (newest !== undefined) return newest;
  throw new Fault("usage", `There is no run of ${here.dir} yet.`, {
    code: "run.none",
    hint: "ainstein-cms runs list shows those of other directories; name one by its id",
  });
}

/** Root and connection of a run: this directory's where it is the same root, else the place the run worked in. */
export async function placeOfRun(
  context: Context,
  store: Store,
  run: RunRecord,
): Promise<{ readonly root: Root; readonly target: OpenTarget }> {
  const root = await rootOfRun(context, store, run);
  const [name = run.target] = targetNames({ positionals: [], flags: { target: [run.target] } }, root);
  return { root, target: forEngine(await openTarget(context, name, root), root) };
}

async function rootOfRun({ cwd, env }: Context, store: Store, run: RunRecord): Promise<Root> {
  const here = await openRoot(await findRoot(cwd), env);
  const known = rootOf(store, run);
  if (here.dir === run.root || here.id === known) return here;
  const there = await stat(run.root).catch(() => undefined);
  return there?.isDirectory() === true ? openRoot(run.root, env) : here;
}

/** As people say and type it. */
export function shortId({ id }: Pick<RunRecord, "id">): string {
  return id.slice(0, 8);
}

/** How a run that was begun stands; of another machine's, what its record says. */
export function stateOf({ status, host, pid }: RunRecord): RunState {
  if (status !== "running" || host !== thisProcess().host) return status;
  return isRunning({ pid, startTime: "" }) ? "running" : "cut-off";
}
