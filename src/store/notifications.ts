// The outbox of notifications: what is to be told, to whom, and what came of it.
import { randomUUID } from "node:crypto";
import type { Clock } from "../lib/clock.ts";
import type { Json } from "../lib/json.ts";
import type { Store } from "./db.ts";
import { isRunning, thisProcess } from "./processes.ts";
import { columns, type Row } from "./rows.ts";

export const NOTIFICATION_KINDS = ["run-failed", "auth-failed", "circuit-open", "token-expiring"] as const;
export type NotificationKind = (typeof NOTIFICATION_KINDS)[number];

export const NOTIFICATION_STATES = ["waiting", "sent", "given-up"] as const;

/** What one receiver is told of one connection in one message, at most once an hour. */
export interface Lane {
  /** Digest of whom it is for. */
  readonly receiver: string;
  readonly kind: NotificationKind;
  readonly connection: string;
}

export interface NewNotification extends Lane {
  /** While it is open it is told once. */
  readonly incident: string;
  readonly facts: Json;
}

export interface Notification extends NewNotification {
  readonly seq: number;
  /** UUID. */
  readonly id: string;
  /** When it became known, in ms since 1970. */
  readonly atMs: number;
  readonly state: (typeof NOTIFICATION_STATES)[number];
  /** How often it was tried. */
  readonly attempts: number;
  /** Not sent before, in ms since 1970. */
  readonly notBeforeMs: number;
  /** When it was sent or given up, in ms since 1970. */
  readonly settledMs?: number;
  /** Why it could not be sent. */
  readonly error?: string;
}

/** Of one lane, the same is told once in this time; what comes in between waits. */
export const LANE_MS = 3_600_000;

/** A clock that was set back must not keep anything waiting for longer than this. */
const LONGEST_WAIT_MS = 24 * 3_600_000;

function fromRow(row: Row): Notification {
  const read = columns("notifications", row);
  const settledMs = read.optionalNumber("settled_ms");
  const error = read.optionalText("error");
  return {
    seq: read.number("seq"),
    id: read.text("id"),
    receiver: read.text("receiver"),
    kind: read.oneOf("kind", NOTIFICATION_KINDS),
    connection: read.text("connection"),
    incident: read.text("incident"),
    atMs: read.number("at_ms"),
    facts: read.json("facts"),
    state: read.oneOf("state", NOTIFICATION_STATES),
    attempts: read.number("attempts"),
    notBeforeMs: read.number("not_before_ms"),
    ...(settledMs === undefined ? {} : { settledMs }),
    ...(error === undefined ? {} : { error }),
  };
}

/** Durable on return. Of an incident that is open nothing is added; while it waits it takes in the newer facts. */
export function noteNotification(store: Store, clock: Clock, fresh: NewNotification): void {
  const { receiver, kind, connection, incident } = fresh;
  store.run(
    `INSERT INTO notifications (id, receiver, kind, connection, incident, at_ms, facts)
     VALUES (@id, @receiver, @kind, @connection, @incident, @at, @facts)
     ON CONFLICT (receiver, kind, connection, incident) WHERE open = 1
       DO UPDATE SET facts = json_patch(facts, excluded.facts) WHERE state = 'waiting' AND pid IS NULL AND attempts = 0`,
    {
      ...{ receiver, kind, connection, incident },
      id: randomUUID(),
      at: clock.now(),
      facts: JSON.stringify(fresh.facts),
    },
  );
}

/** The next of its kind is told anew. `incident`: just this one. */
export function closeIncidents(
  store: Store,
  kind: NotificationKind,
  connection: string,
  incident?: string,
): void {
  const parameters = { kind, connection, incident: incident ?? null };
  const where = `kind = @kind AND connection = @connection AND open = 1
    AND (@incident IS NULL OR incident = @incident)`;
  if (store.one(`SELECT 1 FROM notifications WHERE ${where} LIMIT 1`, parameters) === undefined) return;
  store.run(`UPDATE notifications SET open = 0 WHERE ${where}`, parameters);
}

/** All that waits, and the latest of what was settled, newest first. */
export function listNotifications(store: Store, settled = 1_000): readonly Notification[] {
  return store
    .all(
      `SELECT * FROM notifications WHERE state = 'waiting'
         OR seq IN (SELECT seq FROM notifications WHERE state <> 'waiting' ORDER BY settled_ms DESC LIMIT @settled)
       ORDER BY seq DESC`,
      { settled },
    )
    .map(fromRow);
}

/**
 * Makes what may be told now this process's: lanes of which nothing was told within the last hour, whose time to be
 * tried again has come, and that no other process of this machine is at. Each is one message, oldest first.
 */
export function claimNotifications(
  store: Store,
  clock: Clock,
  receivers: readonly string[],
): readonly (readonly Notification[])[] {
  const waiting = "SELECT 1 FROM notifications WHERE state = 'waiting' LIMIT 1";
  if (store.one(waiting) === undefined) return [];
  return store.transaction(() => {
    const now = clock.now();
    const lanes = new Map<string, Row[]>();
    for (const row of store.all("SELECT * FROM notifications WHERE state = 'waiting' ORDER BY seq")) {
      const { receiver, kind, connection } = fromRow(row);
      if (!receivers.includes(receiver)) continue;
      const lane = JSON.stringify([receiver, kind, connection]);
      lanes.set(lane, [...(lanes.get(lane) ?? []), row]);
    }
    const due = [...lanes.values()].filter((rows) => isDue(store, rows, now));
    const { pid, startTime, host } = thisProcess();
    const mine = due.map((rows) => rows.map(fromRow));
    for (const { seq } of mine.flat()) {
      store.run(
        "UPDATE notifications SET pid = @pid, start_time = @startTime, host = @host WHERE seq = @seq",
        { seq, pid, startTime, host },
      );
    }
    return mine;
  });
}

function isDue(store: Store, rows: readonly Row[], now: number): boolean {
  if (rows.some(isHeld)) return false;
  const found = rows.map(fromRow);
  const [first] = found;
  if (first === undefined) return false;
  const again = Math.max(...found.map(({ notBeforeMs }) => notBeforeMs));
  if (again > now && again - now <= LONGEST_WAIT_MS) return false;
  const { receiver, kind, connection } = first;
  const row = store.one(
    `SELECT max(settled_ms) AS last FROM notifications
     WHERE receiver = @receiver AND kind = @kind AND connection = @connection AND state = 'sent'`,
    { receiver, kind, connection },
  );
  const last = row === undefined ? undefined : columns("notifications", row).optionalNumber("last");
  return last === undefined || last > now || now - last >= LANE_MS;
}

function isHeld(row: Row): boolean {
  const read = columns("notifications", row);
  const [pid, startTime] = [read.optionalNumber("pid"), read.optionalText("start_time")];
  if (pid === undefined || startTime === undefined) return false;
  return read.optionalText("host") === thisProcess().host && isRunning({ pid, startTime });
}

/** What became of one message: sent, given up, or to be tried again. */
export type Settlement =
  | { readonly state: "sent" }
  | { readonly state: "given-up"; readonly error: string }
  | { readonly state: "waiting"; readonly error: string; readonly notBeforeMs: number }
  /** Nobody was asked. */
  | { readonly state: "untried" };

/** Says what became of what this process had claimed. */
export function settleNotifications(
  store: Store,
  clock: Clock,
  message: readonly Notification[],
  end: Settlement,
): void {
  const tried = end.state === "untried" ? 0 : 1;
  const state = end.state === "untried" ? "waiting" : end.state;
  const attempts = Math.max(0, ...message.map((row) => row.attempts)) + tried;
  const error = "error" in end ? end.error : null;
  store.transaction(() => {
    for (const row of message) {
      store.run(
        `UPDATE notifications SET state = @state, attempts = @attempts, error = @error, settled_ms = @settled,
           not_before_ms = @notBefore, pid = NULL, start_time = NULL, host = NULL WHERE seq = @seq`,
        {
          seq: row.seq,
          state,
          attempts: tried === 0 ? row.attempts : attempts,
          error: tried === 0 ? (row.error ?? null) : error,
          settled: state === "waiting" ? null : clock.now(),
          notBefore: end.state === "waiting" ? end.notBeforeMs : tried === 0 ? row.notBeforeMs : 0,
        },
      );
    }
  });
}

/** Gives up what waits for receivers that no rule names any more. Returns how many. */
export function dropNotifications(store: Store, clock: Clock, receivers: readonly string[]): number {
  const waiting = listNotifications(store, 0).filter(({ receiver }) => !receivers.includes(receiver));
  if (waiting.length === 0) return 0;
  settleNotifications(store, clock, waiting, { state: "given-up", error: "no rule names its receiver" });
  return waiting.length;
}

/** Forgets what was settled before this time, in ms since 1970, and is not an incident that still lasts. */
export function pruneNotifications(store: Store, beforeMs: number): number {
  const over = "(open = 0 OR kind IN ('run-failed', 'circuit-open'))";
  const where = `state <> 'waiting' AND settled_ms < @before AND ${over}`;
  const parameters = { before: beforeMs };
  if (store.one(`SELECT 1 FROM notifications WHERE ${where} LIMIT 1`, parameters) === undefined) return 0;
  return store.run(`DELETE FROM notifications WHERE ${where}`, parameters).changes;
}
