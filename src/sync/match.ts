import { isLive } from "../content/document.ts";
import { pathKey } from "../content/path.ts";
import { changedParts } from "./detect.ts";
import type { Base, Fingerprint } from "./model.ts";

/** A file as far as it is known without reading what it says. */
export interface FileFact {
  readonly path: string;
  readonly blob: string;
}

/** What makes a document one of its kind on a site. */
export interface Identity {
  readonly kind: string;
  readonly scope: string;
  readonly slug: string;
  readonly locale: string;
}

/**
 * Lines of the lockfile to the files they speak of: by path, else by the same path as another system spells it, else by
 * equal content where a file was moved. A union
 * merge can leave several lines for one path or one entry; `current` tells the one that equals the site now.
 */
export function matchBases(
  lines: readonly Base[],
  files: readonly FileFact[],
  current: (line: Base) => boolean,
): { readonly byFile: ReadonlyMap<string, Base>; readonly orphans: readonly Base[] } {
  const paths = new Set(files.map((file) => file.path));
  const chosen = onePerEntry(linePerPath(lines, current), paths, current);
  const byFile = new Map<string, Base>();
  const orphans: Base[] = [];
  for (const base of chosen) {
    if (paths.has(base.path)) byFile.set(base.path, base);
    else orphans.push(base);
  }
  const fresh = files.filter((file) => !byFile.has(file.path));
  const moved = movedFiles(orphans, fresh, blobsByEntry(lines));
  for (const [path, base] of moved) byFile.set(path, base);
  const found = new Set(moved.values());
  return { byFile, orphans: orphans.filter((base) => !found.has(base)) };
}

/** What no side ever says: whoever is compared with it was changed. */
const DISPUTED = "?";

/**
 * Where several lines speak of one entry and none equals the site now, nothing tells which is newer: parts that they
 * tell differently count as changed on that side, so that neither side's text gives way to the other in silence.
 */
function disputed(lines: readonly Base[], current: (line: Base) => boolean): readonly Base[] {
  const groups = new Map<string, Base[]>();
  for (const line of lines) groups.set(entryKey(line), [...(groups.get(entryKey(line)) ?? []), line]);
  return lines.map((line) => {
    const group = groups.get(entryKey(line)) ?? [];
    if (group.length === 1 || group.some(current)) return line;
    const local = inDispute(
      line.local,
      group.map((other) => other.local),
    );
    const remote = inDispute(
      line.remote,
      group.map((other) => other.remote),
    );
    if (local === line.local && remote === line.remote) return line;
    const live = group.find((other) => isLive(other.state));
    // Neither the file's bytes nor the revision prove anything then.
    const blob = local === line.local ? line.blob : "";
    return { ...line, state: live?.state ?? line.state, revision: "", blob, local, remote };
  });
}

function inDispute(own: Fingerprint, told: readonly Fingerprint[]): Fingerprint {
  const open = new Set(told.flatMap((other) => changedParts(own, other)));
  if (open.size === 0) return own;
  const parts = [...open].map((part) => [part, DISPUTED]);
  return { ...own, parts: { ...own.parts, ...Object.fromEntries(parts) } };
}

function entryKey({ kind, id, locale }: Base): string {
  return `${kind}\0${id}\0${locale}`;
}

/** One line for each path, as the reader takes them: what lines dispute stays in dispute in the one that is left. */
export function linePerPath(lines: readonly Base[], current: (line: Base) => boolean): readonly Base[] {
  const byPath = new Map<string, Base>();
  for (const line of disputed(lines, current)) {
    const other = byPath.get(line.path);
    if (other === undefined || (!current(other) && current(line))) byPath.set(line.path, line);
  }
  return [...byPath.values()];
}

function onePerEntry(
  lines: readonly Base[],
  paths: ReadonlySet<string>,
  current: (line: Base) => boolean,
): readonly Base[] {
  const weight = (line: Base) => (paths.has(line.path) ? 2 : 0) + (current(line) ? 1 : 0);
  const byEntry = new Map<string, Base>();
  for (const line of lines) {
    const key = entryKey(line);
    const other = byEntry.get(key);
    if (other === undefined || weight(line) > weight(other)) byEntry.set(key, line);
  }
  return [...byEntry.values()];
}

/** Same bytes, new place. Where several files are equal, the one with the old name is taken; else none is. */
function movedFiles(
  orphans: readonly Base[],
  fresh: readonly FileFact[],
  blobs: ReadonlyMap<string, ReadonlySet<string>>,
): Map<string, Base> {
  const taken = new Map<string, Base>();
  const spelled = new Map(fresh.map((file) => [pathKey(file.path), file.path]));
  for (const base of orphans) {
    const path = spelled.get(pathKey(base.path));
    if (path !== undefined) taken.set(path, base);
  }
  const placed = new Set(taken.values());
  const byBlob = groupByBlob(fresh);
  for (const base of orphans) {
    if (placed.has(base)) continue;
    const said = [...(blobs.get(entryKey(base)) ?? [])];
    const equal = said.flatMap((blob) => byBlob.get(blob) ?? []).filter((file) => !taken.has(file.path));
    const named = equal.filter((file) => baseName(file.path) === baseName(base.path));
    const pick = equal.length === 1 ? equal[0] : named.length === 1 ? named[0] : undefined;
    if (pick !== undefined) taken.set(pick.path, base);
  }
  return taken;
}

/** Where lines dispute which text is the newer one, each of them still tells whose file it is. */
function blobsByEntry(lines: readonly Base[]): ReadonlyMap<string, ReadonlySet<string>> {
  const blobs = new Map<string, Set<string>>();
  for (const line of lines) {
    const key = entryKey(line);
    blobs.set(key, (blobs.get(key) ?? new Set()).add(line.blob));
  }
  return blobs;
}

function groupByBlob(files: readonly FileFact[]): Map<string, FileFact[]> {
  const groups = new Map<string, FileFact[]>();
  for (const file of files) {
    const group = groups.get(file.blob);
    if (group === undefined) groups.set(file.blob, [file]);
    else group.push(file);
  }
  return groups;
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

export function identityKey(identity: Identity): string {
  return `${identity.kind}\0${identity.scope}\0${foldSlug(identity.slug)}\0${identity.locale}`;
}

/** CMSs store non-Latin slugs percent-encoded in lower case; both forms are one slug. */
export function foldSlug(slug: string): string {
  let text = slug;
  try {
    text = decodeURIComponent(slug);
  } catch {
    // A slug with a lone % is not an encoding of anything.
  }
  return text.normalize("NFC").toLowerCase();
}
