import { type Clock, systemClock } from "../lib/clock.ts";
import type { Store } from "./db.ts";
import { getMeta, setMeta } from "./meta.ts";

function namedAs(column: "base" | "local" | "remote"): string {
  return `SELECT ${column} FROM conflicts WHERE settled_at IS NULL AND ${column} IS NOT NULL`;
}

const UNNEEDED = `versions.seq NOT IN
  (${namedAs("base")} UNION ALL ${namedAs("local")} UNION ALL ${namedAs("remote")})`;
/** A later version of the same entry and side. */
const LATER = `SELECT 1 FROM versions AS later
  WHERE later.site = versions.site AND later.root_id = versions.root_id AND later.id = versions.id
    AND later.locale = versions.locale AND later.unbound = versions.unbound AND later.side = versions.side
    AND later.seq > versions.seq`;
const OLD_RUNS = `SELECT id FROM runs WHERE ended_at < @before
  AND NOT EXISTS (SELECT 1 FROM intents WHERE intents.run = runs.id AND outcome IS NULL)`;

/** Of each entry and side the newest version stays, and the newest whose text is kept. */
function pruneVersions(store: Store, before: string): number {
  const withText = store.run(
    `DELETE FROM versions WHERE sealed IS NOT NULL AND at < @before AND ${UNNEEDED}
       AND EXISTS (${LATER} AND later.sealed IS NOT NULL)`,
    { before },
  );
  const withoutText = store.run(
    `DELETE FROM versions WHERE sealed IS NULL AND at < @before AND ${UNNEEDED} AND EXISTS (${LATER})`,
    { before },
  );
  return withText.changes + withoutText.changes;
}

function pruneRuns(store: Store, before: string): number {
  store.run("DELETE FROM conflicts WHERE settled_at < @before", { before });
  store.run(`DELETE FROM steps WHERE run IN (${OLD_RUNS})`, { before });
  store.run(`DELETE FROM intents WHERE run IN (${OLD_RUNS})`, { before });
  return store.run(`DELETE FROM runs WHERE id IN (${OLD_RUNS})`, { before }).changes;
}

/**
 * Deletes versions older than `textsBefore`, except the newest of each entry and side, the newest of them whose text is
 * kept, and those that an open conflict names; and what ended before `auditBefore`: runs, with their steps and
 * intents, never one with an intent whose outcome nobody knows, and settled conflicts. Both limits are ISO 8601, UTC.
 * Returns how many versions and runs went, and remembers when it was done.
 */
export function prune(
  store: Store,
  limits: { readonly textsBefore: string; readonly auditBefore: string },
  clock: Clock = systemClock,
): { readonly texts: number; readonly runs: number } {
  return store.transaction(() => {
    const texts = pruneVersions(store, limits.textsBefore);
    const runs = pruneRuns(store, limits.auditBefore);
    setMeta(store, "pruned", new Date(clock.now()).toISOString());
    return { texts, runs };
  });
}

/** When it was last done, ISO 8601, UTC; undefined for never. */
export function lastPruned(store: Store): string | undefined {
  return getMeta(store, "pruned");
}
