// One exchange with a provider over the product's own client: paced, bounded, redacted, one channel for each of its origins.
import { createHttp } from "../http/client.ts";
import type { Call, Http, Method } from "../http/http.ts";
import type { Recorder } from "../http/record.ts";
import { Fault } from "../lib/fault.ts";
import type { Provider } from "./provider.ts";
import type { Answered, Asking, Exchange, OpenParts } from "./service.ts";

/** 408, 425 and 429 tell to come again: they become faults, as 5xx do. */
const ANSWERS = Array.from({ length: 200 }, (_none, index) => 300 + index).filter(
  (status) => ![408, 425, 429].includes(status),
);

/** Who waits for longer is the queue, which knows of other occurrences. */
const RETRY = { attempts: 2, unsentAttempts: 2, baseMs: 300, patienceMs: 3000 };
const ANSWER_MS = 20_000;
/** No answer that is read here is larger. */
const LARGEST_ANSWER = 4 * 1024 * 1024;

/** `base`: the address of this machine that takes the place of all others, in tests. */
export function createExchange(
  provider: Provider,
  parts: OpenParts,
  secrets: () => readonly string[],
  base: string | undefined,
): Exchange {
  const channels = new Map<string, Http>();
  const accepted = [...ANSWERS, ...(provider.errors?.as5xx ?? [])];
  return async (asking) => {
    const url = base === undefined ? asking.url : redirected(base, asking.url);
    if (url.protocol !== "https:" && base === undefined) throw notHttps(provider, url);
    let http = channels.get(url.origin);
    if (http === undefined) {
      http = channelTo(url.origin, provider, parts, secrets);
      channels.set(url.origin, http);
    }
    const { status, headers, value } = await http.send(callOf(asking, url, accepted));
    return { status, headers, payload: readJson(value) };
  };
}

function redirected(base: string, url: URL): URL {
  return new URL(`${base}/${url.host}${url.pathname}${url.search}`);
}

function notHttps({ title }: Provider, url: URL): Fault {
  return new Fault("usage", `${title} is asked over https only, not over ${url.protocol}//.`, {
    code: "services.not-https",
  });
}

function channelTo(
  origin: string,
  { limits }: Provider,
  parts: OpenParts,
  secrets: () => readonly string[],
): Http {
  const answerMs = parts.answerMs ?? ANSWER_MS;
  return createHttp({
    baseUrl: origin,
    authorize: (headers) => headers,
    proxy: parts.proxy?.(origin),
    caPem: parts.caPem,
    pace: { perSecond: limits.perSecond, concurrency: limits.concurrency },
    clock: parts.clock,
    random: parts.random,
    signal: parts.signal,
    trace: parts.trace,
    recorder: parts.recorder && recording(parts.recorder),
    secrets,
    limits: { firstByteMs: answerMs, wholeMs: answerMs * 2, bodyBytes: LARGEST_ANSWER },
    retry: RETRY,
    ...(parts.version === undefined ? {} : { version: parts.version }),
  });
}

/** Addresses may name people. */
function recording(recorder: Recorder): Recorder {
  return ({ operation, ...leaving }) => {
    const { origin, pathname } = new URL(leaving.url);
    return recorder({ ...leaving, url: origin + (operation ?? pathname) });
  };
}

function callOf(asking: Asking, url: URL, accept: readonly number[]): Call<string> {
  const { body } = asking;
  const { "content-type": type = "application/octet-stream", ...headers } = asking.headers;
  return {
    method: asking.method as Method,
    path: url.href,
    // Answers are read as text, so that those of another form can be told apart by rules.
    as: "text",
    headers: { accept: "application/json", ...headers },
    ...(body === undefined ? {} : { body: { bytes: body, type } }),
    ...(asking.path === undefined ? {} : { cost: { kind: asking.path, about: 1 } }),
    repeatable: asking.repeatable,
    ...(asking.repeatable ? {} : { begins: true as const }),
    accept,
    // A HEAD has no body.
    decode: (text) => (typeof text === "string" ? text : ""),
  };
}

/** JSON where it is some, whatever byte order mark stands before it; else the text. */
function readJson(text: string): unknown {
  const plain = text.replace(/^\ufeff/, "");
  try {
    return JSON.parse(plain);
  } catch {
    return plain;
  }
}

/** A page in place of data: somebody in front of the provider answered, or a wrong address. */
export function isPage({ payload }: Answered): boolean {
  return typeof payload === "string" && /^\s*<(?:!doctype html|html|head|body)\b/i.test(payload);
}
