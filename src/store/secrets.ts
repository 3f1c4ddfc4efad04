import type { Store } from "./db.ts";
import { columns } from "./rows.ts";

/** A secret as the vault sealed it; nothing in this file can read it. */
export interface SealedSecret {
  readonly connection: string;
  readonly name: string;
  readonly sealed: Uint8Array;
}

export function putSecret(store: Store, secret: SealedSecret): void {
  store.run(
    "INSERT OR REPLACE INTO secrets (connection, name, sealed) VALUES (@connection, @name, @sealed)",
    {
      ...secret,
    },
  );
}

export function getSecret(store: Store, connection: string, name: string): Uint8Array | undefined {
  const row = store.one("SELECT sealed FROM secrets WHERE connection = @connection AND name = @name", {
    connection,
    name,
  });
  return row === undefined ? undefined : columns("secrets", row).bytes("sealed");
}

/** The secrets of one connection, by name. */
export function listSecrets(store: Store, connection: string): readonly SealedSecret[] {
  return store
    .all("SELECT * FROM secrets WHERE connection = @connection ORDER BY name", { connection })
    .map((row) => {
      const read = columns("secrets", row);
      return { connection, name: read.text("name"), sealed: read.bytes("sealed") };
    });
}

/** Names under which secrets are kept, sorted. */
export function secretOwners(store: Store): readonly string[] {
  return store
    .all("SELECT DISTINCT connection FROM secrets ORDER BY connection")
    .map((row) => columns("secrets", row).text("connection"));
}

export function removeSecrets(store: Store, connection: string): void {
  store.run("DELETE FROM secrets WHERE connection = @connection", { connection });
}

/** Does anything in the database need the vault's key to be read? */
export function hasSealedRows(store: Store): boolean {
  const row = store.one(
    `SELECT EXISTS (SELECT 1 FROM secrets) OR EXISTS (SELECT 1 FROM versions WHERE sealed IS NOT NULL)
       OR EXISTS (SELECT 1 FROM occurrences WHERE sealed = 1 AND body IS NOT NULL) AS found`,
  );
  return row !== undefined && columns("secrets", row).number("found") === 1;
}

/** Deletes everything that needs the vault's key, and what is known of that key. Of versions, conflicts and occurrences, only the text goes. */
export function forgetSealed(store: Store): void {
  store.transaction(() => {
    store.run("DELETE FROM secrets");
    for (const table of ["versions", "conflicts"])
      store.run(`UPDATE ${table} SET sealed = NULL WHERE sealed IS NOT NULL`);
    store.run("UPDATE occurrences SET body = NULL WHERE sealed = 1");
    store.run("DELETE FROM meta WHERE key IN ('keySource', 'keyCheck', 'keyDerivation')");
  });
}
