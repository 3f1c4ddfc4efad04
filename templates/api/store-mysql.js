// The one place that speaks SQL. Names come from endpoints.js, values are always parameters.
import mysql from "mysql2/promise";
import { tables } from "./endpoints.js";
import { invalidField, Problem, unavailable } from "./problems.js";

const CONNECTION_MS = 3000;
const STATEMENT_MS = 6000;

/** Nothing is cut or bent to fit, times are UTC, and who waits for a row does not lock what is beside it, nor for long. */
const SESSION = [
  "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO', time_zone = '+00:00'",
  "SET SESSION lock_wait_timeout = 5, innodb_lock_wait_timeout = 5",
  "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
];

export function openStore({ url, onError }) {
  const pool = mysql.createPool({
    uri: url,
    connectionLimit: 10,
    queueLimit: 200,
    connectTimeout: CONNECTION_MS,
    timezone: "Z",
    // Days stay text: as a moment they would move with the time zone. Large numbers would lose digits.
    dateStrings: ["DATE"],
    supportBigNumbers: true,
    bigNumberStrings: true,
    jsonStrings: true,
  });
  pool.pool.on("connection", (connection) => {
    connection.on("error", onError);
    for (const sql of SESSION) connection.query(sql, (error) => error && connection.destroy());
  });

  /** On one connection. One that hangs or broke is not used again: without it the server rolls back by itself. */
  async function connected(work) {
    const connection = await translated(() => acquired(pool));
    let broken = false;
    try {
      return await work(connection);
    } catch (error) {
      broken = error.status === 503;
      throw error;
    } finally {
      if (broken) connection.destroy();
      else connection.release();
    }
  }
  const run = (sql, values) => connected((connection) => runner(connection)(sql, values));

  return {
    ...actions(run),

    /** All of it or nothing. `work` gets the same actions, on one connection. */
    transaction: (work) =>
      connected(async (connection) => {
        const step = (name) => translated(() => within(STATEMENT_MS, connection[name]()));
        await step("beginTransaction");
        try {
          const result = await work(actions(runner(connection)));
          await step("commit");
          return result;
        } catch (error) {
          if (error.status !== 503) await step("rollback");
          throw error;
        }
      }),

    /** Does the database answer? */
    ping: () =>
      run("SELECT 1").then(
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
        if (error.code === "ER_NO_SUCH_TABLE" || error.code === "ER_BAD_FIELD_ERROR") return error.message;
        throw error;
      }
      return undefined;
    },

    /** How many messages wait that are younger than that; all of them without it. */
    async outboxSize(after = new Date(0)) {
      const rows = await run("SELECT COUNT(*) AS n FROM `outbox` WHERE `created_at` > ?", [after]);
      return Number(rows[0].n);
    },

    close: () => pool.end(),
  };
}

/** What the promise gives; a Problem 503 where that takes longer. The driver waits for ever for a server that hangs. */
async function within(ms, promise) {
  let timer;
  const late = new Promise((_resolve, reject) => {
    timer = setTimeout(() => reject(unavailable()), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

function acquired(pool) {
  const waited = pool.getConnection();
  return within(CONNECTION_MS, waited).catch((error) => {
    // It may still come, and belongs to the others then.
    waited.then(
      (connection) => connection.release(),
      () => undefined,
    );
    throw error;
  });
}

const quote = (name) => `\`${name}\``;

function runner(connection) {
  return (sql, values = []) =>
    translated(async () => {
      const [result] = await within(STATEMENT_MS, connection.execute(sql, values));
      return result;
    });
}

function actions(run) {
  const find = async (table, where) => {
    const rows = await run(
      `SELECT * FROM ${quote(table)} WHERE ${conditions(where)} LIMIT 1`,
      encoded(table, where),
    );
    return rows[0] && decoded(table, rows[0]);
  };

  return {
    find,

    async insert(table, values) {
      const { key } = tables[table];
      const names = Object.keys(values);
      const { insertId } = await run(
        `INSERT INTO ${quote(table)} (${names.map(quote).join(", ")}) VALUES (${names.map(() => "?").join(", ")})`,
        encoded(table, values),
      );
      return find(table, { [key]: values[key] ?? String(insertId) });
    },

    /** Up to `limit` rows by their key, those behind `after` alone. */
    async page(table, { after, limit }) {
      const key = quote(tables[table].key);
      const behind = after === undefined ? "" : `WHERE ${key} > ?`;
      const rows = await run(
        `SELECT * FROM ${quote(table)} ${behind} ORDER BY ${key} LIMIT ${Math.trunc(limit)}`,
        after === undefined ? [] : [after],
      );
      return rows.map((row) => decoded(table, row));
    },

    /** Changes the rows that fit, and tells how many did. */
    async update(table, where, values) {
      const changes = Object.keys(values).map((name) => `${quote(name)} = ?`);
      const { affectedRows } = await run(
        `UPDATE ${quote(table)} SET ${changes.join(", ")} WHERE ${conditions(where)}`,
        [...encoded(table, values), ...encoded(table, where)],
      );
      return affectedRows;
    },

    async remove(table, where) {
      await run(`DELETE FROM ${quote(table)} WHERE ${conditions(where)}`, encoded(table, where));
    },

    /**
     * Takes up to `limit` messages that are due out of the others' reach until `until`. To be called in a transaction,
     * whose locks are gone before a message is on its way.
     */
    async claim({ now, until, oldest, limit }) {
      const rows = await run(
        `SELECT * FROM \`outbox\`
         WHERE \`next_attempt_at\` <= ? AND (\`leased_until\` IS NULL OR \`leased_until\` < ?) AND \`created_at\` > ?
         ORDER BY \`next_attempt_at\` LIMIT ${Math.trunc(limit)} FOR UPDATE SKIP LOCKED`,
        [now, now, oldest],
      );
      for (const { id } of rows)
        await run("UPDATE `outbox` SET `leased_until` = ?, `attempts` = `attempts` + 1 WHERE `id` = ?", [
          until,
          id,
        ]);
      return rows.map((row) => ({ ...decoded("outbox", row), attempts: row.attempts + 1 }));
    },
  };
}

/** Upper and lower case of an e-mail address are the same: the column's collation says so. */
function conditions(where) {
  return Object.keys(where)
    .map((name) => `${quote(name)} = ?`)
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
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, value === null ? null : shownAs(columns[name], value)]),
  );
}

function shownAs(type, value) {
  if (type === "integer" || type === "money_cents") return Number(value);
  if (type === "boolean") return Boolean(value);
  if (type === "id" || type === "bigint") return String(value);
  return type === "json" ? JSON.parse(value) : value;
}

const REFERENCE = ["ER_NO_REFERENCED_ROW", "ER_NO_REFERENCED_ROW_2"];
/** Also a disk that is full, and a server that has become a read-only copy. */
const AWAY =
  /^(?:ECONN|EPIPE|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOENT|PROTOCOL_|POOL_|ER_SERVER_SHUTDOWN|ER_NORMAL_SHUTDOWN|ER_CON_COUNT_ERROR|ER_TOO_MANY_USER_CONNECTIONS|ER_CONNECTION_KILLED|ER_ACCESS_DENIED|ER_LOCK_|ER_QUERY_INTERRUPTED|ER_STATEMENT_TIMEOUT|ER_DISK_FULL|ER_RECORD_FILE_FULL|ER_OPTION_PREVENTS_STATEMENT)/;
const CLOSED = /closed state|Pool is closed|Queue limit|No connections available/i;

async function translated(work) {
  try {
    return await work();
  } catch (error) {
    throw Object.assign(problemFor(error), { cause: error });
  }
}

function problemFor(error) {
  const { code = "", sqlState = "", message } = error;
  if (error instanceof Problem) return error;
  if (code === "ER_DUP_ENTRY") return new Problem(409, "There is one like this already.");
  if (REFERENCE.includes(code)) {
    const column = /FOREIGN KEY \(`(\w+)`\)/.exec(message)?.[1] ?? "";
    return invalidField(column, "refers to something that is not there");
  }
  if (code === "WARN_DATA_TRUNCATED" || /^2[23]/.test(sqlState))
    return new Problem(400, "A value cannot be stored.");
  if (AWAY.test(code) || CLOSED.test(message)) return unavailable();
  return error;
}
