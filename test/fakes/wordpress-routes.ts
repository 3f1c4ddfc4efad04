// The routes of the fake, after wp-includes/rest-api.
import type { Logged } from "./wordpress.ts";
import { batchOf } from "./wordpress-batch.ts";
import { deletePost, getPost, listPosts, listRevisions, writePost } from "./wordpress-posts.ts";
import type { FakeMedia, FakeTerm, Quirks, State } from "./wordpress-state.ts";
import { fixedHours } from "./wordpress-zone.ts";

export interface Answer {
  readonly status: number;
  /** A text is sent as HTML. */
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export const refuse = (status: number, code: string, data: Record<string, unknown> = {}): Answer => ({
  status,
  body: { code, message: `Sorry: ${code}.`, data: { status, ...data } },
});

export function counted(rows: readonly unknown[], total: number, quirks: Quirks): Answer {
  const headers =
    quirks.totalMissing === true ? {} : { "x-wp-total": String(total + (quirks.totalLies ?? 0)) };
  return { status: 200, body: rows, headers };
}

const PASSWORDS: Readonly<Record<string, number>> = { "admin:admin pass": 1, "auth:auth pass": 2 };

function userOf(request: Logged, state: State, quirks: Quirks): number {
  const header = String(request.headers.authorization ?? "");
  const user = PASSWORDS[Buffer.from(header.replace(/^Basic /, ""), "base64").toString()] ?? 0;
  if (quirks.stripsAuthorization === true || user === 0) return 0;
  state.authenticated += 1;
  if (quirks.anonymousAfter !== undefined && state.authenticated > quirks.anonymousAfter) return 0;
  if (quirks.otherUserAfter !== undefined && state.authenticated > quirks.otherUserAfter) return 2;
  return user;
}

export function answer(request: Logged, bytes: Buffer, state: State, quirks: Quirks): Answer {
  if (quirks.htmlInstead === true) return { status: 200, body: "<!doctype html><title>Coming soon</title>" };
  if (quirks.bodyLimit !== undefined && bytes.length > quirks.bodyLimit) {
    return { status: 413, body: "<html><title>413 Request Entity Too Large</title></html>" };
  }
  const user = userOf(request, state, quirks);
  const url = new URL(request.url, state.url);
  const path = url.pathname.replace(/^\/wp-json/, "").replace(/\/$/, "");
  const blocks = quirks.firewall?.(path, request.body) === true;
  const plain =
    blocks && quirks.firewallReadsAnswers !== true
      ? FORBIDDEN
      : route({ request, bytes, url, path, user }, state, quirks);
  if (blocks) return FORBIDDEN;
  const reply = quirks.rewrites === undefined ? plain : { ...plain, body: quirks.rewrites(path, plain.body) };
  return quirks.cached === true
    ? { ...reply, headers: { ...reply.headers, age: "17", "x-cache": "HIT" } }
    : reply;
}

const FORBIDDEN: Answer = { status: 403, body: "<html><title>403 Forbidden</title></html>" };

export interface Asked {
  readonly request: Logged;
  readonly bytes: Buffer;
  readonly url: URL;
  readonly path: string;
  /** 0: a visitor. */
  readonly user: number;
}

function route(asked: Asked, state: State, quirks: Quirks): Answer {
  const { path, request, url } = asked;
  if (path === "/batch/v1") return batchOf(asked, state, quirks, (inner) => route(inner, state, quirks));
  const posts = /^\/wp\/v2\/(posts|pages)(?:\/(\d+))?$/.exec(path);
  if (posts !== null) {
    const type = posts[1] === "posts" ? "post" : "page";
    const id = posts[2] === undefined ? undefined : Number(posts[2]);
    if (url.searchParams.get("_method") === "OPTIONS") return schemaOf(type, quirks);
    if (request.method === "GET") {
      return id === undefined
        ? listPosts(asked, type, state, quirks)
        : getPost(asked, type, id, state, quirks);
    }
    if (asked.user === 0) return refuse(401, id === undefined ? "rest_cannot_create" : "rest_cannot_edit");
    if (request.method === "DELETE") return deletePost(asked, type, id ?? 0, state, quirks);
    return writePost(asked, type, id, state, quirks);
  }
  const revisions = /^\/wp\/v2\/(posts|pages)\/(\d+)\/revisions$/.exec(path);
  if (revisions !== null) {
    const type = revisions[1] === "posts" ? "post" : "page";
    return listRevisions(asked, type, Number(revisions[2]), state, quirks);
  }
  if (path === "/wp/v2/users/me") return meOf(asked, quirks);
  if (path === "/wp/v2/types")
    return asked.user === 0 ? refuse(401, "rest_cannot_view") : { status: 200, body: TYPES };
  if (path === "/wp/v2/taxonomies") return { status: 200, body: TAXONOMIES };
  if (path === "/wp/v2/settings") return { status: 200, body: { default_category: 1 } };
  const terms = /^\/wp\/v2\/(categories|tags)(?:\/(\d+))?$/.exec(path);
  if (terms !== null)
    return termsOf(asked, terms[1] === "tags" ? "tags" : "categories", terms[2], state, quirks);
  if (/^\/wp\/v2\/media(\/\d+)?$/.test(path)) return mediaOf(asked, state, quirks);
  if (path === "/wp/v2/users" && quirks.usersClosed === true) return refuse(404, "rest_no_route");
  if (path === "/wp/v2/users") return counted([userRow(1), userRow(2)], 2, {});
  return path === "" ? { status: 200, body: rootOf(state, quirks) } : refuse(404, "rest_no_route");
}

const rootOf = (state: State, quirks: Quirks) => ({
  name: "Fake site",
  url: state.url,
  home: state.url,
  timezone_string: fixedHours(quirks.timezone ?? "") === undefined ? (quirks.timezone ?? "") : "",
  gmt_offset: `${fixedHours(quirks.timezone ?? "") ?? 0}`,
  namespaces: ["wp/v2", ...(quirks.elementor === undefined ? [] : ["elementor/v1"])],
});

const userRow = (id: number) => ({
  id,
  name: id === 1 ? "Admin" : "Author",
  slug: id === 1 ? "admin" : "auth",
});

const AUTHOR = ["read", "edit_posts", "publish_posts", "delete_posts", "upload_files"];
const ADMIN = [...AUTHOR, "edit_others_posts", "edit_others_pages", "manage_categories", "manage_options"];

function meOf({ user }: Asked, quirks: Quirks): Answer {
  if (user === 0) return refuse(401, "rest_not_logged_in");
  const granted = [
    ...(user === 1 ? ADMIN : AUTHOR),
    ...(user === 1 && quirks.kses !== true ? ["unfiltered_html"] : []),
  ];
  const capabilities = Object.fromEntries(granted.map((name) => [name, true]));
  return {
    status: 200,
    body: { ...userRow(user), roles: [user === 1 ? "administrator" : "author"], capabilities },
  };
}

const SUPPORTS = { title: true, editor: true, excerpt: true, author: true, thumbnail: true };
const TYPES = {
  post: {
    slug: "post",
    name: "Posts",
    rest_base: "posts",
    hierarchical: false,
    supports: SUPPORTS,
    taxonomies: ["category", "post_tag"],
  },
  page: {
    slug: "page",
    name: "Pages",
    rest_base: "pages",
    hierarchical: true,
    supports: SUPPORTS,
    taxonomies: [],
    capabilities: { edit_others_posts: "edit_others_pages" },
  },
  attachment: {
    slug: "attachment",
    name: "Media",
    rest_base: "media",
    hierarchical: false,
    supports: SUPPORTS,
    taxonomies: [],
  },
  wp_block: {
    slug: "wp_block",
    name: "Patterns",
    rest_base: "blocks",
    hierarchical: false,
    supports: SUPPORTS,
    taxonomies: [],
  },
};
const TAXONOMIES = {
  category: { slug: "category", rest_base: "categories", hierarchical: true },
  post_tag: { slug: "post_tag", rest_base: "tags", hierarchical: false },
};

const COMMON = [
  "id",
  "slug",
  "status",
  "date",
  "title",
  "content",
  "excerpt",
  "author",
  "featured_media",
  "template",
  "comment_status",
];

function schemaOf(type: "post" | "page", quirks: Quirks): Answer {
  const names = [...COMMON, ...(type === "post" ? ["sticky", "format", "categories", "tags"] : ["parent"])];
  const properties: Record<string, unknown> = Object.fromEntries(names.map((name) => [name, {}]));
  if (type === "post") properties.format = { enum: ["standard", "aside"] };
  properties.meta = { properties: type === "post" ? { rating: { type: "integer" } } : [] };
  const allowed = quirks.batchNotAllowed === true ? {} : { allow_batch: { v1: true } };
  const endpoints = ["GET", "POST"].map((method) => ({ methods: [method], ...allowed }));
  return { status: 200, body: { schema: { properties }, endpoints } };
}

function termsOf(
  asked: Asked,
  taxonomy: FakeTerm["taxonomy"],
  id: string | undefined,
  state: State,
  quirks: Quirks,
): Answer {
  const all = state.terms.filter((term) => term.taxonomy === taxonomy);
  if (asked.request.method === "GET") {
    const ids = asked.url.searchParams.get("include")?.split(",").map(Number);
    if (id === undefined && ids !== undefined) {
      const some = all.filter((term) => ids.includes(term.id));
      return counted(some, some.length, quirks);
    }
    if (id === undefined) {
      const size = Number(asked.url.searchParams.get("per_page") ?? 10);
      const start = (Number(asked.url.searchParams.get("page") ?? 1) - 1) * size;
      return counted(all.slice(start, start + size), all.length, quirks);
    }
    const term = all.find((candidate) => candidate.id === Number(id));
    return term === undefined ? refuse(404, "rest_term_invalid") : { status: 200, body: term };
  }
  const wanted = JSON.parse(asked.request.body) as { name: string; parent?: number };
  const name = wanted.name.replace(/&(?!\w+;)/g, "&amp;");
  const parent = wanted.parent ?? 0;
  const equal = () =>
    state.terms.find(
      (term) =>
        term.taxonomy === taxonomy &&
        term.parent === parent &&
        term.name.toLowerCase() === name.toLowerCase(),
    );
  const add = () => {
    const term = { id: state.nextId, taxonomy, name, slug: name.toLowerCase(), parent };
    state.nextId += 1;
    state.terms.push(term);
    return term;
  };
  if (quirks.termRace === true && equal() === undefined) add();
  const there = equal();
  if (there !== undefined) return refuse(400, "term_exists", { term_id: there.id });
  return { status: 201, body: add() };
}

function freeMediaSlug(state: State, slug: string): string {
  const taken = new Set(state.media.map((media) => media.slug));
  let free = slug;
  for (let n = 2; taken.has(free); n += 1) free = `${slug}-${n}`;
  return free;
}

function mediaOf({ request, bytes, url, path }: Asked, state: State, quirks: Quirks): Answer {
  if (request.method === "GET") {
    const slugs = url.searchParams.get("slug")?.split(",");
    const ids = url.searchParams.get("include")?.split(",").map(Number);
    const type = url.searchParams.get("mime_type");
    // As WordPress does: a type that uploads may not have is left out of account.
    const typed = type === null || type === "image/svg+xml" ? undefined : type;
    const found = state.media.filter(
      (media) =>
        (slugs?.includes(media.slug) ?? true) &&
        (ids?.includes(media.id) ?? true) &&
        (typed === undefined || media.mime_type === typed),
    );
    return counted(found, found.length, quirks);
  }
  if (request.method === "DELETE") {
    const at = state.media.findIndex(({ id }) => path.endsWith(`/${id}`));
    const [removed] = state.media.splice(at, at < 0 ? 0 : 1);
    return removed === undefined ? refuse(404, "rest_post_invalid_id") : { status: 200, body: removed };
  }
  if (bytes.subarray(0, 2).toString() === "#!") return refuse(500, "rest_upload_sideload_error");
  const name = /filename="([^"]+)"/.exec(String(request.headers["content-disposition"]))?.[1] ?? "file";
  const media: FakeMedia = {
    id: state.nextId,
    slug: freeMediaSlug(state, url.searchParams.get("slug") ?? name),
    source_url: `${state.url}/wp-content/uploads/${name}`,
    mime_type: String(request.headers["content-type"]),
    alt_text: url.searchParams.get("alt_text") ?? "",
  };
  state.nextId += 1;
  state.media.push(media);
  return { status: 201, body: media };
}
