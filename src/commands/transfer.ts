import { basename, dirname, resolve } from "node:path";
import type { Listing } from "../connectors/contract.ts";
import { FILE_FORMATS, STATES, type State } from "../content/document.ts";
import { commitFile } from "../content/git.ts";
import { writeFileAtomic } from "../content/tree.ts";
import type { Outcome } from "../engine/carry.ts";
import type { GatherOptions } from "../engine/gather.ts";
import type { PlanOptions } from "../engine/prepare.ts";
import { newFilesAs, type Root, withLockfile } from "../engine/root.ts";
import { type RunOptions, run, sends } from "../engine/run.ts";
import type { OpenTarget } from "../engine/site.ts";
import { EXIT, worstExit } from "../lib/exit.ts";
import { Fault } from "../lib/fault.ts";
import type { Policy } from "../sync/assemble.ts";
import { isRemoval, type Objection } from "../sync/guard.ts";
import type { Plan, PlanScope } from "../sync/plan.ts";
import type { Args, Context } from "./context.ts";
import { countFlag, listFlag, switchFlag, textFlag } from "./flags.ts";
import { pruneDaily, retentionOf } from "./retention.ts";
import { runParts } from "./session.ts";
import { tellUndoable, undoFileOf } from "./undo-out.ts";

/** Which way a command works. */
export const DIRECTIONS = ["push", "pull", "publish", "sync", "status"] as const;
export type Direction = (typeof DIRECTIONS)[number];

export function policyOf(direction: Direction, remove: boolean): Policy {
  return {
    out: direction !== "pull",
    in: direction !== "push" && direction !== "publish",
    live: direction === "publish",
    remove,
    newState: direction === "publish" ? "published" : "draft",
  };
}

export function scopeOf(args: Args, paths: readonly string[]): PlanScope {
  const states = listFlag(args, "status");
  for (const state of states) {
    if (STATES.some((known) => known === state)) continue;
    throw new Fault("usage", `--status ${state}: a status is one of ${STATES.join(", ")}`, {
      code: "bad-flag",
    });
  }
  const since = textFlag(args, "since");
  if (since !== undefined && Number.isNaN(Date.parse(since))) {
    throw new Fault("usage", `--since ${since}: give a date such as 2026-01-31`, { code: "bad-flag" });
  }
  const format = textFlag(args, "format");
  const known = FILE_FORMATS.find((candidate) => candidate === format);
  if (format !== undefined && known === undefined) {
    throw new Fault("usage", `--format ${format}: new files are ${FILE_FORMATS.join(" or ")}`, {
      code: "bad-flag",
    });
  }
  return {
    ...(known === undefined ? {} : { format: known }),
    paths,
    kinds: listFlag(args, "kind"),
    states: states as readonly State[],
    since,
    limit: countFlag(args, "limit"),
    remove: switchFlag(args, "delete"),
  };
}

export function gatherOptions(
  direction: Direction,
  scope: PlanScope,
  root: Root,
  target: string,
): GatherOptions {
  const pulls = direction === "pull" || direction === "sync";
  const { onConflict } = root.config;
  const kinds = pulledKinds(scope, root, target);
  const fits = (row: Listing) =>
    (scope.kinds.length === 0 || kinds?.includes(row.kind) === true) &&
    (scope.states.length === 0 || scope.states.includes(row.state)) &&
    (scope.since === undefined || row.modified === undefined || row.modified >= Date.parse(scope.since));
  const wanted = (row: Listing) => (kinds === undefined || kinds.includes(row.kind)) && fits(row);
  return {
    paths: scope.paths,
    live: direction === "publish",
    checksum: false,
    kinds: pulls ? kinds : [],
    wanted: (rows) =>
      pulls && scope.paths.length === 0 ? newest(rows.filter(wanted)).slice(0, scope.limit) : [],
    selects: (row) => !pulls || fits(row),
    ruleOf: (part) => (policyOf(direction, false).in ? onConflict[part] : undefined),
    release: false,
  };
}

function newest(rows: readonly Listing[]): readonly Listing[] {
  return [...rows].sort((a, b) => (b.modified ?? 0) - (a.modified ?? 0) || a.id.localeCompare(b.id, "en"));
}

/** What a pull brings: the kinds asked for, else those that `content:` names, else (undefined) whatever there is. */
function pulledKinds(scope: PlanScope, root: Root, target: string): readonly string[] | undefined {
  const theirs = root.config.targets?.find((rule) => rule.name === target)?.kinds ?? {};
  const ours = scope.kinds.length > 0 ? scope.kinds : root.config.content.map((rule) => rule.kind);
  return ours.length === 0 ? undefined : [...new Set(ours.map((kind) => theirs[kind] ?? kind))];
}

/** What a command may be tied to besides its scope. */
export interface Ties {
  /** Exactly this plan. */
  readonly saved?: Plan;
  /** Only these documents. */
  readonly only?: PlanOptions["only"];
  /** Id that the run has in the queue. */
  readonly run?: string | undefined;
}

/** Compares, shows the plan and, without --dry-run, carries it out. */
export async function transfer(
  context: Context,
  args: Args,
  direction: Direction,
  target: OpenTarget,
  given: Root,
  scope: PlanScope,
  { saved, only, run: id }: Ties = {},
): Promise<Outcome> {
  const root = scope.format === undefined ? given : newFilesAs(given, scope.format);
  const looks = direction === "status" || switchFlag(args, "dryRun");
  const retention = looks ? undefined : retentionOf(context.env);
  // Who only asks what is there has no document refused.
  const allowLossy = switchFlag(args, "allowLossy") || direction === "status";
  const options: RunOptions = {
    id,
    command: saved?.command ?? direction,
    commandLine: `ainstein-cms ${direction} --target ${target.name}`,
    policy: { ...policyOf(direction, scope.remove), lossy: switchFlag(args, "allowLossy") },
    scope,
    gather: {
      ...gatherOptions(direction, scope, root, target.name),
      checksum: switchFlag(args, "checksum"),
      release: switchFlag(args, "release"),
    },
    consents: {
      maxDelete: countFlag(args, "maxDelete"),
      maxChanges: countFlag(args, "maxChanges"),
      remove: scope.remove,
    },
    yes: switchFlag(args, "yes"),
    allowLossy,
    write: !looks,
    saved,
    only,
    skipMoved: switchFlag(args, "skipMoved"),
    canary: countFlag(args, "canary"),
    agree: (plan, objections) => agree(context, args, direction, plan, objections, saved !== undefined),
  };
  tellUnlinked(context, root, scope, target.name);
  const undoFile = looks ? undefined : undoFileOf(context, args);
  const outcome = await run(runParts(context, !looks, undoFile), target, root, options);
  tellUndoable(context, undoFile, outcome.summary);
  if (retention !== undefined) await pruneDaily(context, retention);
  const { plan } = outcome.prepared;
  if (!looks && switchFlag(args, "commitLockfile")) await commitLockfile(context, root, target.name);
  await savePlan(context, args, plan);
  await explainMissingBase(context, root, plan);
  const pending = looks && switchFlag(args, "exitCode") && plan.steps.some((step) => step.action !== "skip");
  return pending ? { ...outcome, exit: worstExit([outcome.exit, EXIT.pending]) } : outcome;
}

/** Somebody who names a file expects something to happen to it. */
function tellUnlinked(context: Context, root: Root, { paths }: PlanScope, target: string): void {
  for (const { unmanaged, ...line } of root.lock.unmanaged) {
    if (line.target !== target || !paths.includes(unmanaged)) continue;
    context.emit({
      type: "notice",
      target,
      level: "warning",
      message: `${unmanaged} is left alone since it was unlinked`,
      hint: `\`ainstein-cms link\` with this file and the entry's id or address binds it again`,
    });
  }
}

async function savePlan(context: Context, args: Args, plan: Plan): Promise<void> {
  const file = textFlag(args, "planOut");
  if (file === undefined) return;
  const path = resolve(context.cwd, file);
  await writeFileAtomic(
    dirname(path),
    basename(path),
    Buffer.from(`${JSON.stringify(plan, null, 2)}\n`, "utf8"),
  );
}

/** For CI jobs that push back: the lockfile alone, whatever else has changed. */
async function commitLockfile(context: Context, root: Root, target: string): Promise<void> {
  const dir = dirname(root.lockPath);
  const name = basename(root.lockPath);
  const committed = await withLockfile(root, () =>
    commitFile(dir, name, `Update ${name} (${target})`, context.env),
  );
  if (!committed) return;
  context.emit({ type: "notice", target, level: "info", message: `committed ${basename(root.lockPath)}` });
}

/** A clone without history cannot show which side is newer; say so where that is the cause. */
async function explainMissingBase(context: Context, root: Root, plan: Plan): Promise<void> {
  const baseless = plan.steps.some((step) => step.action === "conflict" && step.expects.base === "");
  if (!baseless || !(await root.shallow())) return;
  context.emit({
    type: "notice",
    target: plan.target,
    level: "warning",
    message:
      "this clone is shallow: older versions of the files, which would tell whose change is newer, are missing",
    hint: "fetch the whole history (`git fetch --unshallow`; in GitHub Actions `fetch-depth: 0`)",
  });
}

async function agree(
  context: Context,
  args: Args,
  direction: Direction,
  plan: Plan,
  objections: readonly Objection[],
  saved: boolean,
): Promise<boolean> {
  if (!(await lift(context, objections))) return false;
  if (switchFlag(args, "yes")) return true;
  if ((direction === "pull" || saved) && !plan.steps.some(isRemoval)) return true;
  const count = plan.steps.filter(sends).length;
  return context.ui.confirm(
    `Carry out ${count} ${count === 1 ? "step" : "steps"} on ${plan.target}?`,
    "--yes",
  );
}

/** Asks about each objection that may be asked about. Throws `usage` for the others, and where nobody can be asked. */
export async function lift({ ui }: Context, objections: readonly Objection[]): Promise<boolean> {
  for (const objection of objections) {
    if (!objection.askable || !ui.interactive) {
      throw new Fault("usage", `${objection.message}; nothing was sent`, {
        code: objection.code,
        hint: `if that is meant, add ${objection.flag}`,
      });
    }
    if (!(await ui.confirm(`${objection.message}. Go on?`, objection.flag))) return false;
  }
  return true;
}
