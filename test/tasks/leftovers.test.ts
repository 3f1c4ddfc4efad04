// A task that is killed: what it had started ends, and nothing is left in the directory for temporary files.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, expect, test, vi } from "vitest";
import { isRunning } from "../../src/store/processes.ts";

const ROOT = dirname(fileURLToPath(new URL("../../package.json", import.meta.url)));
const DIR = mkdtempSync(join(tmpdir(), "ainstein-left-"));
const TEMPORARY = join(DIR, "tmp");
mkdirSync(TEMPORARY);

afterAll(() => rmSync(DIR, { recursive: true, force: true }));

/** A program of its own that has begun to work, and was then killed. What it said is returned. */
async function killed(contents: string): Promise<string> {
  const file = join(DIR, "works.mjs");
  const stdin = { contents, resolveDir: ROOT, loader: "ts" as const };
  const banner = {
    js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
  };
  const output = { platform: "node" as const, format: "esm" as const, banner, outfile: file };
  await build({ stdin, bundle: true, ...output, external: ["pg-native"] });
  const child = spawn("node", [file], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, TMPDIR: TEMPORARY },
  });
  const said = await new Promise<string>((resolve) =>
    child.stdout.once("data", (text) => resolve(String(text).trim())),
  );
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await ended;
  return said;
}

test("the copy that a drill works on is gone", async () => {
  mkdirSync(join(DIR, "made"));
  writeFileSync(join(DIR, "made", "schema.sql"), "SELECT 1;\n");
  const copy = await killed(`import { inCopy } from "./src/tasks/database/drill.ts";
    await inCopy(${JSON.stringify(join(DIR, "made"))}, async (copy) => {
      console.log(copy);
      await new Promise((resolve) => setTimeout(resolve, 60_000));
    });`);
  expect(dirname(copy)).toBe(TEMPORARY);
  await vi.waitFor(() => expect(readdirSync(TEMPORARY)).toEqual([]), { timeout: 20_000, interval: 50 });
});

test("an installation does not go on", async () => {
  const pid = await killed(`import { runTethered } from "./src/tasks/database/programs.ts";
    import { readFileSync } from "node:fs";
    const file = ${JSON.stringify(join(DIR, "pid"))};
    const words = ["sh", "-c", 'echo $$ >"$0"; exec sleep 60', file];
    void runTethered(words, { env: { PATH: process.env.PATH } });
    const look = setInterval(() => {
      try {
        const pid = readFileSync(file, "utf8");
        if (!pid.endsWith("\\n")) return;
        clearInterval(look);
        console.log(pid);
        setInterval(() => undefined, 1000);
      } catch {}
    }, 20);`);
  expect(Number(pid)).toBeGreaterThan(1);
  await vi.waitFor(() => expect(isRunning({ pid: Number(pid), startTime: "" })).toBe(false), {
    timeout: 20_000,
    interval: 50,
  });
});
