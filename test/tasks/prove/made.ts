// Made services to be put on trial: installed once, and spoiled in one place where a test wants that.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import type { ProbeResult } from "../../../src/tasks/answer.ts";
import { apiModel } from "../../../src/tasks/api/model.ts";
import type { Scratch } from "../../../src/tasks/database/server.ts";
import { type Group, proveApi } from "../../../src/tasks/prove/prove-api.ts";
import type { TaskOf } from "../../../src/tasks/schema.ts";
import { install, run, task, written } from "../api/support.ts";

export interface Made {
  readonly dir: string;
  readonly task: TaskOf<"setup_api">;
}

export async function madeFrom(specifications: object): Promise<Made> {
  const wanted = task(specifications);
  const model = apiModel(wanted);
  if ("needs" in model) throw new Error(JSON.stringify(model.needs));
  const dir = await written(model);
  await install(dir);
  return { dir, task: wanted };
}

export async function removed({ dir }: Made): Promise<void> {
  await rm(dir, { recursive: true, force: true });
}

export interface Sabotage {
  readonly file: string;
  /** Is there once, whatever else changes in the templates. */
  readonly from: string;
  readonly to: string;
}

/** A copy with that one change. Packages are shared with the original. */
export async function spoiled({ dir, task: wanted }: Made, { file, from, to }: Sabotage): Promise<Made> {
  const copy = await mkdtemp(join(tmpdir(), "made-api-spoiled-"));
  await run("cp", ["-al", `${dir}/.`, copy]);
  const text = await readFile(join(copy, file), "utf8");
  expect(text.split(from).length - 1, `${from} in ${file}`).toBe(1);
  // The name is freed first: the original is the same file.
  await rm(join(copy, file));
  await writeFile(
    join(copy, file),
    text.replace(from, () => to),
  );
  return { dir: copy, task: wanted };
}

export async function onTrial(
  { dir, task: wanted }: Made,
  scratch: Scratch,
  only: readonly Group[],
): Promise<readonly ProbeResult[]> {
  const { signal } = new AbortController();
  return proveApi({ dir, task: wanted, scratch, env: process.env, signal, tell: () => undefined, only });
}

export function failuresOf(results: readonly ProbeResult[]): readonly string[] {
  return results
    .filter(({ result }) => result !== "passed")
    .map(({ name, expected, seen }) => `${name} — expected ${expected} — seen ${seen}`);
}
