import type { Listing } from "../connectors/contract.ts";
import { Fault } from "../lib/fault.ts";
import { foldSlug, type Identity, identityKey, matchBases } from "../sync/match.ts";
import type { Base } from "../sync/model.ts";
import type { GatherInput, Problem } from "./gather.ts";
import { keptBack } from "./kept.ts";
import { movedByLikeness } from "./moved.ts";
import type { FileFacts, ScannedFile } from "./scan.ts";
import { rowKey } from "./site.ts";

/** A document's three points before bodies were read. */
export interface Pair {
  readonly base: Base | undefined;
  readonly scanned: ScannedFile | undefined;
  readonly file: FileFacts | undefined;
  readonly row: Listing | undefined;
  /** Why the entry is left alone although its file is not there. */
  readonly kept?: string | undefined;
  /** Paths that it may have moved from or to, where more than one answer fits. */
  readonly alike?: readonly string[];
}

export type Loaded = ReadonlyMap<string, FileFacts | "left-out">;

/** Brings lockfile lines, files and rows of the listing together: by path, by content, by slug, by likeness. */
export async function pairUp(
  input: GatherInput,
  scanned: readonly ScannedFile[],
  loaded: Loaded,
  lines: readonly Base[],
  problems: Problem[],
): Promise<readonly Pair[]> {
  const { site, options } = input;
  const broken = new Set(problems.map((problem) => problem.path));
  const usable = scanned.filter((file) => !broken.has(file.path));
  const bound = await bind(input, usable, { scanned, loaded, lines, broken });
  const { bases, lost, kept, undecided, rows } = bound;
  const pairs: Pair[] = [];
  for (const file of usable) {
    const own = loadedAt(loaded, file.path);
    const base = bases.get(file.path);
    const candidates = base === undefined ? rowsFor(input, rows, file.path, own && identityOf(own)) : [];
    if (candidates.length > 1) {
      problems.push({ path: file.path, fault: severalEntries(file.path, candidates) });
      continue;
    }
    const row = base === undefined ? candidates[0] : site.listing.get(rowKey(base));
    if (row !== undefined) rows.byKey.delete(rowKey(row));
    pairs.push({ base, scanned: file, file: own, row, alike: undecided.get(file.path) ?? [] });
  }
  for (const base of lost) {
    const sides = { base, scanned: undefined, file: undefined, row: site.listing.get(rowKey(base)) };
    pairs.push({ ...sides, kept: kept.get(base), alike: undecided.get(base.path) ?? [] });
  }
  for (const row of options.wanted([...rows.byKey.values()])) {
    pairs.push({ base: undefined, scanned: undefined, file: undefined, row, alike: [] });
  }
  for (const { scanned, row } of pairs) {
    if (scanned !== undefined && row !== undefined) site.addresses.set(scanned.path, row.url, row.state);
  }
  return pairs.filter((pair) => pair.row === undefined || options.selects(pair.row));
}

interface Known {
  readonly scanned: readonly ScannedFile[];
  readonly loaded: Loaded;
  readonly lines: readonly Base[];
  /** Paths of files and directories that cannot be used. */
  readonly broken: ReadonlySet<string>;
}

interface Bound {
  /** By path of the file as it is now. */
  readonly bases: ReadonlyMap<string, Base>;
  /** Lines whose files are not among the documents. */
  readonly lost: readonly Base[];
  readonly kept: ReadonlyMap<Base, string>;
  readonly undecided: ReadonlyMap<string, readonly string[]>;
  readonly rows: FreeRows;
}

/** Rows of the listing that no line speaks of. */
interface FreeRows {
  /** By `rowKey`; those that a file was found for are taken out. */
  readonly byKey: Map<string, Listing>;
  /** By `identityKey`, taken ones too. */
  readonly named: ReadonlyMap<string, readonly Listing[]>;
}

/** Which line each file has. Texts are compared last, and only where a file is gone and another one is new. */
async function bind(input: GatherInput, usable: readonly ScannedFile[], known: Known): Promise<Bound> {
  const { site, recovery } = input;
  const { scanned, loaded, lines, broken } = known;
  const current = (line: Base) => site.listing.get(rowKey(line))?.revision === line.revision;
  const { byFile, orphans } = matchBases(lines, scanned, current);
  const bases = new Map([...byFile, ...movedAndEdited(orphans, usable, byFile, loaded)]);
  const rows = freeRows(input, [...byFile.values(), ...orphans]);
  const found = new Set(bases.values());
  const lost = orphans.filter((base) => !found.has(base) && !liesBelow(broken, base.path));
  const own = new Set(lines.map((line) => line.path));
  const unreadable = [...broken].filter((path) => !own.has(path));
  const kept = await keptBack(input, lost, unreadable);
  const fresh = usable.flatMap(({ path }) => {
    const file = loadedAt(loaded, path);
    if (file === undefined || file.explicitSlug || bases.has(path) || recovery.created.has(path)) return [];
    const identity = identityOf(file);
    return rowsAs(rows, identity).length > 0 ? [] : [{ file, identity }];
  });
  const gone = lost.filter((base) => !kept.has(base));
  const { moved, undecided } = await movedByLikeness(input, gone, fresh);
  const byPath = new Map(gone.map((base) => [base.path, base]));
  for (const [path, from] of moved) {
    const base = byPath.get(from);
    if (base === undefined) continue;
    bases.set(path, base);
    found.add(base);
  }
  return { bases, lost: lost.filter((base) => !found.has(base)), kept, undecided, rows };
}

function freeRows({ site, root }: GatherInput, lines: readonly Base[]): FreeRows {
  const bound = new Set(lines.map(rowKey));
  const own = root.lock.unmanaged.filter((line) => line.target === site.target.name);
  const unmanaged = new Set(own.map((line) => line.id));
  const byKey = new Map<string, Listing>();
  const named = new Map<string, Listing[]>();
  for (const [key, row] of site.listing) {
    if (bound.has(key) || unmanaged.has(row.id)) continue;
    byKey.set(key, row);
    // Sites keep drafts without a slug, and several drafts with one.
    if (row.slug !== "") named.set(identityKey(row), [...(named.get(identityKey(row)) ?? []), row]);
  }
  return { byKey, named };
}

/** Entries that a file without a line may be: the one that a run of ours made for it, else all of its slug. */
function rowsFor(
  { recovery }: GatherInput,
  rows: FreeRows,
  path: string,
  identity: Identity | undefined,
): readonly Listing[] {
  const recovered = recovery.created.get(path);
  if (recovered !== undefined) return [...rows.byKey.values()].filter((row) => row.id === recovered);
  return identity === undefined ? [] : rowsAs(rows, identity);
}

function rowsAs({ byKey, named }: FreeRows, identity: Identity): readonly Listing[] {
  return (named.get(identityKey(identity)) ?? []).filter((row) => byKey.has(rowKey(row)));
}

/** A directory that cannot be read stands for all that is in it. */
function liesBelow(places: ReadonlySet<string>, path: string): boolean {
  for (let end = path.length; end > 0; end = path.lastIndexOf("/", end - 1)) {
    if (places.has(path.slice(0, end))) return true;
  }
  return false;
}

function identityOf({ kind, scope, slug, locale }: FileFacts): Identity {
  return { kind, scope, slug, locale };
}

/** A file that was moved and edited keeps its entry when it alone would get the same slug as an orphaned line. */
function movedAndEdited(
  orphans: readonly Base[],
  files: readonly ScannedFile[],
  byFile: ReadonlyMap<string, Base>,
  loaded: Loaded,
): Map<string, Base> {
  const fresh = new Map<string, string[]>();
  for (const file of files) {
    const own = loadedAt(loaded, file.path);
    if (own === undefined || byFile.has(file.path)) continue;
    const key = identityKey(identityOf(own));
    fresh.set(key, [...(fresh.get(key) ?? []), file.path]);
  }
  const moved = new Map<string, Base>();
  for (const base of orphans) {
    const [path, ...others] = fresh.get(identityKey(base)) ?? [];
    if (path !== undefined && others.length === 0 && !moved.has(path)) moved.set(path, base);
  }
  return moved;
}

function severalEntries(path: string, rows: readonly Listing[]): Fault {
  const ids = rows.map((row) => row.id).join(" and ");
  return new Fault("conflict", `the site has ${rows.length} entries of this slug: ${ids}`, {
    code: "duplicate",
    place: { file: path },
    hint: `nothing was sent. Look at them, then bind the file to the one that is meant: ainstein-cms link ${path} ${rows[0]?.id ?? "<id>"}`,
  });
}

/** Two files that would be one entry: neither is sent, since nothing tells which is meant. */
export function refuseTwins(pairs: readonly Pair[], problems: Problem[]): ReadonlySet<Pair> {
  const owners = new Map<string, Pair[]>();
  for (const pair of pairs) {
    if (pair.scanned === undefined) continue;
    const own = pair.file ?? pair.base;
    if (own === undefined || pair.base?.slug === "") continue;
    const key = identityKey({
      ...own,
      locale: pair.base?.locale ?? own.locale,
      slug: pair.file?.explicitSlug === true ? own.slug : (pair.base?.slug ?? own.slug),
    });
    owners.set(key, [...(owners.get(key) ?? []), pair]);
  }
  const twins = [...owners.values()].filter((group) => group.length > 1 && !group.every(keepsItsSlug));
  for (const group of twins) {
    const paths = group.flatMap((pair) => pair.scanned?.path ?? []);
    for (const path of paths) {
      const others = paths.filter((other) => other !== path).join(", ");
      const fault = new Fault("invalid", `${path} and ${others} would be the same entry`, {
        code: "same-identity",
        place: { file: path },
        hint: "give one of them another `slug:`",
      });
      problems.push({ path, fault });
    }
  }
  return new Set(twins.flat());
}

/** Known as an entry of its own, under the slug that it has: sites let drafts share one. */
function keepsItsSlug({ base, file }: Pair): boolean {
  return base !== undefined && (file?.explicitSlug !== true || foldSlug(file.slug) === foldSlug(base.slug));
}

/** Whether one of the paths that the command names is or holds this document. */
export function concerns(paths: readonly string[], pair: Pair): boolean {
  const own = [pair.scanned?.path, pair.base?.path].filter((path) => path !== undefined);
  return paths.length === 0 || own.some((path) => concernsPath(paths, path));
}

export function concernsPath(paths: readonly string[], path: string): boolean {
  return paths.length === 0 || paths.some((prefix) => path === prefix || path.startsWith(`${prefix}/`));
}

function loadedAt(loaded: Loaded, path: string): FileFacts | undefined {
  const file = loaded.get(path);
  return file === "left-out" ? undefined : file;
}
