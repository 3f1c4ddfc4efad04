import { randomUUID } from "node:crypto";
import { canonicalJson, isObject, type JsonObject } from "../lib/json.ts";
import {
  type AuditRow,
  BEGINNING,
  CHECKPOINT,
  type ChainEnd,
  type ChainStart,
  chainKey,
  type Flaw,
  macOf,
  sealOf,
  type Verified,
  verifyChain,
} from "./audit-chain.ts";
import { CLEARED, claimsOf, type JournalFlaw } from "./audit-journal.ts";
import { countInto, NO_TALLY, type Tally, tallyOf } from "./audit-tally.ts";
import type { Parameters, Store } from "./db.ts";
import { columns, type Row } from "./rows.ts";

/** The key that all chains of an installation get theirs from; undefined where it cannot be had. */
export type MasterKey = Uint8Array | undefined;

/** Name of the installation's own chain: it tells which others there are, and were. */
export const INSTALLATION = "";

export interface Chain extends ChainEnd {
  readonly chain: string;
  readonly connection: string;
  readonly tally: Tally;
}

function chainFrom(row: Row): Chain {
  const read = columns("audit_chains", row);
  return {
    chain: read.text("chain"),
    connection: read.text("connection"),
    last: read.number("last"),
    mac: read.text("mac"),
    key: read.text("key"),
    seal: read.text("seal"),
    tally: tallyOf(read.json("tally")),
  };
}

function rowFrom(row: Row): AuditRow {
  const read = columns("audit", row);
  const text = read.text("row");
  return { n: read.number("n"), text, row: said(text), key: read.text("key"), mac: read.text("mac") };
}

/** What somebody else put there need not be JSON: its mac tells. */
function said(text: string): JsonObject {
  try {
    const row: unknown = JSON.parse(text);
    return isObject(row) ? (row as JsonObject) : {};
  } catch {
    return {};
  }
}

/** All of them by connection, the installation's own first. */
export function listChains(store: Store): readonly Chain[] {
  return store.all("SELECT * FROM audit_chains ORDER BY connection").map(chainFrom);
}

export function chainOf(store: Store, connection: string): Chain | undefined {
  const row = store.one("SELECT * FROM audit_chains WHERE connection = @connection", { connection });
  return row === undefined ? undefined : chainFrom(row);
}

/** What is said in the installation's chain carries its own time, ISO 8601. */
function begin(store: Store, master: MasterKey, connection: string, at: string): Chain {
  const chain = randomUUID();
  const none: ChainEnd = { last: 0, mac: "", key: "", seal: "" };
  store.run(
    `INSERT INTO audit_chains (chain, connection, last, mac, key, seal, tally)
     VALUES (@chain, @connection, 0, '', '', '', '{}')`,
    { chain, connection },
  );
  if (connection !== INSTALLATION) {
    appendAudit(store, master, INSTALLATION, [{ type: "chain", at, chain }]);
  }
  return { chain, connection, ...none, tally: NO_TALLY };
}

/**
 * Adds rows at the end of a connection's chain, all or none, each with its time as `at` (ISO 8601, UTC); nothing of them
 * is changed later. Returns their numbers.
 */
export function appendAudit(
  store: Store,
  master: MasterKey,
  connection: string,
  rows: readonly (JsonObject & { readonly at: string })[],
): readonly number[] {
  const [first] = rows;
  if (first === undefined) return [];
  return store.transaction(() => {
    const before = chainOf(store, connection) ?? begin(store, master, connection, first.at);
    const key = chainKey(master, before.chain);
    let { last, mac, tally } = before;
    const numbers = rows.map((row) => {
      last += 1;
      const text = canonicalJson(row);
      mac = macOf(key, mac, last, text);
      store.run("INSERT INTO audit (chain, n, row, key, mac) VALUES (@chain, @n, @row, @key, @mac)", {
        chain: before.chain,
        n: last,
        row: text,
        key: key.name,
        mac,
      });
      if (row.imported === undefined) tally = countInto(tally, row);
      return last;
    });
    store.run(
      `UPDATE audit_chains SET last = @last, mac = @mac, key = @key, seal = @seal, tally = @tally
       WHERE chain = @chain`,
      {
        chain: before.chain,
        ...{ last, mac, key: key.name, seal: sealOf(key, last, mac) },
        tally: JSON.stringify(tally),
      },
    );
    return numbers;
  });
}

/** Which rows are wanted. Times are ISO 8601, UTC. */
export interface AuditFilter {
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly run?: string | undefined;
  /** `writes`: `sent` rows and what was answered to them; `reads`: `read` ones; `decisions`: all that are no requests. */
  readonly kinds?: "writes" | "reads" | "decisions" | undefined;
  /** What was decided about the entry of this id, or the file at this path. */
  readonly entry?: string | undefined;
  readonly failed?: boolean | undefined;
}

const WANTED = `chain = @chain AND json_valid(row)
  AND (@since IS NULL OR row ->> 'at' >= @since) AND (@until IS NULL OR row ->> 'at' < @until)
  AND (@run IS NULL OR substr(row ->> 'run', 1, length(@run)) = @run)
  AND (@kinds IS NULL OR @kinds = CASE row ->> 'type'
    WHEN 'read' THEN 'reads' WHEN 'sent' THEN 'writes' WHEN 'answered' THEN 'writes' ELSE 'decisions' END)
  AND (@entry IS NULL OR row ->> 'entry' = @entry OR row ->> 'path' = @entry)
  AND (@failed = 0 OR row ->> 'fault' IS NOT NULL OR row ->> 'type' IN ('left', 'refused')
    OR (row ->> 'type' IN ('read', 'answered') AND row ->> 'status' >= 400))`;

/** Shows all rows of a chain and gives its end, of one moment, whoever writes meanwhile. */
export function wholeChain(store: Store, chain: string, show: (row: AuditRow) => void): Chain | undefined {
  const look = store.db.transaction(() => {
    for (const row of auditRows(store, chain)) show(row);
    const end = store.one("SELECT * FROM audit_chains WHERE chain = @chain", { chain });
    return end === undefined ? undefined : chainFrom(end);
  });
  return look.deferred();
}

function parametersOf(chain: string, filter: AuditFilter): Parameters {
  const { since = null, until = null, run = null, kinds = null, entry = null, failed = false } = filter;
  return { chain, since, until, run, kinds, entry, failed: failed ? 1 : 0 };
}

/** Rows of a chain in their order, all without a filter; in pieces, so that a long one is never held whole. */
export function* auditRows(store: Store, chain: string, filter?: AuditFilter): Generator<AuditRow> {
  const wanted = filter === undefined ? "chain = @chain" : WANTED;
  const parameters = filter === undefined ? { chain } : parametersOf(chain, filter);
  for (let after = 0; ; ) {
    const piece = store
      .all(`SELECT * FROM audit WHERE ${wanted} AND n > @after ORDER BY n LIMIT ${PIECE}`, {
        ...parameters,
        after,
      })
      .map(rowFrom);
    yield* piece;
    const last = piece.at(-1);
    if (last === undefined || piece.length < PIECE) return;
    after = last.n;
  }
}

const PIECE = 1000;

/** Rows of a connection behind number `after`. */
export function auditSince(store: Store, connection: string, after: number): readonly AuditRow[] {
  return store
    .all(
      `SELECT audit.* FROM audit JOIN audit_chains USING (chain)
       WHERE connection = @connection AND n > @after ORDER BY n`,
      { connection, after },
    )
    .map(rowFrom);
}

/** The highest number, in the record that they came from, of rows of a run that were brought here; 0 for none. */
export function lastImported(store: Store, connection: string, run: string): number {
  const row = store.one(
    `SELECT max(row ->> 'imported') AS n FROM audit JOIN audit_chains USING (chain)
     WHERE connection = @connection AND json_valid(row) AND row ->> 'run' = @run`,
    { connection, run },
  );
  return (row === undefined ? undefined : columns("audit", row).optionalNumber("n")) ?? 0;
}

/** The last so many rows that are wanted, in their order. */
export function lastAuditRows(
  store: Store,
  chain: string,
  filter: AuditFilter,
  limit: number,
): readonly AuditRow[] {
  return store
    .all(`SELECT * FROM audit WHERE ${WANTED} ORDER BY n DESC LIMIT @limit`, {
      ...parametersOf(chain, filter),
      limit,
    })
    .map(rowFrom)
    .reverse();
}

/** What the newest checkpoint says went before the rows that are kept. */
export function startOf(store: Store, chain: string): ChainStart {
  const row = store.one(
    `SELECT * FROM audit WHERE chain = @chain AND json_valid(row) AND row ->> 'type' = '${CHECKPOINT}' ORDER BY n DESC LIMIT 1`,
    { chain },
  );
  if (row === undefined) return BEGINNING;
  const { row: said } = rowFrom(row);
  return { last: Number(said.upTo), mac: String(said.mac) };
}

/** In one look at the database, whoever writes meanwhile; nobody waits for it. */
export function verifyAudit(store: Store, master: MasterKey, chain: string): VerifiedChain {
  const look = store.db.transaction(() => {
    const row = store.one("SELECT * FROM audit_chains WHERE chain = @chain", { chain });
    const end = row === undefined ? { last: 0, mac: "", key: "", seal: "" } : chainFrom(row);
    const claims = claimsOf();
    const rows = telling(auditRows(store, chain), claims.read);
    const verified = verifyChain(chainKey(master, chain), startOf(store, chain), rows, end);
    return { ...verified, journal: claims.flaws(store) };
  });
  return look.deferred();
}

/** A chain, and what it claims of the journal. */
export interface VerifiedChain extends Verified {
  readonly journal: readonly JournalFlaw[];
}

function* telling(rows: Iterable<AuditRow>, read: (row: JsonObject) => void): Generator<AuditRow> {
  for (const row of rows) {
    read(row.row);
    yield row;
  }
}

/**
 * Which of these rows, of an export, are not in the database as they are there, except those that were deleted because
 * of their age; all where the chain is gone and was not forgotten.
 */
export function lostRows(store: Store, chain: string, rows: Iterable<AuditRow>): readonly Flaw[] {
  const isHere = store.one("SELECT 1 FROM audit_chains WHERE chain = @chain", { chain }) !== undefined;
  if (!isHere && !strayChains(store).gone.includes(chain)) return [];
  const { last } = startOf(store, chain);
  const flaws: Flaw[] = [];
  for (const { n, mac } of rows) {
    const kept = store.one("SELECT mac FROM audit WHERE chain = @chain AND n = @n", { chain, n });
    if (n <= last || kept?.mac === mac) continue;
    const before = flaws.at(-1);
    if (before?.to === n - 1) flaws[flaws.length - 1] = { ...before, to: n };
    else flaws.push({ what: "lost", from: n, to: n });
  }
  return flaws;
}

/**
 * Chains that the installation's own tells of and that are neither here nor were forgotten: somebody took them away
 * whole. And of those that are here, which it does not tell of.
 */
export function strayChains(store: Store): {
  readonly gone: readonly string[];
  readonly unknown: readonly string[];
} {
  const own = chainOf(store, INSTALLATION);
  const said = own === undefined ? [] : [...auditRows(store, own.chain)].map(({ row }) => row);
  const named = (type: string) =>
    new Set(said.filter((row) => row.type === type).map(({ chain }) => String(chain)));
  const [begun, forgotten] = [named("chain"), named("forgotten")];
  const here = listChains(store).filter(({ connection }) => connection !== INSTALLATION);
  const present = new Set(here.map(({ chain }) => chain));
  return {
    gone: [...begun].filter((chain) => !present.has(chain) && !forgotten.has(chain)),
    unknown: here.filter(({ chain }) => !begun.has(chain)).map(({ connection }) => connection),
  };
}

/** Says in the chain of a connection that its runs and conflicts so far may have been forgotten with another one's. */
export function clearClaims(store: Store, master: MasterKey, connection: string, now: string): void {
  if (chainOf(store, connection) === undefined) return;
  appendAudit(store, master, connection, [{ type: CLEARED, at: now }]);
}

/**
 * Deletes the chain of a connection. In the installation's stays that there was one, how long it was and how it ended;
 * not its name. Returns how many rows went.
 */
export function forgetAudit(store: Store, master: MasterKey, connection: string, now: string): number {
  return store.transaction(() => {
    const chain = chainOf(store, connection);
    if (chain === undefined) return 0;
    const { changes } = store.run("DELETE FROM audit WHERE chain = @chain", { chain: chain.chain });
    store.run("DELETE FROM audit_chains WHERE chain = @chain", { chain: chain.chain });
    const { last, mac, seal } = chain;
    appendAudit(store, master, INSTALLATION, [
      { type: "forgotten", at: now, chain: chain.chain, last, mac, seal },
    ]);
    return changes;
  });
}
