// `--all-roots`: one command over every root of a workspace, each with its own targets.
import { type WorkspaceRoot, workspaceRoots } from "../content/workspace.ts";
import { openRoot, type Root } from "../engine/root.ts";
import { type ExitCode, exitOf, worstExit } from "../lib/exit.ts";
import { asFault, Fault } from "../lib/fault.ts";
import type { PlanScope } from "../sync/plan.ts";
import type { Args, Context } from "./context.ts";
import { listFlag, switchFlag } from "./flags.ts";
import { type Job, type Manner, runJobs } from "./jobs.ts";
import { type OutcomeRow, outcomeRow, recordOutcomes, tellOutcomes } from "./outcomes.ts";
import {
  eachTarget,
  jobOf,
  LOCK_GONE,
  mannerFor,
  placeOf,
  refuseSeveralPlans,
  targetNames,
  type Work,
} from "./session.ts";
import { scopeOf } from "./transfer.ts";

/** What a command does with the scope that it was given. */
export interface Errand {
  readonly work: (scope: PlanScope) => Work;
  readonly manner: (scope: PlanScope) => Manner;
}

/** On the targets of one root or, with `--all-roots`, of every root of the workspace. */
export async function eachRoot(context: Context, args: Args, errand: Errand): Promise<ExitCode> {
  if (switchFlag(args, "allRoots")) return allRoots(context, args, errand);
  const place = await placeOf(context, args.positionals);
  const scope = scopeOf(args, place.paths);
  return eachTarget(context, args, place, errand.work(scope), errand.manner(scope));
}

/** A root that is broken keeps no other from its turn; the exit code is the worst of all. */
async function allRoots(context: Context, args: Args, { work, manner }: Errand): Promise<ExitCode> {
  if (args.positionals.length > 0) {
    throw new Fault("usage", "--all-roots is about whole roots, and takes no paths", {
      code: "paths-with-all-roots",
      hint: "leave one of the two out. Nothing was sent",
    });
  }
  const scope = scopeOf(args, []);
  const roots = await workspaceRoots(context.cwd);
  const found = await Promise.all(roots.map((root) => jobsOf(context, args, root, work(scope))));
  const jobs = found.flatMap((one) => one.jobs);
  const broken = found.flatMap((one) => one.broken ?? []);
  refuseSeveralPlans(
    args,
    jobs.map(({ root, target }) => `${root} → ${target}`),
  );
  if (jobs.length + broken.length === 0) throw noTarget(args);
  for (const { root, fault } of broken) {
    context.emit({ type: "fault", ...(context.ui.json ? { root } : { target: root }), fault });
  }
  const done = await runJobs(context, jobs, mannerFor(args, manner(scope)));
  const looks = manner(scope).order === undefined;
  const rows = [...broken.map(brokenRow), ...done.map((one) => outcomeRow(one, looks))];
  const place = (row: OutcomeRow) => roots.findIndex(({ name }) => name === row.root);
  const inOrder = rows.sort((a, b) => place(a) - place(b));
  recordOutcomes(context, inOrder);
  tellOutcomes(context, inOrder);
  return worstExit(rows.map(({ exit }) => exit));
}

interface Found {
  readonly jobs: readonly Job[];
  readonly broken?: { readonly root: string; readonly fault: Fault };
}

async function jobsOf(context: Context, args: Args, root: WorkspaceRoot, work: Work): Promise<Found> {
  try {
    const opened = await openRoot(root.dir, context.env);
    if (opened.lockGone)
      context.emit({ ...LOCK_GONE, root: root.name, message: `${root.name}: ${LOCK_GONE.message}` });
    return {
      jobs: ownTargets(args, opened).map((name) => jobOf(context, root.dir, root.name, name, work)),
    };
  } catch (thrown) {
    return { jobs: [], broken: { root: root.name, fault: asFault(thrown) } };
  }
}

/** Of the targets that were asked for, those of this root; it has none where none of them is its own. */
function ownTargets(args: Args, root: Root): readonly string[] {
  const asked = listFlag(args, "target").filter((name) => name !== "all");
  const own = root.config.targets?.map(({ name }) => name) ?? root.lock.headers.map(({ target }) => target);
  if (asked.length === 0) return targetNames({ positionals: [], flags: { target: own } }, root);
  return own.filter((name) => asked.includes(name));
}

function noTarget(args: Args): Fault {
  const asked = listFlag(args, "target").join(", ");
  return new Fault("usage", `no root of the workspace has the target ${asked}`, {
    code: "no-target",
    hint: "each root lists its own in its ainstein.yaml: `targets: [<connection>]`. Nothing was sent",
  });
}

function brokenRow({ root, fault }: NonNullable<Found["broken"]>): OutcomeRow {
  return { root, target: undefined, run: undefined, did: fault.message, exit: exitOf(fault.kind) };
}
