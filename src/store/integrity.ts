import { statSync } from "node:fs";
import { join } from "node:path";
import { DATABASE } from "./db.ts";
import { openDatabase, prepareStatement, readPragma } from "./driver.ts";
import { storeFault } from "./failures.ts";

/** What the database of an installation is like, read without changing it. */
export interface Integrity {
  readonly file: string;
  /** What is wrong with it, in SQLite's words, the first few; empty for a sound one. */
  readonly damage: readonly string[];
  readonly bytes: number;
  /** Of the file: what was deleted and not given back to the disk. */
  readonly idleBytes: number;
  /** Of the log beside it, which is written into the file when nobody reads. */
  readonly logBytes: number;
}

const MOST_TOLD = 5;

/** Reads the whole database in `home`, which has one. Throws the faults of one that cannot be read. */
export function examineDatabase(home: string, busyMs = 5000): Integrity {
  const file = join(home, DATABASE);
  let db: ReturnType<typeof openDatabase> | undefined;
  try {
    db = openDatabase(file, { timeout: busyMs, readonly: true });
    const told = prepareStatement(db, `PRAGMA integrity_check(${MOST_TOLD})`).pluck().all().map(String);
    const damage = told.filter((words) => words !== "ok");
    const orphans = prepareStatement(db, "PRAGMA foreign_key_check").all();
    const pageBytes = Number(readPragma(db, "page_size"));
    return {
      file,
      damage:
        orphans.length === 0 ? damage : [...damage, `${orphans.length} rows belong to what is not there`],
      bytes: sizeOf(file),
      idleBytes: Number(readPragma(db, "freelist_count")) * pageBytes,
      logBytes: sizeOf(`${file}-wal`),
    };
  } catch (thrown) {
    throw storeFault(thrown, file);
  } finally {
    db?.close();
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
