// How much one client may ask for: so many requests a window over all routes together. The count is kept in this
// process: of several processes behind one address each has its own.
import { isIPv6 } from "node:net";
import { Problem } from "./problems.js";

/** Windows that are remembered at most; beyond, the oldest are forgotten first. */
const REMEMBERED = 100_000;

/** Counts calls by client: at most `max` in a window of `windowMs` that begins with a client's first call. */
export function createLimiter({ max, windowMs }, now = Date.now) {
  const windows = new Map();

  function windowOf(client) {
    const at = now();
    const known = windows.get(client);
    if (known !== undefined && known.ends > at) return known;
    windows.delete(client);
    if (windows.size >= REMEMBERED) windows.delete(windows.keys().next().value);
    const fresh = { count: 0, ends: at + windowMs };
    windows.set(client, fresh);
    return fresh;
  }

  return {
    /** Counts `cost` calls of the client. A Problem 429 once there are too many. */
    take(client, cost = 1) {
      const window = windowOf(client);
      window.count += cost;
      if (window.count <= max) return;
      const seconds = Math.max(1, Math.ceil((window.ends - now()) / 1000));
      throw new Problem(429, `Too many requests. Try again in ${seconds} s.`, {
        headers: { "retry-after": String(seconds) },
      });
    },
  };
}

/** Who is counted: an address, or the /64 that an IPv6 subscriber chooses addresses from. */
export function clientOf(request) {
  const { ip } = request;
  if (!isIPv6(ip)) return ip;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip);
  if (mapped !== null) return mapped[1];
  const [head, tail = ""] = ip.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === "" ? [] : tail.split(":");
  const zeros = Array(Math.max(0, 8 - before.length - after.length)).fill("0");
  return [...before, ...(ip.includes("::") ? zeros : []), ...after].slice(0, 4).join(":");
}

const UNLIMITED = ["/healthz", "/metrics"];

/**
 * Counts every request before anything else is looked at, so that guessing keys and paths is limited, too. Unknown paths
 * come through here as well, as this hook is not bound to routes.
 */
export function addLimits(app, rate) {
  const limiter = createLimiter(rate);
  app.decorate("limiter", limiter);
  app.addHook("onRequest", async (request) => {
    if (!UNLIMITED.includes(request.routeOptions.url)) limiter.take(clientOf(request));
  });
}
