import { z } from "zod";
import { openRoot } from "../engine/root.ts";
import { EXIT, type ExitCode } from "../lib/exit.ts";
import { Fault } from "../lib/fault.ts";
import type { Store } from "../store/db.ts";
import { receipts } from "../store/journal.ts";
import type { QueuedRun } from "../store/queue.ts";
import type { RunRecord } from "../store/runs.ts";
import { type RunStep, stepsOf } from "../store/steps.ts";
import type { PlanScope } from "../sync/plan.ts";
import type { Args, Command, Context } from "./context.ts";
import { switchFlag } from "./flags.ts";
import { planScopeShape } from "./plan-scope.ts";
import { placeOfRun, runNamed, shortId } from "./runs-find.ts";
import { forEngine, targetNames } from "./session.ts";
import { openTarget } from "./target.ts";
import { DIRECTIONS, transfer } from "./transfer.ts";

/** The same command on just what failed. */
export const retry: Command = async (context, args) => {
  const run = await runNamed(context, context.store(), args, "retry");
  return again(context, args, run, FAILED);
};

/** What of a run is to be carried out again. */
export interface Rest {
  /** Completes `nothing of run … `. */
  readonly none: string;
  readonly choose: (steps: readonly RunStep[], proven: ReadonlySet<string>) => readonly RunStep[];
}

const FAILED: Rest = {
  none: "failed",
  choose: (steps) => steps.filter(({ status }) => status === "failed"),
};

/** Kinds and codes of faults that are not the document's: the site could not be reached, or the run was ended. */
const CUT_OFF: ReadonlySet<string> = new Set([
  "circuit-open",
  "no-answer",
  "connection-refused",
  "connect-timeout",
  "name-not-found",
  "interrupted",
  "deadline",
]);
/** What gateways answer while the site behind them is away. */
const AWAY: ReadonlySet<number> = new Set([502, 503, 504, 520, 521, 522, 523, 524]);

const recorded = z.object({ kind: z.string(), code: z.string(), httpStatus: z.number().nullish() });

function isCutOff(fault: unknown): boolean {
  const { data } = recorded.safeParse(fault);
  if (data === undefined) return false;
  const isAway = data.kind === "unavailable" && AWAY.has(data.httpStatus ?? 0);
  return isAway || CUT_OFF.has(data.code) || CUT_OFF.has(data.kind);
}

const LOOKS_ONLY: ReadonlySet<string> = new Set(["skip", "conflict"]);

/** What was not attempted, or was cut off. */
export const UNDONE: Rest = {
  none: "was left undone",
  choose: (steps, proven) =>
    steps.filter(
      ({ status, action, path, fault }) =>
        (status === "not-attempted" ||
          (status === "planned" && !proven.has(path)) ||
          (status === "failed" && isCutOff(fault))) &&
        !LOOKS_ONLY.has(action),
    ),
};

/** The same command as a recorded run, planned anew, on the rest of its documents. */
export async function again(context: Context, args: Args, run: RunRecord, rest: Rest): Promise<ExitCode> {
  const store = context.store();
  if (run.command === "task") {
    return (await import("./task/again.ts")).againTask(context, run, {
      yes: switchFlag(args, "yes"),
      quiet: switchFlag(args, "quiet"),
    });
  }
  const direction = DIRECTIONS.find((known) => known === run.command);
  if (direction === undefined) throw notAgain(run, rest === FAILED ? "retry" : "resume");
  const { scope, ...flags } = optionsOf(run);
  const left = rest.choose(stepsOf(store, run.id), provenBy(store, run));
  // One that was cut off may have done all of it and not have come to write the lockfile.
  if (left.length === 0 && (run.endedAt !== undefined || rest === FAILED)) {
    const message = `nothing of run ${shortId(run)} ${rest.none}`;
    context.emit({ type: "notice", target: run.target, level: "info", message });
    return EXIT.done;
  }
  const { root, target } = await placeOfRun(context, store, run);
  const paths = new Set(left.map(({ path }) => path));
  const ids = new Set(left.flatMap(({ step }) => idIn(step) ?? []));
  const merged = { ...args, flags: { ...flags, ...args.flags } };
  const only = (path: string, id: string | undefined) => paths.has(path) || (id !== undefined && ids.has(id));
  return (await transfer(context, merged, direction, target, root, scope, { only })).exit;
}

/** The command of a run that was queued and never begun. */
export async function first(context: Context, args: Args, queued: QueuedRun): Promise<ExitCode> {
  const direction = DIRECTIONS.find((known) => known === queued.command);
  if (direction === undefined) throw new Fault("defect", `${queued.command} is no command to queue`);
  const { scope, ...flags } = optionsOf({ ...queued, id: queued.run });
  const root = await openRoot(queued.root, context.env);
  targetNames({ positionals: [], flags: { target: [queued.target] } }, root);
  const target = forEngine(await openTarget(context, queued.target), root);
  const merged = { ...args, flags: { ...flags, ...args.flags } };
  return (await transfer(context, merged, direction, target, root, scope, { run: queued.run })).exit;
}

/** Documents that the run's receipts prove done, whatever it had time to say. */
export function provenBy(store: Store, run: RunRecord): ReadonlySet<string> {
  const done = receipts(store, run.id).filter(({ outcome }) => outcome === "done");
  return new Set(done.map(({ path }) => path));
}

function notAgain(run: RunRecord, action: string): Fault {
  const hint =
    run.command === "undo" && run.undoes !== undefined
      ? `undo again: ainstein-cms runs undo ${run.undoes.slice(0, 8)}`
      : "run the command again";
  return new Fault("usage", `${run.command} is no command to ${action}`, { code: "run.not-again", hint });
}

const step = z.object({ id: z.string() });

function idIn(value: unknown): string | undefined {
  return step.safeParse(value).data?.id;
}

const options = z.object({
  scope: z.object(planScopeShape),
  allowLossy: z.boolean().default(false),
  release: z.boolean().default(false),
  checksum: z.boolean().default(false),
});

interface Again {
  readonly scope: PlanScope;
  readonly allowLossy: boolean;
  readonly release: boolean;
  readonly checksum: boolean;
}

/** What the run was told, as its record says. Throws `usage` for a run of a version that did not record it. */
function optionsOf(run: Pick<RunRecord, "id" | "command" | "target" | "options">): Again {
  const found = options.safeParse(run.options);
  if (found.success) return found.data as Again;
  throw new Fault("usage", `what run ${shortId(run)} was told is not recorded`, {
    code: "run.not-recorded",
    hint: `run the command itself again: ainstein-cms ${run.command} --target ${run.target}`,
  });
}
