// Passwords are kept as scrypt hashes that carry their own cost, so that the cost can be raised later.
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

const derive = promisify(scrypt);
const COST = { N: 2 ** 15, r: 8, p: 3 };
const KEY_BYTES = 32;

/** `scrypt$N$r$p$salt$key`, salt and key in base64url. */
export async function hashPassword(password) {
  const salt = randomBytes(16);
  const key = await deriveKey(password, salt, KEY_BYTES, COST);
  const { N, r, p } = COST;
  return ["scrypt", N, r, p, salt.toString("base64url"), key.toString("base64url")].join("$");
}

export async function passwordFits(password, hash) {
  const [scheme, N, r, p, salt, key] = hash.split("$");
  if (scheme !== "scrypt" || key === undefined) return false;
  const wanted = Buffer.from(key, "base64url");
  const cost = { N: Number(N), r: Number(r), p: Number(p) };
  const found = await deriveKey(password, Buffer.from(salt, "base64url"), wanted.length, cost);
  return timingSafeEqual(found, wanted);
}

function deriveKey(password, salt, bytes, cost) {
  // Node allows 32 MiB, which this cost just exceeds.
  return derive(password.normalize("NFKC"), salt, bytes, { ...cost, maxmem: 256 * cost.N * cost.r });
}
