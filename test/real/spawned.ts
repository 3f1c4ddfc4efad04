// The built program as an operator starts it, which may be killed at any moment.
import { type ChildProcess, spawn } from "node:child_process";
import { PROGRAM } from "../cli/program.ts";
import { KEY } from "../commands/bench.ts";

export interface Ended {
  readonly code: number | null;
  readonly summary: Readonly<Record<string, unknown>>;
  readonly out: string;
}

export interface Machine {
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Of one connection, `site`, that comes from the environment. */
export function machine(connection: Readonly<Record<string, unknown>>, root: string, home: string): Machine {
  return {
    root,
    env: { AINSTEIN_HOME: home, AINSTEIN_KEY: KEY, AINSTEIN_CONNECTION_SITE: JSON.stringify(connection) },
  };
}

const children: ChildProcess[] = [];

/** To be called at the end of a test file. */
export function killAll(): void {
  for (const child of children) child.kill("SIGKILL");
}

/** Runs the program; `watch` is given what kills it. */
export function start(
  { root, env }: Machine,
  command: readonly string[],
  watch: (kill: () => void) => void = () => {},
): Promise<Ended> {
  return new Promise((resolve) => {
    const words = [PROGRAM, ...command, ".", "--target", "site", "--yes", "--json"];
    const child = spawn(process.execPath, words, { cwd: root, env: { PATH: process.env.PATH, ...env } });
    children.push(child);
    watch(() => void child.kill("SIGKILL"));
    let out = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      out += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      out += text;
    });
    child.on("close", (code) => {
      const lines = out.split("\n").filter((line) => line.startsWith("{"));
      const records = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
      resolve({ code, out, summary: records.findLast((record) => record.type === "summary") ?? {} });
    });
  });
}
