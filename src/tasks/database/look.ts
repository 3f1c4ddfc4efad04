// What is in a database, read from its catalogue, and what the model says has to be.
import type { Connected } from "./connection.ts";
import { LEDGER } from "./names.ts";
import type { SqlDialect } from "./quote.ts";
import type { ColumnModel, DatabaseModel } from "./types.ts";

const COLUMNS = {
  postgresql: `SELECT c.relname AS t, a.attname AS c, format_type(a.atttypid, a.atttypmod) AS y, a.attnotnull AS n
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped`,
  mysql: `SELECT table_name AS t, column_name AS c, column_type AS y, is_nullable = 'NO' AS n
    FROM information_schema.columns WHERE table_schema = DATABASE()`,
} as const;

/** `orders.user_id bigint NOT NULL`, a line for each column, sorted. */
export async function columnsThere(database: Connected, dialect: SqlDialect): Promise<readonly string[]> {
  const rows = await database.rows(COLUMNS[dialect]);
  return rows
    .filter(({ t }) => t !== LEDGER)
    .map(({ t, c, y, n }) => `${t}.${c} ${plainType(String(y))}${Number(n) === 1 ? " NOT NULL" : ""}`)
    .sort();
}

/** MariaDB shows the width that integers once were printed with, and keeps JSON as text. */
function plainType(type: string): string {
  return type === "json" ? "longtext" : type.replace(/^(bigint|int)\(\d+\)/, "$1");
}

export function columnsMeant(model: DatabaseModel): readonly string[] {
  const dialect = model.dialect === "mysql" ? "mysql" : "postgresql";
  return model.tables
    .flatMap((table) =>
      table.columns.map(
        (column) =>
          `${table.name}.${column.name} ${SHOWN[dialect](column)}${column.nullable ? "" : " NOT NULL"}`,
      ),
    )
    .sort();
}

/** What a type of the task is called by the catalogue of a database. */
const SHOWN: Readonly<Record<SqlDialect, (column: ColumnModel) => string>> = {
  postgresql: ({ type, length, precision, scale }) =>
    ({
      id: "bigint",
      string: `character varying(${length})`,
      text: "text",
      integer: "integer",
      bigint: "bigint",
      decimal: `numeric(${precision},${scale})`,
      boolean: "boolean",
      date: "date",
      timestamp: "timestamp with time zone",
      uuid: "uuid",
      json: "jsonb",
      email: "character varying(254)",
      money_cents: "bigint",
      enum: "text",
    })[type],
  mysql: ({ type, length, precision, scale }) =>
    ({
      id: "bigint",
      string: `varchar(${length})`,
      text: "longtext",
      integer: "int",
      bigint: "bigint",
      decimal: `decimal(${precision},${scale})`,
      boolean: "tinyint(1)",
      date: "date",
      timestamp: "datetime(6)",
      uuid: "char(36)",
      json: "longtext",
      email: "varchar(254)",
      money_cents: "bigint",
      enum: "varchar(100)",
    })[type],
};

const REFERENCES = {
  postgresql: `SELECT con.conrelid::regclass::text AS t, a.attname AS c, con.confrelid::regclass::text AS r,
      CASE con.confdeltype WHEN 'r' THEN 'restrict' WHEN 'c' THEN 'cascade' WHEN 'n' THEN 'set null' ELSE 'other' END AS d
    FROM pg_constraint con JOIN pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = ANY (con.conkey)
    WHERE con.contype = 'f' AND con.connamespace = 'public'::regnamespace`,
  mysql: `SELECT k.table_name AS t, k.column_name AS c, k.referenced_table_name AS r, LOWER(rule.delete_rule) AS d
    FROM information_schema.key_column_usage k JOIN information_schema.referential_constraints rule
      ON rule.constraint_schema = k.constraint_schema AND rule.constraint_name = k.constraint_name
    WHERE k.table_schema = DATABASE() AND k.referenced_table_name IS NOT NULL`,
} as const;

/** `orders.user_id → users (on delete restrict)`, a line for each reference, sorted. */
export async function referencesThere(database: Connected, dialect: SqlDialect): Promise<readonly string[]> {
  const plain = (name: unknown) => String(name).replaceAll('"', "");
  const rows = await database.rows(REFERENCES[dialect]);
  return rows.map(({ t, c, r, d }) => `${plain(t)}.${c} → ${plain(r)} (on delete ${d})`).sort();
}

export function referencesMeant(model: DatabaseModel): readonly string[] {
  return model.tables
    .flatMap(({ name, references }) =>
      references.map(
        ({ column, table, onDelete }) =>
          `${name}.${column} → ${table} (on delete ${onDelete.replace("_", " ")})`,
      ),
    )
    .sort();
}

const INDEXES = {
  postgresql: "SELECT tablename AS t, indexdef AS i FROM pg_indexes WHERE schemaname = 'public'",
  mysql: `SELECT table_name AS t, CONCAT(table_name, '.', index_name, IF(non_unique, ' ', ' unique '),
      GROUP_CONCAT(column_name ORDER BY seq_in_index)) AS i
    FROM information_schema.statistics WHERE table_schema = DATABASE() GROUP BY table_name, index_name, non_unique`,
} as const;

/** Columns, references and indexes of every table, a line each. */
export async function everythingThere(database: Connected, dialect: SqlDialect): Promise<readonly string[]> {
  const indexes = (await database.rows(INDEXES[dialect]))
    .filter(({ t }) => t !== LEDGER)
    .map(({ i }) => String(i));
  return [
    ...(await columnsThere(database, dialect)),
    ...(await referencesThere(database, dialect)),
    ...indexes.sort(),
  ];
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
