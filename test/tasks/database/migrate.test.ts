// The migrate.js that is handed out, as its owner works with it.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { connect } from "../../../src/tasks/database/connection.ts";
import { databaseFiles, madeDatabase } from "../../../src/tasks/database/files.ts";
import { migrate } from "../../../src/tasks/database/migrate.ts";
import { databaseModel } from "../../../src/tasks/database/model.ts";
import { config, type Dialect, directory, ENV, linked, missing, put, sharedServer } from "./support.ts";

const pets = (type: Dialect, more: readonly string[] = []) =>
  databaseModel(config(type, [{ name: "pets", columns: [{ name: "name", type: "string" }] }, ...more])).model;

/** A statement that does not end by itself, and how many carry it out. */
const SLEEPS = {
  postgresql: [
    "SELECT pg_sleep(3600)",
    "SELECT count(*) AS n FROM pg_stat_activity WHERE wait_event = 'PgSleep'",
  ],
  mysql: [
    "DO SLEEP(3600)",
    "SELECT COUNT(*) AS n FROM information_schema.processlist WHERE state = 'User sleep'",
  ],
} as const;

async function made(type: Dialect): Promise<string> {
  const dir = directory();
  put(dir, databaseFiles(pets(type)));
  await linked(join(dir, "databases"));
  return join(dir, "databases");
}

describe.each(["postgresql", "mysql"] as const)("migrate.js on %s", (dialect) => {
  describe.skipIf(missing(dialect))("a real server", () => {
    const server = sharedServer(dialect);
    const fresh = async () => (await server().createDatabase("migrate")).url;
    const run = (dir: string, url: string, ...words: string[]) => migrate(dir, words, url, { env: ENV });

    it("applies, says, takes back; and the next migration adds to the first", async () => {
      const [dir, url] = [await made(dialect), await fresh()];
      expect(await run(dir, url, "status")).toEqual({ code: 0, output: "pending 0001_initial\n" });
      expect((await run(dir, url, "up")).output).toBe("applied 0001_initial\n1 applied, 0 were already\n");
      const first = readFileSync(join(dir, "migrations/0001_initial.up.sql"), "utf8");
      put(join(dir, ".."), databaseFiles(pets(dialect, ["tags"]), await madeDatabase(dir)));
      expect(readFileSync(join(dir, "migrations/0001_initial.up.sql"), "utf8")).toBe(first);
      expect((await run(dir, url, "status")).output).toBe("applied 0001_initial\npending 0002_add_tags\n");
      expect((await run(dir, url, "up")).output).toBe("applied 0002_add_tags\n1 applied, 1 were already\n");
      expect((await run(dir, url, "down", "2")).output).toBe(
        "taken back 0002_add_tags\ntaken back 0001_initial\n2 taken back\n",
      );
      const files = databaseFiles(pets(dialect, ["tags"]), await madeDatabase(dir));
      expect(files.filter(({ path }) => path.endsWith(".up.sql")).map(({ path }) => path)).toEqual([
        "databases/migrations/0001_initial.up.sql",
        "databases/migrations/0002_add_tags.up.sql",
      ]);
    });

    it("refuses a ledger that does not fit the files", async () => {
      const [dir, url] = [await made(dialect), await fresh()];
      await run(dir, url, "up");
      const file = join(dir, "migrations/0001_initial.up.sql");
      const text = readFileSync(file, "utf8");
      writeFileSync(file, text.replaceAll("\n", "\r\n"));
      expect((await run(dir, url, "up")).code).toBe(0);
      writeFileSync(file, `${text} `);
      expect(await run(dir, url, "up")).toMatchObject({
        code: 2,
        output: expect.stringContaining("was edited after it was applied"),
      });
      writeFileSync(file, text);
      writeFileSync(join(dir, "migrations/0000_before.up.sql"), "CREATE TABLE a (x integer);\n");
      expect(await run(dir, url, "up")).toMatchObject({
        code: 2,
        output: expect.stringContaining("give it a higher number"),
      });
      rmSync(join(dir, "migrations/0000_before.up.sql"));
      rmSync(file);
      expect(await run(dir, url, "status")).toMatchObject({
        code: 2,
        output: expect.stringContaining("its file is missing"),
      });
    });

    it("says what it needs, and never the password", async () => {
      const [dir, url] = [await made(dialect), await fresh()];
      expect(await migrate(dir, ["up"], "", { env: ENV })).toEqual({
        code: 2,
        output: "migrate: DATABASE_URL is not set\n",
      });
      expect((await run(dir, url, "sideways")).code).toBe(2);
      expect((await run(dir, url, "down", "0")).code).toBe(2);
      const wrong = new URL(url);
      wrong.password = "not-the-password";
      const refused = await run(dir, wrong.href, "up");
      expect(refused.code).toBe(1);
      expect(refused.output).not.toContain("not-the-password");
    });

    it("leaves a file that fails whole or counted, and goes on when it is put right", async () => {
      const [dir, url] = [await made(dialect), await fresh()];
      const file = join(dir, "migrations/0002_more.up.sql");
      // A quoted semicolon, and one in a comment, end nothing.
      const good =
        "CREATE TABLE first (x varchar(9) DEFAULT 'a;''b'); -- one; two\nCREATE TABLE second (x integer);\n";
      writeFileSync(file, good.replace("x integer", "x nonsense"));
      const failed = await run(dir, url, "up");
      expect(failed.code).toBe(1);
      const database = await connect(url);
      const tables = async () =>
        (
          await database.rows(
            "SELECT table_name AS t FROM information_schema.tables WHERE table_name IN ('first', 'second')",
          )
        ).length;
      const whole = dialect === "postgresql";
      expect(failed.output).toContain(
        whole ? "nothing of it is left" : "0002_more stopped at statement 2 of 2",
      );
      expect(await tables()).toBe(whole ? 0 : 1);
      expect((await run(dir, url, "status")).output).toContain(
        whole ? "pending 0002_more" : "stopped 0002_more",
      );
      if (!whole) {
        writeFileSync(file, good.replace("varchar(9)", "varchar(8)"));
        expect((await run(dir, url, "up")).output).toContain("put them back as they were");
      }
      writeFileSync(file, good);
      expect((await run(dir, url, "up")).output).toContain("applied 0002_more");
      expect(await tables()).toBe(2);
      expect((await run(dir, url, "up")).output).toContain("0 applied");
      await database.close();
    });

    it("says in one line that the server has ended meanwhile", async () => {
      const [dir, url] = [await made(dialect), await fresh()];
      const [sleeps, running] = SLEEPS[dialect];
      writeFileSync(join(dir, "migrations/0002_long.up.sql"), `${sleeps};\n`);
      const admin = await connect(server().adminUrl);
      const ran = run(dir, url, "up");
      const count = async () => Number((await admin.rows(running))[0]?.n);
      await vi.waitFor(async () => expect(await count()).toBe(1), { timeout: 20_000 });
      await server().stopServer?.();
      const { code, output } = await ran;
      await server().startServer?.();
      await admin.close();
      expect(code).toBe(1);
      expect(output).toMatch(/^applied 0001_initial\nmigrate: 0002_long [^\n]*connection[^\n]*\n$/i);
    });
  });
});

describe("what was made before", () => {
  it("is refused where it is not what was written", async () => {
    const dir = await made("postgresql");
    expect((await madeDatabase(dir))?.last).toBe(1);
    expect(await madeDatabase(join(dir, "migrations"))).toBeUndefined();
    const snapshot = join(dir, "migrations/model.json");
    const text = readFileSync(snapshot, "utf8");
    writeFileSync(snapshot, text.replace('"0001_initial.up.sql"', '"../../secret"'));
    await expect(madeDatabase(dir)).rejects.toThrow("is not what was written there");
    writeFileSync(snapshot, text);
    rmSync(join(dir, "migrations/0001_initial.up.sql"));
    await expect(madeDatabase(dir)).rejects.toThrow("is gone");
  });

  it("of another kind of database is refused", async () => {
    const before = await madeDatabase(await made("mysql"));
    expect(() => databaseFiles(pets("postgresql"), before)).toThrow("Its migrations are for mysql");
  });
});

describe("the packages that are handed out", () => {
  const read = (file: URL) => JSON.parse(readFileSync(file, "utf8"));
  const root = new URL("../../../", import.meta.url);
  const ours = read(new URL("package.json", root));

  it.each(["postgresql", "mysql", "mongodb"])("for %s are pinned, and as ours are", (dialect) => {
    const dir = new URL(`templates/database/${dialect}/`, root);
    const { dependencies, engines } = read(new URL("package.json", dir));
    const lock = read(new URL("package-lock.json", dir));
    expect(lock.packages[""]).toMatchObject({ dependencies, engines });
    for (const [name, version] of Object.entries(dependencies))
      expect({ ...ours.dependencies, ...ours.optionalDependencies }[name]).toBe(version);
    const named = Object.entries<Record<string, unknown>>(lock.packages).filter(([path]) => path !== "");
    expect(named.filter(([, one]) => "resolved" in one || !("integrity" in one))).toEqual([]);
  });
});
