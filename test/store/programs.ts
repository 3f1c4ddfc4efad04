import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { buildSync } from "esbuild";
import { afterAll } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const made: string[] = [];

afterAll(() => {
  for (const dir of made.splice(0)) rmSync(dir, { recursive: true, force: true });
});

/** A directory (0700) that is gone after the test file. */
export function tempDir(): string {
  const dir = mkdtempSync(join(tmpdir(), "ainstein-test-"));
  made.push(dir);
  return dir;
}

/** Bundles a TypeScript program as the build does, so that a process of its own can run it. Returns its path. */
export function bundleProgram(source: string, options: { readonly packages?: boolean } = {}): string {
  const dir = tempDir();
  if (options.packages !== false) symlinkSync(join(ROOT, "node_modules"), join(dir, "node_modules"));
  const outfile = join(dir, basename(source).replace(/\.ts$/, ".mjs"));
  buildSync({
    entryPoints: [join(ROOT, source)],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    packages: "external",
  });
  return outfile;
}

/** Runs a program to its end and returns the lines it printed; a failure rejects with its stderr. */
export async function linesOf(program: string, ...args: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...args]);
  return stdout.trim().split("\n");
}

/** Starts a program and waits for its first line. */
export async function startProgram(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly child: ChildProcess; readonly lines: string[] }> {
  const child = spawn(process.execPath, [program, ...args], { env, stdio: ["ignore", "pipe", "inherit"] });
  const lines: string[] = [];
  await new Promise<void>((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`ended early with ${code}`)));
    createInterface({ input: child.stdout }).on("line", (line) => {
      lines.push(line);
      resolve();
    });
  });
  return { child, lines };
}

/** Ends it as `kill -9` does and waits until it is gone and its output is read. */
export async function killHard(child: ChildProcess): Promise<void> {
  const closed = new Promise((resolve) => child.once("close", resolve));
  child.kill("SIGKILL");
  await closed;
}
