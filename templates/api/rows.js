// What both ends of a row have in common: how it is found, and what of it may leave.
import { randomUUID } from "node:crypto";
import { tables } from "./endpoints.js";

const KEYS = {
  id: /^(?:0|[1-9]\d{0,17})$/,
  uuid: /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  other: /^[^\0]{1,255}$/,
};

const LARGEST = 2_147_483_647;

/** Could there be a row of this key? What could not is never asked for. */
export function isKey(table, text) {
  const { key, columns } = tables[table];
  const type = columns[key];
  if (type === "integer") return KEYS.id.test(text) && Number(text) <= LARGEST;
  const numbered = ["id", "bigint", "money_cents"].includes(type);
  return KEYS[numbered ? "id" : type === "uuid" ? "uuid" : "other"].test(text);
}

/** The row without what is nobody's business: password and token hashes. */
export function shown(table, row) {
  const { hidden } = tables[table];
  return Object.fromEntries(
    Object.entries(row)
      .filter(([name]) => !hidden.includes(name))
      .map(([name, value]) => [name, value instanceof Date ? value.toISOString() : value]),
  );
}

/** The values of a new row: an id that the database does not count is made here. */
export function newRow(table, values) {
  const { id } = tables[table].columns;
  return id === "uuid" ? { ...values, id: randomUUID() } : values;
}

/** A page of rows. `next` is what to give as `after` for the one behind it, null at the end. */
export async function pageOf(store, table, { limit, after }) {
  const rows = await store.page(table, { after, limit: limit + 1 });
  const items = rows.slice(0, limit);
  const next = rows.length > limit ? String(items[limit - 1][tables[table].key]) : null;
  return { items: items.map((row) => shown(table, row)), next };
}
