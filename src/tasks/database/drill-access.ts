// Who may do what, tried as each account; and what no row may be.
import type { ProbeResult } from "../answer.ts";
import type { Connected } from "./connection.ts";
import { isTouched } from "./ddl.ts";
import type { Ground } from "./drill.ts";
import { LEDGER } from "./names.ts";
import { allRefused, probes, type Seen } from "./probes.ts";
import { quoteName, quoteNames, type SqlDialect } from "./quote.ts";
import {
  capacity,
  ROWS,
  type SeedRow,
  type Stored,
  seedOrder,
  seedRow,
  type Value,
  type WrongRow,
  wrongRows,
} from "./seed.ts";
import { keysOf, type TableModel } from "./types.ts";

export interface Access {
  readonly results: readonly ProbeResult[];
  readonly stored: Stored;
}

/** PostgreSQL: no right; MySQL: not on this table, not on this database, not at all. */
const DENIED = ["42501", "1142", "1044", "1227"];

export async function accessProbes(part: Ground): Promise<Access> {
  const storage = probes("storage");
  const security = probes("security");
  let stored: Stored = new Map();
  const tables = part.model.tables.map(({ name }) => name);
  await storage.probe(
    "rows of every table, written as the application",
    `rows in ${tables.join(", ")}`,
    async () => {
      stored = await part.as("app", (app) => seed(part, app));
      const empty = tables.filter((name) => (stored.get(name)?.length ?? 0) === 0);
      const count = [...stored.values()].reduce((sum, keys) => sum + keys.length, 0);
      return empty.length > 0
        ? { ok: false, seen: `none in ${empty.join(", ")}` }
        : { ok: true, seen: `${count} rows` };
    },
  );
  for (const kind of ["reference", "unique", "check", "empty"] as const) {
    const rows = wrongRows(part.model, stored).filter(({ breaks }) => breaks === kind);
    if (rows.length === 0) continue;
    const expected = `refused: ${rows.map(({ what }) => what).join(", ")}`;
    await storage.probe(TITLES[kind], expected, () => part.as("app", (app) => refusedRows(part, app, rows)));
  }
  const touched = part.model.tables.filter(
    (table) => isTouched(table) && changeable(part, table) !== undefined,
  );
  if (touched.length > 0)
    await storage.probe(
      "updated_at after a change",
      `later than before: ${touched.map(({ name }) => name).join(", ")}`,
      () => part.as("app", (app) => touches(part, app, touched)),
    );
  // The tables are younger than the grants: what their readers see, they see by the rights on later tables.
  for (const role of ["readonly", "backup"] as const)
    await security.probe(`${role} reads every table`, `${tables.length} tables`, () =>
      part.as(role, (account) => readAll(part, account)),
    );
  await part.runSql("grants.sql");
  for (const { name, expected, attempt } of rights(part)) await security.probe(name, expected, attempt);
  return { results: [...storage.results, ...security.results], stored };
}

const TITLES: Readonly<Record<WrongRow["breaks"], string>> = {
  reference: "rows that refer to nothing",
  unique: "rows whose keys are taken",
  check: "rows with values out of range",
  empty: "rows without what they need",
};
/** PostgreSQL's codes, then the numbers of MySQL and MariaDB. */
const BREAKS: Readonly<Record<WrongRow["breaks"], readonly string[]>> = {
  reference: ["23503", "1452"],
  unique: ["23505", "1062"],
  check: ["23514", "22003", "3819", "4025", "1264"],
  empty: ["23502", "1048"],
};

function refusedRows(part: Ground, app: Connected, rows: readonly WrongRow[]): Promise<Seen> {
  return allRefused(
    rows.map(({ table, row, what, breaks }) => ({
      what,
      codes: BREAKS[breaks],
      attempt: () => insert(part.dialect, app, table, row),
    })),
  );
}

export function insert(
  dialect: SqlDialect,
  database: Connected,
  table: string,
  row: SeedRow,
): Promise<unknown> {
  const names = Object.keys(row);
  const values = names.map((name) => row[name] ?? null);
  const marks = names.map((_, index) => (dialect === "postgresql" ? `$${index + 1}` : "?"));
  const into = quoteName(dialect, table);
  if (names.length > 0)
    return database.rows(
      `INSERT INTO ${into} (${quoteNames(dialect, names)}) VALUES (${marks.join(", ")})`,
      values,
    );
  return database.rows(`INSERT INTO ${into} ${dialect === "mysql" ? "() VALUES ()" : "DEFAULT VALUES"}`);
}

async function seed(part: Ground, app: Connected): Promise<Stored> {
  const stored = new Map<string, readonly Value[]>();
  for (const table of seedOrder(part.model)) {
    const count = Math.min(ROWS, capacity(table, stored));
    for (let at = 0; at < count; at++)
      await insert(part.dialect, app, table.name, seedRow(part.model, table, at, stored));
    stored.set(table.name, await keysThere(part, app, table));
  }
  return stored;
}

/** The values of the first column of the key: what others refer to. */
async function keysThere(
  { dialect }: Ground,
  database: Connected,
  table: TableModel,
): Promise<readonly Value[]> {
  const key = quoteName(dialect, table.primaryKey[0] ?? "id");
  const rows = await database.rows(
    `SELECT ${key} AS k FROM ${quoteName(dialect, table.name)} ORDER BY ${key}`,
  );
  return rows.map(({ k }) => (typeof k === "number" ? k : String(k)));
}

/** A column that can be changed by itself, with its value in the second row. */
function changeable({ model }: Ground, table: TableModel): { name: string; value: Value } | undefined {
  const bound = new Set([
    ...keysOf(table).flat(),
    ...table.references.map(({ column }) => column),
    "updated_at",
  ]);
  const [first, second] = [0, 1].map((at) => seedRow(model, table, at, new Map()));
  const found = table.columns.find(({ name }) => !bound.has(name) && first?.[name] !== second?.[name]);
  return found === undefined ? undefined : { name: found.name, value: second?.[found.name] ?? null };
}

/** The rows were written with moments of long ago. */
async function touches(part: Ground, app: Connected, tables: readonly TableModel[]): Promise<Seen> {
  const { dialect } = part;
  const still: string[] = [];
  for (const table of tables) {
    const change = changeable(part, table);
    if (change === undefined) continue;
    const name = quoteName(dialect, table.name);
    await app.rows(
      `UPDATE ${name} SET ${quoteName(dialect, change.name)} = ${dialect === "mysql" ? "?" : "$1"}`,
      [change.value],
    );
    const [row] = await app.rows(`SELECT COUNT(*) AS n FROM ${name} WHERE updated_at > '2025-06-01'`);
    if (Number(row?.n) === 0) still.push(table.name);
  }
  return {
    ok: still.length === 0,
    seen: still.length === 0 ? "later in each" : `as before: ${still.join(", ")}`,
  };
}

interface Right {
  readonly name: string;
  readonly expected: string;
  readonly attempt: () => Promise<Seen>;
}

/** What each account must not do. */
function rights(part: Ground): readonly Right[] {
  const { dialect, model } = part;
  const names = model.tables.map(({ name }) => quoteName(dialect, name));
  const of = (sql: (table: string) => string) => names.map(sql);
  const define = [
    "CREATE TABLE drill_probe (x integer)",
    ...of((table) => `ALTER TABLE ${table} ADD COLUMN drill_probe integer`),
  ];
  const destroy = [...of((table) => `DROP TABLE ${table}`), ...of((table) => `TRUNCATE TABLE ${table}`)];
  const write = model.tables.flatMap((table) => writes(dialect, table));
  const ledger = quoteName(dialect, LEDGER);
  const refused = (
    name: string,
    role: "app" | "readonly" | "backup",
    statements: readonly string[],
  ): Right => ({
    name,
    expected: `${statements.length} statements refused`,
    attempt: () => part.as(role, (account) => deniedAll(account, statements)),
  });
  return [
    refused("app defines nothing", "app", define),
    refused("app drops and truncates nothing", "app", destroy),
    refused("app does not write the ledger", "app", [
      `DELETE FROM ${ledger}`,
      `UPDATE ${ledger} SET name = name`,
      `INSERT INTO ${ledger} SELECT * FROM ${ledger} WHERE 1 = 0`,
    ]),
    refused("readonly writes nothing", "readonly", write),
    refused("readonly defines, drops and truncates nothing", "readonly", [...define, ...destroy]),
    refused("backup writes nothing", "backup", write),
    refused("backup defines, drops and truncates nothing", "backup", [...define, ...destroy]),
  ];
}

function writes(dialect: SqlDialect, table: TableModel): readonly string[] {
  const name = quoteName(dialect, table.name);
  const key = quoteName(dialect, table.primaryKey[0] ?? "id");
  return [
    `INSERT INTO ${name} SELECT * FROM ${name} WHERE 1 = 0`,
    `UPDATE ${name} SET ${key} = ${key} WHERE 1 = 0`,
    `DELETE FROM ${name} WHERE 1 = 0`,
  ];
}

function deniedAll(account: Connected, statements: readonly string[]): Promise<Seen> {
  return allRefused(
    statements.map((sql) => ({ what: sql, codes: DENIED, attempt: () => account.rows(sql) })),
  );
}

async function readAll({ model, dialect }: Ground, account: Connected): Promise<Seen> {
  for (const { name } of model.tables)
    await account.rows(`SELECT * FROM ${quoteName(dialect, name)} LIMIT 1`);
  return { ok: true, seen: `${model.tables.length} tables` };
}
