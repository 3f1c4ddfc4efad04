// A platform under test: a site that people edit, beside the program that keeps files in step with it.
import type { Census } from "../engine/worlds.ts";
import type { FaultProxy } from "../fakes/fault-proxy.ts";

/** An entry as the site holds it. */
export interface Seen {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
  /** In the site's own form. */
  readonly body: string;
  /** In the words of front matter. */
  readonly state: string;
  /** ISO 8601, UTC; null where it has none. */
  readonly date: string | null;
  /** Id or address of the upload that stands for it; "" where there is none. */
  readonly image: string;
}

/** What a person in the CMS changes. */
export interface Edit {
  readonly title?: string;
  /** ISO 8601, UTC. */
  readonly date?: string;
  /** A text of the body, and what takes its place. */
  readonly replace?: readonly [from: string, to: string];
  /** Neither a new time nor a revision tells of it. */
  readonly unmarked?: boolean;
}

/** What a person in the CMS writes anew. */
export interface Made {
  readonly title: string;
  readonly slug: string;
  readonly text: string;
  readonly state: string;
  /** ISO 8601, UTC. */
  readonly date: string;
}

/** What a listing can be in place of itself. */
export const BROKEN = ["a page missing", "a total that is too short", "HTML", "a visitor's answers"] as const;
export type Broken = (typeof BROKEN)[number];

/** The network between program and site. */
export interface Road extends FaultProxy {
  /** How listings arrive; undefined: whole. */
  listings(how: Broken | undefined): void;
  /** The web server takes no body above so many bytes. */
  limit(bytes: number | undefined): void;
  /** A rule of the site refuses documents with `meta`, once they are stored. */
  deny(on: boolean): void;
}

export interface Site {
  /** What the environment variable of a connection holds. */
  readonly connection: Readonly<Record<string, unknown>>;
  /** Entries that are not in the trash, by slug. */
  entries(): readonly Seen[];
  /** Everything that documents decide, without numbers and times. */
  census(): Census;
  uploads(): number;
  /** How often programs have changed something, as the site counts: entries, terms, uploads, removals. */
  writes(): number;
  edit(slug: string, edit: Edit): void;
  add(made: Made): void;
  /** For good, as from a trash that was emptied. */
  erase(slug: string): void;
  /** Called once, when the n-th change from now on (from 1) is under way. */
  onWrite(n: number, work: () => void): void;
  /** Absent where nothing is sent over a network. */
  readonly road?: Road;
  stop(): Promise<void>;
}

export interface Platform {
  readonly name: string;
  /** `timezone`: an IANA name, or an offset as `+05:30`. */
  start(timezone?: string): Promise<Site>;
  /** States that an entry of it can have. */
  readonly states: readonly string[];
  /** What it cannot be made to do, with the reason. */
  readonly without: Readonly<Partial<Record<Ability, string>>>;
}

/** What some tests ask of a platform. */
export type Ability =
  | "road"
  | "unmarked edits"
  | "uploads that can be downloaded"
  | "uploads that are listed";
