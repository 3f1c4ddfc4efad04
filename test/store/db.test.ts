import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { openStore, type Store } from "../../src/store/db.ts";
import { openDatabase, readPragma } from "../../src/store/driver.ts";
import { installationId } from "../../src/store/meta.ts";
import { MIGRATIONS } from "../../src/store/migrations.ts";
import { bundleProgram, killHard, linesOf, startProgram, tempDir } from "./programs.ts";

const opened: Store[] = [];
const worker = bundleProgram("test/store/worker.ts");

function open(home: string, busyMs?: number): Store {
  const store = openStore(home, busyMs === undefined ? {} : { busyMs });
  opened.push(store);
  return store;
}

afterEach(() => {
  for (const store of opened.splice(0)) store.close();
});

function modeOf(path: string): number {
  return statSync(path).mode & 0o777;
}

function putCounter(store: Store): void {
  store.run("INSERT INTO meta VALUES ('counter', '0')");
}

describe("opening", () => {
  it("creates a private directory and database, and finds it again", () => {
    const home = join(tempDir(), "a", "b");
    const first = open(home);
    const id = installationId(first);
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(modeOf(home)).toBe(0o700);
    for (const end of ["", "-wal", "-shm"]) expect(modeOf(`${first.file}${end}`)).toBe(0o600);
    first.close();
    expect(installationId(open(home))).toBe(id);
  });

  it("is durable and checks references", () => {
    const { db } = open(tempDir());
    const settings = ["journal_mode", "synchronous", "foreign_keys", "secure_delete"].map((name) =>
      readPragma(db, name),
    );
    expect(settings).toEqual(["wal", 2, 1, 1]);
  });

  it("closes what was left open to others", () => {
    const home = tempDir();
    open(home).close();
    chmodSync(home, 0o755);
    chmodSync(join(home, "ainstein.db"), 0o644);
    open(home);
    expect(modeOf(home)).toBe(0o700);
    expect(modeOf(join(home, "ainstein.db"))).toBe(0o600);
  });

  it("does not close a directory that serves other purposes too", () => {
    const home = tempDir();
    chmodSync(home, 0o755);
    writeFileSync(join(home, "letter.txt"), "hello");
    expect(() => open(home)).toThrow(expect.objectContaining({ kind: "usage", code: "store.shared-home" }));
    expect(modeOf(home)).toBe(0o755);
    expect(existsSync(join(home, "ainstein.db"))).toBe(false);
  });

  it("refuses a newer database and leaves it as it is", () => {
    const home = tempDir();
    const store = open(home);
    store.db.exec(`PRAGMA user_version = ${MIGRATIONS.length + 1}`);
    store.close();
    const before = readFileSync(store.file);
    expect(() => open(home)).toThrow(
      expect.objectContaining({
        kind: "usage",
        code: "store.newer",
        message: expect.stringContaining(`format is ${MIGRATIONS.length + 1}`),
        hint: expect.stringContaining("npm install -g ainstein-cms"),
      }),
    );
    expect(readFileSync(store.file).equals(before)).toBe(true);
  });

  it("refuses another program's database", () => {
    const home = tempDir();
    const other = openDatabase(join(home, "ainstein.db"), { timeout: 0 });
    other.exec("CREATE TABLE theirs (a)");
    other.close();
    expect(() => open(home)).toThrow(expect.objectContaining({ code: "store.not-ours" }));
  });

  it("names a file that is no database, and keeps it", () => {
    const home = tempDir();
    const file = join(home, "ainstein.db");
    writeFileSync(file, "this is a shopping list, and a rather long one at that ".repeat(20), {
      mode: 0o600,
    });
    const before = readFileSync(file);
    expect(() => open(home)).toThrow(
      expect.objectContaining({ code: "store.not-a-database", message: expect.stringContaining(file) }),
    );
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it("names a damaged file", () => {
    const home = tempDir();
    const store = open(home);
    const { file } = store;
    store.close();
    truncateSync(file, 8192);
    expect(() => open(home).all("SELECT * FROM runs")).toThrow(
      expect.objectContaining({ code: "store.corrupt", message: expect.stringContaining(file) }),
    );
    expect(existsSync(file)).toBe(true);
  });

  it("says so when a file stands in the directory's place", () => {
    const home = join(tempDir(), "home");
    writeFileSync(home, "");
    expect(() => open(home)).toThrow(expect.objectContaining({ code: "store.not-a-directory" }));
  });
});

describe("transactions", () => {
  it("do all or nothing, also inside each other", () => {
    const store = open(tempDir());
    putCounter(store);
    const fail = () =>
      store.transaction(() => {
        store.run("UPDATE meta SET value = '5' WHERE key = 'counter'");
        store.transaction(() => store.run("UPDATE meta SET value = '6' WHERE key = 'counter'"));
        throw new Error("stop");
      });
    expect(fail).toThrow("stop");
    expect(store.one("SELECT value FROM meta WHERE key = 'counter'")).toEqual({ value: "0" });
  });

  it("wait for the disk, except those that are done quickly", () => {
    const store = open(tempDir());
    const level = () => readPragma(store.db, "synchronous");
    expect(store.transaction(level)).toBe(2);
    expect(store.quickly(level)).toBe(1);
    expect(store.transaction(() => store.quickly(level))).toBe(2);
    expect(() =>
      store.quickly(() => {
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(store.transaction(level)).toBe(2);
  });

  it("refuse asynchronous work", () => {
    const store = open(tempDir());
    expect(() => store.transaction(async () => store.run("DELETE FROM meta WHERE key = 'counter'"))).toThrow(
      "asynchronous",
    );
    expect(store.db.inTransaction).toBe(false);
  });

  it("give up on a database that stays in use", () => {
    const home = tempDir();
    const [one, other] = [open(home), open(home, 20)];
    one.db.exec("BEGIN IMMEDIATE");
    expect(() => other.run("DELETE FROM meta WHERE key = 'counter'")).toThrow(
      expect.objectContaining({ kind: "locked", code: "store.busy" }),
    );
    one.db.exec("ROLLBACK");
    expect(other.run("DELETE FROM meta WHERE key = 'counter'").changes).toBe(0);
  });
});

describe("several processes", () => {
  it("create and migrate one database once", async () => {
    for (let round = 0; round < 3; round++) {
      const home = tempDir();
      const at = String(Date.now() + 1000);
      const ids = await Promise.all([1, 2, 3, 4, 5, 6].map(() => linesOf(worker, "open-at", home, at)));
      expect(new Set(ids.flat())).toEqual(new Set([installationId(open(home))]));
    }
  });

  it("lose no update among four", async () => {
    const home = tempDir();
    const store = open(home);
    putCounter(store);
    await Promise.all([1, 2, 3, 4].map(() => linesOf(worker, "count", home, "250")));
    expect(store.one("SELECT value FROM meta WHERE key = 'counter'")).toEqual({ value: "1000" });
  });
});

describe("kill -9", () => {
  it("loses nothing that was acknowledged, twenty times over", async () => {
    const home = tempDir();
    const store = open(home);
    let acknowledged = 0;
    for (let round = 0; round < 20; round++) {
      const { child, lines } = await startProgram(worker, ["journal", home, `run-${round}`]);
      while (lines.length < 11 + 3 * round) await new Promise((resolve) => setTimeout(resolve, 1));
      await killHard(child);
      const numbersOf = (word: string): readonly number[] =>
        lines.filter((line) => line.startsWith(`${word} `)).map((line) => Number(line.slice(word.length)));
      const rows = store.all("SELECT seq, outcome FROM intents WHERE run = @run", { run: `run-${round}` });
      const known = new Map(rows.map((row) => [row.seq, row.outcome]));
      for (const seq of numbersOf("intended")) expect(known.has(seq)).toBe(true);
      for (const seq of numbersOf("settled")) expect(known.get(seq)).toBe("done");
      acknowledged += lines.length;
      expect(readPragma(store.db, "integrity_check")).toBe("ok");
    }
    expect(acknowledged).toBeGreaterThan(200);
  }, 120_000);
});

describe("a disk that cannot be written", () => {
  const mounts: string[] = [];
  const mount = (options: string): string => {
    const dir = tempDir();
    execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", dir]);
    mounts.push(dir);
    return dir;
  };
  afterEach(() => {
    for (const store of opened.splice(0)) store.close();
    for (const dir of mounts.splice(0)) {
      execFileSync("umount", [dir]);
      rmSync(dir, { recursive: true });
    }
  });

  const canMount = ((): boolean => {
    try {
      execFileSync("umount", [mount("size=1m")], { stdio: "ignore" });
      mounts.pop();
      return true;
    } catch {
      process.stderr.write("Full and read-only disks are not tested: mounting a tmpfs needs root.\n");
      return false;
    }
  })();

  it.runIf(canMount)("is named when full; what was recorded stays, and it goes on once there is room", () => {
    const dir = mount("size=1m,mode=700");
    const home = join(dir, "home");
    const store = open(home);
    putCounter(store);
    writeFileSync(join(dir, "ballast"), Buffer.alloc(200_000));
    const fill = (): void => {
      for (let n = 0; n < 2000; n++) {
        store.run("INSERT INTO secrets VALUES ('wp', @name, zeroblob(4000))", { name: String(n) });
      }
    };
    expect(fill).toThrow(
      expect.objectContaining({ code: "store.disk-full", message: expect.stringContaining(store.file) }),
    );
    const kept = store.one("SELECT count(*) AS n FROM secrets");
    rmSync(join(dir, "ballast"));
    expect(Number(kept?.n)).toBeGreaterThan(10);
    expect(readPragma(store.db, "integrity_check")).toBe("ok");
    store.run("UPDATE meta SET value = '1' WHERE key = 'counter'");
    expect(store.one("SELECT count(*) AS n FROM secrets")).toEqual(kept);
  });

  it.runIf(canMount)("is named when full from the start", () => {
    const dir = mount("size=64k,mode=700");
    expect(() => open(join(dir, "home"))).toThrow(expect.objectContaining({ code: "store.disk-full" }));
  });

  it.runIf(canMount)("is named when read-only", () => {
    const dir = mount("size=1m,mode=700");
    mkdirSync(join(dir, "home"), { mode: 0o700 });
    execFileSync("mount", ["-o", "remount,ro", dir]);
    expect(() => open(join(dir, "home"))).toThrow(expect.objectContaining({ code: "store.read-only" }));
  });
});
