// Rows of a table: listed page by page, one alone, and new ones.
import { tables } from "../endpoints.js";
import { invalidField, Problem } from "../problems.js";
import { isKey, shown } from "../rows.js";

const USUAL = 20;
const MOST = 100;

/** In the order of the key. `next` is what to give as `after` for the page behind this one, null at the end. */
export function list({ table }, { store }) {
  return async ({ query }) => {
    const { limit, after } = pageOf(table, query);
    const rows = await store.page(table, { after, limit: limit + 1 });
    const items = rows.slice(0, limit);
    const next = rows.length > limit ? String(items[limit - 1][tables[table].key]) : null;
    return { items: items.map((row) => shown(table, row)), next };
  };
}

function pageOf(table, { limit = String(USUAL), after, ...rest }) {
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw invalidField(unknown, "is not known here");
  if (!/^[1-9]\d{0,2}$/.test(limit) || Number(limit) > MOST)
    throw invalidField("limit", `must be a whole number from 1 to ${MOST}`);
  if (after !== undefined && !(typeof after === "string" && isKey(table, after)))
    throw invalidField("after", "must be the `next` of a page before");
  return { limit: Number(limit), after };
}

export function get({ table, path }, { store }) {
  const [, param] = /\{(\w+)\}$/.exec(path);
  return async ({ params }) => {
    const key = params[param];
    const row = isKey(table, key) ? await store.find(table, { [tables[table].key]: key }) : undefined;
    if (row === undefined) throw new Problem(404, "There is no such row.");
    return shown(table, row);
  };
}

export function create({ table }, { store }) {
  return async (request, reply) =>
    reply.code(201).send(shown(table, await store.insert(table, request.body)));
}
