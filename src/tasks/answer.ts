// What a task answers. Every field was measured; one that was not is left out.
import type { TaskType } from "./schema.ts";

export const ANSWER_STATUSES = ["completed", "partial", "failed", "needs_specification"] as const;
export type AnswerStatus = (typeof ANSWER_STATUSES)[number];

/** One probe: what was tried, what had to come, and what came. */
export interface ProbeResult {
  /** Stable name within its task: `POST /api/contact: unknown field refused`. */
  readonly name: string;
  /** What it belongs to: security, storage, limits, backup … */
  readonly about: string;
  readonly expected: string;
  readonly seen: string;
  /** `skipped`: could not be tried here; `seen` says why. It never counts as passed. */
  readonly result: "passed" | "failed" | "skipped";
}

/** A guess that was made for what the task leaves open. */
export interface Assumption {
  /** Place in the task: `database_config.schema_requirements.relationships.1`. */
  readonly field: string;
  readonly assumed: string;
}

export interface DatabaseOutput {
  /** Absent where no server was there. */
  readonly host?: string;
  readonly name: string;
  /** `verified` by the whole drill, on a scratch database; `migrated`: the given one, too; `generated`: by a part of it. */
  readonly status: "verified" | "migrated" | "generated";
  readonly version: string;
  /** What the drill ran on, where that is not what was asked for: `mariadb 10.11`, `pglite`. */
  readonly verified_on?: string;
}

export interface IntegrationOutput {
  readonly service: string;
  readonly status: "verified" | "not_verifiable" | "refused" | "unreachable";
  readonly mode?: "live" | "test";
  readonly account?: string;
  readonly webhook_url?: string;
  readonly [detail: string]: string | undefined;
}

export interface EndpointOutput {
  readonly method: string;
  readonly path: string;
  readonly authentication: string;
  readonly status: "verified" | "failed";
}

export interface AnswerOutput {
  readonly format: "integration";
  /** Directory of what was made, relative to where the command ran. */
  readonly location: string;
  readonly endpoints?: readonly EndpointOutput[];
  readonly database?: DatabaseOutput;
  readonly integrations?: readonly IntegrationOutput[];
  readonly metadata?: {
    readonly api_version?: string;
    readonly database_version?: string;
    /** Only when every probe about security passed. */
    readonly security_level?: "production_ready";
    readonly monitoring_enabled?: boolean;
  };
}

export interface Answer {
  readonly task_id: string;
  readonly task_type: TaskType;
  readonly status: AnswerStatus;
  /** Stable code and sentence where it is not completed. */
  readonly reason?: { readonly code: string; readonly message: string; readonly hint?: string };
  readonly output: AnswerOutput;
  readonly proofs: readonly ProbeResult[];
  readonly assumptions: readonly Assumption[];
  readonly warnings: readonly string[];
  readonly next_steps: readonly string[];
}

/** A file that a task makes, relative to the task's directory, with `/`. */
export interface OutputFile {
  readonly path: string;
  readonly text: string;
  readonly executable?: true;
}
