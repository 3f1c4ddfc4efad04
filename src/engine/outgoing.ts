import type { Draft, Entry, EntryRef, ReadResult } from "../connectors/contract.ts";
import { patchSource } from "../content/source.ts";
import { asFault, asUnsent, Fault, isFault } from "../lib/fault.ts";
import { uuidV5 } from "../lib/hash.ts";
import type { Json, JsonObject } from "../lib/json.ts";
import { intend, settle } from "../store/journal.ts";
import { keepVersion } from "../store/versions.ts";
import { type Base, isGone, type Part } from "../sync/model.ts";
import type { Step } from "../sync/plan.ts";
import { reconcile } from "../sync/reconcile.ts";
import { type Applying, currentFile, entryIntent, forgetLine, isRacy, meet } from "./applying.ts";
import { baseOf } from "./compare.ts";
import { writeDocument } from "./files.ts";
import { wireFingerprint } from "./fingerprint.ts";
import type { Item } from "./gather.ts";
import { pulledInto, stillToPull, stillToPush, withPending } from "./incoming.ts";
import { sentWire } from "./losses.ts";
import { type NotKept, notKept, withNotKept } from "./not-kept.ts";
import type { CreatePayload } from "./recover.ts";
import { asSent, type LoadedFile } from "./scan.ts";
import { wireBytes } from "./texts.ts";
import { amongTranslations } from "./translations.ts";

const KEY_SPACE = "8c9a7d52-5f0e-4f5e-9a43-5f6b1a0d7c11";

/** Faults after which a write may have been carried out all the same. */
const UNCERTAIN: ReadonlySet<string> = new Set([
  "ambiguous",
  "unavailable",
  "protocol",
  "interrupted",
  "deadline",
  "defect",
]);

/** What a write ended with: the entry as the site answered, and what it did not keep of the parts that were sent. */
export interface Written {
  readonly entry: Entry;
  readonly notKept: readonly NotKept[];
}

/** Creates the entry exactly once: the intent is durable before the request, a lost answer is looked up. */
export async function createEntry(applying: Applying, step: Step, item: Item): Promise<Written> {
  const file = await currentFile(applying, step, item);
  const wire = await sentWire(applying, step, file, item);
  const { kind, locale, scope } = step;
  let lost: readonly NotKept[] = [];
  const made = await amongTranslations(applying, step, file, async (told) => {
    const draft = { kind, locale, ...told, scope, slug: file.slug, wire };
    const { entry, seq } = await sendCreate(applying, step, draft);
    // A slug that the site chose is accepted.
    const { slug: _, ...content } = wire;
    lost = await record(applying, step, item, file, entry, content, { seq });
    return entry;
  });
  return { entry: made, notKept: lost };
}

/** Sends a create once, journaled under the key that every machine gives this document. The intent stays open. */
export async function sendCreate(
  applying: Applying,
  step: Step,
  given: Omit<Draft, "key">,
): Promise<{ readonly entry: Entry; readonly seq: number }> {
  const { site, root, store } = applying;
  const { connector } = site.target;
  const identity = [site.account.site, given.kind, given.scope, given.slug, given.locale, root.id];
  const draft: Draft = { key: uuidV5(KEY_SPACE, identity.join("\0")), ...given };
  await meet(applying, step, () => undefined);
  const intent = await connector.prepare(draft);
  const { wire: _, ...rest } = draft;
  const payload: CreatePayload = {
    draft: rest,
    intent,
    sent: wireFingerprint({ slug: draft.slug, ...draft.wire }).parts,
  };
  const created = {
    ...entryIntent(applying, step, "create", undefined, payload as unknown as Json),
    key: draft.key,
  };
  const seq = await meet(applying, step, () => intend(store, created));
  const entry = await createOnce(applying, draft, intent, seq);
  site.addRow(entry);
  return { entry, seq };
}

/** Takes the entry out of the trash as what the file says. */
export async function restoreEntry(applying: Applying, step: Step, item: Item): Promise<Written> {
  const file = await currentFile(applying, step, item);
  const wire = await sentWire(applying, step, file, item);
  const { kind, locale, scope, slug } = step;
  const draft: Draft = { key: "", kind, locale, scope, slug, wire: { slug, ...wire } };
  const { entry, seq } = await sendRestore(applying, step, draft, item.subject.base);
  const { slug: _, ...content } = wire;
  const parts = Object.keys(draft.wire);
  return { entry, notKept: await record(applying, step, item, file, entry, content, { seq, parts }) };
}

/** Sends a return from the trash once, journaled. The intent stays open. `line`: what the lockfile says of the entry. */
export async function sendRestore(
  applying: Applying,
  step: Step,
  draft: Draft,
  line: Base | undefined,
): Promise<{ readonly entry: Entry; readonly seq: number }> {
  const { connector } = applying.site.target;
  const id = step.id ?? "";
  const known = line === undefined ? {} : { line: line as unknown as Json };
  const payload = { parts: step.changed, ...known };
  const intent = entryIntent(applying, step, "restore", id, payload);
  const seq = await meet(applying, step, () => intend(applying.store, intent));
  applying.writes += 1;
  try {
    const entry = await connector.restore?.(id, draft);
    if (entry === undefined) throw new Fault("unsupported", "nothing comes back from this site's trash");
    applying.site.addRow(entry);
    return { entry, seq };
  } catch (thrown) {
    refuseCertain(applying, seq, thrown);
    const now = await readAgain(applying, { id, kind: step.kind, locale: step.locale }, thrown);
    if (now?.entry === undefined || !isFault(thrown, "ambiguous")) throw thrown;
    return { entry: now.entry, seq };
  }
}

/** Tries of one write whose answer was lost and which, as far as can be seen, was not carried out. */
const TRIES = 2;

async function createOnce(applying: Applying, draft: Draft, intent: Json, seq: number): Promise<Entry> {
  const { connector } = applying.site.target;
  for (let attempt = 1; ; attempt += 1) {
    applying.writes += 1;
    try {
      return await connector.create(draft, intent);
    } catch (caught) {
      const thrown = asFirst(caught, attempt);
      refuseCertain(applying, seq, thrown);
      const found = await connector.find(draft, intent).catch((cause: unknown) => {
        refuseCertain(applying, seq, cause);
        throw unknownOutcome(thrown, cause);
      });
      if (found !== undefined) return repair(applying, draft, found);
      if (!isFault(thrown, "ambiguous") || attempt === TRIES) throw thrown;
    }
  }
}

/** That a second try was not sent says nothing of the first one. */
function asFirst(thrown: unknown, attempt: number): unknown {
  return attempt === 1 ? thrown : asUnsent(thrown, false);
}

/** Throws on what says that the write was not carried out, or what became of it. */
function refuseCertain(applying: Applying, seq: number, thrown: unknown): void {
  if (!isFault(thrown) || (UNCERTAIN.has(thrown.kind) && !thrown.unsent)) return;
  settle(applying.store, seq, "failed", { code: thrown.code });
  throw thrown;
}

/** The intent stays open, and the next run asks again: nothing is sent twice on a guess. */
function unknownOutcome(thrown: unknown, cause: unknown): Fault {
  const [first, then] = [asFault(thrown), asFault(cause)];
  const message =
    first.kind === "ambiguous"
      ? `${first.message} Whether it was could not be asked: ${then.message}`
      : first.message;
  const fault = first.kind === "ambiguous" ? then : first;
  return new Fault(fault.kind, message, {
    code: fault.code,
    scope: fault.scope,
    cause,
    hint: "run the same command again: it asks the site first, and sends nothing twice",
    ...(fault.httpStatus === undefined ? {} : { httpStatus: fault.httpStatus }),
  });
}

/** A create that was cut off on the server may have left parts unwritten. */
async function repair(applying: Applying, draft: Draft, found: Entry): Promise<Entry> {
  const { connector, codec } = applying.site.target;
  const whole = Object.entries(draft.wire).every(([part, value]) =>
    codec.same(part, value, found.wire[part] ?? null),
  );
  if (whole) return found;
  applying.writes += 1;
  return connector.update(found.id, draft, { revision: found.revision, wire: found.wire });
}

/** Sends just the changed parts, under the expectation that the entry is still what the plan saw. */
export async function updateEntry(applying: Applying, step: Step, item: Item): Promise<Written> {
  const file = await currentFile(applying, step, item);
  return sendParts(applying, step, item, file, step.changed);
}

/** Both sides changed: theirs comes into the file first, then what the file has of its own is sent. */
export async function mergeEntry(applying: Applying, step: Step, item: Item): Promise<Written> {
  const { entry, subject, merging } = item;
  const verdict = reconcile(subject);
  if (entry === undefined || verdict.type !== "changed")
    throw new Fault("defect", `${step.path}: planned a merge of what is not changed on both sides`);
  const file = await currentFile(applying, step, item);
  const incoming = [...verdict.in, ...verdict.both];
  const bytes = await pulledInto(applying.root, applying.site, file, entry, incoming, merging?.parts);
  const pending = await stillToPush(applying, file, incoming, item);
  const marked = (after: LoadedFile) =>
    withNotKept(baseOf(after, entry, isRacy(applying, entry)), subject.base, incoming);
  // Should the site refuse what is sent next, the file has what it said all the same.
  const merged = await writeDocument(applying, step, file, entry, bytes, (after) =>
    withPending(marked(after), pending, subject.base?.links),
  );
  const parts = [...verdict.out, ...verdict.both].filter((part) => step.changed.includes(part));
  return sendParts(applying, step, item, merged, parts);
}

/** A site that forgets the date of what nobody sees is told it when that is to be seen. */
function withDate({ site }: Applying, { document }: LoadedFile, parts: readonly Part[]): readonly Part[] {
  const forgets = site.target.connector.traits.datesLiveOnly === true && parts.includes("status");
  const dated = typeof document.fields.date === "string" && !parts.includes("date");
  return forgets && dated ? [...parts, "date"] : parts;
}

/** Sends these parts of the file, under the expectation that the entry is as it was read. */
export async function sendParts(
  applying: Applying,
  step: Step,
  item: Item,
  file: LoadedFile,
  changed: readonly Part[],
): Promise<Written> {
  const { entry } = item;
  const parts = withDate(applying, file, changed);
  if (entry === undefined)
    throw new Fault("defect", `${step.path}: planned an update without having read the entry`);
  const all = await sentWire(applying, step, file, item, parts);
  const wire = Object.fromEntries(Object.entries(all).filter(([part]) => parts.includes(part)));
  const { written, ...kept } = await sendWire(applying, step, entry, wire);
  const about = { ...kept, parts: Object.keys(wire) };
  // Without the body, its links lead on the site to where they led.
  const agreed = parts.includes("body") ? file : asSent(applying.site, file);
  return { entry: written, notKept: await record(applying, step, item, agreed, written, wire, about) };
}

/**
 * Sets these parts of an entry under the expectation that it is as it was read, journaled; the intent stays open.
 * `before`: number of the kept version of the entry as it was.
 */
export async function sendWire(
  applying: Applying,
  step: Step,
  entry: Entry,
  wire: JsonObject,
): Promise<{ readonly written: Entry; readonly seq: number; readonly before: number }> {
  const { site, store } = applying;
  const { kind, locale, scope, slug } = entry;
  const draft: Draft = { key: "", kind, locale, scope, slug, wire };
  const old = await applying.sealText({ ...entry, path: step.path }, "site", "seen", wireBytes(entry.wire));
  const sent = wireFingerprint(wire).parts;
  const kept = await meet(applying, step, () => {
    // A write that was cut off and is done again takes the entry from what it was before the first try.
    const text = applying.cutOff(entry.id) ?? keepVersion(store, old);
    const intent = entryIntent(applying, step, "update", entry.id, { sent, text });
    return { before: text, seq: intend(store, intent) };
  });
  const written = await updateOnce(applying, entry, draft, kept.seq);
  site.addRow(written);
  return { written, ...kept };
}

async function updateOnce(applying: Applying, entry: Entry, draft: Draft, seq: number): Promise<Entry> {
  const { connector, codec } = applying.site.target;
  const expected = { revision: entry.revision, wire: entry.wire };
  for (let attempt = 1; ; attempt += 1) {
    applying.writes += 1;
    try {
      return await connector.update(entry.id, draft, expected);
    } catch (caught) {
      const thrown = asFirst(caught, attempt);
      if (attempt === 1) refuseCertain(applying, seq, thrown);
      const now = (await readAgain(applying, entry, thrown))?.entry;
      // What only the working copy says now is not where visitors see it.
      const done =
        now !== undefined &&
        (!now.pendingChanges || entry.pendingChanges) &&
        Object.entries(draft.wire).every(([part, value]) => codec.same(part, value, now.wire[part] ?? null));
      // The first try may have landed late, where the second one then finds the entry changed.
      if (done) return now;
      refuseCertain(applying, seq, thrown);
      if (!isFault(thrown, "ambiguous") || attempt === TRIES) throw thrown;
    }
  }
}

/** The entry after a write whose answer was lost. */
async function readAgain(
  applying: Applying,
  ref: EntryRef,
  thrown: unknown,
): Promise<ReadResult | undefined> {
  try {
    return (await applying.site.target.connector.read([ref]))[0];
  } catch (cause) {
    throw unknownOutcome(thrown, cause);
  }
}

export async function deleteEntry(applying: Applying, step: Step, item: Item): Promise<void> {
  const { site, store } = applying;
  const { remove } = site.target.connector;
  const { remote, base } = item.subject;
  if (remote === undefined || isGone(remote)) return;
  if (remove === undefined) {
    throw new Fault("unsupported", `${site.target.platform} entries cannot be removed through its interface`);
  }
  await meet(applying, step, () => undefined);
  const [found] = await site.target.connector.read([remote]);
  if (found?.entry !== undefined) {
    if (found.entry.revision !== remote.revision) {
      throw new Fault("conflict", `edited on the site since the plan was made`, {
        code: "moved",
      });
    }
    const { entry } = found;
    const old = await applying.sealText({ ...entry, path: step.path }, "site", "seen", wireBytes(entry.wire));
    const { seq, receipt } = await meet(applying, step, () => {
      const line = base === undefined ? {} : { line: base as unknown as Json };
      const kept = { before: keepVersion(store, old), ...line };
      return { receipt: kept, seq: intend(store, entryIntent(applying, step, "delete", remote.id, kept)) };
    });
    applying.writes += 1;
    try {
      await remove(remote.id, remote.kind, { revision: entry.revision, wire: entry.wire });
    } catch (thrown) {
      refuseCertain(applying, seq, thrown);
      const now = await readAgain(applying, remote, thrown);
      if (now === undefined || now.entry !== undefined) throw thrown;
    }
    await applying.commit(() => settle(store, seq, "done", receipt));
    if (base !== undefined)
      applying.written.set(step.path, { step, line: base, seen: undefined, at: applying.clock.now() });
  }
  forgetLine(applying, base);
}

/**
 * Stores what became of a write together with both sides' texts, and the line that the lockfile gets. Gives what the
 * site did not keep of the parts that were sent.
 */
async function record(
  applying: Applying,
  step: Step,
  item: Item,
  file: LoadedFile,
  entry: Entry,
  wire: JsonObject,
  { seq, ...about }: { readonly seq: number; readonly before?: number; readonly parts?: readonly string[] },
): Promise<readonly NotKept[]> {
  const { store, site } = applying;
  const lost = notKept(site.target.codec, wire, entry.wire);
  const how = applying.allowLossy ? "agreed" : "open";
  const agreed = baseOf(file, entry, site.target.connector.traits.raceWindowMs > 0);
  const marks = Object.fromEntries(lost.map(({ field }) => [field, how] as const));
  const marked = withNotKept(agreed, item.subject.base, Object.keys(wire), marks);
  const line = stillToPull(marked, step, item, Object.keys(wire));
  const owner = { path: line.path, id: entry.id, kind: entry.kind, locale: entry.locale };
  const sent = await applying.sealText(owner, "site", "sent", wireBytes(entry.wire));
  const read = await applying.sealText(owner, "file", "read", patchSource(file.reading.source, {}));
  await applying.commit(() => {
    keepVersion(store, read);
    settle(store, seq, "done", { ...about, line: line as unknown as Json, after: keepVersion(store, sent) });
  });
  if (step.previous !== undefined) applying.lines.delete(step.previous);
  applying.lines.set(line.path, line);
  applying.held.delete(line.path);
  applying.written.set(line.path, { step, line, seen: agreed.remote, at: applying.clock.now() });
  site.addresses.set(line.path, entry.url, entry.state);
  return lost;
}
