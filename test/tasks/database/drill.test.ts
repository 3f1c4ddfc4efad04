import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { connect } from "../../../src/tasks/database/connection.ts";
import { type Drilled, drill } from "../../../src/tasks/database/drill.ts";
import { databaseFiles } from "../../../src/tasks/database/files.ts";
import { databaseModel } from "../../../src/tasks/database/model.ts";
import { roleName } from "../../../src/tasks/database/names.ts";
import type { Scratch } from "../../../src/tasks/database/server.ts";
import type { DatabaseModel } from "../../../src/tasks/database/types.ts";
import { config, type Dialect, directory, ENV, linked, missing, put, sharedServer, shop } from "./support.ts";

function made(model: DatabaseModel): string {
  const dir = directory();
  put(dir, databaseFiles(model));
  return join(dir, "databases");
}

function failures({ proofs }: Drilled): readonly string[] {
  return proofs.filter(({ result }) => result === "failed").map(({ name, seen }) => `${name}: ${seen}`);
}

async function sabotaged(
  scratch: Scratch,
  name: string,
  file: string,
  change: (text: string) => string,
): Promise<readonly string[]> {
  const model = shop(scratch.dialect, name);
  const dir = made(model);
  const text = readFileSync(join(dir, file), "utf8");
  const other = change(text);
  if (other === text) throw new Error(`${file} is as before`);
  writeFileSync(join(dir, file), other);
  return failures(await drill(dir, model, scratch, { env: ENV, install: linked }));
}

type Sabotage = readonly [what: string, file: string, change: (text: string) => string, red: string];

const replace = (from: string | RegExp, to: string) => (text: string) => text.replace(from, to);
const append = (more: string) => (text: string) => `${text}\n${more}\n`;
const DOWN = "migrations/0001_initial.down.sql";
const UP = "migrations/0001_initial.up.sql";
const BOTH: readonly Sabotage[] = [
  [
    "a schema that is not what the migrations make",
    "schema.sql",
    replace(/(["`])sku\1/g, "$1code$1"),
    "schema.sql in a database",
  ],
  [
    "a down that forgets a table",
    DOWN,
    replace(/DROP TABLE (?:IF EXISTS )?["`]order_products["`];\n/, ""),
    "migrate.js down",
  ],
  [
    "a backup without its checksum",
    "restore.sh",
    replace(/^\[ "\$\(checksum.*$/m, ""),
    "restore.sh of a backup that was cut off",
  ],
  [
    "a restore over what is there",
    "restore.sh",
    replace(/^\[ "\$(?:relations|tables)" = 0 \].*$/m, ""),
    "restore.sh into a database that is not empty",
  ],
];
const POSTGRESQL: readonly Sabotage[] = [
  ...BOTH,
  [
    "money in numbers that are too small",
    UP,
    replace('"price_cents" bigint', '"price_cents" integer'),
    "the columns",
  ],
  [
    "orders that go with their users",
    UP,
    replace(/(orders_user_id_fkey.*) ON DELETE RESTRICT/, "$1 ON DELETE CASCADE"),
    "the references",
  ],
  [
    "an edited file that is taken",
    "migrate.js",
    replace("file.sha256 !== row.sha256", "false"),
    "an applied file that was edited",
  ],
  ["a column that the task has not", UP, replace(/(["`])sku\1/g, "$1code$1"), "the columns"],
  [
    "a reference that is not held",
    UP,
    replace(/,\n {2}CONSTRAINT ["`]orders_user_id_fkey["`][^\n]*/, ""),
    "the references",
  ],
  [
    "an application that may empty tables",
    "grants.sql",
    append('GRANT TRUNCATE ON ALL TABLES IN SCHEMA public TO "s_app";'),
    "app drops and truncates nothing",
  ],
  [
    "reports that may write",
    "grants.sql",
    replace(/GRANT SELECT ON TABLES TO/, "GRANT SELECT, INSERT ON TABLES TO"),
    "readonly writes nothing",
  ],
  [
    "later tables that are not covered",
    "grants.sql",
    replace(/^ALTER DEFAULT PRIVILEGES.*$/gm, ""),
    "rows of every table",
  ],
  [
    "an application that owns everything",
    "roles.sql",
    append('GRANT "s_owner" TO "s_app";'),
    "app defines nothing",
  ],
  [
    "a backup that leaves rows out",
    "backup.sh",
    replace("--no-owner", "--exclude-table-data=order_products --no-owner"),
    "every row after the restore",
  ],
  [
    "a backup that leaves a table out",
    "backup.sh",
    replace("--no-owner", "--exclude-table=order_products --no-owner"),
    "every row after the restore",
  ],
  [
    "migrations that do not wait for each other",
    "migrate-engine.js",
    replace(/await client.query\("SELECT pg_advisory_lock.*\n/, ""),
    "migrate.js up by two processes",
  ],
  [
    "addresses that differ in case alone",
    UP,
    replace('lower("email")', '"email"'),
    "rows whose keys are taken",
  ],
  [
    "a moment of the last change that stands still",
    UP,
    replace(/CREATE TRIGGER [^;]* ON "users" [^;]*;/, ""),
    "updated_at after a change",
  ],
  [
    "a check that is gone",
    UP,
    replace(/ CHECK \("total_cents" >= 0\)/, " CHECK (true)"),
    "rows with values out of range",
  ],
];
const MYSQL: readonly Sabotage[] = [
  ...BOTH,
  ["accounts that are open", "roles.sql", replace(/ ACCOUNT LOCK;/g, ";"), "accounts without a password"],
  [
    "reports that may write",
    "grants.sql",
    replace(/GRANT SELECT ON/, "GRANT SELECT, INSERT ON"),
    "readonly writes nothing",
  ],
  [
    "a backup that leaves a table out",
    "backup.sh",
    replace("--triggers", '--triggers --ignore-table="$MYSQL_DATABASE.order_products"'),
    "every row after the restore",
  ],
  [
    "migrations that do not wait for each other",
    "migrate-engine.js",
    replace(/SELECT GET_LOCK\(.*?\) AS got/, "SELECT 1 AS got"),
    "migrate.js up by two processes",
  ],
];

describe.each<[Dialect, readonly Sabotage[]]>([
  ["postgresql", POSTGRESQL],
  ["mysql", MYSQL],
])("the drill on %s", (dialect, sabotages) => {
  describe.skipIf(missing(dialect))("a real server", () => {
    const server = sharedServer(dialect);

    it("proves the shop with the packages of its own lockfile, and leaves nothing", async () => {
      const model = shop(dialect, "whole");
      const done = await drill(made(model), model, server(), { env: ENV });
      expect(failures(done)).toEqual([]);
      expect(done.proofs.length).toBeGreaterThan(28);
      expect(new Set(done.proofs.map(({ about }) => about))).toEqual(
        new Set(["setup", "security", "migrations", "storage", "backup"]),
      );
      expect(server().verifiedOn).toBe(dialect === "mysql" ? `mariadb ${done.version}` : undefined);
      const again = await drill(made(model), model, server(), { env: ENV, install: linked });
      expect(failures(again)).toEqual([]);
    }, 120_000);

    it("proves rings, keys of every type and words that are reserved", async () => {
      const key = (type: string) => ({
        name: `by_${type}`,
        columns: [{ name: "key", type }],
        primary_key: ["key"],
      });
      const tables = [
        {
          name: "order",
          columns: [
            { name: "group", type: "decimal", scale: 4, check: { min: 0, max: 2 } },
            { name: "select", type: "boolean" },
          ],
        },
        {
          name: "key",
          columns: [
            { name: "from", type: "json" },
            { name: "to", type: "date", default: "now" },
          ],
        },
        ...["uuid", "string", "integer"].map(key),
      ];
      const relationships = [
        "order_to_key",
        { from: "key", to: "order", kind: "one_to_one", nullable: true, on_delete: "set_null" },
        "by_uuid_to_by_string",
        "by_integer_to_by_uuid",
      ];
      const { model } = databaseModel(config(dialect, tables, relationships, { name: "odd" }));
      expect(failures(await drill(made(model), model, server(), { env: ENV, install: linked }))).toEqual([]);
    }, 120_000);

    it("touches nothing on a server that has an account of the name already", async () => {
      const model = shop(dialect, "taken");
      const admin = await connect(server().adminUrl);
      const name = roleName("taken", "readonly");
      await admin.rows(dialect === "postgresql" ? `CREATE ROLE ${name} LOGIN` : `CREATE USER ${name}@'%'`);
      await expect(drill(made(model), model, server(), { env: ENV, install: linked })).rejects.toThrow(
        `has ${name} already`,
      );
      const sql =
        dialect === "postgresql"
          ? "SELECT FROM pg_roles WHERE rolname LIKE 'taken%'"
          : "SELECT User FROM mysql.user WHERE User LIKE 'taken%'";
      expect((await admin.rows(sql)).length).toBe(1);
      await admin.close();
    });

    describe.concurrent("turns red at", () => {
      it.each(sabotages.map((sabotage, index) => [...sabotage, index] as const))(
        "%s",
        async (_, file, change, red, index) => {
          const name = `sabotaged${index}`;
          const own = (text: string) => change(text).replaceAll('"s_', `"${name}_`);
          const seen = await sabotaged(server(), name, file, own);
          expect(seen.filter((line) => line.startsWith(red))).toHaveLength(1);
        },
        60_000,
      );
    });
  });
});
