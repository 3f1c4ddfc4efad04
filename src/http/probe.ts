import { Fault } from "../lib/fault.ts";
import { redact, redactHeaders, redactUrl } from "../lib/redact.ts";
import { brokenFault } from "./broken.ts";
import { type Page, readPage } from "./page.ts";
import { readPayload } from "./payload.ts";
import { type Agents, createAgents } from "./proxy.ts";
import type { Recording } from "./record.ts";
import { isRedirect, redirectTarget } from "./redirect.ts";
import { type Answer, exchange, LIMITS } from "./transport.ts";

export interface ProbeOptions {
  readonly proxy: (address: string) => string | undefined;
  readonly caPem?: string | undefined;
  /** Extra headers; sent to hosts of the first address and of its `www.` twin only. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly trace?: ((line: string) => void) | undefined;
  readonly version: string;
  /** Keeps record of each request. */
  readonly recording?: Recording | undefined;
  /** Called before each request, redirects included. */
  readonly sends?: (() => void) | undefined;
}

/** What an address shows to a visitor without credentials. */
export interface Probed {
  /** Where the redirects ended. */
  readonly url: URL;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly page: Page | undefined;
  /** The body as JSON. Throws the fault that says what came instead. */
  readonly json: () => unknown;
}

/** GET without credentials, following redirects to other sites. Throws `unavailable` when there is no answer. */
export type Probe = (address: string) => Promise<Probed>;

const MAX_HOPS = 10;
const MAX_BYTES = 16 * 1024 * 1024;

export function createProbe(options: ProbeOptions): Probe {
  const agents = new Map<string | undefined, Agents>();
  const agentsFor = (proxy: string | undefined): Agents => {
    const known = agents.get(proxy) ?? createAgents(proxy);
    agents.set(proxy, known);
    return known;
  };
  const trace = (line: string): void => options.trace?.(redact(line, Object.values(options.headers ?? {})));
  const get = async (url: URL, headers: Readonly<Record<string, string>>, call: object): Promise<Answer> => {
    const link = {
      agents: agentsFor(options.proxy(url.href)),
      caPem: options.caPem,
      limits: { ...LIMITS, firstByteMs: 30_000, wholeMs: 60_000, bodyBytes: MAX_BYTES },
    };
    trace(`> GET ${url.href} ${JSON.stringify(redactHeaders(headers))}`);
    options.sends?.();
    const outgoing = { method: "GET" as const, url, headers, body: undefined };
    const recorded = await options.recording?.(outgoing, call);
    const exchanged = await exchange(outgoing, link);
    recorded?.(exchanged);
    const { answer, broken } = exchanged;
    if (broken !== undefined) {
      trace(`< ${broken.code} ${broken.message}`);
      throw brokenFault(broken, `GET ${redactUrl(url.href)}`, url.origin, true);
    }
    trace(`< ${answer.status} ${JSON.stringify(redactHeaders(answer.headers))} ${answer.body.byteLength} B`);
    return answer;
  };
  return async (address) => {
    const first = new URL(address);
    const seen = new Set<string>();
    for (let url = first; ; ) {
      if (seen.has(url.href) || seen.size > MAX_HOPS) throw circles(first, url);
      seen.add(url.href);
      const extra = isTwin(first, url) ? options.headers : {};
      const headers = {
        accept: "application/json, text/html;q=0.9, */*;q=0.5",
        "user-agent": `ainstein-cms/${options.version}`,
        ...extra,
      };
      const answer = await get(url, headers, seen);
      const next = isRedirect(answer) ? redirectTarget(answer, url) : undefined;
      if (next === undefined || !/^https?:$/.test(next.protocol)) return describe(url, answer);
      next.hash = "";
      url = next;
    }
  };
}

function circles(first: URL, url: URL): Fault {
  return new Fault(
    "unavailable",
    `${redactUrl(first.href)} redirects in circles (last to ${redactUrl(url.href)}).`,
    {
      code: "redirect-loop",
      hint: "Look at the site's redirect rules and at its own address in its settings; http and https are often mixed up behind a proxy.",
    },
  );
}

function isTwin(first: URL, url: URL): boolean {
  const bare = (host: string): string => host.replace(/^www\./, "");
  const safe = url.protocol === "https:" || first.protocol === url.protocol;
  return safe && bare(first.host) === bare(url.host);
}

function describe(url: URL, answer: Answer): Probed {
  const asked = {
    call: { method: "GET", path: url.pathname, repeatable: true, decode: (payload: unknown) => payload },
    name: `GET ${redactUrl(url.href)}`,
    origin: url.origin,
    sentBytes: 0,
  } as const;
  return {
    url,
    status: answer.status,
    headers: answer.headers,
    text: answer.body.toString("utf8"),
    page: readPage(answer),
    json: () => readPayload(answer, asked),
  };
}
