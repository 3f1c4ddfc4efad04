import { spawn } from "node:child_process";
import { PROGRAM } from "../cli/program.ts";
import { KEY } from "../commands/bench.ts";
import type { Operator } from "./platforms.ts";

/**
 * Runs a command as a process of its own and kills it (SIGKILL) when its n-th change is under way: the site carries it
 * out, the program never learns of it. Resolves once it is dead; `killed` is false where it came to its end first.
 */
export function killedDuring(
  { site, root, home, env }: Operator,
  command: "publish" | "push",
  n: number,
): Promise<{ readonly killed: boolean; readonly said: string }> {
  return new Promise((resolve) => {
    const words = [PROGRAM, command, ".", "--target", "site", "--yes", "--json"];
    const child = spawn(process.execPath, words, {
      cwd: root,
      env: { ...env, AINSTEIN_HOME: home, AINSTEIN_KEY: KEY },
    });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        said += text;
      });
    }
    site.onWrite(n, () => child.kill("SIGKILL"));
    child.on("close", (_, signal) => resolve({ killed: signal === "SIGKILL", said }));
  });
}
