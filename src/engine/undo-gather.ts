import type { Entry } from "../connectors/contract.ts";
import { STATES, type State } from "../content/document.ts";
import { isFault } from "../lib/fault.ts";
import type { JsonObject } from "../lib/json.ts";
import type { Store } from "../store/db.ts";
import type { RunRecord } from "../store/runs.ts";
import { getVersion } from "../store/versions.ts";
import { changedParts } from "../sync/detect.ts";
import type { Base, Gone, Remote } from "../sync/model.ts";
import type { UndoFile, UndoSubject } from "../sync/undo.ts";
import type { AtSite } from "./at-site.ts";
import { differingParts } from "./compare.ts";
import { remoteOf } from "./complete.ts";
import { wireFingerprint } from "./fingerprint.ts";
import { linesFor, type Root } from "./root.ts";
import { fromSite, protectedBy } from "./rules.ts";
import { blobOf, loadVersion, scanFile } from "./scan.ts";
import { readEntries, rowKey, type Site } from "./site.ts";
import { keptFiles, openText, parseWire, type Sealing } from "./texts.ts";
import { type Change, changesOf, entryName, laterRuns, namesOf, undoneIn } from "./undo-changes.ts";

/** One document of the run, with everything that planning and undoing need. */
export interface UndoItem {
  readonly subject: UndoSubject;
  /** As the site holds it now. */
  readonly entry: Entry | undefined;
  /** The entry before the run. */
  readonly wire: JsonObject | undefined;
  /** The lockfile's line: of now, else as the run left it. */
  readonly line: Base | undefined;
  /** Whether the lockfile has that line now. */
  readonly bound: boolean;
  /** Parts that the run sent because the file had changed there; what else changed was the site's doing. */
  readonly sent: readonly string[];
  /** What the file said before. */
  readonly bytes: Uint8Array | undefined;
}

export interface UndoInput {
  readonly at: AtSite;
  readonly memory: Store;
  readonly sealing: Sealing;
  readonly run: RunRecord;
  /** Paths below the root; empty for the whole run. */
  readonly paths: readonly string[];
  /** Texts that came with the run from elsewhere, by digest. */
  readonly brought: ReadonlyMap<string, Uint8Array>;
}

/** Every document of the run as it stands now. Reads only. */
export async function gatherUndo(input: UndoInput): Promise<readonly UndoItem[]> {
  const { at, memory, run, paths } = input;
  const lines = linesFor(at.root, at.site.target.name);
  const placed = changesOf(memory, run)
    .map((change) => ({ change, line: lineOf(lines, change) }))
    .filter(({ change, line }) => named(paths, [change.path, line?.path]));
  const refs = placed.flatMap(({ change: { id, kind, locale, did } }) =>
    id === undefined || did === undefined ? [] : { id, kind, locale },
  );
  const found = await readEntries(at.site, refs);
  const undone = undoneIn(memory, run);
  const later = laterRuns(memory, run);
  const items: UndoItem[] = [];
  for (const { change, line } of placed) {
    const { id, kind, locale, did } = change;
    const now = id === undefined || did === undefined ? undefined : found.get(rowKey({ id, kind, locale }));
    const undo = namesOf(change).flatMap((name) => undone.get(name) ?? [])[0];
    const after = id === undefined ? undefined : later.get(entryName(id, locale));
    items.push(await itemOf(input, { change, line }, now, { undo, after }));
  }
  return items;
}

function lineOf(lines: readonly Base[], { id, locale, path, did }: Change): Base | undefined {
  const own = lines.find((line) => line.id === id && line.locale === locale);
  return own ?? (did === undefined ? lines.find((line) => line.path === path) : undefined);
}

function named(paths: readonly string[], own: readonly (string | undefined)[]): boolean {
  if (paths.length === 0) return true;
  return own.some((path) => paths.some((prefix) => path === prefix || path?.startsWith(`${prefix}/`)));
}

async function itemOf(
  input: UndoInput,
  { change, line: bound }: { readonly change: Change; readonly line: Base | undefined },
  found: Entry | "missing" | "trashed" | undefined,
  runs: { readonly undo: RunRecord | undefined; readonly after: RunRecord | undefined },
): Promise<UndoItem> {
  const { at, memory } = input;
  const { site, root } = at;
  const entry = typeof found === "object" ? found : undefined;
  const now: Remote | Gone | undefined =
    entry !== undefined ? remoteOf(entry, entry) : typeof found === "string" ? { gone: found } : undefined;
  const path = bound?.path ?? change.path;
  const line = bound ?? change.line;
  const wire = await wireAt(input, change.before);
  const left = await wireAt(input, change.after);
  const before = wire === undefined ? undefined : wireFingerprint(wire);
  const after = left === undefined ? change.line?.remote : wireFingerprint(left);
  const wrote = before !== undefined && left !== undefined ? changedParts(before, wireFingerprint(left)) : [];
  const restored =
    entry === undefined || wire === undefined ? undefined : { ...entry, wire: { ...entry.wire, ...wire } };
  const parts = wrote.length > 0 ? wrote : change.parts;
  const { file, bytes } = await fileOf(input, { ...change, path, line }, parts, entry, restored);
  const blank = { kind: change.kind, locale: change.locale, fields: {}, body: "" };
  const subject: UndoSubject = {
    path,
    locale: change.locale,
    id: change.id,
    kind: change.kind,
    scope: line?.scope ?? "",
    slug: textOf(wire?.slug) ?? line?.slug ?? "",
    title: textOf(wire?.title) ?? "",
    did: change.did,
    parts,
    before,
    stateBefore: stateOf(wire),
    after,
    now,
    unknown: unknownReason(memory, change.before),
    restores: site.target.connector.restore !== undefined,
    file,
    protectedBy: protectedBy(root, fromSite(root, site, blank), path),
    behind: bound !== undefined && isBehind(bound, change, parts, entry),
    settled: settledReason(change, runs.undo),
    later:
      runs.after === undefined ? undefined : `by run ${runs.after.id.slice(0, 8)} (${runs.after.command})`,
  };
  // An undo sends what the site had made of the parts around, too.
  const sent = input.run.undoes === undefined ? change.parts : [];
  return { subject, entry, wire, line, bound: bound !== undefined, sent, bytes };
}

function isBehind(line: Base, { did }: Change, parts: readonly string[], entry: Entry | undefined): boolean {
  if (entry === undefined) return did !== "deleted";
  const there = wireFingerprint(entry.wire).parts;
  return parts.some((part) => line.remote.parts[part] !== there[part]);
}

function settledReason({ open }: Change, undone: RunRecord | undefined): string | undefined {
  if (open) return "the run was cut off while it wrote this: run its command again first";
  return undone === undefined ? undefined : `undone by run ${undone.id.slice(0, 8)} already`;
}

function unknownReason(memory: Store, before: number | undefined): string {
  const version = before === undefined ? undefined : getVersion(memory, before);
  if (version === undefined) return "cannot be undone: what the site held before is no longer kept";
  return version.sealed === undefined
    ? "cannot be undone: what the site held before was not kept, for want of a key"
    : "cannot be undone: what the site held before is kept, but its key cannot be had";
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function stateOf(wire: JsonObject | undefined): State | undefined {
  return STATES.find((state) => state === wire?.status);
}

async function wireAt(input: UndoInput, seq: number | undefined): Promise<JsonObject | undefined> {
  const plain = await textAt(input, seq);
  return plain === undefined ? undefined : parseWire(plain);
}

/** A kept text by its number: from this installation, else from what was brought along. */
async function textAt({ memory, sealing, brought }: UndoInput, seq: number | undefined) {
  const version = seq === undefined ? undefined : getVersion(memory, seq);
  if (version === undefined) return undefined;
  return brought.get(version.digest) ?? (await openText(sealing, version));
}

/** `entry`, `restored`: the entry as it is, and as it will be once its parts are back. */
async function fileOf(
  input: UndoInput,
  change: Change,
  parts: readonly string[],
  entry: Entry | undefined,
  restored: Entry | undefined,
): Promise<{ readonly file: UndoFile | undefined; readonly bytes: Uint8Array | undefined }> {
  const { did, file: receipt, path, line } = change;
  if (did === undefined && receipt === undefined) return { file: undefined, bytes: undefined };
  const blob = (await scanFile(input.at.root, path))?.blob;
  if (receipt === undefined) {
    const bytes =
      did === "deleted"
        ? await removedFile(input, change)
        : await fileBefore(input, change, blob, parts, entry, restored);
    const asLeft = did === "deleted" ? blob === undefined : blob === change.line?.blob || blob === line?.blob;
    return { file: { did: "read", blob, asLeft, ...standing(blob, bytes) }, bytes };
  }
  const bytes = await textAt(input, receipt.before);
  if (receipt.removed === true) {
    return { file: { did: "removed", blob, asLeft: blob === undefined, ...standing(blob, bytes) }, bytes };
  }
  const asLeft = blob === receipt.blob;
  if (receipt.fresh === true) {
    return { file: { did: "made", blob, asLeft, asBefore: blob === undefined, known: true }, bytes };
  }
  return { file: { did: "written", blob, asLeft, ...standing(blob, bytes) }, bytes };
}

function standing(blob: string | undefined, bytes: Uint8Array | undefined) {
  return { known: bytes !== undefined, asBefore: bytes !== undefined && blobOf(bytes) === blob };
}

/** Of a document whose file was removed first: what the file said when both sides last agreed. */
async function removedFile(input: UndoInput, { line }: Change): Promise<Uint8Array | undefined> {
  if (line === undefined || line.blob === "") return undefined;
  for await (const bytes of versionsAt(input, line)) if (blobOf(bytes) === line.blob) return bytes;
  return input.at.root.blob(line.blob);
}

/**
 * The newest version of the file that says what the entry said before in the parts that go back, and differs from the
 * site nowhere else than the file does now.
 */
async function fileBefore(
  input: UndoInput,
  { path, line }: Change,
  blob: string | undefined,
  parts: readonly string[],
  entry: Entry | undefined,
  restored: Entry | undefined,
): Promise<Uint8Array | undefined> {
  const { site, root } = input.at;
  if (line === undefined || blob === undefined || entry === undefined || restored === undefined)
    return undefined;
  const at = { root, site, path, sent: line.links };
  const now = await differs(at, await root.read(path), entry);
  for await (const bytes of versionsAt(input, line)) {
    if (blobOf(bytes) === blob) continue;
    const then = await differs(at, bytes, restored);
    if (then?.every((part) => !parts.includes(part) && now?.includes(part)) === true) return bytes;
  }
  return undefined;
}

interface VersionOf {
  readonly root: Root;
  readonly site: Site;
  readonly path: string;
  readonly sent: Base["links"];
}

/** Parts in which a version of a file and an entry differ; undefined where it cannot be read today. */
async function differs({ root, site, path, sent }: VersionOf, bytes: Uint8Array, entry: Entry) {
  try {
    const file = await loadVersion(root, site, path, bytes, sent);
    return file === undefined ? undefined : await differingParts(site, file, entry);
  } catch (thrown) {
    if (isFault(thrown) && thrown.scope === "item") return undefined;
    throw thrown;
  }
}

/** Versions of a document's file, kept ones first, then git's, each newest first. */
async function* versionsAt({ at, memory, sealing, brought }: UndoInput, line: Base) {
  const owner = { site: at.site.account.site, rootId: at.root.id, ...line };
  yield* keptFiles(memory, sealing, owner, brought);
  for await (const { bytes } of at.root.versions(line.path)) yield bytes;
}
