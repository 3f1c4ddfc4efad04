import type { Clock } from "../lib/clock.ts";
import type { Store } from "./db.ts";
import { isRunning, thisProcess } from "./processes.ts";
import { columns, type Row } from "./rows.ts";

/**
 * new: nothing was done about it yet; taken: a process is at it; noted, pulled: that is what was done; echo: it told of
 * our own write; failed: what was to be done did not work, and is tried again after `notBeforeMs`.
 */
export const EVENT_STATES = ["new", "taken", "noted", "pulled", "echo", "failed"] as const;
export type EventState = (typeof EVENT_STATES)[number];

/** What a genuine delivery told. Times are ISO 8601, UTC. */
export interface NewEvent {
  readonly connection: string;
  /** Equal for all deliveries of one event of this connection. */
  readonly key: string;
  readonly topic: string;
  /** Id of the entry, where it names one. */
  readonly entry?: string;
  readonly removed: boolean;
  /** When the entry was changed by the platform's clock, in ms since 1970. */
  readonly changedMs?: number;
  readonly receivedAt: string;
}

export interface WebhookEvent extends NewEvent {
  readonly seq: number;
  /** How often it was delivered. */
  readonly deliveries: number;
  readonly state: EventState;
  /** Why, or what came of it. */
  readonly detail?: string;
  /** Not to be tried before, in ms since 1970. */
  readonly notBeforeMs: number;
}

function fromRow(row: Row): WebhookEvent {
  const read = columns("events", row);
  const entry = read.optionalText("entry");
  const changedMs = read.optionalNumber("changed_ms");
  const detail = read.optionalText("detail");
  return {
    seq: read.number("seq"),
    connection: read.text("connection"),
    key: read.text("key"),
    topic: read.text("topic"),
    ...(entry === undefined ? {} : { entry }),
    removed: read.number("removed") === 1,
    ...(changedMs === undefined ? {} : { changedMs }),
    receivedAt: read.text("received_at"),
    deliveries: read.number("deliveries"),
    state: read.oneOf("state", EVENT_STATES),
    ...(detail === undefined ? {} : { detail }),
    notBeforeMs: read.optionalNumber("not_before_ms") ?? 0,
  };
}

/**
 * Durable on return. `again`: it is known already, and this delivery of it is only counted. Nothing is done about a new
 * one before `notBeforeMs`.
 */
export function receiveEvent(
  store: Store,
  event: NewEvent,
  notBeforeMs = 0,
): { readonly seq: number; readonly again: boolean } {
  return store.transaction(() => {
    const { connection, key } = event;
    const known = store.one("SELECT seq FROM events WHERE connection = @connection AND key = @key", {
      connection,
      key,
    });
    if (known !== undefined) {
      const seq = columns("events", known).number("seq");
      store.run("UPDATE events SET deliveries = deliveries + 1 WHERE seq = @seq", { seq });
      return { seq, again: true };
    }
    const { seq } = store.run(
      `INSERT INTO events (connection, key, topic, entry, removed, changed_ms, received_at, not_before_ms)
       VALUES (@connection, @key, @topic, @entry, @removed, @changedMs, @receivedAt, @notBeforeMs)`,
      {
        ...event,
        notBeforeMs,
        entry: event.entry ?? null,
        changedMs: event.changedMs ?? null,
        removed: event.removed ? 1 : 0,
      },
    );
    return { seq, again: false };
  });
}

/** Newest first. */
export function listEvents(
  store: Store,
  limit: number,
  connection?: string | undefined,
): readonly WebhookEvent[] {
  return store
    .all(
      `SELECT * FROM events WHERE @connection IS NULL OR connection = @connection ORDER BY seq DESC LIMIT @limit`,
      { connection: connection ?? null, limit },
    )
    .map(fromRow);
}

export function getEvent(store: Store, seq: number): WebhookEvent | undefined {
  const row = store.one("SELECT * FROM events WHERE seq = @seq", { seq });
  return row === undefined ? undefined : fromRow(row);
}

/** What is not dealt with. */
const OPEN = "state IN ('new', 'taken', 'failed')";

/** Connections about which something is to be done now. */
export function connectionsDue(store: Store, clock: Clock): readonly string[] {
  return store
    .all(
      `SELECT DISTINCT connection FROM events
       WHERE ${OPEN} AND coalesce(not_before_ms, 0) <= @now ORDER BY connection`,
      { now: clock.now() },
    )
    .map((row) => columns("events", row).text("connection"));
}

/**
 * Makes all that is to be done about a connection this process's, oldest first: what is new or failed, and what a
 * process that is gone had taken, or this one before something went wrong. None where another process of this machine
 * is at it. `only`: just this one, whatever became of it.
 */
export function takeEvents(
  store: Store,
  clock: Clock,
  connection: string,
  only?: number,
): readonly WebhookEvent[] {
  return store.transaction(() => {
    const rows = store.all(
      `SELECT * FROM events WHERE connection = @connection AND
         (seq = @only OR (@only IS NULL AND ${OPEN} AND coalesce(not_before_ms, 0) <= @now))
       ORDER BY seq`,
      { connection, only: only ?? null, now: clock.now() },
    );
    const { pid, startTime, host } = thisProcess();
    const others = store.all(`${HELD} AND NOT (pid = @pid AND host = @host)`, { connection, pid, host });
    if (others.some(isHeld)) return [];
    for (const row of rows) {
      const seq = columns("events", row).number("seq");
      store.run(
        "UPDATE events SET state = 'taken', pid = @pid, start_time = @startTime, host = @host WHERE seq = @seq",
        { seq, pid, startTime, host },
      );
    }
    return rows.map(fromRow);
  });
}

const HELD = `SELECT DISTINCT pid, start_time, host FROM events WHERE connection = @connection AND state = 'taken'`;

function isHeld(row: Row): boolean {
  const read = columns("events", row);
  const owner = { pid: read.number("pid"), startTime: read.text("start_time"), host: read.text("host") };
  return owner.host === thisProcess().host && isRunning(owner);
}

/** Says what became of events that this process had taken. */
export function settleEvents(
  store: Store,
  seqs: readonly number[],
  state: Exclude<EventState, "taken">,
  about: { readonly detail?: string; readonly notBeforeMs?: number } = {},
): void {
  store.transaction(() => {
    for (const seq of seqs) {
      store.run(
        `UPDATE events SET state = @state, detail = @detail, not_before_ms = @notBefore,
           pid = NULL, start_time = NULL, host = NULL WHERE seq = @seq`,
        { seq, state, detail: about.detail ?? null, notBefore: about.notBeforeMs ?? null },
      );
    }
  });
}

/** Root of the newest run that sent a text of the entry, by entry; none for those that no run of this installation sent. */
export function sentFrom(
  store: Store,
  connection: string,
  entries: readonly string[],
): ReadonlyMap<string, string> {
  const rows = store.all(
    `SELECT versions.id AS id, runs.root AS root, max(versions.seq) FROM versions JOIN runs ON runs.id = versions.run
     WHERE versions.site IN (SELECT site FROM runs WHERE target = @connection) AND versions.side = 'site'
       AND versions.event = 'sent' AND versions.id IN (SELECT value FROM json_each(@entries))
     GROUP BY versions.id`,
    { connection, entries: JSON.stringify(entries) },
  );
  return new Map(
    rows.map((row) => {
      const read = columns("versions", row);
      return [read.text("id"), read.text("root")];
    }),
  );
}

/** Whether the last that this installation did to the entry was to remove it. */
export function removedHere(store: Store, connection: string, entry: string): boolean {
  const row = store.one(
    `SELECT op FROM intents JOIN runs ON runs.id = intents.run
     WHERE runs.target = @connection AND intents.id = @entry AND outcome = 'done' AND op <> 'file'
     ORDER BY intents.seq DESC LIMIT 1`,
    { connection, entry },
  );
  return row !== undefined && columns("intents", row).text("op") === "delete";
}

/** Whether a living process holds the lock of a site that runs of this connection were about. */
export function isWorkedOn(store: Store, connection: string): boolean {
  return store
    .all("SELECT * FROM locks WHERE site IN (SELECT site FROM runs WHERE target = @connection)", {
      connection,
    })
    .some(isHeld);
}

const LAST_PULL = `SELECT max(started_at) AS at FROM runs
  WHERE target = @connection AND command IN ('pull', 'sync') AND status = 'done'`;

/** When the newest pull or sync of this connection that was carried out was begun, ISO 8601; "" for none. */
export function lastPull(store: Store, connection: string): string {
  const row = store.one(LAST_PULL, { connection });
  return row === undefined ? "" : (columns("runs", row).optionalText("at") ?? "");
}

export interface Noted {
  /** Ids, each once; undefined for an event that names none. */
  readonly entries: readonly (string | undefined)[];
  /** When the newest of them was told, ISO 8601. */
  readonly latest: string;
}

/** Entries that webhooks told were changed, and that no pull or sync was begun after. */
export function notedSince(store: Store, connection: string): Noted | undefined {
  const rows = store.all(
    `SELECT entry, max(received_at) AS latest FROM events
     WHERE connection = @connection AND state = 'noted' AND received_at > coalesce((${LAST_PULL}), '')
     GROUP BY coalesce(entry, key) ORDER BY max(received_at)`,
    { connection },
  );
  const told = rows.map((row) => columns("events", row));
  const latest = told.at(-1)?.text("latest");
  return latest === undefined
    ? undefined
    : { entries: told.map((read) => read.optionalText("entry")), latest };
}

/** Forgets what was dealt with before this time, ISO 8601. A delivery that is repeated after that counts as new. */
export function pruneEvents(store: Store, before: string): number {
  return store.run("DELETE FROM events WHERE received_at < @before AND state NOT IN ('new', 'taken')", {
    before,
  }).changes;
}
