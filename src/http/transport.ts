import type { ClientRequest, IncomingMessage } from "node:http";
import type { LookupFunction, Socket } from "node:net";
import { checkServerIdentity } from "node:tls";
import got, { type OptionsInit, type Request, TimeoutError } from "got";
import { isFault } from "../lib/fault.ts";
import type { Method } from "./http.ts";
import { type Agents, trustedRoots } from "./proxy.ts";

/** Bounds of one exchange. Times in milliseconds, sizes in bytes after decompression. */
export interface Limits {
  /** For each of: finding the name, connecting, the TLS handshake. */
  readonly connectMs: number;
  /** From the request's last byte to the answer's first. */
  readonly firstByteMs: number;
  readonly wholeMs: number;
  /** In every such time, once an answer has begun, `leastBytes` of it must come, as they are on the wire. */
  readonly idleMs: number;
  readonly leastBytes: number;
  readonly bodyBytes: number;
}

export const LIMITS: Limits = {
  connectMs: 10_000,
  firstByteMs: 60_000,
  wholeMs: 300_000,
  idleMs: 30_000,
  leastBytes: 256,
  bodyBytes: 64 * 1024 * 1024,
};

/** How a connection reaches its site. */
export interface Link {
  readonly agents: Agents;
  /** PEM text of certificates to trust besides node's own. */
  readonly caPem: string | undefined;
  readonly limits: Limits;
  /** Finds the addresses of names; node's own where absent. */
  readonly lookup?: LookupFunction;
}

export const STOPPED = "STOPPED";

export interface Outgoing {
  readonly method: Method;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
}

export interface Answer {
  readonly status: number;
  /** Names in lower case; repeated ones joined by ", ". */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** No whole answer. */
export interface Broken {
  /** False when nothing of the request can have left this machine's connection attempt. */
  readonly sent: boolean;
  /** Node's or OpenSSL's code, `TIMEOUT:<phase>`, or `TOO_LARGE`. */
  readonly code: string;
  readonly message: string;
}

export type Exchanged =
  | { readonly answer: Answer; readonly broken: undefined }
  | { readonly answer: undefined; readonly broken: Broken };

/**
 * One request, one answer: no redirect followed, nothing repeated, body bounded while it is being unpacked. Broken off
 * with `STOPPED` when `stop` is aborted on the way for a fault: who interrupts waits for what is under way.
 */
export async function exchange(outgoing: Outgoing, link: Link, stop?: AbortSignal): Promise<Exchanged> {
  const { limits } = link;
  const progress = { sent: false, large: false };
  const stream = open(outgoing, link);
  const guard = watch(stream, progress, limits.connectMs);
  let pulse: NodeJS.Timeout | undefined;
  const end = (): void => {
    if (!isFault(stop?.reason)) return;
    stream.destroy(Object.assign(new Error("stopped on the way"), { code: STOPPED }));
  };
  stop?.addEventListener("abort", end, { once: true });
  try {
    const chunks: Buffer[] = [];
    let size = 0;
    let head: IncomingMessage | undefined;
    stream.once("response", (response: IncomingMessage) => {
      head = response;
      pulse = watchPulse(stream, response.socket, limits);
    });
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      size += chunk.byteLength;
      if (size > limits.bodyBytes) {
        progress.large = true;
        break;
      }
      chunks.push(chunk);
    }
    if (progress.large) {
      return failed(true, "TOO_LARGE", `the answer is larger than ${limits.bodyBytes} bytes`);
    }
    if (head === undefined) return failed(progress.sent, "ECONNRESET", "the connection was closed");
    const answer = {
      status: head.statusCode ?? 0,
      headers: flatten(head.headers),
      body: Buffer.concat(chunks),
    };
    return { answer, broken: undefined };
  } catch (thrown) {
    const code = thrown instanceof TimeoutError ? `TIMEOUT:${thrown.event}` : codeOf(thrown);
    return failed(progress.sent, code, thrown instanceof Error ? thrown.message : String(thrown));
  } finally {
    stop?.removeEventListener("abort", end);
    clearTimeout(guard);
    clearInterval(pulse);
    stream.destroy();
  }
}

function failed(sent: boolean, code: string, message: string): Exchanged {
  return { answer: undefined, broken: { sent, code, message } };
}

function open(outgoing: Outgoing, link: Link): Request {
  const { limits } = link;
  const bodiless = outgoing.method === "GET" || outgoing.method === "HEAD";
  return got.stream(outgoing.url, {
    method: outgoing.method,
    headers: { ...outgoing.headers },
    ...(bodiless ? {} : { body: Buffer.from(outgoing.body ?? []) }),
    agent: link.agents,
    ...(link.lookup === undefined ? {} : { dnsLookup: link.lookup as NonNullable<OptionsInit["dnsLookup"]> }),
    followRedirect: false,
    throwHttpErrors: false,
    retry: { limit: 0 },
    https: {
      // Inside a proxy's tunnel node would take an address of digits for "localhost".
      checkServerIdentity: (_, certificate) => checkServerIdentity(hostOf(outgoing.url), certificate),
      ...(link.caPem === undefined ? {} : { certificateAuthority: trustedRoots(link.caPem) }),
    },
    timeout: {
      lookup: limits.connectMs,
      connect: limits.connectMs,
      secureConnect: limits.connectMs,
      response: limits.firstByteMs,
      request: limits.wholeMs,
    },
  });
}

/**
 * Notes when the connection stands, from where on the request may have reached the site, and ends a request whose
 * agent gives it no socket in time, as one whose proxy is silent does.
 */
function watch(stream: Request, progress: { sent: boolean }, connectMs: number): NodeJS.Timeout {
  const guard = setTimeout(() => {
    stream.destroy(Object.assign(new Error("no connection in time"), { code: "TIMEOUT:connect" }));
  }, connectMs * 2);
  stream.once("request", (request: ClientRequest) => {
    request.once("socket", (socket: Socket & { readonly secureConnecting?: boolean }) => {
      clearTimeout(guard);
      const stands = (): void => {
        progress.sent = true;
      };
      if (socket.secureConnecting === true) socket.once("secureConnect", stands);
      else if (socket.connecting) socket.once("connect", stands);
      else stands();
    });
  });
  return guard;
}

/** Ends a request whose answer has begun and hardly goes on. */
function watchPulse(stream: Request, socket: Socket, { idleMs, leastBytes }: Limits): NodeJS.Timeout {
  let before = socket.bytesRead;
  return setInterval(() => {
    const now = socket.bytesRead;
    if (now - before < leastBytes) {
      stream.destroy(Object.assign(new Error("the answer hardly goes on"), { code: "TIMEOUT:idle" }));
    }
    before = now;
  }, idleMs);
}

/** An IPv6 address without its brackets. */
function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "");
}

function codeOf(thrown: unknown): string {
  const code = (thrown as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : "UNKNOWN";
}

function flatten(headers: IncomingMessage["headers"]): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return flat;
}
