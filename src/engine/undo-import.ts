import { isObject, type Json } from "../lib/json.ts";
import type { Store } from "../store/db.ts";
import { importReceipts, type Receipt } from "../store/journal.ts";
import { createRun, finishRun, getRun, type RunRecord } from "../store/runs.ts";
import { keepVersion } from "../store/versions.ts";
import { type Sealing, sealText } from "./texts.ts";
import type { BroughtRun } from "./undo-file.ts";

/**
 * Takes a run of another machine into this installation's records; one that is here already is left as it is. Gives
 * the texts that came with it, by digest.
 */
export async function bringRun(
  store: Store,
  sealing: Sealing,
  brought: BroughtRun,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const { run, texts, end } = brought;
  if (getRun(store, run.id) === undefined) {
    const sealed = await Promise.all(
      texts.map(async ({ version, plain }) => {
        const { at, event, since, author } = version;
        const clock = { now: () => Date.parse(at), sleep: async () => {} };
        const about = { event, run: run.id, clock, ...(author === undefined ? {} : { author }) };
        const kept = await sealText(sealing, version, version.side, plain, about);
        return since === undefined ? kept : { ...kept, since };
      }),
    );
    store.transaction(() => {
      createRun(store, run);
      const byDigest = new Map(sealed.map((version) => [version.digest, keepVersion(store, version)]));
      importReceipts(
        store,
        brought.receipts.map((receipt) => withNumbers(receipt, byDigest)),
      );
      finishRun(store, run.id, end ?? { status: "interrupted", endedAt: run.startedAt });
    });
  }
  return new Map(texts.map(({ version, plain }) => [version.digest, plain]));
}

/** The run as this installation has it now. */
export function broughtRun(store: Store, { run }: BroughtRun): RunRecord | undefined {
  return getRun(store, run.id);
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
