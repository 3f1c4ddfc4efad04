import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Triple } from "./edited-texts.ts";

/** No line of a test begins with as many. */
const MARKER = 23;

/** What `git merge-file -p` with default options prints for each. */
export async function gitMerges(triples: readonly Triple[]): Promise<readonly string[]> {
  const dir = await mkdtemp(join(tmpdir(), "merge-file-"));
  try {
    for (const [index, { base, ours, theirs }] of triples.entries()) {
      await writeFile(join(dir, `${index}.base`), base);
      await writeFile(join(dir, `${index}.ours`), ours);
      await writeFile(join(dir, `${index}.theirs`), theirs);
    }
    const half = Math.ceil(triples.length / 2);
    await Promise.all([mergeAll(dir, 0, half), mergeAll(dir, half, triples.length)]);
    return await Promise.all(triples.map((_, index) => readFile(join(dir, `${index}.merged`), "utf8")));
  } finally {
    await rm(dir, { recursive: true });
  }
}

/** One conflict as git prints it; it gives a last line the end it lacks. */
export function printedConflict(ours: string, theirs: string): string {
  const closed = (text: string) => (text === "" || text.endsWith("\n") ? text : `${text}\n`);
  return [
    `${"<".repeat(MARKER)} ours\n`,
    closed(ours),
    `${"=".repeat(MARKER)}\n`,
    closed(theirs),
    `${">".repeat(MARKER)} theirs\n`,
  ].join("");
}

export function hasConflict(printed: string): boolean {
  return printed.includes("<".repeat(MARKER));
}

/** One shell for many: starting git thousands of times takes long enough. */
function mergeAll(dir: string, from: number, to: number): Promise<void> {
  const labels = "-L ours -L base -L theirs";
  const merge = `git merge-file -p -q --marker-size=${MARKER} ${labels} $i.ours $i.base $i.theirs > $i.merged`;
  // From 128 on it is an error, below the number of conflicts.
  const script = `i=${from}; while [ $i -lt ${to} ]; do ${merge}; [ $? -lt 128 ] || exit 1; i=$((i+1)); done`;
  const env = { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" };
  return new Promise((resolve, reject) => {
    const child = spawn("sh", ["-c", script], { cwd: dir, env, stdio: "ignore" });
    child.on("error", reject);
    child.on("exit", (code) => (code === 0 ? resolve() : reject(new Error("git merge-file failed"))));
  });
}
