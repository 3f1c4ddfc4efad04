import type { Listing } from "../connectors/contract.ts";
import { Fault } from "../lib/fault.ts";
import { foldSlug, type Identity, identityKey, matchBases } from "../sync/match.ts";
import type { Base } from "../sync/model.ts";
import type { GatherInput, Problem } from "./gather.ts";
import type { LoadedFile, ScannedFile } from "./scan.ts";
import { rowKey, type Site } from "./site.ts";

/** A document's three points before bodies were read. */
export interface Pair {
  readonly base: Base | undefined;
  readonly scanned: ScannedFile | undefined;
  readonly file: LoadedFile | undefined;
  readonly row: Listing | undefined;
}

export type Loaded = ReadonlyMap<string, LoadedFile | "left-out">;

/** Brings lockfile lines, files and rows of the listing together: by path, by content, by slug. */
export function pairUp(
  { site, root, recovery, options }: GatherInput,
  scanned: readonly ScannedFile[],
  loaded: Loaded,
  lines: readonly Base[],
  problems: Problem[],
): readonly Pair[] {
  const current = (line: Base) => site.listing.get(rowKey(line))?.revision === line.revision;
  const { byFile, orphans } = matchBases(lines, scanned, current);
  const broken = new Set(problems.map((problem) => problem.path));
  const usable = scanned.filter((file) => !broken.has(file.path));
  const identityOf = identifier(site);
  const moved = movedAndEdited(identityOf, orphans, usable, byFile, loaded);
  const bound = new Set([...byFile.values(), ...moved.values(), ...orphans].map(rowKey));
  const free = new Map<string, Listing>();
  const named = new Map<string, Listing[]>();
  const own = root.lock.unmanaged.filter((line) => line.target === site.target.name);
  const unmanaged = new Set(own.map((line) => line.id));
  for (const row of site.listing.values()) {
    if (bound.has(rowKey(row)) || unmanaged.has(row.id)) continue;
    free.set(rowKey(row), row);
    // Sites keep drafts without a slug, and several drafts with one.
    if (row.slug !== "") named.set(identityKey(row), [...(named.get(identityKey(row)) ?? []), row]);
  }
  const freeAs = (identity: string) => named.get(identity)?.filter((row) => free.has(rowKey(row))) ?? [];
  const pairs: Pair[] = [];
  for (const file of usable) {
    const base = byFile.get(file.path) ?? moved.get(file.path);
    const own = loadedAt(loaded, file.path);
    const recovered = recovery.created.get(file.path);
    const identity = own === undefined ? undefined : identityKey(identityOf(own));
    const candidates = base !== undefined || identity === undefined ? [] : freeAs(identity);
    if (candidates.length > 1 && recovered === undefined) {
      problems.push({ path: file.path, fault: severalEntries(file.path, candidates) });
      continue;
    }
    const row =
      base !== undefined
        ? site.listing.get(rowKey(base))
        : recovered !== undefined
          ? [...free.values()].find((candidate) => candidate.id === recovered)
          : candidates[0];
    if (row !== undefined) free.delete(rowKey(row));
    pairs.push({ base, scanned: file, file: own, row });
  }
  const stillMoved = new Set(moved.values());
  for (const base of orphans) {
    if (stillMoved.has(base)) continue;
    if (broken.has(base.path)) continue;
    pairs.push({ base, scanned: undefined, file: undefined, row: site.listing.get(rowKey(base)) });
  }
  for (const row of options.wanted([...free.values()])) {
    pairs.push({ base: undefined, scanned: undefined, file: undefined, row });
  }
  return pairs.filter((pair) => pair.row === undefined || options.selects(pair.row));
}

/** A site that knows no languages has one entry per slug, whatever `locale` a file names. */
function identifier(site: Site): (file: LoadedFile) => Identity {
  const plain = [...site.listing.values()].every((row) => row.locale === "");
  return ({ document, scope, slug }) => ({
    kind: document.kind,
    scope,
    slug,
    locale: plain ? "" : document.locale,
  });
}

/** A file that was moved and edited keeps its entry when it alone would get the same slug as an orphaned line. */
function movedAndEdited(
  identityOf: (file: LoadedFile) => Identity,
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
    const own = pair.file === undefined ? pair.base : { ...pair.file, ...pair.file.document };
    if (own === undefined || pair.base?.slug === "") continue;
    const key = identityKey({
      ...own,
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

function loadedAt(loaded: Loaded, path: string): LoadedFile | undefined {
  const file = loaded.get(path);
  return file === "left-out" ? undefined : file;
}
