// Tokens that are made for one request and signed with a key that never leaves this machine.
import { createHmac } from "node:crypto";
import { Fault } from "../lib/fault.ts";

/** A key of the form `id:secret`, the secret in hexadecimal digits. Tokens are JWTs (RFC 7519) by HS256 (RFC 7518). */
export interface SigningKey {
  readonly audience: string;
  /** How long a token is good for. */
  readonly seconds: number;
  /** Where the right key is found, for whoever gives another one. */
  readonly hint: string;
}

export interface KeyParts {
  readonly id: string;
  readonly secret: Buffer;
}

/** Throws `auth` for what is no such key, without showing it. */
export function readKey(key: string, { hint }: Pick<SigningKey, "hint">): KeyParts {
  const [, id, hex = ""] = /^([\w-]+):([0-9a-f]+)$/i.exec(key.trim()) ?? [];
  if (id !== undefined && hex.length % 2 === 0 && hex.length >= 32) {
    return { id, secret: Buffer.from(hex, "hex") };
  }
  throw new Fault("auth", `The key is not of the form \`id:secret\`: ${unlike(key.trim())}.`, {
    code: "malformed-key",
    hint,
  });
}

function unlike(key: string): string {
  if (!key.includes(":")) return "it has no colon";
  if (!/:[0-9a-f]*$/i.test(key)) return "what follows the colon is not in hexadecimal digits";
  return "a part of it is missing";
}

/** `now` in ms since 1970. */
export function signedToken(
  { id, secret }: KeyParts,
  { audience, seconds }: SigningKey,
  now: number,
): string {
  const at = Math.floor(now / 1000);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const head = part({ alg: "HS256", typ: "JWT", kid: id });
  const text = `${head}.${part({ iat: at, exp: at + seconds, aud: audience })}`;
  return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
}
