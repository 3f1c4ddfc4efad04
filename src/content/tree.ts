import { randomUUID } from "node:crypto";
import type { Dirent, Stats } from "node:fs";
import { copyFile, lstat, mkdir, open, opendir, readdir, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import ignore, { type Ignore } from "ignore";
import { Fault } from "../lib/fault.ts";
import { isReservedName, pathKey } from "./path.ts";

/** A regular file below the root. */
export interface TreeFile {
  /** Relative to the root, with `/`, as the file system spells it. */
  readonly path: string;
  readonly absolute: string;
  /** What the file system says of it; another one once it was written to. */
  readonly stamp: string;
  /** When that was last another, by the file system's clock, in ms since 1970. */
  readonly changedMs: number;
}

export interface Tree {
  /** In order of `path` by code unit, the same on every machine. */
  readonly files: readonly TreeFile[];
  /** What could not be taken, each with its place; the rest of the tree is unharmed. */
  readonly problems: readonly Fault[];
}

export interface WalkOptions {
  /** Patterns as in .gitignore, relative to the root. */
  readonly ignore?: readonly string[];
  /** Which files to report on and return; by path. All when absent. */
  readonly wanted?: (path: string) => boolean;
}

/** Names longer than this cannot be stored on common file systems once composed or copied. */
const MAX_NAME_BYTES = 240;
const MAX_PATH_BYTES = 1000;
const MAX_DEPTH = 64;

interface Walk {
  readonly root: string;
  readonly realRoot: string;
  readonly rules: Ignore;
  readonly wanted: (path: string) => boolean;
  readonly files: TreeFile[];
  readonly problems: Fault[];
}

/**
 * Every file below the root, dot entries, `node_modules` and the root's own files left out. Symbolic links are
 * followed only to what lies inside the root. Throws only when the root itself cannot be read.
 */
export async function walkTree(root: string, options: WalkOptions = {}): Promise<Tree> {
  const walk: Walk = {
    root: resolve(root),
    realRoot: await realRootOf(root),
    rules: ignore().add(["ainstein.yaml", "ainstein.lock", ...(options.ignore ?? [])]),
    wanted: options.wanted ?? (() => true),
    files: [],
    problems: [],
  };
  await walkDirectory(walk, "", [walk.realRoot]);
  const files = walk.files.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  const clashes = clashing(files);
  const clashed = new Set(clashes.map((fault) => fault.place?.file));
  return {
    files: files.filter((file) => !clashed.has(file.path)),
    problems: [...walk.problems, ...clashes].sort((a, b) =>
      (a.place?.file ?? "") < (b.place?.file ?? "") ? -1 : 1,
    ),
  };
}

async function realRootOf(root: string): Promise<string> {
  try {
    return await realpath(root);
  } catch (cause) {
    throw new Fault("usage", `The directory ${root} cannot be read: ${reason(cause)}`, {
      code: "root",
      cause,
    });
  }
}

/** `parents`: real paths of the directories that we are in, so that a link to one of them is a loop. */
async function walkDirectory(walk: Walk, path: string, parents: readonly string[]): Promise<void> {
  const entries: Dirent[] = [];
  try {
    for await (const entry of await opendir(join(walk.root, path))) entries.push(entry);
  } catch (cause) {
    walk.problems.push(problem("unreadable", path, `The directory cannot be read: ${reason(cause)}`));
    return;
  }
  for (const entry of entries) {
    const child = path === "" ? entry.name : `${path}/${entry.name}`;
    if (entry.name.startsWith(".") || entry.name === "node_modules") continue;
    await walkEntry(walk, child, entry, parents);
  }
}

async function walkEntry(walk: Walk, path: string, entry: Dirent, parents: readonly string[]): Promise<void> {
  const absolute = join(walk.root, path);
  let found: Stats;
  let real = absolute;
  try {
    if (entry.isSymbolicLink()) {
      real = await realpath(absolute);
      if (!isInside(walk.realRoot, real)) {
        if (!walk.rules.ignores(path) && walk.wanted(path)) {
          walk.problems.push(
            problem(
              "link-outside",
              path,
              "The symbolic link leads out of the root",
              "Put a copy in its place, or leave it out with `ignore:` in ainstein.yaml.",
            ),
          );
        }
        return;
      }
    }
    found = await stat(absolute);
  } catch (cause) {
    if (!walk.rules.ignores(path) && walk.wanted(path)) {
      walk.problems.push(problem("unreadable", path, `The file cannot be read: ${reason(cause)}`));
    }
    return;
  }
  if (found.isDirectory()) {
    if (walk.rules.ignores(`${path}/`)) return;
    const directory = entry.isSymbolicLink() ? real : join(parents.at(-1) ?? walk.realRoot, entry.name);
    if (parents.includes(directory)) return;
    if (parents.length > MAX_DEPTH) {
      walk.problems.push(problem("too-deep", path, `Directories nest deeper than ${MAX_DEPTH} levels`));
      return;
    }
    await walkDirectory(walk, path, [...parents, directory]);
    return;
  }
  if (walk.rules.ignores(path) || !walk.wanted(path)) return;
  const wrong = found.isFile()
    ? nameProblem(path)
    : problem(
        "not-a-file",
        path,
        "This is not a regular file",
        "Rename it, or leave it out with `ignore:` in ainstein.yaml.",
      );
  if (wrong !== undefined) walk.problems.push(wrong);
  else walk.files.push({ path, absolute, ...stampOf(found) });
}

function stampOf({ size, mtimeMs, ctimeMs, ino }: Stats): Pick<TreeFile, "stamp" | "changedMs"> {
  return { stamp: `${size} ${mtimeMs} ${ctimeMs} ${ino}`, changedMs: Math.max(mtimeMs, ctimeMs) };
}

function nameProblem(path: string): Fault | undefined {
  const long = path.split("/").find((name) => Buffer.byteLength(name) > MAX_NAME_BYTES);
  if (long !== undefined || Buffer.byteLength(path) > MAX_PATH_BYTES) {
    return problem(
      "name-too-long",
      path,
      "The name is too long for other machines",
      "Give the file a shorter name.",
    );
  }
  const reserved = path.split("/").find(isReservedName);
  if (reserved === undefined) return undefined;
  const shown = JSON.stringify(reserved);
  return problem(
    "name-reserved",
    path,
    `Windows cannot store the name ${shown}`,
    "Give the file another name.",
  );
}

/** Two names that differ only in case or in how accents are composed are one file elsewhere. */
function clashing(files: readonly TreeFile[]): Fault[] {
  const byKey = new Map<string, TreeFile[]>();
  for (const file of files) {
    const key = pathKey(file.path);
    byKey.set(key, [...(byKey.get(key) ?? []), file]);
  }
  return [...byKey.values()]
    .filter((same) => same.length > 1)
    .flatMap((same) =>
      same.map((file) => {
        const other = same.find((candidate) => candidate !== file) ?? file;
        const kind =
          other.path.normalize("NFC") === file.path.normalize("NFC")
            ? "in how accents are composed"
            : "in case";
        return problem(
          "name-clash",
          file.path,
          `It differs from ${JSON.stringify(other.path)} only ${kind}: on other machines they are one file`,
          "Rename one of them.",
        );
      }),
    );
}

function problem(code: string, path: string, message: string, hint?: string): Fault {
  return new Fault("invalid", message, {
    code,
    place: { file: path },
    ...(hint === undefined ? {} : { hint }),
  });
}

/** True for the directory itself and everything below it. */
export function isInside(directory: string, path: string): boolean {
  const way = relative(directory, path);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

// --- Writing ----------------------------------------------------------------------------------------------------

function temporaryStem(target: string): string {
  return `.${basename(target).slice(0, 100)}.`;
}

/** Removes what `writeFileAtomic` left beside a file when its process was killed. Call it when nobody is writing there. */
export async function removeLeftovers(root: string, path: string): Promise<void> {
  const target = join(root, path);
  const stem = temporaryStem(target);
  const names = await readdir(dirname(target)).catch(() => []);
  for (const name of names) {
    if (!name.startsWith(stem) || !/^[0-9a-f-]{36}\.tmp$/.test(name.slice(stem.length))) continue;
    await rm(join(dirname(target), name), { force: true });
  }
}

/**
 * Puts a whole file in place, or leaves everything as it was: a temporary file beside it, fsync, rename. Keeps the
 * mode of the file before. `path` is relative to the root; directories are made. Throws `invalid` naming the path.
 */
export async function writeFileAtomic(root: string, path: string, bytes: Uint8Array): Promise<void> {
  const target = await insideTarget(root, path);
  const temporary = join(dirname(target), `${temporaryStem(target)}${randomUUID()}.tmp`);
  try {
    const before = await stat(target).catch(() => undefined);
    // FileHandle.writeFile goes on after a short write, as a disk that is nearly full makes them.
    const file = await open(temporary, "wx", before === undefined ? 0o666 : 0o600);
    try {
      await file.writeFile(bytes);
      if (before !== undefined) await file.chmod(before.mode & 0o7777);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
    await syncDirectory(dirname(target));
  } catch (cause) {
    await rm(temporary, { force: true });
    throw writeFault(path, cause);
  }
}

/**
 * Moves a file into a trash directory, below which it keeps its path, and gives its new absolute path. A file that
 * is in the trash already under this name stays; the new one gets a number.
 */
export async function removeFile(root: string, path: string, trash: string): Promise<string> {
  const source = await insideTarget(root, path);
  let target = join(trash, ...path.split("/"));
  try {
    await mkdir(dirname(target), { recursive: true });
    for (let number = 2; (await lstat(target).catch(() => undefined)) !== undefined; number += 1) {
      target = join(trash, ...path.split("/")).replace(/(\.[^./]+)?$/, `~${number}$1`);
    }
    await move(source, target);
    return target;
  } catch (cause) {
    throw writeFault(path, cause);
  }
}

/** Where a path really is: never behind a link that leaves the root. Makes the directories above it. */
async function insideTarget(root: string, path: string): Promise<string> {
  const absolute = resolve(root, path);
  if (path === "" || isAbsolute(path) || !isInside(resolve(root), absolute) || absolute === resolve(root)) {
    throw outside(path);
  }
  try {
    const realRoot = await realpath(root);
    const parent = await nearestReal(dirname(absolute));
    if (!isInside(realRoot, parent)) throw outside(path);
    await mkdir(dirname(absolute), { recursive: true });
    const target = await realpath(absolute).catch(async () =>
      join(await realpath(dirname(absolute)), basename(absolute)),
    );
    if (!isInside(realRoot, target)) throw outside(path);
    const dangling = await lstat(target).catch(() => undefined);
    if (dangling?.isSymbolicLink() === true) throw outside(path);
    return target;
  } catch (cause) {
    throw cause instanceof Fault ? cause : writeFault(path, cause);
  }
}

async function nearestReal(directory: string): Promise<string> {
  for (let at = directory; ; at = dirname(at)) {
    const real = await realpath(at).catch(() => undefined);
    if (real !== undefined) return real;
    if (dirname(at) === at) return at;
  }
}

async function move(source: string, target: string): Promise<void> {
  try {
    await rename(source, target);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== "EXDEV") throw thrown;
    await copyFile(source, target);
    await rm(source);
  }
}

/** A rename is durable when its directory is. Windows cannot sync directories, and need not. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, "r").catch(() => undefined);
  if (handle === undefined) return;
  try {
    await handle.sync();
  } catch (thrown) {
    if (!["EISDIR", "EPERM", "EINVAL", "ENOTSUP"].includes((thrown as NodeJS.ErrnoException).code ?? ""))
      throw thrown;
  } finally {
    await handle.close();
  }
}

function outside(path: string): Fault {
  return new Fault("invalid", `${JSON.stringify(path)} would be written outside of the root`, {
    code: "outside-root",
    place: { file: path },
    hint: "Remove the symbolic link, or move the directory into the root.",
  });
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: "no space is left on the disk",
  EDQUOT: "the disk quota is used up",
  EACCES: "permission is missing",
  EPERM: "permission is missing",
  EROFS: "the file system is read-only",
  ENOENT: "it is not there",
  ELOOP: "its symbolic links lead in a circle",
  ENAMETOOLONG: "the name is too long",
  EISDIR: "a directory is in the way",
  ENOTDIR: "a file is in the way of a directory",
};

function reason(thrown: unknown): string {
  const code = (thrown as NodeJS.ErrnoException).code ?? "";
  return REASONS[code] ?? (thrown instanceof Error ? thrown.message : String(thrown));
}

function writeFault(path: string, cause: unknown): Fault {
  return new Fault("invalid", `${path} cannot be written: ${reason(cause)}. The file is as it was.`, {
    code: `write-${((cause as NodeJS.ErrnoException).code ?? "failed").toLowerCase()}`,
    place: { file: path },
    cause,
    hint: "Make room or mend the permissions, then run the same command again.",
  });
}
