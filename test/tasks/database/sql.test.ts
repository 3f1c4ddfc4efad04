import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isFault } from "../../../src/lib/fault.ts";
import { changes } from "../../../src/tasks/database/changes.ts";
import { type Connected, connect } from "../../../src/tasks/database/connection.ts";
import { databaseDocument } from "../../../src/tasks/database/docs.ts";
import { insert } from "../../../src/tasks/database/drill-access.ts";
import { databaseFiles } from "../../../src/tasks/database/files.ts";
import {
  columnsMeant,
  columnsThere,
  objectsThere,
  referencesMeant,
  referencesThere,
} from "../../../src/tasks/database/look.ts";
import { databaseModel } from "../../../src/tasks/database/model.ts";
import { capacity, type Stored, seedOrder, seedRow, wrongRows } from "../../../src/tasks/database/seed.ts";
import type { DatabaseModel } from "../../../src/tasks/database/types.ts";
import { requirements } from "./arbitrary.ts";
import { config, type Dialect, missing, sharedServer, shop } from "./support.ts";

const RUNS = 60;

/** The model, or undefined where it was refused, with a field and a cure. */
function modelOrRefusal(
  type: Dialect,
  { tables, relationships }: { tables: readonly unknown[]; relationships: readonly unknown[] },
) {
  try {
    return databaseModel(config(type, tables, relationships)).model;
  } catch (error) {
    if (!isFault(error, "invalid") || !error.place?.field?.startsWith("database_config") || !error.hint)
      throw error;
    return undefined;
  }
}

function textOf(model: DatabaseModel, ending: string): string {
  const file = databaseFiles(model).find(({ path }) => path.endsWith(ending));
  if (file === undefined) throw new Error(`no file ${ending}`);
  return file.text;
}

async function rowsOf(database: Connected, model: DatabaseModel): Promise<void> {
  const stored = new Map<string, readonly (string | number | null)[]>();
  for (const table of seedOrder(model)) {
    const count = Math.min(3, capacity(table, stored));
    for (let at = 0; at < count; at++)
      await insert(model.dialect as Dialect, database, table.name, seedRow(model, table, at, stored));
    const key = table.primaryKey[0] ?? "";
    const rows = await database.rows(
      `SELECT * FROM ${model.dialect === "mysql" ? `\`${table.name}\`` : `"${table.name}"`}`,
    );
    stored.set(
      table.name,
      rows.map((row) => row[key] as string | number),
    );
  }
  for (const { table, row, what } of wrongRows(model, stored as Stored))
    await expect(insert(model.dialect as Dialect, database, table, row), what).rejects.toThrow();
}

/** A failure leaves nothing for the tries that look for a smaller one. */
async function empty(database: Connected, dialect: Dialect): Promise<void> {
  if (dialect === "postgresql")
    return void (await database.rows("DROP SCHEMA public CASCADE; CREATE SCHEMA public"));
  await database.rows("SET FOREIGN_KEY_CHECKS = 0");
  for (const name of await objectsThere(database, dialect)) await database.rows(`DROP TABLE \`${name}\``);
  await database.rows("SET FOREIGN_KEY_CHECKS = 1");
}

describe.each(["postgresql", "mysql"] as const)("%s", (dialect) => {
  describe.skipIf(missing(dialect))("a real server", () => {
    const server = sharedServer(dialect);

    it("takes whatever the model makes of any task, and gives it back without a trace", async () => {
      const { url } = await server().createDatabase("property");
      const database = await connect(url, true);
      let built = 0;
      const property = fc.asyncProperty(requirements, async (wish) => {
        const model = modelOrRefusal(dialect, wish);
        if (model === undefined) return;
        built++;
        await empty(database, dialect);
        await database.rows(textOf(model, "0001_initial.up.sql"));
        expect(await columnsThere(database, dialect)).toEqual(columnsMeant(model));
        expect(await referencesThere(database, dialect)).toEqual(referencesMeant(model));
        await rowsOf(database, model);
        await database.rows(textOf(model, "0001_initial.down.sql"));
        expect(await objectsThere(database, dialect)).toEqual([]);
        expect(databaseDocument(model)).toContain(`## ${model.tables[0]?.name}`);
      });
      await fc.assert(property, { numRuns: RUNS });
      await database.close();
      expect(built).toBeGreaterThan(RUNS / 6);
    }, 120_000);

    it("grows from any model to a larger one, and is then the same as if it had been made so", async () => {
      const before = databaseModel(
        config(dialect, [
          "users",
          { name: "pets", columns: [{ name: "kind", type: "enum", values: ["cat"] }] },
        ]),
      ).model;
      const tables = [
        "users",
        {
          name: "pets",
          columns: [
            { name: "kind", type: "enum", values: ["cat", "it's"] },
            { name: "age", type: "integer", nullable: true, check: { min: 0 } },
            { name: "updated_at", type: "timestamp", default: "now" },
          ],
        },
        "tags",
      ];
      const relationships = [
        { from: "users", to: "pets", kind: "one_to_one", nullable: true },
        "pets_to_tags",
      ];
      const after = databaseModel(config(dialect, tables, relationships)).model;
      const { url } = await server().createDatabase("grown");
      const database = await connect(url, true);
      const steps = changes(dialect, before.tables, after.tables);
      await database.rows(textOf(before, "0001_initial.up.sql"));
      const first = await columnsThere(database, dialect);
      for (const { up } of steps) await database.rows(up);
      expect(await columnsThere(database, dialect)).toEqual(columnsMeant(after));
      expect(await referencesThere(database, dialect)).toEqual(referencesMeant(after));
      await rowsOf(database, after);
      for (const { name } of after.tables.toReversed()) await database.rows(`DELETE FROM ${name}`);
      for (const { down } of steps.toReversed()) if (down !== "") await database.rows(down);
      expect(await columnsThere(database, dialect)).toEqual(first);
      await database.close();
    });
  });

  it("is written as it was looked over", async () => {
    const model = shop(dialect);
    const files = ["0001_initial.up.sql", "0001_initial.down.sql", "roles.sql", "grants.sql"];
    const text = files.map((file) => `-- ═══ ${file}\n${textOf(model, file)}`).join("\n");
    await expect(text).toMatchFileSnapshot(`golden/${dialect}.sql`);
  });
});

describe("a change of the model", () => {
  const pets = (columns: readonly unknown[], more = {}) =>
    databaseModel(config("postgresql", [{ name: "pets", columns, ...more }, "users"])).model.tables;
  const NAME = { name: "name", type: "string" };

  it.each([
    [
      "a column that is gone",
      pets([NAME, { name: "age", type: "integer" }]),
      pets([NAME]),
      "pets.age would be dropped",
    ],
    [
      "a column of another type",
      pets([NAME]),
      pets([{ name: "name", type: "text" }]),
      "pets.name was another",
    ],
    [
      "a column that is no longer empty",
      pets([{ ...NAME, nullable: true }]),
      pets([NAME]),
      "pets.name was another",
    ],
    ["an index that is gone", pets([{ ...NAME, index: true }]), pets([NAME]), "index over name"],
    [
      "a value of an enum that is gone",
      pets([{ name: "k", type: "enum", values: ["a", "b"] }]),
      pets([{ name: "k", type: "enum", values: ["a"] }]),
      "pets.k was another",
    ],
    [
      "a key that is unique of a sudden",
      pets([NAME]),
      pets([{ ...NAME, unique: true }]),
      "name of pets could occur twice",
    ],
    [
      "a column without a value for the rows there",
      pets([NAME]),
      pets([NAME, { name: "age", type: "integer" }]),
      "no value for it",
    ],
    ["a table that is gone", pets([NAME]), pets([NAME]).slice(0, 1), "the table users would be dropped"],
  ])("refuses %s", (_, before, after, words) => {
    expect(() => changes("postgresql", before, after)).toThrow(words);
  });

  it("is none where nothing changed", () => {
    expect(changes("postgresql", pets([NAME]), pets([NAME]))).toEqual([]);
  });
});
