// The database that the task's owner names: migrations, when they say so, and nothing else.
import { delimiter } from "node:path";
import { Fault } from "../../lib/fault.ts";
import type { ProbeResult } from "../answer.ts";
import { type Connected, connect, isPostgresUrl } from "./connection.ts";
import { inCopy } from "./drill.ts";
import { columnsMeant, columnsThere, objectsThere } from "./look.ts";
import { migrate } from "./migrate.ts";
import { LEDGER } from "./names.ts";
import { npmCi } from "./npm.ts";
import { probes, type Seen } from "./probes.ts";
import { type Env, programDirs, type Ran } from "./programs.ts";
import type { SqlDialect } from "./quote.ts";
import { versionOf, wordsOf } from "./server.ts";
import type { DatabaseModel } from "./types.ts";

export interface TargetOptions {
  readonly env: Env;
  readonly signal?: AbortSignal | undefined;
  /** Without it nothing is written: what is pending is told. */
  readonly apply: boolean;
  /** Puts the packages of the copy in place; `npm ci` where left out. */
  readonly install?: (dir: string) => Promise<Ran>;
}

export interface Targeted {
  readonly proofs: readonly ProbeResult[];
  readonly host: string;
  readonly name: string;
  readonly version: string;
  /** Migrations that are not applied there, after this. */
  readonly pending: readonly string[];
}

interface Target {
  readonly dir: string;
  readonly url: string;
  readonly dialect: SqlDialect;
  readonly model: DatabaseModel;
  readonly owner: Connected;
  readonly env: Env;
  readonly signal: AbortSignal | undefined;
}

/**
 * Carries out the migrations of `dir` (a `databases/`) on the database that `url` names, whose account owns its tables.
 * Nothing is ever dropped, seeded or tried there. A ledger that does not fit the files, and tables that nobody's
 * migration has made, are failed proofs, and nothing is applied.
 */
export async function migrateTarget(
  dir: string,
  model: DatabaseModel,
  url: string,
  options: TargetOptions,
): Promise<Targeted> {
  const dialect = dialectFor(model, url);
  const owner = await reach(url);
  try {
    return await inCopy(dir, async (work) => {
      const path = `${(await programDirs(options.env)).join(delimiter)}${delimiter}${options.env.PATH ?? ""}`;
      const env = { PATH: path, HOME: options.env.HOME ?? work };
      const target: Target = { dir: work, url, dialect, model, owner, env, signal: options.signal };
      const { hostname, pathname } = new URL(url);
      const { version } = await versionOf(dialect, owner);
      const told = await tried(target, options);
      return { ...told, host: hostname, name: decodeURIComponent(pathname.slice(1)), version };
    });
  } finally {
    await owner.close();
  }
}

function dialectFor(model: DatabaseModel, url: string): SqlDialect {
  const dialect = isPostgresUrl(url) ? "postgresql" : "mysql";
  if (model.dialect !== dialect)
    throw new Fault("usage", `The given database is no ${model.dialect}`, {
      code: "tasks.server-wrong",
      hint: "Give the address of a database of the type that the task names.",
    });
  return dialect;
}

async function reach(url: string): Promise<Connected> {
  try {
    return await connect(url);
  } catch (error) {
    throw new Fault(
      "unavailable",
      `The database at ${new URL(url).host} does not take us: ${wordsOf(error)}`,
      {
        code: "server_unavailable",
        scope: "item",
        hint: "Check the address, the account and its password.",
        cause: error,
      },
    );
  }
}

async function tried(
  target: Target,
  { env, apply, install }: TargetOptions,
): Promise<Pick<Targeted, "proofs" | "pending">> {
  const { probe, results } = probes("target");
  let pending: readonly string[] = [];
  const ready =
    (await probe("npm ci --engine-strict", "every package of the lockfile is installed", async () => {
      const ran = await (install ?? ((at) => npmCi(at, { ...env, ...target.env }, target.signal)))(
        target.dir,
      );
      return { ok: ran.code === 0, seen: ran.code === 0 ? "installed" : ran.output };
    })) &&
    (await probe("the ledger of the target", "fits the migrations", async () => {
      const ran = await migrate(target.dir, ["status"], target.url, target);
      pending = [...ran.output.matchAll(/^(?:pending|stopped) (\S+)$/gm)].map(([, name]) => name ?? "");
      return { ok: ran.code === 0, seen: ran.output };
    })) &&
    (await probe("the tables of the target", "none that another hand has made stands in the way", () =>
      inTheWay(target),
    ));
  if (!ready || pending.length === 0) return { proofs: results, pending };
  if (!apply) {
    const told: ProbeResult = {
      name: "migrations on the target",
      about: "target",
      expected: "applied, with --apply",
      seen: `pending: ${pending.join(", ")}`,
      result: "skipped",
    };
    return { proofs: [...results, told], pending };
  }
  const applied = await probe("migrations on the target", `applied: ${pending.join(", ")}`, () => up(target));
  return { proofs: results, pending: applied ? [] : pending };
}

/** Tables of the model in a database that no migration has touched. */
async function inTheWay({ owner, dialect, model }: Target): Promise<Seen> {
  const there = await objectsThere(owner, dialect);
  const ours = model.tables.map(({ name }) => name).filter((name) => there.includes(name));
  if (ours.length === 0) return { ok: true, seen: "none" };
  const applied = await owner.rows(`SELECT COUNT(*) AS n FROM ${LEDGER}`).catch(() => []);
  return Number(applied[0]?.n ?? 0) > 0
    ? { ok: true, seen: "they are of earlier migrations" }
    : { ok: false, seen: `${ours.join(", ")} are there, and no migration has made them` };
}

async function up(target: Target): Promise<Seen> {
  const ran = await migrate(target.dir, ["up"], target.url, target);
  if (ran.code !== 0) return { ok: false, seen: ran.output };
  const there = await columnsThere(target.owner, target.dialect);
  const missing = columnsMeant(target.model).filter((line) => !there.includes(line));
  return {
    ok: missing.length === 0,
    seen: missing.length === 0 ? ran.output : `missing: ${missing.join(", ")}`,
  };
}
