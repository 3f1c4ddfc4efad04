import type { Store } from "./db.ts";
import { columns } from "./rows.ts";

/** Somebody who may tell of what happened. Its secret is not in here. */
export interface SourceRecord {
  readonly name: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
}

/** By name. */
export function listSources(store: Store): readonly SourceRecord[] {
  return store.all("SELECT * FROM sources ORDER BY name").map((row) => {
    const read = columns("sources", row);
    return { name: read.text("name"), createdAt: read.text("created_at") };
  });
}

export function isSource(store: Store, name: string): boolean {
  return store.one("SELECT 1 FROM sources WHERE name = @name", { name }) !== undefined;
}

/** The time at which it was first added stays. */
export function putSource(store: Store, { name, createdAt }: SourceRecord): void {
  store.run("INSERT OR IGNORE INTO sources (name, created_at) VALUES (@name, @createdAt)", {
    name,
    createdAt,
  });
}

export function removeSource(store: Store, name: string): void {
  store.run("DELETE FROM sources WHERE name = @name", { name });
}
