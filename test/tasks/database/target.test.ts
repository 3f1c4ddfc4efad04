import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { connect } from "../../../src/tasks/database/connection.ts";
import { databaseFiles } from "../../../src/tasks/database/files.ts";
import { objectsThere } from "../../../src/tasks/database/look.ts";
import { migrateTarget, type Targeted } from "../../../src/tasks/database/target.ts";
import { type Dialect, directory, ENV, linked, missing, put, sharedServer, shop } from "./support.ts";

function made(dialect: Dialect): string {
  const dir = directory();
  put(dir, databaseFiles(shop(dialect)));
  return join(dir, "databases");
}

const results = ({ proofs }: Targeted) => proofs.map(({ name, result }) => `${name}: ${result}`);

describe.each(["postgresql", "mysql"] as const)("a given database on %s", (dialect) => {
  describe.skipIf(missing(dialect))("a real server", () => {
    const server = sharedServer(dialect);
    const go = (dir: string, url: string, apply: boolean) =>
      migrateTarget(dir, shop(dialect), url, { env: ENV, apply, install: linked });

    it("is told what is pending, gets it when asked to, and then nothing more", async () => {
      const { url, name } = await server().createDatabase("target");
      const database = await connect(url);
      await database.rows("CREATE TABLE theirs (x integer)");
      await database.rows("INSERT INTO theirs VALUES (7)");
      const dir = made(dialect);
      const told = await go(dir, url, false);
      expect(told).toMatchObject({
        host: "127.0.0.1",
        name,
        version: server().version,
        pending: ["0001_initial"],
      });
      expect(results(told).at(-1)).toBe("migrations on the target: skipped");
      expect(await objectsThere(database, dialect)).toEqual(["theirs"]);
      const applied = await go(dir, url, true);
      expect(applied.pending).toEqual([]);
      expect(results(applied).filter((line) => !line.endsWith("passed"))).toEqual([]);
      await database.rows("INSERT INTO users (email, password_hash) VALUES ('a@example.test', 'x')");
      const again = await go(dir, url, true);
      expect(again.proofs.every(({ result }) => result === "passed")).toBe(true);
      expect((await database.rows("SELECT * FROM users")).length).toBe(1);
      expect((await database.rows("SELECT * FROM theirs")).length).toBe(1);
      await database.close();
    });

    it("gets nothing where the ledger does not fit, or tables of another hand are in the way", async () => {
      const { url } = await server().createDatabase("target");
      const dir = made(dialect);
      await go(dir, url, true);
      appendFileSync(join(dir, "migrations/0001_initial.up.sql"), "-- edited\n");
      expect(results(await go(dir, url, true)).at(-1)).toBe("the ledger of the target: failed");
      const other = await server().createDatabase("theirs");
      const database = await connect(other.url);
      await database.rows("CREATE TABLE users (x integer)");
      const refused = await go(made(dialect), other.url, true);
      expect(refused.proofs.at(-1)).toMatchObject({
        result: "failed",
        seen: "users are there, and no migration has made them",
      });
      expect(await objectsThere(database, dialect)).toEqual(["users"]);
      await database.close();
    });

    it("is refused where nobody answers, or it is of another kind", async () => {
      const { url } = await server().createDatabase("target");
      const wrong = new URL(url);
      wrong.password = "not-the-password";
      const refused = await go(made(dialect), wrong.href, true).catch((error: unknown) => error);
      expect(refused).toMatchObject({ kind: "unavailable", code: "server_unavailable" });
      expect(String(refused)).not.toContain("not-the-password");
      const other = dialect === "mysql" ? "postgresql" : "mysql";
      await expect(
        migrateTarget(made(other), shop(other), url, { env: ENV, apply: true, install: linked }),
      ).rejects.toThrow(`is no ${other}`);
    });
  });
});
