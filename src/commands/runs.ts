import { join } from "node:path";
import { EXIT, type ExitCode } from "../lib/exit.ts";
import { Fault } from "../lib/fault.ts";
import { isObject } from "../lib/json.ts";
import { printable } from "../lib/redact.ts";
import { nearestName } from "../lib/suggest.ts";
import { RUN_HEAD, type RunView, runLine, runRow, STEP_HEAD, stepRow, stepView } from "../report/runs.ts";
import { tableLines } from "../report/table.ts";
import type { Store } from "../store/db.ts";
import { isOwned, listQueue, type QueuedRun } from "../store/queue.ts";
import { getRun, listRuns, type RunRecord, undoneBy } from "../store/runs.ts";
import { stepsOf } from "../store/steps.ts";
import { ANSWER_FILE } from "../tasks/output.ts";
import type { Args, Command, Context } from "./context.ts";
import { countFlag } from "./flags.ts";
import { reported, reportFiles, writeReports } from "./report.ts";
import { provenBy, retry } from "./runs-again.ts";
import { runNamed, stateOf } from "./runs-find.ts";
import { importRuns } from "./runs-import.ts";
import { pruneRuns } from "./runs-prune.ts";
import { reportOfRun } from "./runs-report.ts";
import { resume } from "./runs-resume.ts";
import { undo } from "./runs-undo.ts";

/** The first positional is the action; without one the runs are listed. */
export const runs: Command = async (context, args) => {
  const [action = "list", ...positionals] = args.positionals;
  const run = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
  if (run !== undefined) return run(context, { ...args, positionals });
  const near = nearestName(action, Object.keys(ACTIONS));
  throw new Fault("usage", `There is no action ${JSON.stringify(action)} for runs.`, {
    code: "unknown-action",
    hint: `${near === undefined ? "" : `Did you mean ${near}? `}There are: ${Object.keys(ACTIONS).join(", ")}.`,
  });
};

const ACTIONS: Readonly<Record<string, Command>> = {
  list,
  show,
  resume: reported("runs resume", resume),
  retry: reported("runs retry", retry),
  undo: reported("runs undo", undo),
  import: importRuns,
  prune: pruneRuns,
};

const LISTED = 20;

/** Those that were not begun yet come first. */
async function list(context: Context, args: Args): Promise<ExitCode> {
  const { ui } = context;
  const store = context.store();
  const queue = new Map(listQueue(store).map((queued) => [queued.run, queued]));
  const begun = listRuns(store, countFlag(args, "limit") ?? LISTED);
  const waiting = [...queue.values()].filter(({ run }) => getRun(store, run) === undefined);
  const now = context.clock.now();
  const views = [
    ...waiting.map((queued) => unbegunView(queued, now)).reverse(),
    ...begun.map((record) => viewOf(store, record, queue.get(record.id))),
  ];
  for (const view of views) ui.record(runLine(view));
  if (views.length === 0) ui.note("There is no run yet.");
  else for (const line of tableLines(RUN_HEAD, views.map(runRow), ui)) ui.out(line);
  return EXIT.done;
}

async function show(context: Context, args: Args): Promise<ExitCode> {
  const { ui } = context;
  const files = await reportFiles(context, args);
  const store = context.store();
  const record = await runNamed(context, store, args, "show");
  const queued = listQueue(store).find(({ run }) => run === record.id);
  const view = viewOf(store, record, queued);
  const proven = provenBy(store, record);
  const documents = stepsOf(store, record.id).map((step) => stepView(step, proven));
  ui.record(runLine(view));
  for (const document of documents) ui.record({ type: "result", target: record.target, ...document });
  for (const line of tableLines(RUN_HEAD, [runRow(view)], ui)) ui.out(line);
  for (const message of noticesOf(record)) {
    context.emit({ type: "notice", target: record.target, level: "warning", message });
  }
  if (record.command === "task") ui.out(printable(join(record.root, ANSWER_FILE)));
  if (documents.length > 0) ui.out("");
  for (const line of tableLines(STEP_HEAD, documents.map(stepRow), ui)) ui.out(line);
  if (files.length > 0) await writeReports(files, reportOfRun(store, record, context.version));
  return EXIT.done;
}

/** What the platform said of itself in that run. */
function noticesOf({ summary }: RunRecord): readonly string[] {
  const notices = isObject(summary) ? summary.notices : undefined;
  return Array.isArray(notices) ? notices.map(String) : [];
}

function viewOf(store: Store, record: RunRecord, queued?: QueuedRun): RunView {
  return {
    record,
    state: queued?.state === "parked" ? "parked" : stateOf(record),
    undoneBy: undoneBy(store, record.id).findLast((undoing) => undoneBy(store, undoing.id).length === 0),
    proven: provenBy(store, record).size,
    queued,
    begun: true,
  };
}

function unbegunView(queued: QueuedRun, now: number): RunView {
  const { run, command, target, root, queuedAt, state, owner, options } = queued;
  const { pid, host } = owner ?? { pid: 0, host: "" };
  const place = { command, target, root, site: "", pid, host, actor: {}, options };
  return {
    record: { ...place, id: run, startedAt: queuedAt, status: "running" },
    state: state === "running" && !isOwned(queued, now) ? "cut-off" : state,
    undoneBy: undefined,
    proven: 0,
    queued,
    begun: false,
  };
}
