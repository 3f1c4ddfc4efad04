// Migrations on PostgreSQL: each file is one transaction, together with its line in the ledger.
import pg from "pg";

/** Any number that nobody else locks in this database. */
const LOCK = 7_226_001;

export async function open(url) {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on("error", () => undefined); // told by the next statement
  await client.connect();

  async function together(text, sql, values) {
    await client.query("BEGIN");
    try {
      await client.query(text);
      await client.query(sql, values);
      await client.query("COMMIT");
    } catch (error) {
      await client.query("ROLLBACK").catch(() => undefined);
      throw error;
    }
  }

  return {
    async prepare() {
      // Neither another migration nor a long transaction is waited for without end. The lock ends with the connection.
      await client.query("SET lock_timeout = '60s'");
      await client.query("SELECT pg_advisory_lock($1)", [LOCK]);
      await client.query(`CREATE TABLE IF NOT EXISTS migration_ledger (
        name varchar(200) PRIMARY KEY,
        sha256 char(64) NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT now()
      )`);
    },
    async ledger() {
      const there = await client.query("SELECT to_regclass('migration_ledger') IS NOT NULL AS there");
      if (!there.rows[0].there) return [];
      const { rows } = await client.query("SELECT name, sha256 FROM migration_ledger ORDER BY name");
      return rows.map((row) => ({ ...row, finished: true }));
    },
    async apply({ name, text, sha256 }) {
      try {
        await together(text, "INSERT INTO migration_ledger (name, sha256) VALUES ($1, $2)", [name, sha256]);
      } catch (error) {
        throw new Error(`${name} failed, and nothing of it is left: ${error.message}`, { cause: error });
      }
    },
    async revert(name, text) {
      try {
        await together(text, "DELETE FROM migration_ledger WHERE name = $1", [name]);
      } catch (error) {
        throw new Error(`${name} could not be taken back, and is still whole: ${error.message}`, {
          cause: error,
        });
      }
    },
    close: () => client.end(),
  };
}
