// How an application connects: `mysql.createPool(connectionConfig())` of mysql2/promise.
import { readFileSync } from "node:fs";

const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];

/**
 * From DATABASE_URL, whose account should be the one that reads and writes rows. Anywhere but on this machine the
 * connection is encrypted and the server's certificate is checked, against DATABASE_CA_FILE where that is set.
 */
export function connectionConfig(env = process.env) {
  const text = env.DATABASE_URL ?? "";
  if (!text.startsWith("mysql://"))
    throw new Error("DATABASE_URL must be mysql://user:password@host/database");
  const url = new URL(text);
  const ca = env.DATABASE_CA_FILE === undefined ? {} : { ca: readFileSync(env.DATABASE_CA_FILE, "utf8") };
  return {
    uri: text,
    ...(url.searchParams.has("ssl") || LOOPBACK.includes(url.hostname)
      ? {}
      : { ssl: { rejectUnauthorized: true, ...ca } }),
    connectionLimit: 10,
    connectTimeout: 5_000,
    charset: "utf8mb4",
    // Times are UTC on both sides, and numbers too large for JavaScript are texts.
    timezone: "Z",
    supportBigNumbers: true,
    bigNumberStrings: true,
  };
}
