// What stands between us and a site before the first request: its name, its port, its certificate.
import { lookup } from "node:dns/promises";
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls, type DetailedPeerCertificate, type TLSSocket } from "node:tls";
import { Fault } from "../lib/fault.ts";
import { excerpt } from "../lib/redact.ts";
import { brokenFault } from "./broken.ts";
import { trustedRoots } from "./proxy.ts";

/** A certificate as the server showed it. Times in ms since 1970. */
export interface Shown {
  readonly subject: string;
  readonly issuer: string;
  /** Names and addresses that it is for, as written in it. */
  readonly names: readonly string[];
  readonly from: number;
  readonly until: number;
  /** Subject and issuer are one. */
  readonly own: boolean;
  /** Certificates that could be joined to a chain, this one included. */
  readonly chain: number;
}

export interface Handshake {
  readonly certificate: Shown;
  /** Why it is not trusted, as node or OpenSSL name it; undefined for one that is. */
  readonly refused: string | undefined;
}

/** Addresses of a host, as requests find them. Throws `unavailable` (code `name-not-found`) for a name without any. */
export async function addressesOf(url: URL): Promise<readonly string[]> {
  const host = hostOf(url);
  if (isIP(host) !== 0) return [host];
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch (thrown) {
    throw unsent(thrown, url);
  }
}

/** Connects and leaves at once. Throws `unavailable` where nothing listens. */
export async function knock(url: URL, limitMs: number): Promise<void> {
  const socket = connectTcp({ host: hostOf(url), port: portOf(url) });
  try {
    await settled(socket, "connect", url, limitMs);
  } finally {
    socket.destroy();
  }
}

/**
 * Shakes hands and takes any certificate, to tell what it is like; nothing is sent. Throws `unavailable` where there
 * is none to be seen. `caPem`: certificates that are trusted besides the usual ones.
 */
export async function shakeHands(url: URL, caPem: string | undefined, limitMs: number): Promise<Handshake> {
  const host = hostOf(url);
  const socket: TLSSocket = connectTls({
    host,
    port: portOf(url),
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(caPem === undefined ? {} : { ca: trustedRoots(caPem) }),
    rejectUnauthorized: false,
  });
  try {
    await settled(socket, "secureConnect", url, limitMs);
    const shown = socket.getPeerCertificate(true);
    if (Object.keys(shown).length === 0) throw unsent({ code: "NO_CERTIFICATE" }, url);
    return { certificate: read(shown), refused: socket.authorized ? undefined : refusal(socket) };
  } finally {
    socket.destroy();
  }
}

/** Node's types call it an error; it is the code of one, or for a wrong name the error itself. */
function refusal({ authorizationError }: TLSSocket): string {
  const told: unknown = authorizationError;
  const code = (told as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : String(told);
}

function settled(
  socket: Socket,
  event: "connect" | "secureConnect",
  url: URL,
  limitMs: number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.setTimeout(limitMs, () => reject(unsent({ code: "TIMEOUT:connect" }, url)));
    socket.once("error", (error) => reject(unsent(error, url)));
    socket.once("close", () => reject(unsent({ code: "ECONNRESET" }, url)));
    socket.once(event, () => resolve());
  });
}

function unsent(thrown: unknown, url: URL): Fault {
  const { code, message } = thrown as { code?: unknown; message?: unknown };
  const broken = { sent: false, code: typeof code === "string" ? code : "UNKNOWN", message: String(message) };
  return brokenFault(broken, `connecting to ${url.host}`, url.origin, true);
}

function read(shown: DetailedPeerCertificate): Shown {
  return {
    subject: nameOf(shown.subject),
    issuer: nameOf(shown.issuer),
    names: (shown.subjectaltname ?? "")
      .split(", ")
      .map((name) => excerpt(name.replace(/^(?:DNS|IP Address):/, ""), 80))
      .filter((name) => name !== ""),
    from: Date.parse(shown.valid_from),
    until: Date.parse(shown.valid_to),
    own: nameOf(shown.subject) === nameOf(shown.issuer),
    chain: lengthOf(shown),
  };
}

/** The last one of a chain that is whole is its own issuer. */
function lengthOf(shown: DetailedPeerCertificate): number {
  const seen = new Set<string>();
  let next: DetailedPeerCertificate | undefined = shown;
  while (next !== undefined && Object.keys(next).length > 0 && !seen.has(next.fingerprint256)) {
    seen.add(next.fingerprint256);
    next = next.issuerCertificate as DetailedPeerCertificate | undefined;
  }
  return seen.size;
}

function nameOf(name: DetailedPeerCertificate["subject"] | undefined): string {
  const { CN, O } = (name ?? {}) as { CN?: string | string[]; O?: string | string[] };
  return excerpt([CN, O].flat().find((part) => part !== undefined && part !== "") ?? "nobody", 80);
}

/** An IPv6 address without its brackets. */
function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "");
}

function portOf(url: URL): number {
  return url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
}

/** Why a certificate is not taken, as precisely as can be told, with the cure; undefined for one that is. */
export function certificateFault(
  { certificate, refused }: Handshake,
  url: URL,
  now: number,
): Fault | undefined {
  if (refused === undefined) return undefined;
  const { host } = url;
  const { from, until, names, issuer, own, chain } = certificate;
  if (until < now) {
    return refusing(
      "certificate-expired",
      `The certificate of ${host} has expired: it held until ${day(until)}.`,
      "Have it renewed where the site is hosted. If that date is ahead, this machine's clock is wrong.",
    );
  }
  if (from > now) {
    return refusing(
      "certificate-not-yet",
      `The certificate of ${host} holds from ${day(from)} only; here it is ${day(now)}.`,
      "Most likely this machine's clock is behind: set it by NTP.",
    );
  }
  if (refused === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return refusing(
      "certificate-name",
      `The certificate of ${host} is for another name: ${names.slice(0, 5).join(", ") || "none at all"}.`,
      "Use an address that the certificate was issued for, or have one issued for this name.",
    );
  }
  if (own) {
    return refusing(
      "certificate-self-signed",
      `The certificate of ${host} is signed by itself: nobody vouches for it.`,
      "Have one issued by a known authority; or trust just this one: connect again with --ca-file FILE.",
    );
  }
  if (chain === 1) {
    return refusing(
      "certificate-chain",
      `${host} shows its own certificate only, and not that of its issuer, "${issuer}": an intermediate certificate is missing.`,
      "Have the server send the whole chain (the file usually called fullchain.pem). Browsers fetch what is missing, programs do not. If the issuer is an authority of your own, connect again with --ca-file FILE.",
    );
  }
  return refusing(
    "certificate-untrusted",
    `The certificate of ${host} goes back to an authority that this machine does not know: "${issuer}" (${refused}).`,
    "Pass the authority's certificate with --ca-file FILE when connecting; a virus scanner or company proxy that opens connections has one.",
  );
}

function refusing(code: string, message: string, hint: string): Fault {
  return new Fault("unavailable", message, { code, hint });
}

function day(ms: number): string {
  return Number.isNaN(ms) ? "an unknown day" : new Date(ms).toISOString().slice(0, 10);
}
