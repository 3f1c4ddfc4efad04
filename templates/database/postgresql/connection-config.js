// How an application connects: `new pg.Pool(connectionConfig())`. Listen to the pool's `error` event, or a restart of
// the server ends your process.
import { readFileSync } from "node:fs";

const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];

/**
 * From DATABASE_URL, whose account should be the one that reads and writes rows. Anywhere but on this machine the
 * connection is encrypted and the server's certificate is checked, against DATABASE_CA_FILE where that is set.
 */
export function connectionConfig(env = process.env) {
  const text = env.DATABASE_URL ?? "";
  if (!/^postgres(ql)?:\/\//.test(text))
    throw new Error("DATABASE_URL must be postgresql://user:password@host/database");
  const url = new URL(text);
  const chosen = url.searchParams.has("sslmode") || url.searchParams.has("ssl");
  const ca = env.DATABASE_CA_FILE === undefined ? {} : { ca: readFileSync(env.DATABASE_CA_FILE, "utf8") };
  return {
    connectionString: text,
    ...(chosen || LOOPBACK.includes(url.hostname) ? {} : { ssl: { rejectUnauthorized: true, ...ca } }),
    max: 10,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    statement_timeout: 30_000,
    idle_in_transaction_session_timeout: 30_000,
  };
}
