import { articleDelete } from "./articles.ts";
import type { Asking } from "./context.ts";
import { userError } from "./context.ts";
import { applyChanges, chooseHandle, type EntryInput, entryFaults, type Given } from "./entries.ts";
import { type Blog, isTaken, newId, nowStamp, type ShopStore } from "./state.ts";
import { blogView } from "./views.ts";

interface BlogInput extends EntryInput {
  readonly commentPolicy?: Given<string>;
}

export function blogCreate({ blog: input }: { readonly blog: BlogInput }, asking: Asking): object {
  const { store } = asking;
  const faults = entryFaults(store, input, ["blog"], true);
  const chosen = chooseHandle(store, input.handle, input.title ?? "", takenBlog(store), ["blog"]);
  if (chosen.fault !== undefined) faults.push(chosen.fault);
  if (faults.length > 0) return { blog: null, userErrors: faults };
  const blog = makeBlog(store, input.title ?? "", chosen.handle);
  const { commentPolicy, templateSuffix } = input;
  const changes = { commentPolicy: commentPolicy ?? "CLOSED", templateSuffix: templateSuffix ?? null };
  applyChanges(asking, blog, changes, input.metafields ?? []);
  return { blog: blogView(store, blog), userErrors: [] };
}

export function blogUpdate(
  { id, blog: input }: { readonly id: string; readonly blog: BlogInput },
  asking: Asking,
): object {
  const { store } = asking;
  const blog = store.blogs.get(id);
  if (blog === undefined)
    return { blog: null, userErrors: [userError(["id"], "NOT_FOUND", "Blog does not exist")] };
  const faults = entryFaults(store, input, ["blog"], false);
  const same = input.handle === undefined || input.handle === null || input.handle === blog.handle;
  const chosen = same
    ? { handle: blog.handle }
    : chooseHandle(store, input.handle, blog.title, takenBlog(store, id), ["blog"]);
  if (chosen.fault !== undefined) faults.push(chosen.fault);
  if (faults.length > 0) return { blog: null, userErrors: faults };
  const changes: Partial<Blog> = {
    handle: chosen.handle,
    ...(typeof input.title === "string" ? { title: input.title } : {}),
    ...(typeof input.commentPolicy === "string" ? { commentPolicy: input.commentPolicy } : {}),
    ...(input.templateSuffix === undefined ? {} : { templateSuffix: input.templateSuffix }),
  };
  applyChanges(asking, blog, changes, input.metafields ?? []);
  return { blog: blogView(store, blog), userErrors: [] };
}

export function blogDelete({ id }: { readonly id: string }, asking: Asking): object {
  const { store } = asking;
  if (!store.blogs.delete(id))
    return { deletedBlogId: null, userErrors: [userError(["id"], "NOT_FOUND", "Blog does not exist")] };
  for (const article of [...store.articles.values()]) {
    if (article.blogId === id) articleDelete({ id: article.id }, asking);
  }
  store.metafields.delete(id);
  asking.wrote = true;
  return { deletedBlogId: id, userErrors: [] };
}

function takenBlog(store: ShopStore, except?: string): (handle: string) => boolean {
  return (handle) => isTaken(store.blogs, handle, except);
}

export function makeBlog(store: ShopStore, title: string, handle?: string): Blog {
  const now = nowStamp(store);
  const blog: Blog = {
    id: newId(store, "Blog"),
    handle: handle ?? chooseHandle(store, undefined, title, takenBlog(store), ["blog"]).handle,
    title,
    templateSuffix: null,
    createdAt: now,
    updatedAt: now,
    commentPolicy: "CLOSED",
  };
  store.blogs.set(blog.id, blog);
  return blog;
}
