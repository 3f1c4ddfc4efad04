import type { Draft, Entry } from "../connectors/contract.ts";
import { removeFile, writeFileAtomic } from "../content/tree.ts";
import { Fault } from "../lib/fault.ts";
import type { Json, JsonObject } from "../lib/json.ts";
import { intend, settle } from "../store/journal.ts";
import { keepVersion } from "../store/versions.ts";
import { changedParts } from "../sync/detect.ts";
import type { Base, Part } from "../sync/model.ts";
import type { Step } from "../sync/plan.ts";
import type { UndoStep } from "../sync/undo.ts";
import type { Perform, Performed } from "./apply.ts";
import { type Applying, entryIntent, isRacy, refuseMovedOn } from "./applying.ts";
import { remoteFingerprint } from "./fingerprint.ts";
import type { Item } from "./gather.ts";
import { partsAsThere } from "./incoming.ts";
import { notKept, withNotKept } from "./not-kept.ts";
import { deleteEntry, sendCreate, sendRestore, sendWire } from "./outgoing.ts";
import { refuseOpenAgain } from "./passwords.ts";
import type { FileReceipt } from "./receipts.ts";
import { blobOf, type LoadedFile, loadVersion, scanFile } from "./scan.ts";
import { wireBytes } from "./texts.ts";
import type { UndoItem } from "./undo-gather.ts";

/** A step of an undo with the document it is about. */
export interface Undoing extends UndoStep {
  readonly item: UndoItem;
}

/** Carries out the steps of an undo. */
export function undoer(undoings: readonly Undoing[]): Perform {
  const bySteps = new Map(undoings.map((undoing) => [undoing.step, undoing]));
  return async (applying, step) => {
    const undoing = bySteps.get(step);
    if (undoing === undefined) throw new Fault("defect", `no document belongs to the undo of ${step.path}`);
    const blob = (await scanFile(applying.root, step.path))?.blob ?? "";
    if (undoing.file !== "none" && blob !== step.expects.local) {
      throw new Fault("conflict", `${step.path} was changed while this run was under way`, {
        code: "file-moved-on",
        place: { file: step.path },
        hint: "run the command again",
      });
    }
    return undo(applying, undoing);
  };
}

async function undo(applying: Applying, undoing: Undoing): Promise<Performed> {
  const { site, step, item } = undoing;
  switch (site) {
    case "none":
      await moveFile(applying, undoing);
      return {};
    case "adopt":
      await follow(applying, undoing);
      return {};
    case "remove":
      await deleteEntry(applying, step, itemOf(undoing));
      await moveFile(applying, undoing);
      return {};
    case "update": {
      const { entry, wire = {} } = item;
      if (entry === undefined) throw new Fault("defect", `${step.path}: planned to undo what was not read`);
      const parts = Object.fromEntries(step.changed.map((part) => [part, wire[part] ?? null]));
      const { written, ...kept } = await sendWire(applying, step, entry, parts);
      return settled(applying, undoing, written, parts, { ...kept, parts: step.changed });
    }
    case "restore":
    case "create": {
      const { entry, seq } =
        site === "restore" ? await restore(applying, undoing) : await anew(applying, undoing);
      return settled(applying, undoing, entry, item.wire ?? {}, { seq, parts: step.changed });
    }
  }
}

/** What the removal of entries takes of a document. */
function itemOf({ item }: Undoing): Item {
  return {
    subject: {
      base: item.line,
      local: undefined,
      remote: item.subject.now,
      differing: undefined,
      newPath: undefined,
      interrupted: [],
      mergeable: [],
      reverted: [],
      held: false,
    },
    file: undefined,
    entry: item.entry,
    merging: undefined,
  };
}

type Sent = { readonly entry: Entry; readonly seq: number };

async function restore(applying: Applying, { step, item }: Undoing): Promise<Sent> {
  return sendRestore(applying, step, { key: "", ...draftOf(step, item.wire ?? {}) }, item.line);
}

async function anew(applying: Applying, { step, item }: Undoing): Promise<Sent> {
  const wire = item.wire ?? {};
  refuseOpenAgain(step, wire);
  return sendCreate(applying, step, draftOf(step, wire));
}

function draftOf({ kind, locale, scope, slug }: Step, wire: JsonObject): Omit<Draft, "key"> {
  return { kind, locale, scope, slug, wire };
}

interface About {
  readonly seq: number;
  readonly before?: number;
  readonly parts: readonly Part[];
}

/** Records what became of a write, and lets file and lockfile follow. */
async function settled(
  applying: Applying,
  undoing: Undoing,
  entry: Entry,
  wire: JsonObject,
  { seq, ...about }: About,
): Promise<Performed> {
  const { store, site } = applying;
  const { step, item } = undoing;
  const owner = { path: step.path, id: entry.id, kind: entry.kind, locale: entry.locale };
  const file = await fileAfter(applying, undoing);
  const raced = site.target.connector.traits.raceWindowMs > 0;
  const bare = await lineAfter(applying, undoing, entry, file, raced);
  const line = withNotKept(bare, item.line, step.changed);
  const sent = await applying.sealText(owner, "site", "sent", wireBytes(entry.wire));
  store.transaction(() =>
    settle(store, seq, "done", { ...about, line: line as unknown as Json, after: keepVersion(store, sent) }),
  );
  await moveFile(applying, undoing);
  if (item.line !== undefined) applying.lines.delete(item.line.path);
  // An entry that is back and whose file is not is new on the site: its absence is not sent again.
  const bound = item.bound || (await scanFile(applying.root, step.path)) !== undefined;
  if (bound) applying.lines.set(line.path, line);
  hold(applying, line, file);
  applying.written.set(line.path, { step, line, seen: remoteFingerprint(entry), at: applying.clock.now() });
  site.addresses.set(line.path, entry.url, entry.state);
  // A slug that the site chose is accepted.
  const { slug: _, ...content } = wire;
  const lost = notKept(site.target.codec, content, entry.wire);
  return { id: entry.id, url: entry.url, ...(lost.length === 0 ? {} : { notKept: lost }) };
}

/** The entry is as it was: file and lockfile follow. */
async function follow(applying: Applying, undoing: Undoing): Promise<void> {
  const { item } = undoing;
  if (item.entry === undefined) {
    if (item.line !== undefined) applying.lines.delete(item.line.path);
    return moveFile(applying, { ...undoing, site: "remove" });
  }
  const file = await fileAfter(applying, undoing);
  const line = await lineAfter(applying, undoing, item.entry, file, false);
  await moveFile(applying, undoing);
  applying.lines.set(line.path, line);
  hold(applying, line, file);
}

/** The document's file as it will be; undefined where none will be, or it cannot be read. */
async function fileAfter(
  { root, site }: Applying,
  { file, step, item }: Undoing,
): Promise<LoadedFile | undefined> {
  if (file === "trash") return undefined;
  try {
    const bytes = file === "write" ? item.bytes : await root.read(step.path);
    return bytes === undefined
      ? undefined
      : await loadVersion(root, site, step.path, bytes, item.line?.links);
  } catch {
    return undefined;
  }
}

/**
 * In the parts that went back the base is what the site says now, and what a file would say that held it: whatever the
 * file says else is a change of its own.
 */
async function lineAfter(
  applying: Applying,
  { step, item }: Undoing,
  entry: Entry,
  file: LoadedFile | undefined,
  raced: boolean,
): Promise<Base> {
  const { root, site } = applying;
  const there = remoteFingerprint(entry);
  const known = item.line;
  const parts = step.changed.filter((part) => there.parts[part] !== known?.remote.parts[part]);
  const managed = (part: Part) =>
    item.sent.includes(part) ||
    [known?.local, file?.fingerprint].some((side) => side?.parts[part] !== undefined);
  const asThere =
    file === undefined ? {} : await partsAsThere(root, site, file, entry, parts.filter(managed));
  const remote = withParts(known?.remote.parts ?? there.parts, parts, there.parts);
  const whole = changedParts({ v: there.v, parts: remote }, there).length === 0;
  const local = withParts(known?.local.parts ?? file?.fingerprint.parts ?? {}, Object.keys(asThere), asThere);
  const v = file?.fingerprint.v ?? known?.local.v ?? there.v;
  const clean = file !== undefined && changedParts({ v, parts: local }, file.fingerprint).length === 0;
  return {
    path: step.path,
    locale: entry.locale,
    id: entry.id,
    kind: entry.kind,
    scope: entry.scope,
    slug: entry.slug,
    state: entry.state,
    revision: whole ? entry.revision : "",
    racy: raced || isRacy(applying, entry),
    blob: clean ? file.blob : "",
    local: { v, parts: local },
    remote: { v: there.v, parts: remote },
    media: clean
      ? Object.fromEntries(file.files.map((media) => [media.path, media.digest]))
      : (known?.media ?? {}),
    links: clean ? file.targets : known?.links,
  };
}

function withParts(
  before: Readonly<Record<Part, string>>,
  parts: readonly Part[],
  values: Readonly<Record<Part, string | undefined>>,
): Readonly<Record<Part, string>> {
  const after: Record<Part, string> = { ...before };
  for (const part of parts) {
    const value = values[part];
    if (value === undefined) delete after[part];
    else after[part] = value;
  }
  return after;
}

/** A file that says something else than the base has a change that was undone: it is not sent again. */
function hold({ held }: Applying, line: Base, file: LoadedFile | undefined): void {
  held.delete(line.path);
  if (file !== undefined && changedParts(line.local, file.fingerprint).length > 0)
    held.set(line.path, file.blob);
}

/** Gives the file back what it said, or takes it away; where its entry went, what is left of it is held. */
async function moveFile(applying: Applying, undoing: Undoing): Promise<void> {
  const { step, file, site, item } = undoing;
  const { lines, held } = applying;
  if (file === "write" && item.bytes !== undefined) await writeBack(applying, undoing, item.bytes);
  if (file === "trash") {
    await takeAway(applying, undoing);
    lines.delete(step.path);
  }
  if (site !== "none" && site !== "remove") return;
  held.delete(step.path);
  const blob = (await scanFile(applying.root, step.path))?.blob;
  if (blob === undefined) return;
  if (site === "remove") held.set(step.path, blob);
  else if (item.line !== undefined && !item.bound) lines.set(item.line.path, item.line);
  else if (lines.get(step.path)?.blob !== blob) held.set(step.path, blob);
}

async function writeBack(applying: Applying, { step, item }: Undoing, bytes: Uint8Array): Promise<void> {
  const { root, store } = applying;
  const owner = { path: step.path, id: step.id ?? "", kind: step.kind, locale: step.locale };
  const old = step.expects.local === "" ? undefined : await root.read(step.path);
  const read = old === undefined ? undefined : await applying.sealText(owner, "file", "read", old);
  const written = await applying.sealText(owner, "file", "written", bytes);
  await refuseMovedOn(applying, step.path, step.expects.local === "" ? undefined : step.expects.local);
  const { seq, receipt } = store.transaction(() => {
    const kept = {
      fresh: old === undefined,
      blob: blobOf(bytes),
      ...(read === undefined ? {} : { before: keepVersion(store, read) }),
      after: keepVersion(store, written),
    } satisfies FileReceipt;
    const id = item.subject.id;
    return { receipt: kept, seq: intend(store, entryIntent(applying, step, "file", id, kept)) };
  });
  await writeFileAtomic(root.dir, step.path, bytes);
  settle(store, seq, "done", receipt);
}

async function takeAway(applying: Applying, { step, item }: Undoing): Promise<void> {
  const { root, store, trash } = applying;
  const owner = { path: step.path, id: step.id ?? "", kind: step.kind, locale: step.locale };
  const text = await applying.sealText(owner, "file", "read", await root.read(step.path));
  const { seq, receipt } = store.transaction(() => {
    const kept = { before: keepVersion(store, text), removed: true } satisfies FileReceipt;
    const line = item.line === undefined ? {} : { line: item.line as unknown as Json };
    const whole = { ...kept, ...line };
    return {
      receipt: whole,
      seq: intend(store, entryIntent(applying, step, "file", item.subject.id, whole)),
    };
  });
  await removeFile(root.dir, step.path, trash);
  settle(store, seq, "done", receipt);
}
