// Posts of the blog: a working copy each, and a live one.
import { isObject, type Json, type JsonObject } from "../../lib/json.ts";
import { invalid, notFound, refused, type Violation } from "./reply.ts";
import { newId, type Post, stamp, type WixStore } from "./state.ts";

/** What a request may set of a post; the rest is Wix's own. `slug`, which requests are often made with, is silently ignored. */
const SETTABLE = [
  ...[
    "title",
    "excerpt",
    "featured",
    "categoryIds",
    "memberId",
    "hashtags",
    "commentingEnabled",
    "heroImage",
  ],
  ...["tagIds", "relatedPostIds", "pricingPlanIds", "translationId", "language", "richContent"],
  ...["firstPublishedDate", "seoData", "seoSlug", "media", "previewTextParagraph"],
] as const;

const LISTS: Readonly<Record<string, number>> = {
  categoryIds: 10,
  tagIds: 30,
  relatedPostIds: 3,
  hashtags: 100,
};

/** Without what does not belong to it. Throws Wix's 400 for values that it refuses. */
function taken(store: WixStore, given: JsonObject, where: string): JsonObject {
  const violations = violationsOf(given, where);
  if (violations.length > 0) throw invalid(violations);
  const post: Record<string, Json> = {};
  for (const name of SETTABLE) if (given[name] !== undefined) post[name] = given[name];
  // Ids that do not exist are dropped in silence.
  if (Array.isArray(post.categoryIds)) post.categoryIds = present(post.categoryIds, store.categories);
  if (Array.isArray(post.tagIds)) post.tagIds = present(post.tagIds, store.tags);
  const { memberId } = post;
  if (typeof memberId === "string" && memberId !== "" && !store.members.has(memberId)) {
    throw refused(400, "INVALID_ARGUMENT", `memberIds [${memberId}] do not exist`);
  }
  if (!store.behaviours.keepsCustomSeo && isObject(post.seoData)) post.seoData = ownSeo(post.seoData);
  return post;
}

const present = (ids: readonly Json[], there: ReadonlyMap<string, unknown>): Json =>
  ids.filter((id) => there.has(String(id)));

function ownSeo(seo: Readonly<Record<string, unknown>>): JsonObject {
  const tags = Array.isArray(seo.tags) ? (seo.tags as readonly JsonObject[]) : [];
  const isOwn = ({ type, props }: JsonObject) =>
    type === "title" || (isObject(props) && (props as JsonObject).name === "description");
  return { tags: tags.filter(isOwn) };
}

function violationsOf(given: JsonObject, where: string): readonly Violation[] {
  const found: Violation[] = [];
  const tooLong = (name: string, most: number, text: string) => {
    if (text.length > most) {
      const description = `has size ${text.length}, expected ${most} or less`;
      found.push({ field: `${where}.${name}`, description, ruleName: "MAX_LENGTH" });
    }
  };
  const { title, excerpt, seoSlug, richContent } = given;
  if (title !== undefined && String(title).trim() === "") {
    found.push({ field: `${where}.title`, description: "must not be empty", ruleName: "REQUIRED_FIELD" });
  }
  tooLong("title", 200, String(title ?? ""));
  tooLong("excerpt", 500, String(excerpt ?? ""));
  tooLong("seoSlug", 100, encodeURIComponent(String(seoSlug ?? "")));
  for (const [name, most] of Object.entries(LISTS)) {
    const list = given[name];
    if (Array.isArray(list) && list.length > most) {
      const description = `has size ${list.length}, expected ${most} or less`;
      found.push({ field: `${where}.${name}`, description, ruleName: "MAX_SIZE" });
    }
  }
  const bare = bareText(richContent);
  if (bare) {
    const description = "Expected a paragraph node but found TEXT";
    found.push({ field: `${where}.richContent`, description, ruleName: "INVALID" });
  }
  if (JSON.stringify(given).length > 400 * 1024) {
    found.push({ field: where, description: "exceeds the limit of 400 KB", ruleName: "MAX_SIZE" });
  }
  return found;
}

const CONTAINERS = new Set(["BLOCKQUOTE", "LIST_ITEM", "TABLE_CELL", "COLLAPSIBLE_ITEM_BODY"]);

/** A text that stands where a paragraph has to be. */
function bareText(node: unknown): boolean {
  if (!isObject(node)) return false;
  const nodes = Array.isArray(node.nodes) ? (node.nodes as readonly unknown[]) : [];
  const isTop = node.type === undefined;
  const holds = isTop || CONTAINERS.has(String(node.type));
  return nodes.some((child) => (holds && isObject(child) && child.type === "TEXT") || bareText(child));
}

/** Throws Wix's refusal, and has made nothing then. */
export function createPost(store: WixStore, given: JsonObject, publish: boolean, where = "draftPost"): Post {
  if (given.title === undefined) {
    throw invalid([
      { field: `${where}.title`, description: "must not be empty", ruleName: "REQUIRED_FIELD" },
    ]);
  }
  const draft = taken(store, given, where);
  if (store.behaviours.needsAuthor && (draft.memberId ?? "") === "") {
    throw refused(400, "INVALID_ARGUMENT", "Missing post owner information");
  }
  const now = store.clock.now();
  const id = newId(store);
  const post: Post = {
    ...{ id, live: undefined, status: "UNPUBLISHED", trashed: false, createdAt: now, editedAt: now },
    draft: { ...draft, seoSlug: freeSlug(store, String(draft.seoSlug ?? draft.title ?? ""), id) },
    scheduledAt: undefined,
    shownAt: now + store.behaviours.queryLagMs,
  };
  store.posts.set(id, post);
  if (publish) publishPost(store, post);
  return post;
}

export interface Update {
  readonly given: JsonObject;
  /** Undefined: what is given is changed. */
  readonly mask: readonly string[] | undefined;
  readonly action: string;
  readonly at: string | undefined;
  readonly where?: string;
}

export function updatePost(store: WixStore, post: Post, update: Update): void {
  const { given, mask, action, at, where = "draftPost" } = update;
  const changes = taken(store, given, where);
  const names = (mask ?? Object.keys(changes)).map((path) => path.replace(/\..*$/, ""));
  const draft: Record<string, Json> = { ...post.draft };
  for (const name of SETTABLE) {
    if (!names.includes(name)) continue;
    const value = changes[name];
    if (value === undefined || value === null) delete draft[name];
    else draft[name] = value;
  }
  if (names.includes("seoSlug"))
    draft.seoSlug = freeSlug(store, String(draft.seoSlug ?? draft.title), post.id);
  const scheduledAt = action === "UPDATE_SCHEDULE" ? scheduleOf(store, at) : undefined;
  post.draft = draft;
  post.editedAt = Math.max(store.clock.now(), post.editedAt + 1);
  settle(store, post, action, scheduledAt);
}

function scheduleOf(store: WixStore, at: string | undefined): number {
  const ms = Date.parse(at ?? "");
  if (ms > store.clock.now()) return ms;
  throw invalid([
    { field: "scheduledPublishDate", description: "must be in the future", ruleName: "FUTURE" },
  ]);
}

function settle(store: WixStore, post: Post, action: string, scheduledAt: number | undefined): void {
  switch (action) {
    case "UPDATE_PUBLISH":
      if (store.behaviours.updatePublishes) publishPost(store, post);
      return;
    case "UPDATE_SCHEDULE":
      post.status = "SCHEDULED";
      post.scheduledAt = scheduledAt;
      post.live = undefined;
      return;
    case "UPDATE_REVERT_TO_DRAFT":
    case "UPDATE_CANCEL_SCHEDULE":
      post.status = "UNPUBLISHED";
      post.scheduledAt = undefined;
      post.live = undefined;
      return;
    default:
      return;
  }
}

export function publishPost(store: WixStore, post: Post): void {
  post.draft = {
    ...post.draft,
    firstPublishedDate: post.draft.firstPublishedDate ?? stamp(store.clock.now()),
  };
  post.live = post.draft;
  post.status = "PUBLISHED";
  post.scheduledAt = undefined;
}

/** What is due by now is live. */
export function publishDue(store: WixStore): void {
  for (const post of store.posts.values()) {
    if (post.status !== "SCHEDULED" || (post.scheduledAt ?? 0) > store.clock.now()) continue;
    post.draft = { ...post.draft, firstPublishedDate: stamp(post.scheduledAt ?? 0) };
    publishPost(store, post);
  }
}

export function slugify(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-|-$/g, "");
}

/** Wix makes a slug of a title, coerces those that it keeps for itself, and tells two posts apart. */
function freeSlug({ posts, behaviours }: WixStore, wanted: string, id: string): string {
  const plain = slugify(wanted) || "post";
  const base = behaviours.reservedSlugs.includes(plain) ? `${plain}-1` : plain;
  if (behaviours.slugCollision === "keep") return base;
  const others = [...posts.values()].filter((post) => post.id !== id && !post.trashed);
  const held = new Set(others.map(({ draft }) => draft.seoSlug));
  for (let n = 0; ; n += 1) {
    const slug = n === 0 ? base : `${base}-${n}`;
    if (!held.has(slug)) return slug;
  }
}

export function postOf(store: WixStore, id: string): Post {
  const post = store.posts.get(id);
  if (post === undefined || post.trashed) throw notFound(`draft post ${id}`);
  return post;
}

/** A working copy as it is answered; URL and rich content on demand. */
export function draftView(store: WixStore, post: Post, fieldsets: readonly string[]): JsonObject {
  const { richContent, ...draft } = post.draft;
  const hasRich = fieldsets.includes("RICH_CONTENT");
  return {
    ...draft,
    id: post.id,
    status: post.trashed ? "DELETED" : post.status,
    hasUnpublishedChanges: post.live !== undefined && post.live !== post.draft,
    minutesToRead: 1,
    createdDate: stamp(post.createdAt),
    editedDate: stamp(post.editedAt),
    ...(post.scheduledAt === undefined ? {} : { scheduledPublishDate: stamp(post.scheduledAt) }),
    ...(hasRich ? { richContent: richContent ?? { nodes: [] } } : {}),
    ...(fieldsets.includes("URL") ? { url: { base: store.url, path: `/post/${draft.seoSlug}` } } : {}),
  };
}
