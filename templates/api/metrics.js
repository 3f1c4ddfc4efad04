// Health for whoever keeps it running, numbers for whoever watches it.
import { timingSafeEqual } from "node:crypto";
import { Counter, collectDefaultMetrics, Histogram, Registry } from "prom-client";
import { unauthorized } from "./authentication.js";

export function addMetrics(app, { store, metricsToken }) {
  const register = new Registry();
  collectDefaultMetrics({ register });
  const requests = new Counter({
    name: "http_requests_total",
    help: "Requests that were answered",
    labelNames: ["method", "route", "status"],
    registers: [register],
  });
  const duration = new Histogram({
    name: "http_request_duration_seconds",
    help: "From the request's head to the end of its answer",
    labelNames: ["method", "route"],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [register],
  });

  app.addHook("onResponse", async (request, reply) => {
    // The pattern, never the path: paths without end would be series without end.
    const route = request.routeOptions.url ?? "none";
    requests.inc({ method: request.method, route, status: reply.statusCode });
    duration.observe({ method: request.method, route }, reply.elapsedTime / 1000);
  });

  app.get("/healthz", async (_request, reply) => {
    const up = await store.ping();
    return reply.code(up ? 200 : 503).send({ status: up ? "ok" : "unavailable" });
  });

  app.get("/metrics", async (request, reply) => {
    if (!isLocal(request) && !hasToken(request, metricsToken))
      throw unauthorized("Bearer", "Numbers are for this machine, or for who has METRICS_TOKEN.");
    return reply.type(register.contentType).send(await register.metrics());
  });
}

/** A proxy on this machine calls from loopback for everybody: then the header it adds tells. */
function isLocal({ ip, headers }) {
  const forwarded = headers["x-forwarded-for"] ?? headers.forwarded;
  return forwarded === undefined && /^(?:127\.|::1$|::ffff:127\.)/.test(ip);
}

function hasToken({ headers }, token) {
  if (token === undefined) return false;
  const given = Buffer.from(headers.authorization ?? "");
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
