// Migrations: up, again, down, up by two at once; an edited file.
import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ProbeResult } from "../answer.ts";
import { type Drill, type Ground, within } from "./drill.ts";
import {
  columnsMeant,
  columnsThere,
  difference,
  everythingThere,
  objectsThere,
  referencesMeant,
  referencesThere,
} from "./look.ts";
import { migrationNames } from "./migrate.ts";
import { LEDGER } from "./names.ts";
import { type Probes, probes, type Seen } from "./probes.ts";
import type { Ran } from "./programs.ts";
import { quoteName } from "./quote.ts";

export interface Migrated {
  readonly results: readonly ProbeResult[];
  /** Everything is applied, and what follows can be tried. */
  readonly ready: boolean;
}

export const TWICE = "migrate.js up by two processes at once";

export async function migrationProbes(part: Ground): Promise<Migrated> {
  const { probe, results } = probes("migrations");
  const names = await migrationNames(part.dir);
  const count = names.length;
  const all = `${count} in the ledger, once each`;
  const up = await probe("migrate.js up", all, () => ran(part, ["up"], names));
  await probe("grants.sql, twice", "carried out, again without harm", () => granted(part));
  if (!up) return { results, ready: false };
  await schemaProbes(part, { probe, results });
  await probe("schema.sql in an empty database", "the same columns, references and indexes", () =>
    schemaFile(part),
  );
  await probe("migrate.js up, again", "0 applied", () => again(part, names));
  await probe("migrate.js down", "no table, sequence or function is left", () => down(part, count));
  const { twice } = part;
  const back =
    twice === undefined
      ? await probe("migrate.js up, after down", all, () => ran(part, ["up"], names))
      : await probe(TWICE, `both end well, ${all}`, () => together(part, twice, names));
  await probe("the schema after down and up", "the same as before", () => sameSchema(part));
  await probe("an applied file that was edited", "refused, and nothing is applied", () =>
    edited(part, names),
  );
  return { results, ready: back };
}

async function granted(part: Ground): Promise<Seen> {
  await part.runSql("grants.sql");
  await part.runSql("grants.sql");
  return { ok: true, seen: "carried out twice" };
}

async function ledgerOf(part: Ground): Promise<readonly string[]> {
  const sql = `SELECT name FROM ${quoteName(part.dialect, LEDGER)} ORDER BY name`;
  return part.as("owner", async (owner) => (await owner.rows(sql)).map(({ name }) => String(name)));
}

async function ran(part: Ground, words: readonly string[], expected: readonly string[]): Promise<Seen> {
  const done = await part.migrate(words);
  if (done.code !== 0) return { ok: false, seen: done.output };
  const ledger = await ledgerOf(part);
  return { ok: ledger.join() === expected.join(), seen: `${ledger.length} in the ledger` };
}

async function schemaProbes(part: Ground, { probe }: Probes): Promise<void> {
  const { model, dialect } = part;
  await probe(
    "the columns",
    `${columnsMeant(model).length} columns of ${model.tables.length} tables`,
    async () => {
      const there = await part.as("owner", (owner) => columnsThere(owner, dialect));
      const wrong = difference(columnsMeant(model), there);
      return { ok: wrong === "", seen: wrong || `${there.length} columns, as they are in the task` };
    },
  );
  await probe("the references", referencesMeant(model).join(", ") || "none", async () => {
    const there = await part.as("owner", (owner) => referencesThere(owner, dialect));
    return { ok: difference(referencesMeant(model), there) === "", seen: there.join(", ") || "none" };
  });
}

async function schemaFile(part: Ground): Promise<Seen> {
  const { dialect } = part;
  const sql = await readFile(join(part.dir, "schema.sql"), "utf8");
  const there = await part.elsewhere(async (owner) => {
    await owner.rows(sql);
    return everythingThere(owner, dialect);
  });
  const migrated = await part.as("owner", (owner) => everythingThere(owner, dialect));
  const wrong = difference(migrated, there);
  return { ok: wrong === "", seen: wrong || `${there.length} lines are the same` };
}

async function again(part: Ground, names: readonly string[]): Promise<Seen> {
  const done = await part.migrate(["up"]);
  const ledger = await ledgerOf(part);
  const none = done.code === 0 && /^0 applied/m.test(done.output) && ledger.join() === names.join();
  return { ok: none, seen: done.output };
}

async function down(part: Ground, count: number): Promise<Seen> {
  const done = await part.migrate(["down", String(count)]);
  if (done.code !== 0) return { ok: false, seen: done.output };
  const left = await part.as("owner", (owner) => objectsThere(owner, part.dialect));
  return { ok: left.length === 0, seen: left.length === 0 ? "nothing is left" : `left: ${left.join(", ")}` };
}

async function sameSchema(part: Ground): Promise<Seen> {
  const there = await part.as("owner", (owner) => columnsThere(owner, part.dialect));
  const wrong = difference(columnsMeant(part.model), there);
  return { ok: wrong === "", seen: wrong || `${there.length} columns` };
}

async function together(
  part: Ground,
  twice: NonNullable<Ground["twice"]>,
  names: readonly string[],
): Promise<Seen> {
  const [one, other] = await twice();
  const ledger = await ledgerOf(part);
  const ended = one.code === 0 && other.code === 0;
  return {
    ok: ended && ledger.join() === names.join(),
    seen: ended ? `both ended well, ${ledger.length} in the ledger` : `${one.output} ${other.output}`,
  };
}

/** Nobody may write the ledger until both stand before it: whoever does not lock is certain to collide. */
export function upTwice(part: Drill): Promise<readonly [Ran, Ran]> {
  return within(adminUrl(part), async (holder) => {
    await hold(part, holder);
    const both = Promise.all([part.migrate(["up"]), part.migrate(["up"])]);
    await Promise.race([bothWait(part), both]);
    await holder.rows(part.dialect === "postgresql" ? "COMMIT" : "UNLOCK TABLES");
    return both;
  });
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

async function edited(part: Ground, names: readonly string[]): Promise<Seen> {
  const file = join(part.dir, "migrations", `${names[0] ?? ""}.up.sql`);
  const text = await readFile(file, "utf8");
  await appendFile(file, "\n-- edited\n");
  try {
    const done = await part.migrate(["up"]);
    const ledger = await ledgerOf(part);
    return {
      ok: done.code !== 0 && ledger.join() === names.join(),
      seen: done.code === 0 ? "taken" : done.output,
    };
  } finally {
    await writeFile(file, text);
  }
}
