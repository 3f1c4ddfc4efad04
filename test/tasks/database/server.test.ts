import { spawn } from "node:child_process";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { describe, expect, it, vi } from "vitest";
import { applicationUrl } from "../../../src/tasks/database/application.ts";
import { connect } from "../../../src/tasks/database/connection.ts";
import { mongoDrill } from "../../../src/tasks/database/drill-mongodb.ts";
import { SCRATCH_URL, scratchServer } from "../../../src/tasks/database/server.ts";
import { directory, missing, sharedServer, shop } from "./support.ts";

const ROOT = dirname(fileURLToPath(new URL("../../../package.json", import.meta.url)));

describe.each(["postgresql", "mysql"] as const)("a scratch server of %s", (dialect) => {
  describe.skipIf(missing(dialect))("for real", () => {
    const server = sharedServer(dialect);

    it("keeps databases apart, asks for passwords, and comes back with what was in it", async () => {
      const [one, other] = [await server().createDatabase("shop"), await server().createDatabase("shop")];
      const database = await connect(one.url);
      await database.rows("CREATE TABLE kept (x integer)");
      const strange = new URL(other.url);
      strange.pathname = `/${one.name}`;
      const intruder = await connect(strange.href).catch(() => undefined);
      await expect(
        intruder?.rows("SELECT * FROM kept") ?? Promise.reject(new Error("not let in")),
      ).rejects.toThrow();
      await intruder?.close();
      strange.password = "not-the-password";
      await expect(connect(strange.href)).rejects.toThrow();
      await server().stopServer?.();
      await expect(database.rows("SELECT 1")).rejects.toThrow();
      await expect(connect(one.url)).rejects.toThrow();
      await server().startServer?.();
      const back = await connect(one.url);
      expect(await back.rows("SELECT * FROM kept")).toEqual([]);
      await back.close();
    });

    it("that was given is used, and left as it was", async () => {
      const list =
        dialect === "postgresql"
          ? "SELECT datname FROM pg_database UNION ALL SELECT rolname FROM pg_roles ORDER BY 1"
          : "SELECT schema_name FROM information_schema.schemata UNION ALL SELECT User FROM mysql.user ORDER BY 1";
      const admin = await connect(server().adminUrl);
      const before = await admin.rows(list);
      const given = await scratchServer(dialect, { env: { [SCRATCH_URL]: server().adminUrl } });
      expect(given.stopServer).toBeUndefined();
      const own = await given.createDatabase("given");
      const owner = await connect(own.url);
      await owner.rows("CREATE TABLE migration_ledger (x integer)");
      await owner.rows("CREATE TABLE kept (x integer)");
      await owner.close();
      const app = await connect(await applicationUrl(given, own));
      for (const sql of ["INSERT INTO kept VALUES (1)", "UPDATE kept SET x = 2", "DELETE FROM kept"])
        await app.rows(sql);
      for (const sql of [
        "INSERT INTO migration_ledger VALUES (1)",
        "DROP TABLE kept",
        "CREATE TABLE a (x integer)",
      ])
        await expect(app.rows(sql), sql).rejects.toThrow();
      await app.close();
      await given.close();
      expect(await admin.rows(list)).toEqual(before);
      await admin.close();
    });

    it("ends with whoever started it, though that is killed", async () => {
      const file = `${directory()}/starts.mjs`;
      await build({
        stdin: {
          contents: `import { scratchServer } from "./src/tasks/database/server.ts";
            const { adminUrl } = await scratchServer(${JSON.stringify(dialect)}, { env: process.env });
            console.log(adminUrl);
            setInterval(() => undefined, 1000);`,
          resolveDir: ROOT,
          loader: "ts",
        },
        bundle: true,
        platform: "node",
        format: "esm",
        banner: {
          js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
        },
        external: ["pg-native"],
        outfile: file,
      });
      const child = spawn("node", [file], { stdio: ["ignore", "pipe", "inherit"] });
      const url = await new Promise<string>((resolve) =>
        child.stdout.once("data", (text) => resolve(String(text).trim())),
      );
      await (await connect(url)).close();
      child.kill("SIGKILL");
      await vi.waitFor(() => expect(connect(url)).rejects.toThrow(), { timeout: 20_000, interval: 100 });
    }, 60_000);
  });
});

describe("without a server", () => {
  it("says so, with the way to one", async () => {
    const model = shop("mongodb");
    for (const env of [{}, { MONGODB_URI: "mongodb://a:secret@127.0.0.1:1/x?serverSelectionTimeoutMS=50" }]) {
      const refused = await mongoDrill("/nowhere", model, { env }).catch((error: unknown) => error);
      expect(refused).toMatchObject({
        kind: "unavailable",
        code: "server_unavailable",
        hint: expect.stringContaining("MONGODB_URI"),
      });
      expect(String(refused)).not.toContain("secret");
    }
    const gone = await scratchServer("postgresql", {
      env: {},
      given: "postgresql://a:secret@127.0.0.1:1/x",
    }).catch((error: unknown) => error);
    expect(gone).toMatchObject({ kind: "unavailable", code: "server_unavailable" });
    expect(String(gone)).not.toContain("secret");
    await expect(scratchServer("postgresql", { env: {}, given: "mysql://a@b/c" })).rejects.toThrow(
      "is no postgresql",
    );
  });
});
