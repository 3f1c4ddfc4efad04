import { EXIT, type ExitCode } from "../lib/exit.ts";
import { Fault } from "../lib/fault.ts";
import { nearestName } from "../lib/suggest.ts";
import {
  RUN_HEAD,
  type RunState,
  type RunView,
  runLine,
  runRow,
  STEP_HEAD,
  stepRow,
  stepView,
} from "../report/runs.ts";
import { tableLines } from "../report/table.ts";
import type { Store } from "../store/db.ts";
import { isRunning, thisProcess } from "../store/processes.ts";
import { listRuns, type RunRecord, undoneBy } from "../store/runs.ts";
import { stepsOf } from "../store/steps.ts";
import type { Args, Command, Context } from "./context.ts";
import { countFlag } from "./flags.ts";
import { provenBy, resume, retry } from "./runs-again.ts";
import { runNamed } from "./runs-find.ts";
import { pruneRuns } from "./runs-prune.ts";
import { undo } from "./runs-undo.ts";

/** The first positional is the action; without one the runs are listed. */
export const runs: Command = async (context, args) => {
  const [action = "list", ...positionals] = args.positionals;
  const run = ACTIONS[action];
  if (run !== undefined) return run(context, { ...args, positionals });
  const near = nearestName(action, Object.keys(ACTIONS));
  throw new Fault("usage", `There is no action ${JSON.stringify(action)} for runs.`, {
    code: "unknown-action",
    hint: `${near === undefined ? "" : `Did you mean ${near}? `}There are: ${Object.keys(ACTIONS).join(", ")}.`,
  });
};

const ACTIONS: Readonly<Record<string, Command>> = { list, show, resume, retry, undo, prune: pruneRuns };

const LISTED = 20;

async function list(context: Context, args: Args): Promise<ExitCode> {
  const { ui } = context;
  const store = context.store();
  const views = listRuns(store, countFlag(args, "limit") ?? LISTED).map((record) => viewOf(store, record));
  for (const view of views) ui.record(runLine(view));
  if (views.length === 0) ui.note("There is no run yet.");
  else for (const line of tableLines(RUN_HEAD, views.map(runRow), ui)) ui.out(line);
  return EXIT.done;
}

async function show(context: Context, args: Args): Promise<ExitCode> {
  const { ui } = context;
  const store = context.store();
  const record = await runNamed(context, store, args, "show");
  const view = viewOf(store, record);
  const proven = provenBy(store, record);
  const documents = stepsOf(store, record.id).map((step) => stepView(step, proven));
  ui.record(runLine(view));
  for (const document of documents) ui.record({ type: "result", target: record.target, ...document });
  for (const line of tableLines(RUN_HEAD, [runRow(view)], ui)) ui.out(line);
  if (documents.length > 0) ui.out("");
  for (const line of tableLines(STEP_HEAD, documents.map(stepRow), ui)) ui.out(line);
  return EXIT.done;
}

function viewOf(store: Store, record: RunRecord): RunView {
  return {
    record,
    state: stateOf(record),
    undoneBy: undoneBy(store, record.id).findLast((undoing) => undoneBy(store, undoing.id).length === 0),
    proven: provenBy(store, record).size,
  };
}

function stateOf({ status, host, pid }: RunRecord): RunState {
  if (status !== "running" || host !== thisProcess().host) return status;
  return isRunning({ pid, startTime: "" }) ? "running" : "cut-off";
}
