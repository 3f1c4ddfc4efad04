// What every sandbox has of a server: it listens on this machine alone, logs, and answers nobody who calls it otherwise.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

export interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Incoming {
  readonly method: string;
  /** Path and query as sent. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

export interface Logged extends Omit<Incoming, "body"> {
  /** Of JSON and forms; "" for anything else. */
  readonly body: string;
}

export interface Serving {
  /** A free one when left out. */
  readonly port: number | undefined;
  /** `cut`: the connection ends without an answer. */
  readonly answer: (incoming: Incoming) => Reply | "cut";
  /** Awaited before each answer. */
  readonly delay: () => Promise<void> | undefined;
}

export interface Served {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** The last requests, oldest first. */
  readonly requests: readonly Logged[];
  /** Answers calls to this address, too: a proxy before it. */
  reachedAt(url: string): void;
  close(): Promise<void>;
}

const LOG_LIMIT = 5_000;
const BODY_LIMIT = 64 * 1024 * 1024;

/** Listens on 127.0.0.1. Rejects with Node's error where the port cannot be had. */
export async function serve(serving: Serving): Promise<Served> {
  const requests: Logged[] = [];
  const own: string[] = [];
  const server = createServer((request, response) => {
    // A request that is cut off in the middle is nobody's.
    handle(request, response, serving, own, requests).catch(() => response.destroy());
  });
  await listen(server, serving.port ?? 0);
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  own.push(url);
  return {
    url,
    requests,
    reachedAt: (other) => own.push(other),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: "127.0.0.1", port, exclusive: true }, resolve);
  });
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  { answer, delay }: Serving,
  own: readonly string[],
  requests: Logged[],
): Promise<void> {
  const body = await bodyOf(request);
  const { method = "GET", url = "/", headers } = request;
  const text = /^application\/(?:json|x-www-form-urlencoded)/.test(headers["content-type"] ?? "");
  requests.push({ method, url, headers, body: text ? body.toString("utf8") : "" });
  if (requests.length > LOG_LIMIT) requests.shift();
  if (!own.some((one) => isHostOf(one, headers.host))) {
    return send(response, {
      status: 400,
      type: "text/plain",
      body: "This is not the address of the sandbox.",
    });
  }
  await delay();
  const reply = answer({ method, url, headers, body });
  if (reply === "cut") response.destroy();
  else send(response, reply);
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).byteLength;
    if (size > BODY_LIMIT) throw new Error("too much was sent");
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

/** A page of another site that a browser shows must not reach the sandbox under a name of its own. */
function isHostOf(url: string, host: string | undefined): boolean {
  const { port } = new URL(url);
  return ["127.0.0.1", "localhost", "[::1]"].some((name) => host === `${name}:${port}`);
}

function send(response: ServerResponse, { status, type, body, headers }: Reply): void {
  const page = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' https:",
  };
  response.writeHead(status, {
    "content-type": /^(?:text|application)\//.test(type) ? `${type}; charset=utf-8` : type,
    "x-content-type-options": "nosniff",
    ...(type === "text/html" ? page : {}),
    ...headers,
  });
  response.end(status === 204 ? undefined : body);
}

export function json(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, type: "application/json", body: JSON.stringify(value), headers };
}
