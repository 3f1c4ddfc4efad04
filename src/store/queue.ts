import type { Clock } from "../lib/clock.ts";
import { Fault } from "../lib/fault.ts";
import type { Json } from "../lib/json.ts";
import type { Store } from "./db.ts";
import { isRunning, type ProcessId, thisProcess } from "./processes.ts";
import { columns, type Row } from "./rows.ts";

/** `queued`: not begun, or left off; `parked`: its site could not be worked on. */
export const QUEUE_STATES = ["queued", "running", "parked"] as const;
export type QueueState = (typeof QUEUE_STATES)[number];

/** A run that somebody asked for and that has not ended well yet. */
export interface QueuedRun {
  /** Id of the run, recorded in `runs` once it has planned. */
  readonly run: string;
  /** What was asked for together has the same. */
  readonly batch: string;
  readonly command: string;
  readonly target: string;
  /** Absolute path of the root. */
  readonly root: string;
  /** What it was told to do, as the record of a run holds it. */
  readonly options: Json;
  /** ISO 8601, UTC. */
  readonly queuedAt: string;
  readonly state: QueueState;
  /** Why it is parked. */
  readonly cause?: string;
  /** Not to be taken up before, in ms since 1970. */
  readonly notBeforeMs?: number;
  /** The process that it belongs to. */
  readonly owner?: ProcessId;
  /** After this a process on another host counts as dead, in ms since 1970. */
  readonly leaseUntilMs?: number;
}

export type NewQueued = Pick<QueuedRun, "run" | "batch" | "command" | "target" | "root" | "options">;

/** How long a lease holds; it wants to be renewed more often. */
export const LEASE_MS = 10 * 60_000;

/** Their runs change files, which no two of them may do in one root at one time. */
const WRITE_FILES: ReadonlySet<string> = new Set(["pull", "sync"]);

function fromRow(row: Row): QueuedRun {
  const read = columns("queue", row);
  const cause = read.optionalText("cause");
  const notBeforeMs = read.optionalNumber("not_before_ms");
  const pid = read.optionalNumber("pid");
  const leaseUntilMs = read.optionalNumber("lease_until_ms");
  return {
    run: read.text("run"),
    batch: read.text("batch"),
    command: read.text("command"),
    target: read.text("target"),
    root: read.text("root"),
    options: read.json("options"),
    queuedAt: read.text("queued_at"),
    state: read.oneOf("state", QUEUE_STATES),
    ...(cause === undefined ? {} : { cause }),
    ...(notBeforeMs === undefined ? {} : { notBeforeMs }),
    ...(pid === undefined
      ? {}
      : { owner: { pid, startTime: read.text("start_time"), host: read.text("host") } }),
    ...(leaseUntilMs === undefined ? {} : { leaseUntilMs }),
  };
}

/** All of them, in the order they were asked for. */
export function listQueue(store: Store): readonly QueuedRun[] {
  return store.all("SELECT * FROM queue ORDER BY seq").map(fromRow);
}

/** Is the process that a run belongs to still there? One without an owner belongs to nobody. */
export function isOwned({ owner, leaseUntilMs = 0 }: QueuedRun, now: number): boolean {
  if (owner === undefined) return false;
  return owner.host === thisProcess().host ? isRunning(owner) : now < leaseUntilMs;
}

/**
 * Puts runs of this process into the queue, all or none. A single one is under way at once. They take the place of what
 * dead or parked ones of the same command, root and target were to do, where `covers` says that they do all of that.
 */
export function enqueue(
  store: Store,
  runs: readonly NewQueued[],
  clock: Clock,
  covers: (fresh: NewQueued, earlier: QueuedRun) => boolean,
): void {
  const state: QueueState = runs.length === 1 ? "running" : "queued";
  store.transaction(() => {
    const now = clock.now();
    const idle = listQueue(store).filter((earlier) => !isOwned(earlier, now));
    for (const fresh of runs) {
      const { command, target, root } = fresh;
      for (const earlier of idle) {
        const same = earlier.command === command && earlier.target === target && earlier.root === root;
        if (same && covers(fresh, earlier))
          store.run("DELETE FROM queue WHERE run = @run", { run: earlier.run });
      }
      store.run(
        `INSERT INTO queue (run, batch, command, target, root, options, queued_at, state,
           pid, start_time, host, lease_until_ms)
         VALUES (@run, @batch, @command, @target, @root, @options, @queuedAt, @state,
           @pid, @startTime, @host, @lease)`,
        {
          ...fresh,
          options: JSON.stringify(fresh.options),
          queuedAt: new Date(now).toISOString(),
          state,
          ...thisProcess(),
          lease: now + LEASE_MS,
        },
      );
    }
  });
}

/** What an owner may change: a process whose lease ran out while it slept may find its run taken up by another. */
const OURS = "run = @run AND pid = @pid AND start_time = @startTime AND host = @host";

/** Says that a run of this process begins. Throws `locked` where another process has taken it up. */
export function beginQueued(store: Store, run: string): void {
  const { changes } = store.run(
    `UPDATE queue SET state = 'running', cause = NULL, not_before_ms = NULL WHERE ${OURS}`,
    { run, ...thisProcess() },
  );
  if (changes > 0) return;
  throw new Fault("locked", `run ${run.slice(0, 8)} was taken up by another process`, {
    code: "run.claimed",
    hint: "ainstein-cms runs list says what became of it",
  });
}

/** Prolongs the leases of all runs of this process, which may be called at any time. */
export function renewLeases(store: Store, clock: Clock): void {
  store.run(
    `UPDATE queue SET lease_until_ms = @lease
     WHERE pid = @pid AND start_time = @startTime AND host = @host`,
    { ...thisProcess(), lease: clock.now() + LEASE_MS },
  );
}

/** Takes off a run of this process that is done, or is not to be taken up again. Leaves one of another alone. */
export function dequeue(store: Store, run: string): void {
  store.run(`DELETE FROM queue WHERE ${OURS}`, { run, ...thisProcess() });
}

/** Gives a run of this process back, and leaves one of another alone: from `notBeforeMs` on, whoever comes may take it up. */
export function giveBack(
  store: Store,
  run: string,
  as: {
    readonly state: Exclude<QueueState, "running">;
    readonly cause?: string | undefined;
    readonly notBeforeMs?: number | undefined;
  },
): void {
  store.run(
    `UPDATE queue SET state = @state, cause = @cause, not_before_ms = @notBefore,
       pid = NULL, start_time = NULL, host = NULL, lease_until_ms = NULL WHERE ${OURS}`,
    { run, ...thisProcess(), state: as.state, cause: as.cause ?? null, notBefore: as.notBeforeMs ?? null },
  );
}

/** Runs of this target that are parked may be taken up at once: its site answers again. */
export function wake(store: Store, target: string): void {
  store.run("UPDATE queue SET not_before_ms = NULL WHERE target = @target AND state = 'parked'", { target });
}

/**
 * Takes up the oldest run that belongs to no living process, that `wanted` does not leave out and whose time has come:
 * from then on it belongs to this process. Of several processes that ask at once only one gets it. Runs that write
 * files are left alone while another such run of the same root is under way.
 */
export function takeUp(
  store: Store,
  clock: Clock,
  wanted: (run: QueuedRun) => boolean,
): QueuedRun | undefined {
  return store.transaction(() => {
    const now = clock.now();
    const all = listQueue(store);
    const busy = all.filter(
      (run) => run.state === "running" && WRITE_FILES.has(run.command) && isOwned(run, now),
    );
    const mayRun = ({ command, root }: QueuedRun) =>
      !WRITE_FILES.has(command) || !busy.some((other) => other.root === root);
    const found = all.find(
      (run) => !isOwned(run, now) && (run.notBeforeMs ?? 0) <= now && mayRun(run) && wanted(run),
    );
    if (found !== undefined) claim(store, found.run, now);
    return found;
  });
}

/** Takes up just this run, whenever its time is. Throws `locked` while it belongs to a living process. */
export function takeUpNamed(store: Store, clock: Clock, run: string): void {
  store.transaction(() => {
    const now = clock.now();
    const found = listQueue(store).find((queued) => queued.run === run);
    if (found === undefined) return;
    if (isOwned(found, now)) {
      const { pid = 0, host = "" } = found.owner ?? {};
      throw new Fault("locked", `run ${run.slice(0, 8)} belongs to process ${pid} on ${host}`, {
        code: "run.claimed",
        hint: "Wait until it is done.",
      });
    }
    claim(store, run, now);
  });
}

/** Runs that belong to a process which is gone, in the order they were asked for. */
export function leftClaims(store: Store, clock: Clock): readonly QueuedRun[] {
  const now = clock.now();
  return listQueue(store).filter((queued) => queued.owner !== undefined && !isOwned(queued, now));
}

/** Makes those that are meant nobody's, for whoever takes runs up next. Returns those that it gave back. */
export function giveBackLeft(
  store: Store,
  clock: Clock,
  isMeant: (queued: QueuedRun) => boolean,
): readonly QueuedRun[] {
  return store.transaction(() => {
    const left = leftClaims(store, clock).filter(isMeant);
    for (const { run } of left) {
      store.run(
        `UPDATE queue SET state = 'queued', pid = NULL, start_time = NULL, host = NULL, lease_until_ms = NULL
         WHERE run = @run`,
        { run },
      );
    }
    return left;
  });
}

function claim(store: Store, run: string, now: number): void {
  store.run(
    `UPDATE queue SET state = 'running', pid = @pid, start_time = @startTime, host = @host,
       lease_until_ms = @lease WHERE run = @run`,
    { run, ...thisProcess(), lease: now + LEASE_MS },
  );
}
