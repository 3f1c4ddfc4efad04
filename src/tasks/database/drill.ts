// The drill: what was made for a database is carried out on a server that may be thrown away, and looked at.
import { randomBytes } from "node:crypto";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { Fault } from "../../lib/fault.ts";
import type { ProbeResult } from "../answer.ts";
import { passwordSql } from "./access.ts";
import { type Connected, connect, urlWith } from "./connection.ts";
import { accessProbes } from "./drill-access.ts";
import { backupProbes } from "./drill-backup.ts";
import { migrationProbes, upTwice } from "./drill-migrations.ts";
import { migrate } from "./migrate.ts";
import { ROLES, type Role, roleName } from "./names.ts";
import { npmCi } from "./npm.ts";
import { codeOf, type Probes, probes } from "./probes.ts";
import { type Env, keep, programDirs, type Ran } from "./programs.ts";
import { literal, quoteName, type SqlDialect } from "./quote.ts";
import type { Scratch } from "./server.ts";
import type { DatabaseModel } from "./types.ts";

/** What the files are tried on, one account at a time. */
export interface Ground {
  readonly model: DatabaseModel;
  readonly dialect: SqlDialect;
  /** A copy of what was made, with its packages. */
  readonly dir: string;
  /** Works as that account, in the database of the model. */
  as<T>(role: Role, work: (account: Connected) => Promise<T>): Promise<T>;
  /** Carries out the made migrate.js, as the owner. */
  migrate(words: readonly string[]): Promise<Ran>;
  /** `migrate.js up` by two processes at once. Undefined where one connection is all there is. */
  readonly twice: (() => Promise<readonly [Ran, Ran]>) | undefined;
  /** Works as the owner in an empty database, which is gone afterwards. */
  elsewhere<T>(work: (owner: Connected) => Promise<T>): Promise<T>;
  /** Carries out one of the files as the administrator. */
  runSql(file: "roles.sql" | "grants.sql"): Promise<void>;
}

/** What the parts of a drill on a server work with. */
export interface Drill extends Ground {
  readonly scratch: Scratch;
  /** For programs: PATH, and nothing of ours that is secret. */
  readonly env: Env;
  readonly signal: AbortSignal | undefined;
  urlOf(role: Role, database?: string): string;
  readonly password: (role: Role) => string;
  readonly admin: Connected;
}

export interface DrillOptions {
  readonly env: Env;
  readonly signal?: AbortSignal | undefined;
  /** Puts the packages of the copy in place; `npm ci` where left out. */
  readonly install?: (dir: string) => Promise<Ran>;
}

export interface Drilled {
  readonly proofs: readonly ProbeResult[];
  /** Of the server. */
  readonly version: string;
}

/**
 * Proves the files of `dir` (a `databases/`) on the scratch server: accounts, migrations, refusals, backup, restore.
 * The accounts and the database have the names of the model there, and are gone afterwards. Fault `conflict` where the
 * server has any of them already: a drill touches nothing that it has not made.
 */
export async function drill(
  dir: string,
  model: DatabaseModel,
  scratch: Scratch,
  options: DrillOptions,
): Promise<Drilled> {
  return inCopy(dir, async (copy) => ({
    proofs: await drilled(copy, model, scratch, options),
    version: scratch.version,
  }));
}

/** Works on a copy, which is gone afterwards however we end: what was made stays as it is, without packages. */
export async function inCopy<T>(dir: string, work: (copy: string) => Promise<T>): Promise<T> {
  const copy = await mkdtemp(join(tmpdir(), "ainstein-drill-"));
  const keeper = keep(copy, "TERM", [], {});
  try {
    await cp(dir, copy, { recursive: true, filter: (file) => !file.endsWith("node_modules") });
    return await work(copy);
  } finally {
    await keeper.close();
    // Where there is no shell to keep it.
    await rm(copy, { recursive: true, force: true });
  }
}

async function drilled(
  dir: string,
  model: DatabaseModel,
  scratch: Scratch,
  options: DrillOptions,
): Promise<readonly ProbeResult[]> {
  const env = await programEnv(options.env, dir);
  const setUp = probes("setup");
  if (!(await installed(setUp, dir, env, options))) return setUp.results;
  const admin = await connect(scratch.adminUrl, true);
  try {
    const part = parts(dir, model, scratch, admin, env, options.signal);
    await refuseStrangers(part);
    try {
      return [...setUp.results, ...(await proofsOf(part))];
    } finally {
      await clear(part);
    }
  } finally {
    await admin.close();
  }
}

/** What programs of a drill are given: nothing of ours that is secret. */
export async function programEnv(env: Env, dir: string): Promise<Env> {
  const path = (await programDirs(env)).join(delimiter);
  return { PATH: `${path}${delimiter}${env.PATH ?? ""}`, HOME: env.HOME ?? dir, LC_ALL: "C.UTF-8" };
}

/** Puts the packages of the copy in place; whether it has them now. */
export function installed(
  { probe }: Probes,
  dir: string,
  childEnv: Env,
  { env, signal, install }: DrillOptions,
): Promise<boolean> {
  return probe("npm ci --engine-strict", "every package of the lockfile is installed", async () => {
    const ran = await (install ?? ((at) => npmCi(at, { ...env, ...childEnv }, signal)))(dir);
    return { ok: ran.code === 0, seen: ran.code === 0 ? "installed" : ran.output };
  });
}

function parts(
  dir: string,
  model: DatabaseModel,
  scratch: Scratch,
  admin: Connected,
  env: Env,
  signal: AbortSignal | undefined,
): Drill {
  const passwords = new Map(ROLES.map((role) => [role, randomBytes(18).toString("hex")]));
  const password = (role: Role) => passwords.get(role) ?? "";
  const urlOf = (role: Role, database = model.name) =>
    urlWith(scratch.adminUrl, { database, user: roleName(model.name, role), password: password(role) });
  const part: Drill = {
    model,
    dialect: scratch.dialect,
    scratch,
    dir,
    env,
    signal,
    admin,
    password,
    urlOf,
    as: (role, work) => within(urlOf(role), work),
    migrate: (words) => migrate(dir, words, urlOf("owner"), { env, signal }),
    twice: () => upTwice(part),
    async elsewhere(work) {
      await createSecond(part);
      try {
        return await within(urlOf("owner", restoredName(model)), work);
      } finally {
        await dropSecond(part);
      }
    },
    async runSql(file) {
      const inside = file === "grants.sql" && scratch.dialect === "postgresql";
      const sql = await readFile(join(dir, file), "utf8");
      if (!inside) await admin.rows(sql);
      else await within(urlWith(scratch.adminUrl, { database: model.name }), (own) => own.rows(sql));
    },
  };
  return part;
}

/** Connects for as long as `work` takes. */
export async function within<T>(url: string, work: (connected: Connected) => Promise<T>): Promise<T> {
  const connected = await connect(url, true);
  try {
    return await work(connected);
  } finally {
    await connected.close();
  }
}

/** The second database of a drill: the schema is compared in it, then the backup is restored into it. */
export function restoredName(model: DatabaseModel): string {
  return `${model.name.slice(0, 50)}_restored`;
}

/** Makes it, empty, for the owner. */
export async function createSecond({ admin, dialect, model }: Drill): Promise<void> {
  const target = restoredName(model);
  const name = quoteName(dialect, target);
  const owner = roleName(model.name, "owner");
  if (dialect === "postgresql") {
    await admin.rows(
      `CREATE DATABASE ${name} OWNER ${quoteName(dialect, owner)} ENCODING 'UTF8' TEMPLATE template0`,
    );
    return;
  }
  await admin.rows(`CREATE DATABASE ${name} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`);
  await admin.rows(
    `GRANT ALL PRIVILEGES ON \`${target.replaceAll("_", "\\_")}\`.* TO ${literal(dialect, owner)}@'%'`,
  );
}

async function dropSecond({ admin, dialect, model }: Drill): Promise<void> {
  await admin.rows(`DROP DATABASE ${quoteName(dialect, restoredName(model))}`);
}

async function refuseStrangers({ model, dialect, admin }: Drill): Promise<void> {
  const texts = (names: readonly string[]) => names.map((name) => literal(dialect, name)).join(", ");
  const accounts = texts(ROLES.map((role) => roleName(model.name, role)));
  const databases = texts([model.name, restoredName(model)]);
  const sql =
    dialect === "postgresql"
      ? `SELECT rolname AS name FROM pg_roles WHERE rolname IN (${accounts})
         UNION ALL SELECT datname FROM pg_database WHERE datname IN (${databases})`
      : `SELECT User AS name FROM mysql.user WHERE User IN (${accounts})
         UNION ALL SELECT schema_name FROM information_schema.schemata WHERE schema_name IN (${databases})`;
  const there = await admin.rows(sql);
  if (there.length > 0)
    throw new Fault(
      "conflict",
      `The server for the drill has ${there.map(({ name }) => name).join(", ")} already`,
      {
        code: "tasks.drill-not-empty",
        hint: "Drop them where a drill that was cut off has left them; else give a server that is for trying things alone, or another `name` in database_config.",
      },
    );
}

async function proofsOf(part: Drill): Promise<readonly ProbeResult[]> {
  const security = probes("security");
  if (!(await accounts(part, security))) return security.results;
  const migrations = await migrationProbes(part);
  const before = [...security.results, ...migrations.results];
  if (!migrations.ready) return before;
  const access = await accessProbes(part);
  const backup = await backupProbes(part, access.stored);
  return [...before, ...access.results, ...backup];
}

/** The accounts, which nobody can use before they have passwords, and the database of the owner. */
async function accounts(part: Drill, { probe }: Probes): Promise<boolean> {
  const { model, dialect, admin } = part;
  const names = ROLES.map((role) => roleName(model.name, role));
  const made = await probe("roles.sql, twice", `the accounts ${names.join(", ")}`, async () => {
    await part.runSql("roles.sql");
    await part.runSql("roles.sql");
    return { ok: true, seen: "made, and the second time nothing" };
  });
  if (!made) return false;
  if (dialect === "postgresql") {
    const owner = quoteName(dialect, roleName(model.name, "owner"));
    await admin.rows(`GRANT ${owner} TO CURRENT_USER`);
    await admin.rows(
      `CREATE DATABASE ${quoteName(dialect, model.name)} OWNER ${owner} ENCODING 'UTF8' TEMPLATE template0`,
    );
  }
  await probe("accounts without a password", "none of them is let in", () => nobodyIn(part));
  for (const role of ROLES)
    await admin.rows(passwordSql(dialect, roleName(model.name, role), part.password(role)));
  await probe("a wrong password", "no account is let in with it", () => nobodyIn(part));
  return true;
}

/** PostgreSQL: wrong password, no such account; MySQL: access denied, locked; MariaDB: locked. */
const NOT_LET_IN = ["28P01", "28000", "1045", "3118", "4151"];

async function nobodyIn(part: Drill): Promise<{ ok: boolean; seen: string }> {
  const seen: string[] = [];
  for (const role of ROLES) {
    for (const password of ["", "not-the-password"]) {
      const url = urlWith(part.urlOf(role), { password });
      const code = await within(url, async () => "let in").catch(codeOf);
      // The driver itself refuses to log in without any password where one is asked for.
      const refused = NOT_LET_IN.includes(code) || /password must be a (?:non-empty )?string/.test(code);
      if (!refused) seen.push(`${roleName(part.model.name, role)}: ${code}`);
    }
  }
  return seen.length > 0
    ? { ok: false, seen: seen.join("; ") }
    : { ok: true, seen: `${ROLES.length} accounts refused` };
}

/** Removes what the drill has made, so that the server can be used again. */
async function clear({ model, dialect, admin }: Drill): Promise<void> {
  const quoted = (name: string) => quoteName(dialect, name);
  const force = dialect === "postgresql" ? " WITH (FORCE)" : "";
  const all = [
    ...[model.name, restoredName(model)].map((name) => `DROP DATABASE IF EXISTS ${quoted(name)}${force}`),
    ...ROLES.map((role) => roleName(model.name, role)).map((name) =>
      dialect === "postgresql"
        ? `DROP ROLE IF EXISTS ${quoted(name)}`
        : `DROP USER IF EXISTS ${literal(dialect, name)}@'%'`,
    ),
  ];
  for (const sql of all) await admin.rows(sql);
}
