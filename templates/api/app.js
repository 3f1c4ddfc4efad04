// Puts the service together: what holds for every request first, then each endpoint of endpoints.js.
import { readFile } from "node:fs/promises";
import helmet from "@fastify/helmet";
import Fastify from "fastify";
import { apiKeyCheck } from "./authentication.js";
import { api, endpoints } from "./endpoints.js";
import { addLimits, clientOf, createLimiter } from "./limits.js";
import { addMetrics, addOutboxMetrics } from "./metrics.js";
import { addParts, early } from "./parts.js";
import { addProblems } from "./problems.js";

const BODY_LIMIT = 64 * 1024;

/** The service, not yet listening. */
export async function buildApp({ config, store }) {
  const app = Fastify({
    logger: { level: config.logLevel, serializers: { req: requestLine } },
    // So many hops from here are ours; a bare number would be taken for none.
    trustProxy: (_address, hop) => hop < config.trustProxy,
    bodyLimit: BODY_LIMIT,
    requestTimeout: 30_000,
    exposeHeadRoutes: false,
    // As they come: nothing is guessed, dropped or filled in.
    ajv: {
      customOptions: { removeAdditional: false, coerceTypes: false, useDefaults: false, allErrors: true },
    },
    rewriteUrl: decodable,
  });
  addProblems(app);
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
  });
  // Before the limit, so that a browser may read the refusal.
  for (const add of early) await add(app, config);
  addLimits(app, api.rate);
  // Text would be read as a body otherwise: JSON alone is.
  app.removeContentTypeParser("text/plain");
  const register = addMetrics(app, { store, metricsToken: config.metricsToken });
  const description = await readFile(new URL("./openapi.json", import.meta.url), "utf8");
  app.get("/openapi.json", async (_request, reply) => reply.type("application/json").send(description));
  const parts = await addParts(app, { config, store });
  if (parts.outbox !== undefined) addOutboxMetrics({ register, outbox: parts.outbox });
  await addEndpoints(app, parts, { config, store });
  app.addHook("onListen", async () => parts.outbox?.start());
  app.addHook("onClose", async () => {
    await parts.outbox?.stop();
    await store.close();
  });
  return app;
}

/** A path that cannot be read is one that leads nowhere: it is counted and answered like any other. */
function decodable({ url }) {
  try {
    decodeURI(url);
    return url;
  } catch {
    return "/";
  }
}

/** No address and no query: the one is about a person, the other may hold a token. */
function requestLine({ method, url }) {
  return { method, path: url.split("?")[0] };
}

async function addEndpoints(app, { handlers, schemes, outbox }, { config, store }) {
  const checks = { none: undefined, api_key: apiKeyCheck(config.apiKeys), ...schemes };
  for (const endpoint of endpoints) {
    // A scope of its own: what one endpoint takes as a body is no other's.
    await app.register(async (scope) => {
      acceptBodies(scope, endpoint.accepts);
      const own = endpoint.rate === undefined ? [] : [ownLimit(endpoint.rate)];
      const check = checks[endpoint.authentication];
      scope.route({
        method: endpoint.method,
        url: endpoint.path.replace(/\{(\w+)\}/g, ":$1"),
        schema: endpoint.body === undefined ? {} : { body: endpoint.body },
        onRequest: check === undefined ? own : [...own, check],
        handler: handlers[endpoint.handler](endpoint, { app, store, outbox, config }),
      });
    });
  }
}

/** `raw`: JSON as the bytes that were signed. `any`: a body is taken and not looked at. */
function acceptBodies(scope, accepts) {
  if (accepts === undefined) return;
  scope.removeAllContentTypeParsers();
  const type = accepts === "raw" ? "application/json" : "*";
  scope.addContentTypeParser(type, { parseAs: "buffer" }, (_request, body, done) => done(null, body));
}

function ownLimit(rate) {
  const limiter = createLimiter(rate);
  return async (request) => limiter.take(clientOf(request));
}
