import type { Traits } from "../connectors/contract.ts";
import type { MediaFile } from "../content/document.ts";
import { patchSource } from "../content/source.ts";
import { asFault, Fault, type FaultKind } from "../lib/fault.ts";
import { stopFault } from "../lib/stop.ts";
import { isBegun } from "../store/journal.ts";
import { keepVersion } from "../store/versions.ts";
import type { Step } from "../sync/plan.ts";
import { awaitedLinks, waitsIn } from "../sync/waits.ts";
import { type Applying, isRacy } from "./applying.ts";
import { baseOf, mediaOf } from "./compare.ts";
import type { DocumentResult, ResultStatus } from "./events.ts";
import type { Item } from "./gather.ts";
import { dropFile, pullEntry } from "./incoming.ts";
import { fillLinks } from "./links-fill.ts";
import { lossyFault } from "./losses.ts";
import { type NotKept, notKeptFault } from "./not-kept.ts";
import { createEntry, deleteEntry, mergeEntry, restoreEntry, updateEntry, type Written } from "./outgoing.ts";
import { wholeFile } from "./scan.ts";
import { inGroups } from "./schedule.ts";
import { type Support, uploadFile } from "./support.ts";
import { createTerms } from "./support-terms.ts";
import { wireBytes } from "./texts.ts";
import { meetingOf } from "./together.ts";

export interface Applied {
  readonly results: readonly { readonly step: Step; readonly result: DocumentResult }[];
  /** Set when the whole connection had to be given up, or the operator stopped the run. */
  readonly stopped: Fault | undefined;
}

/** What the result of a step tells besides that it went well. */
export interface Performed {
  /** Why there was nothing to do after all. */
  readonly idle?: string;
  readonly id?: string;
  readonly url?: string;
  /** What the site did not keep as it was sent; absent for nothing. */
  readonly notKept?: readonly NotKept[];
}

/** Carries out one step; throws the fault of its document. */
export type Perform = (applying: Applying, step: Step) => Promise<Performed>;

/** Files written at one time: each waits for the disk. */
const FILES_AT_ONCE = 8;

/**
 * Carries out the steps of a plan, in order; steps of one group run side by side as the platform allows. Uploads go on
 * beside them: a document waits for those that it shows, and for no other.
 */
export async function apply(
  applying: Applying,
  steps: readonly Step[],
  support: Support,
  perform: Perform,
  itemOf: (step: Step) => Item | undefined,
): Promise<Applied> {
  const { traits } = applying.site.target.connector;
  const work = workload(applying, steps, support);
  await work.guarded(() => createTerms(applying, support.terms), support.terms.length);
  const sends = Math.max(1, traits.writeConcurrency);
  const uploads = startUploads(support.files, sends, (file) =>
    work.guarded(() => uploadFile(applying, file)),
  );
  const awaited = awaitedLinks(steps, (step) => itemOf(step)?.subject.local?.links ?? []);
  for (const group of groupsOf(steps)) {
    tellUpdates(applying, group);
    const before = waitsIn(group, awaited);
    const writesFiles = group[0]?.action === "pull";
    const most = togetherIn(group, traits);
    const schedule = {
      most: writesFiles ? 1 : most,
      // While as many batches are under way as the platform takes, as many are made ready: two may end at one time.
      width: writesFiles ? FILES_AT_ONCE : most > 1 ? 2 * sends : sends,
      after: (step: Step) => before.get(step) ?? [],
      until: (step: Step) => uploads.of(itemOf(step)?.file?.files ?? []),
    };
    await inGroups(group, schedule, (batch) => carryOutTogether(applying, batch, perform, work));
  }
  await uploads.all;
  const isLeft = (step: Step): boolean =>
    takesWork(step) && (work.results.get(step)?.status ?? "not-attempted") === "not-attempted";
  const stopped = work.stopped() ?? (steps.some(isLeft) ? interrupted(applying) : undefined);
  const all = steps.map((step) => ({
    step,
    result: work.results.get(step) ?? notAttempted(applying, step, stopped),
  }));
  return { results: all, stopped };
}

const UPDATES: ReadonlySet<Step["action"]> = new Set(["update", "publish", "unpublish"]);

/** A platform that looks at entries before it overwrites them can look at many at one time. */
function tellUpdates({ site }: Applying, group: readonly Step[]): void {
  for (const { action, pass, id, kind, locale, changed } of group) {
    if (!UPDATES.has(action) || pass === 2 || id === undefined) continue;
    site.target.connector.expectUpdates?.([{ id, kind, locale }], changed);
  }
}

/** Steps of a group that are sent side by side. */
function togetherIn(group: readonly Step[], { batch = 1, bulk }: Traits): number {
  const inBulk = bulk !== undefined && group[0]?.action === "create" && group.length >= bulk.from;
  return inBulk ? bulk.most : batch;
}

/** What is done of a plan so far, and why no more of it is begun. */
interface Workload {
  readonly results: Map<Step, DocumentResult>;
  /** Resolves when the batch that was here before is ready to be sent; the next one waits for `ready`. */
  readonly inTurn: (ready: Promise<void>) => Promise<void>;
  readonly stopped: () => Fault | undefined;
  readonly stop: (fault: Fault) => void;
  /** Does nothing once the run is stopped. A fault that is thrown stops it. */
  readonly guarded: (work: () => Promise<void>, weight?: number) => Promise<void>;
}

function workload(applying: Applying, steps: readonly Step[], support: Support): Workload {
  const { emit, signal, site, stillHeld } = applying;
  const whileHeld = async (work: () => Promise<void>): Promise<void> => {
    stillHeld();
    await work();
  };
  const target = site.target.name;
  const total = steps.filter(takesWork).length + support.terms.length + support.files.length;
  let stopped: Fault | undefined;
  let done = 0;
  let last = Promise.resolve();
  if (total > 0) emit({ type: "phase", target, phase: "write", detail: `${total}` });
  const stop = (fault: Fault): void => {
    stopped ??= fault;
  };
  return {
    results: new Map(),
    inTurn: (ready) => {
      const before = last;
      last = ready;
      return before;
    },
    stopped: () => stopped,
    stop,
    async guarded(work, weight = 1) {
      if (stopped !== undefined || signal.aborted) return;
      await whileHeld(work).catch((thrown: unknown) => stop(asFault(thrown)));
      done += weight;
      if (weight > 0) emit({ type: "progress", target, phase: "write", done, total });
    },
  };
}

/** Carries out steps that do not wait for each other, each by itself, sent at the same moments. */
async function carryOutTogether(
  applying: Applying,
  batch: readonly Step[],
  perform: Perform,
  work: Workload,
): Promise<void> {
  const target = applying.site.target.name;
  const { ends, ready } = meetingOf(applying.store, batch.length);
  for (const [index, end] of ends.entries()) {
    const step = batch[index];
    if (step !== undefined && batch.length > 1) applying.together.set(step, end);
  }
  // Two that are made ready at once would both be sent late.
  if (batch.length > 1) await work.inTurn(ready);
  const one = async (step: Step): Promise<void> => {
    const result = await carryOut(applying, step, perform);
    work.results.set(step, result);
    // What was written is told once it was read back.
    const told = result.status !== "ok" || !applying.written.has(step.path);
    if (told) applying.emit({ type: "result", target, result });
    if (result.fault !== undefined && result.fault.scope !== "item") work.stop(result.fault);
  };
  await Promise.all(
    batch.map((step) =>
      work
        .guarded(() => one(step), takesWork(step) ? 1 : 0)
        .finally(() => {
          applying.together.get(step)?.leave();
          applying.together.delete(step);
        }),
    ),
  );
}

/** Begins the uploads; `of` resolves once those of these files that are among them have ended, one way or the other. */
function startUploads(
  files: readonly MediaFile[],
  width: number,
  upload: (file: MediaFile) => Promise<void>,
): {
  readonly all: Promise<void>;
  readonly of: (files: readonly MediaFile[]) => Promise<unknown> | undefined;
} {
  const ended = new Map<string, Promise<void>>();
  const end = new Map<string, () => void>();
  for (const { digest } of files) ended.set(digest, new Promise((resolve) => end.set(digest, resolve)));
  const single = { most: 1, width, after: () => [] };
  const all = inGroups(files, single, async ([file]) => {
    if (file === undefined) return;
    await upload(file).finally(() => end.get(file.digest)?.());
  });
  // Whoever waits for all is told; documents that fail before leave nobody who does.
  all.catch(() => {});
  return {
    all,
    of: (shown) => {
      const waits = shown.flatMap(({ digest }) => ended.get(digest) ?? []);
      return waits.length === 0 ? undefined : Promise.all(waits);
    },
  };
}

function interrupted({ signal }: Applying): Fault | undefined {
  const hint = "run the same command again: it goes on where this run stopped";
  return signal.aborted ? stopFault(signal, "stopped before everything was done", hint) : undefined;
}

function takesWork(step: Step): boolean {
  return step.action !== "skip" && step.action !== "conflict";
}

function notAttempted(applying: Applying, step: Step, stopped: Fault | undefined): DocumentResult {
  const status: ResultStatus =
    step.action === "conflict" ? "conflict" : step.action === "skip" ? "skipped" : "not-attempted";
  const result = { ...resultOf(step, status), reason: stopped?.message ?? step.reason };
  applying.emit({ type: "result", target: applying.site.target.name, result });
  return result;
}

/** Steps of one action, and for removals of one depth, touch different entries and may overlap in time. */
function groupsOf(steps: readonly Step[]): readonly (readonly Step[])[] {
  const groups: Step[][] = [];
  let key = "";
  for (const step of steps) {
    const next = step.action === "delete" ? `${step.action} ${step.scope}` : step.action;
    if (next !== key || groups.length === 0) groups.push([]);
    key = next;
    groups.at(-1)?.push(step);
  }
  return groups;
}

async function carryOut(applying: Applying, step: Step, perform: Perform): Promise<DocumentResult> {
  if (step.action === "conflict") return { ...resultOf(step, "conflict"), reason: step.reason };
  if (step.action === "skip") return { ...resultOf(step, "skipped"), reason: step.reason };
  const refused = applying.allowLossy ? undefined : lossyFault(step);
  const losses = step.losses === undefined ? {} : { losses: step.losses };
  if (refused !== undefined) return { ...resultOf(step, "failed"), ...losses, fault: refused };
  try {
    const { idle, ...written } = await perform(applying, step);
    if (idle !== undefined) return { ...resultOf(step, "skipped"), reason: idle };
    const result = { ...resultOf(step, "ok"), ...written, ...losses };
    if (written.notKept === undefined || applying.allowLossy) return result;
    return { ...result, status: "failed", fault: notKeptFault(step.path, written.notKept) };
  } catch (thrown) {
    const fault = asFault(thrown);
    if (isUntouched(applying, step, fault)) {
      return { ...resultOf(step, "not-attempted"), reason: fault.message, fault };
    }
    if (fault.code === "moved") readNextTime(applying, step);
    return { ...resultOf(step, fault.kind === "conflict" ? "conflict" : "failed"), fault };
  }
}

/** Whatever its revision says: somebody wrote past it. */
function readNextTime({ lines }: Applying, { path, previous = path }: Step): void {
  const line = lines.get(previous);
  if (line !== undefined) lines.set(previous, { ...line, racy: true });
}

/** Kinds of faults that are not the document's. */
const OF_THE_SITE: ReadonlySet<FaultKind> = new Set([
  "unavailable",
  "rate-limited",
  "interrupted",
  "deadline",
  "locked",
]);

/** Whether the site went away, or the run was ended, before anything of the step was done. */
function isUntouched(
  { store, run }: Applying,
  { path, action }: Step,
  { kind, scope, unsent }: Fault,
): boolean {
  if (!OF_THE_SITE.has(kind) || scope === "item") return false;
  // A merge has written its file by then.
  return (unsent && action !== "merge") || !isBegun(store, run, path);
}

function resultOf(step: Step, status: ResultStatus): DocumentResult {
  return {
    path: step.path,
    id: step.id,
    action: step.action,
    status,
    ...(step.url === undefined ? {} : { url: step.url }),
  };
}

/** Carries out the steps of a comparison of files and entries. */
export function performer(itemOf: (step: Step) => Item | undefined): Perform {
  return async (applying, step) => {
    const item = itemOf(step);
    if (item === undefined) throw new Fault("defect", `no document belongs to the step for ${step.path}`);
    return performOn(applying, step, item);
  };
}

async function performOn(applying: Applying, step: Step, item: Item): Promise<Performed> {
  const { base } = item.subject;
  switch (step.action) {
    case "create":
      return told(await createEntry(applying, step, item));
    case "update":
    case "publish":
    case "unpublish":
      if (step.pass === 2) return filled(await fillLinks(applying, step, item));
      return told(await updateEntry(applying, step, item));
    case "restore":
      return told(await restoreEntry(applying, step, item));
    case "merge":
      return told(await mergeEntry(applying, step, item));
    case "pull":
      await pullEntry(applying, step, item);
      return {};
    case "delete":
      await (item.subject.local === undefined
        ? deleteEntry(applying, step, item)
        : dropFile(applying, step, item));
      return {};
    case "rename":
      if (base !== undefined) {
        applying.lines.delete(base.path);
        const named = item.file === undefined ? {} : { media: mediaOf(item.file), links: item.file.targets };
        applying.lines.set(step.path, { ...base, path: step.path, ...named });
        moveHold(applying, base.path, step.path);
      }
      return {};
    case "adopt":
      await adopt(applying, step, item);
      return {};
    case "relink":
      if (base !== undefined) applying.lines.delete(base.path);
      return {};
    default:
      throw new Fault("defect", `a ${step.action} step cannot be carried out`);
  }
}

function filled(done: Written | string): Performed {
  return typeof done === "string" ? { idle: done } : told(done);
}

function told({ entry, notKept }: Written): Performed {
  return { id: entry.id, url: entry.url, ...(notKept.length === 0 ? {} : { notKept }) };
}

/** A file that was only moved is held as before. */
function moveHold({ held }: Applying, from: string, to: string): void {
  const blob = held.get(from);
  if (blob === undefined) return;
  held.delete(from);
  held.set(to, blob);
}

async function adopt(applying: Applying, step: Step, { subject, file: known, entry }: Item): Promise<void> {
  if (known === undefined || entry === undefined)
    throw new Fault("defect", `${step.path} was to be adopted unread`);
  const { root, site, store } = applying;
  const file = await wholeFile(root, site, known);
  const owner = { path: step.path, id: entry.id, kind: entry.kind, locale: entry.locale };
  const seen = await applying.sealText(owner, "site", "seen", wireBytes(entry.wire));
  const read = await applying.sealText(owner, "file", "read", patchSource(file.reading.source, {}));
  store.transaction(() => {
    keepVersion(store, seen);
    keepVersion(store, read);
  });
  if (subject.base !== undefined) applying.lines.delete(subject.base.path);
  applying.lines.set(step.path, baseOf(file, entry, isRacy(applying, entry)));
}
