// PURE: who may do what. No password is in any file.
import { LEDGER, ROLES, type Role, roleName } from "./names.ts";
import { literal, quoteName, type SqlDialect } from "./quote.ts";
import type { DatabaseModel } from "./types.ts";

/** What of a model has a say in it. */
export interface Governed extends Pick<DatabaseModel, "name" | "dialect"> {
  readonly tables: readonly { readonly name: string }[];
}

const OF: Readonly<Record<Role, string>> = {
  owner: "owns the tables and carries out migrations",
  app: "reads and writes rows",
  readonly: "reads rows",
  backup: "reads everything that a backup holds",
};

export function rolesSql(model: Governed): string {
  const names = ROLES.map((role) => ({ role, name: roleName(model.name, role) }));
  const what = names.map(({ role, name }) => `--   ${name}: ${OF[role]}`).join("\n");
  return model.dialect === "mysql" ? mysqlRoles(model, names, what) : postgresRoles(model, names, what);
}

type Named = readonly { readonly role: Role; readonly name: string }[];

function postgresRoles(model: Governed, names: Named, what: string): string {
  const owner = roleName(model.name, "owner");
  const made = names.map(
    ({ name }) => `  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${literal("postgresql", name)}) THEN
    CREATE ROLE ${quoteName("postgresql", name)} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION;
  END IF;`,
  );
  return `-- Accounts, once for each server, by an administrator:
--   psql -X -v ON_ERROR_STOP=1 -d postgres -f roles.sql
--   createdb --owner=${owner} --encoding=UTF8 --template=template0 ${model.name}
${what}
-- None of them can log in until it has a password: \\password ${owner}, and so on, in psql.

DO $$
BEGIN
${made.join("\n")}
END
$$;
`;
}

function mysqlRoles(model: Governed, names: Named, what: string): string {
  const made = names.map(
    ({ name }) => `CREATE USER IF NOT EXISTS ${literal("mysql", name)}@'%' ACCOUNT LOCK;`,
  );
  return `-- The database and its accounts, once for each server, by an administrator: mysql < roles.sql
${what}
-- Each is locked until it has a password:
--   ALTER USER ${literal("mysql", roleName(model.name, "owner"))}@'%' IDENTIFIED BY '…' ACCOUNT UNLOCK;

CREATE DATABASE IF NOT EXISTS ${quoteName("mysql", model.name)} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
${made.join("\n")}
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX, REFERENCES, TRIGGER, CREATE VIEW, SHOW VIEW ON ${everyTable(model)} TO ${mysqlAccount(model, "owner")};
`;
}

export function grantsSql(model: Governed): string {
  return model.dialect === "mysql" ? mysqlGrants(model) : postgresGrants(model);
}

function postgresGrants(model: Governed): string {
  const role = (kind: Role) => quoteName("postgresql", roleName(model.name, kind));
  const [owner, app, readonly, backup] = [role("owner"), role("app"), role("readonly"), role("backup")];
  const database = quoteName("postgresql", model.name);
  const later = `ALTER DEFAULT PRIVILEGES FOR ROLE ${owner} IN SCHEMA public`;
  return `-- Rights, after the first \`node migrate.js up\`; again does no harm. By an administrator:
--   psql -X -v ON_ERROR_STOP=1 -d ${model.name} -f grants.sql
-- Tables of later migrations are covered by the default privileges.

REVOKE ALL ON DATABASE ${database} FROM PUBLIC;
GRANT CONNECT ON DATABASE ${database} TO ${app}, ${readonly}, ${backup};
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO ${owner};
GRANT USAGE ON SCHEMA public TO ${app}, ${readonly}, ${backup};

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${app};
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO ${app};
GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${readonly}, ${backup};
GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO ${backup};
${later} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${app};
${later} GRANT USAGE, SELECT ON SEQUENCES TO ${app};
${later} GRANT SELECT ON TABLES TO ${readonly}, ${backup};
${later} GRANT SELECT ON SEQUENCES TO ${backup};

-- What was applied is for the owner alone to write.
REVOKE INSERT, UPDATE, DELETE ON ${quoteName("postgresql", LEDGER)} FROM ${app};
`;
}

function mysqlGrants(model: Governed): string {
  const on = everyTable(model);
  const [app, readonly, backup] = (["app", "readonly", "backup"] as const).map((role) =>
    mysqlAccount(model, role),
  );
  const database = quoteName("mysql", model.name);
  const written = model.tables.map(
    ({ name }) => `GRANT INSERT, UPDATE, DELETE ON ${database}.${quoteName("mysql", name)} TO ${app};`,
  );
  return `-- Rights, after \`node migrate.js up\`, by an administrator: mysql < grants.sql
-- Again does no harm, and is needed after a migration that brings a table: the application writes no others.

GRANT SELECT ON ${on} TO ${app};
${written.join("\n")}
GRANT SELECT ON ${on} TO ${readonly};
GRANT SELECT, SHOW VIEW, TRIGGER ON ${on} TO ${backup};
`;
}

/** In a GRANT on a whole database, _ stands for any character of its name. */
function everyTable({ name }: Governed): string {
  return `\`${name.replaceAll("_", "\\_")}\`.*`;
}

function mysqlAccount({ name }: Governed, role: Role): string {
  return `${literal("mysql", roleName(name, role))}@'%'`;
}

/** Opens an account: until it has a password, nobody is let in with it. */
export function passwordSql(dialect: SqlDialect, name: string, password: string): string {
  return dialect === "postgresql"
    ? `ALTER ROLE ${quoteName(dialect, name)} PASSWORD ${literal(dialect, password)}`
    : `ALTER USER ${literal(dialect, name)}@'%' IDENTIFIED BY ${literal(dialect, password)} ACCOUNT UNLOCK`;
}
