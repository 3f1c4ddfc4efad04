import { isObject, type Json, type JsonObject } from "../lib/json.ts";
import type { Store } from "../store/db.ts";
import { type Intent, intend, intents, type Receipt, receipts, settle } from "../store/journal.ts";
import { createRun, finishRun, getRun, interruptRun, markImported, type RunRecord } from "../store/runs.ts";
import { type RunStep, recordResult, recordSteps, stepsOf } from "../store/steps.ts";
import { keepVersion, type NewVersion, sameVersion } from "../store/versions.ts";
import { journal } from "./decisions.ts";
import { type Sealing, sealText } from "./texts.ts";
import type { BroughtRun } from "./undo-read.ts";

/** Takes rows into the signed record of the run's target, in the transaction under way. */
export type TellOf = (rows: readonly (JsonObject & { readonly at: string })[]) => void;

/** What became of a run that was brought. */
export type Taken = "new" | "more" | "known";

/**
 * Takes a run of another machine into this installation's records, all or nothing of it. One that was made here is left
 * as it is; of one that was brought before, what its file did not have then is added. `tell` takes rows of the signed
 * record that came with it. Gives the texts that came with it, by digest.
 */
export async function bringRun(
  store: Store,
  sealing: Sealing,
  brought: BroughtRun,
  tell?: { readonly rows: TellOf; readonly known: (run: string) => number; readonly now: () => string },
): Promise<{ readonly taken: Taken; readonly texts: ReadonlyMap<string, Uint8Array> }> {
  const { run, texts } = brought;
  const byDigest = new Map(texts.map(({ version, plain }) => [version.digest, plain]));
  const before = getRun(store, run.id);
  if (before !== undefined && before.imported !== true) return { taken: "known", texts: byDigest };
  const sealed = await Promise.all(texts.map((text) => sealedHere(sealing, run.id, text)));
  const taken = store.transaction((): Taken => {
    if (before === undefined) createRun(store, run);
    markImported(store, run.id);
    const versions = new Map(
      sealed.map((version) => [version.digest, sameVersion(store, version) ?? keepVersion(store, version)]),
    );
    const news =
      takeSteps(store, run.id, brought.steps) +
      takeIntents(store, brought, (receipt) => withNumbers(receipt, versions)) +
      takeEnd(store, brought, before);
    const rows = tell === undefined ? [] : rowsOf(brought, tell.known(run.id));
    if (news + rows.length > 0) tell?.rows([...rows, ...journal(store, run.id, tell.now())]);
    if (before === undefined) return "new";
    return news + rows.length > 0 ? "more" : "known";
  });
  return { taken, texts: byDigest };
}

async function sealedHere(
  sealing: Sealing,
  run: string,
  { version, plain }: BroughtRun["texts"][number],
): Promise<NewVersion> {
  const { at, event, since, author } = version;
  const clock = { now: () => Date.parse(at), sleep: async () => {} };
  const about = { event, run, clock, ...(author === undefined ? {} : { author }) };
  const kept = await sealText(sealing, version, version.side, plain, about);
  return since === undefined ? kept : { ...kept, since };
}

/** The run as this installation has it now. */
export function broughtRun(store: Store, { run }: BroughtRun): RunRecord | undefined {
  return getRun(store, run.id);
}

/** As planned where the run has not ended, and what became of them. Returns how many are news. */
function takeSteps(store: Store, run: string, steps: readonly RunStep[]): number {
  const here = new Map(stepsOf(store, run).map(({ n, status }) => [n, status]));
  if (here.size === 0) recordSteps(store, run, steps);
  const changed = steps.filter(({ n, status }) => (here.get(n) ?? "planned") !== status);
  for (const { n, status, id, url, fault } of changed) {
    if (status === "planned") continue;
    const more = {
      ...(id === undefined ? {} : { id }),
      ...(url === undefined ? {} : { url }),
      ...(fault === undefined ? {} : { fault }),
    };
    recordResult(store, run, n, { status, ...more });
  }
  return changed.length;
}

/**
 * They get numbers of this journal. An archive only grows at its end, so those that were brought before are its first
 * ones. Returns how many were begun or settled.
 */
function takeIntents(
  store: Store,
  { run, intents: begun, receipts: settled, whole }: BroughtRun,
  numbered: (receipt: Receipt) => Receipt,
): number {
  const all: readonly Intent[] = whole ? begun : settled;
  const here = intents(store, run.id).map(({ seq }) => seq);
  const numbers = new Map(all.map((intent, index) => [intent.seq, here[index] ?? intend(store, intent)]));
  const done = new Set(receipts(store, run.id).map(({ seq }) => seq));
  const late = settled.filter(({ seq }) => !done.has(numbers.get(seq) ?? 0));
  for (const receipt of late) {
    const { outcome, receipt: said } = numbered(receipt);
    const number = numbers.get(receipt.seq);
    if (number !== undefined) settle(store, number, outcome, said);
  }
  return Math.max(0, all.length - here.length) + late.length;
}

/**
 * A run that was cut off stays open where its archive says all that it began: the next run looks what became of that.
 * Returns 1 where the end is news.
 */
function takeEnd(store: Store, { run, end, whole }: BroughtRun, before: RunRecord | undefined): number {
  if (before?.endedAt !== undefined) return 0;
  if (end !== undefined) finishRun(store, run.id, end);
  else if (whole) interruptRun(store, run.id);
  else finishRun(store, run.id, { status: "interrupted", endedAt: run.startedAt });
  return end === undefined ? 0 : 1;
}

/** Behind number `known`, each with where it stood. They claim nothing of this journal, which has other numbers. */
function rowsOf({ audit }: BroughtRun, known: number): readonly (JsonObject & { readonly at: string })[] {
  return audit
    .filter(({ n }) => n > known)
    .map(({ n, row }) => ({ ...row, at: String(row.at), imported: n }));
}

/** Kept versions have other numbers here. */
function withNumbers(receipt: Receipt, byDigest: ReadonlyMap<string, number>): Receipt {
  const { digests = {}, ...plain } = receipt as Receipt & { readonly digests?: Record<string, string> };
  if (!isObject(plain.receipt)) return plain;
  const { before: _, after: __, ...rest } = plain.receipt as Record<string, Json>;
  const numbers = Object.entries(digests).flatMap(([when, digest]) => {
    const seq = byDigest.get(digest);
    return seq === undefined ? [] : [[when, seq] as const];
  });
  return { ...plain, receipt: { ...rest, ...Object.fromEntries(numbers) } };
}
