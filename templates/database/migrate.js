// Applies the files of migrations/ in their order, once each, whoever runs this and however often.
//   node migrate.js up          applies what is not applied yet
//   node migrate.js down [n]    takes back the last one, or the last n
//   node migrate.js status      says which are applied
// DATABASE_URL names the database and the account that owns its tables.
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { open } from "./migrate-engine.js";

const DIR = new URL("migrations/", import.meta.url);

/** Something that a person has to put right. */
class Refusal extends Error {}

function say(line) {
  process.stdout.write(`${line}\n`);
}

/** The same on every system, whatever ends its lines. */
async function textOf(file) {
  return (await readFile(new URL(file, DIR), "utf8")).replaceAll("\r\n", "\n");
}

async function readMigrations() {
  const files = await readdir(DIR);
  const names = files
    .filter((file) => file.endsWith(".up.sql"))
    .map((file) => file.slice(0, -".up.sql".length));
  return Promise.all(
    names.sort().map(async (name) => {
      const text = await textOf(`${name}.up.sql`);
      return { name, text, sha256: createHash("sha256").update(text).digest("hex") };
    }),
  );
}

/** What is applied must be what the files say, and nothing may be missing before it. */
function checkLedger(ledger, migrations) {
  const finished = ledger.filter((row) => row.finished);
  for (const row of finished) {
    const file = migrations.find(({ name }) => name === row.name);
    if (file === undefined) throw new Refusal(`${row.name} is applied here, and its file is missing`);
    if (file.sha256 !== row.sha256)
      throw new Refusal(
        `${row.name} was edited after it was applied: undo that, and write another migration`,
      );
  }
  const last = finished.at(-1)?.name ?? "";
  const pending = migrations.filter(({ name }) => finished.every((row) => row.name !== name));
  const early = pending.find(({ name }) => name < last);
  if (early !== undefined)
    throw new Refusal(`${early.name} comes before ${last}, which is applied: give it a higher number`);
  return pending;
}

async function up(database, migrations) {
  const ledger = await database.ledger();
  const pending = checkLedger(ledger, migrations);
  for (const migration of pending) {
    await database.apply(
      migration,
      ledger.find((row) => row.name === migration.name),
    );
    say(`applied ${migration.name}`);
  }
  say(`${pending.length} applied, ${migrations.length - pending.length} were already`);
}

async function down(database, migrations, count) {
  const ledger = await database.ledger();
  checkLedger(ledger, migrations);
  const last = ledger.slice(-count).reverse();
  for (const { name } of last) {
    await database.revert(name, await textOf(`${name}.down.sql`));
    say(`taken back ${name}`);
  }
  say(`${last.length} taken back`);
}

async function status(database, migrations) {
  const ledger = await database.ledger();
  const pending = checkLedger(ledger, migrations);
  for (const { name } of migrations) {
    const started = ledger.some((row) => row.name === name && !row.finished);
    const open = pending.some((migration) => migration.name === name);
    say(`${started ? "stopped" : open ? "pending" : "applied"} ${name}`);
  }
}

async function main([command, count = "1", ...rest]) {
  const known = ["up", "down", "status"].includes(command);
  if (!known || rest.length > 0 || !/^[1-9]\d{0,3}$/.test(count))
    throw new Refusal("node migrate.js up | down [n] | status");
  const url = process.env.DATABASE_URL;
  if (url === undefined || url === "") throw new Refusal("DATABASE_URL is not set");
  const migrations = await readMigrations();
  const database = await open(url);
  try {
    // Nobody else migrates meanwhile; status looks, and needs no lock.
    if (command === "status") return await status(database, migrations);
    await database.prepare();
    return await (command === "up" ? up(database, migrations) : down(database, migrations, Number(count)));
  } finally {
    await database.close();
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`migrate: ${error.message}\n`);
  process.exitCode = error instanceof Refusal ? 2 : 1;
}
