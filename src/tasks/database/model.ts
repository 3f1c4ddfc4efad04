// PURE: what a task says of its database, as one typed model.
import { nearestName } from "../../lib/suggest.ts";
import type { Assumption } from "../answer.ts";
import type { DatabaseConfig, TableSpec } from "../schema.ts";
import { CATALOGUE, catalogueTable, PARENTS } from "./catalogue.ts";
import { checkModel } from "./checks.ts";
import { exactTable } from "./columns.ts";
import { singularOf } from "./names.ts";
import { refuse } from "./refuse.ts";
import { applyRelation, type Draft, joinNames, readRelations, refer } from "./relations.ts";
import { columnOf, type DatabaseModel, keysOf, type TableModel } from "./types.ts";

export { catalogueTable } from "./catalogue.ts";
export type { ColumnModel, DatabaseModel, ReferenceModel, TableModel } from "./types.ts";

const AT = "database_config.schema_requirements";

export interface DatabasePlan {
  readonly model: DatabaseModel;
  readonly assumptions: readonly Assumption[];
  readonly warnings: readonly string[];
}

/**
 * The model of a `database_config`, with every guess named. `extra` are tables that something else needs, such as an
 * API: they are added, or their columns are added to the table of that name. What cannot be built, and in strict mode
 * what would be a real guess, is a Fault `invalid` whose place names the field below `specifications`, and no file.
 */
export function databaseModel(config: DatabaseConfig, extra: readonly TableModel[] = []): DatabasePlan {
  const assumptions: Assumption[] = [];
  const draft: Draft = {
    tables: new Map(),
    strict: config.strict ?? config.environment === "production",
    implied: new Set(),
    assume: (field, assumed) => assumptions.push({ field, assumed }),
  };
  const fields = new Map<string, string>();
  const { tables, relationships } = config.schema_requirements;
  tables.forEach((spec, index) => {
    const field = `${AT}.tables.${index}`;
    const name = typeof spec === "string" ? spec : spec.name;
    if (fields.has(name)) refuse(field, `The table ${name} is listed twice`, "Leave one out.");
    fields.set(name, field);
  });
  for (const [index, spec] of tables.entries())
    addTable(spec, `${AT}.tables.${index}`, draft, [...fields.keys()]);
  for (const table of extra) addExtra(table, draft);
  implyParents(draft, fields);
  for (const relation of readRelations(relationships, draft, `${AT}.relationships`))
    applyRelation(relation, draft);
  const name = config.name ?? "app";
  if (config.name === undefined) draft.assume("database_config.name", `the database is called ${name}`);
  const model: DatabaseModel = {
    name,
    dialect: config.type,
    environment: config.environment,
    tables: [...draft.tables.values()].map(tidy),
    notes: assumptions.map(({ assumed }) => assumed),
  };
  checkModel(model, fields);
  return { model, assumptions, warnings: warningsOf(model) };
}

function addTable(spec: TableSpec, field: string, draft: Draft, listed: readonly string[]): void {
  if (typeof spec !== "string") {
    const { table, idAdded } = exactTable(spec, field);
    if (idAdded) draft.assume(field, `${spec.name} counts its rows in a column id`);
    draft.tables.set(spec.name, table);
    return;
  }
  const known = catalogueTable(spec);
  if (known !== undefined) draft.assume(field, `${spec} has the usual columns: ${columnNames(known)}`);
  draft.tables.set(spec, known ?? joinTable(spec, listed) ?? guessed(spec, field, draft));
}

function columnNames(table: TableModel): string {
  return table.columns.map(({ name }) => name).join(", ");
}

/** A listed name that says which two listed tables it joins. Its columns and key come with the references. */
function joinTable(name: string, listed: readonly string[]): TableModel | undefined {
  const ends = joinedBy(name, listed);
  return ends === undefined
    ? undefined
    : {
        name,
        singular: singularOf(name),
        columns: [],
        primaryKey: [],
        uniques: [],
        indexes: [],
        references: [],
      };
}

function joinedBy(name: string, listed: readonly string[]): readonly [string, string] | undefined {
  for (const a of listed) {
    const b = listed.find(
      (other) => other !== a && ![a, other].includes(name) && joinNames(a, other)[0] === name,
    );
    if (b !== undefined) return [a, b];
  }
  for (const a of listed) {
    const b = listed.find(
      (other) => other !== a && ![a, other].includes(name) && joinNames(a, other).includes(name),
    );
    if (b !== undefined) return [a, b];
  }
  return undefined;
}

function guessed(name: string, field: string, draft: Draft): TableModel {
  if (draft.strict) {
    const near = nearestName(name, CATALOGUE);
    const meant = near === undefined ? "" : `Did you mean ${near}? If not: `;
    refuse(
      field,
      `Nothing is known of a table ${name}`,
      `${meant}write its columns, \`{name: ${name}, columns: [{name: title, type: string}]}\`, or set \`strict: false\`.`,
    );
  }
  draft.assume(field, `${name} has the columns id, name, created_at, updated_at, as nothing is known of it`);
  const moment = { type: "timestamp", nullable: false, default: "now" } as const;
  return {
    name,
    singular: singularOf(name),
    columns: [
      { name: "id", type: "id", nullable: false },
      { name: "name", type: "string", length: 255, nullable: false },
      { name: "created_at", ...moment },
      { name: "updated_at", ...moment },
    ],
    primaryKey: ["id"],
    uniques: [],
    indexes: [],
    references: [],
  };
}

/** A table that another part needs: whole, or the columns that the task's own has not. */
function addExtra(table: TableModel, draft: Draft): void {
  const there = draft.tables.get(table.name);
  if (there === undefined) {
    draft.assume("database_config", `the table ${table.name} is needed, too: ${columnNames(table)}`);
    draft.tables.set(table.name, table);
    return;
  }
  for (const column of table.columns) {
    const own = columnOf(there, column.name);
    if (own !== undefined && own.type !== column.type)
      refuse(
        `${AT}.tables`,
        `${table.name}.${column.name} is ${own.type}, and ${column.type} is needed`,
        `Give it the type ${column.type}, or leave the column out.`,
      );
  }
  const missing = table.columns.filter(({ name }) => columnOf(there, name) === undefined);
  if (missing.length === 0) return;
  draft.assume(`${AT}.tables`, `${table.name} needs ${missing.map(({ name }) => name).join(", ")}, too`);
  const held = (key: readonly string[]) =>
    [...keysOf(there), ...there.indexes].some((own) => own.join() === key.join());
  draft.tables.set(table.name, {
    ...there,
    columns: [...there.columns, ...missing],
    uniques: [...there.uniques, ...table.uniques.filter((key) => !held(key))],
    indexes: [...there.indexes, ...table.indexes.filter((key) => !held(key))],
  });
}

/** References that nobody wrote and everybody means. */
function implyParents(draft: Draft, fields: ReadonlyMap<string, string>): void {
  const listed = [...draft.tables.keys()];
  for (const name of listed) {
    const joined = draft.tables.get(name)?.columns.length === 0 ? joinedBy(name, listed) : undefined;
    const usual = Object.hasOwn(PARENTS, name) ? (PARENTS[name] ?? []) : [];
    for (const parent of joined ?? usual) {
      const table = draft.tables.get(name);
      const target = draft.tables.get(parent);
      if (table === undefined || target === undefined) continue;
      const column = `${target.singular}_id`;
      if (columnOf(table, column) !== undefined) continue;
      const field = fields.get(name) ?? "database_config";
      if (joined !== undefined)
        draft.tables.set(name, { ...table, primaryKey: [...table.primaryKey, column] });
      refer(draft, parent, name, { field, column, nullable: false, on_delete: "restrict", unique: false });
      draft.implied.add(`${name}.${column}`);
      draft.assume(field, `${name} belongs to ${parent}`);
    }
  }
}

/** Keys that say the same twice are said once. */
function tidy(table: TableModel): TableModel {
  const primary = table.primaryKey.join();
  const once = (keys: readonly (readonly string[])[]) =>
    keys.filter((key, at) => keys.findIndex((other) => other.join() === key.join()) === at);
  const uniques = once(table.uniques).filter((key) => key.join() !== primary);
  const covered = new Set([primary, ...uniques.map((key) => key.join())]);
  return { ...table, uniques, indexes: once(table.indexes).filter((key) => !covered.has(key.join())) };
}

function warningsOf(model: DatabaseModel): readonly string[] {
  const lonely = model.tables.filter(
    ({ name, references }) => Object.hasOwn(PARENTS, name) && references.length === 0,
  );
  return lonely.map(
    ({ name }) =>
      `${name} refers to nothing: list ${(PARENTS[name] ?? []).join(" and ")}, or a relationship.`,
  );
}
