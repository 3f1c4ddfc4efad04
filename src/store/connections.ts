import { Fault } from "../lib/fault.ts";
import { isObject } from "../lib/json.ts";
import type { Store } from "./db.ts";
import { columns, type Row } from "./rows.ts";
import { removeSecrets } from "./secrets.ts";

/** A named account on one site. Secrets are not part of it. Times are ISO 8601, UTC. */
export interface ConnectionRecord {
  /** `[a-z][a-z0-9-]*` */
  readonly name: string;
  readonly platform: string;
  readonly url: string;
  /** Id of the platform's auth method. */
  readonly auth: string;
  readonly username?: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly proxy?: string;
  readonly caFile?: string;
  /** Canonical identity of the site. */
  readonly site: string;
  readonly siteTitle: string;
  readonly account: string;
  readonly createdAt: string;
  readonly checkedAt: string;
}

const NAME = /^[a-z][a-z0-9-]{0,63}$/;

/** Throws `usage` for a name that cannot be one of a connection. */
export function checkConnectionName(name: string): void {
  if (NAME.test(name)) return;
  throw new Fault("usage", `${JSON.stringify(name)} cannot be the name of a connection.`, {
    code: "connection.bad-name",
    hint: "Use small letters, digits and hyphens, starting with a letter, at most 64: wp-client",
  });
}

function unknown(name: string): Fault {
  return new Fault("usage", `There is no connection ${JSON.stringify(name)}.`, {
    code: "connection.unknown",
    hint: "See what there is: ainstein-cms connections list",
  });
}

function readSettings(value: unknown): Record<string, string> {
  if (!isObject(value)) throw new Fault("defect", "The database holds broken connections.settings.");
  return Object.fromEntries(Object.entries(value).map(([key, setting]) => [key, String(setting)]));
}

function fromRow(row: Row): ConnectionRecord {
  const read = columns("connections", row);
  const username = read.optionalText("username");
  const proxy = read.optionalText("proxy");
  const caFile = read.optionalText("ca_file");
  return {
    name: read.text("name"),
    platform: read.text("platform"),
    url: read.text("url"),
    auth: read.text("auth"),
    ...(username === undefined ? {} : { username }),
    settings: readSettings(read.json("settings")),
    ...(proxy === undefined ? {} : { proxy }),
    ...(caFile === undefined ? {} : { caFile }),
    site: read.text("site"),
    siteTitle: read.text("site_title"),
    account: read.text("account"),
    createdAt: read.text("created_at"),
    checkedAt: read.text("checked_at"),
  };
}

/** All connections, by name. */
export function listConnections(store: Store): readonly ConnectionRecord[] {
  return store.all("SELECT * FROM connections ORDER BY name").map(fromRow);
}

export function getConnection(store: Store, name: string): ConnectionRecord | undefined {
  const row = store.one("SELECT * FROM connections WHERE name = @name", { name });
  return row === undefined ? undefined : fromRow(row);
}

/** Adds the connection, or replaces the one of that name. */
export function putConnection(store: Store, record: ConnectionRecord): void {
  checkConnectionName(record.name);
  store.run(
    `INSERT OR REPLACE INTO connections
       (name, platform, url, auth, username, settings, proxy, ca_file, site, site_title, account, created_at, checked_at)
     VALUES (@name, @platform, @url, @auth, @username, @settings, @proxy, @caFile, @site, @siteTitle, @account,
       @createdAt, @checkedAt)`,
    {
      ...record,
      username: record.username ?? null,
      proxy: record.proxy ?? null,
      caFile: record.caFile ?? null,
      settings: JSON.stringify(record.settings),
    },
  );
}

/**
 * Gives the record another name; its secrets are sealed to the old name and stay there, so operators' renames go
 * through `Vault.rename`, which moves both. Throws `usage` where `from` is unknown or `to` is taken.
 */
export function renameConnection(store: Store, from: string, to: string): void {
  checkConnectionName(to);
  store.transaction(() => {
    if (getConnection(store, to) !== undefined) {
      throw new Fault("usage", `There is a connection ${JSON.stringify(to)} already.`, {
        code: "connection.name-taken",
        hint: `Choose another name, or first type: ainstein-cms connections remove ${to}`,
      });
    }
    const { changes } = store.run("UPDATE connections SET name = @to WHERE name = @from", { from, to });
    if (changes === 0) throw unknown(from);
    // What waits to be done at its site goes on under the new name.
    store.run(
      `UPDATE runs SET target = @to WHERE target = @from AND id IN (SELECT run FROM queue WHERE target = @from)`,
      { from, to },
    );
    store.run("UPDATE queue SET target = @to WHERE target = @from", { from, to });
    store.run("UPDATE OR REPLACE circuits SET connection = @to WHERE connection = @from", { from, to });
    store.run("UPDATE OR REPLACE budgets SET connection = @to WHERE connection = @from", { from, to });
    // Another one of that name, gone since, may have left its record: both stay, and each can still be verified.
    store.run("UPDATE OR IGNORE audit_chains SET connection = @to WHERE connection = @from", { from, to });
    store.run("UPDATE OR REPLACE events SET connection = @to WHERE connection = @from", { from, to });
    store.run("UPDATE OR REPLACE hooks SET connection = @to WHERE connection = @from", { from, to });
    store.run("UPDATE OR REPLACE notifications SET connection = @to WHERE connection = @from", { from, to });
  });
}

/** Forgets the connection and its secrets in one step. False when there was none of that name. */
export function removeConnection(store: Store, name: string): boolean {
  return store.transaction(() => {
    removeSecrets(store, name);
    store.run("DELETE FROM circuits WHERE connection = @name", { name });
    store.run("DELETE FROM budgets WHERE connection = @name", { name });
    store.run("DELETE FROM events WHERE connection = @name", { name });
    store.run("DELETE FROM hooks WHERE connection = @name", { name });
    // Another one of that name begins with nothing wrong.
    store.run("UPDATE notifications SET open = 0 WHERE connection = @name", { name });
    return store.run("DELETE FROM connections WHERE name = @name", { name }).changes > 0;
  });
}

/** Moves a connection to another address after the site there was looked at. Throws `usage` for an unknown name. */
export function setConnectionUrl(
  store: Store,
  name: string,
  moved: Pick<ConnectionRecord, "url" | "site" | "siteTitle" | "checkedAt">,
): void {
  const { url, site, siteTitle, checkedAt } = moved;
  const { changes } = store.run(
    `UPDATE connections SET url = @url, site = @site, site_title = @siteTitle, checked_at = @checkedAt
     WHERE name = @name`,
    { name, url, site, siteTitle, checkedAt },
  );
  if (changes === 0) throw unknown(name);
}
