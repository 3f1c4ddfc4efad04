// Posts and pages of the fake, after class-wp-rest-posts-controller.php.
import { type Answer, type Asked, counted, refuse } from "./wordpress-routes.ts";
import {
  addPost,
  addRevision,
  type FakePost,
  freeSlug,
  type Quirks,
  type State,
  stamp,
} from "./wordpress-state.ts";
import { siteTime, utcTime } from "./wordpress-zone.ts";

type Type = FakePost["type"];

function rowOf(post: FakePost, asked: Asked, quirks: Quirks): Record<string, unknown> {
  const edit = asked.user !== 0 && quirks.ignoresContext !== true;
  const owned = quirks.elementor?.includes(post.id) === true;
  const rendered = owned ? `<div data-elementor-id="${post.id}"></div>` : post.content;
  const text = (raw: string, shown = raw) => (edit ? { raw, rendered: shown } : { rendered: shown });
  const { title, content, excerpt, date, modified, password, revisions, texts, desired: __, ...plain } = post;
  const newest = texts.at(-1)?.id;
  const history = {
    "version-history": [{ count: revisions, href: "" }],
    ...(newest === undefined ? {} : { "predecessor-version": [{ id: newest, href: "" }] }),
  };
  return {
    ...plain,
    date: siteTime(date, quirks.timezone ?? "UTC"),
    date_gmt: date,
    modified_gmt: modified,
    link: `http://fake.test/${post.slug}/`,
    title: text(title),
    excerpt: text(excerpt),
    content: text(content, rendered),
    ...(edit ? { password } : {}),
    ...(quirks.revisionsOff === true ? {} : { _links: history }),
  };
}

export function listPosts(asked: Asked, type: Type, state: State, quirks: Quirks): Answer {
  const { searchParams: query } = asked.url;
  if (asked.user === 0 && quirks.anonymousAfter === undefined) return refuse(401, "rest_forbidden_context");
  const list = (name: string) => query.get(name)?.split(",");
  const statuses = asked.user === 0 ? ["publish"] : (list("status") ?? ["publish"]);
  const [after, before] = [query.get("after"), query.get("before")];
  const all = [...state.posts.values()]
    .filter((post) => post.type === type && statuses.includes(post.status))
    .filter((post) => list("slug")?.includes(post.slug) ?? true)
    .filter((post) => list("include")?.includes(String(post.id)) ?? true)
    .filter((post) => query.get("author") === null || post.author === Number(query.get("author")))
    .filter(
      (post) => (after === null || `${post.date}Z` > after) && (before === null || `${post.date}Z` < before),
    )
    .sort((a, b) => a.id - b.id);
  const offset = Number(query.get("offset") ?? 0);
  const rows = all.slice(offset, offset + Number(query.get("per_page") ?? 10));
  const shown = quirks.pageMissing === true && offset > 0 ? [] : rows;
  const reply = counted(
    shown.map((post) => rowOf(post, asked, quirks)),
    rows.length === 0 ? 0 : all.length,
    quirks,
  );
  if (query.has("offset")) quirks.betweenPages?.(state);
  return reply;
}

export function getPost(asked: Asked, type: Type, id: number, state: State, quirks: Quirks): Answer {
  const post = state.posts.get(id);
  if (post === undefined || post.type !== type) return refuse(404, "rest_post_invalid_id");
  return { status: 200, body: rowOf(post, asked, quirks) };
}

/** After class-wp-rest-revisions-controller.php. */
export function listRevisions(asked: Asked, type: Type, id: number, state: State, quirks: Quirks): Answer {
  const post = state.posts.get(id);
  if (post === undefined || post.type !== type) return refuse(404, "rest_post_invalid_parent");
  const others = asked.user !== 1 && asked.user !== post.author;
  if (others) return refuse(asked.user === 0 ? 401 : 403, "rest_cannot_read");
  const all = quirks.revisionsOff === true ? [] : post.texts.toReversed();
  const size = Number(asked.url.searchParams.get("per_page") ?? 10);
  const start = (Number(asked.url.searchParams.get("page") ?? 1) - 1) * size;
  if (all.length > 0 && start >= all.length) return refuse(400, "rest_revision_invalid_page_number");
  const text = (raw: string) => ({ raw, rendered: raw });
  const rows = all.slice(start, start + size).map(({ date, title, content, excerpt, ...plain }) => ({
    ...plain,
    parent: id,
    date,
    date_gmt: date,
    title: text(title),
    content: text(content),
    excerpt: text(excerpt),
  }));
  return counted(rows, all.length, quirks);
}

export function deletePost(asked: Asked, type: Type, id: number, state: State, quirks: Quirks): Answer {
  const post = state.posts.get(id);
  if (post === undefined || post.type !== type) return refuse(404, "rest_post_invalid_id");
  if (quirks.trashOff === true) return refuse(501, "rest_trash_not_supported");
  if (post.status === "trash") return refuse(410, "rest_already_trashed");
  post.status = "trash";
  post.desired = post.slug;
  post.slug = `${post.slug}__trashed`;
  post.sticky = false;
  post.modified = stamp(Date.now());
  if (post.texts.length === 0) addRevision(state, post, asked.user);
  return { status: 200, body: { id, status: "trash" } };
}

interface Wanted extends Partial<Omit<FakePost, "date">> {
  date?: string | null;
  date_gmt?: string | null;
}

export function writePost(
  asked: Asked,
  type: Type,
  id: number | undefined,
  state: State,
  quirks: Quirks,
): Answer {
  const wanted = JSON.parse(asked.request.body) as Wanted;
  // The id in the body beats the one in the address.
  const target = id === undefined ? undefined : state.posts.get(wanted.id ?? id);
  if (id !== undefined && (target === undefined || target.type !== type))
    return refuse(404, "rest_post_invalid_id");
  const now = stamp(Date.now());
  const post =
    target ?? addPost(state, { type, status: "draft", slug: "", author: asked.user, modified: "" });
  const before = `${post.title}\n${post.content}\n${post.excerpt}`;
  const trashed = post.status === "trash";
  const { meta, date, date_gmt, slug, id: _, ...plain } = wanted;
  Object.assign(post, plain);
  post.content = quirks.kses === true ? filtered(post.content) : post.content;
  post.featured_media = state.media.some((media) => media.id === post.featured_media)
    ? post.featured_media
    : 0;
  post.categories = post.categories.filter((term) => state.terms.some(({ id: known }) => known === term));
  const given =
    typeof date === "string" ? utcTime(date, quirks.timezone ?? "UTC") : date === null ? now : date_gmt;
  if (given !== undefined) post.date = given ?? now;
  post.modified = target === undefined ? post.date : now;
  if (trashed && post.status !== "trash" && post.desired !== "") untrashSlug(state, post, quirks);
  else if (slug !== undefined) post.slug = slugFor(state, post, slug, quirks);
  if (post.status === "publish" && post.date > now) post.status = "future";
  if (post.status === "future" && post.date <= now) post.status = "publish";
  if (target !== undefined && before !== `${post.title}\n${post.content}\n${post.excerpt}`)
    addRevision(state, post, asked.user);
  if (meta !== undefined && quirks.metaRefusedAfterPublish === true) return refuse(403, "rest_cannot_update");
  post.meta = { ...post.meta, ...meta };
  return { status: target === undefined ? 201 : 200, body: rowOf(post, asked, quirks) };
}

/** The slug from before the trash beats the one that is sent; drafts get it even where it is taken. */
function untrashSlug(state: State, post: FakePost, quirks: Quirks): void {
  const draft = ["draft", "pending"].includes(post.status);
  post.slug = draft ? post.desired : slugFor(state, post, post.desired, quirks);
  post.desired = "";
}

function slugFor(state: State, post: FakePost, slug: string, quirks: Quirks): string {
  if (quirks.slugRace === true) {
    quirks.slugRace = false;
    addPost(state, { type: post.type, slug, title: "somebody else's", date: "2001-01-01T00:00:00" });
  }
  return freeSlug(state, post.type, `${quirks.slugPrefix ?? ""}${slug}`, post.parent, post.id);
}

const filtered = (text: string) =>
  text.replace(/<\/?(?:script|iframe|style)[^>]*>/g, "").replaceAll("& ", "&amp; ");
