// Rows of tables: listed, looked at and added, with what is hidden kept hidden.
import { databaseModel } from "../database/model.ts";
import { seedOrder, seedRow, type Value } from "../database/seed.ts";
import type { ColumnModel, DatabaseModel, TableModel } from "../database/types.ts";
import type { TaskOf } from "../schema.ts";
import type { Reply } from "./ask.ts";
import type { Expectation } from "./expect.ts";
import { type Probe, type Seen, seen, seenStatus } from "./probe.ts";
import { asNew, countOf, goodRequest, sql, type Trial } from "./trial.ts";

const HANDLERS: readonly string[] = ["list", "get", "create"];
/** The database or the service gives them. */
const GIVEN: readonly string[] = ["created_at", "updated_at"];
export const HIDDEN: readonly string[] = ["password_hash", "token_hash"];

/** Undefined where the task has no tables. */
export function tableModel({ specifications }: TaskOf<"setup_api">): DatabaseModel | undefined {
  const { database_config: config } = specifications;
  return config === undefined ? undefined : databaseModel(config).model;
}

export function tableProbes(trial: Trial, base: string, model: DatabaseModel | undefined): readonly Probe[] {
  if (model === undefined) return [];
  const keys = new Map<string, Value[]>();
  return trial.wanted.endpoints.flatMap((endpoint) => {
    const table = model.tables.find(({ name }) => name === endpoint.table);
    if (table === undefined || !HANDLERS.includes(endpoint.handler)) return [];
    const seeded = () => seedUpTo(trial, model, table, keys);
    if (endpoint.handler === "list") return listProbes(trial, base, endpoint, table, seeded);
    if (endpoint.handler === "get") return getProbes(trial, base, endpoint, table, seeded);
    return createProbes(trial, base, endpoint, table, () => freshRow(trial, model, table));
  });
}

/** A body that makes a row, where rows that it refers to are there. */
export async function freshRow(
  trial: Trial,
  model: DatabaseModel,
  table: TableModel,
): Promise<Record<string, unknown>> {
  const keys = new Map<string, Value[]>();
  await seedUpTo(trial, model, table, keys);
  return jsonRow(table, seedRow(model, table, trial.next() + 1000, keys));
}

/** A row more in the table and in those that it needs; returns its key. */
async function seedUpTo(
  trial: Trial,
  model: DatabaseModel,
  wanted: TableModel,
  keys: Map<string, Value[]>,
): Promise<Value> {
  let last: Value = null;
  for (const table of seedOrder(model)) {
    const row = seedRow(model, table, trial.next() + 1000, keys);
    const names = Object.keys(row);
    const marks = names.map(() => "?").join(", ");
    await trial.database.rows(
      sql(trial, `INSERT INTO ${table.name} (${names.join(", ")}) VALUES (${marks})`),
      Object.values(row),
    );
    const [key = "id"] = table.primaryKey;
    const [newest] = await trial.database.rows(
      `SELECT ${key} AS k FROM ${table.name} ORDER BY ${key} DESC LIMIT 1`,
    );
    last = String(newest?.k ?? "");
    keys.set(table.name, [last]);
    if (table.name === wanted.name) return last;
  }
  return last;
}

const nameOf = ({ method, path }: Expectation, what: string): string => `${method} ${path}: ${what}`;

function itemsOf({ json }: Reply): readonly Record<string, unknown>[] {
  const { items } = Object(json) as { readonly items?: unknown };
  return Array.isArray(items) ? (items as Record<string, unknown>[]) : [];
}

function hides(row: unknown): boolean {
  return !HIDDEN.some((name) => name in Object(row));
}

function listProbes(
  trial: Trial,
  base: string,
  endpoint: Expectation,
  table: TableModel,
  seeded: () => Promise<Value>,
): readonly Probe[] {
  const list = async (query: string) => {
    const asked = await goodRequest(trial, endpoint);
    return asNew(trial, base, { ...asked, path: `${endpoint.path}${query}` });
  };
  const refused = (query: string): Probe => ({
    name: nameOf(endpoint, `${query} is refused`),
    about: "input",
    expected: "400",
    look: async () => seenStatus(await list(query), 400),
  });
  return [
    {
      name: nameOf(endpoint, "rows come page by page, each once"),
      about: "storage",
      expected: "every row of the table once, and no hash of anything",
      look: async () => {
        for (let n = 0; n < 3; n += 1) await seeded();
        return wholeList(list, await countOf(trial, table.name));
      },
    },
    ...["?limit=0", "?limit=101", "?limit=many"].map(refused),
  ];
}

const MOST_PAGES = 200;

async function wholeList(list: (query: string) => Promise<Reply>, count: number): Promise<Seen> {
  const found = new Set<string>();
  let rows = 0;
  let after = "";
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const reply = await list(`?limit=2${after}`);
    if (reply.status !== 200) return seenStatus(reply, 200);
    const items = itemsOf(reply);
    if (items.some((row) => !hides(row))) return seen(false, "a row tells a hash");
    for (const row of items) found.add(JSON.stringify(row));
    rows += items.length;
    const { next } = Object(reply.json) as { readonly next?: unknown };
    if (typeof next !== "string")
      return seen(
        rows === count && found.size === count,
        `${rows} rows, ${found.size} different, of ${count}`,
      );
    after = `&after=${encodeURIComponent(next)}`;
  }
  return seen(false, `it does not end: ${rows} rows of ${count}`);
}

function getProbes(
  trial: Trial,
  base: string,
  endpoint: Expectation,
  table: TableModel,
  seeded: () => Promise<Value>,
): readonly Probe[] {
  const get = async (id: string) => {
    const asked = await goodRequest(trial, endpoint);
    return asNew(trial, base, { ...asked, path: endpoint.path.replace(/\{\w+\}/, id) });
  };
  return [
    {
      name: nameOf(endpoint, "a row that is there"),
      about: "storage",
      expected: "200 with the row, and no hash of anything",
      look: async () => {
        const id = String(await seeded());
        const reply = await get(id);
        const [key = "id"] = table.primaryKey;
        const row = Object(reply.json) as Record<string, unknown>;
        return seen(
          reply.status === 200 && String(row[key]) === id && hides(row),
          `${reply.status} ${reply.text.slice(0, 120)}`,
        );
      },
    },
    {
      name: nameOf(endpoint, "a row that is not there"),
      about: "input",
      expected: "404",
      look: async () => seenStatus(await get("987654321"), 404),
    },
    {
      name: nameOf(endpoint, "what can be no key"),
      about: "input",
      expected: "404",
      look: async () => seenStatus(await get("1%27%20OR%20%271%27=%271"), 404),
    },
  ];
}

/** As JSON has it: numbers that JSON cannot hold exactly are text. */
function jsonRow(table: TableModel, row: Readonly<Record<string, Value>>): Record<string, unknown> {
  return Object.fromEntries(
    table.columns.flatMap((column): [string, unknown][] => {
      const value = row[column.name];
      if (value === undefined || value === null || GIVEN.includes(column.name) || column.type === "id")
        return [];
      return [[column.name, jsonValue(column, value)]];
    }),
  );
}

function jsonValue({ type }: ColumnModel, value: Value): unknown {
  if (type === "boolean") return value === 1 || value === "1";
  if (type === "json" && typeof value === "string") return JSON.parse(value);
  if (type === "bigint" || type === "decimal") return String(value);
  if (type === "timestamp" && typeof value === "string") return `${value.slice(0, 19).replace(" ", "T")}Z`;
  return value;
}

function createProbes(
  trial: Trial,
  base: string,
  endpoint: Expectation,
  table: TableModel,
  fresh: () => Promise<Record<string, unknown>>,
): readonly Probe[] {
  const send = async (json: unknown) => {
    const { headers } = await goodRequest(trial, endpoint);
    return asNew(trial, base, {
      method: endpoint.method,
      path: endpoint.path,
      json,
      ...(headers === undefined ? {} : { headers }),
    });
  };
  const refused = (what: string, change: (row: Record<string, unknown>) => unknown): Probe => ({
    name: nameOf(endpoint, `${what} is refused`),
    about: "input",
    expected: "400, and nothing stored",
    look: async () => {
      const row = await fresh();
      const before = await countOf(trial, table.name);
      const reply = await send(change(row));
      const more = (await countOf(trial, table.name)) - before;
      const said = seenStatus(reply, 400);
      return seen(said.ok && more === 0, `${said.seen}, ${more} stored`);
    },
  });
  const needed = table.columns.filter(
    (column) =>
      !column.nullable &&
      column.default === undefined &&
      column.type !== "id" &&
      !GIVEN.includes(column.name),
  );
  return [
    {
      name: nameOf(endpoint, "a row is added"),
      about: "storage",
      expected: "201 with the row, and one row more",
      look: async () => {
        const row = await fresh();
        const before = await countOf(trial, table.name);
        const reply = await send(row);
        const more = (await countOf(trial, table.name)) - before;
        return seen(
          reply.status === 201 && more === 1 && hides(reply.json),
          `${reply.status} ${reply.text.slice(0, 160)}, ${more} more`,
        );
      },
    },
    ...needed.map(({ name }) => refused(`a row without ${name}`, ({ [name]: _left, ...rest }) => rest)),
    refused("a field there is not", (row) => ({ ...row, is_admin: true })),
    refused("a key of the caller's own", (row) => ({ ...row, id: "77" })),
  ];
}
