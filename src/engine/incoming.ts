import type { Entry } from "../connectors/contract.ts";
import type { Document, MediaFile } from "../content/document.ts";
import { placeIn } from "../content/locale.ts";
import { nameParts } from "../content/path.ts";
import { newDocumentBytes, patchDocument, ruleFor } from "../content/read.ts";
import { patchSource } from "../content/source.ts";
import { removeFile } from "../content/tree.ts";
import { Fault } from "../lib/fault.ts";
import type { Json } from "../lib/json.ts";
import { intend, settle } from "../store/journal.ts";
import { keepVersion } from "../store/versions.ts";
import { foldSlug } from "../sync/match.ts";
import type { PartMerge } from "../sync/merge.ts";
import { type Base, isGone, type Part } from "../sync/model.ts";
import type { Step } from "../sync/plan.ts";
import { reconcile } from "../sync/reconcile.ts";
import { type Applying, currentFile, entryIntent, forgetLine, isRacy } from "./applying.ts";
import { baseOf } from "./compare.ts";
import { decodeEntry, decodingRefs } from "./encode.ts";
import { inWordsOf } from "./file-words.ts";
import { writeDocument } from "./files.ts";
import { remoteFingerprint } from "./fingerprint.ts";
import type { Item } from "./gather.ts";
import { keepMedia } from "./media-pull.ts";
import { withNotKept } from "./not-kept.ts";
import type { FileReceipt } from "./receipts.ts";
import type { Root } from "./root.ts";
import { fromSite } from "./rules.ts";
import { aimedAs, asSent, type LoadedFile, loadVersion, scanFile } from "./scan.ts";
import type { Site } from "./site.ts";
import { keyOf } from "./translations.ts";

/** Writes the site's changes into the file, or a new file for an entry that had none. */
export async function pullEntry(applying: Applying, step: Step, item: Item): Promise<void> {
  const { entry, subject } = item;
  if (entry === undefined)
    throw new Fault("defect", `${step.path}: planned a pull without having read the entry`);
  const file = subject.local === undefined ? undefined : await currentFile(applying, step, item);
  const kept = await keepMedia(applying, step.path, entry, file);
  const withKept = file === undefined ? undefined : { ...file, files: [...file.files, ...kept] };
  const bytes =
    withKept === undefined
      ? await newFile(applying, step.path, entry, kept)
      : await pulledInto(applying.root, applying.site, withKept, entry, step.changed, item.merging?.parts);
  const pending = file === undefined ? {} : await stillToPush(applying, file, step.changed, item);
  await writeDocument(applying, step, file, entry, bytes, (after) =>
    withPending(
      withNotKept(baseOf(after, entry, isRacy(applying, entry)), subject.base, step.changed),
      pending,
      subject.base?.links,
    ),
  );
}

/**
 * What the base says of parts that the file still has to send: of those changed here only, what it said before; of
 * those changed on both sides, what a file would say that held the site's version. Absent: the part itself is.
 */
export async function stillToPush(
  { root, site }: Applying,
  file: LoadedFile,
  incoming: readonly Part[],
  { subject, entry }: Item,
): Promise<Readonly<Record<Part, string | undefined>>> {
  const verdict = reconcile(subject);
  if (verdict.type !== "changed" || entry === undefined) return {};
  const pending: Record<Part, string | undefined> = {};
  for (const part of verdict.out) {
    if (!incoming.includes(part)) pending[part] = subject.base?.local.parts[part];
  }
  if (verdict.both.length === 0) return pending;
  return { ...pending, ...(await partsAsThere(root, site, asSent(site, file), entry, verdict.both)) };
}

/** Fingerprints of parts as the file would have them if it said what the entry says, its links leading where they do. */
export async function partsAsThere(
  root: Root,
  site: Site,
  file: LoadedFile,
  entry: Entry,
  parts: readonly Part[],
): Promise<Readonly<Record<Part, string | undefined>>> {
  const bytes = await pulledInto(root, site, file, entry, parts);
  const read = await loadVersion(root, site, file.path, bytes, file.sent);
  const there = read === undefined ? undefined : aimedAs(site, read, file);
  return Object.fromEntries(parts.map((part) => [part, there?.fingerprint.parts[part]]));
}

/**
 * The line with other fingerprints for some parts of the file; its blob then proves nothing. `sent`: where the body's
 * links led in them.
 */
export function withPending(
  line: Base,
  pending: Readonly<Record<Part, string | undefined>>,
  sent: Base["links"] = {},
): Base {
  const parts: Record<Part, string> = { ...line.local.parts };
  for (const [part, hash] of Object.entries(pending)) {
    if (hash === undefined) delete parts[part];
    else parts[part] = hash;
  }
  const differs = Object.keys(pending).some((part) => parts[part] !== line.local.parts[part]);
  if (!differs) return line;
  const links = parts.body === line.local.parts.body ? line.links : { ...line.links, ...sent };
  return { ...line, blob: "", local: { ...line.local, parts }, links };
}

async function newFile(
  applying: Applying,
  path: string,
  entry: Entry,
  kept: readonly MediaFile[],
): Promise<Uint8Array> {
  const { site, root } = applying;
  if ((await scanFile(root, path)) !== undefined) {
    throw new Fault("conflict", `${path} exists already`, { code: "file-in-the-way", place: { file: path } });
  }
  const document = withoutImplied(root, path, await decodeEntry(root, site, entry, path, kept), site);
  const translationKey = keyOf(site, root, entry, path);
  const fields = translationKey === undefined ? document.fields : { ...document.fields, translationKey };
  return newDocumentBytes({ ...document, fields }, path, root.config, site.naming);
}

/** What the file's place already says is not written into it. */
function withoutImplied(root: Root, path: string, document: Document, site: Site): Document {
  const { slug, ...fields } = document.fields;
  const rule = ruleFor(root.config, path, document.fields);
  const named = nameParts((rule && placeIn(rule, path)?.plain) ?? path).slug;
  const implied =
    typeof slug === "string" && foldSlug(slug) === foldSlug(site.target.codec.slug?.(named) ?? named);
  const kind = rule?.kind ?? site.target.defaultKind;
  return {
    ...document,
    kind: kind === document.kind ? "" : document.kind,
    fields: implied ? fields : document.fields,
  };
}

/** The file as it would be with these parts taken from the entry, or as they were merged; every other byte stays. */
export async function pulledInto(
  root: Root,
  site: Site,
  file: LoadedFile,
  entry: Entry,
  parts: readonly Part[],
  merged: ReadonlyMap<Part, PartMerge> = new Map(),
): Promise<Uint8Array> {
  const refs = await decodingRefs(site, entry, file);
  const given = fromSite(root, site, site.target.codec.decode(entry, refs)).fields;
  const fields = inWordsOf(root, site, refs.kind, file.reading.document.fields, given);
  const set: Record<string, Json> = {};
  const remove: string[] = [];
  for (const part of parts) {
    if (part === "body") continue;
    const merge = merged.get(part);
    const value = merge?.type === "merged" ? merge.value : fields[part];
    if (value !== undefined) set[part] = value;
    else if (file.reading.document.fields[part] !== undefined) remove.push(part);
  }
  const before = file.document.body;
  const merge = merged.get("body");
  const settled = merge?.type === "merged" && typeof merge.value === "string" ? merge.value : undefined;
  const body = parts.includes("body")
    ? (settled ?? site.target.codec.patchBody(before, entry.wire.body ?? "", refs))
    : before;
  return patchDocument(file.reading, { set, remove, ...(body === before ? {} : { body }) });
}

/** Moves the file of an entry that is gone to the trash directory of this run. */
export async function dropFile(applying: Applying, step: Step, item: Item): Promise<void> {
  const file = await currentFile(applying, step, item);
  const { base } = item.subject;
  const { root, store } = applying;
  const owner = { path: step.path, id: base?.id ?? "", kind: step.kind, locale: step.locale };
  const text = await applying.sealText(owner, "file", "read", patchSource(file.reading.source, {}));
  const { seq, receipt } = store.transaction(() => {
    const kept = { before: keepVersion(store, text), removed: true } satisfies FileReceipt;
    const line = base === undefined ? {} : { line: base as unknown as Json };
    const receipt = { ...kept, ...line };
    return { receipt, seq: intend(store, entryIntent(applying, step, "file", base?.id, receipt)) };
  });
  await removeFile(root.dir, step.path, applying.trash);
  settle(store, seq, "done", receipt);
  forgetLine(applying, base);
}

/**
 * Parts changed on the site that this push left alone stay remote changes: their base is what it was. So do those that the
 * file has and somebody changed on the site while the write was on its way: theirs is what was read before it. `sent`: the parts that were
 * written.
 */
export function stillToPull(
  line: Base,
  step: Step,
  { subject, entry }: Pick<Item, "subject" | "entry">,
  sent: readonly Part[],
): Base {
  const { base, remote } = subject;
  if (entry === undefined || remote === undefined || isGone(remote)) return line;
  const read = remoteFingerprint(entry);
  const meanwhile = Object.keys(line.local.parts).filter(
    (part) => !sent.includes(part) && line.remote.parts[part] !== read.parts[part],
  );
  const verdict = reconcile(subject);
  const incoming = base !== undefined && verdict.type === "changed" ? verdict.in : [];
  const pending = incoming.filter((part) => !step.changed.includes(part));
  const still = pending.filter(
    (part) => meanwhile.includes(part) || line.remote.parts[part] === read.parts[part],
  );
  if (still.length + meanwhile.length === 0) return line;
  const parts: Record<string, string> = { ...line.remote.parts };
  for (const part of new Set([...meanwhile, ...still])) {
    const old = (still.includes(part) ? base?.remote : read)?.parts[part];
    if (old === undefined) delete parts[part];
    else parts[part] = old;
  }
  const state = still.includes("status")
    ? base?.state
    : meanwhile.includes("status")
      ? entry.state
      : undefined;
  return { ...line, state: state ?? line.state, revision: "", remote: { ...line.remote, parts } };
}
