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
} from "./entries.ts";
import { cleaned } from "./html.ts";
import { isTaken, newId, nowStamp, type Page, type ShopStore } from "./state.ts";
import { pageView } from "./views.ts";

interface PageInput extends EntryInput, PublishInput {
  readonly body?: Given<string>;
}

const BODY_LIMIT = 512 * 1024;

export function pageCreate({ page: input }: { readonly page: PageInput }, asking: Asking): object {
  const { store } = asking;
  const faults = pageFaults(store, input, true);
  const chosen = chooseHandle(store, input.handle, input.title ?? "", taken(store), ["page"]);
  if (chosen.fault !== undefined) faults.push(chosen.fault);
  if (faults.length > 0) return { page: null, userErrors: faults };
  const now = nowStamp(store);
  const page: Page = {
    id: newId(store, "Page"),
    handle: chosen.handle,
    title: input.title ?? "",
    templateSuffix: input.templateSuffix ?? null,
    createdAt: now,
    updatedAt: now,
    body: cleaned(input.body ?? "", store.behaviours.cleansHtml),
    publishedAt: publishedAt(store, input, undefined),
  };
  store.pages.set(page.id, page);
  applyChanges(asking, page, {}, input.metafields ?? []);
  return { page: pageView(store, page), userErrors: [] };
}

export function pageUpdate(
  { id, page: input }: { readonly id: string; readonly page: PageInput },
  asking: Asking,
): object {
  const { store } = asking;
  const page = store.pages.get(id);
  if (page === undefined) return { page: null, userErrors: [missing()] };
  const faults = pageFaults(store, input, false);
  const same = input.handle === undefined || input.handle === null || input.handle === page.handle;
  const chosen = same
    ? { handle: page.handle }
    : chooseHandle(store, input.handle, page.title, taken(store, id), ["page"]);
  if (chosen.fault !== undefined) faults.push(chosen.fault);
  if (faults.length > 0) return { page: null, userErrors: faults };
  const changes: Partial<Page> = {
    handle: chosen.handle,
    publishedAt: publishedAt(store, input, page.publishedAt),
    ...(typeof input.title === "string" ? { title: input.title } : {}),
    ...(input.templateSuffix === undefined ? {} : { templateSuffix: input.templateSuffix }),
    ...(input.body === undefined ? {} : { body: cleaned(input.body ?? "", store.behaviours.cleansHtml) }),
  };
  applyChanges(asking, page, changes, input.metafields ?? []);
  return { page: pageView(store, page), userErrors: [] };
}

export function pageDelete({ id }: { readonly id: string }, asking: Asking): object {
  if (!asking.store.pages.delete(id)) return { deletedPageId: null, userErrors: [missing()] };
  asking.store.metafields.delete(id);
  asking.wrote = true;
  return { deletedPageId: id, userErrors: [] };
}

function pageFaults(store: ShopStore, input: PageInput, creates: boolean): UserError[] {
  const faults = entryFaults(store, input, ["page"], creates);
  const publish = publishFault(store, input, ["page"]);
  if (publish !== undefined) faults.push(publish);
  if (Buffer.byteLength(input.body ?? "") > BODY_LIMIT) {
    faults.push(userError(["page", "body"], "TOO_BIG", `Body is too big (maximum is ${BODY_LIMIT} bytes)`));
  }
  return faults;
}

function missing(): UserError {
  return userError(["id"], "NOT_FOUND", "Page does not exist");
}

function taken(store: ShopStore, except?: string): (handle: string) => boolean {
  return (handle) => isTaken(store.pages, handle, except);
}
