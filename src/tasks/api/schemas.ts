// PURE: columns and fields of forms as JSON schemas, for bodies and for answers.
import type { ColumnModel, TableModel } from "../database/types.ts";
import { HIDDEN, type JsonSchema } from "./types.ts";

/** PostgreSQL stores no NUL, and half a surrogate pair is no text. Means the same with and without the flag `u`. */
const STORABLE = "^(?:[^\\u0000\\ud800-\\udfff]|[\\ud800-\\udbff][\\udc00-\\udfff])*$";
const GIVEN_BY_US: readonly string[] = ["id", "created_at", "updated_at"];
const INTEGER = { min: -2_147_483_648, max: 2_147_483_647 };
const SAFE = { min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER };

export function text(rules: JsonSchema = {}): JsonSchema {
  return { type: "string", pattern: STORABLE, ...rules };
}

/** The pattern of a number that is sent as text; undefined where the schema is of something else. */
export function digitsPattern({ pattern }: JsonSchema): string | undefined {
  return typeof pattern === "string" && pattern !== STORABLE ? pattern : undefined;
}

export const EMAIL: JsonSchema = { type: "string", format: "email", maxLength: 254 };

/** An object of exactly these properties. */
export function objectOf(
  properties: Readonly<Record<string, JsonSchema>>,
  required: readonly string[],
): JsonSchema {
  return {
    type: "object",
    additionalProperties: false,
    // OpenAPI allows no empty list there.
    ...(required.length === 0 ? {} : { required }),
    properties,
  };
}

/** The body that makes a row: its columns without what the service gives itself. */
export function rowInput(table: TableModel): JsonSchema {
  const given = inputColumns(table);
  return objectOf(
    Object.fromEntries(
      given.map((column) => [column.name, columnSchema(column, isReference(table, column))]),
    ),
    given.filter((column) => !column.nullable && column.default === undefined).map(({ name }) => name),
  );
}

export function inputColumns(table: TableModel): readonly ColumnModel[] {
  return table.columns.filter(
    ({ name, type }) => !GIVEN_BY_US.includes(name) && type !== "id" && !HIDDEN.includes(name),
  );
}

/** Columns that must have a value and that nobody may give. */
export function unfillable(table: TableModel, given: readonly string[]): readonly string[] {
  return table.columns
    .filter(
      ({ name, type, nullable, default: usual }) =>
        !nullable && usual === undefined && type !== "id" && !given.includes(name),
    )
    .map(({ name }) => name);
}

export function rowOutput(table: TableModel): JsonSchema {
  const shown = shownColumns(table);
  return {
    type: "object",
    required: shown.map(({ name }) => name),
    properties: Object.fromEntries(
      shown.map((column) => [column.name, columnSchema(column, isReference(table, column))]),
    ),
  };
}

export function shownColumns(table: TableModel): readonly ColumnModel[] {
  return table.columns.filter(({ name }) => !HIDDEN.includes(name));
}

function isReference(table: TableModel, { name }: ColumnModel): boolean {
  return table.references.some(({ column }) => column === name);
}

/** How a column's value looks in JSON. Numbers that JSON cannot hold safely are text. */
export function columnSchema(column: ColumnModel, reference = false): JsonSchema {
  const schema = valueSchema(column, reference);
  if (!column.nullable || column.type === "json") return schema;
  return Array.isArray(schema.enum)
    ? { ...schema, nullable: true, enum: [...schema.enum, null] }
    : { ...schema, nullable: true };
}

function valueSchema(column: ColumnModel, reference: boolean): JsonSchema {
  switch (column.type) {
    case "id":
      return { type: "string", pattern: "^[1-9]\\d{0,17}$" };
    case "bigint":
      return { type: "string", pattern: reference ? "^[1-9]\\d{0,17}$" : "^-?\\d{1,18}$" };
    case "string":
      return text(column.length === undefined ? {} : { maxLength: column.length });
    case "text":
      return text();
    case "email":
      return EMAIL;
    case "integer":
      return whole(column, INTEGER);
    case "money_cents":
      return whole(column, SAFE);
    case "decimal":
      return { type: "string", pattern: decimalPattern(column.precision ?? 12, column.scale ?? 2) };
    case "boolean":
      return { type: "boolean" };
    case "date":
      return { type: "string", format: "date" };
    case "timestamp":
      return { type: "string", format: "date-time" };
    case "uuid":
      return { type: "string", format: "uuid" };
    case "enum":
      return { type: "string", enum: column.values ?? [] };
    case "json":
      return {};
  }
}

function whole(column: ColumnModel, range: { readonly min: number; readonly max: number }): JsonSchema {
  const { min = range.min, max = range.max } = column.check ?? {};
  return { type: "integer", minimum: Math.max(min, range.min), maximum: Math.min(max, range.max) };
}

function decimalPattern(precision: number, scale: number): string {
  const whole = precision - scale;
  const digits = whole === 0 ? "0" : `\\d{1,${whole}}`;
  return scale === 0 ? `^-?${digits}$` : `^-?${digits}(?:\\.\\d{1,${scale}})?$`;
}
