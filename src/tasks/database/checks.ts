// PURE: what only the whole model can tell.
import { constraintName, LEDGER } from "./names.ts";
import { refuse } from "./refuse.ts";
import { type ColumnModel, columnOf, type DatabaseModel, type TableModel } from "./types.ts";

/** Fields of the task by table name. */
export type Fields = ReadonlyMap<string, string>;

const TAKEN_COLUMNS: Readonly<Record<DatabaseModel["dialect"], readonly string[]>> = {
  postgresql: ["ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"],
  mysql: ["db_row_id", "db_trx_id", "db_roll_ptr", "fts_doc_id"],
  mongodb: [],
};
const TAKEN_DATABASES = [
  "postgres",
  "template0",
  "template1",
  "mysql",
  "sys",
  "information_schema",
  "performance_schema",
  "admin",
  "local",
  "config",
];
const COLUMNS_AT_MOST = 500;
const INDEXES_AT_MOST = 60;
const KEY_COLUMNS_AT_MOST = 16;
/** InnoDB's, of four bytes a character. PostgreSQL's is 2,704, and met by what is stored, not by what could be. */
const KEY_BYTES = 3072;
const ROW_BYTES = 65_000;
/** Half a page of InnoDB, less what a row needs itself. */
const PAGE_BYTES = 8000;

export function checkModel(model: DatabaseModel, fields: Fields): void {
  checkDatabaseName(model);
  for (const table of model.tables) {
    const field = fields.get(table.name) ?? "database_config";
    checkNames(table, model, field);
    checkSizes(table, field);
    if (model.dialect === "mysql") checkRow(table, field);
  }
  checkClashes(model, fields);
  checkCycles(model, fields);
}

function checkDatabaseName({ name }: DatabaseModel): void {
  if (TAKEN_DATABASES.includes(name) || name.startsWith("pg_"))
    refuse(
      "database_config.name",
      `${name} is a name that database servers keep for themselves`,
      "Choose another.",
    );
}

function checkNames(table: TableModel, model: DatabaseModel, field: string): void {
  if (table.name === LEDGER)
    refuse(field, `${LEDGER} is the table in which migrations are recorded`, "Choose another name.");
  const taken = table.columns.find(({ name }) => TAKEN_COLUMNS[model.dialect].includes(name));
  if (taken !== undefined)
    refuse(field, `${model.dialect} keeps the column name ${taken.name} for itself`, "Choose another name.");
}

function checkSizes(table: TableModel, field: string): void {
  if (table.columns.length > COLUMNS_AT_MOST)
    refuse(field, `${table.name} has more than ${COLUMNS_AT_MOST} columns`, "Split it.");
  const keys = [table.primaryKey, ...table.uniques, ...table.indexes];
  if (keys.length > INDEXES_AT_MOST)
    refuse(field, `${table.name} has more than ${INDEXES_AT_MOST} indexes`, "Leave some out.");
  for (const key of keys) {
    const bytes = key.reduce((sum, name) => sum + bytesOf(columnOf(table, name)), 0);
    if (key.length > KEY_COLUMNS_AT_MOST || bytes > KEY_BYTES)
      refuse(
        field,
        `The key over ${key.join(", ")} of ${table.name} is too large: ${key.length} columns, up to ${bytes} bytes`,
        `At most ${KEY_COLUMNS_AT_MOST} columns and ${KEY_BYTES} bytes, four for each character: give its strings a smaller length.`,
      );
  }
}

/** The bytes that a value can take, as MySQL counts them. */
function bytesOf(column: ColumnModel | undefined): number {
  switch (column?.type) {
    case "string":
      return (column.length ?? 0) * 4 + 2;
    case "email":
      return 254 * 4 + 2;
    case "enum":
      return 100 * 4 + 2;
    case "uuid":
      return 36;
    case "decimal":
      return 20;
    default:
      return 12;
  }
}

function checkRow(table: TableModel, field: string): void {
  const sizes = table.columns.map(bytesOf);
  const whole = sizes.reduce((sum, bytes) => sum + bytes, 0);
  // A value of up to 255 bytes stays in the page; of a larger one 40 bytes do.
  const inPage = sizes.reduce((sum, bytes) => sum + (bytes > 255 ? 42 : bytes), 0);
  if (whole > ROW_BYTES || inPage > PAGE_BYTES)
    refuse(
      field,
      `A row of ${table.name} could be larger than MySQL takes`,
      "Use the type text for long strings, or split the table.",
    );
}

/** Tables, indexes and constraints share one space of names. */
function checkClashes(model: DatabaseModel, fields: Fields): void {
  const seen = new Map<string, string>();
  for (const table of model.tables) {
    for (const name of namesOf(table)) {
      const other = seen.get(name);
      if (other !== undefined)
        refuse(
          fields.get(table.name) ?? "database_config",
          `The name ${name} would be needed twice, for ${other} and for ${table.name}`,
          "Give one of the two tables or their columns another name.",
        );
      seen.set(name, table.name);
    }
  }
}

function namesOf(table: TableModel): readonly string[] {
  return [
    table.name,
    constraintName.primary(table.name),
    `${table.name}_id_seq`,
    ...table.uniques.map((columns) => constraintName.unique(table.name, columns)),
    ...table.indexes.map((columns) => constraintName.index(table.name, columns)),
    ...table.columns.map(({ name }) => constraintName.check(table.name, name)),
    ...table.references.map(({ column }) => constraintName.reference(table.name, column)),
  ];
}

/** A ring of references none of which may be empty: no first row could ever be stored. */
function checkCycles(model: DatabaseModel, fields: Fields): void {
  const needs = new Map(model.tables.map((table) => [table.name, neededBy(table)]));
  const placed = new Set<string>();
  for (let before = -1; before < placed.size; ) {
    before = placed.size;
    for (const [name, parents] of needs) if (parents.every((parent) => placed.has(parent))) placed.add(name);
  }
  const stuck = model.tables.find(({ name }) => !placed.has(name));
  if (stuck !== undefined)
    refuse(
      fields.get(stuck.name) ?? "database_config",
      `No row of ${stuck.name} could ever be stored: it needs ${neededBy(stuck).join(", ")}, which need it in turn`,
      "Write one of these relationships in the exact form, with `nullable: true`.",
    );
}

/** The tables that must hold a row before this one can. */
export function neededBy(table: TableModel): readonly string[] {
  return table.references
    .filter(({ column }) => columnOf(table, column)?.nullable !== true)
    .map((reference) => reference.table);
}
