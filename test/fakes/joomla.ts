// A Joomla that speaks its Web Services, with the habits that are known of it.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type Body, type Place, saveArticle } from "./joomla/articles.ts";
import { answer, type Reply } from "./joomla/routes.ts";
import {
  type Article,
  type Behaviours,
  broken,
  defaultBehaviours,
  type JoomlaStore,
  newStore,
  Refused,
  refused,
} from "./joomla/state.ts";
import type { PlatformFake, SiteCensus } from "./platform.ts";

export interface JoomlaOptions {
  readonly behaviours?: Partial<Behaviours>;
}

export interface JoomlaFake extends PlatformFake {
  readonly token: string;
  /** May be looked at and changed. */
  readonly store: JoomlaStore;
  /** May be changed while it runs. */
  readonly behaviours: Behaviours;
  /** Somebody saves an article in Joomla's own screens. */
  save(id: number, change: Body): void;
  /** Done once, when the next write has come and before it is carried out. */
  beforeNextWrite(done: () => void): void;
}

const API = "/api/index.php/v1";

/** Listens on 127.0.0.1. */
export async function startJoomla(options: JoomlaOptions = {}): Promise<JoomlaFake> {
  const behaviours = { ...defaultBehaviours(), ...options.behaviours };
  const store = newStore();
  const token = Buffer.from("sha256:101:0123456789abcdef0123456789abcdef").toString("base64");
  const requests: { method: string; url: string; body: string }[] = [];
  let root = "";
  const place: Place = { store, behaviours, root: () => root };
  const desk: Desk = { place, token, busy: 0, before: undefined };
  const server = createServer((request, response) => {
    void textOf(request).then(async (body) => {
      requests.push({ method: request.method ?? "GET", url: request.url ?? "/", body });
      await serve(desk, request, body, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  root = url;
  return {
    ...{ url, token, store, behaviours, requests, secrets: [token] },
    connection: (at = url) => ({ platform: "joomla", url: `${at}${API}`, auth: "token", token }),
    reachedAt: (address) => {
      root = address;
    },
    census: () => censusOf(store),
    isWrite: ({ method }) => ["POST", "PATCH", "PUT", "DELETE"].includes(method),
    save: (id, change) => void saveByHand(place, id, change),
    beforeNextWrite: (done) => {
      desk.before = done;
    },
    edit(slug, { title, body }) {
      const found = [...store.articles.values()].find((article) => article.alias === slug);
      if (found === undefined) throw new Error(`no article ${slug}`);
      const text = body === undefined ? {} : { introtext: body, fulltext: "" };
      saveByHand(place, found.id, { ...(title === undefined ? {} : { title }), ...text });
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** In the screens dates are shown in the user's zone, so that nothing moves. */
function saveByHand(place: Place, id: number, change: Body): void {
  const { siteZone, userZone } = place.behaviours;
  const old = place.store.articles.get(id);
  const [tags, featured] = [
    old?.tags ?? [],
    { featured_up: old?.featured_up, featured_down: old?.featured_down },
  ];
  Object.assign(place.behaviours, { siteZone: "UTC", userZone: "UTC" });
  saveArticle(place, { tags, ...featured, ...change }, id);
  Object.assign(place.behaviours, { siteZone, userZone });
}

interface Desk {
  readonly place: Place;
  readonly token: string;
  busy: number;
  before: (() => void) | undefined;
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {
    // Cut off on its way.
  }
  return Buffer.concat(chunks).toString("utf8");
}

async function serve(desk: Desk, request: IncomingMessage, body: string, response: ServerResponse) {
  const { behaviours } = desk.place;
  const isWrite = !["GET", "HEAD"].includes(request.method ?? "");
  if (!request.complete) return;
  try {
    const outcome = await carryOut(desk, request, body, isWrite);
    if (isWrite && behaviours.dropsAnswerAfterWrite > 0) {
      behaviours.dropsAnswerAfterWrite -= 1;
      response.destroy();
      return;
    }
    send(response, outcome);
  } catch (thrown) {
    if (!(thrown instanceof Refused)) throw thrown;
    send(response, { status: thrown.status, body: thrown.body });
  }
}

function send(response: ServerResponse, { status, body }: Reply): void {
  const isPage = typeof body === "string";
  if (body instanceof Uint8Array) {
    response.writeHead(status, { "content-type": "image/png" });
    response.end(body);
    return;
  }
  response.writeHead(status, {
    "content-type": isPage ? "text/html; charset=utf-8" : "application/vnd.api+json; charset=utf-8",
  });
  response.end(body === undefined ? undefined : isPage ? body : JSON.stringify(body));
}

async function carryOut(
  desk: Desk,
  request: IncomingMessage,
  body: string,
  isWrite: boolean,
): Promise<Reply> {
  const { place, token } = desk;
  const url = new URL(request.url ?? "/", "http://joomla.test");
  const { generation, tokenEnabled } = place.behaviours;
  const hasApi = generation === "web-services" && url.pathname.startsWith(`${API}/`);
  const file = place.store.files.get(decodeURIComponent(url.pathname).replace(/^\/images\//, ""));
  if (file !== undefined) return { status: 200, body: file };
  if (!hasApi) return outside(url.pathname, generation);
  if (request.method === "HEAD") throw refused(404, "Resource not found");
  if (/^text\/html$/.test(request.headers.accept ?? "")) throw refused(406, "Not Acceptable");
  const path = url.pathname.slice(API.length);
  // The route is looked for before the token.
  if (request.headers["x-joomla-token"] !== token || !tokenEnabled) {
    if (!place.behaviours.services.has("content") && path.startsWith("/content")) {
      throw refused(404, "Resource not found");
    }
    throw refused(401, "Forbidden");
  }
  const asked = { method: request.method ?? "GET", path, query: url.searchParams, body: parsed(body) };
  return isWrite ? whileOthersWrite(desk, () => answer(place, asked)) : answer(place, asked);
}

function parsed(body: string): Body {
  if (body === "") return {};
  try {
    return JSON.parse(body) as Body;
  } catch {
    throw broken();
  }
}

/** What comes while another write is under way is saved, and refused by an index that has its key twice. */
async function whileOthersWrite(desk: Desk, work: () => Reply): Promise<Reply> {
  const { behaviours } = desk.place;
  desk.busy += 1;
  const isSecond = desk.busy > 1 && behaviours.racing;
  try {
    await sleep(1);
    desk.before?.();
    desk.before = undefined;
    const reply = work();
    if (isSecond || behaviours.refusesAfterSave > 0) {
      if (!isSecond) behaviours.refusesAfterSave -= 1;
      throw refused(400, "Save failed with the following error: Duplicate entry '17-1' for key 'PRIMARY'");
    }
    if (behaviours.breaksAfterSave > 0) {
      behaviours.breaksAfterSave -= 1;
      throw broken();
    }
    return reply;
  } finally {
    desk.busy -= 1;
  }
}

/** What visitors see. */
function outside(path: string, generation: Behaviours["generation"]): Reply {
  const missing = { status: 404, body: "<html><head><title>404</title></head><body>Not found</body></html>" };
  if (generation !== "none" && path === "/administrator/manifests/files/joomla.xml") {
    const version = generation === "joomla-3" ? "3.10.12" : "5.3.0";
    return {
      status: 200,
      body: `<extension><name>files_joomla</name><version>${version}</version></extension>`,
    };
  }
  if (path !== "/" && !/^\/administrator\/?$/.test(path)) return missing;
  const mark =
    generation === "none" ? "" : '<meta name="generator" content="Joomla! - Open Source Content Management">';
  return {
    status: 200,
    body: `<html><head><title>Harbour News</title>${mark}</head><body></body></html>`,
  };
}

function censusOf({ articles, categories, tags, files }: JoomlaStore): SiteCensus {
  const titles = (ids: readonly number[]) => ids.map((id) => tags.get(id)?.title ?? `? ${id}`).sort();
  const line = (article: Article) => {
    const text = [article.introtext, article.fulltext].filter((part) => part !== "").join(" ¦ ");
    const category = categories.get(article.catid)?.title ?? "?";
    const dated =
      article.state === 1 && article.publish_up !== null && article.created === article.publish_up;
    const date = dated ? article.publish_up : "";
    const said = [article.title, article.state, category, titles(article.tags).join(","), date];
    // Where the site is, is no content.
    const words = text.replace(/\s+/g, " ").replace(/http:\/\/127\.0\.0\.1:\d+/g, "");
    return [article.alias, ...said, words].join(" | ");
  };
  return {
    entries: [...articles.values()].map(line).sort(),
    terms: [
      ...[...categories.values()].map(({ title }) => `categories ${title}`),
      ...[...tags.values()].map(({ title }) => `tags ${title}`),
    ].sort(),
    media: [...files.keys()].sort(),
  };
}
