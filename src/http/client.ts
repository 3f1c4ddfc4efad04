import type { Clock } from "../lib/clock.ts";
import { asUnsent, Fault, isFault } from "../lib/fault.ts";
import { redact, redactHeaders, redactUrl } from "../lib/redact.ts";
import { stopFault } from "../lib/stop.ts";
import { resolveAddress } from "./address.ts";
import { refusalFault, tooFastFault } from "./answer.ts";
import { attemptOf, brokenFault } from "./broken.ts";
import { type Call, type Http, type Reply, TOO_LATE } from "./http.ts";
import { createPacer, type Ledger, type Outcome, type Pacer, type Rate, sleepOrStop } from "./pace.ts";
import { type Asked, decodeWith, readPayload, refuseCached } from "./payload.ts";
import { createAgents } from "./proxy.ts";
import { createRecording, type Recorder, type Recording } from "./record.ts";
import { isRedirect, nextHop } from "./redirect.ts";
import { type Attempt, decideRetry, parseRetryAfter, RETRY_RULES, type RetryRules } from "./retry.ts";
import { type Tells, type Told, toldBy } from "./told.ts";
import { createMeter, type Meter, type Traffic } from "./traffic.ts";
import {
  type Answer,
  type Broken,
  exchange,
  LIMITS,
  type Limits,
  type Link,
  type Outgoing,
  STOPPED,
} from "./transport.ts";

type Headers = Readonly<Record<string, string>>;

export interface HttpOptions {
  /** No final slash; may end in `?rest_route=`. */
  readonly baseUrl: string;
  /** Adds the credentials to the headers of one request, when its turn to be sent has come. */
  readonly authorize: (headers: Headers) => Headers | Promise<Headers>;
  /** Told the headers of a request that was answered by a 401: true where it may be sent once more, signed anew. */
  readonly refused?: (sent: Headers) => Promise<boolean>;
  /** Sent with every request of this connection. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Address of the proxy; undefined for none. `proxyFor` finds the one of the environment. */
  readonly proxy?: string | undefined;
  /** PEM text of certificates to trust besides node's own. */
  readonly caPem?: string | undefined;
  readonly pace: Rate;
  /** What the site's answers say of its limits besides the usual headers. */
  readonly tells?: Tells;
  /** Where the budget is kept that others share; in this client when left out. */
  readonly ledger?: Ledger;
  /** Is told how the connection is doing, a few times a second. */
  readonly observe?: ((traffic: Traffic) => void) | undefined;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** Ends waiting before and between attempts; a request in flight is always finished. */
  readonly signal?: AbortSignal | undefined;
  /** Takes one line per request and answer, credentials masked. */
  readonly trace?: ((line: string) => void) | undefined;
  /** Keeps record of each request; one that cannot be recorded is not sent. */
  readonly recorder?: Recorder | undefined;
  /** Values that no trace and no message may show. */
  readonly secrets?: () => readonly string[];
  readonly limits?: Partial<Limits>;
  readonly retry?: Partial<RetryRules>;
  /** Of this program, for the User-Agent. */
  readonly version?: string;
}

/** Everything about one connection that does not change between its requests. */
interface Channel {
  readonly options: HttpOptions;
  readonly origin: string;
  readonly link: Link;
  readonly pacer: Pacer;
  readonly meter: Meter;
  readonly rules: RetryRules;
  readonly trace: (line: string) => void;
  readonly recording: Recording | undefined;
  readonly counter: { requests: number; retries: number };
}

/** What came of one attempt: a reply, or a fault and whether to think about another attempt. */
type Verdict<T> =
  | { readonly reply: Reply<T>; readonly fault: undefined }
  | { readonly reply: undefined; readonly fault: Fault; readonly attempt: Attempt | undefined };

export function createHttp(options: HttpOptions): Http {
  const { trace, clock, ledger, secrets = () => [] } = options;
  const counter = { requests: 0, retries: 0 };
  const rules = { ...RETRY_RULES, ...options.retry };
  const meter = createMeter(options.observe, () => ({ ...counter, ...pacer.standing() }), clock);
  const pacer = createPacer(options.pace, clock, {
    meter,
    patienceMs: rules.patienceMs,
    restMs: rules.baseMs * 2,
    ...(ledger === undefined ? {} : { ledger }),
  });
  const channel: Channel = {
    options,
    origin: new URL(options.baseUrl).origin,
    link: {
      agents: createAgents(options.proxy),
      caPem: options.caPem,
      limits: { ...LIMITS, ...options.limits },
    },
    pacer,
    meter,
    rules,
    trace: trace === undefined ? () => {} : (line) => trace(redact(line, secrets())),
    recording: createRecording({ recorder: options.recorder, clock, secrets }),
    counter,
  };
  return {
    send: async (call) => {
      try {
        return await send(channel, call);
      } catch (thrown) {
        throw isFault(thrown) ? hideSecrets(thrown, secrets()) : thrown;
      }
    },
    requests: () => counter.requests,
  };
}

async function send<T>(channel: Channel, call: Call<T>): Promise<Reply<T>> {
  const { options, rules } = channel;
  for (let attempt = 1; ; attempt += 1) {
    // What may have been carried out the first time has begun.
    const begins = call.begins === true && (attempt === 1 || !call.repeatable);
    const verdict = await tryOnce(channel, call, begins);
    if (verdict.fault === undefined) return verdict.reply;
    if (verdict.attempt === undefined) throw verdict.fault;
    const decision = decideRetry(
      attempt,
      verdict.attempt,
      call.repeatable,
      options.random,
      options.clock.now(),
      rules,
    );
    if (!decision.retry) throw verdict.fault;
    channel.trace(`  again in ${decision.waitMs} ms: ${verdict.fault.message}`);
    const { httpStatus } = verdict.fault;
    const why = httpStatus === undefined ? "no answer came" : `the site answered ${httpStatus}`;
    const over = channel.meter.waits({ why, until: options.clock.now() + decision.waitMs });
    try {
      await sleepOrStop(options.clock, decision.waitMs, options.signal);
    } catch (thrown) {
      throw asUnsent(thrown, begins && !call.repeatable);
    } finally {
      over();
    }
    channel.counter.retries += 1;
  }
}

async function tryOnce<T>(channel: Channel, call: Call<T>, begins: boolean): Promise<Verdict<T>> {
  const outgoing = prepare(channel, call);
  const asked: Asked = {
    call,
    name: `${call.method} ${redactUrl(call.path)}`,
    origin: channel.origin,
    sentBytes: outgoing.body?.byteLength ?? 0,
  };
  const { answer, told, broken } = await follow(channel, outgoing, asked, begins);
  if (broken !== undefined) return { reply: undefined, ...brokenVerdict(broken, asked) };
  if (told.throttled) return { reply: undefined, ...throttledVerdict(answer, told, asked, channel) };
  const accepted = isAccepted(answer.status, call);
  if (!accepted) return { reply: undefined, ...refusedVerdict(answer, asked, channel) };
  if (isFresh(call)) refuseCached(answer, asked);
  const value = decodeWith(call, readPayload(answer, asked), asked);
  const { status, headers } = answer;
  return { reply: { status, headers, value, serverTime: serverTime(answer) }, fault: undefined };
}

/** The server's clock when it answered: instants that it names are by that one, which may be minutes from ours. */
function serverTime({ headers }: Answer): number | undefined {
  const date = Date.parse(headers.date ?? "");
  return Number.isNaN(date) ? undefined : date;
}

interface Failed {
  readonly fault: Fault;
  readonly attempt: Attempt | undefined;
}

function brokenVerdict(broken: Broken, asked: Asked): Failed {
  const fault = brokenFault(broken, asked.name, asked.origin, asked.call.repeatable);
  return { fault, attempt: broken.code === "TOO_LARGE" ? undefined : attemptOf(broken) };
}

function refusedVerdict(answer: Answer, asked: Asked, channel: Channel): Failed {
  const now = serverTime(answer) ?? channel.options.clock.now();
  const fault = refusalFault(answer, asked, now);
  const final = fault.kind === "ambiguous" || fault.code === "challenge-page";
  const retryAfter = inSeconds(parseRetryAfter(answer.headers["retry-after"], now));
  return { fault, attempt: final ? undefined : { was: "answered", status: answer.status, retryAfter } };
}

/** Refused at the door, in whatever words: nothing was done, and it may be sent again. */
function throttledVerdict(answer: Answer, told: Told, asked: Asked, channel: Channel): Failed {
  const { askedMs } = told;
  const usual = answer.status === 429 ? refusedVerdict(answer, asked, channel) : undefined;
  if (usual !== undefined && usual.attempt === undefined) return usual;
  return {
    fault: usual?.fault ?? tooFastFault(answer, asked, askedMs),
    attempt: { was: "answered", status: 429, retryAfter: inSeconds(askedMs) },
  };
}

function inSeconds(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : String(ms / 1000);
}

/** Servers may repeat what was sent to them; a message must not. */
function hideSecrets(fault: Fault, secrets: readonly string[]): Fault {
  const message = redact(fault.message, secrets);
  if (message === fault.message) return fault;
  const { code, scope, unsent, hint, place, httpStatus, retryAfterMs } = fault;
  return new Fault(fault.kind, message, {
    code,
    scope,
    unsent,
    ...(hint === undefined ? {} : { hint }),
    ...(place === undefined ? {} : { place }),
    ...(httpStatus === undefined ? {} : { httpStatus }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

function isAccepted(status: number, call: Call<unknown>): boolean {
  return (status >= 200 && status < 300) || (call.accept?.includes(status) ?? false);
}

type Followed = (
  | { readonly answer: Answer; readonly told: Told; readonly broken: undefined }
  | { readonly answer: undefined; readonly told: undefined; readonly broken: Broken }
) & {
  /** The headers it went out with. */
  readonly sent: Headers;
};

/** Sends, and follows redirects of reads as long as they stay within the origin. */
async function follow(channel: Channel, first: Outgoing, asked: Asked, begins: boolean): Promise<Followed> {
  let outgoing = first;
  for (let hop = 0; ; hop += 1) {
    const followed = await admitted(channel, outgoing, asked.call, begins);
    const { answer } = followed;
    if (answer === undefined || !isRedirect(answer) || isAccepted(answer.status, asked.call)) return followed;
    outgoing = { ...outgoing, url: nextHop(answer, outgoing, hop, asked.name) };
  }
}

/** Sends; once more where new credentials took the place of those refused. A 401 did nothing, to a write neither. */
async function admitted(
  channel: Channel,
  outgoing: Outgoing,
  call: Call<unknown>,
  begins: boolean,
): Promise<Followed> {
  const first = await paced(channel, outgoing, call, begins);
  const { refused } = channel.options;
  if (refused === undefined || first.answer?.status !== 401 || call.anonymous === true) return first;
  if (!(await refused(first.sent))) return first;
  channel.trace("  again with newer credentials");
  channel.counter.retries += 1;
  return paced(channel, outgoing, call, begins);
}

interface Turn {
  readonly leave: Awaited<ReturnType<Pacer["enter"]>>;
  readonly signed: Outgoing;
  /** To be called with what was exchanged. */
  readonly recorded: Awaited<ReturnType<Recording>> | undefined;
}

/** A turn to send, unless the run is to end before something is begun. Signed late: waiting may outlast a token. */
async function turnOf(
  { options: { signal, authorize, clock }, pacer, recording }: Channel,
  outgoing: Outgoing,
  call: Call<unknown>,
  begins: boolean,
): Promise<Turn> {
  try {
    const leave = await pacer.enter(signal, call.cost);
    try {
      const headers = call.anonymous === true ? outgoing.headers : await authorize(outgoing.headers);
      if (begins && signal?.aborted === true) throw stopFault(signal, "stopped before it was sent");
      if (clock.now() > (call.notAfter ?? Number.POSITIVE_INFINITY)) throw turnTooLate();
      const recorded = await recording?.(outgoing, call);
      return { leave, signed: { ...outgoing, headers: { ...headers } }, recorded };
    } catch (thrown) {
      leave();
      throw thrown;
    }
  } catch (thrown) {
    throw asUnsent(thrown, begins);
  }
}

function turnTooLate(): Fault {
  return new Fault("unavailable", "Its turn came too late: what it changes may have been edited meanwhile.", {
    code: TOO_LATE,
    scope: "item",
    hint: "Run the command again.",
  });
}

/** What breaks off a request on the way: the deadline, if it only reads. The answer to a write matters, however late. */
function endOf({ method }: Outgoing, { signal }: HttpOptions): AbortSignal | undefined {
  const reads = method === "GET" || method === "HEAD";
  // What is asked after the end is about what was sent before it.
  return reads && signal?.aborted === false ? signal : undefined;
}

async function paced(
  channel: Channel,
  unsigned: Outgoing,
  call: Call<unknown>,
  begins: boolean,
): Promise<Followed> {
  const { clock, signal } = channel.options;
  const { leave, signed: outgoing, recorded } = await turnOf(channel, unsigned, call, begins);
  const sent = outgoing.headers;
  let outcome: Outcome = { trouble: true };
  try {
    channel.counter.requests += 1;
    channel.meter.moved();
    const started = clock.now();
    const headers = JSON.stringify(redactHeaders(outgoing.headers));
    channel.trace(`> ${outgoing.method} ${outgoing.url.href} ${headers} ${outgoing.body?.byteLength ?? 0} B`);
    const exchanged = await exchange(outgoing, channel.link, endOf(outgoing, channel.options));
    recorded?.(exchanged);
    const { answer, broken } = exchanged;
    const came =
      broken === undefined
        ? `${answer.status} ${JSON.stringify(redactHeaders(answer.headers))} ${answer.body.byteLength} B`
        : `${broken.code} ${broken.message}`;
    if (broken?.code === STOPPED && isFault(signal?.reason)) throw signal.reason;
    channel.trace(`< ${came} after ${clock.now() - started} ms`);
    if (broken !== undefined) return { answer: undefined, told: undefined, broken, sent };
    const told = toldBy(answer, channel.options.tells ?? {}, serverTime(answer) ?? clock.now());
    outcome = { told, trouble: told.throttled || answer.status >= 500 };
    return { answer, told, broken: undefined, sent };
  } finally {
    leave(outcome);
    channel.meter.moved();
  }
}

function prepare(channel: Channel, call: Call<unknown>): Outgoing {
  const { options } = channel;
  const url = resolveAddress(options.baseUrl, call.path, call.query);
  const { body, type } = encodeBody(call);
  const headers: Record<string, string> = {
    accept: call.as === "bytes" || call.as === "text" ? "*/*" : "application/json",
    "user-agent": `ainstein-cms/${options.version ?? "0"}`,
    ...(type === undefined ? {} : { "content-type": type }),
    ...lowerCase(options.headers),
    ...lowerCase(call.headers),
  };
  if (isFresh(call)) {
    const parameter = typeof call.fresh === "string" ? call.fresh : "_fresh";
    headers["cache-control"] = "no-cache";
    headers.pragma = "no-cache";
    const once = `${options.clock.now()}${String(options.random()).slice(2)}`;
    if (parameter !== "") url.searchParams.set(parameter, once);
  }
  return { method: call.method, url, headers, body };
}

const isFresh = ({ fresh = false }: Call<unknown>) => fresh !== false;

function encodeBody(call: Call<unknown>): { body: Uint8Array | undefined; type: string | undefined } {
  const { body } = call;
  if (body === undefined) return { body: undefined, type: undefined };
  if ("bytes" in body) return { body: body.bytes, type: body.type };
  if ("json" in body) {
    return { body: Buffer.from(JSON.stringify(body.json), "utf8"), type: "application/json; charset=utf-8" };
  }
  const form = new URLSearchParams(body.form).toString();
  return { body: Buffer.from(form, "utf8"), type: "application/x-www-form-urlencoded" };
}

function lowerCase(headers: Readonly<Record<string, string>> | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  );
}
