// The one place that speaks SQL. Names come from endpoints.js, values are always parameters.
import pg from "pg";
import { tables } from "./endpoints.js";
import { invalidField, Problem, unavailable } from "./problems.js";

const DATE = 1082;
/** Days stay text: as a moment they would move with the time zone. */
const types = {
  getTypeParser: (oid, format) => (oid === DATE ? String : pg.types.getTypeParser(oid, format)),
};

export function openStore({ url, onError }) {
  const pool = new pg.Pool({
    connectionString: url,
    types,
    max: 10,
    connectionTimeoutMillis: 3000,
    statement_timeout: 5000,
    query_timeout: 6000,
    idle_in_transaction_session_timeout: 10_000,
  });
  // A connection that breaks tells here while nobody uses it, and by itself while somebody does: unheard, it would end
  // the process.
  pool.on("error", onError);
  pool.on("connect", (client) => client.on("error", () => undefined));
  const run = (sql, values = []) => translated(() => pool.query(sql, values));

  return {
    ...actions(run),

    /** All of it or nothing. `work` gets the same actions, on one connection. */
    async transaction(work) {
      const client = await translated(() => pool.connect());
      let broken = false;
      try {
        const inside = (sql, values = []) => translated(() => client.query(sql, values));
        await inside("BEGIN");
        const result = await work(actions(inside));
        await inside("COMMIT");
        return result;
      } catch (error) {
        broken = await rollBack(client, error);
        throw error;
      } finally {
        client.release(broken);
      }
    },

    /** Does the database answer? */
    ping: () =>
      pool.query("SELECT 1").then(
        () => true,
        () => false,
      ),

    /** The first table that is not as this service needs it, as a sentence; undefined where all are. */
    async lacks() {
      for (const [table, { columns }] of Object.entries(tables)) {
        const sql = `SELECT ${Object.keys(columns).map(quote).join(", ")} FROM ${quote(table)} LIMIT 0`;
        const error = await pool.query(sql).then(
          () => undefined,
          (failure) => failure,
        );
        if (error === undefined) continue;
        if (error.code === "42P01" || error.code === "42703") return error.message;
        throw error;
      }
      return undefined;
    },

    /** How many messages wait that are younger than that; all of them without it. */
    async outboxSize(after = new Date(0)) {
      const { rows } = await run('SELECT COUNT(*) AS n FROM "outbox" WHERE "created_at" > $1', [after]);
      return Number(rows[0].n);
    },

    close: () => pool.end(),
  };
}

const quote = (name) => `"${name}"`;

/** Is the connection of no more use? One that hangs is not waited for again: without it the server rolls back by itself. */
async function rollBack(client, error) {
  if (error.status === 503) return true;
  return client.query("ROLLBACK").then(
    () => false,
    () => true,
  );
}

function actions(run) {
  return {
    async insert(table, values) {
      const names = Object.keys(values);
      const head = `INSERT INTO ${quote(table)}`;
      const sql =
        names.length === 0
          ? `${head} DEFAULT VALUES RETURNING *`
          : `${head} (${names.map(quote).join(", ")}) VALUES (${names.map((_, at) => `$${at + 1}`).join(", ")}) RETURNING *`;
      const { rows } = await run(sql, encoded(table, values));
      return decoded(table, rows[0]);
    },

    /** The row whose columns have these values. Upper and lower case of an e-mail address are the same. */
    async find(table, where) {
      const { rows } = await run(
        `SELECT * FROM ${quote(table)} WHERE ${conditions(table, where, 0)} LIMIT 1`,
        encoded(table, where),
      );
      return rows[0] && decoded(table, rows[0]);
    },

    /** Up to `limit` rows by their key, those behind `after` alone. */
    async page(table, { after, limit }) {
      const key = quote(tables[table].key);
      const { rows } = await run(
        `SELECT * FROM ${quote(table)} ${after === undefined ? "" : `WHERE ${key} > $2`} ORDER BY ${key} LIMIT $1`,
        after === undefined ? [limit] : [limit, after],
      );
      return rows.map((row) => decoded(table, row));
    },

    /** Changes the rows that fit, and tells how many did. */
    async update(table, where, values) {
      const names = Object.keys(values);
      const changes = names.map((name, at) => `${quote(name)} = $${at + 1}`).join(", ");
      const { rowCount } = await run(
        `UPDATE ${quote(table)} SET ${changes} WHERE ${conditions(table, where, names.length)}`,
        [...encoded(table, values), ...encoded(table, where)],
      );
      return rowCount;
    },

    async remove(table, where) {
      await run(`DELETE FROM ${quote(table)} WHERE ${conditions(table, where, 0)}`, encoded(table, where));
    },

    /**
     * Takes up to `limit` messages that are due out of the others' reach until `until`. To be called in a transaction,
     * whose locks are gone before a message is on its way.
     */
    async claim({ now, until, oldest, limit }) {
      const { rows } = await run(
        `UPDATE "outbox" SET "leased_until" = $2, "attempts" = "attempts" + 1 WHERE "id" IN (
           SELECT "id" FROM "outbox"
           WHERE "next_attempt_at" <= $1 AND ("leased_until" IS NULL OR "leased_until" < $1) AND "created_at" > $3
           ORDER BY "next_attempt_at" LIMIT $4 FOR UPDATE SKIP LOCKED) RETURNING *`,
        [now, until, oldest, limit],
      );
      return rows.map((row) => decoded("outbox", row));
    },
  };
}

function conditions(table, where, taken) {
  const { columns } = tables[table];
  return Object.keys(where)
    .map((name, at) => {
      const place = `$${taken + at + 1}`;
      return columns[name] === "email"
        ? `lower(${quote(name)}) = lower(${place})`
        : `${quote(name)} = ${place}`;
    })
    .join(" AND ");
}

function encoded(table, values) {
  const { columns } = tables[table];
  return Object.entries(values).map(([name, value]) => {
    if (value === null) return null;
    if (columns[name] === "json") return json(name, value);
    return columns[name] === "timestamp" ? moment(name, value) : value;
  });
}

/** Databases take no more levels than these, and neither does JSON.stringify take all that JSON.parse does. */
const LEVELS = 30;

function json(name, value) {
  if (!isShallow(value, LEVELS)) throw invalidField(name, `is nested deeper than ${LEVELS} levels`);
  return JSON.stringify(value);
}

function isShallow(value, levels) {
  if (typeof value !== "object" || value === null) return true;
  return levels > 0 && Object.values(value).every((each) => isShallow(each, levels - 1));
}

function moment(name, value) {
  const date = new Date(value);
  if (Number.isNaN(date.getTime())) throw invalidField(name, "is no moment that can be stored");
  return date;
}

/** A row as the API shows it. Ids and other numbers that JSON cannot hold safely stay text. */
function decoded(table, row) {
  const { columns } = tables[table];
  const numbers = ["integer", "money_cents"];
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      value !== null && numbers.includes(columns[name]) ? Number(value) : value,
    ]),
  );
}

/** Also a disk that is full or broken, and a server that has become a read-only copy. */
const AWAY = /^(?:08|40|53|57P|57014|58|25006|25P03|28|3D000)/;
const LOST = /^(?:ECONN|EPIPE|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOENT)/;
const BROKEN = /timeout|Connection terminated|Client was closed|not queryable|after calling end/i;

async function translated(work) {
  try {
    return await work();
  } catch (error) {
    throw Object.assign(problemFor(error), { cause: error });
  }
}

function problemFor(error) {
  const code = error.code ?? "";
  if (error instanceof Problem) return error;
  if (code === "23505") return new Problem(409, "There is one like this already.");
  if (code === "23503") return invalidField(columnIn(error), "refers to something that is not there");
  if (code === "23502" || code === "23514") return invalidField(error.column ?? "", "is not allowed");
  if (/^(?:22|54)/.test(code)) return new Problem(400, "A value cannot be stored.");
  if (AWAY.test(code) || LOST.test(code) || BROKEN.test(error.message)) return unavailable();
  return error;
}

/** `Key (user_id)=(9) is not present in table "users".` */
function columnIn({ detail = "" }) {
  return /^Key \((\w+)\)/.exec(detail)?.[1] ?? "";
}
