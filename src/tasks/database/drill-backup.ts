// The backup: taken as its own account, cut off, restored for real, compared.
import { createHash } from "node:crypto";
import { copyFile, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ProbeResult } from "../answer.ts";
import { type Connected, urlWith } from "./connection.ts";
import { createSecond, type Drill, restoredName, within } from "./drill.ts";
import { insert } from "./drill-access.ts";
import { LEDGER, type Role, roleName } from "./names.ts";
import { probes, type Seen } from "./probes.ts";
import { type Env, type Ran, runProgram } from "./programs.ts";
import { quoteName } from "./quote.ts";
import { capacity, type Stored, seedRow } from "./seed.ts";

const DUMP = "drill.dump";

export async function backupProbes(part: Drill, stored: Stored): Promise<readonly ProbeResult[]> {
  const { probe, results } = probes("backup");
  const target = restoredName(part.model);
  const taken = await probe("backup.sh as the backup account", "a file and its checksum", () => take(part));
  if (!taken) return results;
  await createSecond(part);
  await probe("restore.sh of a backup that was cut off", "refused by its checksum, nothing restored", () =>
    cutOff(part, target, "checksum"),
  );
  await probe(
    "restore.sh of a backup that is not whole though its checksum fits",
    "refused, nothing restored",
    () => cutOff(part, target, "content"),
  );
  const restored = await probe("restore.sh as the owner, into an empty database", "carried out", async () =>
    outcome(await script(part, "restore.sh", DUMP, "owner", target)),
  );
  if (!restored) return results;
  await probe("every row after the restore", "counts and contents of every table are the same", () =>
    compareRows(part, target),
  );
  await probe("the schema after the restore", "the same tables, columns, indexes and constraints", () =>
    compareSchema(part, target),
  );
  await probe("a row after the restore", "gets a key that no other row has", () =>
    nextRow(part, target, stored),
  );
  await probe("restore.sh into a database that is not empty", "refused", async () => {
    const ran = await script(part, "restore.sh", DUMP, "owner", target);
    return { ok: ran.code === 2 && /not empty/.test(ran.output), seen: ran.output };
  });
  await probe("connection-config.js as the application", "connects and reads", () => connects(part));
  return results;
}

function outcome(ran: Ran): Seen {
  return { ok: ran.code === 0, seen: ran.output };
}

/** The scripts' own variables. Passwords are in the environment, never among the arguments. */
function scriptEnv(part: Drill, role: Role, database: string): Env {
  const { hostname, port, searchParams } = new URL(part.scratch.adminUrl);
  const user = roleName(part.model.name, role);
  const password = part.password(role);
  const mode = searchParams.get("sslmode");
  return part.dialect === "postgresql"
    ? {
        ...part.env,
        PGHOST: hostname,
        PGPORT: port === "" ? "5432" : port,
        PGUSER: user,
        PGPASSWORD: password,
        PGDATABASE: database,
        ...(mode === null ? {} : { PGSSLMODE: mode }),
      }
    : {
        ...part.env,
        MYSQL_HOST: hostname,
        MYSQL_TCP_PORT: port === "" ? "3306" : port,
        MYSQL_USER: user,
        MYSQL_PWD: password,
        MYSQL_DATABASE: database,
      };
}

function script(part: Drill, name: string, file: string, role: Role, database: string): Promise<Ran> {
  const { dir, signal } = part;
  return runProgram(["sh", name, file], { env: scriptEnv(part, role, database), cwd: dir, signal });
}

async function take(part: Drill): Promise<Seen> {
  const ran = await script(part, "backup.sh", DUMP, "backup", part.model.name);
  if (ran.code !== 0) return outcome(ran);
  const size = (await readFile(join(part.dir, DUMP))).length;
  const sum = await readFile(join(part.dir, `${DUMP}.sha256`), "utf8");
  return { ok: size > 0 && /^[0-9a-f]{64} /.test(sum), seen: `${size} bytes` };
}

/** Four fifths of the backup: its beginning, with the list of what it should hold, is whole. */
async function cutOff(part: Drill, target: string, noticed: "checksum" | "content"): Promise<Seen> {
  const [whole, cut] = [join(part.dir, DUMP), join(part.dir, `cut-${noticed}.dump`)];
  await copyFile(whole, cut);
  await truncate(cut, Math.floor((await readFile(whole)).length * 0.8));
  const sum = createHash("sha256")
    .update(await readFile(noticed === "content" ? cut : whole))
    .digest("hex");
  await writeFile(`${cut}.sha256`, `${sum}  cut-${noticed}.dump\n`);
  const ran = await script(part, "restore.sh", `cut-${noticed}.dump`, "owner", target);
  const left = await within(part.urlOf("owner", target), (owner) => tableCount(part, owner));
  if (ran.code === 0) return { ok: false, seen: "restored as if it were whole" };
  const told = noticed === "content" || /not what was backed up/.test(ran.output);
  return { ok: told && left === 0, seen: left === 0 ? ran.output : `${left} tables were restored` };
}

async function tableCount({ dialect }: Drill, database: Connected): Promise<number> {
  const schema = dialect === "postgresql" ? "'public'" : "DATABASE()";
  const rows = await database.rows(
    `SELECT COUNT(*) AS n FROM information_schema.tables WHERE table_schema = ${schema}`,
  );
  return Number(rows[0]?.n);
}

async function compareRows(part: Drill, target: string): Promise<Seen> {
  const names = [...part.model.tables.map(({ name }) => name), LEDGER];
  const contents = (database: string) =>
    within(part.urlOf("owner", database), async (owner) => {
      const lines: string[] = [];
      for (const name of names) lines.push(`${name} ${await contentOf(part, owner, name)}`);
      return lines;
    });
  const [before, after] = [await contents(part.model.name), await contents(target)];
  const wrong = before.filter((line, index) => line !== after[index]);
  return wrong.length > 0
    ? { ok: false, seen: `other than before: ${wrong.map((line) => line.split(" ")[0]).join(", ")}` }
    : { ok: true, seen: `${before.length} tables are the same` };
}

/** Count and digest of all rows of a table. */
async function contentOf({ dialect }: Drill, database: Connected, table: string): Promise<string> {
  const name = quoteName(dialect, table);
  const [counted] = await database.rows(`SELECT COUNT(*) AS n FROM ${name}`);
  const sql =
    dialect === "postgresql"
      ? `SELECT md5(coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '')) AS "Checksum" FROM ${name} t`
      : `CHECKSUM TABLE ${name} EXTENDED`;
  const [row] = await database.rows(sql);
  return `${String(counted?.n)} ${String(row?.Checksum)}`;
}

async function compareSchema(part: Drill, target: string): Promise<Seen> {
  const [before, after] = [await schemaText(part, part.model.name), await schemaText(part, target)];
  const lines = before.split("\n");
  const other = new Set(after.split("\n"));
  const missing = lines.find((line) => !other.has(line));
  return before === after
    ? { ok: true, seen: `${lines.length} lines of definitions are the same` }
    : { ok: false, seen: `different, first: ${missing ?? "what is more after the restore"}` };
}

async function schemaText(part: Drill, database: string): Promise<string> {
  if (part.dialect === "mysql")
    return within(part.urlOf("owner", database), (owner) => tableTexts(part, owner));
  const words = ["pg_dump", "--no-password", "--schema-only", "--no-owner", "--no-privileges"];
  const ran = await runProgram(words, { env: scriptEnv(part, "owner", database), signal: part.signal });
  if (ran.code !== 0) throw new Error(ran.output);
  // Newer ones mark each dump with a word that is never the same.
  return ran.output
    .split("\n")
    .filter((line) => !/^(?:--|\\(?:un)?restrict |$)/.test(line))
    .join("\n");
}

async function tableTexts({ dialect, model }: Drill, owner: Connected): Promise<string> {
  const texts: string[] = [];
  for (const { name } of model.tables) {
    const [row] = await owner.rows(`SHOW CREATE TABLE ${quoteName(dialect, name)}`);
    texts.push(String(row?.["Create Table"]).replace(/ AUTO_INCREMENT=\d+/, ""));
  }
  return texts.join("\n");
}

async function nextRow(part: Drill, target: string, stored: Stored): Promise<Seen> {
  const { model, dialect } = part;
  const table = model.tables.find((one) => {
    const count = stored.get(one.name)?.length ?? 0;
    return one.columns.some(({ type }) => type === "id") && capacity(one, stored) > count;
  });
  if (table === undefined) return { ok: true, seen: "no table counts its rows and has room for another" };
  const count = stored.get(table.name)?.length ?? 0;
  return within(part.urlOf("owner", target), async (owner) => {
    await insert(dialect, owner, table.name, seedRow(model, table, count, stored));
    const key = quoteName(dialect, table.primaryKey[0] ?? "id");
    const [row] = await owner.rows(
      `SELECT MAX(${key}) AS k, COUNT(DISTINCT ${key}) AS n FROM ${quoteName(dialect, table.name)}`,
    );
    return {
      ok: Number(row?.n) === count + 1 && Number(row?.k) > count,
      seen: `${table.name} has ${String(row?.n)} keys, the last is ${String(row?.k)}`,
    };
  });
}

const CONNECTS: Readonly<Record<Drill["dialect"], string>> = {
  postgresql: `import pg from "pg";
    const pool = new pg.Pool(connectionConfig());
    console.log("connected as", (await pool.query("SELECT current_user AS who")).rows[0].who);
    await pool.end();`,
  mysql: `import mysql from "mysql2/promise";
    const pool = mysql.createPool(connectionConfig());
    console.log("connected as", (await pool.query("SELECT CURRENT_USER() AS who"))[0][0].who);
    await pool.end();`,
};

async function connects(part: Drill): Promise<Seen> {
  const program = `import { connectionConfig } from "./connection-config.js";\n${CONNECTS[part.dialect]}`;
  const url = urlWith(part.urlOf("app"), {}).replace(/^mariadb:/, "mysql:");
  const ran = await runProgram(["node", "--input-type=module", "--eval", program], {
    env: { ...part.env, DATABASE_URL: url },
    cwd: part.dir,
    signal: part.signal,
  });
  return { ok: ran.code === 0 && ran.output.includes(roleName(part.model.name, "app")), seen: ran.output };
}
