import { createHash } from "node:crypto";
import { canonicalJson, type Json } from "./json.ts";

export function sha256Hex(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

/** 66 bits of SHA-256, as 11 characters that are safe in URLs and file names. */
export function shortHash(value: Json): string {
  return createHash("sha256").update(canonicalJson(value)).digest("base64url").slice(0, 11);
}

/** The id git gives a blob of these bytes (SHA-1 object format). */
export function gitBlobId(bytes: Uint8Array): string {
  return createHash("sha1").update(`blob ${bytes.byteLength}\0`).update(bytes).digest("hex");
}

/** RFC 9562 version 5: the same name in the same name space is the same UUID on every machine. */
export function uuidV5(namespace: string, name: string): string {
  const space = Buffer.from(namespace.replaceAll("-", ""), "hex");
  const bytes = createHash("sha1").update(space).update(name, "utf8").digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
