// Rows of a table: listed page by page, one alone, and new ones.
import { tables } from "../endpoints.js";
import { invalidField, Problem } from "../problems.js";
import { isKey, newRow, pageOf, shown } from "../rows.js";

const USUAL = 20;
const MOST = 100;

/** In the order of the key. `next` is what to give as `after` for the page behind this one, null at the end. */
export function list({ table }, { store }) {
  return async ({ query }) => {
    const { limit, after } = readPage(table, query);
    return pageOf(store, table, { limit, after });
  };
}

function readPage(table, { limit = String(USUAL), after, ...rest }) {
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
  return async (request, reply) => {
    const row = await store.insert(table, newRow(table, request.body));
    return reply.code(201).send(shown(table, row));
  };
}
