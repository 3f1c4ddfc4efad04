import type { Entry, Listing } from "../connectors/contract.ts";
import { isLive } from "../content/document.ts";
import { Fault } from "../lib/fault.ts";
import { carriedOver, remoteChanges } from "../sync/detect.ts";
import type { Base, Local, Part, Remote, Subject } from "../sync/model.ts";
import { clashOf } from "../sync/reconcile.ts";
import { adoptable, clearedParts, differingParts } from "./compare.ts";
import { decodeEntry } from "./encode.ts";
import { newestVersion, remoteFingerprint } from "./fingerprint.ts";
import type { GatherInput, Item } from "./gather.ts";
import { type Merging, mergeOf, revisionsOf, staleScreen } from "./merging.ts";
import type { Pair } from "./pair.ts";
import { type LoadedFile, loadFile, type ScannedFile } from "./scan.ts";

/** One pair as the planner sees it. Throws the faults of this one document. */
export async function complete(
  input: GatherInput,
  pair: Pair,
  entries: ReadonlyMap<string, Entry | "missing" | "trashed">,
  taken: Set<string>,
): Promise<Item> {
  const { site, root, recovery } = input;
  const id = pair.row?.id ?? pair.base?.id;
  const found = id === undefined ? undefined : entries.get(id);
  const entry = typeof found === "object" ? found : undefined;
  const interrupted = entry === undefined ? [] : recovery.oursIn(entry);
  const needed = pair.file === undefined && (pair.base === undefined || interrupted.length > 0);
  const unknown = needed ? pair.scanned?.path : undefined;
  const file = unknown === undefined ? pair.file : await loadFile(root, site, unknown);
  let base = pair.base;
  let differing: readonly string[] | undefined;
  if (file !== undefined && base !== undefined && file.document.kind !== base.kind)
    throw kindChanged(file, base);
  if (file !== undefined && entry !== undefined) {
    differing = await differingParts(site, file, entry, clearedParts(base, file));
    if (base === undefined && differing.length > 0) base = await adoptable(site, root, file, entry);
  }
  if (base !== undefined) base = ofToday(base, file, entry);
  const subject: Subject = {
    base,
    local: localSide(file, pair, base),
    remote: remoteSide(entry, pair.row, found),
    differing,
    newPath:
      pair.scanned === undefined && base === undefined && entry !== undefined
        ? root.pathFor(await decodeEntry(root, site, entry, []), entry.id, taken)
        : undefined,
    interrupted,
    mergeable: [],
    reverted: [],
    held: isHeld(input, pair),
    kept: pair.kept,
    alike: pair.alike,
  };
  return withMerging(input, { subject, file, entry, merging: undefined });
}

/** A base that an older version of this program wrote, in today's words: upgrading is nobody's edit. */
function ofToday(base: Base, file: LoadedFile | undefined, entry: Entry | undefined): Base {
  const v = newestVersion();
  const { local, remote } = base;
  const here =
    file === undefined || local.v === v
      ? local
      : carriedOver(local, file.fingerprintAs(local.v), file.fingerprint);
  const there =
    entry === undefined || remote.v === v
      ? remote
      : carriedOver(remote, remoteFingerprint(entry, remote.v), remoteFingerprint(entry));
  return here === local && there === remote ? base : { ...base, local: here, remote: there };
}

/** An untouched file of a base that is known needs no reading: it says what its line says. */
function localSide(
  file: LoadedFile | undefined,
  { scanned }: Pair,
  base: Base | undefined,
): Local | undefined {
  if (file !== undefined) return localOf(file);
  return scanned !== undefined && base !== undefined ? localAsBefore(scanned, base) : undefined;
}

function remoteSide(
  entry: Entry | undefined,
  row: Listing | undefined,
  found: Entry | "missing" | "trashed" | undefined,
): Subject["remote"] {
  if (entry !== undefined) return remoteOf(entry, entry);
  if (row !== undefined) return remoteOf(row);
  return typeof found === "string" ? { gone: found } : undefined;
}

function isHeld({ site, root, options }: GatherInput, { scanned, base }: Pair): boolean {
  if (options.release || scanned === undefined) return false;
  const target = site.target.name;
  const names = [scanned.path, base?.path];
  return root.lock.held.some(
    (line) => line.target === target && names.includes(line.held) && line.blob === scanned.blob,
  );
}

/** Texts are looked for only where fingerprints say that both sides changed something, or might have. */
async function withMerging(input: GatherInput, item: Item): Promise<Item> {
  const { subject, entry } = item;
  const { base, local, remote } = subject;
  if (entry === undefined || local === undefined || remote === undefined || "gone" in remote) return item;
  const given = { ...input, ruleOf: input.options.ruleOf, revisions: revisionsOf(input.site) };
  const theirs = base === undefined ? [] : remoteChanges(base, remote);
  if (base !== undefined && theirs.length > 0 && subject.interrupted.length === 0) {
    const file = item.file ?? (await loadFile(input.root, input.site, local.path));
    const stale = file === undefined ? undefined : await staleScreen(given, file, entry, base, theirs);
    if (stale !== undefined) {
      return { ...item, file, merging: stale.merging, subject: { ...subject, reverted: stale.parts } };
    }
  }
  const clash =
    base === undefined
      ? (subject.differing ?? []).filter((part) => !subject.interrupted.includes(part))
      : clashOf(base, local, remote, subject);
  if (clash.length === 0 || item.file === undefined) return item;
  const merging = await mergeOf(given, item.file, entry, base, clash);
  return { ...item, merging, subject: { ...subject, mergeable: mergedParts(merging) } };
}

function mergedParts({ parts }: Merging): readonly Part[] {
  return [...parts].flatMap(([part, merge]) => (merge.type === "merged" ? part : []));
}

function kindChanged(file: LoadedFile, base: Base): Fault {
  return new Fault("invalid", `${file.path} was a ${base.kind} and now says it is a ${file.document.kind}`, {
    code: "kind-changed",
    place: { file: file.path, field: "kind" },
    hint: `put the kind back; to make it a ${file.document.kind}, move the text to a new file and delete this one`,
  });
}

/** `entry`: the same entry whole, where it was read. */
export function remoteOf(row: Listing, entry?: Entry): Remote {
  return {
    id: row.id,
    locale: row.locale,
    kind: row.kind,
    scope: row.scope,
    slug: row.slug,
    url: row.url,
    title: row.title,
    revision: row.revision,
    state: row.state,
    protected: row.protected === true,
    pendingChanges: row.pendingChanges,
    bodyOwner: row.bodyOwner,
    fingerprint: entry === undefined ? undefined : remoteFingerprint(entry),
  };
}

function localOf(file: LoadedFile): Local {
  return {
    path: file.path,
    locale: file.document.locale,
    kind: file.document.kind,
    scope: file.scope,
    slug: file.slug,
    title: file.title,
    state: file.state,
    date: file.date,
    blob: file.blob,
    fingerprint: file.fingerprint,
    protectedBy: file.protectedBy,
  };
}

/** The file says what its line says: not parsed. */
function localAsBefore(file: ScannedFile, base: Base): Local {
  return {
    path: file.path,
    locale: base.locale,
    kind: base.kind,
    scope: base.scope,
    slug: base.slug,
    title: "",
    state: isLive(base.state) ? undefined : base.state,
    date: undefined,
    blob: file.blob,
    fingerprint: base.local,
    protectedBy: undefined,
  };
}
