// The account that an application connects with, as the files that are handed out define it.
import { randomBytes } from "node:crypto";
import { grantsSql, passwordSql, rolesSql } from "./access.ts";
import { connect, isPostgresUrl, urlWith } from "./connection.ts";
import { objectsThere } from "./look.ts";
import { roleName } from "./names.ts";
import type { Scratch, ScratchDatabase } from "./server.ts";

/**
 * Makes the account and gives it its rights on the tables that are there: to be called after the migrations. The address
 * that the application is to be given. It is gone with the database.
 */
export async function applicationUrl(
  { dialect, adminUrl }: Scratch,
  { name, url }: ScratchDatabase,
): Promise<string> {
  const admin = await connect(
    isPostgresUrl(adminUrl) ? urlWith(adminUrl, { database: name }) : adminUrl,
    true,
  );
  const owner = await connect(url);
  try {
    const tables = (await objectsThere(owner, dialect)).map((table) => ({ name: table }));
    const [user, password] = [roleName(name, "app"), randomBytes(18).toString("hex")];
    for (const text of [rolesSql, grantsSql]) await admin.rows(text({ name, dialect, tables }));
    await admin.rows(passwordSql(dialect, user, password));
    return urlWith(url, { user, password });
  } finally {
    await Promise.all([admin.close(), owner.close()]);
  }
}
