// Sites that count requests as vendors do, with their minutes made shorter.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";

/** How a vendor counts. Times as it states them; `scale` of the server makes them shorter. */
export type Limit =
  /** So many requests in any window of so many seconds. A silent one says only when it was passed. */
  | {
      readonly type: "window";
      readonly requests: number;
      readonly seconds: number;
      readonly silent?: boolean;
    }
  /** A bucket that leaks; says `used/capacity` in Shopify's header. */
  | { readonly type: "bucket"; readonly capacity: number; readonly perSecond: number }
  /** Points per query, taken when it comes; says what is left in the answer, and refuses with status 200. */
  | { readonly type: "cost"; readonly capacity: number; readonly perSecond: number; readonly cost: number }
  /** Refuses every third request with the next of these. */
  | { readonly type: "retry-after"; readonly values: readonly string[] };

export interface Seen {
  readonly requests: number;
  readonly refused: number;
  /** Milliseconds from the first request that was served to the last one. */
  readonly servedMs: number;
  readonly served: number;
  /** The most that was asked for in any window, refused ones included. */
  readonly most: number;
  /** Requests that came while the site had asked to be left alone. */
  readonly tooSoon: number;
  /** The longest that this process, busy or held up, may have been late to count. */
  readonly stalledMs: number;
}

export interface LimitedSite {
  readonly url: string;
  readonly seen: () => Seen;
  readonly stop: () => Promise<void>;
}

export const BUCKET_HEADER = "x-shopify-shop-api-call-limit";

/** A site on loopback; with a `scale` of 60 a minute of the vendor's takes a second. Each answer takes `answerMs`. */
export async function limitedSite(limit: Limit, scale = 1, answerMs = 3): Promise<LimitedSite> {
  const asked: number[] = [];
  const served: number[] = [];
  let refused = 0;
  let tooSoon = 0;
  let quietUntil = 0;
  const answer = counterOf(limit, scale);
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    request.resume();
    const now = performance.now();
    asked.push(now);
    if (now < quietUntil) tooSoon += 1;
    const given = answer(now);
    if (given.served) served.push(now);
    else refused += 1;
    quietUntil = Math.max(quietUntil, given.quietUntil ?? 0);
    setTimeout(() => {
      response.writeHead(given.status, { "content-type": "application/json", ...given.headers });
      response.end(JSON.stringify(given.body));
    }, answerMs);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen: () => ({
      requests: asked.length,
      refused,
      served: served.length,
      servedMs: (served.at(-1) ?? 0) - (served[0] ?? 0),
      most: limit.type === "window" ? mostWithin(asked, (limit.seconds * 1000) / scale) : asked.length,
      tooSoon,
      stalledMs: delay.max / 1e6,
    }),
    stop: () => {
      delay.disable();
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

interface Given {
  readonly served: boolean;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly quietUntil?: number;
}

type Counter = (now: number) => Given;

function counterOf(limit: Limit, scale: number): Counter {
  switch (limit.type) {
    case "window":
      return windowCounter(limit.requests, (limit.seconds * 1000) / scale, limit.silent === true);
    case "bucket":
      return bucketCounter(limit.capacity, limit.perSecond * scale);
    case "cost":
      return costCounter(limit.capacity, limit.perSecond * scale, limit.cost);
    case "retry-after":
      return reluctant(limit.values);
  }
}

function windowCounter(requests: number, windowMs: number, isSilent: boolean): Counter {
  let inside: number[] = [];
  return (now) => {
    inside = [...inside.filter((at) => now - at < windowMs), now];
    const remaining = String(Math.max(0, requests - inside.length));
    const headers: Record<string, string> = isSilent
      ? {}
      : { "x-ratelimit-limit": String(requests), "x-ratelimit-remaining": remaining };
    if (inside.length <= requests) return { served: true, status: 200, headers, body: {} };
    const waitMs = (inside[inside.length - requests] ?? now) + windowMs - now;
    return {
      served: false,
      status: 429,
      headers: { ...headers, "retry-after": (waitMs / 1000).toFixed(3) },
      body: { code: "too_many_requests" },
    };
  };
}

/** Units that come back by themselves; `take` says whether there were enough. */
function leaking(
  capacity: number,
  perSecond: number,
): { take(units: number, now: number): boolean; left(): number } {
  let left = capacity;
  let at = performance.now();
  return {
    take: (units, now) => {
      left = Math.min(capacity, left + ((now - at) / 1000) * perSecond);
      at = now;
      if (left < units) return false;
      left -= units;
      return true;
    },
    left: () => left,
  };
}

function bucketCounter(capacity: number, perSecond: number): Counter {
  const bucket = leaking(capacity, perSecond);
  return (now) => {
    const served = bucket.take(1, now);
    const headers = { [BUCKET_HEADER]: `${Math.ceil(capacity - bucket.left())}/${capacity}` };
    if (served) return { served, status: 200, headers, body: {} };
    return { served, status: 429, headers: { ...headers, "retry-after": "1.0" }, body: {} };
  };
}

function costCounter(capacity: number, perSecond: number, cost: number): Counter {
  const bucket = leaking(capacity, perSecond);
  return (now) => {
    const served = bucket.take(cost, now);
    const throttleStatus = {
      maximumAvailable: capacity,
      currentlyAvailable: Math.floor(bucket.left()),
      restoreRate: perSecond,
    };
    const extensions = {
      cost: { requestedQueryCost: cost, actualQueryCost: served ? cost : null, throttleStatus },
    };
    const errors = [{ message: "Throttled", extensions: { code: "THROTTLED" } }];
    const body = served ? { data: {}, extensions } : { errors, extensions };
    return { served, status: 200, headers: {}, body };
  };
}

function reluctant(values: readonly string[]): Counter {
  let count = 0;
  return (now) => {
    count += 1;
    if (count % 3 !== 0) return { served: true, status: 200, headers: {}, body: {} };
    const value = values[(count / 3 - 1) % values.length] ?? "";
    const seconds = Number(value);
    const quietMs = Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : Date.parse(value) - Date.now();
    return {
      served: false,
      status: 429,
      headers: { "retry-after": value },
      body: {},
      ...(quietMs > 0 && quietMs < 60_000 ? { quietUntil: now + quietMs } : {}),
    };
  };
}

/** The most of these times in any window. */
export function mostWithin(times: readonly number[], windowMs: number): number {
  let most = 0;
  let first = 0;
  for (const [index, at] of times.entries()) {
    while (at - (times[first] ?? at) >= windowMs) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most;
}
