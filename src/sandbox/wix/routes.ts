// What is answered: no sockets here. Paths as in Wix's own packages (@wix/auto_sdk_blog_draft-posts and its neighbours).
import { isObject, type JsonObject } from "../../lib/json.ts";
import { plainPage } from "../pages.ts";
import { type Incoming, json, type Reply } from "../serve.ts";
import { type Grants, giveToken, stopped } from "./access.ts";
import type { Behaviours } from "./behaviours.ts";
import { bulkCreate, bulkUpdate } from "./bulk.ts";
import { fileOf, fileView, importFile, newPlace, receive, searchFiles, showFile } from "./files.ts";
import { bulkItems, collectionOf, collectionView, queryItems, removeItem } from "./items.ts";
import { createCategory, createTag, labelView } from "./labels.ts";
import { createPost, draftView, postOf, publishDue, publishPost, updatePost } from "./posts.ts";
import { type Filters, query } from "./query.ts";
import { notFound, Refused, refusal } from "./reply.ts";
import { PLATFORM, showPath } from "./shown.ts";
import type { Member, WixStore } from "./state.ts";

/** One answered request, as tests hold it against Wix's own types. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly request: unknown;
  readonly status: number;
  readonly answer: unknown;
}

/** Everything of one running sandbox. */
export interface Running {
  readonly store: WixStore;
  readonly grants: Grants;
  /** When the requests of the last minute came, in ms since 1970. */
  readonly minute: number[];
  readonly watch: ((exchange: Exchange) => void) | undefined;
}

/** `cut`: the connection ends without an answer. */
export function answer(running: Running, incoming: Incoming): Reply | "cut" {
  const { store, grants } = running;
  const { behaviours } = store;
  const { method, url, headers, body } = incoming;
  const { pathname: path, searchParams } = new URL(url, store.url);
  if (behaviours.htmlInstead) {
    return { status: 200, type: "text/html", body: plainPage(PLATFORM, "Hello", "A page in between.") };
  }
  const given = parsed(body);
  if (path === "/oauth2/token" && method === "POST") return giveToken(store, grants, given);
  const shown = /^\/media\/([^/]+)$/.exec(path)?.[1];
  if (shown !== undefined) return guarded(() => showFile(store, shown));
  const page = method === "GET" ? showPath(store, path) : undefined;
  if (page !== undefined) return page;
  if (takes(behaviours, "badGatewayBefore")) return badGateway();
  const place = /^\/upload\/([^/]+)$/.exec(path)?.[1];
  if (place !== undefined) {
    return method === "PUT"
      ? done(
          behaviours,
          guarded(() => receive(store, place, body)),
          true,
        )
      : json(405, {});
  }
  const stop = isTooFast(running) ? tooFast(behaviours) : stopped(store, grants, headers);
  if (stop !== undefined) return stop;
  publishDue(store);
  behaviours.onRequest?.(method, path);
  const asked: Asked = { method, path, query: searchParams, given };
  const reply = guarded(() => routed(store, asked));
  const value = typeof reply.body === "string" && reply.body !== "" ? JSON.parse(reply.body) : undefined;
  running.watch?.({ method, path, request: given, status: reply.status, answer: value });
  return done(behaviours, reply, isWrite({ method, url: path }));
}

/** Whether a request is what Wix counts as a change. */
export function isWrite({ method, url }: { readonly method: string; readonly url: string }): boolean {
  if (method === "GET" || method === "HEAD") return false;
  return !/\/(?:query|search|generate-upload-url|token)(?:$|\?)/.test(url);
}

function done(behaviours: Behaviours, reply: Reply, writes: boolean): Reply | "cut" {
  const wrote = writes && reply.status < 300;
  if (wrote && takes(behaviours, "dropsAnswerAfterWrite")) return "cut";
  if (wrote && takes(behaviours, "badGatewayAfterWrite")) return badGateway();
  if (!takes(behaviours, "halvesAnswers")) return reply;
  return { ...reply, body: String(reply.body).slice(0, String(reply.body).length >> 1) };
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly given: unknown;
}

type Handler = (store: WixStore, asked: Asked, id: string) => unknown;

const ROUTES: readonly (readonly [string, RegExp, Handler])[] = [
  ["GET", /^\/site-properties\/v4\/properties$/, (store) => properties(store)],
  ["GET", /^\/urls-server\/v2\/published-site-urls$/, ({ url }) => ({ urls: [{ url, primary: true }] })],
  ["GET", /^\/members\/v1\/members$/, (store, { query: words }) => members(store, words)],
  ["POST", /^\/blog\/v3\/draft-posts\/query$/, (store, { given }) => queryPosts(store, given)],
  ["POST", /^\/blog\/v3\/bulk\/draft-posts\/create$/, (store, { given }) => bulkCreate(store, given)],
  ["PATCH", /^\/blog\/v3\/draft-posts\/update$/, (store, { given }) => bulkUpdate(store, given)],
  ["POST", /^\/blog\/v3\/draft-posts$/, (store, { given }) => createOne(store, given)],
  ["GET", /^\/blog\/v3\/draft-posts\/trash-bin\/([^/]+)$/, (store, _, id) => trashed(store, id)],
  ["POST", /^\/blog\/v3\/draft-posts\/trash-bin\/([^/]+)\/restore$/, (store, _, id) => restored(store, id)],
  ["POST", /^\/blog\/v3\/draft-posts\/([^/]+)\/publish$/, (store, _, id) => published(store, id)],
  ["GET", /^\/blog\/v3\/draft-posts\/([^/]+)$/, (store, { query: words }, id) => one(store, id, words)],
  ["PATCH", /^\/blog\/v3\/draft-posts\/([^/]+)$/, (store, { given }, id) => updateOne(store, id, given)],
  [
    "DELETE",
    /^\/blog\/v3\/draft-posts\/([^/]+)$/,
    (store, { query: words }, id) => removed(store, id, words),
  ],
  ["POST", /^\/blog\/v3\/tags\/query$/, ({ tags }, { given }) => queryLabels("tags", tags, given)],
  ["POST", /^\/blog\/v3\/tags$/, (store, { given }) => ({ tag: labelView(createTag(store, given)) })],
  [
    "POST",
    /^\/blog\/v3\/categories\/query$/,
    ({ categories }, { given }) => queryLabels("categories", categories, given),
  ],
  [
    "POST",
    /^\/blog\/v3\/categories$/,
    (store, { given }) => ({ category: labelView(createCategory(store, given)) }),
  ],
  ["POST", /^\/site-media\/v1\/files\/search$/, (store, { given }) => searchFiles(store, given)],
  ["POST", /^\/site-media\/v1\/files\/import$/, (store, { given }) => importFile(store, given)],
  ["POST", /^\/site-media\/v1\/files\/generate-upload-url$/, (store, { given }) => newPlace(store, given)],
  [
    "GET",
    /^\/site-media\/v1\/files\/get-file-by-id$/,
    (store, { query: words }) => ({ file: fileView(store, fileOf(store, words.get("fileId") ?? "")) }),
  ],
  [
    "GET",
    /^\/wix-data\/v2\/collections\/([^/]+)$/,
    (store, _, id) => ({ collection: collectionView(collectionOf(store, id)) }),
  ],
  ["POST", /^\/wix-data\/v2\/items\/query$/, (store, { given }) => queryItems(store, given)],
  [
    "POST",
    /^\/wix-data\/v2\/bulk\/items\/(insert|update|save)$/,
    (store, { given }, how) => bulkItems(store, how, given),
  ],
  [
    "DELETE",
    /^\/wix-data\/v2\/items\/([^/]+)$/,
    (store, { query: words }, id) => removeItem(store, words.get("dataCollectionId") ?? "", id),
  ],
];

function routed(store: WixStore, asked: Asked): Reply {
  for (const [method, path, handler] of ROUTES) {
    const match = method === asked.method ? path.exec(asked.path) : null;
    if (match === null) continue;
    return json(200, handler(store, asked, decodeURIComponent(match[1] ?? "")));
  }
  throw notFound("path");
}

const properties = ({ site }: WixStore) => ({
  version: "1",
  properties: { siteDisplayName: site.title, timeZone: site.timeZone, language: site.language },
});

function members({ members: all }: WixStore, words: URLSearchParams) {
  const limit = Number(words.get("paging.limit") ?? 50);
  const offset = Number(words.get("paging.offset") ?? 0);
  const isFull = words.get("fieldsets") === "FULL";
  const view = ({ id, loginEmail, nickname, slug }: Member) => ({
    id,
    ...(isFull ? { loginEmail } : {}),
    profile: { nickname, slug },
  });
  const items = [...all.values()].slice(offset, offset + limit);
  return { members: items.map(view), metadata: { count: items.length, offset, total: all.size } };
}

/** https://dev.wix.com/docs/rest/business-solutions/blog/draft-posts/filter-and-sort */
const POST_FILTERS: Filters = {
  id: ["$eq", "$ne", "$hasSome"],
  title: ["$eq", "$ne", "$startsWith", "$in"],
  status: ["$eq", "$ne", "$in"],
  editedDate: ["$lt", "$lte", "$gt", "$gte"],
  hasUnpublishedChanges: ["$eq", "$ne"],
};

function fieldsetsIn(given: unknown): readonly string[] {
  return isObject(given) && Array.isArray(given.fieldsets) ? given.fieldsets.map(String) : [];
}

function queryPosts(store: WixStore, given: unknown) {
  const now = store.clock.now();
  const fieldsets = fieldsetsIn(given);
  const posts = [...store.posts.values()].filter(({ trashed: gone, shownAt }) => !gone && shownAt <= now);
  const views = posts.map((post) => draftView(store, post, fieldsets));
  const wanted = isObject(given) && isObject(given.query) ? given.query : {};
  const sort = wanted.sort ?? [{ fieldName: "editedDate", order: "DESC" }];
  const { items, pagingMetadata } = query(views, { ...wanted, sort }, POST_FILTERS);
  return { draftPosts: items, pagingMetadata };
}

function queryLabels(key: string, labels: WixStore["tags"], given: unknown) {
  const wanted = isObject(given) ? given.query : undefined;
  const { items, pagingMetadata } = query([...labels.values()].map(labelView), wanted, { label: ["$eq"] });
  return { [key]: items, pagingMetadata };
}

const bodyOf = (given: unknown, key: string): JsonObject =>
  (isObject(given) && isObject(given[key]) ? given[key] : {}) as JsonObject;

function createOne(store: WixStore, given: unknown) {
  const publish = isObject(given) && given.publish === true;
  const post = createPost(store, bodyOf(given, "draftPost"), publish);
  return { draftPost: draftView(store, post, fieldsetsIn(given)) };
}

function updateOne(store: WixStore, id: string, given: unknown) {
  const post = postOf(store, id);
  const { action = "UPDATE", scheduledPublishDate: at } = (isObject(given) ? given : {}) as {
    action?: string;
    scheduledPublishDate?: string;
  };
  updatePost(store, post, { given: bodyOf(given, "draftPost"), mask: undefined, action, at });
  return { draftPost: draftView(store, post, fieldsetsIn(given)) };
}

function one(store: WixStore, id: string, words: URLSearchParams) {
  return { draftPost: draftView(store, postOf(store, id), words.getAll("fieldsets")) };
}

function published(store: WixStore, id: string) {
  publishPost(store, postOf(store, id));
  return { postId: id };
}

function removed(store: WixStore, id: string, words: URLSearchParams) {
  const post = postOf(store, id);
  if (words.get("permanent") === "true") store.posts.delete(id);
  else Object.assign(post, { trashed: true, live: undefined, status: "UNPUBLISHED" });
  return {};
}

function trashed(store: WixStore, id: string) {
  const post = store.posts.get(id);
  if (post?.trashed !== true) throw notFound(`deleted draft post ${id}`);
  return { draftPost: draftView(store, post, []) };
}

function restored(store: WixStore, id: string) {
  trashed(store, id);
  const post = store.posts.get(id);
  if (post !== undefined) Object.assign(post, { trashed: false, editedAt: store.clock.now() });
  return post === undefined ? {} : { draftPost: draftView(store, post, []) };
}

// --- In between ----------------------------------------------------------------------------------------------

function guarded(work: () => Reply): Reply {
  try {
    return work();
  } catch (thrown) {
    if (thrown instanceof Refused) return refusal(thrown);
    throw thrown;
  }
}

function isTooFast({ store, minute }: Running): boolean {
  const { behaviours, clock } = store;
  if (takes(behaviours, "throttles")) return true;
  const now = clock.now();
  while ((minute[0] ?? now) <= now - 60_000) minute.shift();
  if (minute.length >= behaviours.perMinute) return true;
  minute.push(now);
  return false;
}

function tooFast({ tooFast: status }: Behaviours): Reply {
  if (status === 403) return { status, type: "text/plain", body: "" };
  return json(429, { message: "Resource exhausted" });
}

type Counts = "throttles" | "badGatewayBefore" | "badGatewayAfterWrite" | "dropsAnswerAfterWrite";

/** Uses one up, where there is one left. */
function takes(behaviours: Behaviours, name: Counts | "halvesAnswers" | "refusesItems"): boolean {
  if (behaviours[name] <= 0) return false;
  behaviours[name] -= 1;
  return true;
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}

function badGateway(): Reply {
  return { status: 502, type: "text/html", body: "<html><title>Bad Gateway</title></html>" };
}
