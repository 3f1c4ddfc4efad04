import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/lib/clock.ts";
import { sha256Hex } from "../../src/lib/hash.ts";
import { changeBudget, readBudget } from "../../src/store/budgets.ts";
import { changeCircuit, circuitKept } from "../../src/store/circuits.ts";
import { conflictHistory, openConflict, settleConflict } from "../../src/store/conflicts.ts";
import { getConnection, putConnection } from "../../src/store/connections.ts";
import { openStore, type Store } from "../../src/store/db.ts";
import { readPragma } from "../../src/store/driver.ts";
import { forgetConnection } from "../../src/store/forget.ts";
import { intend, receipts, settle } from "../../src/store/journal.ts";
import { acquireLock } from "../../src/store/locks.ts";
import { thisProcess } from "../../src/store/processes.ts";
import { enqueue, listQueue } from "../../src/store/queue.ts";
import { createRun, finishRun, listRuns } from "../../src/store/runs.ts";
import { keepScans } from "../../src/store/scans.ts";
import { listSecrets, putSecret } from "../../src/store/secrets.ts";
import { recordResult, recordSteps, stepsOf } from "../../src/store/steps.ts";
import { historyOf, keepVersion } from "../../src/store/versions.ts";
import { bundleProgram, killHard, startProgram, tempDir } from "./programs.ts";
import { samples } from "./queue-samples.ts";
import { conflict, connection, intent, run, version } from "./samples.ts";

const worker = bundleProgram("test/store/worker.ts");
const opened: Store[] = [];
let home: string;
let store: Store;

function open(busyMs = 15_000): Store {
  const made = openStore(home, { busyMs });
  opened.push(made);
  return made;
}

beforeEach(() => {
  home = tempDir();
  store = open();
});
afterEach(() => {
  for (const each of opened.splice(0)) each.close();
});

interface Client {
  readonly name: string;
  readonly site: string;
  /** Stands in every text that is kept. */
  readonly marker: string;
}

const ROUNDS = 1000;
const GONE: Client = { name: "client-gone", site: "https://gone.example/wp-json", marker: "MARKER-gone" };
const STAYS: Client = { name: "client-stays", site: "https://stays.example/wp-json", marker: "MARKER-stays" };

/** In no order, so that pages are split at many places: what they held stays behind in them. */
function idOf({ name }: Client, n: number): string {
  return sha256Hex(`${name} ${n}`);
}

function pathOf(client: Client, n: number): string {
  return `${idOf(client, n).slice(0, 6)}/${client.marker}.md`;
}

/** Rows in every table, round `n` of them. Large texts fill pages of their own, small ones share theirs. */
function fill(client: Client, n: number): void {
  const { name, site, marker } = client;
  const id = idOf(client, n);
  const path = pathOf(client, n);
  createRun(store, { ...run, id, target: name, site, options: { marker } });
  recordSteps(store, id, [{ n: 1, path, locale: "", action: "update", step: { marker } }]);
  recordResult(store, id, 1, { status: "failed", url: site, fault: { marker } });
  settle(store, intend(store, { ...intent, run: id, site, path, payload: { marker } }), "done", { marker });
  finishRun(store, id, { status: "done", endedAt: run.startedAt, summary: { marker } });
  for (const size of [n % 40, 300]) {
    const sealed = Buffer.from(`${marker} `.repeat(size));
    keepVersion(store, version(`${marker} ${n} ${size}`, { site, path, sealed, id: String(n) }));
  }
  const seq = openConflict(store, { ...conflict, target: name, site, path });
  if (n % 2 === 0) settleConflict(store, seq, run.startedAt, { marker });
}

function addAll(client: Client): void {
  const { name, site, marker } = client;
  putConnection(store, { ...connection, name, site, url: site, siteTitle: marker });
  putSecret(store, { connection: name, name: "password", sealed: Buffer.from(marker) });
  changeCircuit(store, name, () => ({ state: "open", cause: { message: marker } }));
  enqueue(
    store,
    samples(1, { run: `queued ${marker}`, target: name, root: marker }),
    systemClock,
    () => false,
  );
  changeBudget(store, name, () => ({ state: { url: "address" }, result: undefined }));
}

function filesWith(words: readonly string[]): readonly string[] {
  return readdirSync(home).filter((file) => {
    const bytes = readFileSync(join(home, file));
    return words.some((word) => bytes.includes(word));
  });
}

function rowsOf(client: Client): unknown {
  const { name, site } = client;
  return {
    connection: getConnection(store, name),
    secrets: listSecrets(store, name),
    budget: readBudget(store, name),
    circuit: circuitKept(store, name),
    queue: listQueue(store).filter(({ target }) => target === name),
    runs: listRuns(store, 3 * ROUNDS).filter(({ target }) => target === name),
    steps: stepsOf(store, idOf(client, 3)),
    receipts: receipts(store, idOf(client, 3)),
    conflicts: conflictHistory(store, { site }),
    versions: historyOf(store, "root", pathOf(client, 3)),
  };
}

const NOTHING = {
  connection: undefined,
  secrets: [],
  budget: undefined,
  circuit: undefined,
  queue: [],
  runs: [],
  steps: [],
  receipts: [],
  conflicts: [],
  versions: [],
};

describe("a forgotten connection", () => {
  it("leaves no byte in any file, though others use the database, and the other connection has lost nothing", () => {
    const neighbour = open();
    for (const client of [GONE, STAYS]) addAll(client);
    store.transaction(() => {
      for (let n = 0; n < ROUNDS; n++) for (const client of [GONE, STAYS]) fill(client, n);
    });
    keepScans(store, "/roots", new Set([GONE.marker]), [{ path: GONE.marker, stamp: "1", blob: "b" }]);
    neighbour.one("SELECT count(*) FROM versions");
    const words = Object.values(GONE);
    for (const word of words) expect(filesWith([word])).not.toEqual([]);
    const before = rowsOf(STAYS);
    expect(forgetConnection(store, GONE.name, GONE.site)).toEqual({
      connections: 1,
      secrets: 1,
      budgets: 1,
      circuits: 1,
      events: 0,
      hooks: 0,
      notifications: 0,
      queue: 1,
      scans: 1,
      versions: 2 * ROUNDS,
      conflicts: ROUNDS,
      runs: ROUNDS,
      steps: ROUNDS,
      intents: ROUNDS,
      locks: 0,
    });
    expect(rowsOf(GONE)).toEqual(NOTHING);
    expect(filesWith(words)).toEqual([]);
    expect(filesWith([STAYS.marker])).toEqual(["ainstein.db"]);
    expect(rowsOf(STAYS)).toEqual(before);
    expect(readPragma(neighbour.db, "integrity_check")).toBe("ok");
  });

  it("takes the runs along that had its name on another site, or its site under another name", () => {
    createRun(store, { ...run, id: "moved", target: "wp", site: "before the move" });
    createRun(store, { ...run, id: "renamed", target: "old-name" });
    createRun(store, { ...run, id: "stranger", target: "other", site: "other" });
    for (const id of ["moved", "renamed", "stranger"]) {
      const site = id === "renamed" ? "site" : id === "moved" ? "before the move" : "other";
      intend(store, { ...intent, run: id, site });
      openConflict(store, { ...conflict, site, target: id === "moved" ? "wp" : "other" });
    }
    expect(forgetConnection(store, "wp", "site")).toMatchObject({ runs: 2, intents: 2, conflicts: 2 });
    expect(listRuns(store, 10).map(({ id }) => id)).toEqual(["stranger"]);
    expect(conflictHistory(store, {}).map(({ site }) => site)).toEqual(["other"]);
  });

  it("can be forgotten again, and one that never was too", () => {
    const counts = forgetConnection(store, "none", "nowhere");
    expect(Object.values(counts)).toEqual(new Array(15).fill(0));
  });

  it("is not forgotten while another process runs on its site", async () => {
    addAll({ ...GONE, site: "site" });
    const { child } = await startProgram(worker, ["hold", home, "site"]);
    const forget = () => forgetConnection(store, GONE.name, "site");
    try {
      expect(forget).toThrow(
        expect.objectContaining({ code: "run.locked", message: expect.stringContaining(`${child.pid}`) }),
      );
      expect(getConnection(store, GONE.name)).toBeDefined();
      expect(listRuns(store, 10).map(({ id }) => id)).toEqual(["held-run"]);
    } finally {
      await killHard(child);
    }
    expect(forget()).toMatchObject({ connections: 1, runs: 1, locks: 1 });
    expect(store.all("SELECT * FROM locks")).toEqual([]);
  });

  it("takes the locks along that its dead runs left, wherever they were", () => {
    createRun(store, { ...run, id: "moved", target: "wp", site: "before the move" });
    const dead = { ...thisProcess(), startTime: "an earlier boot:1", command: "push" };
    acquireLock(store, "before the move", { ...dead, run: "moved" }, systemClock);
    acquireLock(store, "other", { ...dead, run: "stranger" }, systemClock);
    expect(forgetConnection(store, "wp", "site").locks).toBe(1);
    expect(store.all("SELECT run FROM locks")).toEqual([{ run: "stranger" }]);
  });

  it("takes the lock along that this process holds, and no lock of another site", () => {
    const holder = { ...thisProcess(), command: "connections forget" };
    const lock = acquireLock(store, "site", { ...holder, run: "forgetting" }, systemClock);
    acquireLock(store, "other", { ...holder, run: "working" }, systemClock);
    expect(forgetConnection(store, "wp", "site").locks).toBe(1);
    expect(store.all("SELECT run FROM locks")).toEqual([{ run: "working" }]);
    lock.release();
  });

  it("says so when a reader kept the files from being rewritten, and the next time does the rest", () => {
    addAll(GONE);
    fill(GONE, 1);
    const reader = open();
    reader.db.exec("BEGIN; SELECT count(*) FROM versions");
    const impatient = open(20);
    const forget = () => forgetConnection(impatient, GONE.name, GONE.site);
    expect(forget).toThrow(expect.objectContaining({ kind: "locked", code: "store.busy" }));
    expect(rowsOf(GONE)).toEqual(NOTHING);
    expect(filesWith([GONE.marker])).not.toEqual([]);
    reader.db.exec("COMMIT");
    expect(forget()).toMatchObject({ connections: 0, versions: 0 });
    expect(filesWith(Object.values(GONE))).toEqual([]);
  });
});
