// docs/tour.md is typed into a shell on a terminal, line by line, and prints what the page shows.
import { chmodSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { spawn } from "node-pty";
import { afterAll, expect, it } from "vitest";
import { PROGRAM } from "./cli/program.ts";
import { KEY, removeTempDirs, tempDir } from "./commands/bench.ts";
import { plain, type Step, steps } from "./transcript.ts";

afterAll(removeTempDirs);

/** Printed after each step; stands in no output. */
const END = "\x1e";
/** Of the page, to be replaced by free ones. */
const PORTS = ["8455", "8456", "8787"];
/** The directory of the page, as its reader has it. */
const DAY = "/home/sam/day";

async function freePorts(count: number): Promise<readonly string[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, "127.0.0.1");
      await new Promise((resolve) => server.once("listening", resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => String((server.address() as { port: number }).port));
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** What is typed, for a shell without job control that does not wait like a person does. */
function scriptOf(typed: readonly Step[]): string {
  let jobs = 0;
  const parts = typed.map(({ command }) => {
    if (command === "# two seconds later") return until("grep -q noted ../hooks.txt");
    const log = /> (\S+) &$/.exec(command)?.[1];
    if (log === undefined) return command.replace(/^kill %(\d)$/, "kill $job$1");
    jobs += 1;
    return `${command}\njob${jobs}=$!\n${until(`[ -s ${log} ]`)}`;
  });
  const kills = Array.from({ length: jobs }, (_, at) => `$job${at + 1}`).join(" ");
  const ended = `\n_code=$?; printf '${END}'; (exit $_code)\n`;
  return `trap 'kill ${kills} 2>/dev/null' EXIT\n${parts.map((part) => part + ended).join("")}`;
}

function until(test: string): string {
  return `_n=0; until ${test} || [ $_n = 300 ]; do _n=$((_n + 1)); sleep 0.1; done`;
}

/** What each step printed, on a wide terminal where nobody can be asked. */
async function typedInto(dir: string, script: string): Promise<readonly string[]> {
  const bin = join(dir, "bin");
  mkdirSync(bin);
  writeFileSync(join(bin, "ainstein-cms"), `#!/bin/sh\nexec "${process.execPath}" "${PROGRAM}" "$@"\n`);
  chmodSync(join(bin, "ainstein-cms"), 0o755);
  writeFileSync(join(dir, "script.sh"), script);
  const pty = spawn("sh", ["-c", `exec sh ${join(dir, "script.sh")} </dev/null`], {
    ...{ cols: 250, rows: 50, name: "dumb", cwd: dir },
    env: {
      ...{ PATH: `${bin}:${process.env.PATH}`, HOME: dir, TERM: "dumb", LANG: "C.UTF-8" },
      ...{ AINSTEIN_KEY: KEY, NO_COLOR: "1" },
    },
  });
  let text = "";
  pty.onData((data) => {
    text += data;
  });
  await new Promise((resolve) => pty.onExit(resolve));
  return text.replaceAll("\r\n", "\n").split(END);
}

/** As the page has it: without what differs from day to day and from machine to machine. */
function told(command: string, text: string): string {
  const lines = plain(text)
    .replaceAll(`${userInfo().username}@${hostname()}`, "sam@desk")
    .replace(/\b20\d\d-\d\d-\d\d\b/g, "DATE")
    .replace(/\b[0-9a-f]{8}\b/g, "RUN")
    .replace(/\bwhsec_\S+/g, "SECRET")
    .replace(/\b\d+ rows\b/g, "N")
    .replace(/ {2,}/g, "  ")
    .split("\n");
  // Sites are worked on side by side: whose lines come first is chance.
  return `$ ${command}\n${(/--target.*--target|--target all|runs list/.test(command) ? lines.sort() : lines).join("\n")}`;
}

it("the tour prints, step by step, what its page shows", async () => {
  const page = steps(readFileSync(new URL("../docs/tour.md", import.meta.url), "utf8"));
  for (const part of ["connect", "publish", "resolve", "webhooks serve", "runs undo", "doctor", "metrics"]) {
    expect(page.some(({ command }) => command.includes(`ainstein-cms ${part}`))).toBe(true);
  }
  const dir = realpathSync(tempDir("tour"));
  const ports = await freePorts(PORTS.length);
  const script = PORTS.reduce((text, port, at) => text.replaceAll(port, ports[at] ?? ""), scriptOf(page));
  const printed = (await typedInto(dir, script)).map((text) =>
    PORTS.reduce((shown, port, at) => shown.replaceAll(ports[at] ?? "", port), text).replaceAll(
      join(dir, "day"),
      DAY,
    ),
  );
  const actual = page.map(({ command }, at) => told(command, printed[at] ?? "(nothing: the shell ended)"));
  expect(actual.join("\n")).toBe(page.map(({ command, shown }) => told(command, shown)).join("\n"));
}, 300_000);
