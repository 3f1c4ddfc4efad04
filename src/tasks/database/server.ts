// Database servers to try things on: the one that was given, or one of our own that ends with us.
import { randomBytes } from "node:crypto";
import { Fault } from "../../lib/fault.ts";
import type { DatabaseType } from "../schema.ts";
import { type Connected, connect, isPostgresUrl, urlWith } from "./connection.ts";
import { ROLES, roleName } from "./names.ts";
import type { Env } from "./programs.ts";
import { mysqlServer } from "./server-mysql.ts";
import { postgresServer } from "./server-postgresql.ts";

/** A server that runs, and how to end it. `stop` and `start` keep what is in it. */
export interface OwnServer {
  readonly adminUrl: string;
  stop(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

export interface ScratchDatabase {
  readonly name: string;
  /** Of its owner, who may do anything in it and nothing elsewhere. */
  readonly url: string;
}

export interface Scratch {
  readonly dialect: "postgresql" | "mysql";
  /** As the server says it: `15.14`, `10.11.14`. */
  readonly version: string;
  readonly host: string;
  /** What it really is, where that is not what was asked for: `mariadb 10.11.14`. */
  readonly verifiedOn?: string;
  /** Of somebody who may make databases and accounts. */
  readonly adminUrl: string;
  /** An empty database of its own, whose name begins with this one. */
  createDatabase(name: string): Promise<ScratchDatabase>;
  /** Undefined where the server is not ours. */
  readonly stopServer: (() => Promise<void>) | undefined;
  readonly startServer: (() => Promise<void>) | undefined;
  /** Drops what was made; a server of ours ends. */
  close(): Promise<void>;
}

export const SCRATCH_URL = "AINSTEIN_SCRATCH_DATABASE_URL";

export interface ScratchWish {
  readonly env: Env;
  /** Address of a server on which databases may be made and dropped. */
  readonly given?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** As `findServer`; Fault `unavailable` (`server_unavailable`) where there is none. */
export async function scratchServer(dialect: DatabaseType, wish: ScratchWish): Promise<Scratch> {
  const found = await findServer(dialect, wish);
  if (found === undefined) throw noServer(dialect);
  return found;
}

/**
 * A server for the dialect: the given one, else the environment's, else one of the programs of this machine, on
 * loopback, with passwords, in a directory of its own. Undefined where there is none; Fault `unavailable` where one that
 * was given does not take us.
 */
export async function findServer(dialect: DatabaseType, wish: ScratchWish): Promise<Scratch | undefined> {
  if (dialect === "mongodb") return undefined;
  const fits = (url: string | undefined) => url !== undefined && dialectOf(url) === dialect;
  if (wish.given !== undefined && !fits(wish.given))
    throw new Fault("usage", `The given server is no ${dialect}`, {
      code: "tasks.server-wrong",
      hint:
        dialect === "mysql"
          ? "Give mysql://user:password@host/"
          : "Give postgresql://user:password@host/postgres",
    });
  const given = wish.given ?? (fits(wish.env[SCRATCH_URL]) ? wish.env[SCRATCH_URL] : undefined);
  if (given !== undefined) return opened(dialect, given, undefined);
  const own = await (dialect === "postgresql" ? postgresServer : mysqlServer)(wish.env, wish.signal);
  if (own === undefined) return undefined;
  try {
    return await opened(dialect, own.adminUrl, own);
  } catch (error) {
    await own.close();
    throw error;
  }
}

/** How somebody comes to a server to prove things on. */
export const SERVER_HINT: Readonly<Record<DatabaseType, string>> = {
  postgresql: `Install initdb and postgres (Debian: \`apt-get install postgresql\`), or give the address of a server in ${SCRATCH_URL}.`,
  mysql: `Install mariadbd and mariadb-install-db (Debian: \`apt-get install mariadb-server-core mariadb-client-core\`), or give the address of a server in ${SCRATCH_URL}.`,
  mongodb: "Choose postgresql or mysql.",
};

const TITLES = { postgresql: "PostgreSQL", mysql: "MySQL", mongodb: "MongoDB" } as const;

/** `more`: what else would help, a sentence. */
export function noServer(dialect: DatabaseType, more?: string): Fault {
  return new Fault("unavailable", `There is no ${TITLES[dialect]} server to prove it on`, {
    code: "server_unavailable",
    scope: "item",
    hint: [SERVER_HINT[dialect], ...(more === undefined ? [] : [more])].join(" "),
  });
}

function dialectOf(url: string): Scratch["dialect"] | undefined {
  if (isPostgresUrl(url)) return "postgresql";
  return /^(?:mysql|mariadb):\/\//.test(url) ? "mysql" : undefined;
}

async function opened(
  dialect: Scratch["dialect"],
  adminUrl: string,
  own: OwnServer | undefined,
): Promise<Scratch> {
  const made: string[] = [];
  const { version, verifiedOn } = await asAdmin(adminUrl, (admin) => versionOf(dialect, admin));
  return {
    dialect,
    version,
    host: new URL(adminUrl).hostname,
    ...(verifiedOn === undefined ? {} : { verifiedOn }),
    adminUrl,
    async createDatabase(name) {
      const unique = `${name.replace(/[^a-z0-9_]/g, "_").slice(0, 20)}_${randomBytes(4).toString("hex")}`;
      const password = randomBytes(18).toString("hex");
      made.push(unique);
      const user = roleName(unique, "owner");
      await asAdmin(adminUrl, async (admin) => {
        for (const sql of creation(dialect, unique, user, password)) await admin.rows(sql);
      });
      return { name: unique, url: urlWith(adminUrl, { database: unique, user, password }) };
    },
    stopServer: own && (() => own.stop()),
    startServer: own && (() => own.start()),
    async close() {
      if (own !== undefined) return own.close();
      await asAdmin(adminUrl, async (admin) => {
        for (const name of made.splice(0)) for (const sql of removal(dialect, name)) await admin.rows(sql);
      });
    },
  };
}

async function asAdmin<T>(url: string, work: (admin: Connected) => Promise<T>): Promise<T> {
  let admin: Connected;
  try {
    admin = await connect(url);
  } catch (error) {
    throw new Fault(
      "unavailable",
      `The database server at ${new URL(url).host} does not take us: ${wordsOf(error)}`,
      {
        code: "server_unavailable",
        scope: "item",
        hint: `Check the address, the account and its password, or leave ${SCRATCH_URL} out.`,
        cause: error,
      },
    );
  }
  try {
    return await work(admin);
  } finally {
    await admin.close();
  }
}

export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export async function versionOf(
  dialect: Scratch["dialect"],
  admin: Connected,
): Promise<{ version: string; verifiedOn?: string }> {
  const sql =
    dialect === "postgresql"
      ? "SELECT current_setting('server_version') AS version"
      : "SELECT VERSION() AS version";
  const said = String((await admin.rows(sql))[0]?.version ?? "");
  const version = /^[\d.]+/.exec(said)?.[0] ?? said;
  return /mariadb/i.test(said) ? { version, verifiedOn: `mariadb ${version}` } : { version };
}

// The names are ours: letters, digits and _ alone.

function creation(
  dialect: Scratch["dialect"],
  name: string,
  owner: string,
  password: string,
): readonly string[] {
  return dialect === "postgresql"
    ? [
        `CREATE ROLE "${owner}" LOGIN PASSWORD '${password}'`,
        `GRANT "${owner}" TO CURRENT_USER`,
        `CREATE DATABASE "${name}" OWNER "${owner}"`,
      ]
    : [
        `CREATE DATABASE \`${name}\` CHARACTER SET utf8mb4`,
        `CREATE USER '${owner}'@'%' IDENTIFIED BY '${password}'`,
        `GRANT ALL PRIVILEGES ON \`${name.replaceAll("_", "\\_")}\`.* TO '${owner}'@'%'`,
      ];
}

/** With every account that the files of a database define. */
function removal(dialect: Scratch["dialect"], name: string): readonly string[] {
  const accounts = ROLES.map((role) => roleName(name, role));
  return dialect === "postgresql"
    ? [
        `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`,
        ...accounts.map((account) => `DROP ROLE IF EXISTS "${account}"`),
      ]
    : [
        `DROP DATABASE IF EXISTS \`${name}\``,
        ...accounts.map((account) => `DROP USER IF EXISTS '${account}'@'%'`),
      ];
}
