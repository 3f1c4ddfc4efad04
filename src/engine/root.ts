import { randomUUID } from "node:crypto";
import { readFile, realpath } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { type Absence, absences } from "../content/absence.ts";
import {
  CONFIG_FILE,
  type Config,
  type ContentRule,
  DEFAULT_PATH,
  LOCK_FILE,
  loadConfig,
} from "../content/config.ts";
import type { Document, FileFormat } from "../content/document.ts";
import {
  blobText,
  firstCommit,
  gitRoot,
  headBytes,
  isShallow,
  type Version,
  versionsOf,
} from "../content/git.ts";
import { LOCALE_TOKEN } from "../content/locale.ts";
import { emptyLockfile, formatLockfile, type Lockfile, parseLockfile } from "../content/lockfile.ts";
import { pathFor, pathKey } from "../content/path.ts";
import { writeFileAtomic } from "../content/tree.ts";
import { Fault } from "../lib/fault.ts";
import { shortHash, uuidV5 } from "../lib/hash.ts";
import { exclusively } from "../store/exclusive.ts";
import { linePerPath } from "../sync/match.ts";
import type { Base } from "../sync/model.ts";
import { rowKey, type Site } from "./site.ts";
import { keepingUnreachable } from "./unreachable.ts";

/** A content directory with what it says about itself. */
export interface Root {
  /** Absolute. */
  readonly dir: string;
  /** UUID, part of every create key: the same in every clone. */
  readonly id: string;
  readonly config: Config;
  /** Absolute. */
  readonly lockPath: string;
  readonly lock: Lockfile;
  /** There is no lockfile, and `lock` is what the last commit holds of it. */
  readonly lockGone: boolean;
  readonly read: (path: string) => Promise<Uint8Array>;
  /** Where a new file for this document goes. The path is taken from then on. */
  readonly pathFor: (document: Document, id: string, taken: Set<string>) => string;
  /** Committed versions of a file, newest first; none without git. */
  readonly versions: (path: string) => AsyncIterable<Version>;
  /** A file's content by its git blob id; undefined where git has none. */
  readonly blob: (id: string) => Promise<Uint8Array | undefined>;
  readonly shallow: () => Promise<boolean>;
  /** Of files that are no documents now, those that were not removed, and why they are not there. */
  readonly absences: (paths: readonly string[]) => Promise<ReadonlyMap<string, Absence>>;
}

const ROOT_SPACE = "5b0c1c66-9f1e-4f0b-8a0e-3c1d6a5e2b90";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads configuration and lockfile. `AINSTEIN_LOCKFILE` names another place for the latter. One that was removed without
 * committing that is an accident: without it a file that was moved, or has another slug, would be created a second time.
 */
export async function openRoot(dir: string, env: Environment): Promise<Root> {
  const config = await loadConfig(dir);
  const other = env.AINSTEIN_LOCKFILE;
  const usual = other === undefined || other === "";
  const lockPath = usual ? join(dir, LOCK_FILE) : resolve(dir, other);
  const there = (await readLock(lockPath))?.lock;
  const committed = there === undefined && usual ? await headBytes(dir, LOCK_FILE, env) : undefined;
  const lock = there ?? (committed === undefined ? emptyLockfile : lockOf(committed));
  return {
    dir,
    id: lock.root ?? (await derivedId(dir, env)),
    config,
    lockPath,
    lock,
    lockGone: committed !== undefined,
    read: (path) => readFile(join(dir, path)),
    pathFor: (document, id, taken) => freshPath(config, document, id, taken),
    versions: (path) => versionsOf(dir, path, env),
    blob: (id) => blobText(dir, id, env),
    shallow: async () => (await isShallow(dir, env)) === true,
    absences: (paths) => absences(dir, config, paths, env),
  };
}

/**
 * The root with new files of this format, whatever `content:` calls them. Throws `usage` where a JSON file would be no
 * document of the root.
 */
export function newFilesAs(root: Root, format: FileFormat): Root {
  const { config } = root;
  if (format === "json" && config.content.length === 0) {
    throw new Fault("usage", "without `content:` in ainstein.yaml only Markdown files are documents", {
      code: "format-without-content",
      hint: "say there which directory holds which kind, e.g. `content: [{ dir: products, kind: product }]`. Nothing was written",
    });
  }
  const content = config.content.map((rule) => {
    return { ...rule, path: rule.path.replace(/\.(md|markdown|json)$/, `.${format}`) };
  });
  return {
    ...root,
    pathFor: (document, id, taken) => freshPath({ ...config, content }, document, id, taken),
  };
}

/** Without content rules posts lie in the root, other kinds in a directory of their name. */
function freshPath(config: Config, document: Document, id: string, taken: Set<string>): string {
  const { kind } = document;
  const rules = config.content.filter((candidate) => candidate.kind === kind);
  const foreign = document.locale !== "" && document.locale !== config.locale;
  const rule = rules.find(({ dir }) => dir.includes(LOCALE_TOKEN) === foreign) ?? rules[0];
  const plain = { dir: plainDir(kind), path: DEFAULT_PATH };
  const path = pathFor(rule ?? plain, placeable(config, rule, document), { id, taken });
  taken.add(pathKey(path));
  return path;
}

/** Collections are mostly named in the plural already. */
function plainDir(kind: string): string {
  if (kind === "post") return "";
  return kind.endsWith("s") ? kind : `${kind.replace(/(?<=[^aeiou])y$/, "ie")}s`;
}

/** A directory that is named after the language needs one. */
function placeable(config: Config, rule: ContentRule | undefined, document: Document): Document {
  if (document.locale !== "" || rule?.dir.includes(LOCALE_TOKEN) !== true) return document;
  if (config.locale !== undefined) return { ...document, locale: config.locale };
  throw new Fault("invalid", `no directory ${rule.dir} is there for an entry without a language`, {
    code: "locale-missing",
    place: { file: CONFIG_FILE },
    hint: "say which language such entries have: `locale: en` in ainstein.yaml",
  });
}

function lockOf(bytes: Uint8Array): Lockfile {
  return parseLockfile(Buffer.from(bytes).toString("utf8"), LOCK_FILE);
}

interface ReadLock {
  readonly text: string;
  readonly lock: Lockfile;
}

/** By path, as last read: a run looks several times whether another one wrote it meanwhile. */
const lastRead = new Map<string, ReadLock>();

/** Undefined where there is none. */
async function readLock(path: string): Promise<ReadLock | undefined> {
  try {
    const text = await readFile(path, "utf8");
    const last = lastRead.get(path);
    if (last?.text === text) return last;
    const read = { text, lock: parseLockfile(text, basename(path)) };
    lastRead.set(path, read);
    return read;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw thrown;
  }
}

/** By directory. The targets of a new root open it side by side, before the first of them has written its lockfile. */
const newIds = new Map<string, string>();

function newId(dir: string): string {
  const id = newIds.get(dir) ?? randomUUID();
  newIds.set(dir, id);
  return id;
}

/** In a repository the root is known by its first commit and its place, so that every clone has the same id. */
async function derivedId(dir: string, env: Environment): Promise<string> {
  const top = await gitRoot(dir, env);
  const first = top === undefined ? undefined : await firstCommit(dir, env);
  return top === undefined || first === undefined
    ? newId(dir)
    : uuidV5(ROOT_SPACE, `${first}\0${relative(await realpath(top), await realpath(dir))}`);
}

/** The root with the lockfile as it is now: another run may have written it since. */
export async function reloadLock(root: Root): Promise<Root> {
  return { ...root, lock: (await readLock(root.lockPath))?.lock ?? root.lock };
}

export function linesFor(root: Pick<Root, "lock">, target: string): readonly Base[] {
  return root.lock.entries.filter((line) => line.target === target);
}

/** The lockfile's lines of a site that is listed, by path: of several the one that the reader takes. */
export function linesNow(root: Root, { target, listing }: Site): Map<string, Base> {
  const isCurrent = (line: Base) => listing.get(rowKey(line))?.revision === line.revision;
  const lines = linePerPath(linesFor(root, target.name), isCurrent);
  return new Map(lines.map((line) => [line.path, line]));
}

/** Hash of what a root's `fields:` says; undefined where it says nothing. */
function fieldsHash({ config }: Pick<Root, "config">): string | undefined {
  const rules = Object.entries(config.fields).map(([key, { to = null, type = null }]) => [key, to, type]);
  return rules.length === 0 ? undefined : shortHash(rules.sort());
}

/**
 * Whether files mean something else than when their lines were written, though no byte of them changed. A lockfile that
 * git merged may say two things of that: then some lines are of before.
 */
export function isRemapped(root: Pick<Root, "config" | "lock">, target: string): boolean {
  const now = fieldsHash(root);
  return root.lock.headers.some((line) => line.target === target && line.fields !== now);
}

/**
 * Replaces all that the lockfile says of this target; what it says of others stays, also while others write it. `whole`:
 * every file of the root was read as `fields:` now says, and there is nothing left to do for any.
 */
export function writeLockfile(root: Root, site: Site, lines: readonly Base[], whole = false): Promise<void> {
  return withLockfile(root, () => mergeInto(root, site, lines, whole));
}

/** Does `work` while nobody else on this machine writes the lockfile. */
export async function withLockfile<T>(
  { lockPath }: Pick<Root, "lockPath">,
  work: () => Promise<T>,
): Promise<T> {
  const directory = await realpath(dirname(lockPath)).catch(() => dirname(lockPath));
  return exclusively(join(directory, basename(lockPath)), work);
}

async function mergeInto(root: Root, site: Site, lines: readonly Base[], whole: boolean): Promise<void> {
  const target = site.target.name;
  const there = await readLock(root.lockPath);
  const now = there?.lock ?? root.lock;
  const others = <T extends { readonly target: string }>(items: readonly T[]) =>
    items.filter((item) => item.target !== target);
  const kept = keepingUnreachable(site, linesFor({ lock: now }, target), lines);
  const header = now.headers.find((item) => item.target === target);
  const fields = whole || header === undefined ? fieldsHash(root) : header.fields;
  const digests = new Set(lines.flatMap((line) => Object.values(line.media)));
  const own = now.media.filter((item) => item.target === target);
  const uploads = new Map(own.toReversed().map((item) => [item.digest, item]));
  const media = [...digests].flatMap((digest) => {
    const known = site.media.byDigest(digest);
    if (known === undefined) return uploads.get(digest) ?? [];
    return { target, digest, id: known.id, url: known.url };
  });
  const before = now.terms.filter((item) => item.target === target);
  const terms = [...site.terms.used.values()].map((term) => ({ target, ...term }));
  const lock: Lockfile = {
    root: root.id,
    headers: [
      ...others(now.headers),
      {
        target,
        platform: site.target.platform,
        site: site.account.site,
        ...(fields === undefined ? {} : { fields }),
      },
    ],
    unmanaged: [...others(now.unmanaged), ...root.lock.unmanaged.filter((item) => item.target === target)],
    held: [...others(now.held), ...root.lock.held.filter((item) => item.target === target)],
    entries: [...others(now.entries), ...kept.map((line) => ({ ...line, target }))],
    media: [...others(now.media), ...media],
    terms: [...others(now.terms), ...before, ...terms],
  };
  const text = formatLockfile(lock);
  const nothing =
    lock.entries.length + lock.unmanaged.length + lock.held.length === 0 && now.headers.length === 0;
  if (nothing || text === there?.text || (there !== undefined && text === formatLockfile(there.lock))) return;
  await writeFileAtomic(dirname(root.lockPath), basename(root.lockPath), Buffer.from(text, "utf8"));
}
