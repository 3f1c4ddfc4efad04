// Listens to a command, so that whoever is named in the installation's configuration knows what came of it.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { DocumentResult, Emit, Event, Summary } from "../../engine/events.ts";
import type { ExitCode } from "../../lib/exit.ts";
import { asFault, type Fault } from "../../lib/fault.ts";
import { DATABASE } from "../../store/db.ts";
import { getRun } from "../../store/runs.ts";
import type { Context } from "../context.ts";
import { tellEndedBy, tellFailed, tellRefused, tellSignedIn } from "./ends.ts";
import { complain, guarded, receivers } from "./rules.ts";
import { sendDue } from "./send.ts";
import { surveyCircuits, surveyRuns, surveyTokens } from "./survey.ts";

interface Watch {
  /** In the place of the context's own. */
  readonly emit: Emit;
  /** The command is over, by what it threw where it threw something. Sends what is to be told; never throws. */
  readonly end: (thrown?: unknown) => Promise<void>;
}

/** `looks`: the command changes nothing. */
export interface Scene {
  readonly command: string;
  readonly looks: boolean;
}

/** Carries a command out; `fail` tells what it threw. Its exit code is the same whoever is told of it. */
export async function watched(
  context: Context,
  scene: Scene,
  work: (context: Context) => Promise<ExitCode>,
  fail: (thrown: unknown) => ExitCode,
): Promise<ExitCode> {
  const watch = watching(context, scene);
  try {
    const exit = await work({ ...context, emit: watch.emit });
    await watch.end();
    return exit;
  } catch (thrown) {
    // Whoever sits before it does not wait for those who are told of it.
    const exit = fail(thrown);
    await watch.end(thrown);
    return exit;
  }
}

/** The commands whose failing is that of a run. */
const RUNS: ReadonlySet<string> = new Set([
  "publish",
  "push",
  "pull",
  "sync",
  "apply",
  "resolve",
  "media",
  "runs",
]);

/** What was heard of one target of one root since its last summary. */
interface Heard {
  run?: string;
  isRefused: boolean;
  readonly failed: Map<string, Fault | undefined>;
}

function watching(context: Context, scene: Scene): Watch {
  if (!isWatched(context, scene.command)) return { emit: context.emit, end: async () => {} };
  const hasStore = (): boolean => existsSync(resolve(context.home, DATABASE));
  if (hasStore()) guarded(context, () => surveyRuns(context));
  const heard = new Map<string, Heard>();
  const targets = new Set<string>();
  let latest: string | undefined;
  const hear = (event: Parameters<Emit>[0]): void => {
    if (event.type === "phase") latest = event.target;
    const target = targetOf(event);
    if (target === undefined) return;
    targets.add(target);
    listen(context, scene, heardOf(heard, `${event.root ?? ""} ${target}`), target, event);
  };
  return {
    emit: (event) => {
      guarded(context, () => hear(event));
      context.emit(event);
    },
    end: async (thrown) => {
      try {
        if (thrown !== undefined && latest !== undefined) threw(context, scene, latest, asFault(thrown));
        // A job's may be in another place than its home.
        if (!hasStore() && !isRun(scene)) return;
        surveyCircuits(context);
        if (targets.size > 0) await surveyTokens(context, targets);
        await sendDue(context);
      } catch (failure) {
        complain(context, failure);
      }
    },
  };
}

/** A configuration that is wrong is told of here, and is no reason for a command to fail that does not need it. */
function isWatched(context: Context, command: string): boolean {
  // Its actions say themselves what they send.
  if (command === "notifications") return false;
  try {
    return receivers(context).length > 0;
  } catch (thrown) {
    complain(context, thrown);
    return false;
  }
}

function targetOf(event: Event): string | undefined {
  return event.type === "summary" ? (event.summary.target ?? undefined) : event.target;
}

function isRun({ command, looks }: Scene): boolean {
  return !looks && RUNS.has(command);
}

function heardOf(all: Map<string, Heard>, place: string): Heard {
  const heard = all.get(place) ?? { isRefused: false, failed: new Map() };
  all.set(place, heard);
  return heard;
}

function listen(context: Context, scene: Scene, heard: Heard, target: string, event: Event): void {
  if (event.type === "run") heard.run = event.run;
  if (event.type === "result") hearResult(heard, event.result);
  if (event.type === "fault") {
    if (event.fault.kind === "auth") {
      heard.isRefused = true;
      tellRefused(context, target, event.fault);
    }
    if (heard.run !== undefined) tellEndedBy(context, ended(context, scene, target, heard.run), event.fault);
  }
  if (event.type === "summary") sumUp(context, scene, heard, target, event.summary);
}

function hearResult(heard: Heard, { path, status, fault }: DocumentResult): void {
  if (status === "failed") heard.failed.set(path, fault);
  else heard.failed.delete(path);
}

function sumUp(context: Context, { looks }: Scene, heard: Heard, target: string, summary: Summary): void {
  if (summary.failed > 0 && !looks) {
    const documents = [...heard.failed].map(([path, fault]) => {
      return { path, code: fault?.code ?? "failed", message: fault?.message ?? "failed" };
    });
    const help = heard.run === undefined ? `ainstein-cms status --target ${target}` : showing(heard.run);
    const run = { connection: target, command: summary.command, run: heard.run, help };
    tellFailed(context, run, summary.failed, documents);
  }
  if (!heard.isRefused) tellSignedIn(context, target);
  heard.isRefused = false;
  heard.failed.clear();
  delete heard.run;
}

function ended(context: Context, { command }: Scene, connection: string, run: string) {
  const recorded = getRun(context.store(), run)?.command ?? command;
  return { connection, command: recorded, run, help: showing(run) };
}

function showing(run: string): string {
  return `ainstein-cms runs show ${run.slice(0, 8)}`;
}

/** What ended a command about one target alone, before or beside a run. */
function threw(context: Context, scene: Scene, connection: string, fault: Fault): void {
  if (fault.kind === "auth") tellRefused(context, connection, fault);
  if (!isRun(scene)) return;
  const help = `ainstein-cms doctor ${connection}`;
  tellEndedBy(context, { connection, command: scene.command, run: undefined, help }, fault);
}
