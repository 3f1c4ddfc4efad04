import { Fault, isFault } from "../lib/fault.ts";

const KEEP =
  "Nothing was deleted. Move the file away and restore a backup; without one, start anew with `ainstein-cms connect`: " +
  "which file is which entry stands in ainstein.lock, so no entry is created twice.";

interface Cure {
  readonly code: string;
  readonly kind: "usage" | "locked";
  readonly says: string;
  readonly hint: string;
}

function cureOf(code: string, file: string): Cure | undefined {
  if (code === "ENOSPC" || code === "EDQUOT" || code === "SQLITE_FULL" || code === "SQLITE_IOERR_SHMSIZE") {
    const hint =
      "Free some space on that disk and run the same command again: what was recorded so far is safe.";
    return { code: "store.disk-full", kind: "usage", says: `There is no space left to write ${file}.`, hint };
  }
  if (code === "EROFS" || code === "EACCES" || code === "EPERM" || code.startsWith("SQLITE_READONLY")) {
    const hint = "Make it writable for you, or set AINSTEIN_HOME to a directory that is.";
    return { code: "store.read-only", kind: "usage", says: `${file} cannot be written.`, hint };
  }
  if (code === "SQLITE_NOTADB") {
    return { code: "store.not-a-database", kind: "usage", says: `${file} is not a database.`, hint: KEEP };
  }
  if (code.startsWith("SQLITE_CORRUPT")) {
    return { code: "store.corrupt", kind: "usage", says: `${file} is damaged.`, hint: KEEP };
  }
  if (code.startsWith("SQLITE_BUSY") || code.startsWith("SQLITE_LOCKED")) {
    const hint =
      "Wait until the other ainstein-cms processes on this AINSTEIN_HOME are done, then run it again.";
    return { code: "store.busy", kind: "locked", says: `${file} was in use for too long.`, hint };
  }
  if (code.startsWith("SQLITE_IOERR") || code === "SQLITE_CANTOPEN" || code === "EIO") {
    const hint = "Check that disk and the permissions of the directory, or set AINSTEIN_HOME to another one.";
    return { code: "store.input-output", kind: "usage", says: `${file} could not be read or written.`, hint };
  }
  if (code === "ENOTDIR" || code === "EEXIST" || code === "EISDIR" || code === "ENAMETOOLONG") {
    const hint = "Set AINSTEIN_HOME to a directory of its own.";
    return { code: "store.not-a-directory", kind: "usage", says: `${file} cannot be created there.`, hint };
  }
  if (code === "ERR_DLOPEN_FAILED" || code === "MODULE_NOT_FOUND") {
    const hint = "Build it for this version of Node: npm rebuild better-sqlite3";
    const says = "The database engine (better-sqlite3) does not load on this Node.";
    return { code: "store.engine-missing", kind: "usage", says, hint };
  }
  return undefined;
}

export function errorCode(thrown: unknown): string {
  if (!(thrown instanceof Error)) return "";
  const code = (thrown as Error & { readonly code?: unknown }).code;
  if (typeof code === "string") return code;
  return thrown.message.includes("Could not locate the bindings file") ? "MODULE_NOT_FOUND" : "";
}

export function isBusy(thrown: unknown): boolean {
  return errorCode(thrown).startsWith("SQLITE_BUSY");
}

/** What SQLite or the file system threw, as a fault that names the file and the cure. Faults pass unchanged. */
export function storeFault(thrown: unknown, file: string): unknown {
  if (isFault(thrown)) return thrown;
  const cure = cureOf(errorCode(thrown), file);
  if (cure === undefined) return thrown;
  const detail = thrown instanceof Error ? ` (${thrown.message})` : "";
  return new Fault(cure.kind, `${cure.says}${detail}`, {
    code: cure.code,
    hint: cure.hint,
    scope: "run",
    cause: thrown,
  });
}
