// What happened and is to be sent to services: one delivery for each service that asked for it.
import type { Clock } from "../lib/clock.ts";
import type { Store } from "./db.ts";
import { isRunning, thisProcess } from "./processes.ts";
import { columns, type Row } from "./rows.ts";

export const DELIVERY_STATES = ["waiting", "sent", "parked", "dead"] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** Frozen when it is stored: every try says the same. */
export interface NewOccurrence {
  /** A UUID, or the id that its source gave it. */
  readonly id: string;
  readonly point: string;
  /** Who told it: `engine`, `hand`, or the name of a source. */
  readonly source: string;
  /** When it happened, by its source's clock, in ms since 1970. */
  readonly atMs: number;
  /** When it came, by ours. */
  readonly notedMs: number;
  /** `body` is sealed by the vault. */
  readonly sealed: boolean;
  readonly body: Uint8Array;
}

export interface Delivery {
  readonly seq: number;
  readonly occurrence: string;
  readonly point: string;
  readonly source: string;
  readonly atMs: number;
  readonly service: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  /** An earlier try may have arrived. */
  readonly tried: boolean;
  /** Not sent before, in ms since 1970. */
  readonly notBeforeMs: number;
  readonly settledMs?: number;
  /** Why it could not be sent, or what the provider called it. */
  readonly detail?: string;
}

/** A clock that was set back must not keep anything waiting for longer than this. */
const LONGEST_WAIT_MS = 7 * 24 * 3_600_000;

/** No try takes as long. After this a claim of another host, whose processes cannot be looked for, is free. */
export const CLAIM_MS = 10 * 60_000;

/** Each process holds one of a service at a time. */
const MOST_HELD = 100;

const SELECT = `SELECT deliveries.*, point, source, at_ms FROM deliveries
  JOIN occurrences ON occurrences.id = deliveries.occurrence`;

function fromRow(row: Row): Delivery {
  const read = columns("deliveries", row);
  const settledMs = read.optionalNumber("settled_ms");
  const detail = read.optionalText("detail");
  return {
    seq: read.number("seq"),
    occurrence: read.text("occurrence"),
    point: read.text("point"),
    source: read.text("source"),
    atMs: read.number("at_ms"),
    service: read.text("service"),
    state: read.oneOf("state", DELIVERY_STATES),
    attempts: read.number("attempts"),
    tried: read.number("tried") === 1,
    notBeforeMs: read.number("not_before_ms"),
    ...(settledMs === undefined ? {} : { settledMs }),
    ...(detail === undefined ? {} : { detail }),
  };
}

/** For each of these services, not before its time. Durable on return. False where it was there already. */
export function noteOccurrence(
  store: Store,
  { id, point, source, atMs, notedMs, sealed, body }: NewOccurrence,
  services: readonly { readonly name: string; readonly notBeforeMs: number }[],
): boolean {
  return store.transaction(() => {
    const fresh = store.run(
      `INSERT OR IGNORE INTO occurrences (id, point, source, at_ms, noted_ms, sealed, body)
       VALUES (@id, @point, @source, @atMs, @notedMs, @sealed, @body)`,
      { id, point, source, atMs, notedMs, sealed: sealed ? 1 : 0, body: services.length === 0 ? null : body },
    );
    if (fresh.changes === 0) return false;
    for (const { name, notBeforeMs } of services) {
      store.run(
        "INSERT INTO deliveries (occurrence, service, not_before_ms) VALUES (@id, @name, @notBeforeMs)",
        { id, name, notBeforeMs },
      );
    }
    return true;
  });
}

/** Undefined once it was removed. */
export function bodyOf(
  store: Store,
  occurrence: string,
): { readonly sealed: boolean; readonly body: Uint8Array } | undefined {
  const row = store.one("SELECT sealed, body FROM occurrences WHERE id = @occurrence", { occurrence });
  const read = row === undefined ? undefined : columns("occurrences", row);
  const body = read?.optionalBytes("body");
  return read === undefined || body === undefined ? undefined : { sealed: read.number("sealed") === 1, body };
}

/** Whether any of these is the id of one that came. */
export function isAnyOccurrence(store: Store, ids: readonly string[]): boolean {
  const found = store.one(
    "SELECT 1 FROM occurrences WHERE id IN (SELECT value FROM json_each(@ids)) LIMIT 1",
    { ids: JSON.stringify(ids) },
  );
  return found !== undefined;
}

/** Ids of those whose text is still kept. */
export function listKept(store: Store): readonly string[] {
  return store
    .all("SELECT id FROM occurrences WHERE body IS NOT NULL ORDER BY at_ms")
    .map((row) => columns("occurrences", row).text("id"));
}

/** Its text is gone, and nobody is sent it. That it happened stays, so that it is not taken again. */
export function forgetOccurrence(store: Store, id: string): void {
  store.transaction(() => {
    store.run("UPDATE occurrences SET body = NULL WHERE id = @id", { id });
    store.run("DELETE FROM deliveries WHERE occurrence = @id AND state <> 'sent'", { id });
  });
}

export function isAnyWaiting(store: Store): boolean {
  return store.one("SELECT 1 FROM deliveries WHERE state = 'waiting' LIMIT 1") !== undefined;
}

/** Newest first. */
export function listDeliveries(
  store: Store,
  state: DeliveryState | undefined,
  limit: number,
): readonly Delivery[] {
  return store
    .all(`${SELECT} WHERE @state IS NULL OR state = @state ORDER BY seq DESC LIMIT @limit`, {
      state: state ?? null,
      limit,
    })
    .map(fromRow);
}

export function getDelivery(store: Store, seq: number): Delivery | undefined {
  const row = store.one(`${SELECT} WHERE seq = @seq`, { seq });
  return row === undefined ? undefined : fromRow(row);
}

/** How many of each state, by service. */
export function countDeliveries(store: Store): readonly {
  readonly service: string;
  readonly state: DeliveryState;
  readonly count: number;
}[] {
  return store
    .all("SELECT service, state, count(*) AS count FROM deliveries GROUP BY service, state")
    .map((row) => {
      const read = columns("deliveries", row);
      return {
        service: read.text("service"),
        state: read.oneOf("state", DELIVERY_STATES),
        count: read.number("count"),
      };
    });
}

/**
 * Makes the oldest one of a service that is due this process's. From now on it counts as tried: whatever becomes of this
 * process, the next try knows that this one may have arrived. `tried` of the result is what was known before.
 */
export function claimDelivery(store: Store, clock: Clock, service: string): Delivery | undefined {
  return store.transaction(() => {
    const now = clock.now();
    const rows = store.all(
      `${SELECT} WHERE state = 'waiting' AND service = @service
         AND (not_before_ms <= @now OR not_before_ms > @now + @longest) ORDER BY seq LIMIT @most`,
      { service, now, longest: LONGEST_WAIT_MS, most: MOST_HELD },
    );
    const row = rows.find((one) => !isHeld(one, now));
    if (row === undefined) return undefined;
    const claimed = fromRow(row);
    store.run(
      `UPDATE deliveries SET pid = @pid, start_time = @startTime, host = @host, lease_until_ms = @lease,
         tried = 1, attempts = attempts + 1 WHERE seq = @seq`,
      { seq: claimed.seq, ...thisProcess(), lease: now + CLAIM_MS },
    );
    return claimed;
  });
}

function isHeld(row: Row, now: number): boolean {
  const read = columns("deliveries", row);
  const [pid, startTime] = [read.optionalNumber("pid"), read.optionalText("start_time")];
  if (pid === undefined || startTime === undefined) return false;
  if (read.optionalText("host") === thisProcess().host) return isRunning({ pid, startTime });
  const lease = read.optionalNumber("lease_until_ms") ?? 0;
  // One that ends later than any that begins now was given by a clock that went wrong.
  return now < lease && lease <= now + CLAIM_MS;
}

export type DeliveryEnd =
  | { readonly state: "sent" | "parked" | "dead"; readonly detail?: string | undefined }
  | {
      readonly state: "waiting";
      readonly detail: string;
      readonly notBeforeMs: number;
      readonly tried: boolean;
    };

/**
 * What became of one that this process had claimed. A text that nobody is to be sent any more is removed. Where the claim
 * was lost to another process, that one's word counts; only that it was sent is true whoever says so.
 */
export function settleDelivery(
  store: Store,
  clock: Clock,
  { seq, occurrence }: Delivery,
  end: DeliveryEnd,
): void {
  store.transaction(() => {
    const waits = end.state === "waiting";
    store.run(
      `UPDATE deliveries SET state = @state, detail = @detail, settled_ms = @settled, not_before_ms = @notBefore,
         tried = @tried, pid = NULL, start_time = NULL, host = NULL, lease_until_ms = NULL
       WHERE seq = @seq AND (@state = 'sent' OR (pid = @pid AND start_time = @startTime AND host = @host))`,
      {
        seq,
        ...thisProcess(),
        state: end.state,
        detail: end.detail ?? null,
        settled: waits ? null : clock.now(),
        notBefore: waits ? end.notBeforeMs : 0,
        tried: waits && !end.tried ? 0 : 1,
      },
    );
    store.run(
      `UPDATE occurrences SET body = NULL WHERE id = @occurrence AND NOT EXISTS
         (SELECT 1 FROM deliveries WHERE occurrence = @occurrence AND state <> 'sent')`,
      { occurrence },
    );
  });
}

/** Nothing more is sent to a service before this time, in ms since 1970. */
export function postponeDeliveries(store: Store, service: string, untilMs: number): void {
  store.run(
    `UPDATE deliveries SET not_before_ms = @untilMs
     WHERE service = @service AND state = 'waiting' AND pid IS NULL AND not_before_ms < @untilMs`,
    { service, untilMs },
  );
}

/** What was not taken in so many tries says nothing any more of the service: what was to be sent may be at fault. */
export const SPEAKING_TRIES = 3;

/** Until when a service is left alone, since it did not take what was tried; 0 where nothing speaks against it. */
export function pausedUntil(store: Store, service: string): number {
  const row = store.one(
    `SELECT max(not_before_ms) AS until FROM deliveries
     WHERE service = @service AND state = 'waiting' AND attempts BETWEEN 1 AND @most`,
    { service, most: SPEAKING_TRIES },
  );
  return row === undefined ? 0 : (columns("deliveries", row).optionalNumber("until") ?? 0);
}

/** Parked and dead ones wait again, as if they had never been tried. False where its text is gone. */
export function replayDelivery(store: Store, { seq, occurrence }: Delivery): boolean {
  if (bodyOf(store, occurrence) === undefined) return false;
  store.run(
    `UPDATE deliveries SET state = 'waiting', attempts = 0, tried = 0, not_before_ms = 0, settled_ms = NULL
     WHERE seq = @seq AND state IN ('parked', 'dead')`,
    { seq },
  );
  return true;
}

/** Forgets what is over: of services that are gone too, and texts that nobody replayed. Returns how many. */
export function pruneOccurrences(store: Store, beforeMs: number): number {
  return store.transaction(() => {
    const { changes } = store.run(
      "DELETE FROM deliveries WHERE state <> 'waiting' AND settled_ms < @before",
      { before: beforeMs },
    );
    store.run(
      `DELETE FROM occurrences WHERE noted_ms < @before
         AND NOT EXISTS (SELECT 1 FROM deliveries WHERE occurrence = occurrences.id)`,
      { before: beforeMs },
    );
    return changes;
  });
}

/** A service that is removed is sent nothing more. */
export function dropDeliveries(store: Store, service: string): void {
  store.run("DELETE FROM deliveries WHERE service = @service AND state <> 'sent'", { service });
  store.run(
    `UPDATE occurrences SET body = NULL WHERE body IS NOT NULL AND NOT EXISTS
       (SELECT 1 FROM deliveries WHERE occurrence = occurrences.id AND state <> 'sent')`,
  );
}
