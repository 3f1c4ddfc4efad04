import { type Clock, systemClock } from "../lib/clock.ts";
import type { Store } from "./db.ts";
import { getMeta, setMeta } from "./meta.ts";

/** A version of the same entry and side that took its place before the limit: until then it was what stood there. */
const REPLACED = `SELECT 1 FROM versions AS successor
  WHERE successor.site = versions.site AND successor.root_id = versions.root_id AND successor.id = versions.id
    AND successor.locale = versions.locale AND successor.unbound = versions.unbound AND successor.side = versions.side
    AND successor.seq > versions.seq AND successor.at < @before`;
const OLD_RUNS = `SELECT id FROM runs WHERE ended_at < @before
  AND target NOT IN (SELECT value FROM json_each(@kept))
  AND NOT EXISTS (SELECT 1 FROM intents WHERE intents.run = runs.id AND outcome IS NULL)`;

/** Of each entry and side the version of the limit's time stays, and the one of that time whose text is kept. */
function pruneVersions(store: Store, before: string): number {
  const withText = store.run(
    `DELETE FROM versions WHERE sealed IS NOT NULL AND at < @before
       AND EXISTS (${REPLACED} AND successor.sealed IS NOT NULL)`,
    { before },
  );
  const withoutText = store.run(
    `DELETE FROM versions WHERE sealed IS NULL AND at < @before AND EXISTS (${REPLACED})`,
    { before },
  );
  const settled = "settled_at < @before AND sealed IS NOT NULL";
  store.run(`UPDATE conflicts SET sealed = NULL WHERE ${settled}`, { before });
  return withText.changes + withoutText.changes;
}

function pruneRuns(store: Store, before: string, targets: readonly string[]): number {
  const kept = JSON.stringify(targets);
  store.run(
    "DELETE FROM conflicts WHERE settled_at < @before AND target NOT IN (SELECT value FROM json_each(@kept))",
    { before, kept },
  );
  store.run("DELETE FROM queue WHERE queued_at < @before AND pid IS NULL", { before });
  store.run(`DELETE FROM steps WHERE run IN (${OLD_RUNS})`, { before, kept });
  store.run(`DELETE FROM intents WHERE run IN (${OLD_RUNS})`, { before, kept });
  return store.run(`DELETE FROM runs WHERE id IN (${OLD_RUNS})`, { before, kept }).changes;
}

/**
 * Deletes versions that others of their entry and side took the place of before `textsBefore`, so that what stood
 * there then and since can be told and restored; a version without a text takes the place of none that has one. So do
 * the texts of conflicts settled before it. Deletes what ended before `auditBefore`: settled conflicts, and runs with
 * their steps and intents, never one with an intent whose outcome nobody knows. Both limits are ISO 8601, UTC.
 * Of the targets in `kept` runs and conflicts stay. Returns how many versions and runs went, and remembers when it was
 * done.
 */
export function prune(
  store: Store,
  limits: { readonly textsBefore: string; readonly auditBefore: string },
  clock: Clock = systemClock,
  kept: readonly string[] = [],
): { readonly texts: number; readonly runs: number } {
  return store.transaction(() => {
    const texts = pruneVersions(store, limits.textsBefore);
    const runs = pruneRuns(store, limits.auditBefore, kept);
    setMeta(store, "pruned", new Date(clock.now()).toISOString());
    return { texts, runs };
  });
}

/** When it was last done, ISO 8601, UTC; undefined for never. */
export function lastPruned(store: Store): string | undefined {
  return getMeta(store, "pruned");
}
