import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createKeychain } from "../../src/auth/keychain.ts";
import { createVault } from "../../src/auth/vault.ts";
import type { Command, Context } from "../../src/commands/context.ts";
import type { DocumentResult, Event, Summary } from "../../src/engine/events.ts";
import { type Clock, systemClock } from "../../src/lib/clock.ts";
import { asFault, Fault } from "../../src/lib/fault.ts";
import type { Ui } from "../../src/report/ui.ts";
import { openStore, type Store } from "../../src/store/db.ts";
import type { Plan } from "../../src/sync/plan.ts";

export const KEY = Buffer.alloc(32, 7).toString("base64");

/** A machine of an operator: a home, a content directory, and commands called as the command line would. */
export interface Bench {
  readonly root: string;
  readonly home: string;
  env: Record<string, string>;
  answers: boolean[];
  clock: Clock;
  signal: AbortSignal;
  write(path: string, text: string | Uint8Array): void;
  read(path: string): string;
  git(...args: string[]): string;
  run(
    command: Command,
    positionals?: readonly string[],
    flags?: Readonly<Record<string, unknown>>,
  ): Promise<Ran>;
  /** Another machine: its own home, the given content directory. */
  elsewhere(root?: string): Bench;
}

export interface Ran {
  readonly exit: number;
  readonly events: readonly Event[];
  readonly plan: Plan;
  readonly results: readonly DocumentResult[];
  readonly summary: Summary;
  readonly fault: Fault | undefined;
  readonly out: readonly string[];
}

const dirs: string[] = [];

export function tempDir(label: string): string {
  const dir = mkdtempSync(join(tmpdir(), `ainstein-${label}-`));
  dirs.push(dir);
  return dir;
}

export function removeTempDirs(): void {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
}

export function bench(given?: {
  readonly root?: string;
  readonly home?: string;
  readonly env?: Record<string, string>;
}): Bench {
  const root = given?.root ?? tempDir("root");
  const home = given?.home ?? join(tempDir("home"), "home");
  const self: Bench = {
    root,
    home,
    env: { PATH: process.env.PATH ?? "", AINSTEIN_KEY: KEY, ...given?.env },
    answers: [],
    clock: systemClock,
    signal: new AbortController().signal,
    write: (path, text) => {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    },
    read: (path) => readFileSync(join(root, path), "utf8"),
    git: (...args) =>
      execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.test", ...args], {
        cwd: root,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "pipe"],
      }),
    run: (command, positionals = [], flags = {}) => call(self, command, positionals, flags),
    elsewhere: (other) => bench({ root: other ?? root, env: self.env }),
  };
  return self;
}

async function call(
  self: Bench,
  command: Command,
  positionals: readonly string[],
  flags: Readonly<Record<string, unknown>>,
): Promise<Ran> {
  const events: Event[] = [];
  const out: string[] = [];
  const { context, dispose } = contextOf(self, events, out);
  let exit = 0;
  let fault: Fault | undefined;
  try {
    exit = await command(context, { positionals, flags: { yes: true, ...flags } });
  } catch (thrown) {
    fault = asFault(thrown);
    exit = -1;
    if (fault.kind === "defect") throw thrown;
  } finally {
    dispose();
  }
  const pick = <T extends Event["type"]>(type: T) =>
    events.filter((event): event is Extract<Event, { type: T }> => event.type === type);
  return {
    exit,
    events,
    out,
    fault,
    plan: pick("plan").at(-1)?.plan as Plan,
    results: pick("result").map((event) => event.result),
    summary: pick("summary").at(-1)?.summary as Summary,
  };
}

function contextOf(self: Bench, events: Event[], out: string[]): { context: Context; dispose: () => void } {
  let store: Store | undefined;
  const opened = () => {
    store ??= openStore(self.home);
    return store;
  };
  const vault = createVault({
    store: opened,
    env: self.env,
    keychain: createKeychain({ env: self.env, attended: false }),
    notice: () => {},
  });
  const context: Context = {
    env: self.env,
    home: self.home,
    cwd: self.root,
    clock: self.clock,
    signal: self.signal,
    emit: (event) => events.push(event),
    ui: silentUi(self, out),
    version: "0.0.0",
    store: opened,
    vault: () => vault,
    dispose: () => {},
  };
  return {
    context,
    dispose: () => {
      vault.close();
      store?.close();
    },
  };
}

function silentUi(self: Bench, out: string[]): Ui {
  const refuse = (instead: string) =>
    new Fault("usage", `nobody can be asked`, { code: "no-terminal", hint: instead });
  return {
    interactive: self.answers.length > 0,
    terminal: false,
    json: false,
    colour: false,
    columns: 80,
    out: (line) => out.push(line),
    note: () => {},
    record: () => {},
    confirm: async (_question, instead) => {
      const answer = self.answers.shift();
      if (answer === undefined) throw refuse(instead);
      return answer;
    },
    input: async (_question, instead) => Promise.reject(refuse(instead)),
    secret: async (_question, instead) => Promise.reject(refuse(instead)),
    select: async (_question, _choices, instead) => Promise.reject(refuse(instead)),
    calm: () => {},
    attend: async () => undefined,
    stdin: async () => "",
  };
}
