import { type Clock, systemClock } from "../lib/clock.ts";
import type { Store } from "./db.ts";
import { clearLock, tokensLock } from "./locks.ts";
import { columns } from "./rows.ts";

/** Its runs: those on its site by whatever name, and those of its name wherever the site was then. */
const RUNS = "SELECT id FROM runs WHERE target = @name OR site = @site";

/** What is deleted, children first: a run is named by its steps and intents. */
const DELETIONS = {
  steps: `DELETE FROM steps WHERE run IN (${RUNS})`,
  intents: `DELETE FROM intents WHERE run IN (${RUNS})`,
  conflicts: "DELETE FROM conflicts WHERE target = @name OR site = @site",
  versions: "DELETE FROM versions WHERE site = @site",
  queue: `DELETE FROM queue WHERE target = @name OR run IN (${RUNS})`,
  runs: "DELETE FROM runs WHERE target = @name OR site = @site",
  // Nobody knows whose roots they are, and what is untouched is soon read again.
  scans: "DELETE FROM scans",
  secrets: "DELETE FROM secrets WHERE connection = @name",
  budgets: "DELETE FROM budgets WHERE connection = @name",
  circuits: "DELETE FROM circuits WHERE connection = @name",
  events: "DELETE FROM events WHERE connection = @name",
  hooks: "DELETE FROM hooks WHERE connection = @name",
  notifications: "DELETE FROM notifications WHERE connection = @name",
  connections: "DELETE FROM connections WHERE name = @name",
} as const;

function clearLocks(
  store: Store,
  parameters: { readonly name: string; readonly site: string },
  clock: Clock,
): number {
  const rows = store.all(`SELECT site FROM locks WHERE site IN (@site, @tokens) OR run IN (${RUNS})`, {
    ...parameters,
    tokens: tokensLock(parameters.name),
  });
  for (const row of rows) clearLock(store, columns("locks", row).text("site"), clock);
  return rows.length;
}

/**
 * Deletes everything kept of a connection and its site, and rewrites the database's files so that nothing of it is left
 * in them. Returns the number of rows deleted, by table. Throws `locked`, with nothing deleted, while another process
 * runs on the site; and `locked` when other processes kept the files from being rewritten: then the rows are gone, and
 * calling it again does the rest.
 */
export function forgetConnection(
  store: Store,
  name: string,
  site: string,
  clock: Clock = systemClock,
): { readonly [table: string]: number } {
  const parameters = { name, site };
  const counts = store.transaction(() => {
    const locks = clearLocks(store, parameters, clock);
    const deleted = Object.entries(DELETIONS).map(([table, sql]) => {
      return [table, store.run(sql, parameters).changes] as const;
    });
    return { ...Object.fromEntries(deleted), locks };
  });
  store.compact();
  return counts;
}
