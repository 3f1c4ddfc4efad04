import { attemptOf, brokenFault } from "../http/broken.ts";
import { type Agents, createAgents } from "../http/proxy.ts";
import { createRecording, type Recorder } from "../http/record.ts";
import { type Answer, exchange, LIMITS, type Limits } from "../http/transport.ts";
import type { Clock } from "../lib/clock.ts";
import { Fault, throwUnsent } from "../lib/fault.ts";
import { redact, redactHeaders, redactUrl } from "../lib/redact.ts";

/** One POST to an address of the provider's. */
export interface TokenRequest {
  readonly address: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Values of this request that no trace may show. */
  readonly secrets: readonly string[];
}

/**
 * Sends a request of an OAuth flow; no redirect is followed. Throws `unavailable` when there is no whole answer, `unsent`
 * where nothing can have reached the provider; `usage` for an address that would carry secrets in the open.
 */
export type TokenFetch = (request: TokenRequest) => Promise<Answer>;

export interface TokenFetchOptions {
  /** The connection's own address: its extra headers are sent to that origin only. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly proxy: (address: string) => string | undefined;
  /** PEM text of certificates to trust besides node's own. */
  readonly caPem?: string | undefined;
  readonly limits?: Partial<Limits>;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  /** Takes one line per request and answer, without bodies, credentials masked. */
  readonly trace?: ((line: string) => void) | undefined;
  /** Keeps record of each request, without its body. */
  readonly recorder?: Recorder | undefined;
  /** Of this program, for the User-Agent. */
  readonly version: string;
}

/** A token is short; whoever waits for one waits for everything. */
const TOKEN_LIMITS: Limits = { ...LIMITS, firstByteMs: 30_000, wholeMs: 60_000, bodyBytes: 1024 * 1024 };

/** Waits before a request is sent again of which nothing had left. */
const PAUSES_MS = [250, 1000];

/** Over the same proxies and certificates as the connection itself. */
export function createTokenFetch(options: TokenFetchOptions): TokenFetch {
  const agents = new Map<string | undefined, Agents>();
  const agentsFor = (proxy: string | undefined): Agents => {
    const known = agents.get(proxy) ?? createAgents(proxy);
    agents.set(proxy, known);
    return known;
  };
  return async ({ address, headers: given, body, secrets }) => {
    const url = secureAddress(address);
    const hidden = [...secrets, ...Object.values(options.headers ?? {})];
    const trace = (line: string): void => options.trace?.(redact(line, hidden));
    const own = url.origin === new URL(options.url).origin ? options.headers : undefined;
    const headers = {
      ...lowerCase(own),
      ...lowerCase(given),
      "user-agent": `ainstein-cms/${options.version}`,
    };
    const link = {
      agents: agentsFor(options.proxy(url.href)),
      caPem: options.caPem,
      limits: { ...TOKEN_LIMITS, ...options.limits },
    };
    const { recorder, clock } = options;
    const recording = createRecording({ recorder, clock, secrets: () => hidden });
    const call = {};
    for (let attempt = 0; ; attempt += 1) {
      trace(`> POST ${url.href} ${JSON.stringify(redactHeaders(headers))} ${body.length} B`);
      const outgoing = { method: "POST" as const, url, headers, body: Buffer.from(body, "utf8") };
      // A digest of what holds secrets could be held against guesses.
      const recorded = await recording?.({ ...outgoing, body: undefined }, call);
      const exchanged = await exchange(outgoing, link, options.signal);
      recorded?.(exchanged);
      const { answer, broken } = exchanged;
      if (answer !== undefined) {
        trace(
          `< ${answer.status} ${JSON.stringify(redactHeaders(answer.headers))} ${answer.body.byteLength} B`,
        );
        return answer;
      }
      trace(`< ${broken.code} ${broken.message}`);
      const was = attemptOf(broken);
      const pause = was.was === "unsent" && was.passing ? PAUSES_MS[attempt] : undefined;
      if (pause === undefined || broken.code.startsWith("TIMEOUT:")) {
        const fault = brokenFault(broken, `POST ${redactUrl(url.href)}`, url.origin, true);
        if (broken.sent) throw fault;
        throwUnsent(fault);
      }
      await options.clock.sleep(pause, options.signal);
    }
  };
}

/** https, or this machine itself. Throws `usage` for anything else. */
export function secureAddress(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback(url))) return url;
  throw new Fault("usage", `${redactUrl(address)} would carry secrets without encryption.`, {
    code: "insecure-sign-in",
    hint: "Signing in needs the site's https address; plain http is for this machine alone.",
  });
}

export function isLoopback({ hostname }: URL): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d+){3}$/.test(hostname);
}

function lowerCase(headers: Readonly<Record<string, string>> | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  );
}
