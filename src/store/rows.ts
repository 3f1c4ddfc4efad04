import { Fault } from "../lib/fault.ts";
import type { Json } from "../lib/json.ts";

/** One row as SQLite returned it. */
export type Row = Readonly<Record<string, unknown>>;

/** Typed access to the columns of a row; a value of another type throws a `defect` naming table and column. */
export interface Columns {
  text(column: string): string;
  /** Undefined for NULL. */
  optionalText(column: string): string | undefined;
  number(column: string): number;
  /** Undefined for NULL. */
  optionalNumber(column: string): number | undefined;
  bytes(column: string): Uint8Array;
  /** Undefined for NULL. */
  optionalBytes(column: string): Uint8Array | undefined;
  /** Parsed JSON text. */
  json(column: string): Json;
  /** Parsed JSON text, undefined for NULL. */
  optionalJson(column: string): Json | undefined;
  oneOf<T extends string>(column: string, values: readonly T[]): T;
}

export function columns(table: string, row: Row): Columns {
  const wrong = (column: string, wanted: string): Fault =>
    new Fault("defect", `The database holds something else than ${wanted} in ${table}.${column}.`, {
      code: "store.bad-row",
      hint: "The database was changed by hand or is damaged. Restore it from a backup.",
    });
  const text = (column: string): string => {
    const value = row[column];
    if (typeof value !== "string") throw wrong(column, "text");
    return value;
  };
  const json = (column: string): Json => {
    try {
      return JSON.parse(text(column)) as Json;
    } catch {
      throw wrong(column, "JSON");
    }
  };
  const number = (column: string): number => {
    const value = row[column];
    if (typeof value !== "number") throw wrong(column, "a number");
    return value;
  };
  const bytes = (column: string): Uint8Array => {
    const value = row[column];
    if (!(value instanceof Uint8Array)) throw wrong(column, "bytes");
    return value;
  };
  const isNull = (column: string): boolean => row[column] === null;
  return {
    text,
    json,
    number,
    bytes,
    optionalNumber: (column) => (isNull(column) ? undefined : number(column)),
    optionalBytes: (column) => (isNull(column) ? undefined : bytes(column)),
    optionalText: (column) => (isNull(column) ? undefined : text(column)),
    optionalJson: (column) => (isNull(column) ? undefined : json(column)),
    oneOf: (column, values) => {
      const value = text(column);
      const found = values.find((candidate) => candidate === value);
      if (found === undefined) throw wrong(column, `one of ${values.join(", ")}`);
      return found;
    },
  };
}
