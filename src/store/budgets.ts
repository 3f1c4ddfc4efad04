import type { Json } from "../lib/json.ts";
import type { Store } from "./db.ts";
import { columns } from "./rows.ts";

/** What is kept of a connection's budget; undefined when nothing is. */
export function readBudget(store: Store, connection: string): Json | undefined {
  const row = store.one("SELECT state FROM budgets WHERE connection = @connection", { connection });
  return row === undefined ? undefined : columns("budgets", row).json("state");
}

/** Reads, and keeps what `work` makes of it, with no other process in between. An equal state is not written. */
export function changeBudget<T>(
  store: Store,
  connection: string,
  work: (state: Json | undefined) => { readonly state: Json; readonly result: T },
): T {
  return store.transaction(() => {
    const before = readBudget(store, connection);
    const { state, result } = work(before);
    const text = JSON.stringify(state);
    if (text !== JSON.stringify(before)) {
      store.run("INSERT OR REPLACE INTO budgets (connection, state) VALUES (@connection, @text)", {
        connection,
        text,
      });
    }
    return result;
  });
}
