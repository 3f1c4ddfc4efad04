import type { Json } from "../lib/json.ts";
import type { Store } from "./db.ts";
import { columns } from "./rows.ts";

/** What is kept of a connection's circuit; undefined for nothing. */
export function circuitKept(store: Store, connection: string): Json | undefined {
  const row = store.one("SELECT * FROM circuits WHERE connection = @connection", { connection });
  return row === undefined ? undefined : columns("circuits", row).json("state");
}

/** What is kept of all circuits, by connection. */
export function circuitsKept(store: Store): ReadonlyMap<string, Json> {
  const rows = store.all("SELECT * FROM circuits ORDER BY connection").map((row) => columns("circuits", row));
  return new Map(rows.map((read) => [read.text("connection"), read.json("state")]));
}

/** Replaces it by what `change` makes of it, with no other process in between; undefined keeps nothing. */
export function changeCircuit(
  store: Store,
  connection: string,
  change: (kept: Json | undefined) => Json | undefined,
): void {
  store.transaction(() => {
    const state = change(circuitKept(store, connection));
    if (state === undefined) store.run("DELETE FROM circuits WHERE connection = @connection", { connection });
    else {
      store.run("INSERT OR REPLACE INTO circuits (connection, state) VALUES (@connection, @state)", {
        connection,
        state: JSON.stringify(state),
      });
    }
  });
}
