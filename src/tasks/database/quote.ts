// PURE: the only two ways for a name or a value into SQL.
import type { DatabaseModel } from "./types.ts";

export type SqlDialect = Exclude<DatabaseModel["dialect"], "mongodb">;

const NAME = /^[a-z][a-z0-9_]{0,62}$/;

/** A quoted name. Reserved words are names like any other. */
export function quoteName(dialect: SqlDialect, name: string): string {
  if (!NAME.test(name)) throw new Error(`not a name for SQL: ${JSON.stringify(name)}`);
  return dialect === "postgresql" ? `"${name}"` : `\`${name}\``;
}

export function quoteNames(dialect: SqlDialect, names: readonly string[]): string {
  return names.map((name) => quoteName(dialect, name)).join(", ");
}

export function literal(dialect: SqlDialect, value: string | number | boolean): string {
  if (typeof value === "boolean") return value ? "TRUE" : "FALSE";
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new Error(`not a number for SQL: ${value}`);
    return String(value);
  }
  if (/\p{Cc}/u.test(value)) throw new Error("a control character cannot be in a literal");
  const doubled = value.replaceAll("'", "''");
  return `'${dialect === "mysql" ? doubled.replaceAll("\\", "\\\\") : doubled}'`;
}
