import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTerminal, type Streams } from "../../src/cli/terminal.ts";
import { displayWidth } from "../../src/report/width.ts";
import { onTerminal } from "./pseudo-terminal.ts";

const ESC = "\u001b";
const cache = fileURLToPath(new URL("../../.cache", import.meta.url));
let dir = "";
let program = "";

beforeAll(async () => {
  mkdirSync(cache, { recursive: true });
  dir = mkdtempSync(join(cache, "rehearsal-"));
  program = join(dir, "rehearsal.mjs");
  await build({
    entryPoints: [fileURLToPath(new URL("rehearsal.ts", import.meta.url))],
    outfile: program,
    bundle: true,
    format: "esm",
    platform: "node",
    packages: "external",
  });
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** The same without a terminal. */
function piped(
  args: readonly string[],
  input = "",
): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [program, ...args], { env: { PATH: process.env.PATH } });
    let out = "";
    let err = "";
    child.stdout.on("data", (data) => {
      out += String(data);
    });
    child.stderr.on("data", (data) => {
      err += String(data);
    });
    child.stdin.end(input);
    child.on("close", (code) => resolve({ code, out, err }));
  });
}

describe("prompts", () => {
  it("take their answers from a terminal and never show a secret", async () => {
    const session = onTerminal([program, "prompts"]);
    await session.until(/Name of the connection/);
    session.type("\r");
    await session.until(/name=wp[\s\S]*Password/);
    session.type("hunter22\r");
    await session.until(/secret=8[\s\S]*State/);
    session.type("\u001b[B\r");
    await session.until(/state=live[\s\S]*Go on\?/);
    session.type("\r");
    await session.until(/sure=false/);
    expect(await session.exit).toBe(0);
    expect(session.text()).not.toContain("hunter22");
  });

  it("end with an interruption at Ctrl-C", async () => {
    const session = onTerminal([program, "prompts"]);
    await session.until(/Name of the connection/);
    session.type("\u0003");
    expect(await session.exit).toBe(9);
    expect(session.text()).toContain("fault interrupted");
  });

  it.each([
    ["in a pipe", []],
    ["with --no-input", ["--no-input"]],
    ["with --json", ["--json"]],
  ])("refuse %s, naming what to pass instead", async (_, flags) => {
    const { code, out, err } = await piped(["prompts", ...flags], "y\ny\n");
    expect(code).toBe(9);
    expect(out).toBe("");
    expect(err).toContain('fault usage: nobody can be asked "Name of the connection" / Pass --name <name>.');
  });

  it("refuse on a terminal with --no-input or CI=true", async () => {
    const flagged = onTerminal([program, "prompts", "--no-input"]);
    expect(await flagged.exit).toBe(9);
    const inCi = onTerminal([program, "prompts"], { env: { CI: "true" } });
    expect(await inCi.exit).toBe(9);
    expect(inCi.text()).toContain("nobody can be asked");
  });
});

describe.concurrent("progress", () => {
  it.each([20, 40, 80, 200])("stays on one line of %i columns", async (columns) => {
    const session = onTerminal([program, "progress"], { columns });
    expect(await session.exit).toBe(0);
    const frames = session.text().split(new RegExp(`[\\r\\n]|${ESC}\\[1G`));
    const widths = frames.map((frame) => displayWidth(stripVTControlCharacters(frame)));
    expect(frames.filter((frame) => frame.includes("writing")).length).toBeGreaterThan(3);
    expect(Math.max(...widths)).toBeLessThanOrEqual(Math.max(columns, "warning: half of it is done".length));
    expect(session.text()).not.toContain("\u001b[1A");
    expect(session.text()).toContain("half of it is done");
    expect(session.text()).toContain("\u001b[?25h");
  });

  it("is without colours with NO_COLOR and --no-color, and coloured otherwise", async () => {
    const sgr = new RegExp(`${ESC}\\[3\\dm`);
    const colourful = onTerminal([program, "progress"]);
    const byVariable = onTerminal([program, "progress"], { env: { NO_COLOR: "1" } });
    const byFlag = onTerminal([program, "progress", "--no-color"], { env: { FORCE_COLOR: "1" } });
    await Promise.all([colourful.exit, byVariable.exit, byFlag.exit]);
    expect(colourful.text()).toMatch(sgr);
    expect(byVariable.text()).not.toMatch(sgr);
    expect(byFlag.text()).not.toMatch(sgr);
  });

  it("is plain in a pipe", async () => {
    const { code, out, err } = await piped(["progress"]);
    expect(code).toBe(0);
    expect(out).toBe("");
    expect(err).not.toContain("\u001b");
    expect(err).toContain("warning: half of it is done");
  });
});

describe("Ctrl-C", () => {
  it("lets the step in flight finish first", async () => {
    const session = onTerminal([program, "long", "--obey"]);
    await session.until(/begun/);
    session.type("\u0003");
    expect(await session.exit).toBe(9);
    expect(session.text()).toContain("Finishing the step in flight");
  });

  it("ends at once with 130 the second time, the cursor shown again", async () => {
    const session = onTerminal([program, "long"]);
    await session.until(/writing/);
    session.type("\u0003");
    await session.until(/Finishing the step in flight/);
    session.type("\u0003");
    expect(await session.exit).toBe(130);
    expect(session.text().lastIndexOf("\u001b[?25h")).toBeGreaterThan(
      session.text().lastIndexOf("\u001b[?25l"),
    );
  });
});

it.each([
  [80, true],
  [0, false],
])("a terminal of %i columns has a line that is rewritten: %s", (columns, rewritten) => {
  const stream = { isTTY: true, columns, write: () => true };
  const streams = { stdin: stream, stdout: stream, stderr: stream } as unknown as Streams;
  const manner = { json: false, noInput: false, noColor: false };
  const { live } = createTerminal(streams, manner, {}, new AbortController().signal);
  expect(live !== undefined).toBe(rewritten);
});
