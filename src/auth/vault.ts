import { Fault, isFault } from "../lib/fault.ts";
import { getConnection, renameConnection } from "../store/connections.ts";
import type { Store } from "../store/db.ts";
import { getMeta, installationId } from "../store/meta.ts";
import { forgetSealed, getSecret, listSecrets, putSecret, removeSecrets } from "../store/secrets.ts";
import { deriveFrom, openBytes, parseKey, type SealContext, sealBytes } from "./sealing.ts";
import { keySource, type LoadedKey, type LoadMode, loadKey, type VaultParts } from "./vault-key.ts";

/**
 * Keeps secrets sealed in the database, with one key per installation. A key that cannot be had throws `auth`, with
 * code `vault.locked`, `vault.missing`, `vault.unavailable` or `vault.wrong-key` and the way out.
 */
export interface Vault {
  put(connection: string, name: string, value: string): Promise<void>;
  /** These and no others are the secrets of the connections that are named; all or nothing, together with `and`. */
  replace(secrets: Readonly<Record<string, NamedSecrets>>, and: () => void): Promise<void>;
  /** Every secret of the connection. */
  all(connection: string): Promise<NamedSecrets>;
  /** Undefined when there is no such secret; then the key is not needed. */
  get(connection: string, name: string): Promise<string | undefined>;
  /** Renames the connection's record, where there is one of the old name, and re-seals its secrets, all or nothing. */
  rename(from: string, to: string): Promise<void>;
  forget(connection: string): void;
  /** Gives up all that is sealed, kept texts included, and the key's place: the way out when the key is lost. */
  forgetAll(): void;
  /**
   * Seals a text that is worth keeping but not worth asking anybody for: undefined where the key cannot be had
   * without asking.
   */
  seal(context: string, plain: Uint8Array): Promise<Uint8Array | undefined>;
  /** What `seal` gave for the same context. */
  open(context: string, sealed: Uint8Array): Promise<Uint8Array>;
  /**
   * A key of 32 bytes for one purpose, always the same for the same key of the vault; it tells nothing of that. Nobody is
   * asked for the vault's key, except with `ask`: it is undefined where it cannot be had. An installation that has none
   * gets it with `make`. `installation`: id of another one under the same key of the vault; undefined for this one.
   */
  derive(purpose: string, manner: DeriveManner, installation?: string): Promise<Uint8Array | undefined>;
  describe(): Promise<VaultDescription>;
  /** Wipes the key from memory. The vault can be used again. */
  close(): void;
}

export type DeriveManner = "quiet" | "make" | "ask";

export type NamedSecrets = Readonly<Record<string, string>>;

export interface VaultDescription {
  readonly keyFrom: "keychain" | "environment" | "passphrase" | "none";
  /** One sentence for people. */
  readonly detail: string;
}

async function describeVault(parts: VaultParts): Promise<VaultDescription> {
  const store = parts.store();
  const text = parts.env.AINSTEIN_KEY ?? "";
  const source = keySource(store);
  if (text !== "") {
    const detail =
      parseKey(text) === undefined ? "AINSTEIN_KEY is set, but is no key." : "AINSTEIN_KEY is set.";
    return { keyFrom: "environment", detail };
  }
  if (source === undefined) {
    return { keyFrom: "none", detail: "The key is made when the first secret is stored." };
  }
  if (source === "environment") return { keyFrom: source, detail: "AINSTEIN_KEY is not set." };
  if (source === "passphrase") {
    const isSet = (parts.env.AINSTEIN_PASSPHRASE ?? "") !== "";
    return { keyFrom: source, detail: `AINSTEIN_PASSPHRASE is ${isSet ? "set" : "not set"}.` };
  }
  const found = await parts.keychain.get(installationId(store), { quiet: true });
  const account = `service ainstein-cms, account ${installationId(store)}`;
  const about = { found: "The key is in the keychain", missing: "The key is gone from the keychain" };
  if (found.state === "found" || found.state === "missing") {
    return { keyFrom: source, detail: `${about[found.state]} (${account}).` };
  }
  return { keyFrom: source, detail: `The keychain is ${found.state}: ${found.detail} (${account}).` };
}

interface KeyRing {
  load(mode: LoadMode): Promise<LoadedKey>;
  drop(): void;
}

/** Loads the key once; callers that want it at the same time share the asking. */
function createKeyRing(parts: VaultParts): KeyRing {
  const underway = new Map<string, Promise<LoadedKey>>();
  let loaded: LoadedKey | undefined;
  const begin = (mode: LoadMode, name: string): Promise<LoadedKey> => {
    const load = loadKey(parts, mode)
      .then((key) => {
        loaded = key;
        return key;
      })
      .finally(() => underway.delete(name));
    underway.set(name, load);
    return load;
  };
  return {
    load: async (mode) => {
      const name = JSON.stringify(mode);
      return loaded ?? underway.get(name) ?? begin(mode, name);
    },
    drop: () => {
      loaded?.key.fill(0);
      loaded = undefined;
    },
  };
}

const QUIET: LoadMode = { quiet: true, make: true };
const TO_WRITE: LoadMode = { quiet: false, make: true };
const TO_READ: LoadMode = { quiet: false, make: false };

function secretContext(store: Store, connection: string, name: string): SealContext {
  return ["secret", installationId(store), connection, name];
}

function textContext(store: Store, context: string): SealContext {
  return ["text", installationId(store), context];
}

/** A write under `loaded`, in one transaction, unless another process changed the key while nothing was sealed. */
function writeUnder(store: Store, ring: KeyRing, loaded: LoadedKey, work: () => void): void {
  store.transaction(() => {
    if (getMeta(store, "keyCheck") === loaded.check) return work();
    ring.drop();
    throw new Fault("auth", "Another process gave this installation a new key in the meantime.", {
      code: "vault.wrong-key",
      hint: "Run the command again.",
    });
  });
}

async function renameSealed(store: Store, ring: KeyRing, from: string, to: string): Promise<void> {
  if (from === to) return;
  const moveRecord = (): void => {
    if (getConnection(store, from) !== undefined) renameConnection(store, from, to);
  };
  if (listSecrets(store, from).length === 0) return moveRecord();
  const loaded = await ring.load(TO_READ);
  writeUnder(store, ring, loaded, () => {
    moveRecord();
    for (const { name, sealed } of listSecrets(store, from)) {
      const plain = openBytes(loaded.key, secretContext(store, from, name), sealed);
      const resealed = sealBytes(loaded.key, secretContext(store, to, name), plain);
      putSecret(store, { connection: to, name, sealed: resealed });
    }
    removeSecrets(store, from);
  });
}

async function replaceSealed(
  store: Store,
  ring: KeyRing,
  secrets: Readonly<Record<string, NamedSecrets>>,
  and: () => void,
): Promise<void> {
  const named = Object.entries(secrets).flatMap(([connection, values]) =>
    Object.entries(values).map(([name, value]) => ({ connection, name, value })),
  );
  const clear = (): void => {
    for (const connection of Object.keys(secrets)) removeSecrets(store, connection);
    and();
  };
  if (named.length === 0) return store.transaction(clear);
  const loaded = await ring.load(TO_WRITE);
  writeUnder(store, ring, loaded, () => {
    clear();
    for (const { connection, name, value } of named) {
      const plain = Buffer.from(value, "utf8");
      const sealed = sealBytes(loaded.key, secretContext(store, connection, name), plain);
      putSecret(store, { connection, name, sealed });
    }
  });
}

async function openAll(store: Store, ring: KeyRing, connection: string): Promise<NamedSecrets> {
  const sealed = listSecrets(store, connection);
  if (sealed.length === 0) return {};
  const { key } = await ring.load(TO_READ);
  return Object.fromEntries(
    sealed.map((secret) => {
      const plain = openBytes(key, secretContext(store, connection, secret.name), secret.sealed);
      return [secret.name, Buffer.from(plain).toString("utf8")];
    }),
  );
}

/** The half of the vault that never asks anybody. One failure is enough to stop trying. */
function createSealer(parts: VaultParts, ring: KeyRing): Vault["seal"] {
  let isOff = false;
  return async (context, plain) => {
    if (isOff) return undefined;
    try {
      const { key } = await ring.load(QUIET);
      return sealBytes(key, textContext(parts.store(), context), plain);
    } catch (thrown) {
      if (!isFault(thrown)) throw thrown;
      isOff = true;
      const hasKey = keySource(parts.store()) !== undefined;
      if (hasKey) parts.notice(`Texts are not kept for merging: ${thrown.message}`);
      return undefined;
    }
  };
}

async function derived(
  { store }: VaultParts,
  ring: KeyRing,
  purpose: string,
  manner: DeriveManner,
  installation = installationId(store()),
): Promise<Uint8Array | undefined> {
  try {
    const { key } = await ring.load({ quiet: manner !== "ask", make: manner === "make" });
    return deriveFrom(key, ["derived", installation, purpose]);
  } catch (thrown) {
    if (!isFault(thrown)) throw thrown;
    return undefined;
  }
}

export function createVault(parts: VaultParts): Vault {
  const { store } = parts;
  const ring = createKeyRing(parts);
  return {
    put: async (connection, name, value) => {
      const loaded = await ring.load(TO_WRITE);
      const context = secretContext(store(), connection, name);
      const sealed = sealBytes(loaded.key, context, Buffer.from(value, "utf8"));
      writeUnder(store(), ring, loaded, () => putSecret(store(), { connection, name, sealed }));
    },
    replace: (secrets, and) => replaceSealed(store(), ring, secrets, and),
    all: (connection) => openAll(store(), ring, connection),
    get: async (connection, name) => {
      const sealed = getSecret(store(), connection, name);
      if (sealed === undefined) return undefined;
      const { key } = await ring.load(TO_READ);
      return Buffer.from(openBytes(key, secretContext(store(), connection, name), sealed)).toString("utf8");
    },
    rename: (from, to) => renameSealed(store(), ring, from, to),
    forget: (connection) => removeSecrets(store(), connection),
    forgetAll: () => {
      ring.drop();
      forgetSealed(store());
    },
    seal: createSealer(parts, ring),
    open: async (context, sealed) => {
      const { key } = await ring.load(TO_READ);
      return openBytes(key, textContext(store(), context), sealed);
    },
    derive: (purpose, manner, installation) => derived(parts, ring, purpose, manner, installation),
    describe: () => describeVault(parts),
    close: ring.drop,
  };
}
