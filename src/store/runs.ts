import { Fault } from "../lib/fault.ts";
import type { Json } from "../lib/json.ts";
import type { Store } from "./db.ts";
import { columns, type Row } from "./rows.ts";

export const RUN_STATUSES = ["running", "done", "failed", "interrupted"] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/** One plan being applied, or applied. Times are ISO 8601, UTC. */
export interface RunRecord {
  readonly id: string;
  readonly command: string;
  readonly target: string;
  /** Identity of the site. */
  readonly site: string;
  /** Absolute path of the root. */
  readonly root: string;
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly status: RunStatus;
  readonly summary?: Json;
  readonly pid: number;
  readonly host: string;
}

function fromRow(row: Row): RunRecord {
  const read = columns("runs", row);
  const endedAt = read.optionalText("ended_at");
  const summary = read.optionalJson("summary");
  return {
    id: read.text("id"),
    command: read.text("command"),
    target: read.text("target"),
    site: read.text("site"),
    root: read.text("root"),
    startedAt: read.text("started_at"),
    ...(endedAt === undefined ? {} : { endedAt }),
    status: read.oneOf("status", RUN_STATUSES),
    ...(summary === undefined ? {} : { summary }),
    pid: read.number("pid"),
    host: read.text("host"),
  };
}

/** Records a run that begins. */
export function createRun(store: Store, run: Omit<RunRecord, "endedAt" | "status" | "summary">): void {
  store.run(
    `INSERT INTO runs (id, command, target, site, root, started_at, status, pid, host)
     VALUES (@id, @command, @target, @site, @root, @startedAt, 'running', @pid, @host)`,
    { ...run },
  );
}

/** Records how a run ended. Throws `defect` for an unknown run. */
export function finishRun(
  store: Store,
  id: string,
  end: { readonly status: Exclude<RunStatus, "running">; readonly endedAt: string; readonly summary?: Json },
): void {
  const { changes } = store.run(
    "UPDATE runs SET status = @status, ended_at = @endedAt, summary = @summary WHERE id = @id",
    {
      id,
      status: end.status,
      endedAt: end.endedAt,
      summary: end.summary === undefined ? null : JSON.stringify(end.summary),
    },
  );
  if (changes === 0) throw new Fault("defect", `There is no run ${id} to finish.`);
}

/** Marks a run whose process is gone. One that ended is left as it is. */
export function interruptRun(store: Store, id: string): void {
  store.run("UPDATE runs SET status = 'interrupted' WHERE id = @id AND status = 'running'", { id });
}

export function getRun(store: Store, id: string): RunRecord | undefined {
  const row = store.one("SELECT * FROM runs WHERE id = @id", { id });
  return row === undefined ? undefined : fromRow(row);
}

/** The latest runs, newest first. */
export function listRuns(store: Store, limit: number): readonly RunRecord[] {
  return store.all("SELECT * FROM runs ORDER BY seq DESC LIMIT @limit", { limit }).map(fromRow);
}
