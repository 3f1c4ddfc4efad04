import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import ignore from "ignore";
import type { Config } from "./config.ts";
import { type GitEnvironment, indexOf, type Tracked, versionsOf } from "./git.ts";
import { placeIn } from "./locale.ts";
import { isDocumentPath } from "./read.ts";

/** Why a file that is not among the documents of its root was not removed all the same. */
export interface Absence {
  readonly code: "left-out" | "unreadable" | "not-checked-out" | "directory-missing";
  /** Without a subject: of the document or of its file. */
  readonly reason: string;
}

/**
 * Of paths below the root that are no documents now, those that were not removed: files that the rules leave out, that
 * cannot be looked at, that git keeps away on purpose, or whose whole content directory is not there. All others are
 * gone. Reads names only.
 */
export async function absences(
  dir: string,
  config: Config,
  paths: readonly string[],
  env: GitEnvironment,
): Promise<ReadonlyMap<string, Absence>> {
  const found = new Map<string, Absence>();
  const missing: string[] = [];
  for (const path of paths) {
    const seen = await lookAt(dir, path);
    if (seen === "missing") missing.push(path);
    else found.set(path, seen === "there" ? leftOut(config, path) : seen);
  }
  if (missing.length === 0) return found;
  const index = await indexOf(dir, env);
  const isEmpty = remembering((directory: string) => emptyDirectory(dir, directory));
  for (const path of missing) {
    const absence =
      (await keptAway(path, index, isEmpty)) ??
      (await directoryMissing({ dir, config, env, index, isEmpty }, path));
    if (absence !== undefined) found.set(path, absence);
  }
  return found;
}

/** Of paths below the root that are no documents now, those of files that are there all the same. */
export async function leftOutFiles(
  dir: string,
  config: Config,
  paths: readonly string[],
): Promise<ReadonlyMap<string, Absence>> {
  const found = new Map<string, Absence>();
  for (const path of paths) if ((await lookAt(dir, path)) === "there") found.set(path, leftOut(config, path));
  return found;
}

/** What of `ainstein.yaml` makes a file that is there no document. */
function leftOut(config: Config, path: string): Absence {
  const ignored = ignore()
    .add([...config.ignore])
    .ignores(path);
  const picky = config.content.some((rule) => Object.keys(rule.where).length > 0);
  const excluded = picky || !isDocumentPath(config, path);
  const why = ignored
    ? "left out by `ignore:` in ainstein.yaml"
    : excluded
      ? "left out by `content:` in ainstein.yaml, where no rule takes it"
      : "not taken as a document where it lies";
  return { code: "left-out", reason: `${why}; \`unlink\` it to stop managing it` };
}

const NOT_THERE: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR"]);

async function lookAt(dir: string, path: string): Promise<"there" | "missing" | Absence> {
  try {
    return (await lstat(join(dir, path))).isDirectory() ? "missing" : "there";
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code ?? "";
    return NOT_THERE.has(code)
      ? "missing"
      : { code: "unreadable", reason: `its file cannot be looked at (${code})` };
  }
}

async function keptAway(
  path: string,
  index: Tracked | undefined,
  isEmpty: (directory: string) => Promise<boolean>,
): Promise<Absence | undefined> {
  if (index?.sparse.has(path) === true) {
    return { code: "not-checked-out", reason: "its file is not checked out here (sparse checkout)" };
  }
  const module = index?.submodules.find((directory) => path.startsWith(`${directory}/`));
  if (module === undefined || !(await isEmpty(module))) return undefined;
  return {
    code: "not-checked-out",
    reason: `its file lies in the submodule ${module}, which is not checked out here`,
  };
}

interface Surroundings {
  readonly dir: string;
  readonly config: Config;
  readonly env: GitEnvironment;
  readonly index: Tracked | undefined;
  readonly isEmpty: (directory: string) => Promise<boolean>;
}

/** A disk that is not mounted looks like this. What git knows to have been removed was removed on purpose. */
async function directoryMissing(
  { dir, config, env, index, isEmpty }: Surroundings,
  path: string,
): Promise<Absence | undefined> {
  const rules = config.content.filter((rule) => placeIn(rule, path) !== undefined);
  const depths =
    config.content.length === 0 ? [0] : rules.map(({ dir }) => (dir === "" ? 0 : dir.split("/").length));
  for (const root of depths.map((depth) => path.split("/").slice(0, depth).join("/"))) {
    if (!(await isEmpty(root))) continue;
    if (index?.files.has(path) === false && !(await versionsOf(dir, path, env).next()).done) return undefined;
    const name = root === "" ? "the content directory" : `the directory ${root}`;
    const cure =
      index === undefined
        ? "name the file itself to remove its entry"
        : "commit the removal, or name the file itself";
    return {
      code: "directory-missing",
      reason: `${name} is missing or empty as a whole, as a disk is that is not mounted; if that is meant, ${cure}`,
    };
  }
  return undefined;
}

/** Also true where there is no such directory. */
async function emptyDirectory(dir: string, directory: string): Promise<boolean> {
  try {
    return (await readdir(join(dir, directory))).length === 0;
  } catch (thrown) {
    return NOT_THERE.has((thrown as NodeJS.ErrnoException).code ?? "");
  }
}

function remembering<A, B>(work: (key: A) => Promise<B>): (key: A) => Promise<B> {
  const known = new Map<A, Promise<B>>();
  return (key) => {
    const value = known.get(key) ?? work(key);
    known.set(key, value);
    return value;
  };
}
