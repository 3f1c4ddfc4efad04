import { localChanges, remoteChanges, unlikeParts } from "./detect.ts";
import { type Base, isGone, type Local, type Part, type Remote, type Subject } from "./model.ts";

/**
 * What the three points say about a document, whichever way the command works.
 * `out`: parts only the file changed; `in`: parts only the site changed; `both`: parts that both changed and that merge.
 */
export type Verdict =
  | { readonly type: "unchanged" }
  /** Both sides say the same; only the lockfile does not know it yet. */
  | { readonly type: "agreed" }
  | { readonly type: "new-local" }
  | { readonly type: "new-remote" }
  | {
      readonly type: "changed";
      readonly out: readonly Part[];
      readonly in: readonly Part[];
      readonly both: readonly Part[];
    }
  | { readonly type: "conflict"; readonly reason: ConflictReason; readonly parts: readonly Part[] }
  /** Removed on the site and wanted back: it was settled so. */
  | { readonly type: "restore"; readonly parts: readonly Part[] }
  | { readonly type: "deleted-local" }
  | { readonly type: "deleted-remote"; readonly how: "missing" | "trashed" }
  | { readonly type: "deleted-both" };

export type ConflictReason =
  /** The same parts were changed on both sides, differently. */
  | "both-changed"
  /** File and entry meet for the first time, differ, and nothing tells which is newer. */
  | "no-base"
  | "edited-here-removed-there"
  /** Someone saved from a screen that was opened before our last write. */
  | "reverted-remotely"
  | "removed-here-edited-there"
  /** The site's working copy holds changes that visitors do not see yet. */
  | "pending-changes";

export function reconcile(subject: Subject): Verdict {
  const { base, local, remote } = subject;
  if (base === undefined) return withoutBase(subject);
  if (remote === undefined || isGone(remote)) {
    if (local === undefined) return { type: "deleted-both" };
    const edited = localChanges(base, local);
    const how = remote?.gone ?? "missing";
    if (edited.length > 0 && base.overwrites === how) return { type: "restore", parts: edited };
    return edited.length === 0
      ? { type: "deleted-remote", how }
      : { type: "conflict", reason: "edited-here-removed-there", parts: edited };
  }
  if (local === undefined) {
    const edited = remoteChanges(base, remote);
    return edited.length === 0
      ? { type: "deleted-local" }
      : { type: "conflict", reason: "removed-here-edited-there", parts: edited };
  }
  return bothPresent(base, local, remote, subject);
}

function bothPresent(base: Base, local: Local, remote: Remote, subject: Subject): Verdict {
  const { ours, theirs } = changesOf(base, local, remote, subject);
  if (ours.length === 0 && theirs.length === 0) {
    return { type: remoteChanges(base, remote).length === 0 ? "unchanged" : "agreed" };
  }
  if (subject.reverted.length > 0) {
    return { type: "conflict", reason: "reverted-remotely", parts: subject.reverted };
  }
  const differing = new Set(subject.differing ?? [...ours, ...theirs]);
  const mine = new Set(ours);
  const mergeable = new Set(subject.mergeable);
  const clash = clashOf(base, local, remote, subject);
  const open = clash.filter((part) => !mergeable.has(part));
  if (open.length > 0) return { type: "conflict", reason: "both-changed", parts: open };
  const agreedTo = subject.interrupted.length > 0 || base.overwrites === remote.revision;
  if (ours.length > 0 && remote.pendingChanges && !agreedTo) {
    return { type: "conflict", reason: "pending-changes", parts: ours };
  }
  const out = ours.filter((part) => differing.has(part) && !clash.includes(part));
  const incoming = theirs.filter((part) => !mine.has(part));
  return out.length + incoming.length + clash.length === 0
    ? { type: "agreed" }
    : { type: "changed", out, in: incoming, both: clash };
}

type Known = Pick<Subject, "differing" | "interrupted">;

/** What each side changed. Where the site holds what a run of ours had begun to send, the file goes on from there. */
export function changesOf(
  base: Base,
  local: Local,
  remote: Remote,
  { differing, interrupted }: Known,
): { readonly ours: readonly Part[]; readonly theirs: readonly Part[] } {
  const unsent = interrupted.filter((part) => differing?.includes(part));
  const theirs = remoteChanges(base, remote).filter((part) => !interrupted.includes(part));
  const unlike = unlikeParts(base, local).filter(
    (part) => base.notKept?.[part] === "open" || theirs.includes(part),
  );
  return { ours: [...new Set([...localChanges(base, local), ...unsent, ...unlike])].sort(), theirs };
}

/** Parts that both sides changed, differently as far as is known. */
export function clashOf(base: Base, local: Local, remote: Remote, known: Known): readonly Part[] {
  const { ours, theirs } = changesOf(base, local, remote, known);
  const mine = new Set(ours);
  return theirs.filter((part) => mine.has(part) && known.differing?.includes(part) !== false);
}

function withoutBase(subject: Subject): Verdict {
  const { local, remote, differing } = subject;
  if (local === undefined) {
    return remote === undefined || isGone(remote) ? { type: "deleted-both" } : { type: "new-remote" };
  }
  if (remote === undefined || isGone(remote)) return { type: "new-local" };
  if (differing === undefined || differing.length === 0) return { type: "agreed" };
  const out = differing.filter((part) => subject.interrupted.includes(part));
  const both = differing.filter((part) => !out.includes(part));
  const open = both.filter((part) => !subject.mergeable.includes(part));
  return open.length === 0
    ? { type: "changed", out, in: [], both }
    : { type: "conflict", reason: "no-base", parts: open };
}
