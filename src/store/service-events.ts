// What providers told by their webhooks: that it happened, not what it said.
import type { Store } from "./db.ts";
import { columns } from "./rows.ts";

export interface NewServiceEvent {
  /** Equal for all deliveries of one event. */
  readonly key: string;
  readonly topic: string;
  /** By the provider's clock, in ms since 1970, where it says so. */
  readonly at?: number;
}

export interface ServiceEvent extends NewServiceEvent {
  readonly seq: number;
  readonly service: string;
  /** ISO 8601, UTC. */
  readonly receivedAt: string;
  /** How often it came. */
  readonly deliveries: number;
}

/** All of one delivery or none, each once however often it comes. Durable on return. */
export function noteServiceEvents(
  store: Store,
  service: string,
  events: readonly NewServiceEvent[],
  receivedAt: string,
): void {
  store.transaction(() => {
    for (const { key, topic, at } of events) {
      store.run(
        `INSERT INTO service_events (service, key, topic, at_ms, received_at)
         VALUES (@service, @key, @topic, @at, @receivedAt)
         ON CONFLICT (service, key) DO UPDATE SET deliveries = deliveries + 1`,
        { service, key, topic, at: at ?? null, receivedAt },
      );
    }
  });
}

/** Newest first. */
export function listServiceEvents(store: Store, limit: number): readonly ServiceEvent[] {
  return store.all("SELECT * FROM service_events ORDER BY seq DESC LIMIT @limit", { limit }).map((row) => {
    const read = columns("service_events", row);
    const at = read.optionalNumber("at_ms");
    return {
      seq: read.number("seq"),
      service: read.text("service"),
      key: read.text("key"),
      topic: read.text("topic"),
      ...(at === undefined ? {} : { at }),
      receivedAt: read.text("received_at"),
      deliveries: read.number("deliveries"),
    };
  });
}

/** Forgets what came before this time (ISO 8601, UTC). */
export function pruneServiceEvents(store: Store, before: string): void {
  store.run("DELETE FROM service_events WHERE received_at < @before", { before });
}
