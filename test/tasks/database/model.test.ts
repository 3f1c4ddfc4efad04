import { describe, expect, it } from "vitest";
import { isFault } from "../../../src/lib/fault.ts";
import { CATALOGUE } from "../../../src/tasks/database/catalogue.ts";
import { catalogueTable, databaseModel } from "../../../src/tasks/database/model.ts";
import { roleName, singularOf } from "../../../src/tasks/database/names.ts";
import { columnOf, type TableModel } from "../../../src/tasks/database/types.ts";
import type { DatabaseConfig } from "../../../src/tasks/schema.ts";
import { config } from "./support.ts";

const AT = "database_config.schema_requirements";

function modelOf(tables: readonly unknown[], relationships: readonly unknown[] = [], more = {}) {
  return databaseModel(config("postgresql", tables, relationships, more));
}

function table(name: string, tables: readonly TableModel[]): TableModel {
  const found = tables.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no table ${name} among ${tables.map((one) => one.name).join()}`);
  return found;
}

function references(one: TableModel): readonly string[] {
  return one.references.map(({ column, table: to, onDelete }) => `${column} → ${to} ${onDelete}`);
}

/** The field, message and hint of the refusal. */
function refusal(
  tables: readonly unknown[],
  relationships: readonly unknown[] = [],
  more = {},
  type: DatabaseConfig["type"] = "postgresql",
) {
  try {
    databaseModel(config(type, tables, relationships, more));
  } catch (error) {
    if (isFault(error, "invalid"))
      return { field: error.place?.field, message: error.message, hint: error.hint };
    throw error;
  }
  return undefined;
}

const ID = { name: "id", type: "id" };

describe("short forms", () => {
  it("builds the example: users, orders and products for production", () => {
    const { model, assumptions, warnings } = modelOf(
      ["users", "orders", "products"],
      ["users_to_orders", "orders_to_products"],
      { environment: "production" },
    );
    expect(model.tables.map(({ name }) => name)).toEqual(["users", "orders", "products", "order_products"]);
    expect(references(table("orders", model.tables))).toEqual(["user_id → users restrict"]);
    expect(columnOf(table("orders", model.tables), "user_id")).toEqual({
      name: "user_id",
      type: "bigint",
      nullable: false,
    });
    const join = table("order_products", model.tables);
    expect(join.primaryKey).toEqual(["order_id", "product_id"]);
    expect(join.indexes).toEqual([["product_id"]]);
    expect(join.columns.map(({ name }) => name)).toEqual([
      "order_id",
      "product_id",
      "quantity",
      "unit_price_cents",
    ]);
    expect(assumptions).toContainEqual({
      field: `${AT}.relationships.1`,
      assumed: "orders and products are many to many, as they usually are",
    });
    expect(assumptions.every(({ field }) => field.startsWith("database_config"))).toBe(true);
    expect(warnings).toEqual([]);
  });

  it("knows every table of the catalogue, each with a key and no reference of its own", () => {
    expect(CATALOGUE.length).toBeGreaterThanOrEqual(15);
    for (const name of CATALOGUE) {
      const known = catalogueTable(name);
      expect(known?.primaryKey).toEqual(["id"]);
      expect(known?.references).toEqual([]);
    }
    expect(catalogueTable("constructor")).toBeUndefined();
    expect(modelOf(CATALOGUE, [], { environment: "production" }).model.tables.length).toBe(CATALOGUE.length);
  });

  it("takes a listed join table for one, and both directions for many to many", () => {
    const listed = modelOf(["posts", "tags", "post_tags"], ["posts_to_tags"], { strict: true }).model;
    expect(listed.tables.length).toBe(3);
    expect(references(table("post_tags", listed.tables))).toEqual([
      "post_id → posts restrict",
      "tag_id → tags restrict",
    ]);
    const items = modelOf(["orders", "products", "order_items"], ["orders_to_products"]).model;
    expect(items.tables.map(({ name }) => name)).toEqual(["orders", "products", "order_items"]);
    expect(references(table("order_items", items.tables)).length).toBe(2);
    const both = modelOf(["users", "addresses"], ["users_to_addresses", "addresses_to_users"]).model;
    expect(table("user_addresses", both.tables).primaryKey).toEqual(["user_id", "address_id"]);
  });

  it("reads two hundred tables at once", () => {
    const many = Array.from({ length: 200 }, (_, at) => `things_${at % 20}_of_${at}`);
    const ends = many.slice(1).map((name) => `${many[0]}_to_${name}`);
    expect(modelOf(many, ends).model.tables.length).toBe(200);
  }, 5_000);

  it("tries every `_to_`, and what one row is called", () => {
    const names = [
      { name: "a_to_b", columns: [ID] },
      { name: "c", columns: [ID] },
    ];
    expect(references(table("c", modelOf(names, ["a_to_b_to_c"]).model.tables))).toEqual([
      "a_to_b_id → a_to_b restrict",
    ]);
    const single = modelOf(["users", "orders"], ["user_to_orders"]);
    expect(references(table("orders", single.model.tables))).toEqual(["user_id → users restrict"]);
    expect(refusal(["users", "orders"], ["user_to_orders"], { strict: true })?.field).toBe(
      `${AT}.relationships.0`,
    );
  });

  it("refuses in strict mode what can be read in two ways, and guesses with a word elsewhere", () => {
    const names = ["a", "b_to_c", "a_to_b", "c"].map((name) => ({ name, columns: [ID] }));
    const refused = refusal(names, ["a_to_b_to_c"], { strict: true });
    expect(refused?.message).toContain("can be read in 2 ways");
    expect(refused?.hint).toContain("{from: a, to: b_to_c, kind: one_to_many}");
    const { assumptions } = modelOf(names, ["a_to_b_to_c"]);
    expect(assumptions.map(({ assumed }) => assumed)).toContain("a_to_b_to_c means from a to b_to_c");
  });

  it("gives an unknown table id, name and times, but not for production", () => {
    const { model, assumptions } = modelOf(["widgets"]);
    expect(table("widgets", model.tables).columns.map(({ name }) => name)).toEqual([
      "id",
      "name",
      "created_at",
      "updated_at",
    ]);
    expect(assumptions[0]?.assumed).toContain("nothing is known of it");
    const refused = refusal(["ordes"], [], { environment: "production" });
    expect(refused).toMatchObject({ field: `${AT}.tables.0`, message: "Nothing is known of a table ordes" });
    expect(refused?.hint).toContain("Did you mean orders?");
    expect(modelOf(["widgets"], [], { environment: "production", strict: false }).model.tables.length).toBe(
      1,
    );
  });

  it("lets a table that refers to itself have a first row", () => {
    const one = table("categories", modelOf(["categories"], ["categories_to_categories"]).model.tables);
    expect(references(one)).toEqual(["parent_id → categories restrict"]);
    expect(columnOf(one, "parent_id")?.nullable).toBe(true);
  });

  it("is the same twice, and says what stands alone", () => {
    const wish = config("mysql", ["users", "payments"], []);
    expect(JSON.stringify(databaseModel(wish))).toBe(JSON.stringify(databaseModel(wish)));
    expect(databaseModel(wish).warnings).toEqual([
      "payments refers to nothing: list orders, or a relationship.",
    ]);
  });
});

describe("exact forms", () => {
  const people = {
    name: "people",
    columns: [{ name: "code", type: "string", length: 10 }],
    primary_key: ["code"],
  };

  it("takes columns, keys and relationships as they are written", () => {
    const pets = {
      name: "pets",
      columns: [
        ID,
        { name: "name", type: "string", unique: true },
        { name: "kind", type: "enum", values: ["cat", "dog"], default: "cat" },
      ],
      indexes: [{ columns: ["kind", "name"] }],
    };
    const { model } = modelOf(
      [people, pets],
      [
        {
          from: "people",
          to: "pets",
          kind: "one_to_many",
          column: "keeper",
          nullable: true,
          on_delete: "set_null",
        },
        { from: "people", to: "pets", kind: "one_to_one", column: "vet" },
      ],
    );
    const made = table("pets", model.tables);
    expect(references(made)).toEqual(["keeper → people set_null", "vet → people restrict"]);
    expect(columnOf(made, "keeper")).toEqual({ name: "keeper", nullable: true, type: "string", length: 10 });
    expect(made.uniques).toEqual([["name"], ["vet"]]);
    expect(made.indexes).toEqual([["kind", "name"], ["keeper"]]);
    expect(table("people", model.tables).singular).toBe("person");
  });

  it("refuses what no database could hold, each with its field and a cure", () => {
    const one = (column: object) => [{ name: "t", columns: [ID, column] }];
    const cases: readonly (readonly [string, ReturnType<typeof refusal>, string])[] = [
      ["two columns of a name", refusal(one({ name: "id", type: "text" })), "tables.0.columns.1.name"],
      [
        "values of a string",
        refusal(one({ name: "a", type: "string", values: ["x"] })),
        "tables.0.columns.1.values",
      ],
      ["no values of an enum", refusal(one({ name: "a", type: "enum" })), "tables.0.columns.1"],
      [
        "a default that is no value",
        refusal(one({ name: "a", type: "enum", values: ["x"], default: "y" })),
        "tables.0.columns.1.default",
      ],
      [
        "`now` in a boolean",
        refusal(one({ name: "a", type: "boolean", default: "now" })),
        "tables.0.columns.1.default",
      ],
      [
        "a day that is none",
        refusal(one({ name: "a", type: "date", default: "2025-02-30" })),
        "tables.0.columns.1.default",
      ],
      [
        "a default beyond its check",
        refusal(one({ name: "a", type: "integer", check: { min: 1 }, default: 0 })),
        "tables.0.columns.1.default",
      ],
      [
        "an impossible check",
        refusal(one({ name: "a", type: "integer", check: { min: 2, max: 1 } })),
        "tables.0.columns.1.check",
      ],
      [
        "an index over text",
        refusal(one({ name: "a", type: "text", unique: true })),
        "tables.0.columns.1.type",
      ],
      [
        "scale beyond precision",
        refusal(one({ name: "a", type: "decimal", precision: 2, scale: 3 })),
        "tables.0.columns.1.scale",
      ],
      [
        "a key of an unknown column",
        refusal([{ name: "t", columns: [ID], primary_key: ["x"] }]),
        "tables.0.primary_key",
      ],
      ["a text for a key", refusal([{ name: "t", columns: [{ name: "id", type: "text" }] }]), "tables.0"],
      [
        "an address for a key",
        refusal([{ name: "t", columns: [{ name: "id", type: "email" }] }]),
        "tables.0",
      ],
      [
        "a counter that is no key",
        refusal([{ name: "t", columns: [ID, { name: "k", type: "string" }], primary_key: ["k"] }]),
        "tables.0.columns",
      ],
      ["a table twice", refusal(["users", "users"]), "tables.1"],
      ["the ledger", refusal([{ name: "migration_ledger", columns: [ID] }]), "tables.0"],
      ["a column of the system", refusal(one({ name: "xmin", type: "integer" })), "tables.0"],
      [
        "a name needed twice",
        refusal([
          { name: "a", columns: [ID, { name: "b", type: "string", index: true }] },
          { name: "a_b_idx", columns: [ID] },
        ]),
        "tables.1",
      ],
      [
        "a row too large",
        refusal(one({ name: "a", type: "string", length: 20_000 }), [], {}, "mysql"),
        "tables.0",
      ],
      ["a key too large", refusal(one({ name: "a", type: "string", length: 1000, index: true })), "tables.0"],
      [
        "an unknown end",
        refusal(["users"], [{ from: "users", to: "pets", kind: "one_to_many" }]),
        "relationships.0.to",
      ],
      [
        "set_null where nothing may be empty",
        refusal(
          ["users", "orders"],
          [{ from: "users", to: "orders", kind: "one_to_many", on_delete: "set_null" }],
        ),
        "relationships.0.on_delete",
      ],
      [
        "through of one to many",
        refusal(["users", "orders"], [{ from: "users", to: "orders", kind: "one_to_many", through: "x" }]),
        "relationships.0.through",
      ],
      [
        "the same column twice",
        refusal(
          ["users", "orders"],
          ["users_to_orders", { from: "users", to: "orders", kind: "one_to_many" }],
        ),
        "relationships.1",
      ],
      ["no such tables", refusal(["users"], ["users_to_pets"]), "relationships.0"],
    ];
    for (const [what, refused, field] of cases) {
      expect(refused?.field, what).toBe(`${AT}.${field}`);
      expect(refused?.hint, what).toMatch(/\S/);
    }
    expect(refusal(["users"], [], { name: "postgres" })?.field).toBe("database_config.name");
  });

  it("refuses a column of another type than what it refers to, and a key of several columns", () => {
    const wrong = { name: "pets", columns: [ID, { name: "person_id", type: "bigint" }] };
    expect(refusal([people, wrong], ["people_to_pets"])?.hint).toContain("string of length 10");
    const pair = {
      name: "pairs",
      columns: [
        { name: "a", type: "integer" },
        { name: "b", type: "integer" },
      ],
      primary_key: ["a", "b"],
    };
    expect(refusal([pair, "users"], ["pairs_to_users"])?.field).toBe(`${AT}.relationships.0`);
  });

  it("refuses a ring in which every row needs another first", () => {
    const ring = ["a", "b", "c"].map((name) => ({ name, columns: [ID] }));
    expect(refusal(ring, ["a_to_b", "b_to_c", "c_to_a"])?.hint).toContain("nullable: true");
    const open = [{ from: "c", to: "a", kind: "one_to_many", nullable: true }];
    expect(modelOf(ring, ["a_to_b", "b_to_c", ...open]).model.tables.length).toBe(3);
  });
});

describe("tables that something else needs", () => {
  it("adds them, or the columns that the task's own has not", () => {
    const wanted = catalogueTable("contact_messages");
    if (wanted === undefined) throw new Error("contact_messages is in the catalogue");
    expect(databaseModel(config("postgresql", ["users"]), [wanted]).model.tables.length).toBe(2);
    const own = {
      name: "contact_messages",
      columns: [ID, { name: "message", type: "text" }, { name: "colour", type: "string" }],
    };
    const made = table("contact_messages", databaseModel(config("postgresql", [own]), [wanted]).model.tables);
    expect(made.columns.map(({ name }) => name)).toEqual([
      "id",
      "message",
      "colour",
      "name",
      "email",
      "company",
      "phone",
      "created_at",
    ]);
    const other = { name: "contact_messages", columns: [ID, { name: "message", type: "integer" }] };
    expect(() => databaseModel(config("postgresql", [other]), [wanted])).toThrow(
      "contact_messages.message is integer",
    );
  });
});

describe("names", () => {
  it.each([
    ["order_items", "order_item"],
    ["statuses", "status"],
    ["status", "status"],
    ["series", "series"],
    ["people", "person"],
    ["news", "news"],
    ["addresses", "address"],
    ["categories", "category"],
    ["sales_people", "sales_person"],
  ])("%s is one %s", (many, one) => expect(singularOf(many)).toBe(one));

  it("keeps accounts within 32 characters, and apart", () => {
    const [one, other] = [
      roleName(`${"a".repeat(50)}x`, "readonly"),
      roleName(`${"a".repeat(50)}y`, "readonly"),
    ];
    expect(one.length).toBeLessThanOrEqual(32);
    expect(one).not.toBe(other);
    expect(roleName("app", "owner")).toBe("app_owner");
  });
});
