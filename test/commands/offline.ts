import type { Args, Command, Context, Environment } from "../../src/commands/context.ts";
import { systemClock } from "../../src/lib/clock.ts";
import type { ExitCode } from "../../src/lib/exit.ts";
import { Fault } from "../../src/lib/fault.ts";

export interface Outcome {
  readonly exit: ExitCode;
  /** stdout */
  readonly out: readonly string[];
  /** stderr */
  readonly notes: readonly string[];
  readonly records: readonly Readonly<Record<string, unknown>>[];
}

/** Runs a command that must need neither store nor vault: touching one fails the test. */
export async function runOffline(
  command: Command,
  cwd: string,
  args: Partial<Args> = {},
  manner: { readonly json?: boolean; readonly answers?: readonly boolean[]; readonly env?: Environment } = {},
): Promise<Outcome> {
  const out: string[] = [];
  const notes: string[] = [];
  const records: Readonly<Record<string, unknown>>[] = [];
  const answers = [...(manner.answers ?? [])];
  const json = manner.json ?? false;
  const never = (): never => {
    throw new Error("an offline command opened the store or the vault");
  };
  const refuse = async (_question: string, instead: string): Promise<never> => {
    throw new Fault("usage", `nobody can be asked; pass ${instead}`);
  };
  const context: Context = {
    env: manner.env ?? {},
    home: "/nowhere",
    cwd,
    clock: systemClock,
    signal: new AbortController().signal,
    emit: never,
    ui: {
      interactive: manner.answers !== undefined,
      json,
      terminal: false,
      colour: false,
      columns: 80,
      out: (line) => {
        if (!json) out.push(line);
      },
      note: (line) => notes.push(line),
      record: (value) => {
        if (json) records.push(JSON.parse(JSON.stringify(value)) as Readonly<Record<string, unknown>>);
      },
      confirm: async (question, instead) => answers.shift() ?? refuse(question, instead),
      input: refuse,
      secret: refuse,
      select: (question, _choices, instead) => refuse(question, instead),
      calm: () => {},
      attend: async () => undefined,
      stdin: never,
    },
    version: "0.0.0",
    store: never,
    vault: never,
    dispose: () => {},
  };
  const exit = await command(context, { positionals: [], flags: {}, ...args });
  return { exit, out, notes, records };
}
