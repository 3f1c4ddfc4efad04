import type { State } from "../content/document.ts";
import type { LockEntry, LockFingerprint } from "../content/lockfile.ts";

/** A field of front matter, or `body`. */
export type Part = string;

/**
 * One side of a document at one moment, as a hash per part. `v` is the algorithm: fingerprints of different
 * versions say nothing about each other and are migrated by reading.
 */
export type Fingerprint = LockFingerprint;

/** The state both sides last agreed on, as the lockfile keeps it. */
export type Base = Omit<LockEntry, "target">;

/** A date as the site's visitors read it, and the instant it stands for. */
export interface PlannedDate {
  /** `2026-01-31T09:30:00`, in the site's zone. */
  readonly site: string;
  /** ISO 8601, UTC. */
  readonly utc: string;
}

/** A link whose target has another address than both sides last agreed on. */
export interface Relinked {
  readonly path: string;
  readonly filled: boolean;
}

/** The operator's file as it is now. */
export interface Local {
  readonly path: string;
  readonly locale: string;
  readonly kind: string;
  readonly scope: string;
  /** As a create would use it. */
  readonly slug: string;
  readonly title: string;
  /** As the file says; undefined where it says nothing. */
  readonly state: State | undefined;
  readonly date: PlannedDate | undefined;
  readonly blob: string;
  readonly fingerprint: Fingerprint;
  /** Paths of the documents that its body links to. */
  readonly links?: readonly string[];
  /** Of these, those that lead elsewhere than what was sent for them; `filled`: nothing was, they had no address. */
  readonly relinked?: readonly Relinked[];
  /** Why this tool may not write the document's entry (`protect`, `readOnly`), else undefined. */
  readonly protectedBy: string | undefined;
}

/** The entry as the site holds it now. */
export interface Remote {
  readonly id: string;
  readonly locale: string;
  readonly kind: string;
  readonly scope: string;
  readonly slug: string;
  readonly url: string;
  readonly title: string;
  readonly revision: string;
  readonly state: State;
  readonly protected: boolean;
  readonly pendingChanges: boolean;
  readonly bodyOwner: string | undefined;
  /** Absent when the revision proves the entry unchanged since the base. */
  readonly fingerprint: Fingerprint | undefined;
}

export interface Gone {
  readonly gone: "missing" | "trashed";
}

/** Everything known about one document on one target. */
export interface Subject {
  readonly base: Base | undefined;
  readonly local: Local | undefined;
  /** `Gone` is proof, never a mere absence from a listing. */
  readonly remote: Remote | Gone | undefined;
  /** Parts in which the file and the site say different things; known wherever both may have changed. */
  readonly differing: readonly Part[] | undefined;
  /** Where a pull puts an entry that has no file yet. */
  readonly newPath: string | undefined;
  /** Parts in which the site holds what a run of ours sent that was cut off: no change of anybody else's. */
  readonly interrupted: readonly Part[];
  /** Of the parts that both sides changed differently, those that merge without a question. */
  readonly mergeable: readonly Part[];
  /** Parts that the site put back to what they were before our last write, while something else was changed there. */
  readonly reverted: readonly Part[];
  /** Why an entry whose file is not there is left alone all the same: nothing proves that the file was removed. */
  readonly kept?: string | undefined;
  /** Paths that this document may have moved from or to, where more than one answer fits. */
  readonly alike?: readonly string[] | undefined;
  /** An undo took the file's change back on the site: it is not sent again until the file is edited. */
  readonly held: boolean;
}

export function isGone(remote: Subject["remote"]): remote is Gone {
  return remote !== undefined && "gone" in remote;
}
