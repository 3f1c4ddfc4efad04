// Migrations on MySQL and MariaDB. These commit every change of a table by itself: the ledger counts the statements of
// a file, so that one that stopped half-way goes on from there.
import { createHash } from "node:crypto";
import mysql from "mysql2/promise";

/** The pieces of a text: quoted ones and comments whole. */
const PIECES =
  /'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`[^`]*`|--(?=\s)[^\n]*|#[^\n]*|\/\*.*?\*\/|;|[^'"`\-#/;]+|./gs;
const COMMENT = /^(?:--|#|\/\*(?!!))/;

/** A statement ends with a `;` that is neither quoted nor in a comment. Bodies of triggers and procedures are not read. */
export function statementsOf(text) {
  const statements = [""];
  for (const piece of text.match(PIECES) ?? []) {
    if (piece === ";") statements.push("");
    else if (piece.length < 2 || !COMMENT.test(piece)) statements[statements.length - 1] += piece;
  }
  return statements.map((statement) => statement.trim()).filter((statement) => statement !== "");
}

function hash(statements) {
  return createHash("sha256").update(statements.join(";\n")).digest("hex");
}

export async function open(url) {
  const connection = await mysql.createConnection({
    uri: url,
    connectTimeout: 10_000,
    charset: "utf8mb4",
    timezone: "Z",
  });
  connection.on("error", () => undefined); // told by the next statement

  async function carryOut(name, statements, from, done) {
    for (const [index, statement] of statements.entries()) {
      if (index < from) continue;
      try {
        await connection.query(statement);
      } catch (error) {
        const where = `${name} stopped at statement ${index + 1} of ${statements.length}`;
        throw new Error(`${where}; those before it stay: ${error.message}`, { cause: error });
      }
      await done(index + 1);
    }
  }

  return {
    async prepare() {
      await connection.query("SET time_zone = '+00:00', lock_wait_timeout = 60");
      // The name is the server's; the lock ends with the connection.
      const [[{ got }]] = await connection.query(
        "SELECT GET_LOCK(CONCAT('migrate:', MD5(DATABASE())), 60) AS got",
      );
      if (Number(got) !== 1) throw new Error("another migration has been running for a minute");
      await connection.query(`CREATE TABLE IF NOT EXISTS migration_ledger (
        name VARCHAR(200) PRIMARY KEY,
        sha256 CHAR(64) NOT NULL,
        statements INT NOT NULL,
        applied_at DATETIME(6) NULL
      ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
    },
    async ledger() {
      const [tables] = await connection.query("SHOW TABLES LIKE 'migration_ledger'");
      if (tables.length === 0) return [];
      const [rows] = await connection.query(
        "SELECT name, sha256, statements, applied_at FROM migration_ledger ORDER BY name",
      );
      return rows.map((row) => ({ ...row, finished: row.applied_at !== null }));
    },
    async apply({ name, text, sha256 }, started) {
      const statements = statementsOf(text);
      const from = started?.statements ?? 0;
      if (started !== undefined && hash(statements.slice(0, from)) !== started.sha256)
        throw new Error(
          `${name} stopped after ${from} statements, which were edited since: put them back as they were`,
        );
      if (started === undefined)
        await connection.query("INSERT INTO migration_ledger (name, sha256, statements) VALUES (?, ?, 0)", [
          name,
          hash([]),
        ]);
      await carryOut(name, statements, from, (count) =>
        connection.query("UPDATE migration_ledger SET statements = ?, sha256 = ? WHERE name = ?", [
          count,
          hash(statements.slice(0, count)),
          name,
        ]),
      );
      await connection.query(
        "UPDATE migration_ledger SET sha256 = ?, applied_at = UTC_TIMESTAMP(6) WHERE name = ?",
        [sha256, name],
      );
    },
    async revert(name, text) {
      await carryOut(name, statementsOf(text), 0, () => undefined);
      await connection.query("DELETE FROM migration_ledger WHERE name = ?", [name]);
    },
    close: () => connection.end(),
  };
}
