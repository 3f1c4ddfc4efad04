import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type Clock, systemClock } from "../../lib/clock.ts";
import { type Behaviours, defaultBehaviours } from "./behaviours.ts";
import { makeBlog } from "./blogs.ts";
import { ALL_SCOPES } from "./context.ts";
import type { Bucket } from "./cost.ts";
import { type Grants, newGrants, type SandboxApp } from "./oauth.ts";
import { answer, type Running } from "./routes.ts";
import { seed } from "./seed.ts";
import { emptyStore, type ShopStore } from "./state.ts";
import type { Reply } from "./uploads.ts";

export interface SandboxOptions {
  /** A free one when left out. */
  readonly port?: number;
  readonly clock?: Clock;
  /** Begin with two blogs, articles, pages and a product. Default: what a new shop has, one empty blog. */
  readonly seeded?: boolean;
  /** Of the static token and of client credentials. Default: all that content needs. */
  readonly scopes?: readonly string[];
  /** Redirect addresses of the app; `*` in place of the port stands for any. */
  readonly redirects?: readonly string[];
  readonly behaviours?: Partial<Behaviours>;
}

export interface Logged {
  readonly method: string;
  /** Path and query as sent. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface ShopifySandbox {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** A static access token, as `shpat_…` of a custom app. */
  readonly token: string;
  /** The app that connects. */
  readonly client: SandboxApp;
  /** What the shop holds; may be looked at and changed. */
  readonly store: ShopStore;
  /** May be changed while the sandbox runs. */
  readonly behaviours: Behaviours;
  readonly grants: Grants;
  /** What the app may spend, and has spent. */
  readonly bucket: Readonly<Bucket>;
  /** The last requests, oldest first. */
  readonly requests: readonly Logged[];
  close(): Promise<void>;
}

const CLIENT_ID = "ainstein0sandbox0client0id000001";
const CLIENT_SECRET = "shpss_ainstein0sandbox0secret0001";
const REDIRECT = "http://127.0.0.1:13387/auth/callback";
const LOG_LIMIT = 5_000;
const BODY_LIMIT = 64 * 1024 * 1024;

/** Listens on 127.0.0.1. Rejects with Node's error where the port cannot be had. */
export async function startShopifySandbox(options: SandboxOptions = {}): Promise<ShopifySandbox> {
  const clock = options.clock ?? systemClock;
  const behaviours = { ...defaultBehaviours(), ...options.behaviours };
  const store = emptyStore(clock, behaviours);
  const client = { id: CLIENT_ID, secret: CLIENT_SECRET, redirects: options.redirects ?? [REDIRECT] };
  const grants = newGrants(client, options.scopes ?? ALL_SCOPES);
  const bucket = { available: behaviours.maximumAvailable, at: clock.now(), spent: 0, throttled: 0 };
  const running: Running = { store, grants, bucket };
  const requests: Logged[] = [];
  const server = createServer((request, response) => {
    // A request that is cut off in the middle is nobody's.
    handle(request, response, running, requests).catch(() => response.destroy());
  });
  await listen(server, options.port ?? 0);
  const address = server.address();
  store.url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  if (options.seeded === true) seed(store);
  else makeBlog(store, "News");
  return {
    ...{ url: store.url, token: grants.staticToken, client, store, behaviours, grants, bucket },
    requests,
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
  running: Running,
  requests: Logged[],
): Promise<void> {
  const { behaviours, clock, url: own } = running.store;
  const body = await bodyOf(request);
  const { method = "GET", url = "/", headers } = request;
  const text = /^application\/(?:json|x-www-form-urlencoded)/.test(headers["content-type"] ?? "");
  requests.push({ method, url, headers, body: text ? body.toString("utf8") : "" });
  if (requests.length > LOG_LIMIT) requests.shift();
  if (!ownHost(headers.host, own)) {
    return send(response, {
      status: 400,
      type: "text/plain",
      body: "This is not the address of the sandbox.",
    });
  }
  if (behaviours.delayMs > 0) await clock.sleep(behaviours.delayMs);
  const reply = answer(running, { method, url, headers, body });
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
function ownHost(host: string | undefined, url: string): boolean {
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
  response.end(body);
}
