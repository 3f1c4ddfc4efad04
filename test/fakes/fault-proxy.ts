// A reverse proxy that lets one chosen request meet one mishap of the road between us and a site.
import { createServer, request as forward, type IncomingMessage, type ServerResponse } from "node:http";

export const MISHAPS = [
  /** The connection is cut before the site saw anything of the request. */
  "reset-before",
  /** The site gets half of the request. */
  "reset-during",
  /** The site has carried it out; the connection is cut before the answer. */
  "reset-after",
  /** The site has carried it out; a gateway answers in its place. */
  "502-after",
  "524-after",
  /** Half of the answer, then the connection is cut. */
  "cut-answer",
  /** Half of the answer under a length that fits the half. */
  "short-answer",
  /** Carried out, and no answer ever. */
  "hang",
  /** Refused before the site saw it, with Retry-After. */
  "429",
  "503",
  /** A page in place of the answer; the site saw nothing. */
  "page",
  /** The site's answer with the mark of a cache. */
  "cached",
  /** Sent to the site twice; the first answer is passed on. */
  "twice-first",
  /** Sent to the site twice; the second answer is passed on. */
  "twice-second",
] as const;
export type Mishap = (typeof MISHAPS)[number];

export interface Passed {
  readonly method: string;
  readonly url: string;
  /** Empty until it has arrived. */
  readonly body: string;
  /** Something other than a reading. */
  readonly write: boolean;
}

export interface FaultProxy {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** Every request since `reset`, in the order in which they came. */
  readonly passed: readonly Passed[];
  /** Forgets what passed, and lets request number `at` (from 0) meet the mishap; all from there on with `lasting`. */
  reset(mishap?: Mishap, at?: number, lasting?: boolean): void;
  /** From within `before`: this request meets the mishap, and all after it are cut off; `once`: it alone. */
  cut(mishap: Mishap, once?: boolean): void;
  /** Called before each request is passed on. */
  before: ((passed: Passed) => Promise<void> | void) | undefined;
  stop(): Promise<void>;
}

export interface FaultProxyOptions {
  /** Of a site where the method does not tell. */
  readonly isWrite?: (passed: Omit<Passed, "write">) => boolean;
  /** The site is told the proxy's address as its own. */
  readonly keepsHost?: boolean;
}

interface Reply {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: Buffer;
}

export async function startFaultProxy(
  upstream: string,
  { isWrite, keepsHost = false }: FaultProxyOptions = {},
): Promise<FaultProxy> {
  let passed: Passed[] = [];
  let cutting: Mishap | undefined;
  let armed: { readonly mishap: Mishap; readonly at: number; readonly lasting: boolean } | undefined;
  const server = createServer((request, response) => {
    const { method = "GET", url = "/" } = request;
    const mine = { method, url, body: "", write: method !== "GET" && method !== "HEAD" };
    const index = passed.push(mine) - 1;
    const meets = async (body: Buffer): Promise<Mishap | undefined> => {
      mine.body = body.toString("utf8");
      if (isWrite !== undefined) mine.write = isWrite(mine);
      const hit = armed !== undefined && (armed.lasting ? index >= armed.at : index === armed.at);
      if (hit) return armed?.mishap;
      await proxy.before?.(mine);
      const chosen = cutting;
      cutting = undefined;
      return chosen;
    };
    handle({ upstream, keepsHost }, request, response, meets).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy has no port");
  const proxy: FaultProxy = {
    url: `http://127.0.0.1:${address.port}`,
    get passed() {
      return passed;
    },
    reset: (mishap, at = 0, lasting = false) => {
      passed = [];
      armed = mishap === undefined ? undefined : { mishap, at, lasting };
    },
    cut: (mishap, once = false) => {
      cutting = mishap;
      if (!once) armed = { mishap: "reset-before", at: passed.length, lasting: true };
    },
    before: undefined,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}

/** Where requests are passed on to. */
interface Way {
  readonly upstream: string;
  readonly keepsHost: boolean;
}

async function handle(
  way: Way,
  request: IncomingMessage,
  response: ServerResponse,
  meets: (body: Buffer) => Promise<Mishap | undefined>,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const mishap = await meets(body);
  if (refuse(response, mishap)) return;
  if (mishap === "reset-during") await half(way, request, body);
  if (mishap === "reset-during") return void response.destroy();
  const first = await pass(way, request, body);
  const reply = mishap?.startsWith("twice") === true ? await pass(way, request, body) : first;
  answer(response, mishap === "twice-first" ? first : reply, mishap);
}

/** What happens before the site sees anything. */
function refuse(response: ServerResponse, mishap: Mishap | undefined): boolean {
  switch (mishap) {
    case "reset-before":
      response.destroy();
      return true;
    case "429":
    case "503":
      response.writeHead(Number(mishap), { "retry-after": "1", "content-type": "text/plain" }).end("Later");
      return true;
    case "page":
      response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>Welcome</title>");
      return true;
    default:
      return false;
  }
}

/** What becomes of the site's answer. */
function answer(response: ServerResponse, reply: Reply, mishap: Mishap | undefined): void {
  const { status, headers, body } = reply;
  switch (mishap) {
    case "reset-after":
      response.destroy();
      return;
    case "502-after":
    case "524-after":
      response.writeHead(Number(mishap.slice(0, 3)), { "content-type": "text/html" });
      response.end("<html><title>The site did not answer</title></html>");
      return;
    case "cut-answer":
      response.writeHead(status, { ...headers, "content-length": body.length });
      response.write(body.subarray(0, body.length >> 1), () => response.destroy());
      return;
    case "short-answer":
      response.writeHead(status, { ...headers, "content-length": body.length >> 1 });
      response.end(body.subarray(0, body.length >> 1));
      return;
    case "hang":
      return;
    case "cached":
      response.writeHead(status, { ...headers, age: "30", "x-cache": "HIT" }).end(body);
      return;
    default:
      response.writeHead(status, headers).end(body);
  }
}

function headersFor(
  { upstream, keepsHost }: Way,
  request: IncomingMessage,
): Record<string, string | string[] | undefined> {
  const { connection: _, "transfer-encoding": __, ...headers } = request.headers;
  const host = keepsHost ? headers.host : new URL(upstream).host;
  return { ...headers, host, connection: "close" };
}

function pass(way: Way, request: IncomingMessage, body: Buffer): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const outgoing = forward(
      new URL(request.url ?? "/", way.upstream),
      { method: request.method ?? "GET", headers: headersFor(way, request) },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.on("error", reject);
        incoming.on("end", () => {
          const { connection: _, "transfer-encoding": __, ...headers } = incoming.headers;
          resolve({ status: incoming.statusCode ?? 502, headers, body: Buffer.concat(chunks) });
        });
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/** Half of the body under the length of the whole; a reading without body is not passed on at all. */
function half(way: Way, request: IncomingMessage, body: Buffer): Promise<void> {
  if (body.length === 0) return Promise.resolve();
  return new Promise((resolve) => {
    const headers = { ...headersFor(way, request), "content-length": String(body.length) };
    const outgoing = forward(new URL(request.url ?? "/", way.upstream), {
      method: request.method ?? "GET",
      headers,
    });
    outgoing.on("error", () => resolve());
    outgoing.write(body.subarray(0, body.length >> 1), () => {
      outgoing.destroy();
      resolve();
    });
  });
}
