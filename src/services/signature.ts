// Whether a delivery is from the provider it says it is from. One verifier; what differs is in the providers' records.

import { equalTexts } from "../auth/equal-texts.ts";
import { sha256Hex } from "../lib/hash.ts";
import { type CertificateParts, certificateKey } from "./certificate.ts";
import { type DeliveredEvent, readEvents } from "./delivered.ts";
import type { Mode } from "./provider.ts";
import type { Signature, SignedDelivery } from "./signed.ts";
import { type Key, keyOf, verifyBytes } from "./signing-keys.ts";

/** One request to the receiver, as it came. */
export interface ServiceDelivery {
  readonly method?: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Before any parsing: what is signed are these bytes. */
  readonly body: Uint8Array;
  /** As the provider was told it, query included. */
  readonly url: string;
  /** When it came, in ms since 1970. */
  readonly now: number;
}

/** `unverifiable`: it may be genuine, but what is needed to tell could not be had. */
export type NotTaken = "unsigned" | "wrong-signature" | "stale" | "malformed" | "unverifiable";

export type Delivered =
  /** One or more. */
  | { readonly ok: true; readonly events: readonly DeliveredEvent[] }
  | { readonly ok: false; readonly why: NotTaken };

export interface VerifierParts extends CertificateParts {
  readonly mode: Mode;
  /** Asks the provider itself where the signature cannot be verified here. */
  readonly postback?: (delivery: ServiceDelivery) => Promise<"genuine" | "forged" | "no-answer">;
}

/** No provider sends more in one delivery. */
export const LARGEST_DELIVERY = 1024 * 1024;
const LONGEST_HEADER = 8192;
/** Nor more parameters in a form; to put them in order is work that anybody may ask for. */
const MOST_PARAMETERS = 1000;
const AMPERSAND = 0x26;

/**
 * `values`: fields of the provider, the key among them. Signatures are compared in constant time, and before anything else
 * of the delivery is believed. Throws `usage` for a key that is none.
 */
export async function verifyDelivery(
  signature: Signature,
  delivery: ServiceDelivery,
  values: Readonly<Record<string, string>>,
  parts: VerifierParts,
): Promise<Delivered> {
  if (delivery.body.byteLength > LARGEST_DELIVERY) return refuse("malformed");
  const why = await refusalOf(signature, delivery, values, parts);
  if (why !== undefined) return refuse(why);
  const events = readEvents(signature.event, delivery);
  return events === undefined ? refuse("malformed") : { ok: true, events };
}

function refuse(why: NotTaken): Delivered {
  return { ok: false, why };
}

async function refusalOf(
  signature: Signature,
  delivery: ServiceDelivery,
  values: Readonly<Record<string, string>>,
  parts: VerifierParts,
): Promise<NotTaken | undefined> {
  const secret = values[signature.secret] ?? "";
  switch (signature.kind) {
    case "header-secret":
      return sharedRefusal(
        headerSecret(delivery.headers[signature.header.toLowerCase()], signature.prefix),
        secret,
      );
    case "url-secret":
      return sharedRefusal(parameterOf(delivery.url, signature.parameter), secret);
    case "signed":
      return signedRefusal(schemeOf(signature, values), delivery, secret, parts);
  }
}

function headerSecret(header: string | undefined, prefix = ""): string | undefined {
  return header?.startsWith(prefix) === true ? header.slice(prefix.length) : undefined;
}

function parameterOf(url: string, name: string): string | undefined {
  return URL.canParse(url) ? (new URL(url).searchParams.get(name) ?? undefined) : undefined;
}

/** An empty secret is no secret: it would fit a delivery without one. */
function sharedRefusal(given: string | undefined, secret: string): NotTaken | undefined {
  if (given === undefined || given === "" || secret === "") return "unsigned";
  return equalTexts(given, secret) ? undefined : "wrong-signature";
}

/** How it is signed where a field chooses. */
export function schemeOf(scheme: SignedDelivery, values: Readonly<Record<string, string>>): SignedDelivery {
  const { versions, time: _time, ...common } = scheme;
  const older = versions?.at[values[versions.by] ?? ""];
  return older === undefined ? scheme : { ...common, ...older };
}

/** What a header gives: signatures of which one must fit, and the time that is signed where it stands there. */
interface Given {
  readonly signatures: readonly string[];
  readonly time: string | undefined;
}

async function signedRefusal(
  scheme: SignedDelivery,
  delivery: ServiceDelivery,
  secret: string,
  parts: VerifierParts,
): Promise<NotTaken | undefined> {
  const given = givenBy(scheme, delivery);
  if (given === undefined || given.signatures.length === 0 || secret === "") return "unsigned";
  const fields = messageFields(scheme, delivery, given.time, secret);
  if (fields === undefined) return "unsigned";
  const found = await findKey(scheme, delivery, secret, parts);
  if (found === "unverifiable" && scheme.postback !== undefined && parts.postback !== undefined) {
    const word = await parts.postback(delivery);
    return word === "genuine" ? undefined : word === "forged" ? "wrong-signature" : "unverifiable";
  }
  if (typeof found === "string") return found;
  if (!bodyIsCovered(scheme, delivery)) return "wrong-signature";
  const messages = addressesOf(scheme, delivery.url).map((url) =>
    messageOf(scheme, { ...fields, url }, delivery.body),
  );
  const fits = given.signatures.some((each) =>
    messages.some((message) => verifyBytes(scheme, found, message, each)),
  );
  if (!fits) return "wrong-signature";
  return timeRefusal(scheme, given.time, delivery.now);
}

function givenBy(scheme: SignedDelivery, { headers }: ServiceDelivery): Given | undefined {
  const names = [scheme.header, ...(scheme.otherHeaders ?? [])];
  const text = names.map((name) => headers[name.toLowerCase()]).find((header) => header !== undefined);
  if (text === undefined || text.length > LONGEST_HEADER) return undefined;
  const time = scheme.time?.header === undefined ? undefined : headers[scheme.time.header.toLowerCase()];
  const { form } = scheme;
  if (form.kind === "pairs") {
    const pairs = text.split(",").map((pair) => pair.trim().split(/=(.*)/s));
    const all = (name: string) => pairs.flatMap(([key, value = ""]) => (key === name ? [value] : []));
    return { signatures: all(form.signature).slice(0, 10), time: all(form.time)[0] };
  }
  const whole = form.kind === "list" ? text.split(" ").slice(0, 10) : [text];
  const prefix = form.prefix ?? "";
  const fitting = whole.filter((each) => each.startsWith(prefix));
  return { signatures: fitting.map((each) => each.slice(prefix.length)), time };
}

type Fields = Readonly<Record<string, string>>;

/** What the message is made of besides body and address; undefined where a header of it is missing. */
function messageFields(
  scheme: SignedDelivery,
  { headers, body, method = "POST" }: ServiceDelivery,
  time: string | undefined,
  secret: string,
): Fields | undefined {
  const fields: Record<string, string> = { method: method.toUpperCase(), secret };
  if (time !== undefined) fields.ts = time;
  if (scheme.message.includes("{crc32}")) fields.crc32 = String(crc32(body));
  if (scheme.message.includes("{sortedForm}")) {
    if (isForm(headers) && parametersIn(body) > MOST_PARAMETERS) return undefined;
    fields.sortedForm = isForm(headers) ? sortedForm(body) : "";
  }
  for (const [, name = ""] of scheme.message.matchAll(/\{h:([^}]+)\}/g)) {
    const header = headers[name.toLowerCase()];
    if (header === undefined) return undefined;
    fields[`h:${name}`] = header;
  }
  return scheme.message.includes("{ts}") && time === undefined ? undefined : fields;
}

function messageOf({ message }: SignedDelivery, fields: Fields, body: Uint8Array): Uint8Array {
  const pieces = message.split(/(\{[^}]+\})/).map((piece) => {
    if (piece === "{body}") return Buffer.from(body);
    return Buffer.from(piece.startsWith("{") ? (fields[piece.slice(1, -1)] ?? "") : piece, "utf8");
  });
  return Buffer.concat(pieces);
}

function isForm(headers: ServiceDelivery["headers"]): boolean {
  return /^application\/x-www-form-urlencoded\b/i.test(headers["content-type"] ?? "");
}

function parametersIn(body: Uint8Array): number {
  let count = 1;
  for (const byte of body) if (byte === AMPERSAND) count += 1;
  return count;
}

/** Names in order, each followed by its values, each value once. */
function sortedForm(body: Uint8Array): string {
  const valuesOf = new Map<string, Set<string>>();
  for (const [name, value] of new URLSearchParams(Buffer.from(body).toString("utf8"))) {
    const values = valuesOf.get(name) ?? new Set();
    valuesOf.set(name, values.add(value));
  }
  return [...valuesOf.keys()]
    .sort()
    .map((name) =>
      [...(valuesOf.get(name) ?? [])]
        .sort()
        .map((value) => name + value)
        .join(""),
    )
    .join("");
}

/**
 * A message that has the form in place of the body covers no other body: one that is there must be named by its hash in the
 * address, which is signed.
 */
function bodyIsCovered(
  { message, bodyHash }: SignedDelivery,
  { headers, body, url }: ServiceDelivery,
): boolean {
  if (!message.includes("{sortedForm}")) return true;
  const told = bodyHash === undefined ? undefined : parameterOf(url, bodyHash.parameter);
  if (told !== undefined) return equalTexts(told.toLowerCase(), sha256Hex(body));
  return isForm(headers) || body.byteLength === 0;
}

/** The address as it came, and as the provider may have had it before it was signed. */
function addressesOf({ message, portVariants, decodedUrl }: SignedDelivery, url: string): readonly string[] {
  if (!message.includes("{url}")) return [""];
  const addresses = [url];
  const written = /^(https?):\/\/([^/?#:]+)(?::(\d+))?([/?#].*)?$/s.exec(url);
  if (portVariants === true && written !== null) {
    const [, scheme = "", host = "", port, rest = ""] = written;
    const usual = scheme === "https" ? "443" : "80";
    addresses.push(port === undefined ? `${scheme}://${host}:${usual}${rest}` : `${scheme}://${host}${rest}`);
  }
  if (decodedUrl === true) {
    try {
      addresses.push(decodeURIComponent(url));
    } catch {
      // Escapes that are none were signed as they stand.
    }
  }
  return addresses;
}

async function findKey(
  scheme: SignedDelivery,
  delivery: ServiceDelivery,
  secret: string,
  parts: VerifierParts,
): Promise<Key | NotTaken> {
  if (scheme.certificate === undefined) return keyOf(scheme, secret);
  return certificateKey(scheme.certificate, delivery, parts);
}

/** A time that is ahead is as bad as one that is past: whoever holds a delivery back could otherwise choose when it counts. */
function timeRefusal({ time }: SignedDelivery, text: string | undefined, now: number): NotTaken | undefined {
  if (time === undefined) return undefined;
  const at = instantOf(text ?? "", time.unit);
  if (at === undefined) return "malformed";
  return Math.abs(now - at) > time.windowMs ? "stale" : undefined;
}

function instantOf(text: string, unit: "s" | "ms" | "iso"): number | undefined {
  if (unit !== "iso") return /^\d{9,15}$/.test(text) ? Number(text) * (unit === "s" ? 1000 : 1) : undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}

const CRC_TABLE = Array.from({ length: 256 }, (_none, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit += 1) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
  return rest >>> 0;
});

/** CRC-32 of IEEE 802.3. Node has it from 20.15 on. */
export function crc32(bytes: Uint8Array): number {
  let rest = 0xffffffff;
  for (const byte of bytes) rest = (rest >>> 8) ^ (CRC_TABLE[(rest ^ byte) & 0xff] ?? 0);
  return (rest ^ 0xffffffff) >>> 0;
}
