// The made migrate.js, run as its owner would run it.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { type Env, type Ran, runProgram } from "./programs.ts";

/** Names of the migrations in `dir`, in their order. */
export async function migrationNames(dir: string): Promise<readonly string[]> {
  const files = await readdir(join(dir, "migrations"));
  return files.flatMap((file) => (file.endsWith(".up.sql") ? [file.slice(0, -".up.sql".length)] : [])).sort();
}

export function migrate(
  dir: string,
  words: readonly string[],
  url: string,
  { env, signal }: { readonly env: Env; readonly signal?: AbortSignal | undefined },
): Promise<Ran> {
  return runProgram(["node", "migrate.js", ...words], {
    env: { ...env, DATABASE_URL: url },
    cwd: dir,
    signal,
  });
}
