// Keys of signatures, as providers write them, and the one place where signatures are compared.
import { createHmac, createPublicKey, type KeyObject, verify } from "node:crypto";
import { equalTexts } from "../auth/equal-texts.ts";
import { Fault } from "../lib/fault.ts";
import { sha256Hex } from "../lib/hash.ts";
import type { SignedDelivery } from "./signed.ts";

export type Key = Buffer | KeyObject;

const HMACS: Readonly<Record<string, string>> = {
  "hmac-sha1": "sha1",
  "hmac-sha256": "sha256",
  "hmac-sha512": "sha512",
};

/** Throws `usage` for a text that is no such key, without showing it. */
export function keyOf({ key, secret: field }: SignedDelivery, secret: string): Key {
  switch (key) {
    case "text":
      return Buffer.from(secret, "utf8");
    case "base64":
      if (!/^[A-Za-z0-9+/]+={0,2}$/.test(secret)) throw noKey(field, "base64");
      return Buffer.from(secret, "base64");
    case "hex":
      if (!/^(?:[0-9a-f]{2})+$/i.test(secret)) throw noKey(field, "hexadecimal digits");
      return Buffer.from(secret, "hex");
    case "whsec":
      return secret.startsWith("whsec_")
        ? Buffer.from(secret.slice("whsec_".length), "base64")
        : Buffer.from(secret, "utf8");
    case "spki":
      return publicKey(secret, field);
    case "certificate":
      throw new Fault("defect", "A key of a certificate is read with the certificate.");
  }
}

function publicKey(text: string, field: string): KeyObject {
  try {
    if (text.includes("-----BEGIN")) return createPublicKey(text);
    return createPublicKey({ key: Buffer.from(text, "base64"), format: "der", type: "spki" });
  } catch {
    throw noKey(field, "a public key in base64 or PEM");
  }
}

function noKey(field: string, what: string): Fault {
  return new Fault("usage", `${field} is not ${what}, so no delivery can be verified with it.`, {
    code: "services.malformed-key",
    hint: `Copy ${field} anew, whole and without line breaks.`,
  });
}

/** Constant in time for HMACs; public-key signatures hold no secret. False for a signature that is none. */
export function verifyBytes(
  { algorithm, encoding }: SignedDelivery,
  key: Key,
  message: Uint8Array,
  signature: string,
): boolean {
  const digest = HMACS[algorithm];
  if (algorithm === "sha256") return equalTexts(signature.toLowerCase(), sha256Hex(message));
  if (digest === undefined) return verifyPublic(key, message, signature);
  const made = createHmac(digest, key).update(message);
  if (encoding === "base64") return equalTexts(signature, made.digest("base64"));
  return equalTexts(signature.toLowerCase(), made.digest("hex"));
}

function verifyPublic(key: Key, message: Uint8Array, signature: string): boolean {
  if (Buffer.isBuffer(key) || !/^[A-Za-z0-9+/]+={0,2}$/.test(signature)) return false;
  try {
    return verify("sha256", message, key, Buffer.from(signature, "base64"));
  } catch {
    return false;
  }
}
