import type { Traffic } from "../http/traffic.ts";
import type { Fault } from "../lib/fault.ts";
import type { Plan, PlannedLoss, Step } from "../sync/plan.ts";
import type { NotKept } from "./not-kept.ts";

export type { Traffic };

/** What became of one document. */
export type ResultStatus = "ok" | "failed" | "conflict" | "skipped" | "not-attempted";

export interface DocumentResult {
  readonly path: string;
  readonly id: string | undefined;
  readonly action: Step["action"];
  readonly status: ResultStatus;
  readonly url?: string;
  readonly fault?: Fault;
  readonly reason?: string;
  /** What the site was known beforehand not to hold of it. */
  readonly losses?: readonly PlannedLoss[];
  /** What the site kept otherwise than it was sent. */
  readonly notKept?: readonly NotKept[];
}

/** Counts of what was read back from the CMS, not of what was sent. */
export interface Summary {
  readonly target: string | null;
  readonly command: string;
  readonly run: string;
  readonly created: number;
  readonly updated: number;
  readonly renamed: number;
  readonly deleted: number;
  readonly published: number;
  readonly pulled: number;
  readonly merged: number;
  readonly adopted: number;
  readonly unchanged: number;
  readonly skipped: number;
  readonly conflicts: number;
  readonly failed: number;
  readonly writes: number;
  readonly requests: number;
  readonly verified: number;
  readonly seconds: number;
}

/** Everything worth telling. Rendered in src/report, for people or as JSON lines. */
export type Event =
  | {
      readonly type: "phase";
      readonly target: string;
      readonly phase: "connect" | "scan" | "list" | "read" | "write" | "verify";
      readonly detail?: string;
    }
  | {
      readonly type: "progress";
      readonly target: string;
      readonly phase: string;
      readonly done: number;
      readonly total: number;
    }
  | { readonly type: "traffic"; readonly target: string; readonly traffic: Traffic }
  /** Recorded, and about to be carried out. */
  | { readonly type: "run"; readonly target: string; readonly run: string }
  /** `failed`: documents that no step could be planned for; absent for none. */
  | { readonly type: "plan"; readonly target: string; readonly plan: Plan; readonly failed?: number }
  | { readonly type: "step"; readonly target: string; readonly step: Step }
  | { readonly type: "result"; readonly target: string; readonly result: DocumentResult }
  | {
      readonly type: "notice";
      readonly target?: string;
      readonly level: "info" | "warning";
      readonly message: string;
      readonly hint?: string;
      readonly place?: string;
    }
  | { readonly type: "fault"; readonly target?: string; readonly fault: Fault }
  | { readonly type: "summary"; readonly summary: Summary }
  /** Nothing more comes of this target, and its summary is told by somebody else. */
  | { readonly type: "ended"; readonly target: string };

/** `root`: the one that it is about, as the workspace names it, where a command is about several. */
export type Emit = (event: Event & { readonly root?: string }) => void;
