import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";

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
const BASIC_CONSTRAINTS = der(0x06, Buffer.from([0x55, 0x1d, 0x13]));
/** `cA` is true. */
const AUTHORITY = sequence(der(0x01, Buffer.from([0xff])));

export interface Certificate {
  /** PEM, both. */
  readonly key: string;
  readonly cert: string;
}

interface Signer {
  readonly name: string;
  readonly key: KeyObject;
}

interface Wanted {
  readonly subject: string;
  /** Itself where absent. */
  readonly signer?: Signer;
  /** A DNS name; 127.0.0.1 where absent. */
  readonly name?: string | undefined;
  /** From and until, as UTCTime has it: YYMMDD. */
  readonly held?: readonly [from: string, until: string];
  readonly authority?: boolean;
  /** A key of RSA; of Ed25519 where absent. */
  readonly rsa?: boolean;
}

interface Issued extends Certificate {
  readonly name: string;
}

const commonName = (name: string): Buffer =>
  sequence(der(0x31, sequence(COMMON_NAME, der(0x0c, Buffer.from(name)))));

/** A fresh certificate (RFC 5280). */
function issue({ subject, signer, name, held = ["200101", "491231"], authority, rsa }: Wanted): Issued {
  const pair =
    rsa === true ? generateKeyPairSync("rsa", { modulusLength: 2048 }) : generateKeyPairSync("ed25519");
  const alternative =
    name === undefined ? der(0x87, Buffer.from([127, 0, 0, 1])) : der(0x82, Buffer.from(name, "ascii"));
  const extensions = sequence(
    authority === true
      ? sequence(BASIC_CONSTRAINTS, der(0x01, Buffer.from([0xff])), der(0x04, AUTHORITY))
      : sequence(SUBJECT_ALT_NAME, der(0x04, sequence(alternative))),
  );
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ED25519,
    commonName(signer?.name ?? subject),
    sequence(...held.map((day) => utc(`${day}000000Z`))),
    commonName(subject),
    pair.publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, extensions),
  );
  const signature = sign(null, body, signer?.key ?? pair.privateKey);
  const whole = sequence(body, ED25519, der(0x03, Buffer.from([0]), signature));
  const lines = whole.toString("base64").match(/.{1,64}/g) ?? [];
  return {
    name: subject,
    key: pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`,
  };
}

/** A fresh self-signed certificate for 127.0.0.1, or for another DNS name. */
export function selfSigned(
  options: { readonly name?: string; readonly expired?: boolean; readonly early?: boolean } = {},
): Certificate {
  const { name, expired, early } = options;
  const from = early === true ? "480101" : "200101";
  return issue({ subject: "ainstein test", name, held: [from, expired === true ? "210101" : "491231"] });
}

/** A certificate for 127.0.0.1, that of the authority which issued it, and that of the one which vouches for both. */
export function issued(): {
  readonly site: Certificate;
  readonly intermediate: string;
  readonly root: string;
} {
  const root = issue({ subject: "test root", authority: true });
  const between = issue({ subject: "test intermediate", authority: true, signer: signerOf(root) });
  const site = issue({ subject: "a site", signer: signerOf(between) });
  return { site, intermediate: between.cert, root: root.cert };
}

/** An RSA key with its certificate, that of whoever issued it, and that of the root which vouches for both. */
export function vouched(
  subject: string,
  options: { readonly expired?: boolean; readonly byNobody?: boolean } = {},
): { readonly holder: Certificate; readonly between: string; readonly root: string } {
  const root = issue({ subject: "test root", authority: true });
  const between = issue({
    subject: "test intermediate",
    authority: options.byNobody !== true,
    signer: signerOf(root),
  });
  const held = ["200101", options.expired === true ? "210101" : "491231"] as const;
  const holder = issue({ subject, signer: signerOf(between), held, rsa: true });
  return { holder, between: between.cert, root: root.cert };
}

function signerOf({ name, key }: Issued): Signer {
  return { name, key: createPrivateKey(key) };
}
