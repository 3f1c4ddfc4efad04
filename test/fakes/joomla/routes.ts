// What is asked, and what Joomla answers.
import { articleView, type Body, type Place, saveArticle } from "./articles.ts";
import {
  type Article,
  aliasOf,
  broken,
  type Node,
  Refused,
  refused,
  stripped,
  type WebService,
} from "./state.ts";

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Body;
}

export interface Reply {
  readonly status: number;
  readonly body: unknown;
}

const NOT_FOUND = () => refused(404, "Resource not found");

const SERVICES: Readonly<Record<string, WebService>> = {
  content: "content",
  fields: "content",
  config: "config",
  users: "users",
  media: "media",
  tags: "tags",
  languages: "languages",
};

export function answer(place: Place, asked: Asked): Reply {
  const [first = "", second = "", third, fourth] = asked.path.slice(1).split("/");
  const service = SERVICES[first];
  if (service === undefined || !place.behaviours.services.has(service)) throw NOT_FOUND();
  allowed(asked);
  const rest = asked.path.slice(1).split("/").slice(2).join("/");
  switch (`${asked.method} ${first}/${second}`) {
    case "GET content/articles":
      if (third === undefined) return page(place, asked, articlesFor(place, asked), "articles");
      return fourth === "contenthistory"
        ? page(place, asked, versionsOf(place, Number(third)), "history")
        : oneArticle(place, Number(third));
    case "POST content/articles":
      return item(articleView(place, saveArticle(place, asked.body), true));
    case "PATCH content/articles":
      return item(articleView(place, saveArticle(place, asked.body, Number(third)), true));
    case "DELETE content/articles":
      return removal(place, Number(third));
    case "GET content/categories":
      return page(place, asked, [...place.store.categories.values()].map(categoryView), "categories");
    case "POST content/categories":
      return item(categoryView(newNode(place, place.store.categories, asked.body)));
    case "GET tags/":
      return page(place, asked, [...place.store.tags.values()].map(tagView), "tags");
    case "POST tags/":
      return item(tagView(newNode(place, place.store.tags, asked.body)));
    case "GET fields/content":
      return page(place, asked, fieldViews(place), "fields");
    case "GET users/levels":
      return page(place, asked, ["Public", "Registered", "Special"].map(levelView), "levels");
    case "GET users/":
      return page(place, asked, place.store.users.map(userView), "users");
    case "GET languages/content":
      return page(place, asked, place.behaviours.contentLanguages.map(languageView), "languages");
    case "GET config/application":
      return configuration(place);
    case "GET media/adapters":
      return page(place, asked, [ADAPTER], "adapters");
    case "GET media/files":
      return rest === ""
        ? filesIn(place, asked)
        : oneFile(place, decodeURIComponent(rest), asked.query.has("url"));
    case "POST media/files":
      return upload(place, asked.body);
    default:
      throw NOT_FOUND();
  }
}

const ADAPTER = {
  type: "adapters",
  id: "local-images",
  attributes: { provider_id: "local", name: "images", path: "local-images:/" },
};

const PARAMETERS =
  /^(?:page\[(?:offset|limit)\]|filter\[(?:search|state|category|language)\]|list\[(?:ordering|direction)\]|path|url|_\w*|cb|nocache)$/;

/** Joomla ignores what it does not know: a slip of ours would go unseen. */
function allowed({ query }: Asked): void {
  for (const name of query.keys()) {
    if (!PARAMETERS.test(name) && !/ainstein/.test(name)) throw refused(400, `the fake knows no ${name}`);
  }
}

const item = (data: unknown): Reply => ({ status: 200, body: { data } });

function page({ root }: Place, { path, query }: Asked, rows: readonly unknown[], type: string): Reply {
  const limit = Number(query.get("page[limit]") ?? 0) || 20;
  const offset = Number(query.get("page[offset]") ?? 0);
  if (offset > rows.length) throw NOT_FOUND();
  const data = rows.slice(offset, offset + limit);
  return {
    status: 200,
    body: {
      links: { self: `${root()}/api/index.php/v1${path}?${query}` },
      data: data.map((row) => ({ type, ...(row as object) })),
      meta: { "total-pages": Math.ceil(rows.length / limit) },
    },
  };
}

// --- Articles ----------------------------------------------------------------------------------------------

function articlesFor(place: Place, { query }: Asked): readonly unknown[] {
  const state = query.get("filter[state]");
  // `*` is no number, and becomes 0.
  const states = state === null ? [0, 1] : [Number.parseInt(state, 10) || 0];
  const category = query.get("filter[category]");
  const search = query.get("filter[search]");
  const found = [...place.store.articles.values()].filter(
    (article) =>
      states.includes(article.state) &&
      (category === null || article.catid === Number(category)) &&
      (search === null || isLike(article, search)),
  );
  const up = query.get("list[ordering]") === "a.id" && query.get("list[direction]") === "asc";
  found.sort((a, b) => (up ? a.id - b.id : b.id - a.id));
  shows(place, found);
  return found.map((article) => articleView(place, article, false));
}

/** SQL's LIKE, in which `%` and `_` stand for anything. */
function isLike({ title, alias, note }: Article, search: string): boolean {
  const pattern = search
    .trim()
    .replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
    .replace(/[% ]/g, ".*")
    .replaceAll("_", ".");
  return [title, alias, note].some((text) => new RegExp(pattern, "is").test(text));
}

function oneArticle(place: Place, id: number): Reply {
  const article = place.store.articles.get(id);
  if (article === undefined) throw NOT_FOUND();
  shows(place, [article]);
  return item(articleView(place, article, true));
}

/** On 6.0 the plug-in that loads modules breaks whatever shows an article with one. */
function shows({ behaviours }: Place, articles: readonly Article[]): void {
  const isBroken = ({ introtext, fulltext }: Article) =>
    /\{load(?:position|module)/.test(introtext + fulltext);
  if (behaviours.version === "6.0" && articles.some(isBroken)) throw broken();
}

function removal({ store, behaviours }: Place, id: number): Reply {
  const article = store.articles.get(id);
  const isNew = behaviours.version === "6.1";
  if (article === undefined) throw isNew ? NOT_FOUND() : broken();
  if (article.state !== -2) {
    const message = "Resource not in state that can be deleted, must be trashed before it can be deleted";
    const data = { status: "Conflict", code: 409, message };
    throw isNew ? new Refused(409, { success: true, message: null, messages: null, data }) : broken();
  }
  store.articles.delete(id);
  return { status: 204, body: undefined };
}

function versionsOf({ store, behaviours }: Place, article: number): readonly unknown[] {
  if (!behaviours.superUser) throw refused(403, "Access Denied");
  return store.versions
    .filter((version) => version.article === article)
    .toReversed()
    .map(({ id, saved, editor, data }) => ({
      id: String(id),
      attributes: { save_date: saved, editor, version_data: data, version_note: "" },
    }));
}

// --- Everything else ---------------------------------------------------------------------------------------

function newNode(place: Place, nodes: Map<number, Node>, body: Body): Node {
  const title = stripped(String(body.title ?? ""));
  if (title === "") throw refused(400, "Field required: Title");
  if (body.description === undefined) {
    throw refused(
      400,
      "Save failed with the following error: Field 'description' doesn't have a default value",
    );
  }
  const parent = Number(body.parent_id ?? 1);
  if (parent !== 1 && !nodes.has(parent)) throw refused(400, "Save failed with the following error: ");
  const alias = aliasOf(String(body.alias ?? title));
  const isTaken = [...nodes.values()].some((node) => node.alias === alias && node.parent === parent);
  if (isTaken) throw refused(400, "Save failed with the following error: another one has the same alias");
  const made = { id: place.store.next++, title, alias, parent };
  nodes.set(made.id, made);
  return made;
}

const categoryView = ({ id, title, alias, parent }: Node) => ({
  id: String(id),
  attributes: { id, title, alias, parent_id: parent, published: 1, language: "*", level: 1 },
});

const tagView = ({ id, title, alias, parent }: Node) => ({
  id: String(id),
  attributes: { id, title, alias, path: alias, parent_id: parent, published: 1, language: "*" },
});

function fieldViews({ store }: Place): readonly unknown[] {
  return store.fields.map(({ name, title, type, multiple, options }, index) => ({
    id: String(index + 1),
    attributes: {
      ...{ name, title, type, state: 1, required: 0 },
      fieldparams: {
        multiple: multiple === true ? "1" : "0",
        options: Object.fromEntries(
          Object.entries(options ?? {}).map(([value, label], n) => [`options${n}`, { name: label, value }]),
        ),
      },
    },
  }));
}

const levelView = (title: string, index: number) => ({ id: String(index + 1), attributes: { title } });

const userView = (user: Place["store"]["users"][number]) => ({
  id: String(user.id),
  attributes: { ...user, email: `${user.username}@example.com`, block: 0 },
});

const languageView = (tag: string, index: number) => ({
  id: String(index + 1),
  attributes: { lang_code: tag, title: tag, published: 1 },
});

/** One member of the configuration each. */
function configuration({ behaviours }: Place): Reply {
  if (!behaviours.superUser) throw refused(403, "Access Denied");
  const members = { sitename: "Harbour News", offset: behaviours.siteZone, sef: true, list_limit: 20 };
  const data = Object.entries(members).map(([name, value]) => ({
    ...{ type: "application", id: "225" },
    attributes: { [name]: value, id: 225 },
  }));
  return { status: 200, body: { data, meta: { "total-pages": 1 } } };
}

// --- Files -------------------------------------------------------------------------------------------------

const IMAGES = "local-images:/";

function filesIn(place: Place, { query }: Asked): Reply {
  const folder = (query.get("path") ?? "").replace(IMAGES, "").replace(/\/$/, "");
  const names = [...place.store.files.keys()].filter((path) => path.startsWith(`${folder}/`));
  if (names.length === 0) throw NOT_FOUND();
  return { status: 200, body: { data: names.map((name) => fileView(place, name, query.has("url"))) } };
}

function oneFile(place: Place, path: string, withUrl: boolean): Reply {
  const name = path.replace(IMAGES, "");
  if (!place.store.files.has(name)) throw NOT_FOUND();
  return item(fileView(place, name, withUrl));
}

/** A file's address is told to who asks for it by `url`, and not in the answer to an upload. */
function fileView({ root }: Place, path: string, withUrl: boolean): unknown {
  const types: Readonly<Record<string, string>> = { png: "image/png", jpg: "image/jpeg", gif: "image/gif" };
  const name = path.split("/").at(-1) ?? "";
  const extension = name.split(".").at(-1) ?? "";
  return {
    type: "media",
    id: "0",
    attributes: {
      ...{ type: "file", name, path: `${IMAGES}${path}`, extension },
      mime_type: types[extension] ?? "application/octet-stream",
      ...(withUrl ? { url: `${root()}/images/${path}` } : {}),
    },
  };
}

function upload(place: Place, { path, content, override }: Body): Reply {
  if (typeof path !== "string" || !path.startsWith(IMAGES)) throw refused(400, "The path is not valid");
  const bytes = Buffer.from(String(content ?? ""), "base64");
  if (bytes.byteLength === 0) throw refused(400, "Missing required parameters: content");
  if (path.endsWith(".svg")) throw refused(400, "File type is not allowed");
  if (
    /\.(?:png|jpe?g|gif)$/.test(path) &&
    !/^(?:\x89PNG|\xff\xd8|GIF8)/.test(bytes.toString("latin1", 0, 8))
  ) {
    throw broken();
  }
  const name = aliasedPath(path.slice(IMAGES.length));
  if (place.store.files.has(name) && override !== true)
    throw refused(400, `File exists and overwriting not requested: /${name}`);
  place.store.files.set(name, bytes);
  return oneFile(place, name, false);
}

const aliasedPath = (path: string) =>
  path
    .normalize("NFD")
    .replace(/\p{Mn}+/gu, "")
    .replace(/[^\w./-]/g, "");
