import type { Store } from "./db.ts";
import { columns } from "./rows.ts";

/** How many there are of what the labels say. */
export interface Count {
  readonly labels: Readonly<Record<string, string>>;
  readonly count: number;
}

/** Runs on record by `connection`, `command` and `status`. */
export function runCounts(store: Store): readonly Count[] {
  return store
    .all(
      `SELECT target, command, status, count(*) AS number FROM runs
       GROUP BY target, command, status ORDER BY target, command, status`,
    )
    .map((row) => {
      const read = columns("runs", row);
      const labels = {
        connection: read.text("target"),
        command: read.text("command"),
        status: read.text("status"),
      };
      return { labels, count: read.number("number") };
    });
}

/** Conflicts that are not settled by `connection`. */
export function openConflictCounts(store: Store): readonly Count[] {
  return store
    .all(
      "SELECT target, count(*) AS number FROM conflicts WHERE settled_at IS NULL GROUP BY target ORDER BY target",
    )
    .map((row) => {
      const read = columns("conflicts", row);
      return { labels: { connection: read.text("target") }, count: read.number("number") };
    });
}
