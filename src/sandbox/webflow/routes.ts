// What is answered at which address: no sockets here.
import { isObject } from "../../lib/json.ts";
import { entryPage, frontPage, plainPage, type Shown } from "../pages.ts";
import { type Incoming, json, type Reply } from "../serve.ts";
import { announceAsset, changeAsset, listAssets, oneAsset, receiveFile, removeAsset } from "./assets.ts";
import { ASSUMED, takes } from "./behaviours.ts";
import { malformed, notFound, Refused, refusal } from "./errors.ts";
import {
  createBulk,
  createItems,
  type ItemCall,
  oneItem,
  publishItems,
  removeItems,
  updateItems,
} from "./items.ts";
import { type Minute, pass } from "./limit.ts";
import { listItems } from "./listing.ts";
import {
  answerToken,
  approve,
  consentTo,
  decline,
  type Grants,
  grantOf,
  PLATFORM,
  readAuthorize,
} from "./oauth.ts";
import { listCollections, publishSite, showCollection, shownSite } from "./sites.ts";
import { itemsOf, primaryOf, type SiteStore } from "./state.ts";
import { createWebhook, listWebhooks, ofWebhook } from "./webhooks.ts";

/** Everything of one running sandbox. */
export interface Running {
  readonly store: SiteStore;
  readonly grants: Grants;
  readonly minute: Minute;
}

/** `cut`: the connection ends without an answer. */
export function answer(running: Running, incoming: Incoming): Reply | "cut" {
  const { store } = running;
  const { method, headers, body } = incoming;
  const url = new URL(incoming.url, store.url);
  if (url.pathname.startsWith("/v2/")) return answerData(running, incoming, url);
  if (url.pathname === "/oauth/authorize") return authorize(running, incoming, url);
  if (/^\/oauth\/(?:access_)?token$/.test(url.pathname) && method === "POST")
    return giveToken(running, incoming);
  if (url.pathname.startsWith("/storage/") && method === "POST") {
    return receiveFile(store, String(headers["content-type"] ?? ""), body);
  }
  const shown = method === "GET" || method === "HEAD" ? visitorSees(store, url.pathname) : undefined;
  return (
    shown ?? { status: 404, type: "text/html", body: plainPage(PLATFORM, "Not found", "Nothing is here.") }
  );
}

// --- The Data API ----------------------------------------------------------------------------------------------

function answerData(running: Running, incoming: Incoming, url: URL): Reply | "cut" {
  const { store, minute } = running;
  const { behaviours } = store;
  if (behaviours.htmlInstead) {
    return { status: 200, type: "text/html", body: plainPage(PLATFORM, "Hello", "A page in between.") };
  }
  if (takes(behaviours, "badGatewayBefore")) return badGateway();
  const { allowed, headers } = pass(minute, behaviours, store.clock);
  if (!allowed) return refusal(new Refused(429, "too_many_requests", "Too many requests"), headers);
  const path = url.pathname.slice("/v2".length);
  behaviours.onRequest?.(incoming.method, path + url.search);
  const reply = carriedOut(running, incoming, path, url.searchParams, headers);
  behaviours.onAnswer?.(
    { method: incoming.method, path: path + url.search, body: incoming.body.toString("utf8") },
    { status: reply.status, body: String(reply.body) },
  );
  const wrote = incoming.method !== "GET" && reply.status < 300;
  if (wrote && takes(behaviours, "dropsAnswerAfterWrite")) return "cut";
  if (wrote && takes(behaviours, "badGatewayAfterWrite")) return badGateway();
  if (wrote && takes(behaviours, "internalErrorAfterWrite")) {
    return refusal(new Refused(500, "internal_error", "An Internal Error occurred"), headers);
  }
  if (!takes(behaviours, "halvesAnswers")) return reply;
  return { ...reply, body: String(reply.body).slice(0, String(reply.body).length >> 1) };
}

function carriedOut(
  running: Running,
  incoming: Incoming,
  path: string,
  query: URLSearchParams,
  headers: Readonly<Record<string, string>>,
): Reply {
  try {
    const reply = routed(running, incoming, path, query);
    return { ...reply, headers: { ...reply.headers, ...headers } };
  } catch (thrown) {
    if (thrown instanceof Refused) return refusal(thrown, headers);
    throw thrown;
  }
}

function routed(running: Running, incoming: Incoming, path: string, query: URLSearchParams): Reply {
  const { store, grants } = running;
  const { method } = incoming;
  const grant = grantOf(grants, incoming.headers.authorization);
  if (grant === undefined || store.behaviours.refusesTokens) {
    throw new Refused(401, "not_authorized", "Request not authorized");
  }
  const need = (scope: string) => {
    if (grant.scopes.includes(scope)) return;
    throw new Refused(
      403,
      "missing_scopes",
      `OAuthForbidden: You are missing the following scopes - ${scope}`,
    );
  };
  if (path === "/token/introspect" && method === "GET") return introspect(running, grant);
  const [, area, id = "", rest = ""] =
    /^\/(sites|collections|assets|webhooks)(?:\/([^/]+))?(\/.*)?$/.exec(path) ?? [];
  const kind = method === "GET" ? "read" : "write";
  if (area === "sites" && rest.startsWith("/assets")) need(`assets:${kind}`);
  else if (area === "sites" && rest.startsWith("/collections")) need(`cms:${kind}`);
  else if (area === "collections") need(`cms:${kind}`);
  else if (area === "webhooks") need("sites:read");
  else if (area !== undefined) need(`${area}:${kind}`);
  const body = () => parsed(incoming);
  if (area === "sites" && id === "" && method === "GET") return json(200, { sites: [shownSite(store)] });
  if (area === "sites") return ofSite(store, method, id, rest, query, body);
  if (area === "assets") return ofAsset(store, method, id, body);
  if (area === "webhooks") return ofWebhook(store, method, id);
  if (area === "collections") return ofCollection(store, method, id, rest, query, body);
  throw notFound("route");
}

function introspect({ store, grants }: Running, grant: NonNullable<ReturnType<typeof grantOf>>): Reply {
  if (grant.type === "site" && !store.behaviours.introspects) {
    throw new Refused(403, "forbidden", "Forbidden: this token cannot be introspected");
  }
  const { site, behaviours } = store;
  return json(200, {
    authorization: {
      ...{
        id: grant.id,
        createdOn: site.createdOn,
        lastUsed: site.createdOn,
        grantType: "authorization_code",
      },
      ...{ rateLimit: behaviours.perMinute, scope: grant.scopes.join(",") },
      authorizedTo: { siteIds: [site.id], workspaceIds: [], userIds: [] },
    },
    application: {
      id: newAppId(grants.app.id),
      description: "",
      homepage: "https://example.com",
      displayName: "Sandbox app",
    },
  });
}

const newAppId = (clientId: string) => Buffer.from(clientId).toString("hex").padEnd(24, "0").slice(0, 24);

function parsed({ headers, body }: Incoming): unknown {
  if (!/^application\/json\b/.test(String(headers["content-type"] ?? ""))) throw malformed("not JSON");
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    throw malformed("Request is malformed");
  }
}

function ofSite(
  store: SiteStore,
  method: string,
  id: string,
  rest: string,
  query: URLSearchParams,
  body: () => unknown,
): Reply {
  if (id !== store.site.id) throw notFound("The site cannot be found");
  switch (`${method} ${rest}`) {
    case "GET ":
      return json(200, shownSite(store));
    case "GET /custom_domains":
      return json(200, { customDomains: store.site.customDomains });
    case "GET /collections":
      return listCollections(store);
    case "POST /publish":
      return publishSite(store, body());
    case "GET /webhooks":
      return listWebhooks(store);
    case "POST /webhooks":
      return createWebhook(store, body());
    case "GET /assets":
      return listAssets(store, query);
    case "POST /assets":
      return announceAsset(store, body());
    default:
      throw notFound("route");
  }
}

function ofAsset(store: SiteStore, method: string, id: string, body: () => unknown): Reply {
  if (method === "GET") return oneAsset(store, id);
  if (method === "PATCH") return changeAsset(store, id, body());
  if (method === "DELETE") return removeAsset(store, id);
  throw notFound("route");
}

function ofCollection(
  store: SiteStore,
  method: string,
  id: string,
  rest: string,
  query: URLSearchParams,
  body: () => unknown,
): Reply {
  const collection = store.collections.get(id);
  if (collection === undefined) throw notFound("collection", "collection_not_found");
  if (rest === "" && method === "GET") return showCollection(collection);
  const call = (): ItemCall => ({ store, collection, query, body: method === "GET" ? undefined : body() });
  const live = rest.endsWith("/live");
  const item = /^\/items\/([^/]+)(?:\/live)?$/.exec(rest)?.[1];
  const isOne = item !== undefined && !["live", "bulk", "publish"].includes(item);
  switch (`${method} ${isOne ? "one" : rest}`) {
    case "GET /items":
    case "GET /items/live":
      return listItems(call(), live);
    case "POST /items":
    case "POST /items/live":
      return createItems(call(), live);
    case "POST /items/bulk":
      return createBulk(call());
    case "POST /items/publish":
      return publishItems(call());
    case "PATCH /items":
    case "PATCH /items/live":
      return updateItems(call(), live);
    case "DELETE /items":
    case "DELETE /items/live":
      return removeItems(call(), live);
    case "GET one":
      return oneItem(call(), item ?? "", live);
    case "PATCH one":
      return updateItems(call(), live, item);
    case "DELETE one":
      return removeItems({ store, collection, query, body: undefined }, live, item);
    default:
      throw notFound("route");
  }
}

// --- Signing in ------------------------------------------------------------------------------------------------

function authorize({ store, grants }: Running, { method, body }: Incoming, url: URL): Reply {
  const posted = method === "POST" ? new URLSearchParams(body.toString("utf8")) : undefined;
  const query = posted === undefined ? url.search : (posted.get("request") ?? "");
  const request = readAuthorize(grants, new URLSearchParams(query));
  if (typeof request === "string") {
    return { status: 400, type: "text/html", body: plainPage(PLATFORM, "This cannot be", request) };
  }
  if (posted !== undefined) {
    const yes = posted.get("decision") === "approve";
    const location = yes ? approve(grants, store, request) : decline(request);
    return { status: 303, type: "text/plain", body: "", headers: { location } };
  }
  const back = new URL(request.redirectUri).origin;
  // Browsers hold a form's redirects to the same rule as its own address.
  const policy = `default-src 'none'; style-src 'unsafe-inline'; form-action 'self' ${back}; frame-ancestors 'none'`;
  const html = consentTo(grants, request, store.site.displayName, query);
  return { status: 200, type: "text/html", body: html, headers: { "content-security-policy": policy } };
}

/** Takes a form and JSON alike. */
function giveToken({ store, grants }: Running, { headers, body }: Incoming): Reply {
  const sent = body.toString("utf8");
  const isJson = /json/.test(String(headers["content-type"] ?? ""));
  let read: unknown;
  try {
    read = isJson ? JSON.parse(sent) : Object.fromEntries(new URLSearchParams(sent));
  } catch {
    read = undefined;
  }
  const given = isObject(read) ? Object.entries(read) : [];
  const fields = Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
  const { status, body: answered } = answerToken(grants, store, fields);
  return json(status, answered, { "cache-control": "no-store" });
}

function badGateway(): Reply {
  return { status: 502, type: "text/html", body: "<html><title>Bad Gateway</title></html>" };
}

// --- What visitors see -----------------------------------------------------------------------------------------

function visitorSees(store: SiteStore, path: string): Reply | undefined {
  const hosted = store.hosted.get(path);
  if (hosted !== undefined) return { status: 200, type: hosted.type, body: hosted.bytes };
  const pages = livePages(store);
  if (path === "/") {
    const about = "The Data API is below <code>/v2/</code>: connect ainstein-cms to this address.";
    const intro = "Requests are held to Webflow's API description. Where its documents are silent:";
    const html = frontPage(PLATFORM, store.site.displayName, about, pages, { intro, points: ASSUMED });
    return { status: 200, type: "text/html", body: html };
  }
  const page = pages.find((one) => one.path === path);
  return page && { status: 200, type: "text/html", body: entryPage(PLATFORM, page.title, page.html) };
}

function livePages(store: SiteStore): readonly (Shown & { readonly html: string })[] {
  return [...store.collections.values()].flatMap((collection) => {
    const body = collection.fields.find(({ type }) => type === "RichText")?.slug ?? "";
    return [...itemsOf(store, collection.id).values()].flatMap(({ live, cmsLocaleId }) => {
      if (live === undefined) return [];
      const locale = store.site.locales.find((one) => one.cmsLocaleId === cmsLocaleId);
      const before = cmsLocaleId === primaryOf(store) ? "" : `/${locale?.subdirectory}`;
      const { name = "", slug = "", [body]: html = "" } = live.fieldData;
      const path = `${before}/${collection.slug}/${String(slug)}`;
      return { path, title: String(name), html: String(html) };
    });
  });
}
