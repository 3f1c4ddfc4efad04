// Health for whoever keeps it running, numbers for whoever watches it.
import { timingSafeEqual } from "node:crypto";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { unauthorized } from "./authentication.js";

/** `/healthz` and `/metrics`. The register, for what else there is to be counted. */
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

  // Nobody is limited here: however many ask at once, the database is asked once.
  let asked;
  const ping = () => {
    asked ??= store.ping().finally(() => {
      asked = undefined;
    });
    return asked;
  };
  app.get("/healthz", async (_request, reply) => {
    const up = await ping();
    return reply.code(up ? 200 : 503).send({ status: up ? "ok" : "unavailable" });
  });

  app.get("/metrics", async (request, reply) => {
    const known = metricsToken === undefined ? isLocal(request) : hasToken(request, metricsToken);
    if (!known)
      throw unauthorized(
        "Bearer",
        "Numbers are for who has METRICS_TOKEN or, without one, for this machine.",
      );
    return reply.type(register.contentType).send(await register.metrics());
  });
  return register;
}

/** What is still to be sent. While the database is away there is no number, and the others are there all the same. */
export function addOutboxMetrics({ register, outbox }) {
  const gauge = new Gauge({
    name: "outbox_messages",
    help: "Messages that wait to be sent, and those that are too old to be tried again",
    labelNames: ["state"],
    registers: [register],
    async collect() {
      gauge.reset();
      const counts = await outbox.counts().catch(() => ({}));
      for (const [state, count] of Object.entries(counts)) gauge.set({ state }, count);
    },
  });
}

/** A proxy on this machine calls from loopback for everybody: then the header it adds tells. */
function isLocal({ ip, headers }) {
  const forwarded = headers["x-forwarded-for"] ?? headers.forwarded;
  return forwarded === undefined && /^(?:127\.|::1$|::ffff:127\.)/.test(ip);
}

function hasToken({ headers }, token) {
  const given = Buffer.from(headers.authorization ?? "");
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
