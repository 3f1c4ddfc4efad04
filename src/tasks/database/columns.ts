// PURE: a table's columns as the task writes them, checked.
import type { ColumnSpec, ColumnType, TableSpec } from "../schema.ts";
import { singularOf } from "./names.ts";
import { refuse } from "./refuse.ts";
import { type ColumnModel, columnOf, type TableModel } from "./types.ts";

const STRING_LENGTH = 255;
const DECIMAL = { precision: 12, scale: 2 };
const EMAIL_LENGTH = 254;

/** Which types an attribute of a column belongs to. Anywhere else it would be read and ignored. */
const ATTRIBUTES: readonly { readonly key: keyof ColumnSpec; readonly types: readonly ColumnType[] }[] = [
  { key: "length", types: ["string"] },
  { key: "values", types: ["enum"] },
  { key: "precision", types: ["decimal"] },
  { key: "scale", types: ["decimal"] },
  { key: "check", types: ["integer", "bigint", "decimal", "money_cents"] },
];
const UNINDEXED: readonly ColumnType[] = ["text", "json"];
const WHOLE: readonly ColumnType[] = ["integer", "bigint", "money_cents"];

type ExactTable = Exclude<TableSpec, string>;

/** A table that the task spells out. The second value says whether its `id` was added. */
export function exactTable(spec: ExactTable, field: string): { table: TableModel; idAdded: boolean } {
  const columns = spec.columns.map((column, index) => columnModel(column, `${field}.columns.${index}`));
  const twice = spec.columns.findIndex(({ name }, index) =>
    spec.columns.slice(0, index).some((other) => other.name === name),
  );
  if (twice >= 0)
    refuse(
      `${field}.columns.${twice}.name`,
      `${spec.name} has the column ${spec.columns[twice]?.name} twice`,
      "Leave one out.",
    );
  const idAdded =
    spec.primary_key === undefined && columns.every(({ name, type }) => name !== "id" && type !== "id");
  const all: readonly ColumnModel[] = idAdded
    ? [{ name: "id", type: "id", nullable: false }, ...columns]
    : columns;
  const own = all.find(({ type }) => type === "id")?.name ?? "id";
  const table: TableModel = {
    name: spec.name,
    singular: spec.singular ?? singularOf(spec.name),
    columns: all,
    primaryKey: spec.primary_key ?? [own],
    uniques: [
      ...spec.columns.filter(({ unique }) => unique).map(({ name }) => [name]),
      ...spec.indexes.filter(({ unique }) => unique).map((index) => index.columns),
    ],
    indexes: [
      ...spec.columns.filter(({ index, unique }) => index && !unique).map(({ name }) => [name]),
      ...spec.indexes.filter(({ unique }) => !unique).map((index) => index.columns),
    ],
    references: [],
  };
  checkKeys(table, spec, field);
  return { table, idAdded };
}

function checkKeys(table: TableModel, spec: ExactTable, field: string): void {
  const lists = [
    { columns: table.primaryKey, at: spec.primary_key === undefined ? field : `${field}.primary_key` },
    ...spec.indexes.map(({ columns }, index) => ({ columns, at: `${field}.indexes.${index}.columns` })),
  ];
  for (const { columns, at } of lists) {
    for (const name of columns) {
      const column = columnOf(table, name);
      if (column === undefined)
        refuse(at, `${table.name} has no column ${name}`, "Name columns of this table.");
      if (UNINDEXED.includes(column.type))
        refuse(
          at,
          `${name} is ${column.type}, which no index can hold`,
          "Use the type string, with a length.",
        );
    }
    if (new Set(columns).size < columns.length)
      refuse(at, `A column stands twice in a key of ${table.name}`, "Leave one out.");
  }
  for (const name of table.primaryKey) {
    if (columnOf(table, name)?.type === "email")
      refuse(
        field,
        `${name} is an e-mail address, of which upper and lower case are the same, and so no primary key`,
        "Give the table an `id`, and make the address `unique: true`.",
      );
    if (columnOf(table, name)?.nullable === true)
      refuse(
        `${field}.columns`,
        `${name} is in the primary key of ${table.name} and cannot be nullable`,
        "Leave nullable out.",
      );
  }
  const counted = table.columns.filter(({ type }) => type === "id");
  if (counted.length > 1 || (counted.length === 1 && table.primaryKey.join() !== counted[0]?.name))
    refuse(
      `${field}.columns`,
      `${table.name} has a column of the type id that is not its primary key alone`,
      "The type id counts itself up: use bigint for anything else.",
    );
}

function columnModel(spec: ColumnSpec, field: string): ColumnModel {
  for (const { key, types } of ATTRIBUTES) {
    if (spec[key] !== undefined && !types.includes(spec.type))
      refuse(
        `${field}.${key}`,
        `${key} means nothing for the type ${spec.type}`,
        `It belongs to ${types.join(", ")}.`,
      );
  }
  if ((spec.unique || spec.index) && UNINDEXED.includes(spec.type))
    refuse(`${field}.type`, `No index can hold the type ${spec.type}`, "Use the type string, with a length.");
  const plain: ColumnModel = {
    name: spec.name,
    type: spec.type,
    nullable: spec.nullable,
    ...sizeOf(spec, field),
  };
  const column = spec.check === undefined ? plain : { ...plain, check: checkOf(spec.check, plain, field) };
  if (spec.type === "id" && spec.nullable)
    refuse(`${field}.nullable`, "The type id is never empty", "Leave nullable out.");
  if (spec.default === undefined) return column;
  const why = wrongDefault(column, spec.default);
  if (why !== undefined)
    refuse(`${field}.default`, `The default of ${spec.name} ${why}`, "Give one that fits, or none.");
  return { ...column, default: spec.default };
}

function sizeOf(
  spec: ColumnSpec,
  field: string,
): Pick<ColumnModel, "length" | "values" | "precision" | "scale"> {
  if (spec.type === "string") return { length: spec.length ?? STRING_LENGTH };
  if (spec.type === "enum") return { values: valuesOf(spec, field) };
  if (spec.type !== "decimal") return {};
  const precision = spec.precision ?? Math.max(DECIMAL.precision, spec.scale ?? 0);
  const scale = spec.scale ?? Math.min(DECIMAL.scale, precision);
  if (scale > precision)
    refuse(
      `${field}.scale`,
      `${spec.name} has more digits behind the point than in all`,
      "scale is at most precision.",
    );
  return { precision, scale };
}

function valuesOf(spec: ColumnSpec, field: string): readonly string[] {
  const { values } = spec;
  if (values === undefined)
    refuse(field, `The enum ${spec.name} has no values`, 'Add them: `values: ["draft", "published"]`.');
  const wrong = values.find(
    (value, index) => value.length > 100 || hasControl(value) || values.indexOf(value) !== index,
  );
  if (wrong !== undefined)
    refuse(
      `${field}.values`,
      `The enum ${spec.name} has a value twice, or one that is longer than 100 characters or holds a control character`,
      "Leave it out.",
    );
  return values;
}

function checkOf(
  check: NonNullable<ColumnSpec["check"]>,
  column: ColumnModel,
  field: string,
): NonNullable<ColumnModel["check"]> {
  const { min, max } = check;
  if (min === undefined && max === undefined)
    refuse(`${field}.check`, "The check says nothing", "Give min, max or both.");
  if (min !== undefined && max !== undefined && min > max)
    refuse(`${field}.check`, "min is more than max: nothing could ever be stored", "Swap them.");
  for (const bound of [min, max]) {
    const why = bound === undefined ? undefined : wrongNumber(column, bound);
    if (why !== undefined)
      refuse(`${field}.check`, `${bound} ${why}`, "Use a number that the column can hold.");
  }
  return { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
}

/** Why a default does not fit its column, in words that follow `The default of x`; undefined where it fits. */
function wrongDefault(column: ColumnModel, value: string | number | boolean): string | undefined {
  switch (column.type) {
    case "id":
      return "is given by the database";
    case "text":
    case "json":
      return `cannot be held by every database for the type ${column.type}`;
    case "boolean":
      return typeof value === "boolean" ? undefined : "is neither true nor false";
    case "integer":
    case "bigint":
    case "money_cents":
    case "decimal":
      return wrongNumber(column, value);
    default:
      return typeof value === "string" ? wrongText(column, value) : "must be a text";
  }
}

function wrongNumber(column: ColumnModel, value: string | number | boolean): string | undefined {
  if (typeof value !== "number" || !Number.isFinite(value)) return "is no number";
  const whole = WHOLE.includes(column.type);
  if (whole && !Number.isSafeInteger(value)) return "is no whole number";
  if (column.type === "integer" && Math.abs(value) > 2_147_483_647) return "is too large for an integer";
  if (column.type === "decimal" && Math.abs(value) >= 10 ** ((column.precision ?? 0) - (column.scale ?? 0)))
    return "has more digits than the column";
  const { min, max } = column.check ?? {};
  if ((min !== undefined && value < min) || (max !== undefined && value > max)) return "breaks its own check";
  return undefined;
}

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const TIMESTAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?Z$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

function wrongText(column: ColumnModel, value: string): string | undefined {
  if (hasControl(value)) return "holds a control character";
  switch (column.type) {
    case "enum":
      return column.values?.includes(value) === true ? undefined : "is none of its values";
    case "date":
      return value === "now" || isMoment(value, DATE)
        ? undefined
        : "is neither `now` nor a day such as 2025-01-31";
    case "timestamp":
      return value === "now" || isMoment(value, TIMESTAMP)
        ? undefined
        : "is neither `now` nor a moment such as 2025-01-31T12:00:00Z";
    case "uuid":
      return UUID.test(value) ? undefined : "is no UUID in lower case";
    case "email":
      return value.length <= EMAIL_LENGTH ? undefined : "is longer than the column";
    default:
      return [...value].length <= (column.length ?? STRING_LENGTH) ? undefined : "is longer than the column";
  }
}

function isMoment(value: string, form: RegExp): boolean {
  const parsed = new Date(value);
  return (
    form.test(value) &&
    !Number.isNaN(parsed.getTime()) &&
    parsed.toISOString().slice(0, 10) === value.slice(0, 10) &&
    value.slice(0, 4) >= "1000"
  );
}

function hasControl(value: string): boolean {
  return /\p{Cc}/u.test(value);
}
