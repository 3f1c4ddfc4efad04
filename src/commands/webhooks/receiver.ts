// The HTTP side of `webhooks serve`: takes deliveries, believes none, and answers once one is durably stored.
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { Delivery, WebhookScheme } from "../../connectors/contract-webhooks.ts";
import { standardWebhooks } from "../../connectors/webhooks.ts";
import type { Clock } from "../../lib/clock.ts";
import { asFault } from "../../lib/fault.ts";
import type { Store } from "../../store/db.ts";
import { receiveEvent } from "../../store/events.ts";
import type { Keyed } from "./keyed.ts";
import { createLimiter } from "./limit.ts";

export const BODY_LIMIT = 1024 * 1024;

/** Our own write is on record by then, and what comes in a burst is gathered. */
export const SETTLE_MS = 2_000;

/** Each may hold a body of the limit's size for as long as a request may take. */
const MOST_CONNECTIONS = 128;

/** After it came, so that how long the looking took tells nothing. */
const REFUSAL_MS = 100;

/** Of others, from everybody together. */
const STRANGE = { perMinute: 600, burst: 100 };

const NAME = /^[a-z][a-z0-9-]{0,63}$/;

export interface ReceiverParts {
  readonly store: () => Store;
  readonly clock: Clock;
  /** Undefined where there is no such connection. */
  readonly keyed: (connection: string) => Promise<Keyed | undefined>;
  /** What is told by sources, and by providers of services. */
  readonly others?: Readonly<Record<"events" | "services", Taker>>;
  /** Throws where deliveries cannot be verified now. */
  readonly ready: () => Promise<void>;
  /** For the operator's eyes: what the sender is not told. */
  readonly tell: (connection: string, what: string) => void;
}

/** One request, as its sender was told the address, and with the content type that it said. */
export interface Incoming extends Delivery {
  readonly url: string;
}

/** Believes what is proven to be genuine, and nothing else. Throws where that, or keeping it, cannot be done now. */
export type Taker = (name: string, delivery: Incoming) => Promise<Outcome>;

export type Outcome =
  | { readonly status: 200; readonly keep: () => void | Promise<void> }
  | { readonly status: 400 | 401; readonly keep?: undefined };

export interface Limits {
  /** How long a request's head, and the whole of it, may take to come, in ms. */
  readonly headersMs: number;
  readonly requestMs: number;
  /** Genuine deliveries of one connection, over a longer time and at once. */
  readonly perMinute: number;
  readonly burst: number;
}

const LIMITS: Limits = { headersMs: 5_000, requestMs: 10_000, perMinute: 6_000, burst: 1_000 };

/**
 * `POST /webhooks/<connection>`, `/events/<source>`, `/services/<name>`, and `GET /healthz`. Answers have no body that tells
 * anything: 200 stored (again, too), 400 genuine but not understood, 401 anything that is not proven to be genuine, whether
 * there is such a name or not, and then after the same time; 413, 429, 503 where it could not be verified or stored: whoever
 * sent it.
 */
export function createReceiver(parts: ReceiverParts, limits: Limits = LIMITS): FastifyInstance {
  const server = openServer(limits);
  const genuine = createLimiter(parts.clock, limits.perMinute, limits.burst);
  const strange = createLimiter(parts.clock, STRANGE.perMinute, STRANGE.burst);
  server.get("/healthz", async (_, reply) => reply.type("text/plain").send("ok\n"));
  const takeAt = (place: string, take: Taker): void => {
    server.post<{ Params: { name: string } }>(`/${place}/:name`, async (request, reply) => {
      const { name } = request.params;
      const delivery = incoming(request, parts.clock.now());
      try {
        const outcome = await take(name, delivery);
        if (outcome.status === 401) {
          if (!strange("")) return slowDown(reply);
          await parts.ready();
          await parts.clock.sleep(Math.max(0, delivery.now + REFUSAL_MS - parts.clock.now()));
        }
        if (outcome.status === 200 && !genuine(`${place}/${name}`)) return slowDown(reply);
        if (outcome.status === 200) await outcome.keep();
        return reply.code(outcome.status).send();
      } catch (thrown) {
        parts.tell(name, `could not be taken: ${asFault(thrown).message}`);
        return reply.code(503).header("retry-after", "60").send();
      }
    });
  };
  takeAt("webhooks", (name, delivery) => takeWebhook(parts, name, delivery));
  if (parts.others !== undefined) {
    takeAt("events", parts.others.events);
    takeAt("services", parts.others.services);
    // Some providers look whether anybody is there before they send: whoever asks, whatever the name, it is.
    server.route({ method: ["GET", "HEAD"], url: "/services/:name", handler: (_, reply) => reply.send() });
  }
  return server;
}

/** What both servers have: limits, and answers that tell nothing. */
export function openServer({ headersMs, requestMs }: Limits = LIMITS): FastifyInstance {
  const server = Fastify({
    bodyLimit: BODY_LIMIT,
    requestTimeout: requestMs,
    keepAliveTimeout: headersMs,
    forceCloseConnections: "idle",
    http: {
      headersTimeout: headersMs,
      requestTimeout: requestMs,
      connectionsCheckingInterval: Math.min(1000, headersMs),
      maxHeaderSize: 16 * 1024,
    },
    routerOptions: { maxParamLength: 64 },
    exposeHeadRoutes: false,
    // A path that is none.
    frameworkErrors: (_error, _request, reply: FastifyReply) => reply.code(404).send(),
    clientErrorHandler: refuseBroken,
  });
  server.server.maxConnections = MOST_CONNECTIONS;
  server.removeAllContentTypeParsers();
  // What is signed are bytes, whatever they are said to be.
  server.addHook("onRequest", async ({ raw }) => {
    raw.headers["content-type"] = "application/octet-stream";
  });
  server.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  server.setNotFoundHandler((_request, reply) => reply.code(404).send());
  server.setErrorHandler((error: { readonly statusCode?: number }, _request, reply) => {
    const status = error.statusCode ?? 500;
    reply.code(status).header("connection", "close").send();
  });
  return server;
}

/** What is no HTTP, or came too slowly. */
function refuseBroken(error: Error & { readonly code?: string }, socket: Socket): void {
  const status = error.code === "ERR_HTTP_REQUEST_TIMEOUT" ? "408 Request Timeout" : "400 Bad Request";
  if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  else socket.destroy();
}

function slowDown(reply: FastifyReply): FastifyReply {
  return reply.code(429).header("retry-after", "10").header("connection", "close").send();
}

function incoming({ raw, body, host }: FastifyRequest, now: number): Incoming {
  const headers = headersOf(raw);
  const [, type] = namedIn(raw.rawHeaders, "content-type");
  const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
  // Anybody may write these headers; but where an address is signed, it is signed with a key that only the provider has.
  const scheme = outermost(headers["x-forwarded-proto"]) ?? (isLocal(host) ? "http" : "https");
  const url = `${scheme}://${outermost(headers["x-forwarded-host"]) ?? host}${raw.url ?? ""}`;
  return { headers: { ...headers, "content-type": type }, body: bytes, url, now };
}

/** Of several proxies, each adds what it was asked for: the sender's own words stand first. */
function outermost(forwarded: string | undefined): string | undefined {
  const first = forwarded?.split(",")[0]?.trim();
  return first === "" ? undefined : first;
}

function isLocal(host: string): boolean {
  return /^(?:localhost|127\.|\[::1\])/.test(host);
}

/** A header's name and value as they came. */
function namedIn(raw: readonly string[], name: string): readonly string[] {
  const at = raw.findIndex((text, n) => n % 2 === 0 && text.toLowerCase() === name);
  return at < 0 ? [] : raw.slice(at, at + 2);
}

/** One value each: a header that is there twice is joined by Node, and then fits no signature. */
function headersOf({ headers }: IncomingMessage): Delivery["headers"] {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : value]),
  );
}

/** As much work for a connection that is not there as for one that is. */
const NOBODY: { readonly scheme: WebhookScheme; readonly secret: string } = {
  scheme: standardWebhooks,
  secret: "",
};

async function takeWebhook(parts: ReceiverParts, connection: string, delivery: Delivery): Promise<Outcome> {
  const keyed = NAME.test(connection) ? await parts.keyed(connection) : undefined;
  const { scheme } = keyed ?? NOBODY;
  const verdict = scheme.verify(delivery, keyed?.secret ?? NOBODY.secret, keyed?.settings ?? {});
  if (keyed === undefined) return { status: 401 };
  if (keyed.secret === undefined || keyed.secret === "") {
    parts.tell(connection, `refused: ${scheme.secretName} is not known`);
    return { status: 401 };
  }
  if (!verdict.ok) {
    parts.tell(connection, WHY[verdict.why]);
    return { status: verdict.why === "malformed" ? 400 : 401 };
  }
  const { key, topic, entry, at, removed = false } = verdict.told;
  const keep = () => {
    const event = {
      ...{ connection, key, topic, removed },
      ...(entry === undefined ? {} : { entry }),
      ...(at === undefined ? {} : { changedMs: at }),
      receivedAt: new Date(delivery.now).toISOString(),
    };
    receiveEvent(parts.store(), event, delivery.now + SETTLE_MS);
  };
  return { status: 200, keep };
}

const WHY = {
  unsigned: "refused a delivery without signature",
  "wrong-signature": "refused a delivery whose signature does not fit: is the secret the right one?",
  stale: "refused a delivery of another time: a replay, or a clock that is more than 5 minutes off",
  malformed: "refused a genuine delivery that was not understood",
} as const;
