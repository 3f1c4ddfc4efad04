import type { Store } from "./db.ts";
import { columns } from "./rows.ts";

/** A subscription that was made from here. */
export interface HookRecord {
  readonly id: string;
  readonly topic: string;
  readonly url: string;
}

/** Of one connection, by topic. */
export function listHooks(store: Store, connection: string): readonly HookRecord[] {
  return store
    .all("SELECT id, topic, url FROM hooks WHERE connection = @connection ORDER BY topic, id", { connection })
    .map((row) => {
      const read = columns("hooks", row);
      return { id: read.text("id"), topic: read.text("topic"), url: read.text("url") };
    });
}

export function putHook(store: Store, connection: string, hook: HookRecord): void {
  store.run(
    "INSERT OR REPLACE INTO hooks (connection, id, topic, url) VALUES (@connection, @id, @topic, @url)",
    {
      connection,
      ...hook,
    },
  );
}

export function removeHook(store: Store, connection: string, id: string): void {
  store.run("DELETE FROM hooks WHERE connection = @connection AND id = @id", { connection, id });
}
