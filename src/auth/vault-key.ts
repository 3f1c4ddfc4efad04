import { randomBytes } from "node:crypto";
import { systemClock } from "../lib/clock.ts";
import { Fault, isFault } from "../lib/fault.ts";
import type { Store } from "../store/db.ts";
import { awaitLock } from "../store/locks.ts";
import { getMeta, installationId, removeMeta, setMeta } from "../store/meta.ts";
import { hasSealedRows } from "../store/secrets.ts";
import type { Keychain, KeychainTrouble } from "./keychain.ts";
import {
  checkOf,
  type Derivation,
  deriveKey,
  KEY_BYTES,
  newDerivation,
  parseDerivation,
  parseKey,
} from "./sealing.ts";

export type KeySource = "keychain" | "environment" | "passphrase";

/** `new`: chosen now, then asked `again` to catch a slip; `open`: the one chosen before. */
export type PassphrasePurpose = "new" | "again" | "open";

export interface VaultParts {
  readonly store: () => Store;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly keychain: Keychain;
  /** Absent where nobody can be asked. */
  readonly askPassphrase?: (purpose: PassphrasePurpose) => Promise<string>;
  /** One line for the operator. */
  readonly notice: (message: string) => void;
}

export interface LoadedKey {
  readonly key: Buffer;
  readonly check: string;
}

export interface LoadMode {
  /** Ask nobody and wait for nothing. */
  readonly quiet: boolean;
  /** The installation may get its key now if it has none. */
  readonly make: boolean;
}

export const MIN_PASSPHRASE = 8;
const ATTEMPTS = 3;

const THREE_WAYS =
  "One of: unlock or install a keyring (on Debian or Ubuntu: apt install gnome-keyring); " +
  'set AINSTEIN_KEY, made once by "openssl rand -base64 32" and kept safe; set AINSTEIN_PASSPHRASE.';
const START_ANEW =
  "without it nothing that is sealed can be read; to give it all up and start anew: ainstein-cms connections forget --all";

function fault(
  name: "locked" | "missing" | "unavailable" | "wrong-key" | "bad-key",
  message: string,
  hint: string,
): Fault {
  return new Fault("auth", message, { code: `vault.${name}`, hint });
}

/** Undefined for an unset variable, and for an empty one: CI systems pass missing secrets as empty text. */
function given(parts: VaultParts, name: string): string | undefined {
  const value = parts.env[name];
  return value === "" ? undefined : value;
}

export function keySource(store: Store): KeySource | undefined {
  const source = getMeta(store, "keySource");
  return source === "keychain" || source === "environment" || source === "passphrase" ? source : undefined;
}

function wrongKey(from: KeySource): Fault {
  if (from === "passphrase") {
    return fault(
      "wrong-key",
      "This is not the vault's passphrase.",
      `Set AINSTEIN_PASSPHRASE to the right one; ${START_ANEW}`,
    );
  }
  if (from === "environment") {
    const hint = `Unset it to use the key this installation had before, or set that one; ${START_ANEW}`;
    return fault("wrong-key", "AINSTEIN_KEY is not the key that the stored secrets were sealed with.", hint);
  }
  const hint = `Restore the keychain's entry for ainstein-cms from a backup; ${START_ANEW}`;
  return fault(
    "wrong-key",
    "The key in the keychain is not the one that the stored secrets were sealed with.",
    hint,
  );
}

/**
 * Makes `key` the one in use. The one in use already passes; another one only while nothing is sealed, decided in one
 * transaction, so that two processes cannot settle on two keys.
 */
function adopt(store: Store, key: Buffer, from: KeySource, derivation?: Derivation): LoadedKey {
  const check = checkOf(key, installationId(store));
  store.transaction(() => {
    if (getMeta(store, "keyCheck") === check) return;
    if (hasSealedRows(store)) throw wrongKey(from);
    setMeta(store, "keyCheck", check);
    setMeta(store, "keySource", from);
    if (derivation === undefined) removeMeta(store, "keyDerivation");
    else setMeta(store, "keyDerivation", JSON.stringify(derivation));
  });
  return { key, check };
}

function fromEnvironment(store: Store, text: string): LoadedKey {
  const key = parseKey(text);
  if (key === undefined) {
    const hint = "Make one once, and keep it safe: openssl rand -base64 32";
    throw fault("bad-key", `AINSTEIN_KEY must be base64 of exactly ${KEY_BYTES} bytes.`, hint);
  }
  return adopt(store, key, "environment");
}

export function troubleFault(trouble: KeychainTrouble): Fault {
  if (trouble.state === "locked") {
    const hint =
      "Unlock it (log in to the desktop, or answer its dialog) and run the command again; " +
      "without a desktop set AINSTEIN_KEY to the vault's key.";
    return fault("locked", `The keychain that holds the vault's key is locked (${trouble.detail}).`, hint);
  }
  const hint =
    "Run it where you can reach your keyring (its service runs, D-Bus is there, a waiting dialog is answered), " +
    "or set AINSTEIN_KEY to the vault's key.";
  return fault(
    "unavailable",
    `The keychain that holds the vault's key cannot be asked (${trouble.detail}).`,
    hint,
  );
}

async function fromKeychain(parts: VaultParts, mode: LoadMode): Promise<LoadedKey> {
  const store = parts.store();
  const found = await parts.keychain.get(installationId(store), { quiet: mode.quiet });
  if (found.state === "missing") {
    const hint = `Restore the keyring from a backup, or set AINSTEIN_KEY to that key; ${START_ANEW}`;
    throw fault("missing", "The keychain is open, but the vault's key is no longer in it.", hint);
  }
  if (found.state !== "found") throw troubleFault(found);
  const key = parseKey(found.value);
  if (key === undefined) throw wrongKey("keychain");
  return adopt(store, key, "keychain");
}

function storedDerivation(store: Store): Derivation {
  const derivation = parseDerivation(JSON.parse(getMeta(store, "keyDerivation") ?? "null"));
  if (derivation !== undefined) return derivation;
  throw new Fault("defect", `${store.file} has lost how its passphrase becomes the key.`);
}

async function fromPassphrase(parts: VaultParts, mode: LoadMode): Promise<LoadedKey> {
  const store = parts.store();
  const derivation = storedDerivation(store);
  const attempt = async (passphrase: string): Promise<LoadedKey> =>
    adopt(store, await deriveKey(passphrase, derivation), "passphrase", derivation);
  const passphrase = given(parts, "AINSTEIN_PASSPHRASE");
  if (passphrase !== undefined) return attempt(passphrase);
  const ask = parts.askPassphrase;
  if (mode.quiet || ask === undefined) {
    throw fault(
      "locked",
      "The vault is locked by a passphrase.",
      "Set AINSTEIN_PASSPHRASE, or run it on a terminal.",
    );
  }
  for (let left = ATTEMPTS; ; left--) {
    try {
      return await attempt(await ask("open"));
    } catch (thrown) {
      if (left <= 1 || !isFault(thrown) || thrown.code !== "vault.wrong-key") throw thrown;
      parts.notice("That is not the vault's passphrase.");
    }
  }
}

async function fromSource(parts: VaultParts, source: KeySource, mode: LoadMode): Promise<LoadedKey> {
  if (source === "keychain") return fromKeychain(parts, mode);
  if (source === "passphrase") return fromPassphrase(parts, mode);
  const hint = `Set AINSTEIN_KEY to the key of this installation; ${START_ANEW}`;
  throw fault(
    "missing",
    "The stored secrets were sealed with a key from AINSTEIN_KEY, which is not set.",
    hint,
  );
}

async function makeFromPassphrase(parts: VaultParts, passphrase: string): Promise<LoadedKey> {
  if (passphrase.length < MIN_PASSPHRASE) {
    const hint = "Choose a longer one: several words are easy to remember.";
    throw fault("bad-key", `The vault's passphrase needs at least ${MIN_PASSPHRASE} characters.`, hint);
  }
  const derivation = newDerivation();
  return adopt(parts.store(), await deriveKey(passphrase, derivation), "passphrase", derivation);
}

async function askForNew(
  parts: VaultParts,
  ask: NonNullable<VaultParts["askPassphrase"]>,
): Promise<LoadedKey> {
  for (let left = ATTEMPTS; left > 0; left--) {
    const passphrase = await ask("new");
    if ((await ask("again")) === passphrase) return makeFromPassphrase(parts, passphrase);
    parts.notice("The two passphrases differ.");
  }
  throw fault("bad-key", "The two passphrases differed.", "Run the command again.");
}

async function makeKey(parts: VaultParts, mode: LoadMode): Promise<LoadedKey> {
  const passphrase = given(parts, "AINSTEIN_PASSPHRASE");
  if (passphrase !== undefined) return makeFromPassphrase(parts, passphrase);
  const store = parts.store();
  const account = installationId(store);
  const key = randomBytes(KEY_BYTES);
  const done = await parts.keychain.set(account, key.toString("base64"), { quiet: mode.quiet });
  if (done.state === "ok") {
    // Some keychains accept an entry and lose it: nothing is sealed before the key has come back.
    const back = await parts.keychain.get(account, { quiet: mode.quiet });
    if (back.state === "found" && back.value === key.toString("base64")) return adopt(store, key, "keychain");
  }
  const detail = done.state === "ok" ? "it does not give back what it was given" : done.detail;
  if (!mode.quiet && parts.askPassphrase !== undefined) {
    parts.notice(
      `The keychain cannot be used (${detail}); secrets will be sealed with a passphrase instead.`,
    );
    return askForNew(parts, parts.askPassphrase);
  }
  const state = done.state === "locked" ? "locked" : "unavailable";
  throw fault(
    state,
    `There is nowhere to keep the vault's key: the keychain is ${state} (${detail}).`,
    THREE_WAYS,
  );
}

/** One process at a time makes a key; the others then find that one. */
async function makeOnce(parts: VaultParts, mode: LoadMode): Promise<LoadedKey> {
  const store = parts.store();
  const before = getMeta(store, "keyCheck");
  const patienceMs = mode.quiet ? 10_000 : 150_000;
  const lock = await awaitLock(store, "the vault's key", "making it", systemClock, patienceMs);
  try {
    const source = keySource(store);
    const wasMade = source !== undefined && getMeta(store, "keyCheck") !== before;
    return wasMade ? await fromSource(parts, source, mode) : await makeKey(parts, mode);
  } finally {
    lock.release();
  }
}

/**
 * The vault's key from AINSTEIN_KEY, else from where it was put when it was made. Where nothing is sealed yet and
 * `mode.make` allows it, a key that cannot be had is replaced by a new one.
 */
export async function loadKey(parts: VaultParts, mode: LoadMode): Promise<LoadedKey> {
  const store = parts.store();
  const text = given(parts, "AINSTEIN_KEY");
  if (text !== undefined) return fromEnvironment(store, text);
  const source = keySource(store);
  if (source !== undefined) {
    try {
      return await fromSource(parts, source, mode);
    } catch (thrown) {
      if (!mode.make || !isFault(thrown, "auth") || hasSealedRows(store)) throw thrown;
    }
  }
  if (mode.make) return makeOnce(parts, mode);
  throw fault(
    "missing",
    "This installation has no key yet.",
    "It is made with the first: ainstein-cms connect",
  );
}
