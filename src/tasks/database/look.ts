// What is in a database, read from its catalogue, and what the model says has to be.
import type { Connected } from "./connection.ts";
import { LEDGER } from "./names.ts";
import type { SqlDialect } from "./quote.ts";
import type { DatabaseModel } from "./types.ts";

const OWN = {
  postgresql: "table_schema = 'public'",
  mysql: "table_schema = DATABASE()",
} as const;

/** `orders.user_id NOT NULL`, a line for each column, sorted. */
export async function columnsThere(database: Connected, dialect: SqlDialect): Promise<readonly string[]> {
  const rows = await database.rows(
    `SELECT table_name AS t, column_name AS c, is_nullable AS n FROM information_schema.columns
     WHERE ${OWN[dialect]} AND table_name <> '${LEDGER}'`,
  );
  return rows.map(({ t, c, n }) => `${t}.${c}${n === "NO" ? " NOT NULL" : ""}`).sort();
}

export function columnsMeant(model: DatabaseModel): readonly string[] {
  return model.tables
    .flatMap((table) =>
      table.columns.map(({ name, nullable }) => `${table.name}.${name}${nullable ? "" : " NOT NULL"}`),
    )
    .sort();
}

const REFERENCES = {
  postgresql: `SELECT con.conrelid::regclass::text AS t, a.attname AS c, con.confrelid::regclass::text AS r
    FROM pg_constraint con JOIN pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = ANY (con.conkey)
    WHERE con.contype = 'f' AND con.connamespace = 'public'::regnamespace`,
  mysql: `SELECT table_name AS t, column_name AS c, referenced_table_name AS r FROM information_schema.key_column_usage
    WHERE ${OWN.mysql} AND referenced_table_name IS NOT NULL`,
} as const;

/** `orders.user_id → users`, a line for each reference, sorted. */
export async function referencesThere(database: Connected, dialect: SqlDialect): Promise<readonly string[]> {
  const plain = (name: unknown) => String(name).replaceAll('"', "");
  return (await database.rows(REFERENCES[dialect]))
    .map(({ t, c, r }) => `${plain(t)}.${c} → ${plain(r)}`)
    .sort();
}

export function referencesMeant(model: DatabaseModel): readonly string[] {
  return model.tables
    .flatMap((table) =>
      table.references.map((reference) => `${table.name}.${reference.column} → ${reference.table}`),
    )
    .sort();
}

const OBJECTS = {
  postgresql: `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S', 'v')
    UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace`,
  mysql: "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()",
} as const;

/** Tables, sequences and functions beside the ledger. */
export async function objectsThere(database: Connected, dialect: SqlDialect): Promise<readonly string[]> {
  return (await database.rows(OBJECTS[dialect]))
    .map(({ name }) => String(name))
    .filter((name) => name !== LEDGER)
    .sort();
}

/** What stands in one list alone, in words; empty where they are the same. */
export function difference(meant: readonly string[], there: readonly string[]): string {
  const missing = meant.filter((line) => !there.includes(line));
  const more = there.filter((line) => !meant.includes(line));
  return [
    ...(missing.length === 0 ? [] : [`missing: ${missing.join(", ")}`]),
    ...(more.length === 0 ? [] : [`more: ${more.join(", ")}`]),
  ].join("; ");
}
