import { isObject, type Json } from "../lib/json.ts";
import type { QueuedRun } from "../store/queue.ts";
import type { RunRecord } from "../store/runs.ts";
import type { RunStep } from "../store/steps.ts";

/**
 * How a run stands: what its record says, `cut-off` for one whose process is gone, `queued` for one that was not begun,
 * `parked` for one whose site could not be worked on.
 */
export type RunState = RunRecord["status"] | "cut-off" | "queued" | "parked";

/** A run as lists show it. */
export interface RunView {
  readonly record: RunRecord;
  readonly state: RunState;
  /** The run that undid it, newest, where that one still stands. */
  readonly undoneBy: RunRecord | undefined;
  /** Documents done, as its receipts prove. */
  readonly proven: number;
  /** Its place in the queue, where it has one. */
  readonly queued: QueuedRun | undefined;
  /** It has planned, so that there is a record of it. */
  readonly begun: boolean;
}

export const RUN_HEAD = ["RUN", "WHEN", "COMMAND", "TARGET", "WHO", "WHAT", "STATUS", "UNDONE BY"] as const;

/** Times in UTC, as `2026-01-31 09:30`. */
export function runRow(view: RunView): readonly string[] {
  const { record, state, undoneBy } = view;
  const { id, startedAt, command, target, undoes } = record;
  const what = undoes === undefined ? command : `${command} of ${undoes.slice(0, 8)}`;
  const when = startedAt.slice(0, 16).replace("T", " ");
  return [
    id.slice(0, 8),
    when,
    what,
    target,
    who(record.actor),
    counts(view),
    state,
    undoneBy?.id.slice(0, 8) ?? "",
  ];
}

/** The same for scripts. */
export function runLine({ record, state, undoneBy, proven, queued, begun }: RunView) {
  const {
    id,
    command,
    target,
    site,
    root,
    startedAt,
    endedAt = null,
    actor,
    summary = null,
    undoes = null,
  } = record;
  return {
    type: "run",
    target,
    run: id,
    command,
    status: state,
    startedAt: begun ? startedAt : null,
    endedAt,
    queuedAt: queued?.queuedAt ?? null,
    notBefore: queued?.notBeforeMs === undefined ? null : new Date(queued.notBeforeMs).toISOString(),
    cause: queued?.cause ?? null,
    site,
    root,
    actor,
    summary,
    proven,
    undoes,
    undoneBy: undoneBy?.id ?? null,
  };
}

function who(actor: Json): string {
  const said = (name: string) => (isObject(actor) && typeof actor[name] === "string" ? actor[name] : "");
  const name = said("user") === "" ? said("account") : said("user");
  const host = said("host") === "" ? "" : `@${said("host")}`;
  return said("ci") === "" ? `${name}${host}` : `${name}${host} ${said("ci")}`;
}

const COUNTED = [
  "created",
  "updated",
  "renamed",
  "deleted",
  "published",
  "pulled",
  "merged",
  "adopted",
  "skipped",
  "conflicts",
  "failed",
] as const;

/** As the summary of a run says it. */
const WORDS: Readonly<Record<string, string>> = { renamed: "moved", conflicts: "in conflict" };

function counts({ record: { summary }, proven, queued, begun, state }: RunView): string {
  const waits = state === "parked" && queued?.cause !== undefined ? queued.cause : "";
  if (!begun) return waits;
  const said = isObject(summary) ? done(summary) : `${proven} done`;
  if (said === "") return waits !== "" ? waits : state === "done" ? "nothing to do" : "nothing done";
  return waits === "" ? said : `${said}; ${waits}`;
}

function done(summary: { readonly [name: string]: Json }): string {
  const told = COUNTED.flatMap((name) => {
    const count = summary[name];
    return typeof count === "number" && count > 0 ? `${count} ${WORDS[name] ?? name}` : [];
  });
  return told.join(", ");
}

/** A document of a run as it is shown: a step that was cut off is what the receipts prove of it. */
export interface StepView {
  readonly path: string;
  readonly action: string;
  readonly status: string;
  readonly id: string | undefined;
  readonly url: string | undefined;
  readonly code: string | undefined;
  readonly message: string | undefined;
  readonly hint: string | undefined;
  readonly httpStatus: number | undefined;
}

export const STEP_HEAD = ["DOCUMENT", "ACTION", "STATUS", "ENTRY", "ADDRESS", "WHY"] as const;

export function stepView(step: RunStep, proven: ReadonlySet<string>): StepView {
  const { path, action, status, id, url, fault } = step;
  const plan = isObject(step.step) ? step.step : {};
  const cut = status === "planned";
  const said = isObject(fault) ? fault : {};
  const text = (value: unknown) => (typeof value === "string" ? value : undefined);
  return {
    path,
    action,
    status: !cut ? status : proven.has(path) ? "ok" : "not-attempted",
    id: id ?? text(plan.id),
    url: url ?? text(plan.url),
    code: text(said.code),
    message:
      text(said.message) ?? (status === "conflict" || status === "skipped" ? text(plan.reason) : undefined),
    hint: text(said.hint),
    httpStatus: typeof said.httpStatus === "number" ? said.httpStatus : undefined,
  };
}

export function stepRow({
  path,
  action,
  status,
  id = "",
  url = "",
  message = "",
  hint,
}: StepView): readonly string[] {
  return [path, action, status, id, url, hint === undefined ? message : `${message} (${hint})`];
}
