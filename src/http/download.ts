import { Fault, isFault } from "../lib/fault.ts";
import { redactUrl } from "../lib/redact.ts";
import type { Http } from "./http.ts";
import { createAgents } from "./proxy.ts";
import { isPublicIp, lookupAmong, NOT_PUBLIC, refuseClosed } from "./public.ts";
import type { Recording } from "./record.ts";
import { isRedirect, redirectTarget } from "./redirect.ts";
import { type Answer, exchange, LIMITS } from "./transport.ts";

export interface DownloadOptions {
  /** Of the connection: its own origin is asked through it, paced and with its headers. */
  readonly http: Http;
  /** Origin of the connection's site. The operator connected it, so it may be a private one. */
  readonly origin: string;
  readonly proxy: (address: string) => string | undefined;
  readonly caPem?: string | undefined;
  readonly trace?: ((line: string) => void) | undefined;
  readonly version: string;
  /** Keeps record of requests to others than the site, which `http` does of those. */
  readonly recording?: Recording | undefined;
  /** Which IP addresses may be asked, besides the site's own; those of the public internet where absent. */
  readonly isOpen?: (ip: string) => boolean;
}

/**
 * The bytes at an address, at most `maxBytes`. No address is asked with credentials, and those outside of the
 * connection's own site only where they, and all they redirect to, are of the public internet. Throws `invalid` or
 * `unavailable`, of the one file.
 */
export type Download = (address: string, maxBytes: number) => Promise<Uint8Array>;

const MAX_HOPS = 5;

export function createDownload(options: DownloadOptions): Download {
  return async (address, maxBytes) => {
    if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol)) {
      throw refused(address, "is no address that can be downloaded");
    }
    const call = {};
    for (let url = new URL(address), hop = 0; ; hop += 1) {
      if (url.origin === options.origin) return own(options, url, maxBytes);
      const answer = await ask(options, url, maxBytes, call);
      const next = isRedirect(answer) ? redirectTarget(answer, url) : undefined;
      if (next === undefined) {
        if (answer.status === 200) return answer.body;
        throw refused(url.href, `answers with status ${answer.status}`);
      }
      if (hop >= MAX_HOPS || !/^https?:$/.test(next.protocol)) throw refused(url.href, "redirects too far");
      url = next;
    }
  };
}

/**
 * Whoever may write a text there chooses the address. With credentials it could do what the account may: WordPress takes
 * `?_method=DELETE` in the address of a read.
 */
async function own({ http }: DownloadOptions, url: URL, maxBytes: number): Promise<Uint8Array> {
  const sent = http.send({
    method: "GET",
    path: url.href,
    as: "bytes",
    repeatable: true,
    anonymous: true,
    decode: (payload) => payload as Uint8Array,
  });
  const { value } = await sent.catch((thrown: unknown) => {
    throw ofOneFile(url.href, thrown);
  });
  if (value.length > maxBytes) throw tooLarge(url.href, maxBytes);
  return value;
}

/** That visitors may not have a file, or that it is not there, says nothing of the connection. */
function ofOneFile(address: string, thrown: unknown): unknown {
  if (!isFault(thrown) || thrown.httpStatus === 429) return thrown;
  if (thrown.httpStatus !== undefined) return refused(address, `answers with status ${thrown.httpStatus}`);
  return thrown.kind === "protocol" ? refused(address, `cannot be had: ${thrown.message}`) : thrown;
}

async function ask(options: DownloadOptions, url: URL, maxBytes: number, call: object): Promise<Answer> {
  const proxy = options.proxy(url.href);
  const shown = redactUrl(url.href);
  const { isOpen = isPublicIp } = options;
  await refuseClosed(url.hostname, isOpen).catch((cause: unknown) => {
    throw unreachable(url.href, cause);
  });
  options.trace?.(`> GET ${shown}`);
  const headers = { accept: "*/*", "user-agent": `ainstein-cms/${options.version}` };
  const outgoing = { method: "GET" as const, url, headers, body: undefined };
  // What signs an address for a while is in its query.
  const recorded = await options.recording?.({ ...outgoing, url: new URL(url.origin + url.pathname) }, call);
  const exchanged = await exchange(outgoing, {
    agents: createAgents(proxy),
    caPem: options.caPem,
    limits: { ...LIMITS, firstByteMs: 30_000, bodyBytes: maxBytes },
    ...(proxy === undefined ? { lookup: lookupAmong(isOpen) } : {}),
  });
  recorded?.(exchanged);
  const { answer, broken } = exchanged;
  options.trace?.(`< ${answer === undefined ? broken.code : `${answer.status} ${answer.body.length} B`}`);
  if (answer !== undefined) return answer;
  if (broken.code === "TOO_LARGE") throw tooLarge(url.href, maxBytes);
  throw unreachable(url.href, broken);
}

function unreachable(address: string, cause: unknown): Fault {
  const { code, message } = cause as { readonly code?: string; readonly message: string };
  if (code === NOT_PUBLIC)
    return refused(address, "leads into a private network, where nothing is downloaded from");
  return new Fault("unavailable", `${redactUrl(address)} cannot be reached: ${message}`, {
    code: "download-failed",
    scope: "item",
    cause,
  });
}

function refused(address: string, why: string): Fault {
  return new Fault("invalid", `${redactUrl(address)} ${why}`, { code: "download-refused" });
}

function tooLarge(address: string, maxBytes: number): Fault {
  return new Fault("invalid", `${redactUrl(address)} is larger than ${maxBytes} bytes`, {
    code: "media-too-large",
    hint: "raise `media: { maxBytes: … }` in ainstein.yaml",
  });
}
