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
  /** Who began it; `{}` where that is not known. */
  readonly actor: Json;
  /** What it was told to do, and whatever repeating it needs. */
  readonly options: Json;
  /** Id of the run that this one undoes. */
  readonly undoes?: string;
  /** It was carried out by another installation, and brought here. */
  readonly imported?: true;
}

export type NewRun = Omit<RunRecord, "endedAt" | "status" | "summary" | "actor" | "options" | "imported"> &
  Partial<Pick<RunRecord, "actor" | "options">>;

function fromRow(row: Row): RunRecord {
  const read = columns("runs", row);
  const endedAt = read.optionalText("ended_at");
  const summary = read.optionalJson("summary");
  const undoes = read.optionalText("undoes");
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
    actor: read.json("actor"),
    options: read.json("options"),
    ...(undoes === undefined ? {} : { undoes }),
    ...(read.number("imported") === 1 ? { imported: true } : {}),
  };
}

/** Says of a run that another installation carried it out. */
export function markImported(store: Store, id: string): void {
  store.run("UPDATE runs SET imported = 1 WHERE id = @id", { id });
}

/** Records a run that begins. */
export function createRun(store: Store, run: NewRun): void {
  store.run(
    `INSERT INTO runs (id, command, target, site, root, started_at, status, pid, host, actor, options, undoes)
     VALUES (@id, @command, @target, @site, @root, @startedAt, 'running', @pid, @host, @actor, @options, @undoes)`,
    {
      ...run,
      actor: JSON.stringify(run.actor ?? {}),
      options: JSON.stringify(run.options ?? {}),
      undoes: run.undoes ?? null,
    },
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
  return store
    .all("SELECT * FROM runs ORDER BY started_at DESC, seq DESC LIMIT @limit", { limit })
    .map(fromRow);
}

/** Absolute paths of the roots that runs were about, the latest first. */
export function listRoots(store: Store): readonly string[] {
  return store
    .all("SELECT root FROM runs GROUP BY root ORDER BY max(seq) DESC")
    .map((row) => columns("runs", row).text("root"));
}

/** When the latest run began, in ms since 1970; undefined before the first. */
export function latestStart(store: Store): number | undefined {
  const row = store.one("SELECT max(started_at) AS latest FROM runs");
  const latest = row === undefined ? undefined : columns("runs", row).optionalText("latest");
  return latest === undefined ? undefined : Date.parse(latest);
}

/** Runs on a site whose end nobody recorded, oldest first. */
export function unfinishedRuns(store: Store, site: string): readonly RunRecord[] {
  return store
    .all("SELECT * FROM runs WHERE site = @site AND ended_at IS NULL ORDER BY seq", { site })
    .map(fromRow);
}

/** Runs since then, ISO 8601, of which nobody has recorded that they ended, oldest first. */
export function openRuns(store: Store, since: string): readonly RunRecord[] {
  return store
    .all("SELECT * FROM runs WHERE status = 'running' AND started_at >= @since ORDER BY seq", { since })
    .map(fromRow);
}

const MIN_PREFIX = 4;

function unclear(code: string, message: string, hint: string): Fault {
  return new Fault("usage", message, { code: `run.${code}`, hint });
}

/**
 * The run whose id is `prefix` or, alone, begins with it. Throws `usage` for fewer than 4 characters, for none, and
 * for several, naming them.
 */
export function findRun(store: Store, prefix: string): RunRecord {
  const shown = JSON.stringify(prefix);
  const list = "See what there is: ainstein-cms runs list";
  if (prefix.length < MIN_PREFIX) {
    throw unclear(
      "short-id",
      `${shown} is too short for the id of a run.`,
      `Give ${MIN_PREFIX} characters or more.`,
    );
  }
  const exact = getRun(store, prefix);
  if (exact !== undefined) return exact;
  // A range, unlike LIKE, takes no character of the prefix for a wildcard and uses the index.
  const found = store
    .all("SELECT * FROM runs WHERE id >= @prefix AND id < @prefix || char(1114111) ORDER BY id", { prefix })
    .map(fromRow);
  const [run] = found;
  if (run === undefined) throw unclear("unknown", `There is no run ${shown}.`, list);
  if (found.length === 1) return run;
  const all = found.map(({ id, command, startedAt }) => `${id} (${command}, ${startedAt})`).join(", ");
  throw unclear(
    "several",
    `The ids of ${found.length} runs begin with ${shown}: ${all}.`,
    "Give more of the id.",
  );
}

/** The runs that undo this one, oldest first. */
export function undoneBy(store: Store, id: string): readonly RunRecord[] {
  return store.all("SELECT * FROM runs WHERE undoes = @id ORDER BY seq", { id }).map(fromRow);
}
