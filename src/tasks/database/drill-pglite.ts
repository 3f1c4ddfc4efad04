// The part of a drill that needs no server: on PGlite, within this process. What cannot be tried there is told as such.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ProbeResult } from "../answer.ts";
import { type DrillOptions, type Ground, inCopy, installed, programEnv } from "./drill.ts";
import { accessProbes } from "./drill-access.ts";
import { migrationProbes, TWICE } from "./drill-migrations.ts";
import { migrate } from "./migrate.ts";
import { type Role, roleName } from "./names.ts";
import type { Pglite } from "./pglite.ts";
import { probes } from "./probes.ts";
import type { Env } from "./programs.ts";
import { quoteName } from "./quote.ts";
import type { DatabaseModel } from "./types.ts";

const NO_PASSWORDS = "PGlite asks nobody for a password";
const NO_BACKUP = "PGlite is no server that pg_dump and pg_restore reach";

/** What a server would be asked besides. */
const LEFT: readonly (readonly [name: string, about: string, expected: string, why: string])[] = [
  ["accounts without a password", "security", "none of them is let in", NO_PASSWORDS],
  ["a wrong password", "security", "no account is let in with it", NO_PASSWORDS],
  [TWICE, "migrations", "both end well", "PGlite has one session"],
  ["backup.sh as the backup account", "backup", "a file and its checksum", NO_BACKUP],
  ["restore.sh as the owner, into an empty database", "backup", "carried out", NO_BACKUP],
];

/**
 * Tries the files of `dir` (a `databases/` for PostgreSQL): accounts, migrations by the made migrate.js, what each account
 * is refused. What takes a server is skipped, by name. PGlite must be fresh, and is not to be used again.
 */
export async function pgliteDrill(
  dir: string,
  model: DatabaseModel,
  pglite: Pglite,
  options: DrillOptions,
): Promise<readonly ProbeResult[]> {
  const proofs = await inCopy(dir, (copy) => drilled(copy, model, pglite, options));
  const left = LEFT.map(
    ([name, about, expected, seen]): ProbeResult => ({ name, about, expected, seen, result: "skipped" }),
  );
  return [...proofs, ...left];
}

async function drilled(
  dir: string,
  model: DatabaseModel,
  pglite: Pglite,
  options: DrillOptions,
): Promise<readonly ProbeResult[]> {
  const env = await programEnv(options.env, dir);
  const setUp = probes("setup");
  if (!(await installed(setUp, dir, env, options))) return setUp.results;
  const ground = groundOf(dir, model, pglite, env, options.signal);
  const made = await setUp.probe("roles.sql, twice", "carried out, again without harm", async () => {
    await ground.runSql("roles.sql");
    await ground.runSql("roles.sql");
    return { ok: true, seen: "carried out twice" };
  });
  if (!made) return setUp.results;
  // The grants name it. The session stays where it is: it has its tables elsewhere, and the rights on them are the same.
  const owner = quoteName("postgresql", roleName(model.name, "owner"));
  await pglite.session.rows(`CREATE DATABASE ${quoteName("postgresql", model.name)} OWNER ${owner}`);
  await pglite.session.rows(`GRANT CREATE ON SCHEMA public TO ${owner}`);
  const migrations = await migrationProbes(ground);
  const before = [...setUp.results, ...migrations.results];
  return migrations.ready ? [...before, ...(await accessProbes(ground)).results] : before;
}

function groundOf(
  dir: string,
  model: DatabaseModel,
  { session, serve }: Pglite,
  env: Env,
  signal: AbortSignal | undefined,
): Ground {
  const as = async <T>(role: Role, work: (account: typeof session) => Promise<T>): Promise<T> => {
    await session.rows(`SET ROLE ${quoteName("postgresql", roleName(model.name, role))}`);
    try {
      return await work(session);
    } finally {
      await session.rows("RESET ROLE");
    }
  };
  return {
    model,
    dialect: "postgresql",
    dir,
    as,
    migrate: (words) => as("owner", () => serve((url) => migrate(dir, words, url, { env, signal }))),
    twice: undefined,
    async elsewhere(work) {
      const owner = quoteName("postgresql", roleName(model.name, "owner"));
      await session.rows(
        `BEGIN; DROP SCHEMA public CASCADE; CREATE SCHEMA public AUTHORIZATION ${owner}; SET LOCAL ROLE ${owner}`,
      );
      try {
        return await work(session);
      } finally {
        await session.rows("ROLLBACK");
      }
    },
    async runSql(file) {
      await session.rows(await readFile(join(dir, file), "utf8"));
    },
  };
}
