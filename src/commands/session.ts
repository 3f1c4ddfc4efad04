import { existsSync } from "node:fs";
import { lstat } from "node:fs/promises";
import { join, relative, resolve, sep } from "node:path";
import { findRoot } from "../content/config.ts";
import type { RunParts } from "../engine/at-site.ts";
import type { Outcome } from "../engine/carry.ts";
import { openRoot, type Root } from "../engine/root.ts";
import { knownOfSite, type OpenTarget, openSite, type Site } from "../engine/site.ts";
import type { UndoFile } from "../engine/undo-file.ts";
import { type ExitCode, worstExit } from "../lib/exit.ts";
import { Fault } from "../lib/fault.ts";
import { nearestName } from "../lib/suggest.ts";
import { DATABASE } from "../store/db.ts";
import { actorOf } from "./actor.ts";
import { noteRun, recordOf } from "./audit.ts";
import type { Args, Context } from "./context.ts";
import { listFlag, switchFlag, textFlag } from "./flags.ts";
import { type Job, type Manner, type Own, runJobs } from "./jobs.ts";
import { outcomeRow, tellOutcomes } from "./outcomes.ts";
import { openTarget, type Target } from "./target.ts";

/** The root that the arguments speak of, and the paths in it that they name. */
export interface Place {
  readonly dir: string;
  /** Below the root, with `/`; empty for the whole root. */
  readonly paths: readonly string[];
}

/** Throws `usage` when the arguments lie in different roots. */
export async function placeOf(context: Context, positionals: readonly string[]): Promise<Place> {
  const given =
    positionals.length === 0 ? [context.cwd] : positionals.map((path) => resolve(context.cwd, path));
  const roots = await Promise.all(given.map((path) => findRoot(path)));
  const [dir, ...others] = new Set(roots);
  if (dir === undefined || others.length > 0) {
    throw new Fault("usage", `these paths lie in different roots: ${[dir, ...others].join(", ")}`, {
      code: "several-roots",
      hint: "run the command once for each",
    });
  }
  const paths = given.map((path) => relative(dir, path).split(sep).join("/"));
  return { dir, paths: paths.includes("") ? [] : paths };
}

/** Names from `--target`, `all` and `ainstein.yaml`. Throws `usage` for one that the root does not allow. */
export function targetNames(args: Args, root: Root): readonly string[] {
  const given = listFlag(args, "target");
  const allowed = root.config.targets?.map((rule) => rule.name);
  if (given.includes("all")) {
    if (allowed !== undefined && allowed.length > 0) return allowed;
    throw new Fault("usage", "--target all needs a list of `targets:` in ainstein.yaml", {
      code: "no-targets",
      hint: "list them there, or name each: --target <connection>",
    });
  }
  const names = given.length > 0 ? [...new Set(given)] : (allowed ?? onlyTarget(root));
  for (const name of names) {
    if (allowed === undefined || allowed.includes(name)) continue;
    const near = nearestName(name, allowed);
    const meant = near === undefined ? "" : `Did you mean ${near}? `;
    throw new Fault("usage", `this root may not write to "${name}"`, {
      code: "target-not-allowed",
      hint: `${meant}ainstein.yaml allows: ${allowed.join(", ") || "none"}. Nothing was sent`,
    });
  }
  if (names.length === 0) {
    throw new Fault("usage", "no target given", {
      code: "no-target",
      hint: "add --target <connection>; `ainstein-cms connections` lists them, `ainstein-cms connect` makes one",
    });
  }
  return names;
}

/** A root that was only ever published to one place needs no `--target`. */
function onlyTarget(root: Root): readonly string[] {
  const known = root.lock.headers.map((header) => header.target);
  return known.length === 1 ? known : [];
}

/** `undoFile`: where to collect what undoing the run elsewhere takes. */
export function runParts(context: Context, writes: boolean, undoFile?: UndoFile): RunParts {
  return {
    clock: context.clock,
    emit: (event) => {
      noteRun(context, event);
      context.emit(event);
    },
    signal: context.signal,
    store: writes ? context.store : undefined,
    memory: () => (existsSync(resolve(context.home, DATABASE)) ? context.store() : undefined),
    sealing: {
      seal: (name, text) => context.vault().seal(name, text),
      open: (name, sealed) => context.vault().open(name, sealed),
    },
    undoFile,
    actor: () => actorOf(context),
    record: (target) => recordOf(context, target),
    trashRoot: resolve(context.home, "trash"),
  };
}

export const LOCK_GONE = {
  type: "notice",
  level: "warning",
  message: "ainstein.lock is gone; what the last commit holds of it is used",
  hint: "`git checkout -- ainstein.lock` brings it back; to start without one, commit its removal",
} as const;

/** What a command does to one target, and with what. */
export type Work = (target: OpenTarget, root: Root, own: Own) => Promise<Pick<Outcome, "exit">>;

/**
 * Carries a command out on each of its targets. One that cannot be reached does not keep the others from their turn; the
 * exit code is the worst of all. Targets of which one alone was asked for throw what ends them.
 */
export async function eachTarget(
  context: Context,
  args: Args,
  place: Place,
  work: Work,
  manner: Manner = { together: "none" },
): Promise<ExitCode> {
  const whole = await openRoot(place.dir, context.env);
  await refuseUnknownPaths(place, whole);
  const names = targetNames(args, whole);
  refuseSeveralPlans(args, names);
  if (whole.lockGone) context.emit(LOCK_GONE);
  const jobs = names.map((name) => jobOf(context, place.dir, undefined, name, work));
  const done = await runJobs(context, jobs, mannerFor(args, manner));
  const [first] = done;
  if (first?.thrown !== undefined && done.length === 1) throw first.thrown;
  const isTabled = manner.tabled === true && done.length > 1 && !switchFlag(args, "quiet");
  if (isTabled) {
    const rows = done.map((one) => outcomeRow(one, manner.order === undefined));
    tellOutcomes(context, rows);
  }
  return worstExit(done.map(({ exit }) => exit));
}

/** `root`: as the workspace names it, where the command is about several. */
export function jobOf(
  { env }: Context,
  dir: string,
  root: string | undefined,
  target: string,
  work: Work,
): Job {
  return {
    target,
    dir,
    root,
    carryOut: async (own) => {
      const opened = await openRoot(dir, env);
      return work(forEngine(await openTarget(own.context, target, opened), opened), opened, own);
    },
  };
}

export function refuseSeveralPlans(args: Args, names: readonly string[]): void {
  if (names.length <= 1 || textFlag(args, "planOut") === undefined) return;
  throw new Fault("usage", `a saved plan is for one target, and this concerns ${names.join(", ")}`, {
    code: "several-targets",
    hint: "nothing was sent. Add --target <connection>, and save a plan for each",
  });
}

/** What several runs write into one undo file is told apart by its order. */
export function mannerFor(args: Args, manner: Manner): Manner {
  const inTurn = textFlag(args, "undoOut") !== undefined;
  return { ...manner, ...(inTurn ? { together: "none" } : {}), quiet: switchFlag(args, "quiet") };
}

/** A mistyped path must not pass for one with nothing to do. What the lockfile knows may be gone from the disk. */
async function refuseUnknownPaths({ paths }: Place, root: Root): Promise<void> {
  const known = [
    ...root.lock.entries.map((line) => line.path),
    ...root.lock.unmanaged.map((line) => line.unmanaged),
  ];
  for (const path of paths) {
    if (known.some((line) => line === path || line.startsWith(`${path}/`))) continue;
    try {
      await lstat(join(root.dir, path));
    } catch (cause) {
      throw new Fault(
        "usage",
        `there is no file or directory ${path} in ${root.dir}, and the lockfile knows none`,
        {
          code: "no-such-path",
          cause,
          hint: nearestHint(path, known),
        },
      );
    }
  }
}

function nearestHint(path: string, known: readonly string[]): string {
  const near = nearestName(path, known);
  return near === undefined
    ? "check the spelling. Nothing was sent"
    : `did you mean ${near}? Nothing was sent`;
}

/** An open connection as the engine needs it, with what `ainstein.yaml` overrides for it. */
export function forEngine(target: Target, root: Root): OpenTarget {
  const rule = root.config.targets?.find((candidate) => candidate.name === target.name);
  return {
    name: target.name,
    platform: target.manifest.id,
    connector: target.connector,
    codec: target.codec,
    settings: { ...target.record.settings, ...rule?.settings },
    defaultKind: target.manifest.defaultKind,
    ...(target.download === undefined ? {} : { download: target.download }),
    requests: target.requests,
  };
}

/** The site behind an open connection, with what the lockfile says of it. */
export function siteOf(target: OpenTarget, root: Root): Promise<Site> {
  return openSite(target, knownOfSite(target.name, root));
}
