// What a Ghost keeps, and how it treats what it is given. In-memory, as https://ghost.org/docs/admin-api/ and its code have it.
import { createHash } from "node:crypto";
import type { Clock } from "../../src/lib/clock.ts";
import type { GhostWebhook } from "./ghost-webhooks.ts";

export interface GhostPost {
  id: string;
  type: "post" | "page";
  /** All other columns, under Ghost's names; texts hold `__GHOST_URL__` for the site's own address. */
  columns: Record<string, unknown>;
  tags: string[];
  authors: string[];
  newsletter: string | null;
  /** Of every save, as Ghost keeps them where ten minutes lie between two. */
  revisions?: Record<string, unknown>[];
}

export interface GhostTag {
  id: string;
  name: string;
  slug: string;
}

export interface GhostStore {
  readonly posts: Map<string, GhostPost>;
  readonly tags: Map<string, GhostTag>;
  readonly users: { id: string; name: string; slug: string; email: string }[];
  readonly uploads: Map<string, Buffer>;
  readonly webhooks: Map<string, GhostWebhook>;
  /** Newsletters that went out: post id and slug. */
  readonly sent: string[];
  id(): string;
}

export class GhostRefusal extends Error {
  readonly status: number;
  readonly body: object;
  constructor(status: number, type: string, message: string, more: object = {}) {
    super(message);
    this.status = status;
    const plain = {
      context: null,
      details: null,
      property: null,
      help: null,
      code: null,
      ghostErrorCode: null,
    };
    this.body = { errors: [{ message, type, ...plain, id: "0f0f", ...more }] };
  }
}

export const invalidPost = (context: string, property: string | null = null, details: unknown = null) =>
  new GhostRefusal(422, "ValidationError", "Validation error, cannot save post.", {
    context,
    property,
    details,
  });

/** As the check of a request's form says it, which differs by version. */
export function missingProperty(name: string, version: string): GhostRefusal {
  const message = `must have required property '${name}'`;
  if (!version.startsWith("5")) {
    return invalidPost("Validation failed for 0.", "0", [{ instancePath: "/posts/0", message }]);
  }
  return invalidPost("Validation failed for posts[0].", "posts[0]", [{ dataPath: ".posts[0]", message }]);
}

export function createStore(): GhostStore {
  let count = 0x1000;
  const start = createHash("sha256").update("ghost").digest("hex").slice(0, 16);
  const id = () => {
    count += 1;
    return start + count.toString(16).padStart(8, "0");
  };
  return {
    posts: new Map(),
    tags: new Map(),
    users: [
      { id: id(), name: "Olive Owner", slug: "olive", email: "owner@example.test" },
      { id: id(), name: "Ed Itor", slug: "ed", email: "ed@example.test" },
    ],
    uploads: new Map(),
    webhooks: new Map(),
    sent: [],
    id,
  };
}

/** Columns that a request may set; others are dropped in silence. */
const COLUMNS = new Set([
  ...["title", "slug", "lexical", "status", "published_at", "updated_at", "visibility", "featured"],
  ...["feature_image", "feature_image_alt", "feature_image_caption", "custom_excerpt", "custom_template"],
  ...["canonical_url", "codeinjection_head", "codeinjection_foot", "meta_title", "meta_description"],
  ...["og_title", "og_description", "og_image", "twitter_title", "twitter_description", "twitter_image"],
]);

const LONGEST: Readonly<Record<string, number>> = {
  title: 255,
  custom_excerpt: 300,
  feature_image_alt: 191,
  meta_title: 300,
  meta_description: 500,
};

const NODES = new Set([
  ...["paragraph", "heading", "extended-heading", "quote", "extended-quote", "list", "listitem", "link"],
  ...["text", "extended-text", "linebreak", "tab", "aside", "codeblock", "horizontalrule", "image", "html"],
  ...["markdown", "bookmark", "embed", "gallery", "callout", "toggle", "product", "paywall", "button"],
  ...["file", "video", "audio", "header", "email", "email-cta", "signup", "call-to-action", "at-link"],
]);

export const BLANK =
  '{"root":{"children":[{"children":[],"direction":null,"format":"","indent":0,"type":"paragraph","version":1}],"direction":null,"format":"","indent":0,"type":"root","version":1}}';

interface LexicalNode {
  type?: string;
  children?: LexicalNode[];
  [key: string]: unknown;
}

/** Throws as Ghost does for what its editor cannot load: it leaves out nodes that it does not know, and needs one that it does. */
function checkLexical(text: string): LexicalNode {
  const fail = (why: string) => invalidPost(`Invalid lexical structure. ${why}`, "lexical");
  let root: LexicalNode | undefined;
  try {
    root = (JSON.parse(text) as { root?: LexicalNode }).root;
  } catch (thrown) {
    throw invalidPost("Validation failed for lexical.", "lexical", [{ message: String(thrown) }]);
  }
  const known = (node: LexicalNode): boolean =>
    NODES.has(node.type ?? "") && (node.children ?? []).every(known);
  if (root?.children === undefined || root.children.length === 0 || !root.children.some(known)) {
    throw fail(
      "setEditorState: the editor state is empty. Ensure the editor state's root node never becomes empty.",
    );
  }
  return root;
}

/** As far as the fake's readers need it. */
export function renderHtml(lexical: string): string {
  const render = (node: LexicalNode): string => {
    const inner = (node.children ?? []).map(render).join("");
    if (node.type === "html") return String(node.html);
    if (node.type === "image") return `<figure><img src="${String(node.src)}"></figure>`;
    if (node.type === "link") return `<a href="${String(node.url)}">${inner}</a>`;
    if (typeof node.text === "string") return node.text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
    return node.children === undefined ? "" : `<p>${inner}</p>`;
  };
  return ((JSON.parse(lexical) as { root: LexicalNode }).root.children ?? []).map(render).join("");
}

/** Addresses of the site itself, and those that begin with a slash, are kept without the site's name. */
function transformReady(lexical: string, siteUrl: string): string {
  const ready = (address: unknown): unknown =>
    typeof address !== "string"
      ? address
      : address.replace(/^\/(?!\/)/, `${siteUrl}/`).replaceAll(siteUrl, "__GHOST_URL__");
  const inHtml = (html: unknown): unknown =>
    typeof html !== "string"
      ? html
      : html.replace(/((?:href|src)=["'])\/(?!\/)/g, "$1__GHOST_URL__/").replaceAll(siteUrl, "__GHOST_URL__");
  const change = (node: LexicalNode): LexicalNode => ({
    ...node,
    ...(node.url === undefined ? {} : { url: ready(node.url) }),
    ...(node.src === undefined ? {} : { src: ready(node.src) }),
    ...(node.html === undefined ? {} : { html: inHtml(node.html) }),
    ...(node.children === undefined ? {} : { children: node.children.map(change) }),
  });
  const body = JSON.parse(lexical) as { root: LexicalNode };
  return JSON.stringify({ ...body, root: change(body.root) });
}

const CYRILLIC = "a b v g d e zh z i i k l m n o p r s t u f kh ts ch sh shch  y  e iu ia".split(" ");

export function slugify(text: string): string {
  return text
    .normalize("NFC")
    .replace(/ё/gi, "io")
    .normalize("NFD")
    .replace(/\p{Mn}/gu, "")
    .replace(/[ßæœ]/g, (letter) => ({ ß: "ss", æ: "ae", œ: "oe" })[letter] ?? letter)
    .replace(
      /[а-яё]/gi,
      (letter) => CYRILLIC["абвгдежзийклмнопрстуфхцчшщъыьэюя".indexOf(letter.toLowerCase())] ?? "",
    )
    .replace(
      /\p{Script=Han}/gu,
      (letter) => `h${String.fromCodePoint(97 + ((letter.codePointAt(0) ?? 0) % 26))} `,
    )
    .replace(/[\s.@:/?#[\]!$&()*+,;=\\%<>|^~"{}`–—]/g, "-")
    .replace(/['’]/g, "")
    .toLowerCase()
    .replace(/-+/g, "-")
    .replace(/^-|-$/g, "");
}

/** Posts and pages share their slugs: the second is numbered. */
function uniqueSlug(store: GhostStore, wanted: string, own: string): string {
  const taken = new Set(
    [...store.posts.values()].filter(({ id }) => id !== own).map(({ columns }) => columns.slug),
  );
  for (let n = 1; ; n += 1) {
    const slug = n === 1 ? wanted : `${wanted}-${n}`;
    if (!taken.has(slug)) return slug;
  }
}

export const stampOf = (ms: number) => new Date(Math.floor(ms / 1000) * 1000).toISOString();

export interface Saving {
  readonly store: GhostStore;
  readonly clock: Clock;
  readonly siteUrl: string;
  readonly version: string;
}

/** Sets what a request names. Throws as Ghost does, and changes nothing then. */
export function savePost(
  { store, clock, siteUrl, version }: Saving,
  post: GhostPost,
  request: Record<string, unknown>,
  { isNew, newsletter }: { readonly isNew: boolean; readonly newsletter: string | null },
): void {
  const now = clock.now();
  const next: Record<string, unknown> = { ...post.columns };
  for (const [name, value] of Object.entries(request)) {
    if (!COLUMNS.has(name) || name === "updated_at") continue;
    const longest = LONGEST[name];
    if (longest !== undefined && typeof value === "string" && Array.from(value).length > longest) {
      if (name === "title") {
        throw invalidPost("Value in [posts.title] exceeds maximum length of 255 characters. posts.title");
      }
      throw invalidPost(`Validation failed for ${name}.`, name);
    }
    next[name] =
      typeof value === "string" && name !== "lexical" ? value.replaceAll(siteUrl, "__GHOST_URL__") : value;
  }
  if (isNew && typeof request.title !== "string") throw missingProperty("title", version);
  next.title = String(next.title ?? "").trim() || "(Untitled)";
  next.lexical = next.lexical ?? BLANK;
  checkLexical(String(next.lexical));
  next.lexical = transformReady(String(next.lexical), siteUrl);
  if (typeof next.published_at === "string") next.published_at = stampOf(Date.parse(next.published_at));
  settleStatus(post, next, now);
  const slug = slugify(String(next.slug ?? next.title));
  if (isNew || slug !== post.columns.slug)
    next.slug = uniqueSlug(store, slug === "" ? "untitled" : slug, post.id);
  const changed = Object.keys(next).filter(
    (name) => name !== "updated_at" && next[name] !== post.columns[name],
  );
  if (!isNew) refuseCollision(post, request, changed, version);
  const goesLive = next.status !== "draft" && post.columns.status !== next.status && !post.newsletter;
  if (isNew) next.updated_at = typeof request.updated_at === "string" ? request.updated_at : stampOf(now);
  else if (changed.length > 0) next.updated_at = stampOf(now);
  post.columns = next;
  keepRevision(store, post, now);
  relate(store, post, request);
  if (newsletter !== null && goesLive) {
    post.newsletter = newsletter;
    store.sent.push(`${post.id} ${newsletter}`);
  }
}

function settleStatus(post: GhostPost, next: Record<string, unknown>, now: number): void {
  const allowed = ["published", "draft", "scheduled", "sent"];
  if (!allowed.includes(String(next.status))) {
    throw invalidPost("Validation failed for status.", "status", [
      { instancePath: "/posts/0/status", message: "must be equal to one of the allowed values" },
    ]);
  }
  const before = post.columns;
  if (next.status === "scheduled") {
    if (before.status === "published")
      throw invalidPost("Your post is already published, please reload your page.");
    const at = Date.parse(String(next.published_at ?? ""));
    if (Number.isNaN(at)) throw invalidPost("Value in published_at cannot be blank.");
    if (next.published_at !== before.published_at && at < now + 120_000) {
      throw invalidPost("Date must be at least -2 minutes in the future.");
    }
  }
  if (next.status === "published") next.published_at ??= stampOf(now);
}

/** A PUT that changes nothing never collides; one of tags or authors alone is not watched. */
function refuseCollision(
  post: GhostPost,
  request: Record<string, unknown>,
  changed: readonly string[],
  version: string,
): void {
  if (typeof request.updated_at !== "string") {
    throw missingProperty("updated_at", version);
  }
  if (changed.length === 0 || Date.parse(request.updated_at) === Date.parse(String(post.columns.updated_at)))
    return;
  throw new GhostRefusal(409, "UpdateCollisionError", "Saving failed! Someone else is editing this post.", {
    code: "UPDATE_COLLISION",
    context: "Saving failed! Someone else is editing this post.",
    details: { changedFields: changed, clientUpdatedAt: request.updated_at },
  });
}

/** In the order in which they were made. */
function keepRevision(store: GhostStore, post: GhostPost, now: number): void {
  const { title, lexical, custom_excerpt = null } = post.columns;
  const author = { name: store.users[0]?.name };
  const revision = { id: store.id(), created_at_ts: now, title, lexical, custom_excerpt, author };
  post.revisions = [...(post.revisions ?? []), revision];
}

/** Tags by name are made where there are none; of authors whom nobody knows the owner is taken. */
function relate(store: GhostStore, post: GhostPost, request: Record<string, unknown>): void {
  if (Array.isArray(request.tags)) {
    post.tags = request.tags.flatMap((given: string | { id?: string; name?: string }) => {
      const tag = typeof given === "string" ? { name: given } : given;
      if (tag.id !== undefined) {
        if (store.tags.has(tag.id)) return [tag.id];
        throw invalidPost("Value in [tags.name] cannot be blank. tags.name");
      }
      const name = tag.name ?? "";
      const known = [...store.tags.values()].find((one) => one.name.toLowerCase() === name.toLowerCase());
      return [(known ?? addTag(store, name)).id];
    });
  }
  const owner = store.users[0]?.id ?? "";
  if (Array.isArray(request.authors)) {
    post.authors = request.authors.map(
      ({ id, slug }: { id?: string; slug?: string }) =>
        store.users.find((user) => user.id === id || user.slug === slug)?.id ?? owner,
    );
  }
  if (post.authors.length === 0) post.authors = [owner];
}

/** Equal names are two tags: the second gets a numbered slug. */
export function addTag(store: GhostStore, name: string): GhostTag {
  const base = (name.startsWith("#") ? "hash-" : "") + slugify(name);
  const taken = new Set([...store.tags.values()].map(({ slug }) => slug));
  let slug = base;
  for (let n = 2; taken.has(slug); n += 1) slug = `${base}-${n}`;
  const tag = { id: store.id(), name: name.trim(), slug };
  store.tags.set(tag.id, tag);
  return tag;
}
