import { createPrivateKey, generateKeyPairSync, randomBytes, sign } from "node:crypto";

/** DER (ITU-T X.690), as little of it as an X.509 certificate needs. */
function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const size = content.byteLength;
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts);
const utc = (text: string): Buffer => der(0x17, Buffer.from(text, "ascii"));

const ED25519 = sequence(der(0x06, Buffer.from([0x2b, 0x65, 0x70])));
const COMMON_NAME = der(0x06, Buffer.from([0x55, 0x04, 0x03]));
const SUBJECT_ALT_NAME = der(0x06, Buffer.from([0x55, 0x1d, 0x11]));

/** A fresh self-signed certificate for 127.0.0.1 (RFC 5280), or for another DNS name, as PEM. */
export function selfSigned(options: { readonly name?: string; readonly expired?: boolean } = {}): {
  readonly key: string;
  readonly cert: string;
} {
  const pair = generateKeyPairSync("ed25519");
  const key = pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const subject = sequence(der(0x31, sequence(COMMON_NAME, der(0x0c, Buffer.from("ainstein test")))));
  const alternative =
    options.name === undefined
      ? der(0x87, Buffer.from([127, 0, 0, 1]))
      : der(0x82, Buffer.from(options.name, "ascii"));
  const extensions = sequence(sequence(SUBJECT_ALT_NAME, der(0x04, sequence(alternative))));
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ED25519,
    subject,
    sequence(utc("200101000000Z"), utc(options.expired === true ? "210101000000Z" : "491231235959Z")),
    subject,
    pair.publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, extensions),
  );
  const signature = sign(null, body, createPrivateKey(key));
  const whole = sequence(body, ED25519, der(0x03, Buffer.from([0]), signature));
  const lines = whole.toString("base64").match(/.{1,64}/g) ?? [];
  return { key, cert: `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n` };
}
