// Rows go because of their age; what they were leaves a trace that is signed.
import type { JsonObject } from "../lib/json.ts";
import {
  appendAudit,
  auditRows,
  type Chain,
  chainOf,
  INSTALLATION,
  listChains,
  type MasterKey,
  startOf,
} from "./audit.ts";
import { type AuditRow, CHECKPOINT, type ChainStart, chainKey, sealOf, verifyChain } from "./audit-chain.ts";
import type { Store } from "./db.ts";
import { columns } from "./rows.ts";

/**
 * Deletes the rows of a chain older than a time (ISO 8601), except the last one, and says so at its end in a row of its
 * own, from which the rest can still be verified, and which holds what was wrong with them. A chain whose key is not at hand is left alone. Returns how many went.
 * `runsWent`: records of runs were deleted because of the same age, which the row says, too.
 */
export function pruneAudit(
  store: Store,
  master: MasterKey,
  connection: string,
  before: string,
  now: string,
  runsWent = false,
): number {
  // The installation's rows are few, and what it no longer tells of could be taken away unseen.
  if (connection === INSTALLATION) return 0;
  return store.transaction(() => {
    const chain = chainOf(store, connection);
    if (chain === undefined || chain.key !== chainKey(master, chain.chain).name) return 0;
    const start = startOf(store, chain.chain);
    const end = lastBefore(store, chain, before);
    if (end === undefined && !runsWent) return 0;
    const { last: upTo, mac } = end ?? start;
    const flaws = flawsUpTo(store, master, chain.chain, start, upTo);
    const { changes } = store.run("DELETE FROM audit WHERE chain = @chain AND n <= @upTo", {
      chain: chain.chain,
      upTo,
    });
    appendAudit(store, master, connection, [
      {
        type: CHECKPOINT,
        at: now,
        upTo,
        mac,
        rows: changes,
        before,
        ...(flaws.length === 0 ? {} : { flaws }),
      },
    ]);
    return changes;
  });
}

/** What is wrong with rows that are about to go: age must not wash it away. Of very many flaws, the first. */
function flawsUpTo(
  store: Store,
  master: MasterKey,
  chain: string,
  start: ChainStart,
  upTo: number,
): readonly JsonObject[] {
  const key = chainKey(master, chain);
  const rows: AuditRow[] = [];
  for (const row of auditRows(store, chain)) {
    if (row.n > upTo) break;
    rows.push(row);
  }
  const last = rows.at(-1);
  if (last === undefined) return [];
  const end = { last: last.n, mac: last.mac, key: last.key, seal: sealOf(key, last.n, last.mac) };
  const { flaws } = verifyChain(key, start, rows, end);
  return flaws.slice(0, MOST_FLAWS).map(({ what, from, to }) => ({ what, from, to }));
}

const MOST_FLAWS = 20;

/** The last row of those that are older, and not the last of all. */
function lastBefore(store: Store, { chain, last }: Chain, before: string): ChainStart | undefined {
  const first = store.one(
    "SELECT min(n) AS n FROM audit WHERE chain = @chain AND json_valid(row) AND row ->> 'at' >= @before",
    { chain, before },
  );
  const kept = (first === undefined ? undefined : columns("audit", first).optionalNumber("n")) ?? last;
  const row = store.one("SELECT * FROM audit WHERE chain = @chain AND n = @n", { chain, n: kept - 1 });
  return row === undefined ? undefined : { last: kept - 1, mac: columns("audit", row).text("mac") };
}

/** Connections whose chain cannot be pruned, because the key that signed it is not at hand. */
export function sealedElsewhere(store: Store, master: MasterKey): readonly string[] {
  return listChains(store)
    .filter(({ chain, key }) => key !== chainKey(master, chain).name)
    .map(({ connection }) => connection);
}
