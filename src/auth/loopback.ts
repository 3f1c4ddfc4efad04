import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Fault } from "../lib/fault.ts";
import { equalTexts } from "./equal-texts.ts";
import {
  CAME_BACK,
  type LastPage,
  lastPageHtml,
  NOT_HERE,
  ONCE_ONLY,
  OTHER_REQUEST,
  SEE_TERMINAL,
} from "./loopback-page.ts";

export interface LoopbackOptions {
  /** A free one when left out. */
  readonly port?: number | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** A one-shot listener on this machine for a page that sends a browser back to this program. */
export interface Loopback {
  /** Where the page should send the browser; holds a secret path and a secret `state`. */
  readonly returnTo: string;
  /**
   * Query parameters of the one accepted call, `state` left out, once the browser shows the last page and listening
   * has ended. Rejects on time-out and abort.
   */
  readonly received: Promise<Readonly<Record<string, string>>>;
  close(): void;
}

/** Throws `usage` when the port cannot be had. */
export async function openLoopback(options: LoopbackOptions): Promise<Loopback> {
  const path = `/back/${randomBytes(16).toString("base64url")}`;
  const state = randomBytes(24).toString("base64url");
  const callback = await openCallback({ ...options, path, state });
  const received = callback.received.then(async (parameters) => {
    await callback.finish(CAME_BACK);
    return Object.fromEntries([...parameters].filter(([name]) => name !== "state"));
  });
  received.catch(() => {});
  return { returnTo: `${callback.address}?state=${state}`, received, close: callback.close };
}

export interface CallbackOptions extends LoopbackOptions {
  /** As the registered address names this machine; when left out, by an address that it has. */
  readonly host?: "127.0.0.1" | "localhost";
  readonly path: string;
  /** A call with another one is shown a page, and not taken. */
  readonly state: string;
}

/** A listener whose last page waits for the outcome. */
export interface CallbackListener {
  /** `http://<host>:<port><path>`. */
  readonly address: string;
  /** All query parameters of the one accepted call. Rejects on time-out and abort. */
  readonly received: Promise<URLSearchParams>;
  /** Shows the last page, and ends once the browser has it or does not ask for it. Does nothing when all has ended. */
  finish(page: LastPage): Promise<void>;
  /** Ends at once. */
  close(): void;
}

/** How long the last page can still be fetched once it is known. */
const LINGER_MS = 2_000;
/** How long a browser waits for the outcome. */
const OUTCOME_MS = 60_000;

/** What one listener has come to. */
interface Wait {
  taken: boolean;
  over: boolean;
  /** Calls that came for another request. */
  strangers: number;
  readonly accepted: Deferred<URLSearchParams>;
  readonly last: Deferred<LastPage>;
  readonly ended: Deferred<void>;
  readonly timers: NodeJS.Timeout[];
}

/**
 * Listens on 127.0.0.1 and ::1, whichever of them this machine has. Throws `usage`: `port-taken`, `no-loopback`.
 */
export async function openCallback(options: CallbackOptions): Promise<CallbackListener> {
  const { host, path, port, signal, timeoutMs } = options;
  const [accepted, last, ended] = [deferred<URLSearchParams>(), deferred<LastPage>(), deferred<void>()];
  const wait: Wait = { taken: false, over: false, strangers: 0, accepted, last, ended, timers: [] };
  const own = { host: "" };
  const listening = await listenOnBoth(
    (request, response) => {
      const verdict = judge(request, own.host, options);
      if (verdict instanceof URLSearchParams) take(wait, verdict, response, finish);
      else turnAway(wait, verdict, response, stop);
    },
    port ?? 0,
    host,
  );
  own.host = `${host ?? (listening.hasIpv4 ? "127.0.0.1" : "[::1]")}:${listening.port}`;
  const stop = (): void => {
    wait.over = true;
    for (const timer of wait.timers) clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
    closeAll(listening.servers);
    ended.resolve();
  };
  const finish = (page: LastPage): Promise<void> => {
    if (!wait.taken) stop();
    last.resolve(page);
    if (!wait.over) wait.timers.push(setTimeout(stop, LINGER_MS));
    return ended.promise;
  };
  const fail = (fault: Fault): void => {
    accepted.reject(fault);
    stop();
  };
  const onAbort = (): void => fail(new Fault("interrupted", "Interrupted while waiting for the browser."));
  const onTime = (): void => (wait.taken ? undefined : fail(tooLate(timeoutMs, wait.strangers)));
  signal.addEventListener("abort", onAbort, { once: true });
  wait.timers.push(setTimeout(onTime, timeoutMs));
  if (signal.aborted) onAbort();
  return { address: `http://${own.host}${path}`, received: accepted.promise, finish, close: stop };
}

/** The first call with our state counts. The browser is left on an address that holds no secret. */
function take(
  wait: Wait,
  parameters: URLSearchParams,
  response: ServerResponse,
  finish: (page: LastPage) => Promise<void>,
): void {
  if (wait.taken) {
    show(response, 410, ONCE_ONLY);
    return;
  }
  wait.taken = true;
  wait.timers.push(setTimeout(() => void finish(SEE_TERMINAL), OUTCOME_MS));
  response.writeHead(303, { ...QUIET, location: DONE }).end();
  wait.accepted.resolve(parameters);
}

function turnAway(wait: Wait, verdict: "done" | Refusal, response: ServerResponse, stop: () => void): void {
  if (verdict !== "done") {
    if (verdict.page === OTHER_REQUEST) wait.strangers += 1;
    show(response, verdict.status, verdict.page);
  } else if (wait.taken) {
    void wait.last.promise.then((page) => show(response, 200, page, stop));
  } else {
    show(response, 404, NOT_HERE);
  }
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (fault: Fault) => void;
}

function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => {};
  let reject: (fault: Fault) => void = () => {};
  const promise = new Promise<T>((done, failed) => {
    resolve = done;
    reject = failed;
  });
  promise.catch(() => {});
  return { promise, resolve, reject };
}

function tooLate(timeoutMs: number, strangers: number): Fault {
  const others =
    strangers === 0 ? "" : " A window did come back, but for another request: an old tab, perhaps.";
  return new Fault(
    "auth",
    `The browser did not come back within ${Math.round(timeoutMs / 1000)} seconds.${others}`,
    {
      code: "browser-timeout",
      hint: "Run the command again, or give it more time with --timeout.",
    },
  );
}

type Answerer = (request: IncomingMessage, response: ServerResponse) => void;

interface Listening {
  readonly servers: readonly Server[];
  readonly port: number;
  readonly hasIpv4: boolean;
}

/** Codes of a machine that does not have the address at all. */
const ABSENT: readonly unknown[] = ["EADDRNOTAVAIL", "EAFNOSUPPORT"];
/** A free port of one family may be taken in the other. */
const TRIES = 5;

async function listenOnBoth(answer: Answerer, port: number, host: string | undefined): Promise<Listening> {
  for (let left = TRIES; ; left -= 1) {
    const servers: Server[] = [];
    try {
      const four = await listen(answer, "127.0.0.1", port);
      if (four !== undefined) servers.push(four);
      if (four === undefined && host === "127.0.0.1") throw noLoopback("address 127.0.0.1");
      const six = await listen(answer, "::1", four === undefined ? port : portOf(four));
      if (six !== undefined) servers.push(six);
      const [first] = servers;
      if (first === undefined) throw noLoopback("loopback address");
      return { servers, port: portOf(first), hasIpv4: four !== undefined };
    } catch (thrown) {
      closeAll(servers);
      const isChance = port === 0 && left > 1 && (thrown as { code?: unknown }).code === "port-taken";
      if (!isChance) throw thrown;
    }
  }
}

/** Undefined where the machine has no such address. */
function listen(answer: Answerer, host: string, port: number): Promise<Server | undefined> {
  const server = createServer({ maxHeaderSize: 16 * 1024, requestTimeout: 10_000 }, answer);
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (ABSENT.includes(error.code)) {
        resolve(undefined);
        return;
      }
      const why = error.code ?? error.message;
      reject(
        new Fault("usage", `Nothing can listen on port ${port} of ${host} (${why}).`, {
          code: "port-taken",
          hint: "Choose another one with --port, or leave it out.",
        }),
      );
    });
    server.listen({ host, port, exclusive: true, ipv6Only: true }, () => resolve(server));
  });
}

function noLoopback(what: string): Fault {
  return new Fault("usage", `This machine has no ${what} for the browser to come back to.`, {
    code: "no-loopback",
    hint: "Use --no-browser, and paste the address that the browser ends on.",
  });
}

function closeAll(servers: readonly Server[]): void {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

const DONE = "/done";

interface Refusal {
  readonly status: 400 | 404 | 405;
  readonly page: LastPage;
}

/** The Host header must be ours, or a foreign page could reach this listener under a name of its own. */
function judge(
  request: IncomingMessage,
  host: string,
  { path, state }: CallbackOptions,
): URLSearchParams | "done" | Refusal {
  if (request.headers.host !== host) return { status: 400, page: NOT_HERE };
  const address = `http://${host}${request.url ?? "/"}`;
  if (!URL.canParse(address)) return { status: 400, page: NOT_HERE };
  const { pathname, searchParams } = new URL(address);
  const isDone = pathname === DONE;
  if (!isDone && !equalTexts(pathname, path)) return { status: 404, page: NOT_HERE };
  if (request.method !== "GET") return { status: 405, page: NOT_HERE };
  if (isDone) return "done";
  const states = searchParams.getAll("state");
  if (states.length === 1 && equalTexts(states[0] ?? "", state)) return searchParams;
  return { status: 400, page: OTHER_REQUEST };
}

const QUIET = {
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  connection: "close",
};

function show(response: ServerResponse, status: number, page: LastPage, after: () => void = () => {}): void {
  response.writeHead(status, {
    ...QUIET,
    "content-type": "text/html; charset=utf-8",
    "content-security-policy":
      "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  });
  response.end(lastPageHtml(page), after);
}
