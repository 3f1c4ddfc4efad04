// One connection to either kind of server, for statements of our own.
import mysql from "mysql2/promise";
import pg from "pg";

export type Row = Readonly<Record<string, unknown>>;

export interface Connected {
  /** Carries out one statement. Rejects with the driver's error, whose `code` is the server's. */
  rows(sql: string, values?: readonly (string | number | null)[]): Promise<readonly Row[]>;
  close(): Promise<void>;
}

const PATIENCE_MS = 10_000;

export function isPostgresUrl(url: string): boolean {
  return /^postgres(?:ql)?:\/\//.test(url);
}

/** `files`: a text may hold several statements, as a file does. PostgreSQL takes them anyway. */
export function connect(url: string, files = false): Promise<Connected> {
  return isPostgresUrl(url) ? connectPostgres(url) : connectMysql(url, files);
}

async function connectPostgres(url: string): Promise<Connected> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: PATIENCE_MS });
  // A server that ends meanwhile is told by the next statement.
  client.on("error", () => undefined);
  try {
    await client.connect();
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
  return {
    rows: async (sql, values) => {
      // Of several statements the last one's rows count.
      const results = await client.query<Row>(sql, values === undefined ? undefined : [...values]);
      return (Array.isArray(results) ? results.at(-1) : results)?.rows ?? [];
    },
    close: () => client.end().catch(() => undefined),
  };
}

async function connectMysql(url: string, files: boolean): Promise<Connected> {
  const connection = await mysql.createConnection({
    uri: url.replace(/^mariadb:/, "mysql:"),
    connectTimeout: PATIENCE_MS,
    charset: "utf8mb4",
    multipleStatements: files,
    timezone: "Z",
    dateStrings: true,
    supportBigNumbers: true,
    bigNumberStrings: true,
  });
  connection.on("error", () => undefined);
  return {
    rows: async (sql, values) => {
      const [rows] = await connection.query(sql, values === undefined ? undefined : [...values]);
      return Array.isArray(rows) ? (rows as readonly Row[]) : [];
    },
    close: () => connection.end().catch(() => connection.destroy()),
  };
}

/** The same server, another database or account. */
export function urlWith(
  url: string,
  change: { readonly database?: string; readonly user?: string; readonly password?: string },
): string {
  const changed = new URL(url);
  if (change.database !== undefined) changed.pathname = `/${encodeURIComponent(change.database)}`;
  if (change.user !== undefined) changed.username = encodeURIComponent(change.user);
  if (change.password !== undefined) changed.password = encodeURIComponent(change.password);
  return changed.href;
}
