// What is answered below /admin/: no sockets here.
import { isObject } from "../../lib/json.ts";
import { plainPage } from "../pages.ts";
import { type Incoming, json, type Reply } from "../serve.ts";
import { takes } from "./behaviours.ts";
import { carryOutDue } from "./bulk.ts";
import { consentPage, PLATFORM } from "./consent.ts";
import type { Bucket } from "./cost.ts";
import { answerGraphQL, type GraphQLRequest } from "./execute.ts";
import { answerToken, approve, decline, type Grants, readAuthorize, scopesOf } from "./oauth.ts";
import { servedVersion } from "./schema.ts";
import type { ShopStore } from "./state.ts";
import { receiveUpload, showPath } from "./uploads.ts";

/** Everything of one running sandbox. */
export interface Running {
  readonly store: ShopStore;
  readonly grants: Grants;
  readonly bucket: Bucket;
}

/** `cut`: the connection ends without an answer. */
export function answer(running: Running, incoming: Incoming): Reply | "cut" {
  const { method, url, headers, body } = incoming;
  const path = new URL(url, running.store.url).pathname;
  const version = /^\/admin\/api\/([^/]+)\/graphql\.json$/.exec(path)?.[1];
  if (version !== undefined && method === "POST") return answerAdmin(version, incoming, running);
  if (path === "/admin/oauth/authorize") return authorize(incoming, running);
  if (path === "/admin/oauth/access_token" && method === "POST") return giveToken(incoming, running);
  if (path.startsWith("/staged/")) {
    return receiveUpload(running.store, method, path, String(headers["content-type"] ?? ""), body);
  }
  const shown = method === "GET" || method === "HEAD" ? showPath(running.store, url) : undefined;
  return shown ?? json(404, { errors: "Not Found" });
}

function answerAdmin(asked: string, incoming: Incoming, running: Running): Reply | "cut" {
  const { store, grants } = running;
  const { behaviours } = store;
  if (behaviours.htmlInstead) {
    return { status: 200, type: "text/html", body: plainPage(PLATFORM, "Hello", "A page in between.") };
  }
  if (takes(behaviours, "badGatewayBefore")) return badGateway();
  const version = servedVersion(asked);
  if (version === undefined) return json(404, { errors: "Not Found" });
  const scopes = scopesOf(grants, store, String(incoming.headers["x-shopify-access-token"] ?? ""));
  if (scopes === undefined) {
    const errors = "[API] Invalid API key or access token (unrecognized login or wrong password)";
    return json(401, { errors });
  }
  const request = readRequest(incoming.body);
  if (request === undefined) return json(400, { errors: { query: "Required parameter missing or invalid" } });
  carryOutDue(store);
  behaviours.onRequest?.(request.query);
  const done = answerGraphQL(store, version, scopes, request, running.bucket);
  if (done.wrote && takes(behaviours, "dropsAnswerAfterWrite")) return "cut";
  if (done.wrote && takes(behaviours, "badGatewayAfterWrite")) return badGateway();
  const reply = json(200, done.payload, {
    "x-shopify-api-version": behaviours.versionAnswered ?? version,
    "x-request-id": `sandbox-${store.nextNumber}`,
    ...(done.deprecated.length === 0
      ? {}
      : { "x-shopify-api-deprecated-reason": done.deprecated.join(", ") }),
  });
  if (!takes(behaviours, "halvesAnswers")) return reply;
  return { ...reply, body: String(reply.body).slice(0, String(reply.body).length >> 1) };
}

function readRequest(body: Buffer): GraphQLRequest | undefined {
  const read = parsed(body.toString("utf8"));
  if (!isObject(read) || typeof read.query !== "string") return undefined;
  return {
    query: read.query,
    variables: isObject(read.variables) ? read.variables : {},
    operationName: typeof read.operationName === "string" ? read.operationName : undefined,
  };
}

function authorize({ method, url, body }: Incoming, { store, grants }: Running): Reply {
  const posted = method === "POST" ? new URLSearchParams(body.toString("utf8")) : undefined;
  const query = posted === undefined ? new URL(url, store.url).search : (posted.get("request") ?? "");
  const request = readAuthorize(grants, new URLSearchParams(query));
  if (typeof request === "string") {
    return { status: 400, type: "text/html", body: plainPage(PLATFORM, "This cannot be", request) };
  }
  if (posted !== undefined) {
    const location = (posted.get("decision") === "approve" ? approve : decline)(grants, store, request);
    return { status: 303, type: "text/plain", body: "", headers: { location } };
  }
  const back = new URL(request.redirectUri).origin;
  // Browsers hold a form's redirects to the same rule as its own address.
  const policy = `default-src 'none'; style-src 'unsafe-inline'; form-action 'self' ${back}; frame-ancestors 'none'`;
  const html = consentPage(request, store.shop.name, query);
  return { status: 200, type: "text/html", body: html, headers: { "content-security-policy": policy } };
}

/** Takes a form and JSON alike. */
function giveToken({ headers, body }: Incoming, { store, grants }: Running): Reply | "cut" {
  const text = body.toString("utf8");
  const isJson = /json/.test(String(headers["content-type"] ?? ""));
  const read = isJson ? parsed(text) : Object.fromEntries(new URLSearchParams(text));
  const given = isObject(read) ? Object.entries(read) : [];
  const fields = Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
  const { status, body: answered } = answerToken(grants, store, fields);
  if (status === 200 && takes(store.behaviours, "dropsTokenAnswers")) return "cut";
  return json(status, answered, { "cache-control": "no-store" });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function badGateway(): Reply {
  return { status: 502, type: "text/html", body: "<html><title>Bad Gateway</title></html>" };
}
