// The one place that opens SQLite files.
import Database from "better-sqlite3";

// On Node 24 the driver ends the whole process, in the middle of whatever it does, when the garbage collector frees one
// of its databases or statements, closed ones too. So none is ever freed; a process has few of them.
const kept: object[] = [];

function keep<T extends object>(made: T): T {
  kept.push(made);
  return made;
}

/** Opens the file, creating it where there is none, except to read it only. Throws the driver's errors. */
export function openDatabase(
  file: string,
  options: { readonly timeout: number; readonly readonly?: boolean },
): Database.Database {
  return keep(new Database(file, options));
}

/** Compiles SQL that will be used again and again: each call costs memory until the process ends. */
export function prepareStatement(db: Database.Database, sql: string): Database.Statement {
  return keep(db.prepare(sql));
}

/** The value of a pragma. Those that answer nothing when set are set by `db.exec`. */
export function readPragma(db: Database.Database, name: string): unknown {
  return prepareStatement(db, `PRAGMA ${name}`).pluck().get();
}
