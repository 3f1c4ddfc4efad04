// Any `database_config`, short and exact, sensible and not.
import fc from "fast-check";
import { CATALOGUE } from "../../../src/tasks/database/catalogue.ts";

const WORDS = [
  "order",
  "group",
  "select",
  "user",
  "key",
  "widgets",
  "sheep",
  "a_to_b",
  "table",
  "index",
  "x".repeat(63),
  "y".repeat(60),
];
const COLUMNS = [
  "id",
  "name",
  "order",
  "group",
  "email",
  "user_id",
  "updated_at",
  "from",
  "check",
  "z".repeat(63),
];

const number = fc.integer({ min: -1000, max: 1000 });
const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 });
const flags = { nullable: fc.boolean(), unique: fc.boolean(), index: fc.boolean() };
const few = { requiredKeys: ["name", "type"] as const };
const name = fc.constantFrom(...COLUMNS);

function typed<T extends string>(...types: readonly [T, ...T[]]) {
  return fc.constantFrom(...types);
}

/** Columns whose attributes fit their type, more often than not. */
const column = fc.oneof(
  fc.record({ name, type: typed("id") }),
  fc.record(
    { name, type: typed("string"), length: fc.integer({ min: 1, max: 900 }), default: text, ...flags },
    { requiredKeys: [...few.requiredKeys] },
  ),
  fc.record({ name, type: typed("text", "json"), nullable: fc.boolean() }),
  fc.record(
    { name, type: typed("integer", "bigint", "money_cents"), check: bounds(), default: number, ...flags },
    { requiredKeys: [...few.requiredKeys] },
  ),
  fc.record(
    {
      name,
      type: typed("decimal"),
      precision: fc.integer({ min: 1, max: 38 }),
      scale: fc.integer({ min: 0, max: 30 }),
      default: number,
      check: bounds(),
      ...flags,
    },
    { requiredKeys: [...few.requiredKeys] },
  ),
  fc.record(
    { name, type: typed("boolean"), default: fc.boolean(), ...flags },
    { requiredKeys: [...few.requiredKeys] },
  ),
  fc.record(
    { name, type: typed("date"), default: fc.constantFrom("now", "2025-01-31"), ...flags },
    { requiredKeys: [...few.requiredKeys] },
  ),
  fc.record(
    { name, type: typed("timestamp"), default: fc.constantFrom("now", "2025-01-31T12:00:00.5Z"), ...flags },
    { requiredKeys: [...few.requiredKeys] },
  ),
  fc.record({ name, type: typed("uuid", "email"), ...flags }, { requiredKeys: [...few.requiredKeys] }),
  fc
    .record({
      name,
      values: fc.uniqueArray(text, { minLength: 1, maxLength: 5 }),
      preset: fc.boolean(),
      ...flags,
    })
    .map(({ preset, ...rest }) => ({
      ...rest,
      type: "enum",
      ...(preset ? { default: rest.values[0] } : {}),
    })),
);

function bounds() {
  return fc.tuple(number, number).map(([a, b]) => ({ min: Math.min(a, b), max: Math.max(a, b) }));
}

const exact = fc
  .uniqueArray(column, { selector: (one) => one.name, minLength: 1, maxLength: 8 })
  .chain((columns) =>
    fc.record(
      {
        name: fc.constantFrom(...WORDS),
        columns: fc.constant(columns),
        indexes: fc.array(
          fc.record({
            columns: fc.subarray(
              columns.map((one) => one.name),
              { minLength: 1 },
            ),
            unique: fc.boolean(),
          }),
          { maxLength: 2 },
        ),
      },
      { requiredKeys: ["name", "columns"] },
    ),
  );

const nameOf = (table: string | { readonly name: string }) =>
  typeof table === "string" ? table : table.name;

/** What `schema_requirements` may hold. */
export const requirements = fc
  .uniqueArray(fc.oneof(fc.constantFrom(...CATALOGUE), fc.constantFrom(...WORDS), exact), {
    selector: nameOf,
    minLength: 1,
    maxLength: 7,
  })
  .chain((tables) => {
    const end = fc.constantFrom(...tables.map(nameOf));
    const short = fc.tuple(end, end).map(([from, to]) => `${from}_to_${to}`);
    const long = fc.record(
      {
        from: end,
        to: end,
        kind: fc.constantFrom("one_to_many", "one_to_one", "many_to_many"),
        nullable: fc.boolean(),
        on_delete: fc.constantFrom("restrict", "cascade", "set_null"),
      },
      { requiredKeys: ["from", "to", "kind"] },
    );
    return fc.record({
      tables: fc.constant(tables),
      relationships: fc.uniqueArray(fc.oneof(short, long), {
        selector: (one) => JSON.stringify(one),
        maxLength: 4,
      }),
    });
  });
