import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ProbeResult } from "../../../src/tasks/answer.ts";
import { pgliteDrill } from "../../../src/tasks/database/drill-pglite.ts";
import { databaseFiles } from "../../../src/tasks/database/files.ts";
import { openPglite } from "../../../src/tasks/database/pglite.ts";
import { directory, ENV, linked, put, shop } from "./support.ts";

type Changes = Readonly<Record<string, (text: string) => string>>;

/** The drill of the shop with these changes in its files. */
async function drilled(changes: Changes): Promise<readonly ProbeResult[]> {
  const dir = join(directory(), "databases");
  const model = shop("postgresql");
  put(join(dir, ".."), databaseFiles(model));
  for (const [file, change] of Object.entries(changes)) {
    const text = readFileSync(join(dir, file), "utf8");
    if (change(text) === text) throw new Error(`${file} is as before`);
    writeFileSync(join(dir, file), change(text));
  }
  const pglite = await openPglite();
  if (pglite === undefined) throw new Error("PGlite is not installed");
  expect(pglite.version).toMatch(/^\d+\.\d+$/);
  try {
    return await pgliteDrill(dir, model, pglite, { env: ENV, install: linked });
  } finally {
    await pglite.close();
  }
}

const named = (proofs: readonly ProbeResult[], wanted: string) =>
  proofs.filter(({ result }) => result === wanted).map(({ name }) => name);

describe("the drill on PGlite", { timeout: 60_000 }, () => {
  it("turns red at what is wrong, passes the rest by the made migrate.js, and names what takes a server", async () => {
    const proofs = await drilled({
      // More than a connection carries at once.
      "migrations/0001_initial.up.sql": (text) => `${text}${"-- and so on\n".repeat(10_000)}`,
      "schema.sql": (text) => text.replace('"sku"', '"code"'),
      "migrate.js": (text) => text.replace("file.sha256 !== row.sha256", "false"),
      "grants.sql": (text) =>
        text
          .replace("GRANT SELECT ON TABLES TO", "GRANT SELECT, INSERT ON TABLES TO")
          .replace(/^REVOKE INSERT.*$/m, ""),
    });
    expect(named(proofs, "failed")).toEqual([
      "schema.sql in an empty database",
      "an applied file that was edited",
      "app does not write the ledger",
      "readonly writes nothing",
      "backup writes nothing",
    ]);
    expect(named(proofs, "passed")).toEqual([
      "npm ci --engine-strict",
      "roles.sql, twice",
      "migrate.js up",
      "grants.sql, twice",
      "the columns",
      "the references",
      "migrate.js up, again",
      "migrate.js down",
      "migrate.js up, after down",
      "the schema after down and up",
      "rows of every table, written as the application",
      "rows that refer to nothing",
      "rows whose keys are taken",
      "rows with values out of range",
      "rows without what they need",
      "updated_at after a change",
      "readonly reads every table",
      "backup reads every table",
      "app defines nothing",
      "app drops and truncates nothing",
      "readonly defines, drops and truncates nothing",
      "backup defines, drops and truncates nothing",
    ]);
    expect(named(proofs, "skipped")).toEqual([
      "accounts without a password",
      "a wrong password",
      "migrate.js up by two processes at once",
      "backup.sh as the backup account",
      "restore.sh as the owner, into an empty database",
    ]);
  });
});
