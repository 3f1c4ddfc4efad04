import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createContext } from "../../src/cli/context.ts";
import type { Command } from "../../src/commands/context.ts";
import type { Event } from "../../src/engine/events.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { Fault } from "../../src/lib/fault.ts";
import type { Ui } from "../../src/report/ui.ts";

/** What a person or a pipe gives to one command. */
export interface Manner {
  readonly stdin?: string;
  /** Answers to prompts in order; without them nobody can be asked. */
  readonly answers?: readonly (string | boolean)[];
  /** Called with each line on stderr, as a person reads it. */
  readonly onNote?: (line: string) => void;
  readonly flags?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export interface Ran {
  readonly exit: number;
  readonly out: string;
  readonly notes: string;
  readonly questions: readonly string[];
  readonly records: readonly Readonly<Record<string, unknown>>[];
  readonly events: readonly Event[];
  /** Everything that was shown anywhere. */
  readonly all: string;
}

/** A machine of an operator: a home of its own, and commands called as the command line would. */
export interface Operator {
  readonly home: string;
  readonly cwd: string;
  run(command: Command, positionals: readonly string[], manner?: Manner): Promise<Ran>;
  remove(): void;
}

export function createOperator(): Operator {
  const cwd = mkdtempSync(join(tmpdir(), "ainstein-operator-"));
  const home = join(cwd, "home");
  return {
    home,
    cwd,
    async run(command, positionals, manner = {}) {
      const shown = { out: [] as string[], notes: [] as string[], questions: [] as string[] };
      const records: Record<string, unknown>[] = [];
      const events: Event[] = [];
      const context = createContext({
        env: { AINSTEIN_KEY: Buffer.alloc(32, 7).toString("base64"), ...manner.env },
        cwd,
        home,
        flags: {},
        version: "0.0.0",
        clock: systemClock,
        ui: scripted(manner, shown, records),
        emit: (event) => events.push(event),
        signal: manner.signal ?? new AbortController().signal,
      });
      try {
        const exit = await command(context, { positionals, flags: manner.flags ?? {} });
        const [out, notes] = [shown.out.join("\n"), shown.notes.join("\n")];
        const all = [out, notes, JSON.stringify(records), JSON.stringify(events)].join("\n");
        return { exit, out, notes, questions: shown.questions, records, events, all };
      } finally {
        context.dispose();
      }
    },
    remove: () => rmSync(cwd, { recursive: true, force: true }),
  };
}

function scripted(
  manner: Manner,
  shown: { out: string[]; notes: string[]; questions: string[] },
  records: Record<string, unknown>[],
): Ui {
  const answers = [...(manner.answers ?? [])];
  const ask = async <T>(question: string, instead: string): Promise<T> => {
    shown.questions.push(question);
    const answer = answers.shift();
    if (answer !== undefined) return answer as T;
    throw new Fault("usage", `nobody can be asked "${question}"`, {
      code: "no-terminal",
      hint: `Pass ${instead}.`,
    });
  };
  return {
    interactive: manner.answers !== undefined,
    json: false,
    colour: false,
    terminal: false,
    columns: 80,
    out: (line) => void shown.out.push(line),
    note: (line) => {
      shown.notes.push(line);
      manner.onNote?.(line);
    },
    record: (value) => void records.push(value),
    confirm: (question, instead) => ask(question, instead),
    input: (question, instead) => ask(question, instead),
    secret: (question, instead) => ask(question, instead),
    select: (question, _, instead) => ask(question, instead),
    calm: () => {},
    attend: async () => undefined,
    stdin: async () => manner.stdin ?? "",
  };
}
