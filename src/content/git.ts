import { execFile } from "node:child_process";
import { isAbsolute, posix, relative } from "node:path";
import { Fault } from "../lib/fault.ts";

/** The environment that git gets: what it needs to run, and nothing secret. */
export type GitEnvironment = Readonly<Record<string, string | undefined>>;

/** One committed version of a file. */
export interface Version {
  readonly commit: string;
  /** Milliseconds since 1970 of the committer date. */
  readonly time: number;
  readonly author: string;
  readonly bytes: Uint8Array;
}

const PASSED = [
  "PATH",
  "HOME",
  "USERPROFILE",
  "SYSTEMROOT",
  "TMPDIR",
  "TEMP",
  "LANG",
  "XDG_CONFIG_HOME",
  "GIT_CEILING_DIRECTORIES",
];
const TIMEOUT_MS = 20_000;
const MAX_BYTES = 64 * 1024 * 1024;

/** As git numbers it; undefined without git. */
export async function gitVersion(dir: string, env: GitEnvironment): Promise<string | undefined> {
  const out = await git(dir, env, ["--version"]);
  return out
    ?.toString("utf8")
    .trim()
    .replace(/^git version /, "");
}

/** Absolute path of the work tree that `dir` is in; undefined without git or without a repository. */
export async function gitRoot(dir: string, env: GitEnvironment): Promise<string | undefined> {
  const out = await git(dir, env, ["rev-parse", "--show-toplevel"]);
  return out?.toString("utf8").replace(/\n$/, "");
}

/** True where history was cut off by a shallow clone. */
export async function isShallow(dir: string, env: GitEnvironment): Promise<boolean | undefined> {
  const out = await git(dir, env, ["rev-parse", "--is-shallow-repository"]);
  return out === undefined ? undefined : out.toString("utf8").trim() === "true";
}

/** The oldest commit without parents: the same in every full clone. Undefined in a shallow one. */
export async function firstCommit(dir: string, env: GitEnvironment): Promise<string | undefined> {
  if ((await isShallow(dir, env)) !== false) return undefined;
  const out = await git(dir, env, ["rev-list", "--max-parents=0", "HEAD"]);
  return out?.toString("utf8").trim().split("\n").at(-1) || undefined;
}

/** The commit that is checked out, with its author; undefined without git or before the first commit. */
export async function headCommit(
  dir: string,
  env: GitEnvironment,
): Promise<{ readonly id: string; readonly author: string } | undefined> {
  const out = await git(dir, env, ["log", "-1", "--format=%H%x09%an"]);
  const [id = "", ...author] = out?.toString("utf8").trim().split("\t") ?? [];
  return id === "" ? undefined : { id, author: author.join("\t") };
}

/** The file differs from what HEAD holds, or HEAD does not hold it. */
export async function isDirty(dir: string, path: string, env: GitEnvironment): Promise<boolean | undefined> {
  const out = await git(dir, env, ["status", "--porcelain=v1", "-z", "--ignored", "--", literal(dir, path)]);
  return out === undefined ? undefined : out.length > 0;
}

/**
 * Every version of the file that HEAD's history holds, newest first; `path` absolute or relative to `dir`. Nothing
 * where there is no git, no repository or no history.
 */
export async function* versionsOf(dir: string, path: string, env: GitEnvironment): AsyncGenerator<Version> {
  const spec = literal(dir, path);
  const out = await git(dir, env, [
    "log",
    "-z",
    "--format=%H%x09%ct%x09%an",
    "--diff-filter=AMTRC",
    "--",
    spec,
  ]);
  for (const line of out?.toString("utf8").split("\0") ?? []) {
    const [commit, seconds, ...author] = line.split("\t");
    if (commit === undefined || commit === "") continue;
    const bytes = await blobAt(dir, env, commit, spec);
    if (bytes === undefined) continue;
    yield { commit, time: Number(seconds) * 1000, author: author.join("\t"), bytes };
  }
}

/** The file as the commit that is checked out holds it; undefined where it holds none, and without git. */
export function headBytes(dir: string, path: string, env: GitEnvironment): Promise<Uint8Array | undefined> {
  return blobAt(dir, env, "HEAD", literal(dir, path));
}

/** A commit that changed a file, wherever the file was then. */
export interface Commit {
  readonly id: string;
  /** Milliseconds since 1970 of the author date. */
  readonly time: number;
  readonly author: string;
  readonly subject: string;
  /** Of the file after the commit, relative to `dir`, with `/`. */
  readonly path: string;
  /** Git blob id; undefined where the commit removed the file. */
  readonly blob: string | undefined;
}

/** Commits of HEAD's history that changed the file, newest first, followed through renames. None without git. */
export async function fileLog(dir: string, path: string, env: GitEnvironment): Promise<readonly Commit[]> {
  const prefix = await git(dir, env, ["rev-parse", "--show-prefix"]);
  const format = "--format=%x1e%H%x1f%at%x1f%an%x1f%s";
  const out = await git(dir, env, [
    ...["log", "-z", "--follow", "--raw", "--no-abbrev", "--no-show-signature", format, "--"],
    literal(dir, path),
  ]);
  if (prefix === undefined || out === undefined) return [];
  const above = prefix.toString("utf8").trimEnd();
  return out
    .toString("utf8")
    .split("\u001e")
    .flatMap((record) => commitOf(record, above));
}

/** One record of `fileLog`: the commit, then what it did to the file, with one path or, for a rename, two. */
function commitOf(record: string, above: string): readonly Commit[] {
  const [head = "", ...rest] = record.split("\0").filter((token) => token !== "" && token !== "\n");
  const [id = "", seconds, author = "", subject = ""] = head.split("\u001f");
  const [change = "", ...paths] = rest;
  const [, blob = ""] = /^\n?:\d+ \d+ [0-9a-f]+ ([0-9a-f]+) [A-Z]\d*$/.exec(change) ?? [];
  const path = paths.at(-1);
  if (id === "" || path === undefined || blob === "") return [];
  const gone = /^0+$/.test(blob);
  return [
    {
      id,
      time: Number(seconds) * 1000,
      author,
      subject,
      path: posix.relative(above, path),
      blob: gone ? undefined : blob,
    },
  ];
}

/** Where a commit moved the file at `path` to, relative to `dir`; undefined where it did not. */
export async function movedTo(
  dir: string,
  commit: string,
  path: string,
  env: GitEnvironment,
): Promise<string | undefined> {
  const prefix = await git(dir, env, ["rev-parse", "--show-prefix"]);
  const out = await git(dir, env, [
    "diff-tree",
    "-r",
    "-M",
    "-z",
    "--no-commit-id",
    "--diff-filter=R",
    commit,
  ]);
  if (prefix === undefined || out === undefined) return undefined;
  const above = prefix.toString("utf8").trimEnd();
  const tokens = out.toString("utf8").split("\0");
  const at = tokens.indexOf(`${above}${literal(dir, path)}`);
  const to = at > 0 && tokens[at - 1]?.startsWith(":") === true ? tokens[at + 1] : undefined;
  return to === undefined ? undefined : posix.relative(above, to);
}

/** The content of a blob by its id; undefined where this repository has none of that id. */
export function blobText(dir: string, blob: string, env: GitEnvironment): Promise<Uint8Array | undefined> {
  return /^[0-9a-f]{40,64}$/.test(blob)
    ? git(dir, env, ["cat-file", "blob", blob])
    : Promise.resolve(undefined);
}

/** What git's index says of the files below a directory, by path relative to it. */
export interface Tracked {
  readonly files: ReadonlySet<string>;
  /** Files that a sparse checkout keeps away on purpose. */
  readonly sparse: ReadonlySet<string>;
  readonly submodules: readonly string[];
}

/** Undefined without git or without a repository. */
export async function indexOf(dir: string, env: GitEnvironment): Promise<Tracked | undefined> {
  const out = await git(dir, env, ["ls-files", "-z", "-t", "--stage"]);
  if (out === undefined) return undefined;
  const files = new Set<string>();
  const sparse = new Set<string>();
  const submodules: string[] = [];
  for (const line of out.toString("utf8").split("\0")) {
    const [, tag, mode, path] = /^(\S) (\d+) [0-9a-f]+ \d\t(.+)$/s.exec(line) ?? [];
    if (path === undefined) continue;
    files.add(path);
    if (tag === "S") sparse.add(path);
    if (mode === "160000") submodules.push(path);
  }
  return { files, sparse, submodules };
}

async function blobAt(
  dir: string,
  env: GitEnvironment,
  commit: string,
  spec: string,
): Promise<Buffer | undefined> {
  const tree = await git(dir, env, ["ls-tree", "-z", commit, "--", spec]);
  const found = /^\d+ blob ([0-9a-f]+)\t/.exec(tree?.toString("utf8") ?? "");
  return found?.[1] === undefined ? undefined : git(dir, env, ["cat-file", "blob", found[1]]);
}

/** A path below `dir` with no pattern in it, whatever characters it has. */
function literal(dir: string, path: string): string {
  const below = isAbsolute(path) ? relative(dir, path) : path;
  return below.replaceAll("\\", "/");
}

/** Standard output, or undefined when git is absent, refuses or takes too long. */
function git(dir: string, env: GitEnvironment, args: readonly string[]): Promise<Buffer | undefined> {
  const clean: Record<string, string> = {
    GIT_OPTIONAL_LOCKS: "0",
    GIT_TERMINAL_PROMPT: "0",
    GIT_LITERAL_PATHSPECS: "1",
    LC_ALL: "C",
  };
  for (const name of PASSED) {
    const value = env[name];
    if (value !== undefined) clean[name] = value;
  }
  return new Promise((settle) => {
    execFile(
      "git",
      ["-c", "core.fsmonitor=false", "-c", "core.quotePath=false", "-c", "log.showSignature=false", ...args],
      {
        cwd: dir,
        env: clean,
        timeout: TIMEOUT_MS,
        maxBuffer: MAX_BYTES,
        encoding: "buffer",
        windowsHide: true,
      },
      (error, stdout) => settle(error === null ? stdout : undefined),
    );
  });
}

/**
 * Commits one file and nothing else, whatever is staged besides. False where there was nothing to commit. Throws
 * `usage` with what git said when it refuses (no identity, a hook).
 */
export async function commitFile(
  dir: string,
  path: string,
  message: string,
  env: GitEnvironment,
): Promise<boolean> {
  if ((await isDirty(dir, path, env)) !== true) return false;
  const spec = literal(dir, path);
  const added = await git(dir, env, ["add", "--", spec]);
  const committed =
    added === undefined
      ? undefined
      : await git(dir, env, ["commit", "--quiet", "-m", message, "--only", "--", spec]);
  if (committed !== undefined) return true;
  throw new Fault("usage", `git did not commit ${path}`, {
    code: "commit-refused",
    hint: `everything else is done; commit it by hand: git commit --only -- ${path}`,
  });
}
