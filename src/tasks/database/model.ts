// PURE: what a task says of its database, as one typed model.
import { nearestName } from "../../lib/suggest.ts";
import type { Assumption } from "../answer.ts";
import type { DatabaseConfig, TableSpec } from "../schema.ts";
import { CATALOGUE, catalogueTable, PARENTS } from "./catalogue.ts";
import { checkModel } from "./checks.ts";
import { exactTable } from "./columns.ts";
import { singularOf } from "./names.ts";
import { refuse } from "./refuse.ts";
import { applyRelation, type Draft, readRelations, refer, referenceName } from "./relations.ts";
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
  const { tables, relationships } = config.schema_requirements;
  const fields = listedFields(tables);
  const joined = joinsAmong([...fields.keys()]);
  for (const [index, spec] of tables.entries()) addTable(spec, `${AT}.tables.${index}`, draft, joined);
  for (const table of extra) addExtra(table, draft);
  implyParents(draft, fields, joined);
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

/** Where each listed table stands in the task. */
function listedFields(tables: readonly TableSpec[]): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const [index, spec] of tables.entries()) {
    const field = `${AT}.tables.${index}`;
    const name = typeof spec === "string" ? spec : spec.name;
    if (fields.has(name)) refuse(field, `The table ${name} is listed twice`, "Leave one out.");
    fields.set(name, field);
  }
  return fields;
}

/** Listed tables whose names say which two others they join. */
type Joins = ReadonlyMap<string, readonly [string, string]>;

function addTable(spec: TableSpec, field: string, draft: Draft, joins: Joins): void {
  if (typeof spec !== "string") {
    const { table, idAdded } = exactTable(spec, field);
    if (idAdded) draft.assume(field, `${spec.name} counts its rows in a column id`);
    draft.tables.set(spec.name, table);
    return;
  }
  const known = catalogueTable(spec);
  if (known !== undefined) draft.assume(field, `${spec} has the usual columns: ${columnNames(known)}`);
  draft.tables.set(spec, known ?? (joins.has(spec) ? emptyTable(spec) : guessed(spec, field, draft)));
}

function columnNames(table: TableModel): string {
  return table.columns.map(({ name }) => name).join(", ");
}

/** Its columns and its key come with the references. */
function emptyTable(name: string): TableModel {
  const singular = singularOf(name);
  return { name, singular, columns: [], primaryKey: [], uniques: [], indexes: [], references: [] };
}

/** `post_tags` joins posts and tags: each half is a listed table, or what one of its rows is called. */
function joinsAmong(listed: readonly string[]): Joins {
  const words = new Map(listed.flatMap((name) => [[singularOf(name), name] as const, [name, name] as const]));
  const ends = (name: string, at: number) =>
    [words.get(name.slice(0, at)), words.get(name.slice(at + 1))] as const;
  return new Map(
    listed.flatMap((name) => {
      const cuts = [...name.matchAll(/_/g)].map(({ index }) => ends(name, index));
      const found = cuts.find(([a, b]) => a !== undefined && b !== undefined && a !== b);
      return found?.[0] === undefined || found[1] === undefined
        ? []
        : [[name, [found[0], found[1]]] as const];
    }),
  );
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
function implyParents(draft: Draft, fields: ReadonlyMap<string, string>, joins: Joins): void {
  for (const name of [...draft.tables.keys()]) {
    const joined = draft.tables.get(name)?.columns.length === 0 ? joins.get(name) : undefined;
    const usual = Object.hasOwn(PARENTS, name) ? (PARENTS[name] ?? []) : [];
    for (const parent of joined ?? usual) {
      const table = draft.tables.get(name);
      const target = draft.tables.get(parent);
      if (table === undefined || target === undefined) continue;
      const column = referenceName(target);
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
