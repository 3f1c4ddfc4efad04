import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { getConnection } from "../../src/store/connections.ts";
import { openStore, type Store } from "../../src/store/db.ts";
import { openDatabase, readPragma } from "../../src/store/driver.ts";
import { intend, pending, receipts } from "../../src/store/journal.ts";
import { installationId } from "../../src/store/meta.ts";
import { MIGRATIONS } from "../../src/store/migrations.ts";
import { getRun } from "../../src/store/runs.ts";
import { getSecret, hasSealedRows } from "../../src/store/secrets.ts";
import { historyOf, keepVersion, versionsOf } from "../../src/store/versions.ts";
import { bundleProgram, linesOf, tempDir } from "./programs.ts";
import { connection, intent, version } from "./samples.ts";

const worker = bundleProgram("test/store/worker.ts");
let home: string;
const opened: Store[] = [];
beforeEach(() => {
  home = tempDir();
});
afterEach(() => {
  for (const store of opened.splice(0)) store.close();
});

function open(): Store {
  const store = openStore(home);
  opened.push(store);
  return store;
}

/** A file as the first released format has it, with rows in every table. */
function writeVersion1(rows: string): void {
  const db = openDatabase(join(home, "ainstein.db"), { timeout: 0 });
  db.exec("PRAGMA journal_mode = WAL");
  db.exec(MIGRATIONS[0] ?? "");
  db.exec(`PRAGMA user_version = 1; PRAGMA application_id = ${0x4169436d}`);
  db.exec(rows);
  db.close();
}

const ROWS = `
INSERT INTO meta VALUES ('keySource', 'environment');
UPDATE meta SET value = 'the installation' WHERE key = 'installation';
INSERT INTO connections VALUES ('wp', 'wordpress', 'https://example.org', 'app-password', NULL, '{}', NULL, NULL,
  'site', 'Example', 'admin', '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z');
INSERT INTO secrets VALUES ('wp', 'password', x'0102');
INSERT INTO runs VALUES
  (3, 'r1', 'push', 'wp', 'site', '/work', '2026-01-01T00:00:00Z', '2026-01-01T00:01:00Z', 'done', '{"created":1}', 7, 'here'),
  (5, 'r2', 'pull', 'wp', 'site', '/work', '2026-01-02T00:00:00Z', NULL, 'running', NULL, 8, 'here');
INSERT INTO intents VALUES
  (2, 'r1', 'site', 'root', 'create', 'a.md', 'de', 'k1', NULL, '{"slug":"a"}', 'done', '{"id":"12"}'),
  (4, 'r2', 'site', 'root', 'update', 'a.md', 'de', 'k2', '12', '{}', NULL, NULL),
  (9, 'r2', 'site', 'root', 'term', '', '', 'k3', NULL, '{}', NULL, NULL);
DELETE FROM intents WHERE seq = 9;
INSERT INTO texts VALUES
  (1, 'site', 'root', 'old.md', '', '12', x'aa', '2026-01-01T00:00:00Z'),
  (6, 'site', 'root', 'a.md', '', '12', x'bb', '2026-01-02T00:00:00Z'),
  (7, 'site', 'root', 'a.md', '', '12', x'bb', '2026-01-03T00:00:00Z');
INSERT INTO locks VALUES ('site', 'r2', 'pull', 8, 'start', 'here', 1.5, 2.5);
`;

describe("a database of the first format", () => {
  it("loses nothing when it is opened", () => {
    writeVersion1(ROWS);
    const store = open();
    expect(readPragma(store.db, "user_version")).toBe(MIGRATIONS.length);
    expect(installationId(store)).toBe("the installation");
    expect(store.one("SELECT value FROM meta WHERE key = 'keySource'")).toEqual({ value: "environment" });
    expect(getConnection(store, "wp")).toEqual(connection);
    expect(getSecret(store, "wp", "password")).toEqual(Buffer.from([1, 2]));
    const run = { command: "push", target: "wp", site: "site", root: "/work", host: "here" };
    const ended = { status: "done", endedAt: "2026-01-01T00:01:00Z", summary: { created: 1 } };
    const unknown = { actor: {}, options: {} };
    expect(getRun(store, "r1")).toEqual({
      ...run,
      ...ended,
      ...unknown,
      id: "r1",
      startedAt: "2026-01-01T00:00:00Z",
      pid: 7,
    });
    expect(getRun(store, "r2")).toMatchObject({ command: "pull", status: "running", ...unknown });
    expect(receipts(store, "r1")).toEqual([{ ...intent, seq: 2, outcome: "done", receipt: { id: "12" } }]);
    expect(pending(store, "site")).toEqual([
      { ...intent, run: "r2", seq: 4, op: "update", key: "k2", id: "12", payload: {} },
    ]);
    expect(store.all("SELECT * FROM locks")).toEqual([
      {
        site: "site",
        run: "r2",
        command: "pull",
        pid: 8,
        start_time: "start",
        host: "here",
        since_ms: 1.5,
        seen_ms: 2.5,
      },
    ]);
  });

  it("has its texts as versions seen on the site, repeated ones too", () => {
    writeVersion1(ROWS);
    const store = open();
    const text = {
      site: "site",
      rootId: "root",
      locale: "",
      id: "12",
      kind: "",
      side: "site",
      event: "seen",
      digest: "",
    };
    const a = { ...text, path: "a.md", sealed: Buffer.from([0xbb]) };
    expect(historyOf(store, "root", "a.md")).toEqual([
      { ...text, seq: 1, path: "old.md", sealed: Buffer.from([0xaa]), at: "2026-01-01T00:00:00Z" },
      { ...a, seq: 6, at: "2026-01-02T00:00:00Z" },
      { ...a, seq: 7, at: "2026-01-03T00:00:00Z" },
    ]);
    expect(hasSealedRows(store)).toBe(true);
    const seq = keepVersion(store, version("new", { id: "12" }));
    const key = { site: "site", rootId: "root", id: "12", locale: "" };
    expect(versionsOf(store, key, "site").map((each) => each.seq)).toEqual([seq, 7, 6, 1]);
  });

  it("numbers intents on from the last one ever given, and knows the new kinds", () => {
    writeVersion1(ROWS);
    const store = open();
    expect(intend(store, { ...intent, run: "r2", op: "restore" })).toBe(10);
    expect(intend(store, { ...intent, run: "r2", op: "file" })).toBe(11);
    expect(() => intend(store, { ...intent, run: "r2", op: "guess" as "file" })).toThrow("CHECK");
    expect(() => intend(store, { ...intent, run: "r9" })).toThrow("FOREIGN KEY");
  });

  it("keeps that number also where no intent is left", () => {
    writeVersion1(`${ROWS} DELETE FROM intents;`);
    expect(intend(open(), { ...intent, run: "r2" })).toBe(10);
  });

  it("may be empty", () => {
    writeVersion1("");
    const store = open();
    store.run(
      "INSERT INTO runs (id, command, target, site, root, started_at, status, pid, host) VALUES ('r1', '', '', '', '', '', 'running', 1, '')",
    );
    expect(intend(store, intent)).toBe(1);
    expect(hasSealedRows(store)).toBe(false);
  });

  it("comes to the tables that a new one has, and checks out", () => {
    writeVersion1(ROWS);
    const schema = (store: Store) =>
      store
        .all("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name")
        .map((row) => ({ ...row, sql: String(row.sql).replaceAll('"', "") }));
    const migrated = open();
    home = tempDir();
    expect(schema(migrated)).toEqual(schema(open()));
    expect(readPragma(migrated.db, "integrity_check")).toBe("ok");
    expect(migrated.db.prepare("PRAGMA foreign_key_check").all()).toEqual([]);
  });

  it("is brought up to date once by several processes", async () => {
    writeVersion1(ROWS);
    const at = String(Date.now() + 700);
    await Promise.all([1, 2, 3, 4].map(() => linesOf(worker, "open-at", home, at)));
    const store = open();
    expect(store.one("SELECT count(*) AS n FROM versions")).toEqual({ n: 3 });
    expect(store.one("SELECT count(*) AS n FROM intents")).toEqual({ n: 2 });
  });
});
