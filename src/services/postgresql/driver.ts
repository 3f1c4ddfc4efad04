// PostgreSQL by the pg package: one connection, made when it is first needed.
import pg from "pg";
import { failureOf, MENDED_MS, patienceMs, recordOf, secretsOf, verdict } from "../record.ts";
import type { Driver, Occurrence, OpenParts, Outcome, Verdict } from "../service.ts";

type Values = Readonly<Record<string, string>>;

const EXPECTED = "a session as the user, on the database";

export const driver: Driver = {
  open(values, _mode, parts) {
    const session = createSession(values, parts);
    return {
      prove: () => prove(values, session),
      send: (occurrence) => insert(values, parts, session, occurrence),
      close: session.close,
    };
  },
};

interface Session {
  query(text: string, values?: readonly unknown[]): Promise<pg.QueryResult>;
  close(): Promise<void>;
}

/** One connection for all who ask meanwhile; one that broke is made anew for the next query. */
function createSession({ url = "" }: Values, parts: OpenParts): Session {
  let coming: Promise<pg.Client> | undefined;
  const drop = async () => {
    const old = coming;
    coming = undefined;
    await old?.then((client) => client.end()).catch(() => {});
  };
  const connect = async (gone: () => void): Promise<pg.Client> => {
    const client = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: patienceMs(parts),
      query_timeout: patienceMs(parts),
      application_name: "ainstein-cms",
    });
    // Without a listener, a server that goes away while nothing is asked would end the program.
    client.on("error", gone);
    await client.connect();
    return client;
  };
  const start = (): Promise<pg.Client> => {
    const mine = connect(() => {
      if (coming === mine) coming = undefined;
    });
    return mine;
  };
  return {
    async query(text, values = []) {
      coming ??= start();
      try {
        return await (await coming).query(text, [...values]);
      } catch (thrown) {
        // One whose query timed out still waits for its answer: the next would get that one's.
        if (!(thrown instanceof pg.DatabaseError) || thrown.severity === "FATAL") await drop();
        throw thrown;
      }
    },
    close: drop,
  };
}

async function prove({ url = "", table = "" }: Values, { query }: Session): Promise<Verdict> {
  try {
    const { rows } = await query(
      `select current_user as "user", current_database() as "database", current_setting('server_version') as "version",
        pg_is_in_recovery() as "standby", to_regclass($1)::text as "table"`,
      [quoted(table)],
    );
    const row = rows[0] as Readonly<Record<string, string | boolean | null>>;
    const hint = hintFor(row, table);
    return verdict("verified", EXPECTED, `a session as ${String(row.user)} on ${String(row.database)}`, {
      account: `${String(row.user)}@${String(row.database)}`,
      details: { version: String(row.version) },
      ...(hint === undefined ? {} : { hint }),
    });
  } catch (thrown) {
    return refusal(thrown, url);
  }
}

function hintFor(row: Readonly<Record<string, string | boolean | null>>, table: string): string | undefined {
  if (row.standby === true)
    return "This server is a standby, which takes no rows: give the primary's address.";
  if (row.table !== null) return undefined;
  return `There is no table ${table} yet: create table ${table} (id uuid primary key, point text not null, at timestamptz not null, fields jsonb not null).`;
}

function refusal(thrown: unknown, url: string): Verdict {
  const { code, words } = failureOf(thrown, secretsOf(url));
  const seen = code === "" ? words : `${words} (${code})`;
  if (code === "28P01" || code === "28000" || /SASL|password must be a string/i.test(words)) {
    return verdict("refused", EXPECTED, seen, {
      hint: "Look at user and password, and at pg_hba.conf for this machine.",
    });
  }
  if (code === "3D000")
    return verdict("refused", EXPECTED, seen, { hint: "There is no such database on this server." });
  if (/does not support SSL/i.test(words)) {
    return verdict("refused", EXPECTED, "the server takes no TLS", {
      hint: "Leave sslmode out, or enable TLS on the server.",
    });
  }
  return verdict("unreachable", EXPECTED, seen);
}

async function insert(
  { url = "", table = "" }: Values,
  { fields }: OpenParts,
  { query }: Session,
  occurrence: Occurrence,
): Promise<Outcome> {
  const { id, point, at, fields: kept } = recordOf(occurrence, fields);
  try {
    const { rowCount } = await query(
      `insert into ${quoted(table)} (id, point, at, fields) values ($1, $2, $3, $4) on conflict (id) do nothing`,
      [id, point, at, JSON.stringify(kept)],
    );
    return { state: "sent", detail: rowCount === 0 ? "was there already" : `a row of ${table}` };
  } catch (thrown) {
    const { code, words } = failureOf(thrown, secretsOf(url));
    const why = code === "" ? words : `${words} (${code})`;
    // Values that its columns do not take will not be taken later.
    if (/^2[23]/.test(code)) return { state: "refused", why };
    return /^(?:28|3D|42)/.test(code) ? { state: "retry", why, waitMs: MENDED_MS } : { state: "retry", why };
  }
}

/** The field's form allows nothing that would have to be escaped; quotes keep the name from being a key word. */
function quoted(table: string): string {
  return table
    .split(".")
    .map((part) => `"${part.replaceAll('"', '""')}"`)
    .join(".");
}
