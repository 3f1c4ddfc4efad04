import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The built program, as an installation starts it. */
export const PROGRAM = fileURLToPath(new URL("../../bin/ainstein-cms.js", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs it, or another installation of it, without a terminal. The environment is only what is given, plus PATH. */
export function runProgram(
  args: readonly string[],
  options: { env?: Record<string, string>; input?: string; cwd?: string; program?: string } = {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [options.program ?? PROGRAM, ...args], {
      env: { PATH: process.env.PATH, ...options.env },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    let out = "";
    let err = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      out += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      err += text;
    });
    child.stdin.on("error", () => {});
    child.stdin.end(options.input ?? "");
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, out, err }));
  });
}
