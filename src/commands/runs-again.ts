import { z } from "zod";
import { EXIT, type ExitCode } from "../lib/exit.ts";
import { Fault } from "../lib/fault.ts";
import type { Store } from "../store/db.ts";
import { receipts } from "../store/journal.ts";
import type { RunRecord } from "../store/runs.ts";
import { type RunStep, stepsOf } from "../store/steps.ts";
import type { PlanScope } from "../sync/plan.ts";
import type { Args, Command, Context } from "./context.ts";
import { planScopeShape } from "./plan-scope.ts";
import { placeOfRun, runNamed, shortId } from "./runs-find.ts";
import { DIRECTIONS, type Direction, transfer } from "./transfer.ts";

/** The same command on just what failed. */
export const retry: Command = (context, args) =>
  again(context, args, "retry", (steps) => steps.filter(({ status }) => status === "failed"));

/** The same command on just what was not attempted, or was cut off. */
export const resume: Command = (context, args) =>
  again(context, args, "resume", (steps, proven) =>
    steps.filter(
      ({ status, action, path }) =>
        (status === "not-attempted" || (status === "planned" && !proven.has(path))) &&
        !LOOKS_ONLY.has(action),
    ),
  );

const LOOKS_ONLY: ReadonlySet<string> = new Set(["skip", "conflict"]);

async function again(
  context: Context,
  args: Args,
  action: "retry" | "resume",
  choose: (steps: readonly RunStep[], proven: ReadonlySet<string>) => readonly RunStep[],
): Promise<ExitCode> {
  const store = context.store();
  const run = await runNamed(context, store, args, action);
  const direction = DIRECTIONS.find((known) => known === run.command);
  if (direction === undefined) throw notAgain(run, action);
  const { scope, ...flags } = optionsOf(run);
  const left = choose(stepsOf(store, run.id), provenBy(store, run));
  if (left.length === 0) {
    const what = action === "retry" ? "failed" : "was left undone";
    const message = `nothing of run ${shortId(run)} ${what}`;
    context.emit({ type: "notice", target: run.target, level: "info", message });
    return EXIT.done;
  }
  const { root, target } = await placeOfRun(context, store, run);
  const paths = new Set(left.map(({ path }) => path));
  const ids = new Set(left.flatMap(({ step }) => idIn(step) ?? []));
  const merged = { ...args, flags: { ...flags, ...args.flags } };
  const only = (path: string, id: string | undefined) => paths.has(path) || (id !== undefined && ids.has(id));
  return (await transfer(context, merged, direction as Direction, target, root, scope, { only })).exit;
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
function optionsOf(run: RunRecord): Again {
  const found = options.safeParse(run.options);
  if (found.success) return found.data as Again;
  throw new Fault("usage", `what run ${shortId(run)} was told is not recorded`, {
    code: "run.not-recorded",
    hint: `run the command itself again: ainstein-cms ${run.command} --target ${run.target}`,
  });
}
