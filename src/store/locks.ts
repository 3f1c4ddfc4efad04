import { randomUUID } from "node:crypto";
import type { Clock } from "../lib/clock.ts";
import { Fault, isFault } from "../lib/fault.ts";
import { stopFault } from "../lib/stop.ts";
import { createTurns, type Turns } from "../lib/turns.ts";
import type { Store } from "./db.ts";
import { isRunning, type ProcessId, thisProcess } from "./processes.ts";
import { columns, type Row } from "./rows.ts";
import { interruptRun } from "./runs.ts";

export interface LockHolder extends ProcessId {
  /** Id of the run that needs the lock. */
  readonly run: string;
  /** As the operator typed it, for the message others get. */
  readonly command: string;
}

export interface Lock {
  /** Sign of life for other hosts, wanted every few minutes. Throws `locked` when the lock was taken over. */
  touch(): void;
  /** Harmless when it was taken over or released before. */
  release(): void;
}

/** Name of the lock of whoever renews a connection's tokens. */
export function tokensLock(connection: string): string {
  return `the tokens of ${connection}`;
}

/** A holder on another host cannot be asked whether it lives; after this silence it counts as dead. */
const SILENCE_MS = 10 * 60_000;

interface Held extends LockHolder {
  readonly sinceMs: number;
  readonly seenMs: number;
}

function heldOf(row: Row): Held {
  const read = columns("locks", row);
  return {
    run: read.text("run"),
    command: read.text("command"),
    pid: read.number("pid"),
    startTime: read.text("start_time"),
    host: read.text("host"),
    sinceMs: read.number("since_ms"),
    seenMs: read.number("seen_ms"),
  };
}

function isAlive(held: Held, here: string, now: number, silenceMs = SILENCE_MS): boolean {
  return held.host === here ? isRunning(held) : now - held.seenMs < silenceMs;
}

function refusal(site: string, held: Held, here: string): Fault {
  const since = new Date(held.sinceMs).toISOString();
  const elsewhere = held.host !== here;
  const who = `process ${held.pid}${elsewhere ? ` on ${held.host}` : ""}, ${held.command}, since ${since}`;
  const hint = elsewhere
    ? "Wait until it is done. If that machine is gone, the lock is free 10 minutes after its last sign of life."
    : `Wait until it is done. To end it cleanly, type: kill -INT ${held.pid}`;
  // Some platforms know a site by a number that tells a person nothing.
  const where = /^(?:http|the )/.test(site) ? site : "this site";
  return new Fault("locked", `Another run is working on ${where}: ${who}.`, { code: "run.locked", hint });
}

/**
 * Takes the lock of a site, so that one run at a time writes to it. Throws `locked`, naming the holder, while that one
 * lives; a dead one's lock is taken over and its run marked interrupted, in the same transaction. `silenceMs` is for work
 * that is shorter than a run.
 */
export function acquireLock(
  store: Store,
  site: string,
  holder: LockHolder,
  clock: Clock,
  silenceMs = SILENCE_MS,
): Lock {
  const { run, command, pid, startTime, host } = holder;
  const here = thisProcess().host;
  const ours = { site, run, pid, startTime, host };
  store.transaction(() => {
    const now = clock.now();
    const row = store.one("SELECT * FROM locks WHERE site = @site", { site });
    if (row !== undefined) {
      const held = heldOf(row);
      if (isAlive(held, here, now, silenceMs)) throw refusal(site, held, here);
      interruptRun(store, held.run);
    }
    store.run(
      `INSERT OR REPLACE INTO locks (site, run, command, pid, start_time, host, since_ms, seen_ms)
       VALUES (@site, @run, @command, @pid, @startTime, @host, @now, @now)`,
      { ...ours, command, now },
    );
  });
  const mine = "site = @site AND run = @run AND pid = @pid AND start_time = @startTime AND host = @host";
  return {
    touch: () => {
      const { changes } = store.run(`UPDATE locks SET seen_ms = @now WHERE ${mine}`, {
        ...ours,
        now: clock.now(),
      });
      if (changes > 0) return;
      throw new Fault("locked", `The lock of ${site} was taken over by another run.`, {
        code: "run.lock-lost",
        hint: "Run the same command again: steps that were done are found, none is done twice.",
      });
    },
    release: () => {
      store.run(`DELETE FROM locks WHERE ${mine}`, ours);
    },
  };
}

const POLL_MS = 50;

/** For what is asked for once a run is to end: it completes what was sent before. */
const LAST_PATIENCE_MS = 2000;

/**
 * Takes the lock of something other than a site, for work of seconds, as soon as whoever has it is done. Throws `locked`
 * after `patienceMs`, which is also how long a holder on another host is believed to live without a sign. A wait that
 * `signal` breaks off throws its fault, else `interrupted`, at once.
 */
export async function awaitLock(
  store: Store,
  name: string,
  command: string,
  clock: Clock,
  patienceMs: number,
  signal?: AbortSignal,
): Promise<Lock> {
  const holder = { ...thisProcess(), run: randomUUID(), command };
  const ends = signal?.aborted === true ? undefined : signal;
  const waits = signal?.aborted === true ? Math.min(patienceMs, LAST_PATIENCE_MS) : patienceMs;
  for (let left = Math.ceil(waits / POLL_MS); ; left -= 1) {
    try {
      return acquireLock(store, name, holder, clock, patienceMs);
    } catch (thrown) {
      if (!isFault(thrown, "locked") || left <= 0) throw thrown;
      await clock.sleep(POLL_MS, ends).catch((cause: unknown) => {
        throw ends?.aborted === true ? stopFault(ends, `stopped while waiting for ${name}`) : cause;
      });
    }
  }
}

const turnsOf = new WeakMap<Store, Turns>();

const TOUCH_EVERY_MS = 60_000;

/** Throws `locked` once another run has taken the lock over, as it may where this machine slept. Cheap. */
export type StillHeld = () => void;

/**
 * Does `work`, however long it takes, while holding the lock of a site; it is to ask whether the lock is still held
 * before each write. Runs of this process on one site, as of two connections to it, wait for each other; otherwise as
 * `acquireLock`.
 */
export function whileHolding<T>(
  store: Store,
  site: string,
  holder: LockHolder,
  clock: Clock,
  work: (stillHeld: StillHeld) => Promise<T>,
): Promise<T> {
  const turns = turnsOf.get(store) ?? createTurns();
  turnsOf.set(store, turns);
  return turns(site, async () => {
    const lock = acquireLock(store, site, holder, clock);
    const { beat, stillHeld } = pulseOf(lock, clock);
    const timer = setInterval(beat, TOUCH_EVERY_MS);
    timer.unref();
    try {
      return await work(stillHeld);
    } finally {
      clearInterval(timer);
      lock.release();
    }
  });
}

/** Nobody takes over a lock that gave a sign of life lately, so only after a silence is the database asked. */
function pulseOf(lock: Lock, clock: Clock): { readonly beat: () => void; readonly stillHeld: StillHeld } {
  let seen = clock.now();
  let lost: Fault | undefined;
  const touch = (): void => {
    if (lost !== undefined) throw lost;
    const now = clock.now();
    try {
      lock.touch();
    } catch (thrown) {
      if (isFault(thrown, "locked")) lost = thrown;
      throw thrown;
    }
    seen = now;
  };
  return {
    beat: () => {
      // The next sign of life is in time, too; a lock that was lost is told of where it is asked for.
      try {
        touch();
      } catch {}
    },
    stillHeld: () => {
      if (lost !== undefined || Math.abs(clock.now() - seen) >= TOUCH_EVERY_MS) touch();
    },
  };
}

/**
 * Removes the lock of a site, where there is one that a process that ended has left, or that this process holds. Throws
 * `locked`, naming the holder, while another one lives.
 */
export function clearLock(store: Store, site: string, clock: Clock): void {
  const self = thisProcess();
  store.transaction(() => {
    const row = store.one("SELECT * FROM locks WHERE site = @site", { site });
    if (row === undefined) return;
    const held = heldOf(row);
    const isOurs = held.pid === self.pid && held.startTime === self.startTime && held.host === self.host;
    if (!isOurs && isAlive(held, self.host, clock.now())) throw refusal(site, held, self.host);
    store.run("DELETE FROM locks WHERE site = @site", { site });
  });
}

/** A lock that a process which ended has left. */
export interface LeftLock extends LockHolder {
  readonly site: string;
  /** In ms since 1970. */
  readonly sinceMs: number;
}

/** Locks whose holders are gone, the oldest first. They are in nobody's way: whoever comes next takes them over. */
export function leftLocks(store: Store, clock: Clock): readonly LeftLock[] {
  const { host } = thisProcess();
  return store
    .all("SELECT * FROM locks ORDER BY since_ms, site")
    .map((row) => ({ ...heldOf(row), site: columns("locks", row).text("site") }))
    .filter((held) => !isAlive(held, host, clock.now()));
}

/** Removes those that are meant and marks their runs as interrupted. Returns those that it removed. */
export function removeLeftLocks(
  store: Store,
  clock: Clock,
  isMeant: (left: LeftLock) => boolean,
): readonly LeftLock[] {
  return store.transaction(() => {
    const left = leftLocks(store, clock).filter(isMeant);
    for (const { site, run } of left) {
      interruptRun(store, run);
      store.run("DELETE FROM locks WHERE site = @site", { site });
    }
    return left;
  });
}
