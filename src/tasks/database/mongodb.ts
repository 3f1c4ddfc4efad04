// PURE but for templates: collections with validators and indexes. References are plain fields: MongoDB does not hold them.
import { readFileSync } from "node:fs";
import type { OutputFile } from "../answer.ts";
import { TEMPLATES } from "../templates.ts";
import { constraintName } from "./names.ts";
import type { ColumnModel, DatabaseModel, TableModel } from "./types.ts";

export interface Collection {
  readonly name: string;
  readonly validator: { readonly $jsonSchema: Readonly<Record<string, unknown>> };
  readonly indexes: readonly MongoIndex[];
}

interface MongoIndex {
  readonly name: string;
  readonly key: Readonly<Record<string, 1>>;
  readonly unique: boolean;
  /** Upper and lower case are the same. */
  readonly collation?: { readonly locale: "en"; readonly strength: 2 };
  /** Documents without the fields are not compared. */
  readonly partialFilterExpression?: Readonly<Record<string, { readonly $exists: true }>>;
}

export function collections(model: DatabaseModel): readonly Collection[] {
  return model.tables.map((table) => ({
    name: table.name,
    validator: { $jsonSchema: schemaOf(table) },
    indexes: [
      ...(isOwnId(table) ? [] : [indexOf(table, table.primaryKey, true, constraintName.primary(table.name))]),
      ...table.uniques.map((key) => indexOf(table, key, true, constraintName.unique(table.name, key))),
      ...table.indexes.map((key) => indexOf(table, key, false, constraintName.index(table.name, key))),
    ],
  }));
}

/** A key that is counted up is MongoDB's own `_id`. */
function isOwnId(table: TableModel): boolean {
  return table.columns.some(({ name, type }) => type === "id" && table.primaryKey.join() === name);
}

function schemaOf(table: TableModel): Readonly<Record<string, unknown>> {
  const fields = table.columns.filter(({ type }) => type !== "id");
  const references = new Map(table.references.map((reference) => [reference.column, reference.table]));
  const referring = (column: ColumnModel) => references.has(column.name) && column.type === "bigint";
  const required = fields.filter(({ nullable }) => !nullable).map(({ name }) => name);
  return {
    bsonType: "object",
    additionalProperties: false,
    ...(required.length === 0 ? {} : { required }),
    properties: Object.fromEntries([
      ["_id", {}],
      ...fields.map((column) => [
        column.name,
        referring(column) ? { bsonType: types("objectId", column) } : rule(column),
      ]),
    ]),
  };
}

function types(type: string | readonly string[], column: ColumnModel): readonly string[] {
  return [...(typeof type === "string" ? [type] : type), ...(column.nullable ? ["null"] : [])];
}

/** A driver stores a small whole number as `int`, whatever it may become. */
const WHOLE = ["int", "long"];

const BSON: Readonly<Record<ColumnModel["type"], string | readonly string[]>> = {
  id: "objectId",
  string: "string",
  text: "string",
  integer: "int",
  bigint: WHOLE,
  decimal: "decimal",
  boolean: "bool",
  date: "date",
  timestamp: "date",
  uuid: "binData",
  json: "object",
  email: "string",
  money_cents: WHOLE,
  enum: "string",
};

function rule(column: ColumnModel): Readonly<Record<string, unknown>> {
  const bsonType = types(BSON[column.type], column);
  const { min, max } = column.check ?? {};
  const values =
    column.values === undefined ? undefined : [...column.values, ...(column.nullable ? [null] : [])];
  const length = column.type === "email" ? 254 : column.length;
  return {
    bsonType,
    ...(values === undefined ? {} : { enum: values }),
    ...(length === undefined ? {} : { maxLength: length }),
    ...(min === undefined ? {} : { minimum: min }),
    ...(max === undefined ? {} : { maximum: max }),
  };
}

function indexOf(table: TableModel, key: readonly string[], unique: boolean, name: string): MongoIndex {
  const columns = key.flatMap((field) => table.columns.find((column) => column.name === field) ?? []);
  const folded = unique && columns.some(({ type }) => type === "email");
  const optional = columns.filter(({ nullable }) => nullable);
  return {
    name,
    key: Object.fromEntries(key.map((field) => [field, 1])),
    unique,
    ...(folded ? { collation: { locale: "en", strength: 2 } } : {}),
    ...(unique && optional.length > 0
      ? {
          partialFilterExpression: Object.fromEntries(
            optional.map((column) => [column.name, { $exists: true }]),
          ),
        }
      : {}),
  };
}

export function mongoFiles(model: DatabaseModel): readonly OutputFile[] {
  const template = (name: string) => readFileSync(new URL(`database/mongodb/${name}`, TEMPLATES), "utf8");
  const shown = { database: model.name, collections: collections(model) };
  return [
    { path: "databases/collections.json", text: `${JSON.stringify(shown, undefined, 2)}\n` },
    ...["apply.js", "package.json", "package-lock.json"].map((name) => ({
      path: `databases/${name}`,
      text: template(name),
    })),
  ];
}
