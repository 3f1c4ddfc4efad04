import { spawn } from "node:child_process";
import { Fault } from "../lib/fault.ts";
import { stopFault } from "../lib/stop.ts";
import { toJsonLine } from "../report/json.ts";
import type { Live } from "../report/progress.ts";
import type { Ui } from "../report/ui.ts";
import { createLive } from "./live.ts";

export interface Streams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

export interface Manner {
  readonly json: boolean;
  readonly noInput: boolean;
  readonly noColor: boolean;
}

export interface Terminal {
  readonly ui: Ui;
  /** Absent where there is no terminal to rewrite a line on. */
  readonly live: Live | undefined;
}

type Variables = Readonly<Record<string, string | undefined>>;

const MOST_STDIN = 1024 * 1024;
/** Choices shown at one time. */
const MOST_CHOICES = 9;

/** The real terminal. `signal` ends a prompt that is waiting. */
export function createTerminal(
  streams: Streams,
  manner: Manner,
  env: Variables,
  signal: AbortSignal,
): Terminal {
  const { stdin, stdout, stderr } = streams;
  const attended = !manner.json && !isSet(env.CI);
  const colour = wantsColour(streams, manner, env);
  // A terminal that nobody gave a size has no columns: no line on it can be rewritten.
  const rewrites = stderr.isTTY === true && stderr.columns !== 0 && env.TERM !== "dumb";
  const live = attended && rewrites ? createLive(stderr, colour) : undefined;
  const interactive = attended && !manner.noInput && stdin.isTTY === true && stderr.isTTY === true;
  const ask = prompter(interactive, stderr, signal, live);
  const ui: Ui = {
    interactive,
    json: manner.json,
    colour,
    terminal: stdout.isTTY === true,
    get columns() {
      return Math.max(20, stdout.columns ?? stderr.columns ?? 80);
    },
    out(line) {
      if (!manner.json) stdout.write(`${line}\n`);
    },
    note: (line) => void stderr.write(`${line}\n`),
    calm: () => live?.hide(),
    record(value) {
      if (manner.json) stdout.write(`${toJsonLine(value)}\n`);
    },
    confirm: (message, instead) =>
      ask(message, instead, (prompts, context) => prompts.confirm({ message, default: false }, context)),
    input: (message, instead, fallback) =>
      ask(message, instead, (prompts, context) =>
        prompts.input({ message, ...(fallback === undefined ? {} : { default: fallback }) }, context),
      ),
    secret: (message, instead) =>
      ask(message, instead, (prompts, context) => prompts.password({ message, mask: "*" }, context)),
    select: (message, choices, instead) =>
      ask(message, instead, (prompts, context) =>
        prompts.select({ message, choices, pageSize: MOST_CHOICES }, context),
      ),
    attend(command, file, childEnv) {
      const release = live?.hold();
      return runAttended(streams, command, file, childEnv).finally(release);
    },
    stdin: () => readAll(stdin),
  };
  return { ui, live };
}

/** As git runs an editor: the command through the shell, the file as one argument of its own. */
function runAttended(
  { stdin, stdout, stderr }: Streams,
  command: string,
  file: string,
  env: Variables,
): Promise<number | undefined> {
  const screen = stdout.isTTY === true ? stdout : stderr;
  const [program, args, shell] =
    process.platform === "win32"
      ? [`${command} "${file}"`, [], true]
      : ["sh", ["-c", `${command} "$@"`, command, file], false];
  return new Promise((resolve) => {
    const child = spawn(program, args, { env: { ...env }, shell, stdio: [stdin, screen, stderr] });
    child.once("error", () => resolve(undefined));
    child.once("exit", (status) => resolve(status ?? 1));
  });
}

/** NO_COLOR (no-color.org) and FORCE_COLOR as other tools read them; the flag wins over both. */
function wantsColour(streams: Streams, manner: Manner, env: Variables): boolean {
  if (manner.noColor || manner.json || isSet(env.NO_COLOR, true)) return false;
  if (env.FORCE_COLOR !== undefined) return isSet(env.FORCE_COLOR, true);
  return streams.stdout.isTTY === true && streams.stderr.isTTY === true && env.TERM !== "dumb";
}

/** `literal` takes every text but "0" and "" as set; otherwise "false" is off too. */
function isSet(value: string | undefined, literal = false): boolean {
  if (value === undefined || value === "" || value === "0") return false;
  return literal || value.toLowerCase() !== "false";
}

type Prompts = typeof import("@inquirer/prompts");
interface PromptContext {
  readonly output: NodeJS.WriteStream;
  readonly signal: AbortSignal;
}
type Ask = <T>(
  question: string,
  instead: string,
  prompt: (prompts: Prompts, context: PromptContext) => Promise<T>,
) => Promise<T>;

/** Prompts go to stderr, so that a result on stdout can be piped while somebody answers. */
function prompter(
  interactive: boolean,
  output: NodeJS.WriteStream,
  signal: AbortSignal,
  live: Live | undefined,
): Ask {
  return async (question, instead, prompt) => {
    if (!interactive) {
      throw new Fault("usage", `nobody can be asked "${question}"`, {
        code: "no-terminal",
        hint: `Pass ${instead}.`,
      });
    }
    const release = live?.hold();
    try {
      const prompts = await import("@inquirer/prompts");
      return await prompt(prompts, { output, signal });
    } catch (thrown) {
      if (!(thrown instanceof Error) || !/^(Exit|Abort|Cancel)PromptError$/.test(thrown.name)) throw thrown;
      throw stopFault(signal, "interrupted before it was answered");
    } finally {
      release?.();
    }
  };
}

async function readAll(stdin: NodeJS.ReadStream): Promise<string> {
  if (stdin.isTTY === true) {
    throw new Fault("usage", "standard input is a terminal, so there is nothing to read from it", {
      code: "no-stdin",
      hint: "Pipe the value in, e.g. `pass show client | ainstein-cms …`.",
    });
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    const bytes = Buffer.from(chunk as Uint8Array);
    size += bytes.byteLength;
    if (size > MOST_STDIN) throw new Fault("usage", "standard input holds more than 1 MiB");
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString("utf8");
}
