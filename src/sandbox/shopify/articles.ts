import { makeBlog } from "./blogs.ts";
import type { Asking, UserError } from "./context.ts";
import { userError } from "./context.ts";
import {
  applyChanges,
  chooseHandle,
  type EntryInput,
  entryFaults,
  type Given,
  type PublishInput,
  publishedAt,
  publishFault,
  tagList,
} from "./entries.ts";
import { hostImage } from "./files.ts";
import { cleaned } from "./html.ts";
import { type Article, isTaken, newId, nowStamp, type ShopStore, STAFF, type StoredImage } from "./state.ts";
import { articleView } from "./views.ts";

interface ArticleInput extends EntryInput, PublishInput {
  readonly author?: Given<{ readonly name?: Given<string>; readonly userId?: Given<string> }>;
  readonly blogId?: Given<string>;
  readonly body?: Given<string>;
  readonly summary?: Given<string>;
  readonly tags?: Given<readonly string[]>;
  readonly image?: Given<{ readonly url?: Given<string>; readonly altText?: Given<string> }>;
}

interface ArticleArgs {
  readonly article: ArticleInput;
  /** A blog to make along the way. */
  readonly blog?: Given<{ readonly title: string }>;
}

export function articleCreate({ article: input, blog }: ArticleArgs, asking: Asking): object {
  const { store } = asking;
  const faults = [...articleFaults(store, input, blog, true)];
  const blogId = input.blogId ?? (faults.length === 0 && blog ? makeBlog(store, blog.title).id : "");
  const chosen = chooseHandle(store, input.handle, input.title ?? "", takenIn(store, blogId), ["article"]);
  if (chosen.fault !== undefined) faults.push(chosen.fault);
  const image = faults.length === 0 ? readImage(store, input, null) : null;
  if (image === "failed") faults.push(uploadFailed());
  if (faults.length > 0 || image === "failed") return { article: null, userErrors: faults };
  const now = nowStamp(store);
  const article: Article = {
    id: newId(store, "Article"),
    handle: chosen.handle,
    title: input.title ?? "",
    templateSuffix: input.templateSuffix ?? null,
    createdAt: now,
    updatedAt: now,
    blogId,
    author: authorOf(input) ?? "",
    body: cleaned(input.body ?? "", store.behaviours.cleansHtml),
    summary:
      input.summary === null || input.summary === undefined
        ? null
        : cleaned(input.summary, store.behaviours.cleansHtml),
    tags: tagList(input.tags ?? []),
    image,
    publishedAt: publishedAt(store, input, undefined),
  };
  store.articles.set(article.id, article);
  applyChanges(asking, article, {}, input.metafields ?? []);
  return { article: articleView(store, article), userErrors: [] };
}

export function articleUpdate(
  { id, article: input, blog }: ArticleArgs & { readonly id: string },
  asking: Asking,
): object {
  const { store } = asking;
  const article = store.articles.get(id);
  if (article === undefined) return { article: null, userErrors: [missing("Article")] };
  const faults = [...articleFaults(store, input, blog, false)];
  const blogId =
    input.blogId ?? (faults.length === 0 && blog ? makeBlog(store, blog.title).id : article.blogId);
  const taken = takenIn(store, blogId, id);
  const wanted = input.handle ?? (blogId === article.blogId ? undefined : article.handle);
  const chosen =
    wanted === undefined || (wanted === article.handle && blogId === article.blogId)
      ? { handle: article.handle }
      : chooseHandle(store, wanted, input.title ?? article.title, taken, ["article"]);
  if (chosen.fault !== undefined) faults.push(chosen.fault);
  const image = faults.length === 0 ? readImage(store, input, article.image) : null;
  if (image === "failed") faults.push(uploadFailed());
  if (faults.length > 0 || image === "failed") return { article: null, userErrors: faults };
  const clean = (html: string): string => cleaned(html, store.behaviours.cleansHtml);
  const changes: Partial<Article> = {
    handle: chosen.handle,
    blogId,
    image,
    publishedAt: publishedAt(store, input, article.publishedAt),
    ...(typeof input.title === "string" ? { title: input.title } : {}),
    ...(input.templateSuffix === undefined ? {} : { templateSuffix: input.templateSuffix }),
    ...(authorOf(input) === undefined ? {} : { author: authorOf(input) ?? "" }),
    ...(input.body === undefined ? {} : { body: clean(input.body ?? "") }),
    ...(input.summary === undefined ? {} : { summary: input.summary === null ? null : clean(input.summary) }),
    ...(input.tags === undefined ? {} : { tags: tagList(input.tags ?? []) }),
  };
  applyChanges(asking, article, changes, input.metafields ?? []);
  return { article: articleView(store, article), userErrors: [] };
}

export function articleDelete({ id }: { readonly id: string }, asking: Asking): object {
  if (!asking.store.articles.delete(id)) {
    return { deletedArticleId: null, userErrors: [userError(["id"], "NOT_FOUND", "Article does not exist")] };
  }
  asking.store.metafields.delete(id);
  asking.wrote = true;
  return { deletedArticleId: id, userErrors: [] };
}

function articleFaults(
  store: ShopStore,
  input: ArticleInput,
  blog: ArticleArgs["blog"],
  creates: boolean,
): readonly UserError[] {
  const publish = publishFault(store, input, ["article"]);
  return [
    ...authorFaults(input, creates),
    ...blogFaults(store, input, blog, creates),
    ...entryFaults(store, input, ["article"], creates),
    ...(publish === undefined ? [] : [publish]),
  ];
}

function authorFaults({ author }: ArticleInput, creates: boolean): readonly UserError[] {
  const name = (author?.name ?? "").trim();
  const userId = author?.userId ?? "";
  const field = ["article", "author"];
  if (name !== "" && userId !== "") {
    const message = "Can't create an article author if both author name and user ID are supplied.";
    return [userError(field, "AMBIGUOUS_AUTHOR", message)];
  }
  if (userId !== "" && userId !== STAFF.id) {
    return [
      userError([...field, "userId"], "AUTHOR_MUST_EXIST", "User must exist if a user ID is supplied."),
    ];
  }
  if (name !== "" || userId !== "" || !creates) return [];
  const message = "Can't create an article if both author name and user ID are blank.";
  return [userError(field, "AUTHOR_FIELD_REQUIRED", message)];
}

function blogFaults(
  store: ShopStore,
  { blogId }: ArticleInput,
  blog: ArticleArgs["blog"],
  creates: boolean,
): readonly UserError[] {
  const named = blogId !== null && blogId !== undefined;
  if (named && blog) {
    return [
      userError(["article"], "AMBIGUOUS_BLOG", "Can't create a blog from input if a blog ID is supplied."),
    ];
  }
  if (named && !store.blogs.has(blogId)) {
    return [userError(["article", "blogId"], "NOT_FOUND", "Blog does not exist")];
  }
  if (named || blog || !creates) return [];
  const message = "Must reference or create a blog when creating an article.";
  return [userError(["article"], "BLOG_REFERENCE_REQUIRED", message)];
}

function authorOf({ author }: ArticleInput): string | undefined {
  if (author?.userId === STAFF.id) return STAFF.name;
  const name = author?.name?.trim();
  return name === "" ? undefined : name;
}

function takenIn(store: ShopStore, blogId: string, except?: string): (handle: string) => boolean {
  return (handle) => isTaken(store.articles, handle, except, blogId);
}

function readImage(
  store: ShopStore,
  { image }: ArticleInput,
  former: StoredImage | null,
): StoredImage | null | "failed" {
  if (image === undefined) return former;
  if (image === null) return null;
  const alt = image.altText === undefined ? (former?.alt ?? null) : image.altText;
  if (image.url === null || image.url === undefined) return former === null ? null : { ...former, alt };
  const path = hostImage(store, image.url, "articles");
  if (path === undefined) return "failed";
  if (path === former?.path) return { ...former, alt };
  return { id: newId(store, "ArticleImage"), path, alt };
}

function uploadFailed(): UserError {
  return userError(["article", "image"], "UPLOAD_FAILED", "Image upload failed.");
}

function missing(what: string): UserError {
  return userError(["id"], "NOT_FOUND", `${what} does not exist`);
}
