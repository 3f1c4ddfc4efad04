// Completion as the shells themselves do it. zsh and fish are tried where they are installed.
import { execFile, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { spawn } from "node-pty";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openStore } from "../../src/store/db.ts";
import { createRun } from "../../src/store/runs.ts";
import { PROGRAM, runProgram } from "./program.ts";

const without = (shell: string) => spawnSync(shell, ["--version"]).error !== undefined;

let dir = "";
let env: Record<string, string> = {};

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "completion-"));
  for (const name of ["bin", "home", "root/posts", "root/the day", "elsewhere"])
    mkdirSync(join(dir, name), { recursive: true });
  const shim = `#!/bin/sh\nexec "${process.execPath}" "${PROGRAM}" "$@"\n`;
  writeFileSync(join(dir, "bin/ainstein-cms"), shim, { mode: 0o755 });
  writeFileSync(join(dir, "root/ainstein.yaml"), "targets: [acme-shop, acme-blog]\n");
  for (const file of ["posts/rye bread.md", "the day/so it's.md", "-dash.md"])
    writeFileSync(join(dir, "root", file), "# Rye\n");
  const connection = (url: string) => JSON.stringify({ platform: "local", url });
  env = {
    PATH: `${join(dir, "bin")}:${process.env.PATH}`,
    HOME: dir,
    TERM: "dumb",
    LANG: "C.UTF-8",
    AINSTEIN_HOME: join(dir, "home"),
    AINSTEIN_CONNECTION_ACME_SHOP: connection("/shop"),
    AINSTEIN_CONNECTION_ACME_BLOG: connection("/blog"),
    AINSTEIN_CONNECTION_BAKERY: connection("/bakery"),
  };
  const store = openStore(join(dir, "home"));
  createRun(store, {
    id: "1a2b3c4d-0000-4000-8000-000000000000",
    command: "push",
    target: "acme-shop",
    site: "s",
    root: "/r",
    startedAt: "2026-01-31T09:30:00.000Z",
    pid: 1,
    host: "h",
  });
  store.close();
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** Types each beginning at an interactive shell and presses Tab; what then stands on the line. */
async function completed(
  shell: string,
  args: readonly string[],
  setUp: string,
  lines: readonly string[],
): Promise<readonly string[]> {
  const pty = spawn(shell, [...args], { cols: 200, rows: 30, cwd: join(dir, "root"), env });
  let text = "";
  pty.onData((data) => {
    text += data;
  });
  const until = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (let round = 0; round < 1500; round++) {
      const found = pattern.exec(text);
      if (found !== null) return found;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`${pattern} is not in ${JSON.stringify(text)}`);
  };
  try {
    pty.write(`${setUp}; echo "rea""dy"\r`);
    await until(/ready/);
    const shown: string[] = [];
    for (const line of lines) {
      text = "";
      // Control-A and Control-E go to both ends of the line, to print it as the shell would pass it on.
      pty.write(`${line}\t\u0001printf '<%s>' \u0005; echo '<en''d>'\r`);
      const [, words = ""] = await until(/((?:<[^<>]*>)+)<end>/);
      shown.push(words);
    }
    return shown;
  } finally {
    pty.kill("SIGKILL");
  }
}

/** What was typed, and what of it the Tab key makes, as arguments. */
const TYPED: readonly (readonly [string, string])[] = [
  ["ainstein-cms connecti", "<ainstein-cms><connections>"],
  ["ainstein-cms push --commit", "<ainstein-cms><push><--commit-lockfile>"],
  ["ainstein-cms push --target acme-s", "<ainstein-cms><push><--target><acme-shop>"],
  ["ainstein-cms push --target=acme-b", "<ainstein-cms><push><--target=acme-blog>"],
  ["ainstein-cms connections show ba", "<ainstein-cms><connections><show><bakery>"],
  ["ainstein-cms runs undo 1a", "<ainstein-cms><runs><undo><1a2b3c4d>"],
  ["ainstein-cms push posts/ry", "<ainstein-cms><push><posts/rye bread.md>"],
  ["ainstein-cms push the\\ day/so", "<ainstein-cms><push><the day/so it's.md>"],
  ["ainstein-cms push --report=the\\ day/so", "<ainstein-cms><push><--report=the day/so it's.md>"],
  ["ainstein-cms push -- -d", "<ainstein-cms><push><--><-dash.md>"],
  ["ainstein-cms help exi", "<ainstein-cms><help><exit-codes>"],
];
const LINES = TYPED.map(([line]) => line);
const WANTED = TYPED.map(([, words]) => words);

it("bash completes commands, flags, names and files", async () => {
  const setUp = 'bind "set bell-style none"; eval "$(ainstein-cms completion bash)"; export AINSTEIN_JSON=1';
  expect(await completed("bash", ["--norc", "--noprofile", "-i"], setUp, LINES)).toEqual(WANTED);
});

describe.skipIf(without("zsh"))("zsh", () => {
  it("completes commands, flags, names and files", async () => {
    const setUp = `unsetopt beep; eval "$(ainstein-cms completion zsh)"; export AINSTEIN_JSON=1`;
    expect(await completed("zsh", ["-f", "-i"], setUp, LINES)).toEqual(WANTED);
  });

  it("does so time and again from a file in a directory of functions", async () => {
    const functions = join(dir, "functions");
    mkdirSync(functions);
    writeFileSync(join(functions, "_ainstein-cms"), (await runProgram(["completion", "zsh"], { env })).out);
    const setUp = `unsetopt beep; fpath+=("${functions}"); autoload -Uz compinit && compinit -u`;
    const some = [0, 3].map((index) => LINES[index] ?? "");
    expect(await completed("zsh", ["-f", "-i"], setUp, some)).toEqual([WANTED[0], WANTED[3]]);
  });
});

describe.skipIf(without("fish"))("fish", () => {
  it("completes commands, flags, names and files, and says what they are", async () => {
    const script = `ainstein-cms completion fish | source; for line in $argv; complete -C "$line"; echo "<end>"; end`;
    const { stdout } = await promisify(execFile)("fish", ["--no-config", "-c", script, ...LINES], {
      cwd: join(dir, "root"),
      env,
    });
    const offered = stdout.split("<end>\n").map((part) => part.split("\n")[0]);
    expect(offered.slice(0, -1)).toEqual([
      "connections\tlist, test and change connections",
      "--commit-lockfile\tcommit ainstein.lock, and nothing else, to git afterwards",
      "acme-shop\tfrom the environment",
      "--target=acme-blog\tfrom the environment",
      "bakery\tfrom the environment",
      "1a2b3c4d\tpush acme-shop 2026-01-31 09:30",
      "posts/rye bread.md",
      "the day/so it's.md",
      "--report=the day/so it's.md",
      "-dash.md",
      "exit-codes\twhat a script is told",
    ]);
  });
});

describe("the words that shells ask for", () => {
  const words = async (cwd: string, ...typed: readonly string[]) => {
    const args = ["completion", "words", "--", ...typed];
    const { code, out, err } = await runProgram(args, {
      cwd: join(dir, cwd),
      env,
    });
    expect({ code, err }).toEqual({ code: 0, err: "" });
    return out.split("\n").flatMap((line) => (line === "" ? [] : [line.split("\t")[0]]));
  };

  it("are the targets of the root at hand with `all`, elsewhere every connection", async () => {
    expect(await words("root", "push", "--target", "")).toEqual(["acme-shop", "acme-blog", "all"]);
    expect(await words("elsewhere", "push", "--target", "")).toEqual(["acme-blog", "acme-shop", "bakery"]);
  });

  it("are the same when a script asks, which is answered with less loaded", async () => {
    for (const typed of [["pu"], ["push", ""], ["push", "--target", ""]]) {
      const args = ["completion", "words", "--", ...typed];
      const cwd = join(dir, "root");
      const asked = await runProgram(args, { cwd, env: { ...env, AINSTEIN_JSON: "0" } });
      expect(asked).toEqual(await runProgram(args, { cwd, env }));
      expect(asked.out).not.toBe("");
    }
  });

  it("are none, without a complaint, where a file cannot be read", async () => {
    writeFileSync(join(dir, "elsewhere/ainstein.yaml"), "targets: [");
    expect(await words("elsewhere", "push", "--target", "")).toEqual([]);
    rmSync(join(dir, "elsewhere/ainstein.yaml"));
  });

  it("make no installation where there is none", async () => {
    const home = join(dir, "none");
    const args = ["completion", "words", "--", "runs", "undo", ""];
    expect(await runProgram(args, { env: { AINSTEIN_HOME: home } })).toEqual({ code: 0, out: "", err: "" });
    expect(existsSync(home)).toBe(false);
  });
});

it("without the name of a shell is a mistake that names the three", async () => {
  const { code, err } = await runProgram(["completion"], { env: { HOME: dir } });
  expect(code).toBe(2);
  expect(err).toContain("ainstein-cms completion bash|zsh|fish");
});
