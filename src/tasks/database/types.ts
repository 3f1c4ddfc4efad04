// The one model that both dialects, the documents and the drill are made from. Names are already final.
import type { ColumnType, DatabaseConfig, DatabaseType } from "../schema.ts";

export interface ColumnModel {
  readonly name: string;
  readonly type: ColumnType;
  /** Of a string. */
  readonly length?: number;
  /** Of an enum. */
  readonly values?: readonly string[];
  /** Of a decimal. */
  readonly precision?: number;
  readonly scale?: number;
  readonly nullable: boolean;
  /** `now` on dates and timestamps is the moment of the insert. */
  readonly default?: string | number | boolean;
  /** Of a number. */
  readonly check?: { readonly min?: number; readonly max?: number };
}

export interface ReferenceModel {
  readonly column: string;
  readonly table: string;
  /** The other table's primary key. */
  readonly target: string;
  readonly onDelete: "restrict" | "cascade" | "set_null";
}

export interface TableModel {
  readonly name: string;
  readonly singular: string;
  readonly columns: readonly ColumnModel[];
  readonly primaryKey: readonly string[];
  /** Each a list of columns that together occur once. Of e-mail addresses upper and lower case are the same. */
  readonly uniques: readonly (readonly string[])[];
  readonly indexes: readonly (readonly string[])[];
  readonly references: readonly ReferenceModel[];
}

export interface DatabaseModel {
  readonly name: string;
  readonly dialect: DatabaseType;
  readonly environment: DatabaseConfig["environment"];
  readonly tables: readonly TableModel[];
  /** What was assumed, a sentence each, for the heads of the files. */
  readonly notes: readonly string[];
}

export function columnOf(table: TableModel, name: string): ColumnModel | undefined {
  return table.columns.find((column) => column.name === name);
}

/** The type of a column that refers to another: what is counted up there is a plain number here. */
export function referringType(target: ColumnModel): Pick<ColumnModel, "type" | "length"> {
  if (target.type === "id") return { type: "bigint" };
  return target.length === undefined ? { type: target.type } : { type: target.type, length: target.length };
}

/** A primary key's columns and each unique list: what is looked up without an index of its own. */
export function keysOf(table: TableModel): readonly (readonly string[])[] {
  return [table.primaryKey, ...table.uniques];
}
