import { performance } from "node:perf_hooks";
import type Database from "better-sqlite3";
import { Fault } from "../lib/fault.ts";
import { openDatabase, prepareStatement, readPragma } from "./driver.ts";
import { isBusy, storeFault } from "./failures.ts";
import { prepareHome } from "./home.ts";
import { MIGRATIONS } from "./migrations.ts";
import type { Row } from "./rows.ts";

/** "AiCm": tells our files from other people's SQLite databases. */
const APPLICATION_ID = 0x4169436d;
/** Name of the database in the home directory of an installation. */
export const DATABASE = "ainstein.db";
/** SQLite's own waiting is not fair: under load one process can lose all its turns, so it is repeated. */
const BUSY_ROUNDS = 4;

export type Value = string | number | bigint | null | Uint8Array;
export type Parameters = Readonly<Record<string, Value>>;

/** The database of one installation. Everything here is synchronous and throws faults that name the file. */
export interface Store {
  readonly db: Database.Database;
  readonly file: string;
  /**
   * Runs `work` in one write transaction: all of it is durable on return, or none of it happened. Inside another
   * transaction it becomes part of that one. `work` must not be asynchronous.
   */
  transaction<T>(work: () => T): T;
  /**
   * The same without waiting for the disk: once this returns no end of the process takes it back, but a power cut may,
   * until the next `transaction` is durable. For what is written often, and whose loss something durable tells of.
   */
  quickly<T>(work: () => T): T;
  all(sql: string, parameters?: Parameters): readonly Row[];
  one(sql: string, parameters?: Parameters): Row | undefined;
  /** One statement that writes, in a transaction. Returns the rows changed and the last row id. */
  run(sql: string, parameters?: Parameters): { readonly changes: number; readonly seq: number };
  /**
   * Rewrites the files without what was deleted. Takes time in proportion to what is kept and as much room again;
   * not inside a transaction. Throws `locked` when other processes were in the way for too long; nothing is lost then.
   */
  compact(): void;
  /** Does this, once, before the database is closed. */
  beforeClose(work: () => void): void;
  close(): void;
}

function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function untilFree<T>(limitMs: number, work: () => T): T {
  const end = performance.now() + limitMs;
  for (;;) {
    try {
      return work();
    } catch (thrown) {
      if (!isBusy(thrown) || performance.now() >= end) throw thrown;
      pause(5);
    }
  }
}

/** Refuses what is not ours or newer than we are. Writes nothing. */
function inspect(db: Database.Database, file: string): void {
  // One read transaction: between two, another process may create the tables.
  const look = db.transaction(() => ({
    version: Number(readPragma(db, "user_version")),
    application: Number(readPragma(db, "application_id")),
    isEmpty: prepareStatement(db, "SELECT 1 FROM sqlite_master LIMIT 1").get() === undefined,
  }));
  const { version, application, isEmpty } = look();
  if (application !== APPLICATION_ID && !(application === 0 && isEmpty)) {
    throw new Fault("usage", `${file} is the database of another program.`, {
      code: "store.not-ours",
      hint: "Set AINSTEIN_HOME to a directory of its own.",
    });
  }
  if (version > MIGRATIONS.length) {
    const versions = `its format is ${version}, this version knows up to ${MIGRATIONS.length}`;
    throw new Fault("usage", `${file} was written by a newer ainstein-cms: ${versions}.`, {
      code: "store.newer",
      hint: "Upgrade: npm install -g ainstein-cms@latest",
    });
  }
}

function migrate(store: Store): void {
  const current = (): number => Number(readPragma(store.db, "user_version"));
  if (current() === MIGRATIONS.length) return;
  store.transaction(() => {
    for (const step of MIGRATIONS.slice(current())) store.db.exec(step);
    store.db.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
    store.db.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
  });
}

function isPromise(value: unknown): boolean {
  return value instanceof Promise;
}

function buildStore(db: Database.Database, file: string, limitMs: number): Store {
  const statements = new Map<string, Database.Statement>();
  const last: (() => void)[] = [];
  const prepare = (sql: string): Database.Statement => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const made = prepareStatement(db, sql);
    statements.set(sql, made);
    return made;
  };
  const guarded = <T>(work: () => T): T => {
    try {
      return work();
    } catch (thrown) {
      throw storeFault(thrown, file);
    }
  };
  const commit = <T>(work: () => T): T => {
    untilFree(limitMs, () => db.exec("BEGIN IMMEDIATE"));
    try {
      const result = work();
      if (isPromise(result)) throw new Fault("defect", "A database transaction was given asynchronous work.");
      untilFree(limitMs, () => db.exec("COMMIT"));
      return result;
    } finally {
      // SQLite ends the transaction by itself on some errors, such as a full disk.
      if (db.inTransaction) db.exec("ROLLBACK");
    }
  };
  /** The log holds what was overwritten in the file until it is emptied, which waits for everybody who reads. */
  const emptyLog = (): void => {
    const isBlocked = Number(readPragma(db, "wal_checkpoint(TRUNCATE)")) !== 0;
    if (isBlocked) throw Object.assign(new Error("its log is being read"), { code: "SQLITE_BUSY" });
  };
  const transaction = <T>(work: () => T): T => guarded(() => (db.inTransaction ? work() : commit(work)));
  const quickly = <T>(work: () => T): T => {
    if (db.inTransaction) return transaction(work);
    db.exec("PRAGMA synchronous = NORMAL");
    try {
      return transaction(work);
    } finally {
      db.exec("PRAGMA synchronous = FULL");
    }
  };
  return {
    db,
    file,
    transaction,
    quickly,
    all: (sql, parameters = {}) => guarded(() => prepare(sql).all(parameters) as Row[]),
    one: (sql, parameters = {}) => guarded(() => prepare(sql).get(parameters) as Row | undefined),
    run: (sql, parameters = {}) =>
      transaction(() => {
        const info = prepare(sql).run(parameters);
        return { changes: info.changes, seq: Number(info.lastInsertRowid) };
      }),
    compact: () =>
      guarded(() => {
        untilFree(limitMs, () => db.exec("VACUUM"));
        untilFree(limitMs, emptyLog);
      }),
    beforeClose: (work) => last.push(work),
    close: () => {
      for (const work of last.splice(0)) work();
      db.close();
    },
  };
}

/**
 * Opens, and where need be creates and migrates, the database of the installation in `home`.
 * `busyMs` is how long one attempt waits for other processes; a transaction makes several.
 */
export function openStore(home: string, options: { readonly busyMs?: number } = {}): Store {
  const busyMs = options.busyMs ?? 15_000;
  const limitMs = busyMs * BUSY_ROUNDS;
  const file = prepareHome(home, DATABASE);
  let db: Database.Database | undefined;
  try {
    const opened = openDatabase(file, { timeout: busyMs });
    db = opened;
    untilFree(limitMs, () => inspect(opened, file));
    untilFree(limitMs, () => opened.exec("PRAGMA journal_mode = WAL"));
    opened.exec("PRAGMA synchronous = FULL");
    opened.exec("PRAGMA foreign_keys = ON");
    opened.exec("PRAGMA secure_delete = ON");
    opened.exec("PRAGMA trusted_schema = OFF");
    const store = buildStore(opened, file, limitMs);
    migrate(store);
    return store;
  } catch (thrown) {
    db?.close();
    throw storeFault(thrown, file);
  }
}
