// Migrations: up, again, down, up by two at once; an edited file.
import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ProbeResult } from "../answer.ts";
import { createSecond, type Drill, dropSecond, restoredName, within } from "./drill.ts";
import {
  columnsMeant,
  columnsThere,
  difference,
  everythingThere,
  objectsThere,
  referencesMeant,
  referencesThere,
} from "./look.ts";
import { migrate, migrationNames } from "./migrate.ts";
import { LEDGER } from "./names.ts";
import { type Probes, probes, type Seen } from "./probes.ts";
import { quoteName } from "./quote.ts";

export interface Migrated {
  readonly results: readonly ProbeResult[];
  /** Everything is applied, and what follows can be tried. */
  readonly ready: boolean;
}

export async function migrationProbes(part: Drill): Promise<Migrated> {
  const { probe, results } = probes("migrations");
  const names = await migrationNames(part.dir);
  const count = names.length;
  const all = `${count} in the ledger, once each`;
  const up = await probe("migrate.js up", all, () => ran(part, ["up"], names));
  await probe("grants.sql, twice", "carried out, again without harm", () => granted(part));
  if (!up) return { results, ready: false };
  await schemaProbes(part, { probe, results });
  await probe("schema.sql in a database of its own", "the same columns, references and indexes", () =>
    schemaFile(part),
  );
  await probe("migrate.js up, again", "0 applied", () => again(part, names));
  await probe("migrate.js down", "no table, sequence or function is left", () => down(part, count));
  const both = await probe("migrate.js up by two processes at once", `both end well, ${all}`, () =>
    together(part, names),
  );
  await probe("the schema after down and up", "the same as before", () => sameSchema(part));
  await probe("an applied file that was edited", "refused, and nothing is applied", () =>
    edited(part, names),
  );
  return { results, ready: both };
}

async function granted(part: Drill): Promise<Seen> {
  await part.runSql("grants.sql");
  await part.runSql("grants.sql");
  return { ok: true, seen: "carried out twice" };
}

async function ledgerOf(part: Drill): Promise<readonly string[]> {
  const sql = `SELECT name FROM ${quoteName(part.dialect, LEDGER)} ORDER BY name`;
  return within(part.urlOf("owner"), async (owner) =>
    (await owner.rows(sql)).map(({ name }) => String(name)),
  );
}

async function ran(part: Drill, words: readonly string[], expected: readonly string[]): Promise<Seen> {
  const done = await migrate(part.dir, words, part.urlOf("owner"), part);
  if (done.code !== 0) return { ok: false, seen: done.output };
  const ledger = await ledgerOf(part);
  return { ok: ledger.join() === expected.join(), seen: `${ledger.length} in the ledger` };
}

async function schemaProbes(part: Drill, { probe }: Probes): Promise<void> {
  const { model, dialect } = part;
  await probe(
    "the columns",
    `${columnsMeant(model).length} columns of ${model.tables.length} tables`,
    async () => {
      const there = await within(part.urlOf("owner"), (owner) => columnsThere(owner, dialect));
      const wrong = difference(columnsMeant(model), there);
      return { ok: wrong === "", seen: wrong || `${there.length} columns, as they are in the task` };
    },
  );
  await probe("the references", referencesMeant(model).join(", ") || "none", async () => {
    const there = await within(part.urlOf("owner"), (owner) => referencesThere(owner, dialect));
    return { ok: difference(referencesMeant(model), there) === "", seen: there.join(", ") || "none" };
  });
}

async function schemaFile(part: Drill): Promise<Seen> {
  const { dialect, model } = part;
  const everything = (database: string) =>
    within(part.urlOf("owner", database), (owner) => everythingThere(owner, dialect));
  await createSecond(part);
  try {
    const sql = await readFile(join(part.dir, "schema.sql"), "utf8");
    await within(part.urlOf("owner", restoredName(model)), (owner) => owner.rows(sql));
    const there = await everything(restoredName(model));
    const wrong = difference(await everything(model.name), there);
    return { ok: wrong === "", seen: wrong || `${there.length} lines are the same` };
  } finally {
    await dropSecond(part);
  }
}

async function again(part: Drill, names: readonly string[]): Promise<Seen> {
  const done = await migrate(part.dir, ["up"], part.urlOf("owner"), part);
  const ledger = await ledgerOf(part);
  const none = done.code === 0 && /^0 applied/m.test(done.output) && ledger.join() === names.join();
  return { ok: none, seen: done.output };
}

async function down(part: Drill, count: number): Promise<Seen> {
  const done = await migrate(part.dir, ["down", String(count)], part.urlOf("owner"), part);
  if (done.code !== 0) return { ok: false, seen: done.output };
  const left = await within(part.urlOf("owner"), (owner) => objectsThere(owner, part.dialect));
  return { ok: left.length === 0, seen: left.length === 0 ? "nothing is left" : `left: ${left.join(", ")}` };
}

async function sameSchema(part: Drill): Promise<Seen> {
  const there = await within(part.urlOf("owner"), (owner) => columnsThere(owner, part.dialect));
  const wrong = difference(columnsMeant(part.model), there);
  return { ok: wrong === "", seen: wrong || `${there.length} columns` };
}

/** Nobody may write the ledger until both stand before it: whoever does not lock is certain to collide. */
async function together(part: Drill, names: readonly string[]): Promise<Seen> {
  const url = part.urlOf("owner");
  const [one, other] = await within(adminUrl(part), async (holder) => {
    await hold(part, holder);
    const both = Promise.all([migrate(part.dir, ["up"], url, part), migrate(part.dir, ["up"], url, part)]);
    await Promise.race([bothWait(part), both]);
    await holder.rows(part.dialect === "postgresql" ? "COMMIT" : "UNLOCK TABLES");
    return both;
  });
  const ledger = await ledgerOf(part);
  const ended = one.code === 0 && other.code === 0;
  return {
    ok: ended && ledger.join() === names.join(),
    seen: ended ? `both ended well, ${ledger.length} in the ledger` : `${one.output} ${other.output}`,
  };
}

function adminUrl({ scratch, model }: Drill): string {
  const url = new URL(scratch.adminUrl);
  url.pathname = `/${model.name}`;
  return url.href;
}

async function hold({ dialect }: Drill, holder: { rows(sql: string): Promise<unknown> }): Promise<void> {
  const ledger = quoteName(dialect, LEDGER);
  if (dialect === "mysql") await holder.rows(`LOCK TABLES ${ledger} READ`);
  else await holder.rows(`BEGIN; LOCK TABLE ${ledger} IN SHARE MODE`);
}

const WAITING = {
  postgresql: (name: string) =>
    `SELECT count(*) AS n FROM pg_stat_activity WHERE datname = '${name}' AND wait_event_type = 'Lock'`,
  mysql: (name: string) =>
    `SELECT COUNT(*) AS n FROM information_schema.processlist WHERE db = '${name}' AND (state LIKE 'Waiting%' OR state = 'User lock')`,
} as const;
const BOTH_WITHIN_MS = 15_000;

async function bothWait({ dialect, admin, model }: Drill): Promise<void> {
  const until = performance.now() + BOTH_WITHIN_MS;
  while (performance.now() < until) {
    const [row] = await admin.rows(WAITING[dialect](model.name));
    if (Number(row?.n) >= 2) return;
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

async function edited(part: Drill, names: readonly string[]): Promise<Seen> {
  const file = join(part.dir, "migrations", `${names[0] ?? ""}.up.sql`);
  const text = await readFile(file, "utf8");
  await appendFile(file, "\n-- edited\n");
  try {
    const done = await migrate(part.dir, ["up"], part.urlOf("owner"), part);
    const ledger = await ledgerOf(part);
    return {
      ok: done.code !== 0 && ledger.join() === names.join(),
      seen: done.code === 0 ? "taken" : done.output,
    };
  } finally {
    await writeFile(file, text);
  }
}
