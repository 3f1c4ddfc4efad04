import { createCipheriv, createDecipheriv, createHmac, randomBytes, scrypt } from "node:crypto";
import { Fault } from "../lib/fault.ts";
import { isObject } from "../lib/json.ts";

export const KEY_BYTES = 32;

// A sealed value is: version (1 byte), nonce (12), AES-256-GCM ciphertext, tag (16).
const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + NONCE_BYTES;

/** What a sealed value belongs to: it opens only under the same words in the same order. */
export type SealContext = readonly string[];

function associated(context: SealContext): Buffer {
  return Buffer.from(JSON.stringify(["ainstein-cms", VERSION, ...context]), "utf8");
}

export function sealBytes(key: Uint8Array, context: SealContext, plain: Uint8Array): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(associated(context));
  const body = [cipher.update(plain), cipher.final()];
  return Buffer.concat([Buffer.of(VERSION), nonce, ...body, cipher.getAuthTag()]);
}

/** Throws `auth` (code `vault.damaged`) when the value was altered or moved here from another place. */
export function openBytes(key: Uint8Array, context: SealContext, sealed: Uint8Array): Uint8Array {
  const version = sealed[0];
  if (version !== undefined && version > VERSION) {
    throw new Fault("usage", "A stored secret was sealed by a newer ainstein-cms.", {
      code: "vault.newer",
      hint: "Upgrade: npm install -g ainstein-cms@latest",
    });
  }
  try {
    if (version !== VERSION) throw new RangeError(`version ${version}`);
    const nonce = sealed.subarray(1, HEAD_BYTES);
    const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(associated(context));
    decipher.setAuthTag(sealed.subarray(sealed.byteLength - TAG_BYTES));
    const body = sealed.subarray(HEAD_BYTES, sealed.byteLength - TAG_BYTES);
    return Buffer.concat([decipher.update(body), decipher.final()]);
  } catch (cause) {
    throw new Fault("auth", `The stored value of ${context.slice(2).join(", ")} was altered or moved.`, {
      code: "vault.damaged",
      hint: "Store it anew: ainstein-cms connect",
      cause,
    });
  }
}

/** Another key, for what these words say. */
export function deriveFrom(key: Uint8Array, context: SealContext): Uint8Array {
  return createHmac("sha256", key).update(associated(context)).digest();
}

/** Tells whether a key is the right one, and nothing else about it. */
export function checkOf(key: Uint8Array, installation: string): string {
  return createHmac("sha256", key)
    .update(`ainstein-cms key check ${installation}`)
    .digest("hex")
    .slice(0, 32);
}

/** How a passphrase becomes the key (RFC 7914); kept beside what it seals. */
export interface Derivation {
  readonly name: "scrypt";
  readonly N: number;
  readonly r: number;
  readonly p: number;
  /** Base64. */
  readonly salt: string;
}

/** About 0.4 s and 128 MiB. */
export function newDerivation(): Derivation {
  return { name: "scrypt", N: 2 ** 17, r: 8, p: 1, salt: randomBytes(16).toString("base64") };
}

/** Parameters as stored; undefined for what cannot be ours, such as ones that would take all memory. */
export function parseDerivation(value: unknown): Derivation | undefined {
  if (!isObject(value)) return undefined;
  const { name, N, r, p, salt } = value;
  if (name !== "scrypt" || typeof N !== "number" || typeof salt !== "string") return undefined;
  if (r !== 8 || p !== 1 || N < 2 ** 14 || N > 2 ** 20 || !Number.isInteger(Math.log2(N))) return undefined;
  return { name, N, r, p, salt };
}

export function deriveKey(passphrase: string, derivation: Derivation): Promise<Buffer> {
  const { N, r, p, salt } = derivation;
  const maxmem = 256 * N * r;
  return new Promise((resolve, reject) => {
    // NFKC: one passphrase typed on two systems is one key.
    const text = passphrase.normalize("NFKC");
    scrypt(text, Buffer.from(salt, "base64"), KEY_BYTES, { N, r, p, maxmem }, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}

/** The key that base64 text holds, or undefined when it is anything but 32 bytes. Padding may be left out. */
export function parseKey(text: string): Buffer | undefined {
  const trimmed = text.trim();
  const key = Buffer.from(trimmed, "base64");
  const padded = key.toString("base64");
  const isCanonical = trimmed === padded || trimmed === padded.replace(/=+$/, "");
  return isCanonical && key.byteLength === KEY_BYTES ? key : undefined;
}
