import type { State } from "../content/document.ts";
import type { Part } from "./model.ts";

export type Action =
  | "create"
  | "update"
  | "rename"
  | "delete"
  | "publish"
  | "unpublish"
  | "pull"
  | "merge"
  | "adopt"
  | "upload"
  | "term"
  | "relink"
  | "redirect"
  | "restore"
  | "conflict"
  | "skip";

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
  /** State before (undefined for a create) and after on the site. */
  readonly from: State | undefined;
  readonly to: State | undefined;
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
  /** ISO 8601, UTC. */
  readonly made: string;
  readonly steps: readonly Step[];
  readonly unchanged: number;
}
