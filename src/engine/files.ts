import type { Entry } from "../connectors/contract.ts";
import { patchSource } from "../content/source.ts";
import { writeFileAtomic } from "../content/tree.ts";
import { Fault } from "../lib/fault.ts";
import type { Json } from "../lib/json.ts";
import { intend, settle } from "../store/journal.ts";
import { keepVersion } from "../store/versions.ts";
import type { Base } from "../sync/model.ts";
import type { Step } from "../sync/plan.ts";
import { type Applying, entryIntent, refuseMovedOn } from "./applying.ts";
import type { FileReceipt } from "./receipts.ts";
import { asSent, type LoadedFile, loadVersion } from "./scan.ts";
import type { Site } from "./site.ts";
import type { KnownMedia } from "./stock.ts";
import { wireBytes } from "./texts.ts";

/**
 * Writes a document's file, recorded with what it said before and what the entry says. `before`: the file as it is,
 * undefined for a new one. Bytes that it has already are not written. `lineOf`: the lockfile's line once it is written; nothing
 * was sent, so its links count as sent to where they were.
 * Throws `conflict`, with nothing written, for a file that is no longer `before`.
 */
export async function writeDocument(
  applying: Applying,
  step: Step,
  before: LoadedFile | undefined,
  entry: Entry,
  bytes: Uint8Array,
  lineOf: (after: LoadedFile) => Base | Promise<Base>,
): Promise<LoadedFile> {
  const { root, site, store } = applying;
  // Read before it is written: a file that could not be read back would be no document.
  const after = await loadVersion(root, site, step.path, bytes, before?.sent);
  if (after === undefined) {
    throw new Fault("invalid", `no content rule takes ${step.path} as a ${entry.kind}`, {
      code: "no-rule",
      place: { file: step.path },
      hint: `add one below \`content:\` in ainstein.yaml, e.g. { dir: ${entry.kind}s, kind: ${entry.kind} }`,
    });
  }
  const owner = { path: step.path, id: entry.id, kind: entry.kind, locale: entry.locale };
  const old = before === undefined ? undefined : patchSource(before.reading.source, {});
  const seen = await applying.sealText(owner, "site", "seen", wireBytes(entry.wire));
  const line = await lineOf(asSent(site, after));
  if (old !== undefined && Buffer.from(old).equals(bytes)) {
    keepVersion(store, seen);
    setLine(applying, step, line);
    return after;
  }
  const read = old === undefined ? undefined : await applying.sealText(owner, "file", "read", old);
  const written = await applying.sealText(owner, "file", "written", bytes);
  // Putting all this together took its time, and somebody may have saved the file meanwhile.
  await refuseMovedOn(applying, step.path, before?.blob);
  const { seq, receipt } = store.transaction(() => {
    keepVersion(store, seen);
    const kept = {
      fresh: before === undefined,
      blob: after.blob,
      ...(read === undefined ? {} : { before: keepVersion(store, read) }),
      after: keepVersion(store, written),
    } satisfies FileReceipt;
    const receipt = {
      ...kept,
      agreed: line as unknown as Json,
      uploads: uploadsOf(site, line) as unknown as Json,
    };
    return { receipt, seq: intend(store, entryIntent(applying, step, "file", entry.id, receipt)) };
  });
  await writeFileAtomic(root.dir, step.path, bytes);
  settle(store, seq, "done", receipt);
  setLine(applying, step, line);
  if (before !== undefined && applying.held.get(step.path) === before.blob)
    applying.held.set(step.path, after.blob);
  return after;
}

/** What the files of a document are on the site: a run that dies now may be the only one that knew. */
function uploadsOf(site: Site, { media }: Base): KnownMedia[] {
  return Object.values(media).flatMap((digest) => {
    const known = site.media.byDigest(digest);
    return known === undefined ? [] : { digest, id: known.id, url: known.url };
  });
}

/** Only what was written has another line: the document keeps the one it has where that failed. */
function setLine({ lines }: Applying, { path, previous }: Step, line: Base): void {
  if (previous !== undefined) lines.delete(previous);
  lines.set(path, line);
}
