import { describe, expect, it } from "vitest";
import { Fault } from "../../src/lib/fault.ts";
import { storeFault } from "../../src/store/failures.ts";

function failure(code: string | undefined, message = "as the system says"): Error {
  return Object.assign(new Error(message), code === undefined ? {} : { code });
}

describe("what the system throws", () => {
  it.each([
    ["SQLITE_FULL", "usage", "store.disk-full"],
    ["ENOSPC", "usage", "store.disk-full"],
    ["EDQUOT", "usage", "store.disk-full"],
    ["SQLITE_READONLY_DIRECTORY", "usage", "store.read-only"],
    ["EACCES", "usage", "store.read-only"],
    ["SQLITE_CORRUPT_VTAB", "usage", "store.corrupt"],
    ["SQLITE_NOTADB", "usage", "store.not-a-database"],
    ["SQLITE_BUSY_SNAPSHOT", "locked", "store.busy"],
    ["SQLITE_IOERR_READ", "usage", "store.input-output"],
    ["ENOTDIR", "usage", "store.not-a-directory"],
  ])("%s becomes a fault with the file, the cause and a cure", (code, kind, name) => {
    const cause = failure(code);
    expect(storeFault(cause, "/home/a/ainstein.db")).toMatchObject({
      name: "Fault",
      kind,
      code: name,
      scope: "run",
      message: expect.stringMatching(/\/home\/a\/ainstein\.db.*as the system says/),
      hint: expect.stringMatching(/\.$/),
      cause,
    });
  });

  it.each([
    failure("ERR_DLOPEN_FAILED", "was compiled against a different Node.js version"),
    failure(undefined, "Could not locate the bindings file. Tried: /a /b"),
  ])("an engine that does not load is told with the command that builds it: %s", (cause) => {
    expect(storeFault(cause, "/f")).toMatchObject({
      code: "store.engine-missing",
      hint: expect.stringContaining("npm rebuild better-sqlite3"),
    });
  });

  it("passes faults and what it does not know", () => {
    const fault = new Fault("invalid", "a");
    const other = failure("SQLITE_CONSTRAINT_UNIQUE");
    expect(storeFault(fault, "/f")).toBe(fault);
    expect(storeFault(other, "/f")).toBe(other);
  });
});
