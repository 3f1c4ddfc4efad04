import { EXIT, type ExitCode, exitOf } from "../lib/exit.ts";
import { asFault, Fault } from "../lib/fault.ts";
import { faultLines } from "../report/fault.ts";
import { errorLine, toJsonLine } from "../report/json.ts";
import { painter } from "../report/style.ts";
import { parseCommandLine } from "./program.ts";
import { flushed, tolerateClosedPipes } from "./signals.ts";

/** Runs one command line and ends the process with its exit code. Never returns. */
export async function run(argv: readonly string[], version: string): Promise<never> {
  tolerateClosedPipes();
  const end = async (code: ExitCode): Promise<never> => {
    await flushed();
    process.exit(code);
  };
  const fail = (thrown: unknown): Promise<never> => end(reportFailure(thrown, argv));
  process.on("uncaughtException", (thrown) => void fail(thrown));
  process.on("unhandledRejection", (thrown) => void fail(thrown));
  try {
    return await end(await carryOut(argv, version));
  } catch (thrown) {
    return fail(thrown);
  }
}

async function carryOut(argv: readonly string[], version: string): Promise<ExitCode> {
  const columns = Math.min(100, Math.max(40, process.stdout.columns ?? 80));
  const invocation = parseCommandLine(argv, process.env, version, columns);
  if ("print" in invocation) {
    const stream = invocation.exit === EXIT.done ? process.stdout : process.stderr;
    stream.write(invocation.print);
    return invocation.exit;
  }
  throw new Fault("defect", "no command can be loaded");
}

/** What could not be caught nearer to its cause. A stack is shown only to who asks for it. */
function reportFailure(thrown: unknown, argv: readonly string[]): ExitCode {
  const fault = asFault(thrown);
  if (argv.includes("--json")) process.stdout.write(`${toJsonLine(errorLine(fault, undefined))}\n`);
  else for (const line of faultLines(fault, undefined, painter(false))) process.stderr.write(`${line}\n`);
  return exitOf(fault.kind);
}
