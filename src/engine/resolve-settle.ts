import type { Json } from "../lib/json.ts";
import type { PartMerge } from "../sync/merge.ts";
import { type Base, isGone, type Part } from "../sync/model.ts";
import type { Step } from "../sync/plan.ts";
import { type Applying, currentFile, isRacy } from "./applying.ts";
import { baseOf } from "./compare.ts";
import type { Settled } from "./conflicts.ts";
import { writeDocument } from "./files.ts";
import { remoteFingerprint } from "./fingerprint.ts";
import { dropFile, partsAsThere, pullEntry, pulledInto, withPending } from "./incoming.ts";
import type { Dispute } from "./resolve-dispute.ts";
import type { Root } from "./root.ts";
import { asSent, type LoadedFile } from "./scan.ts";
import type { Site } from "./site.ts";

/** What is taken for a part: a side's as it stands, or a value of its own (undefined: absent). */
export type PartDecision =
  | { readonly from: "ours" | "theirs"; readonly how: Settled }
  | { readonly from: "value"; readonly value: Json | undefined; readonly how: Settled };

/** One for each part that is open. */
export type Decision = ReadonlyMap<Part, PartDecision>;

/** The decisions with those that need none: parts that go together by themselves. */
export function wholeDecision({ open, merges, kind }: Dispute, decision: Decision): Decision {
  const all = new Map(decision);
  for (const [part, merge] of merges) {
    if (merge.type !== "merged" || all.get(part)?.from === "theirs") continue;
    const keepsOurs = kind === "pending-changes" && all.get(part)?.from === "ours";
    if (open.includes(part) && !keepsOurs) continue;
    all.set(part, { from: "value", value: merge.value, how: merge.by });
  }
  return all;
}

/** What a settled document is to its file: how the step is counted and told. */
export function settledStep({ step, kind }: Dispute, decision: Decision): Step {
  const theirs = [...decision.values()].every(({ from }) => from === "theirs");
  const changed = [...decision.keys()].sort();
  const how = [...new Set([...decision.values()].map((part) => part.how))].join(", ");
  const reason = `${step.reason}; settled: ${how}`;
  if (kind === "edited-here-removed-there" && theirs) return { ...step, action: "delete", changed, reason };
  return { ...step, action: theirs ? "pull" : "merge", changed, reason };
}

/** The file as it will be; every byte that no decision touches stays. */
export function settledBytes(
  root: Root,
  site: Site,
  file: LoadedFile,
  dispute: Dispute,
  decision: Decision,
): Promise<Uint8Array> {
  const { entry } = dispute.item;
  if (entry === undefined) return Promise.resolve(new Uint8Array());
  const values = new Map<Part, PartMerge>();
  const taken = [...dispute.incoming];
  for (const [part, one] of wholeDecision(dispute, decision)) {
    if (one.from === "ours") continue;
    taken.push(part);
    if (one.from === "value") values.set(part, { type: "merged", value: one.value, by: "merge" });
  }
  return pulledInto(root, site, file, entry, taken, values);
}

/**
 * Carries a decision out: writes the file, and the lockfile's line so that the remote version seen is the base and the next
 * push sends what the file has of its own. Never writes to the site.
 */
export async function settleDispute(
  applying: Applying,
  step: Step,
  dispute: Dispute,
  decision: Decision,
): Promise<void> {
  const side = [...decision.values()][0]?.from;
  if (dispute.kind === "edited-here-removed-there") return settleRemovedThere(applying, step, dispute, side);
  if (dispute.kind === "removed-here-edited-there") return settleRemovedHere(applying, step, dispute, side);
  return settleTexts(applying, step, dispute, decision);
}

async function settleTexts(
  applying: Applying,
  step: Step,
  dispute: Dispute,
  decision: Decision,
): Promise<void> {
  const { root, site } = applying;
  const { item, kind } = dispute;
  const { subject, entry } = item;
  if (entry === undefined) return;
  const file = await currentFile(applying, step, item);
  const bytes = await settledBytes(root, site, file, dispute, decision);
  const own = (after: LoadedFile) =>
    [...wholeDecision(dispute, decision)].flatMap(([part, { from }]) =>
      from === "theirs" || unmanaged(after, part) ? [] : part,
    );
  const after = await writeDocument(applying, step, file, entry, bytes, async (written) => {
    const kept = own(written);
    const pending = {
      ...Object.fromEntries(dispute.outgoing.map((part) => [part, subject.base?.local.parts[part]])),
      ...(kept.length === 0 ? {} : await partsAsThere(root, site, asSent(site, written), entry, kept)),
    };
    const agreed = baseOf(written, entry, isRacy(applying, entry));
    const line = withPending(agreed, pending, subject.base?.links);
    const overwrites = kind === "pending-changes" && kept.length > 0 ? { overwrites: entry.revision } : {};
    return { ...line, ...overwrites };
  });
  if (own(after).length > 0) applying.held.delete(step.path);
}

/** A file that says nothing of its state sends none. */
function unmanaged(file: LoadedFile, part: Part): boolean {
  return part === "status" && file.state === undefined;
}

async function settleRemovedThere(
  applying: Applying,
  step: Step,
  { item }: Dispute,
  side: PartDecision["from"] | undefined,
): Promise<void> {
  const { base, remote } = item.subject;
  if (side === "theirs") return dropFile(applying, step, item);
  await currentFile(applying, step, item);
  if (base === undefined) return;
  applying.lines.delete(base.path);
  applying.held.delete(step.path);
  // Without a line the next push takes the file for a new document: all that is left where nothing can be restored.
  const trashed = remote !== undefined && isGone(remote) && remote.gone === "trashed";
  if (!trashed || applying.site.target.connector.restore === undefined) return;
  applying.lines.set(step.path, { ...base, path: step.path, overwrites: "trashed" });
}

async function settleRemovedHere(
  applying: Applying,
  step: Step,
  { item }: Dispute,
  side: PartDecision["from"] | undefined,
): Promise<void> {
  const { entry } = item;
  const { base } = item.subject;
  if (side === "theirs") return pullEntry(applying, step, item);
  if (base === undefined || entry === undefined) return;
  const seen: Base = {
    ...base,
    state: entry.state,
    revision: entry.revision,
    racy: isRacy(applying, entry),
    remote: remoteFingerprint(entry),
  };
  applying.lines.set(base.path, seen);
}
