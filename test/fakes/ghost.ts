// A Ghost that speaks the wire format of its Admin API, versions 5 and 6, on 127.0.0.1.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Clock, systemClock } from "../../src/lib/clock.ts";
import {
  addTag,
  createStore,
  type GhostPost,
  GhostRefusal,
  type GhostStore,
  invalidPost,
  renderHtml,
  savePost,
  stampOf,
} from "./ghost-store.ts";
import { answerWebhook, type GhostWebhook } from "./ghost-webhooks.ts";
import {
  authenticate,
  type GhostBehaviours,
  type GhostState,
  KID,
  matches,
  SECRET,
  shownAs,
} from "./ghost-wire.ts";
import type { PlatformFake } from "./platform.ts";

export type { GhostBehaviours } from "./ghost-wire.ts";

export interface GhostFake extends PlatformFake {
  readonly store: GhostStore;
  readonly behaviours: GhostBehaviours;
  readonly key: string;
  readonly contentKey: string;
}

export interface GhostOptions {
  readonly clock?: Clock;
  readonly behaviours?: Partial<GhostBehaviours>;
}

const API = "/ghost/api/admin";
interface Seen {
  readonly method: string;
  readonly url: string;
  readonly body: string;
}

export async function startGhost(options: GhostOptions = {}): Promise<GhostFake> {
  const behaviours: GhostBehaviours = {
    ...{ version: "6.65", maintenance: false, dropsAnswerAfterWrite: 0, failsAfterWrite: 0, behind: 0 },
    ...options.behaviours,
  };
  const own = options.clock ?? systemClock;
  const clock: Clock = { now: () => own.now() - behaviours.behind, sleep: own.sleep };
  const store = createStore();
  const requests: Seen[] = [];
  const state = { url: "", store, behaviours, clock };
  const server = createServer((request, response) => {
    bytesOf(request).then(
      (bytes) => {
        const seen = { method: request.method ?? "", url: request.url ?? "", body: bytes.toString("utf8") };
        requests.push(seen);
        answer(state, seen, bytes, request, response);
      },
      // Cut off on its way: never carried out.
      () => request.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  state.url = url;
  const key = `${KID}:${SECRET}`;
  return {
    ...{ url, store, behaviours, requests, key },
    contentKey: "22444f78447824223cefc48062",
    connection: (at = url) => ({ platform: "ghost", url: at + API, auth: "admin-key", token: key }),
    secrets: [key, SECRET],
    reachedAt: (at) => {
      state.url = at;
    },
    census: () => censusOf(store),
    isWrite: (seen) => seen.method !== "GET" && seen.method !== "HEAD" && seen.url.startsWith(API),
    edit: (slug, change) => edit(state, slug, change),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function answer(
  state: GhostState,
  seen: Seen,
  bytes: Buffer,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { behaviours, clock } = state;
  const isWrite = seen.method !== "GET" && seen.method !== "HEAD";
  const send = (status: number, body?: object) => {
    response.writeHead(status, {
      "content-type": "application/json; charset=utf-8",
      "cache-control": "no-cache, private, no-store",
      "content-version": `v${behaviours.version}`,
      date: new Date(clock.now()).toUTCString(),
    });
    response.end(body === undefined ? "" : JSON.stringify(body));
  };
  try {
    const url = new URL(seen.url, state.url);
    if (!url.pathname.startsWith(API)) {
      serveFile(state, url, seen.method, response);
      return;
    }
    const result = route(state, url, seen, bytes, request.headers);
    if (isWrite && behaviours.dropsAnswerAfterWrite > 0) {
      behaviours.dropsAnswerAfterWrite -= 1;
      request.socket.destroy();
    } else if (isWrite && behaviours.failsAfterWrite > 0) {
      behaviours.failsAfterWrite -= 1;
      send(
        500,
        new GhostRefusal(500, "InternalServerError", "An unexpected error occurred, please try again.").body,
      );
    } else send(result.status, result.body);
  } catch (thrown) {
    if (thrown instanceof GhostRefusal) send(thrown.status, thrown.body);
    else send(500, { errors: [{ message: String(thrown), type: "FakeError" }] });
  }
}

function serveFile({ store }: GhostState, url: URL, method: string, response: ServerResponse): void {
  const bytes = store.uploads.get(decodeURIComponent(url.pathname));
  response.writeHead(bytes === undefined ? 404 : 200, {
    "content-type": bytes === undefined ? "text/html" : "image/png",
  });
  response.end(method === "HEAD" ? undefined : bytes);
}

interface Result {
  readonly status: number;
  readonly body?: object;
}

const ACTIONS: Readonly<Record<string, string>> = { PUT: "edit", DELETE: "delete" };

const missing = (action: string, type: string) =>
  new GhostRefusal(404, "NotFoundError", `Resource not found error, cannot ${action} ${type}.`, {
    context: `${type === "post" ? "Post" : "Page"} not found.`,
  });

function route(
  state: GhostState,
  url: URL,
  seen: Seen,
  bytes: Buffer,
  headers: IncomingMessage["headers"],
): Result {
  const { store, behaviours } = state;
  const path = url.pathname.slice(API.length);
  const { method } = seen;
  refuseParameters(url);
  if (!path.endsWith("/")) throw new Error(`Ghost redirects ${path}: a slash is missing at the end`);
  if (path === "/site/" && method === "GET") {
    const { version } = behaviours;
    return { status: 200, body: { site: { title: "Harbour News", url: `${state.url}/`, version } } };
  }
  if (behaviours.maintenance) {
    throw new GhostRefusal(
      503,
      "MaintenanceError",
      "Ghost is currently undergoing maintenance, please wait a moment then retry.",
    );
  }
  authenticate(state, headers.authorization ?? "");
  const [, resource = "", id = ""] = path.split("/");
  if (path === "/settings/")
    return {
      status: 200,
      body: {
        settings: [
          { key: "title", value: "Harbour News" },
          { key: "timezone", value: "Etc/UTC" },
        ],
      },
    };
  if (path === "/users/") return { status: 200, body: paged(state, "users", store.users, url) };
  if (resource === "tags" && id === "") return tags(state, url, seen);
  if (resource === "posts" || resource === "pages") return posts(state, url, seen, resource, id);
  if (resource === "webhooks") {
    const { webhooks } = store;
    const given = seen.body === "" ? undefined : jsonOf<Omit<GhostWebhook, "id">>(seen, "webhooks");
    return answerWebhook({ webhooks, method, id, given, newId: store.id });
  }
  const upload = /^\/(images|media|files)\/upload\/$/.exec(path)?.[1];
  if (upload !== undefined && method === "POST")
    return uploaded(state, upload, bytes, headers["content-type"] ?? "");
  throw new GhostRefusal(404, "NotFoundError", "Resource not found");
}

/** Ghost itself takes no notice of others; here they are mistakes of ours. */
const PARAMETERS = new Set([
  "fields",
  "include",
  "formats",
  "filter",
  "order",
  "limit",
  "page",
  "newsletter",
  "save_revision",
  "_fresh",
]);

function refuseParameters(url: URL): void {
  for (const name of url.searchParams.keys()) {
    if (!PARAMETERS.has(name)) throw new Error(`Ghost knows no parameter ${name}`);
  }
}

/** Ghost 5 gives all that are asked for; Ghost 6 gives 100 at most, also for `all`. */
function paged({ behaviours }: GhostState, key: string, items: readonly object[], url: URL): object {
  const asked = url.searchParams.get("limit") ?? "15";
  const wanted = asked === "all" ? Math.max(items.length, 1) : Number(asked);
  const limit = behaviours.version.startsWith("5") ? wanted : Math.min(wanted, 100);
  const page = Number(url.searchParams.get("page") ?? "1");
  const pages = Math.max(1, Math.ceil(items.length / limit));
  const next = page < pages ? page + 1 : null;
  const pagination = { page, limit, pages, total: items.length, next, prev: page > 1 ? page - 1 : null };
  return { [key]: items.slice((page - 1) * limit, page * limit), meta: { pagination } };
}

function jsonOf<T>(seen: Seen, key: string): T {
  const parsed = JSON.parse(seen.body) as Record<string, T[]>;
  const [first] = parsed[key] ?? [];
  if (first === undefined) throw invalidPost(`Validation failed for ${key}.`, key);
  return first;
}

function tags(state: GhostState, url: URL, seen: Seen): Result {
  const { store } = state;
  if (seen.method === "GET")
    return { status: 200, body: paged(state, "tags", [...store.tags.values()], url) };
  const { name } = jsonOf<{ name?: string }>(seen, "tags");
  if (name === undefined || name === "") throw invalidPost("Validation failed for name.", "name");
  const tag = addTag(store, name);
  return { status: 201, body: { tags: [tag] } };
}

function posts(state: GhostState, url: URL, seen: Seen, key: "posts" | "pages", id: string): Result {
  const { store, clock } = state;
  const type = key === "posts" ? "post" : "page";
  const shown = (post: GhostPost) => shownAs(state, post, url);
  if (id === "" && seen.method === "GET") {
    const ofType = [...store.posts.values()].filter((post) => post.type === type);
    const found = ofType.filter((post) => matches(state, post, url.searchParams.get("filter"))).map(shown);
    return { status: 200, body: paged(state, key, found, url) };
  }
  const saving = { store, clock, siteUrl: state.url, version: state.behaviours.version };
  if (id === "" && seen.method === "POST") {
    if (url.searchParams.has("newsletter")) throw new Error("a create takes no newsletter");
    const at = stampOf(clock.now());
    const columns = {
      status: "draft",
      visibility: "public",
      featured: false,
      created_at: at,
      published_at: null,
    };
    const post: GhostPost = { id: store.id(), type, columns, tags: [], authors: [], newsletter: null };
    savePost(saving, post, jsonOf(seen, key), { isNew: true, newsletter: null });
    store.posts.set(post.id, post);
    return { status: 201, body: { [key]: [shown(post)] } };
  }
  const post = store.posts.get(id);
  if (!/^[0-9a-f]{24}$/.test(id)) {
    throw new GhostRefusal(422, "ValidationError", "Validation error, cannot read post.", {
      context: "Validation (matches) failed for id undefined.id",
    });
  }
  if (post === undefined || post.type !== type) throw missing(ACTIONS[seen.method] ?? "read", type);
  if (seen.method === "DELETE") {
    store.posts.delete(id);
    return { status: 204 };
  }
  if (seen.method !== "PUT") return { status: 200, body: { [key]: [shown(post)] } };
  savePost(saving, post, jsonOf(seen, key), { isNew: false, newsletter: url.searchParams.get("newsletter") });
  return { status: 200, body: { [key]: [shown(post)] } };
}

/** An upload of a name that is there is numbered. */
function uploaded(state: GhostState, key: string, bytes: Buffer, type: string): Result {
  const boundary = /boundary=(\S+)/.exec(type)?.[1];
  const text = bytes.toString("latin1");
  const name = /name="file"; filename="([^"]+)"/.exec(text)?.[1];
  if (boundary === undefined || name === undefined)
    throw new GhostRefusal(422, "ValidationError", "Please select an image.");
  const content = bytes.subarray(text.indexOf("\r\n\r\n") + 4, text.lastIndexOf(`\r\n--${boundary}`));
  const folder = `/content/${key}/${new Date(state.clock.now()).toISOString().slice(0, 7).replace("-", "/")}`;
  const dot = name.lastIndexOf(".");
  const [stem, extension] = [name.slice(0, dot).replace(/[^\w@.]/gi, "-"), name.slice(dot)];
  let path = `${folder}/${stem}${extension}`;
  for (let n = 1; state.store.uploads.has(path); n += 1) path = `${folder}/${stem}-${n}${extension}`;
  state.store.uploads.set(path, content);
  return { status: 201, body: { [key]: [{ url: state.url + path, ref: null }] } };
}

/** Seen as a later save, whatever the second. */
function edit(
  { store, clock }: GhostState,
  slug: string,
  change: { readonly title?: string; readonly body?: string },
): void {
  const post = [...store.posts.values()].find(({ columns }) => columns.slug === slug);
  if (post === undefined) throw new Error(`no entry of the slug ${slug}`);
  const { title = post.columns.title, body } = change;
  const text = {
    detail: 0,
    format: 0,
    mode: "normal",
    style: "",
    text: body,
    type: "extended-text",
    version: 1,
  };
  const paragraph = {
    children: [text],
    direction: "ltr",
    format: "",
    indent: 0,
    type: "paragraph",
    version: 1,
  };
  const root = { children: [paragraph], direction: "ltr", format: "", indent: 0, type: "root", version: 1 };
  const lexical = body === undefined ? post.columns.lexical : JSON.stringify({ root });
  const at = Math.max(clock.now(), Date.parse(String(post.columns.updated_at)) + 1000);
  post.columns = { ...post.columns, title, lexical, updated_at: stampOf(at) };
}

const bare = (path: string) => path.replace(/\/\d{4}\/\d\d\//g, "/");

function censusOf(store: GhostStore) {
  const entries = [...store.posts.values()].map(({ type, columns, tags: ids }) => {
    const { slug, title, status, visibility, feature_image, custom_excerpt } = columns;
    const names = ids.map((id) => store.tags.get(id)?.name ?? "?");
    const html = bare(renderHtml(String(columns.lexical)));
    const image = bare(String(feature_image ?? ""));
    return [type, slug, title, status, visibility, image, custom_excerpt ?? "", names.join(","), html].join(
      " | ",
    );
  });
  return {
    entries: entries.sort(),
    terms: [...store.tags.values()].map(({ name, slug }) => `${name} | ${slug}`).sort(),
    media: [...store.uploads.keys()].map(bare).sort(),
  };
}
