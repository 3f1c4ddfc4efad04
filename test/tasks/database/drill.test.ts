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

/** What is changed in the files, and every probe that this turns red. */
interface Sabotage {
  readonly changes: readonly (readonly [file: string, change: (text: string) => string])[];
  readonly red: readonly string[];
}

async function sabotaged(
  scratch: Scratch,
  name: string,
  changes: Sabotage["changes"],
): Promise<readonly string[]> {
  const model = shop(scratch.dialect, name);
  const dir = made(model);
  for (const [file, change] of changes) {
    const text = readFileSync(join(dir, file), "utf8");
    const other = change(text).replaceAll("@name", name);
    if (other === text) throw new Error(`${file} is as before`);
    writeFileSync(join(dir, file), other);
  }
  const { proofs } = await drill(dir, model, scratch, { env: ENV, install: linked });
  return proofs.filter(({ result }) => result === "failed").map(({ name: probe }) => probe);
}

const replace = (from: string | RegExp, to: string) => (text: string) => text.replace(from, to);
const append = (more: string) => (text: string) => `${text}\n${more}\n`;
const DOWN = "migrations/0001_initial.down.sql";
const UP = "migrations/0001_initial.up.sql";
const FORGETS: Sabotage = {
  changes: [[DOWN, replace(/DROP TABLE (?:IF EXISTS )?["`]order_products["`];\n/, "")]],
  red: ["migrate.js down"],
};
const BELIEVES: Sabotage = {
  changes: [
    ["migrate.js", replace("file.sha256 !== row.sha256", "false")],
    ["restore.sh", replace(/^\[ "\$\(checksum.*$/m, "")],
    ["restore.sh", replace(/^\[ "\$(?:relations|tables)" = 0 \].*$/m, "")],
    ["schema.sql", replace(/(["`])sku\1/g, "$1code$1")],
  ],
  red: [
    "an applied file that was edited",
    "restore.sh into a database that is not empty",
    "restore.sh of a backup that was cut off",
    "schema.sql in an empty database",
  ],
};
const LEAVES_OUT = ["every row after the restore", "the schema after the restore"];
const POSTGRESQL: Readonly<Record<string, Sabotage>> = {
  "a down that forgets a table": FORGETS,
  "a backup without rows, and scripts that believe whatever they find": {
    changes: [
      ...BELIEVES.changes,
      ["backup.sh", replace("--no-owner", "--exclude-table-data=order_products --no-owner")],
    ],
    red: [...BELIEVES.red, "every row after the restore"],
  },
  "a backup that leaves a table out": {
    changes: [["backup.sh", replace("--no-owner", "--exclude-table=order_products --no-owner")]],
    red: LEAVES_OUT,
  },
  "rights that are too wide": {
    changes: [
      ["grants.sql", append('GRANT TRUNCATE ON ALL TABLES IN SCHEMA public TO "@name_app";')],
      ["grants.sql", replace("GRANT SELECT ON TABLES TO", "GRANT SELECT, INSERT ON TABLES TO")],
    ],
    red: ["app drops and truncates nothing", "backup writes nothing", "readonly writes nothing"],
  },
  "rights that do not cover later tables": {
    changes: [["grants.sql", replace(/^ALTER DEFAULT PRIVILEGES.*$/gm, "")]],
    red: [
      "backup reads every table",
      "readonly reads every table",
      "rows of every table, written as the application",
      "updated_at after a change",
    ],
  },
  "an application that may do what the owner may": {
    changes: [["roles.sql", append('GRANT "@name_owner" TO "@name_app";')]],
    // What it drops is gone for all that come after it.
    red: [
      "app defines nothing",
      "app does not write the ledger",
      "app drops and truncates nothing",
      "backup defines, drops and truncates nothing",
      "backup writes nothing",
      "backup.sh as the backup account",
      "readonly defines, drops and truncates nothing",
      "readonly writes nothing",
    ],
  },
  "migrations that do not wait for each other": {
    changes: [["migrate-engine.js", replace(/await client.query\("SELECT pg_advisory_lock.*\n/, "")]],
    red: ["migrate.js up by two processes at once"],
  },
  "a schema that holds less than the task": {
    changes: [
      [UP, replace('"price_cents" bigint', '"price_cents" integer')],
      [UP, replace(/(orders_user_id_fkey.*) ON DELETE RESTRICT/, "$1 ON DELETE CASCADE")],
      [UP, replace(/ CHECK \("total_cents" >= 0\)/, " CHECK (true)")],
      [UP, replace('lower("email")', '"email"')],
      [UP, replace(/CREATE TRIGGER [^;]* ON "users" [^;]*;/, "")],
    ],
    red: [
      "a row after the restore",
      "rows whose keys are taken",
      "rows with values out of range",
      "schema.sql in an empty database",
      "the columns",
      "the references",
      "the schema after down and up",
      "updated_at after a change",
    ],
  },
};
const MYSQL: Readonly<Record<string, Sabotage>> = {
  "a down that forgets a table": FORGETS,
  "open accounts, rights that are too wide, and scripts that believe whatever they find": {
    changes: [
      ...BELIEVES.changes,
      ["roles.sql", replace(/ ACCOUNT LOCK;/g, ";")],
      // On every table, the ledger among them.
      ["grants.sql", replace(/GRANT SELECT ON/g, "GRANT SELECT, INSERT ON")],
    ],
    red: [
      ...BELIEVES.red,
      "accounts without a password",
      "app does not write the ledger",
      "readonly writes nothing",
    ],
  },
  "a backup that leaves a table out": {
    changes: [
      ["backup.sh", replace("--triggers", '--triggers --ignore-table="$MYSQL_DATABASE.order_products"')],
    ],
    red: LEAVES_OUT,
  },
  "migrations that do not wait for each other": {
    changes: [["migrate-engine.js", replace(/SELECT GET_LOCK\(.*?\) AS got/, "SELECT 1 AS got")]],
    red: ["migrate.js up by two processes at once"],
  },
};

describe.each<[Dialect, Readonly<Record<string, Sabotage>>]>([
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
      it.each(Object.entries(sabotages))(
        "%s",
        async (what, { changes, red }) => {
          const name = `sabotaged${Object.keys(sabotages).indexOf(what)}`;
          expect((await sabotaged(server(), name, changes)).toSorted()).toEqual(red.toSorted());
        },
        60_000,
      );
    });
  });
});
