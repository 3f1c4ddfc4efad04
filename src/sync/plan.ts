import type { FileFormat, State } from "../content/document.ts";
import type { Part, PlannedDate } from "./model.ts";

/** Something that the site drops, or with `changed` turns into something else. */
export interface PlannedLoss {
  readonly field: string;
  readonly message: string;
  readonly changed?: true | undefined;
  /** Line of the file, from 1, where it is known. */
  readonly line?: number | undefined;
}

/** In the order in which a plan is carried out. */
export const ACTIONS = [
  "term",
  "upload",
  "rename",
  "adopt",
  "create",
  "restore",
  "update",
  "merge",
  "publish",
  "unpublish",
  "redirect",
  "pull",
  "relink",
  "delete",
  "conflict",
  "skip",
] as const;
export type Action = (typeof ACTIONS)[number];

/** One unit of a plan. Holds fingerprints, paths and titles, never bodies. */
export interface Step {
  readonly action: Action;
  /** The document's file; for `upload` the media file, for `term` the term's path. */
  readonly path: string;
  readonly locale: string;
  readonly id: string | undefined;
  readonly kind: string;
  readonly scope: string;
  readonly slug: string;
  readonly title: string;
  readonly url: string | undefined;
  readonly reason: string;
  /** Parts that the step sets, on the side it writes to. */
  readonly changed: readonly Part[];
  /** Of a merge's `changed`, those that only come from the site: they are not sent. */
  readonly incoming?: readonly Part[];
  /** State before (undefined for a create) and after on the site. */
  readonly from: State | undefined;
  readonly to: State | undefined;
  /** The document's date, where the step sends it. */
  readonly date?: PlannedDate;
  /** Documents whose new addresses are all that the body has to say. */
  readonly links?: readonly string[];
  /** 2: sends a document's links again, once what they lead to has got its address in the same run. */
  readonly pass?: 2;
  /** What of it the site will not hold as the file says it; absent for nothing. */
  readonly losses?: readonly PlannedLoss[];
  /** Old path of a moved file, or old slug where it changes. */
  readonly previous?: string;
  /** What identifies base, local and remote as the planner saw them; any difference at apply time refuses the step. */
  readonly expects: { readonly base: string; readonly local: string; readonly remote: string };
}

export interface Plan {
  readonly v: 1;
  readonly target: string;
  readonly platform: string;
  /** Identity of the site this plan was made for. */
  readonly site: string;
  readonly command: string;
  /** What the command was asked to look at, so that applying the plan can look again. */
  readonly scope: PlanScope;
  /** ISO 8601, UTC. */
  readonly made: string;
  readonly steps: readonly Step[];
  readonly unchanged: number;
}

export interface PlanScope {
  /** Paths below the root; empty for all. */
  readonly paths: readonly string[];
  readonly kinds: readonly string[];
  readonly states: readonly State[];
  /** ISO 8601; entries changed on the site since then. */
  readonly since: string | undefined;
  /** How many new entries a pull takes at most. */
  readonly limit: number | undefined;
  readonly remove: boolean;
  /** Of files that a pull makes; absent: as `content:` names them. */
  readonly format?: FileFormat;
}
