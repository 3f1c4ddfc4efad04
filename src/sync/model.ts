import type { State } from "../content/document.ts";

/** A field of front matter, or `body`. */
export type Part = string;

/**
 * One side of a document at one moment, as a hash per part. `v` is the algorithm: fingerprints of different
 * versions say nothing about each other and are migrated by reading.
 */
export interface Fingerprint {
  readonly v: number;
  readonly parts: Readonly<Record<Part, string>>;
}

/** The state both sides last agreed on, as the lockfile keeps it. */
export interface Base {
  readonly path: string;
  readonly locale: string;
  readonly id: string;
  readonly kind: string;
  readonly scope: string;
  readonly slug: string;
  readonly state: State;
  readonly local: Fingerprint;
  readonly remote: Fingerprint;
  readonly revision: string;
  /** The revision was so young when read that a later edit could hide behind it. */
  readonly racy: boolean;
  /** Git blob id of the file, LF line ends. */
  readonly blob: string;
  /** Local files the document refers to: path -> SHA-256. */
  readonly media: Readonly<Record<string, string>>;
}

/** The operator's file as it is now. */
export interface Local {
  readonly path: string;
  readonly locale: string;
  readonly kind: string;
  readonly scope: string;
  /** As a create would use it. */
  readonly slug: string;
  readonly explicitSlug: boolean;
  readonly title: string;
  readonly state: State | undefined;
  readonly blob: string;
  readonly fingerprint: Fingerprint;
  readonly protected: boolean;
}

/** The entry as the site holds it now. `fingerprint` is absent when the revision proves it unchanged. */
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
  readonly pendingChanges: boolean;
  readonly bodyOwner?: string;
  readonly fingerprint: Fingerprint | undefined;
}

/** Everything known about one document on one target. */
export interface Subject {
  readonly base: Base | undefined;
  readonly local: Local | undefined;
  /** `gone` is proof, never a mere absence from a listing. */
  readonly remote: Remote | { readonly gone: "missing" | "trashed" } | undefined;
  /** Parts that differ between what the file would send and what the site holds; known where a file meets an entry without base. */
  readonly differing: readonly Part[] | undefined;
}
