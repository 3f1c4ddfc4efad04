// What stands between us and a site before the first request: its name, its port, its certificate.
import { lookup } from "node:dns/promises";
import { request as plainRequest } from "node:http";
import { request as secureRequest } from "node:https";
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
 * Has a proxy connect us with a site (CONNECT, RFC 9110), as requests over https are sent. Throws `unavailable` where it
 * does not: `proxy-auth`, `proxy-refused`.
 */
export function openTunnel(proxy: URL, site: URL, limitMs: number): Promise<Socket> {
  const target = `${site.hostname}:${portOf(site)}`;
  const request = proxy.protocol === "https:" ? secureRequest : plainRequest;
  const credentials = [proxy.username, proxy.password].map(decodeURIComponent).join(":");
  const authorization = { "proxy-authorization": `Basic ${Buffer.from(credentials).toString("base64")}` };
  return new Promise((resolve, reject) => {
    const asked = request({
      host: hostOf(proxy),
      port: portOf(proxy),
      method: "CONNECT",
      path: target,
      headers: { host: target, ...(proxy.username === "" ? {} : authorization) },
      agent: false,
    });
    asked.setTimeout(limitMs, () => asked.destroy(Object.assign(new Error(), { code: "TIMEOUT:connect" })));
    asked.once("error", (error) => reject(unsent(error, proxy)));
    asked.once("connect", ({ statusCode = 0 }, socket: Socket) => {
      if (statusCode >= 200 && statusCode < 300) return resolve(socket);
      socket.destroy();
      reject(proxyFault(proxy, target, statusCode));
    });
    asked.end();
  });
}

/** What a proxy's answer to CONNECT means. `target`: host and port that it was asked for. */
export function proxyFault(proxy: URL, target: string, status: number): Fault {
  if (status === 407) {
    return new Fault("unavailable", `The proxy ${proxy.host} asks for a user name and password (407).`, {
      code: "proxy-auth",
      httpStatus: status,
      hint: "Put them into the proxy's address: http://user:password@host:port, in HTTPS_PROXY or with connect --proxy.",
    });
  }
  const whose = status >= 500 ? "does not reach" : "does not let us through to";
  return new Fault("unavailable", `The proxy ${proxy.host} ${whose} ${target} (${status}).`, {
    code: "proxy-refused",
    httpStatus: status,
    hint:
      status >= 500
        ? "Check the address of the site; if it is right, the proxy or the site is down. NO_PROXY names hosts that need no proxy."
        : "Ask whoever looks after the proxy to allow that host, or name it in NO_PROXY if it can be reached without.",
  });
}

/**
 * Shakes hands and takes any certificate, to tell what it is like; nothing is sent. Throws `unavailable` where there
 * is none to be seen. `caPem`: certificates that are trusted besides the usual ones. `tunnel`: what leads there already.
 */
export async function shakeHands(
  url: URL,
  caPem: string | undefined,
  limitMs: number,
  tunnel?: Socket,
): Promise<Handshake> {
  const host = hostOf(url);
  const socket: TLSSocket = connectTls({
    ...(tunnel === undefined ? { host, port: portOf(url) } : { socket: tunnel, host }),
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

/** TLS alerts and refusals of a peer that speaks only versions below 1.2. */
const OLD_TLS = /^ERR_SSL_(TLSV1_ALERT_PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|VERSION_TOO_LOW)$/;

function unsent(thrown: unknown, url: URL): Fault {
  const { code, message } = thrown as { code?: unknown; message?: unknown };
  if (typeof code === "string" && OLD_TLS.test(code)) {
    return refusing(
      "tls-old",
      `${url.host} speaks no version of TLS that is safe today (${code}): it has none from 1.2 on.`,
      "Have TLS 1.2 or 1.3 switched on where the site is hosted.",
    );
  }
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
