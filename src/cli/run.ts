import { existsSync } from "node:fs";
import { join } from "node:path";
import { secretsIn } from "../auth/environment.ts";
import type { Context } from "../commands/context.ts";
import { hasHomeConfig } from "../commands/home-file.ts";
import { type Clock, clockUntil, systemClock } from "../lib/clock.ts";
import { EXIT, type ExitCode, exitOf } from "../lib/exit.ts";
import { asFault, Fault } from "../lib/fault.ts";
import { printable, redact } from "../lib/redact.ts";
import { createReporter, type Reporter } from "../report/reporter.ts";
import type { TextManner } from "../report/text.ts";
import { explain } from "./failure.ts";
import { type Invocation, parseCommandLine } from "./program.ts";
import { flushed, interruption, tolerateClosedPipes } from "./signals.ts";
import { createTerminal, type Terminal } from "./terminal.ts";

type Asked = Extract<Invocation, { readonly entry: unknown }>;

/** Runs one command line and ends the process with its exit code. Never returns. */
export async function run(argv: readonly string[], version: string): Promise<never> {
  let stage: Stage | undefined;
  let scene = NO_SCENE;
  /** There is nothing that must be brought to an end first. */
  let idle = true;
  let serves = false;
  let failure: ExitCode | undefined;
  const { signal, after } = interruption(() => {
    if (serves) return;
    if (idle) void fail(new Fault("interrupted", "nothing was changed"));
    else process.stderr.write("Finishing the step in flight … (press Ctrl-C again to stop at once)\n");
  });
  /** The clock of the command, which no wait takes past the deadline. */
  const until = (ms: unknown): Clock => {
    if (typeof ms !== "number") return systemClock;
    const fault = deadlineFault(ms);
    after(ms, fault, () => {
      if (idle) void fail(fault);
      else process.stderr.write("The deadline has passed: finishing the step in flight …\n");
    });
    return clockUntil(systemClock, systemClock.now() + ms, fault);
  };
  const end = async (code: ExitCode): Promise<never> => {
    stage?.reporter.end();
    await flushed();
    process.exit(failure ?? code);
  };
  /** What fails while a failure is being told is left untold: it would be told in the same broken way. */
  const fail = (thrown: unknown): Promise<never> => {
    if (failure !== undefined) return new Promise(() => {});
    failure = EXIT.defect;
    stage ??= openStage({ json: saysJson(argv), verbose: argv.includes("--verbose") }, scene, signal);
    failure = stage.fail(thrown);
    return end(failure);
  };
  tolerateClosedPipes((error) => void fail(error));
  process.on("uncaughtException", (thrown) => void fail(thrown));
  process.on("unhandledRejection", (thrown) => void fail(thrown));
  try {
    const columns = Math.min(100, Math.max(40, process.stdout.columns ?? 80));
    const invocation = parseCommandLine(argv, process.env, version, columns);
    if ("print" in invocation) {
      const stream = invocation.exit === EXIT.done ? process.stdout : process.stderr;
      stream.write(invocation.print);
      return await end(invocation.exit);
    }
    if ("tell" in invocation) {
      stage = openStage({ json: saysJson(argv), noColor: argv.includes("--no-color") }, scene, signal);
      await invocation.tell(stage.ui);
      return await end(EXIT.done);
    }
    const { entry, args } = invocation;
    scene = {
      command: entry.name,
      looks: entry.looks === true || args.flags.dryRun === true,
      paths: entry.positionals[0]?.name === "paths" ? args.positionals : [],
    };
    serves = entry.serves === true;
    idle = scene.looks && args.flags.report === undefined;
    stage = openStage(args.flags, scene, signal);
    const clock = until(args.flags.deadline);
    return await end(await carryOut(invocation, stage, scene, { signal, clock, version }));
  } catch (thrown) {
    return fail(thrown);
  }
}

/** What the command line was given besides itself. */
type Surroundings = Pick<Context, "signal" | "clock" | "version">;

function deadlineFault(ms: number): Fault {
  const time = ms < 60_000 ? `${ms / 1000} s` : `${Math.round(ms / 6000) / 10} min`;
  return new Fault("deadline", `the deadline of ${time} has passed, or would have: nothing more is begun`, {
    hint: "a run that had begun to write goes on with: ainstein-cms runs resume",
  });
}

/** Where a command plays: its terminal, and who tells what happens on it. */
interface Stage extends Terminal {
  readonly reporter: Reporter;
  /** Reports what a command threw; the exit code it means. */
  readonly fail: (thrown: unknown) => ExitCode;
}

type Scene = Pick<TextManner, "command" | "looks" | "paths">;

/** Before the command line was understood. */
const NO_SCENE: Scene = { command: "", looks: true, paths: [] };

function openStage(flags: Asked["args"]["flags"], scene: Scene, signal: AbortSignal): Stage {
  const quiet = flags.quiet === true;
  const verbose = flags.verbose === true;
  const manner = {
    json: flags.json === true,
    noInput: flags.noInput === true,
    noColor: flags.noColor === true,
  };
  const terminal = createTerminal(process, manner, process.env, signal);
  const reporter = createReporter(terminal.ui, systemClock, {
    ...scene,
    quiet,
    verbose,
    live: terminal.live,
  });
  const fail = (thrown: unknown): ExitCode => {
    const fault: Fault = explain(asFault(thrown), process.env);
    reporter.emit({ type: "fault", fault });
    const wanted = verbose || (process.env.AINSTEIN_DEBUG ?? "") !== "";
    const stack = fault.kind === "defect" && thrown instanceof Error ? thrown.stack : undefined;
    if (wanted && stack !== undefined)
      for (const line of redact(stack, secretsIn(process.env)).split("\n")) terminal.ui.note(printable(line));
    return exitOf(fault.kind);
  };
  return { ...terminal, reporter, fail };
}

async function carryOut(
  { entry, args }: Asked,
  { ui, reporter, fail }: Stage,
  scene: Scene,
  surroundings: Surroundings,
): Promise<ExitCode> {
  const [{ createContext }, command] = await Promise.all([import("./context.ts"), entry.load()]);
  const home = typeof args.flags.home === "string" ? args.flags.home : undefined;
  const whole: Context = createContext({
    env: args.flags.debugHttp === true ? { ...process.env, AINSTEIN_DEBUG_HTTP: "1" } : process.env,
    ...surroundings,
    cwd: process.cwd(),
    home,
    flags: args.flags,
    ui,
    emit: reporter.emit,
  });
  const told = await servicesTold(whole, scene);
  const context: Context = { ...whole, emit: told.emit };
  try {
    if (!hasHomeConfig(context)) return await command(context, args);
    const { watched } = await import("../commands/notifications/watch.ts");
    return await watched(context, scene, (own) => command(own, args), fail);
  } finally {
    await told.end();
    context.dispose();
  }
}

/** Services that asked for it are told what a command did. Where none can have, nothing is loaded. */
async function servicesTold(context: Context, { command, looks }: Scene) {
  const nobody = { emit: context.emit, end: async () => {} };
  const { DATABASE } = await import("../store/db.ts");
  if (looks || !existsSync(join(context.home, DATABASE))) return nobody;
  return (await import("../commands/services/heard.ts")).listening(context, command);
}

/** Known before anything is parsed, because a command line that cannot be parsed is reported as JSON too. */
function saysJson(argv: readonly string[]): boolean {
  const variable = (process.env.AINSTEIN_JSON ?? "").toLowerCase();
  return argv.includes("--json") || ["1", "true", "yes", "on"].includes(variable);
}
