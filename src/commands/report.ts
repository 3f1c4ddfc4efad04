// `--report`: what a command did, as files for people and for CI systems.
import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { writeFileAtomic } from "../content/tree.ts";
import { timelineJson } from "../engine/timeline.ts";
import { type ExitCode, exitOf, worstExit } from "../lib/exit.ts";
import { asFault, Fault } from "../lib/fault.ts";
import { collectReport, type ReportCollector, type RunReport } from "../report/report-model.ts";
import { saveTimeline } from "../store/timelines.ts";
import type { Args, Command, Context } from "./context.ts";
import { listFlag, switchFlag } from "./flags.ts";

const FORMATS = [".html", ".json", ".junit.xml"] as const;

/** A report that was asked for. */
export interface ReportFile {
  readonly path: string;
  /** As it was asked for. */
  readonly given: string;
  readonly format: (typeof FORMATS)[number];
}

/** Files that `--report` names. Throws `usage` for one that could not be written. */
export function reportFiles({ cwd }: Pick<Context, "cwd">, args: Args): Promise<readonly ReportFile[]> {
  return Promise.all(
    listFlag(args, "report").map(async (given) => {
      const format = FORMATS.find((ending) => given.endsWith(ending));
      if (format === undefined) {
        throw new Fault("usage", `--report ${given}: what kind of report is that?`, {
          code: "bad-report",
          hint: `end the name in ${FORMATS.join(", ")}. Nothing was sent`,
        });
      }
      const path = resolve(cwd, given);
      await checkWritable(path, given);
      return { path, given, format };
    }),
  );
}

async function checkWritable(path: string, given: string): Promise<void> {
  const refuse = (why: string, hint: string, cause?: unknown): Fault =>
    new Fault("usage", `the report ${given} cannot be written: ${why}`, {
      code: "report-not-writable",
      hint: `${hint}. Nothing was sent`,
      cause,
    });
  const dir = dirname(path);
  const above = await stat(dir).catch(() => undefined);
  if (above?.isDirectory() !== true) throw refuse(`there is no directory ${dir}`, "make it, or name another");
  try {
    await access(dir, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw refuse(`the directory ${dir} is not writable`, "make it writable, or name another", cause);
  }
  const there = await stat(path).catch(() => undefined);
  if (there?.isDirectory() === true) throw refuse("it is a directory", "give the name of a file");
}

/** Writes them, each whole or not at all. Throws `invalid` naming the one that could not be written. */
export async function writeReports(files: readonly ReportFile[], report: RunReport): Promise<void> {
  for (const { path, format } of files) {
    const text = await rendered(report, format);
    await writeFileAtomic(dirname(path), basename(path), Buffer.from(text, "utf8"));
  }
}

async function rendered(report: RunReport, format: ReportFile["format"]): Promise<string> {
  if (format === ".json") return `${JSON.stringify(report)}\n`;
  if (format === ".html") return (await import("../report/report-html.ts")).htmlReport(report);
  return (await import("../report/report-junit.ts")).junitReport(report);
}

/**
 * The command with its reports written and the time lines of its runs kept, however it ends. What cannot be written is
 * told before anything is sent.
 */
export function reported(name: string, command: Command): Command {
  return async (context, args) => {
    const files = await reportFiles(context, args);
    const collector = collectReport({
      command: name,
      version: context.version,
      looks: switchFlag(args, "dryRun"),
      now: () => context.clock.now(),
    });
    const own: Context = {
      ...context,
      emit: (event) => {
        collector.note(event);
        context.emit(event);
      },
    };
    let exit: ExitCode;
    try {
      exit = await command(own, args);
    } catch (thrown) {
      const fault = endedBy(context, thrown);
      await conclude(context, files, collector, exitOf(fault.kind), fault);
      throw thrown;
    }
    return conclude(context, files, collector, exit, undefined);
  };
}

/** Waiting that Ctrl-C ended is no defect. */
function endedBy({ signal }: Context, thrown: unknown): Fault {
  const fault = asFault(thrown);
  return signal.aborted && fault.kind === "defect" ? new Fault("interrupted", "interrupted") : fault;
}

/** Never throws: the run has ended, and how it did must not get lost. */
async function conclude(
  context: Context,
  files: readonly ReportFile[],
  collector: ReportCollector,
  exit: ExitCode,
  fault: Fault | undefined,
): Promise<ExitCode> {
  keepTimelines(context, collector);
  try {
    if (files.length === 0) return exit;
    await writeReports(files, collector.end(exit, fault));
    const message = `report: ${files.map(({ given }) => given).join(", ")}`;
    context.emit({ type: "notice", level: "info", message });
    return exit;
  } catch (thrown) {
    const unwritten = asFault(thrown);
    context.emit({ type: "fault", fault: unwritten });
    return worstExit([exit, exitOf(unwritten.kind)]);
  }
}

/** They are for the eye: a report, and the exit code, do without. */
function keepTimelines(context: Context, collector: ReportCollector): void {
  try {
    for (const [run, timeline] of collector.timelines()) {
      saveTimeline(context.store(), run, timelineJson(timeline));
    }
  } catch (thrown) {
    const message = `how the run went over time is not kept: ${asFault(thrown).message}`;
    context.emit({ type: "notice", level: "warning", message });
  }
}
