// What both ends of a row have in common: how it is found, and what of it may leave.
import { tables } from "./endpoints.js";

const KEYS = {
  id: /^(?:0|[1-9]\d{0,17})$/,
  uuid: /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  other: /^[^\0]{1,255}$/,
};

/** Could there be a row of this key? What could not is never asked for. */
export function isKey(table, text) {
  const { key, columns } = tables[table];
  const type = columns[key];
  const numbered = ["id", "bigint", "integer", "money_cents"].includes(type);
  return KEYS[numbered ? "id" : type === "uuid" ? "uuid" : "other"].test(text);
}

/** The row without what is nobody's business: password and token hashes. */
export function shown(table, row) {
  const { hidden } = tables[table];
  return Object.fromEntries(Object.entries(row).filter(([name]) => !hidden.includes(name)));
}
