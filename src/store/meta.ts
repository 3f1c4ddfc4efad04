import { Fault } from "../lib/fault.ts";
import type { Store } from "./db.ts";
import { columns } from "./rows.ts";

/** Facts about the installation itself, by name. */
export type MetaKey = "installation" | "keySource" | "keyCheck" | "keyDerivation" | "pruned";

export function getMeta(store: Store, key: MetaKey): string | undefined {
  const row = store.one("SELECT value FROM meta WHERE key = @key", { key });
  return row === undefined ? undefined : columns("meta", row).text("value");
}

export function setMeta(store: Store, key: Exclude<MetaKey, "installation">, value: string): void {
  store.run("INSERT INTO meta VALUES (@key, @value) ON CONFLICT DO UPDATE SET value = excluded.value", {
    key,
    value,
  });
}

export function removeMeta(store: Store, key: Exclude<MetaKey, "installation">): void {
  store.run("DELETE FROM meta WHERE key = @key", { key });
}

const installations = new WeakMap<Store, string>();

/** 32 hexadecimal digits, made at random with the database. */
export function installationId(store: Store): string {
  const id = installations.get(store) ?? getMeta(store, "installation");
  if (id === undefined) throw new Fault("defect", `${store.file} has lost its installation id.`);
  installations.set(store, id);
  return id;
}
