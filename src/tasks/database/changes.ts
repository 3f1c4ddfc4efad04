// PURE: the way from one model to the next, as statements. Only what adds: nothing that was stored is lost by it.
import {
  addReference,
  type Change,
  checkSql,
  columnSql,
  indexChange,
  isTouched,
  TOUCH_FUNCTION,
  tableChange,
  touchChange,
} from "./ddl.ts";
import { constraintName } from "./names.ts";
import { quoteName, type SqlDialect } from "./quote.ts";
import { refuse } from "./refuse.ts";
import { type ColumnModel, columnOf, type TableModel } from "./types.ts";

type Tables = readonly TableModel[];

const TABLES = "database_config.schema_requirements.tables";

/**
 * Statements that make `after` out of `before`; none where nothing changed. What would drop, rename or narrow anything
 * is refused.
 */
export function changes(dialect: SqlDialect, before: Tables, after: Tables): readonly Change[] {
  const known = new Map(before.map((table) => [table.name, table]));
  const gone = before.find(({ name }) => after.every((table) => table.name !== name));
  if (gone !== undefined) byHand(`the table ${gone.name} would be dropped`);
  const touched = (tables: Tables) => dialect === "postgresql" && tables.some(isTouched);
  return [
    ...(touched(after) && !touched(before) ? [TOUCH_FUNCTION] : []),
    ...newTables(
      dialect,
      after.filter(({ name }) => !known.has(name)),
      new Set(known.keys()),
    ),
    ...after.flatMap((table) => {
      const old = known.get(table.name);
      return old === undefined ? [] : tableChanges(dialect, old, table);
    }),
  ];
}

function byHand(what: string): never {
  refuse(
    TABLES,
    `The migrations that were made have what the task has no longer: ${what}`,
    "Put it back into the task; or write that migration by hand, and take it out of migrations/model.json, too.",
  );
}

function newTables(dialect: SqlDialect, tables: Tables, there: ReadonlySet<string>): readonly Change[] {
  const made = new Set(there);
  const later: Change[] = [];
  const ordered = inOrder(tables, there);
  const created = ordered.flatMap((table) => {
    made.add(table.name);
    const now = table.references.filter((reference) => made.has(reference.table));
    const rest = table.references.filter((reference) => !made.has(reference.table));
    later.push(...rest.map((reference) => addReference(dialect, table.name, reference)));
    return [tableChange(dialect, table, now), ...besides(dialect, table)];
  });
  return [...created, ...later];
}

/** What PostgreSQL makes apart from the table. It goes with the table. */
function besides(dialect: SqlDialect, table: TableModel): readonly Change[] {
  if (dialect === "mysql") return [];
  const apart = [
    ...table.uniques.map((columns) => indexChange(dialect, table, columns, true)),
    ...table.indexes.map((columns) => indexChange(dialect, table, columns, false)),
    ...(isTouched(table) ? [touchChange(table.name)] : []),
  ];
  return apart.map(({ up }) => ({ up, down: "" }));
}

/** Tables behind those they refer to, as far as that can be; else as they are listed. */
export function inOrder(tables: Tables, there: ReadonlySet<string> = new Set()): Tables {
  const placed: TableModel[] = [];
  const ready = (table: TableModel) =>
    table.references.every(
      ({ table: to }) => to === table.name || there.has(to) || placed.some(({ name }) => name === to),
    );
  let left = tables;
  while (left.length > 0) {
    const next = left.find(ready) ?? left[0];
    if (next === undefined) break;
    placed.push(next);
    left = left.filter((table) => table !== next);
  }
  return placed;
}

function tableChanges(dialect: SqlDialect, old: TableModel, table: TableModel): readonly Change[] {
  refuseLoss(old, table);
  const added = table.columns.filter(({ name }) => columnOf(old, name) === undefined);
  const fresh = new Set(added.map(({ name }) => name));
  const missing = (was: readonly (readonly string[])[], is: readonly (readonly string[])[]) =>
    is.filter((key) => was.every((other) => other.join() !== key.join()));
  const uniques = missing(old.uniques, table.uniques);
  const narrowing = uniques.find((key) => key.every((name) => !fresh.has(name)));
  if (narrowing !== undefined) byHand(`${narrowing.join(", ")} of ${table.name} could occur twice`);
  const references = table.references.filter(({ column }) =>
    old.references.every((other) => other.column !== column),
  );
  const bound = references.find(({ column }) => !fresh.has(column));
  if (bound !== undefined) byHand(`${table.name}.${bound.column} referred to nothing`);
  return [
    ...added.map((column) => addColumn(dialect, table, column)),
    ...uniques.map((columns) => indexChange(dialect, table, columns, true)),
    ...missing(old.indexes, table.indexes).map((columns) => indexChange(dialect, table, columns, false)),
    ...references.map((reference) => addReference(dialect, table.name, reference)),
    ...table.columns.flatMap((column) => widened(dialect, table.name, columnOf(old, column.name), column)),
    ...(dialect === "postgresql" && isTouched(table) && !isTouched(old) ? [touchChange(table.name)] : []),
  ];
}

/** Refuses what the old table has and the new one has not, or has otherwise. */
function refuseLoss(old: TableModel, table: TableModel): void {
  for (const column of old.columns) {
    const now = columnOf(table, column.name);
    if (now === undefined) byHand(`the column ${old.name}.${column.name} would be dropped`);
    if (!sameColumn(column, now)) byHand(`the column ${old.name}.${column.name} was another`);
  }
  const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
  if (!same(old.primaryKey, table.primaryKey)) byHand(`the primary key of ${old.name} was another`);
  const lost = [...old.uniques, ...old.indexes].find((key) =>
    [...table.uniques, ...table.indexes, table.primaryKey].every((other) => other.join() !== key.join()),
  );
  if (lost !== undefined) byHand(`the index over ${lost.join(", ")} of ${old.name} would be dropped`);
  const weaker = old.uniques.find((key) => table.uniques.every((other) => other.join() !== key.join()));
  if (weaker !== undefined) byHand(`${weaker.join(", ")} of ${old.name} occurred once`);
  const freed = old.references.find((reference) =>
    table.references.every((other) => !same(other, reference)),
  );
  if (freed !== undefined) byHand(`${old.name}.${freed.column} referred to ${freed.table} otherwise`);
}

function sameColumn(old: ColumnModel, now: ColumnModel): boolean {
  const wider =
    old.type === "enum" &&
    now.type === "enum" &&
    (old.values ?? []).every((value) => now.values?.includes(value));
  const plain = (column: ColumnModel) =>
    JSON.stringify(Object.entries({ ...column, ...(wider ? { values: [] } : {}) }).sort());
  return plain(old) === plain(now);
}

function addColumn(dialect: SqlDialect, table: TableModel, column: ColumnModel): Change {
  if (column.type === "id") byHand(`${table.name} had another key`);
  if (!column.nullable && column.default === undefined)
    refuse(
      TABLES,
      `${table.name}.${column.name} is new, and the rows that are there have no value for it`,
      "Give it a default, or `nullable: true`.",
    );
  const name = quoteName(dialect, table.name);
  const check = checkSql(dialect, table.name, column);
  return {
    up: [
      `ALTER TABLE ${name} ADD COLUMN ${columnSql(dialect, column)}`,
      ...(check === undefined ? [] : [`ADD ${check}`]),
    ].join(",\n  "),
    down: `ALTER TABLE ${name} ${dialect === "mysql" && check !== undefined ? `DROP CONSTRAINT ${quoteName(dialect, constraintName.check(table.name, column.name))}, ` : ""}DROP COLUMN ${quoteName(dialect, column.name)}`,
  };
}

/** An enum that takes more values than before. */
function widened(
  dialect: SqlDialect,
  table: string,
  old: ColumnModel | undefined,
  now: ColumnModel,
): readonly Change[] {
  if (old?.type !== "enum" || old.values?.length === now.values?.length) return [];
  const name = quoteName(dialect, table);
  const constraint = quoteName(dialect, constraintName.check(table, now.name));
  const to = (column: ColumnModel) =>
    `ALTER TABLE ${name} DROP CONSTRAINT ${constraint}, ADD ${checkSql(dialect, table, column) ?? ""}`;
  return [{ up: to(now), down: to(old) }];
}
