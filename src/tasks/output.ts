// The directory of a task: what was made there, what its owner changed since, and what is to be written.
import { chmod, lstat, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { z } from "zod";
import { removeLeftovers, writeFileAtomic } from "../content/tree.ts";
import { Fault } from "../lib/fault.ts";
import { sha256Hex } from "../lib/hash.ts";
import { ANSWER_STATUSES, type Answer, type OutputFile } from "./answer.ts";
import { TASK_TYPES } from "./schema.ts";

export const MANIFEST = ".ainstein-task.json";
export const ANSWER_FILE = "response.yaml";

const hash = z.string().regex(/^[0-9a-f]{64}$/);

const proof = z.looseObject({
  name: z.string(),
  expected: z.string(),
  seen: z.string(),
  result: z.enum(["passed", "failed", "skipped"]),
});

const answer = z.looseObject({
  task_id: z.string(),
  status: z.enum(ANSWER_STATUSES),
  reason: z.looseObject({ code: z.string(), message: z.string(), hint: z.string().optional() }).optional(),
  proofs: z.array(proof),
  assumptions: z.array(z.looseObject({ field: z.string(), assumed: z.string() })),
  warnings: z.array(z.string()),
  next_steps: z.array(z.string()),
});

const manifestSchema = z.looseObject({
  version: z.literal(1),
  task_id: z.string(),
  task_type: z.enum(TASK_TYPES),
  /** What the files were made from; absent until they all were. */
  specification: hash.optional(),
  /** Of this program. */
  made_by: z.string(),
  run: z.string(),
  at: z.string(),
  /** The file that the task was read from, for `task retry`. */
  source: z.string(),
  /** What was taken as satisfied elsewhere, for `task retry`. */
  assumed: z.array(z.string()).default([]),
  /** Hashes of what we made, by path: two while one is being replaced by another. */
  files: z.record(z.string(), z.array(hash)),
  answer: answer.optional(),
});

/** What is known of a task's directory, by the file that travels with it. */
export interface Manifest {
  readonly version: 1;
  readonly task_id: string;
  readonly task_type: Answer["task_type"];
  readonly specification?: string | undefined;
  readonly made_by: string;
  readonly run: string;
  readonly at: string;
  readonly source: string;
  readonly assumed: readonly string[];
  readonly files: Readonly<Record<string, readonly string[]>>;
  readonly answer?: Answer | undefined;
}

/** Undefined where nothing was made yet. Throws `usage` (code `task.manifest`) for a file that is none of ours. */
export async function readManifest(dir: string): Promise<Manifest | undefined> {
  const file = join(dir, MANIFEST);
  const text = await readFile(file, "utf8").catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === "ENOENT" || thrown.code === "ENOTDIR") return undefined;
    throw broken(file, thrown);
  });
  if (text === undefined) return undefined;
  try {
    return manifestSchema.parse(JSON.parse(text)) as unknown as Manifest;
  } catch (cause) {
    throw broken(file, cause);
  }
}

function broken(file: string, cause: unknown): Fault {
  return new Fault("usage", `${file} is not what this program writes there.`, {
    code: "task.manifest",
    place: { file },
    hint: "Put it back from version control; or remove it, then every file there counts as its owner's.",
    cause,
  });
}

export async function writeManifest(dir: string, manifest: Manifest): Promise<void> {
  await writeText(dir, MANIFEST, `${JSON.stringify(manifest, null, 2)}\n`);
}

export async function writeAnswer(dir: string, answer: Answer): Promise<void> {
  await writeText(dir, ANSWER_FILE, stringify(answer, { lineWidth: 110 }));
}

async function writeText(dir: string, path: string, text: string): Promise<void> {
  await removeLeftovers(dir, path);
  await writeFileAtomic(dir, path, Buffer.from(text, "utf8"));
}

/** What becomes of one file. */
export interface Change {
  readonly path: string;
  /**
   * `kept`: its owner changed it, and nothing new is to be written. `edited`: its owner changed it, and it would have to
   * change. `left`: is made no more, but its owner changed it.
   */
  readonly what: "create" | "update" | "same" | "kept" | "edited" | "remove" | "left";
  readonly file: OutputFile | undefined;
}

/** What is to be done so that the directory has these files. Reads only. */
export async function changesOf(
  dir: string,
  files: readonly OutputFile[],
  manifest: Manifest | undefined,
): Promise<readonly Change[]> {
  const made = manifest?.files ?? {};
  const wanted = new Set(files.map(({ path }) => path));
  const changes = await Promise.all(
    files.map(async (file): Promise<Change> => {
      const there = await hashOf(dir, file.path);
      return { path: file.path, file, what: becomes(there, hashOfText(file.text), ours(made, file.path)) };
    }),
  );
  const gone = Object.keys(made).filter((path) => !wanted.has(path));
  const removals = await Promise.all(
    gone.map(async (path): Promise<Change | undefined> => {
      const there = await hashOf(dir, path);
      if (there === undefined) return undefined;
      return { path, file: undefined, what: ours(made, path).includes(there) ? "remove" : "left" };
    }),
  );
  return [...changes, ...removals.filter((one) => one !== undefined)].sort((one, other) =>
    one.path < other.path ? -1 : 1,
  );
}

function ours(made: Manifest["files"], path: string): readonly string[] {
  return Object.hasOwn(made, path) ? (made[path] ?? []) : [];
}

function becomes(there: string | undefined, wanted: string, made: readonly string[]): Change["what"] {
  if (there === undefined) return "create";
  if (there === wanted) return "same";
  if (made.includes(there)) return "update";
  return made.includes(wanted) ? "kept" : "edited";
}

export function hashOfText(text: string): string {
  return sha256Hex(Buffer.from(text, "utf8"));
}

/** Undefined where there is no file. Throws `usage` for what is none: a link may lead anywhere. */
async function hashOf(dir: string, path: string): Promise<string | undefined> {
  const file = join(dir, path);
  const stat = await lstat(file).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === "ENOENT") return undefined;
    if (thrown.code === "ENOTDIR") throw inTheWay(file, "cannot be there: one of its directories is a file.");
    throw thrown;
  });
  if (stat === undefined) return undefined;
  if (!stat.isFile()) throw inTheWay(file, "is no file, and a file is to be written there.");
  return sha256Hex(await readFile(file));
}

function inTheWay(file: string, why: string): Fault {
  return new Fault("usage", `${file} ${why}`, {
    code: "task.in-the-way",
    place: { file },
    hint: "Move it away, or choose another directory with --out.",
  });
}

/**
 * Writes what is to be written. The manifest says what is coming before anything does, so that files of a run that was cut
 * off are known as ours. Returns the hashes as they then are.
 */
export async function writeChanges(
  dir: string,
  changes: readonly Change[],
  manifest: Manifest,
): Promise<Manifest["files"]> {
  const coming = changes.flatMap(({ path, file, what }) =>
    file === undefined || !WRITTEN.has(what) ? [] : [[path, file] as const],
  );
  const before = manifest.files;
  const both = coming.map(([path, { text }]) => [path, [...ours(before, path), hashOfText(text)]] as const);
  await writeManifest(dir, { ...manifest, files: { ...before, ...Object.fromEntries(both) } });
  for (const [path, { text, executable }] of coming) {
    await writeText(dir, path, text);
    if (executable === true) await chmod(join(dir, path), 0o755);
  }
  for (const { path, what } of changes) if (what === "remove") await rm(join(dir, path), { force: true });
  return Object.fromEntries(
    changes.flatMap(({ path, file, what }) => {
      if (what === "remove") return [];
      const last = ours(before, path).slice(-1);
      // What its owner holds stays known by what we last made of it.
      if (what === "edited" || what === "left" || file === undefined)
        return last.length === 0 ? [] : [[path, last]];
      return [[path, [hashOfText(file.text)]]];
    }),
  );
}

const WRITTEN: ReadonlySet<Change["what"]> = new Set(["create", "update"]);
