// What is not the Admin interface: the storage for staged uploads, the files that it shows, results of bulk operations.
import { timingSafeEqual } from "node:crypto";
import { parseForm } from "../multipart.ts";
import { entryPage, type Shown } from "../pages.ts";
import type { Reply } from "../serve.ts";
import { ASSUMED, takes } from "./behaviours.ts";
import { frontPage, PLATFORM } from "./consent.ts";
import { isVisible, type ShopStore, type StagedTarget } from "./state.ts";
import { bulkText } from "./views.ts";

/** `path` begins with `/staged/`. */
export function receiveUpload(
  store: ShopStore,
  method: string,
  path: string,
  contentType: string,
  body: Buffer,
): Reply {
  const form = method === "POST" ? parseForm(contentType, body) : undefined;
  const key = method === "PUT" ? path.slice("/staged/".length) : (form?.fields.key ?? "");
  const target = store.staged.get(key);
  const bytes = method === "PUT" ? body : form?.file?.bytes;
  if (target === undefined || target.method !== method || bytes === undefined) {
    return storageError(403, "AccessDenied", "There is no upload of that name.");
  }
  const fault = uploadFault(store, target, bytes, form?.file?.after ?? []);
  if (fault !== undefined) return fault;
  target.bytes = bytes;
  if (method === "PUT") return { status: 200, type: "text/plain", body: "" };
  const location = `${store.url}/staged/${key}`;
  const xml = `<?xml version='1.0' encoding='UTF-8'?><PostResponse><Location>${location}</Location><Key>${key}</Key></PostResponse>`;
  return { status: 201, type: "application/xml", body: xml, headers: { location } };
}

function uploadFault(
  store: ShopStore,
  target: StagedTarget,
  bytes: Uint8Array,
  after: readonly string[],
): Reply | undefined {
  if (takes(store.behaviours, "refusesUploads")) return storageError(503, "ServiceUnavailable", "Try again.");
  if (after.includes("key")) return storageError(400, "InvalidArgument", "The file must be the last field.");
  if (target.limit !== undefined && bytes.byteLength > target.limit) {
    return storageError(400, "EntityTooLarge", "The upload is larger than was said.");
  }
  const again = target.bytes !== undefined && !same(target.bytes, bytes);
  return again ? storageError(403, "AccessDenied", "There is another file of that name.") : undefined;
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && timingSafeEqual(a, b);
}

function storageError(status: number, code: string, message: string): Reply {
  const body = `<?xml version='1.0' encoding='UTF-8'?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return { status, type: "application/xml", body };
}

/** A file, a result, or what a visitor of the shop sees; undefined where there is nothing. */
export function showPath(store: ShopStore, path: string): Reply | undefined {
  const hosted = store.hosted.get(path);
  if (hosted?.bytes !== undefined) return { status: 200, type: hosted.mimeType, body: hosted.bytes };
  if (hosted?.source !== undefined) {
    return { status: 302, type: "text/plain", body: "", headers: { location: hosted.source } };
  }
  const bulk = /^\/bulk\/(\d+)\.jsonl$/.exec(path)?.[1];
  if (bulk !== undefined) {
    const operation = store.bulk.get(`gid://shopify/BulkOperation/${bulk}`);
    if (operation === undefined || takes(store.behaviours, "losesResults")) {
      return storageError(403, "AccessDenied", "There is no such result.");
    }
    return { status: 200, type: "application/jsonl", body: bulkText(operation) };
  }
  return showEntry(store, path.replace(/\?.*$/, ""));
}

function shown(store: ShopStore): readonly Shown[] {
  const pages = [...store.pages.values()].filter((page) => isVisible(store, page));
  const articles = [...store.articles.values()].filter((article) => isVisible(store, article));
  const products = [...store.products.values()].filter(({ status }) => status === "ACTIVE");
  return [
    ...pages.map(({ handle, title }) => ({ path: `/pages/${handle}`, title })),
    ...products.map(({ handle, title }) => ({ path: `/products/${handle}`, title })),
    ...articles.map(({ blogId, handle, title }) => ({
      path: `/blogs/${store.blogs.get(blogId)?.handle ?? ""}/${handle}`,
      title,
    })),
  ];
}

function showEntry(store: ShopStore, path: string): Reply | undefined {
  const html = (title: string, body: string): Reply => ({
    status: 200,
    type: "text/html",
    body: entryPage(PLATFORM, title, body),
  });
  if (path === "/") {
    return { status: 200, type: "text/html", body: frontPage(store.shop.name, shown(store), ASSUMED) };
  }
  const [, area, first, second] = /^\/(blogs|pages|products)\/([^/]+)(?:\/([^/]+))?$/.exec(path) ?? [];
  const [handle, inner] = [first, second].map((part) => (part === undefined ? "" : decodeURIComponent(part)));
  if (area === "pages") {
    const page = [...store.pages.values()].find((one) => one.handle === handle && isVisible(store, one));
    return page && html(page.title, page.body);
  }
  if (area === "products") {
    const product = [...store.products.values()].find(
      (one) => one.handle === handle && one.status === "ACTIVE",
    );
    return product && html(product.title, product.descriptionHtml);
  }
  const article = [...store.articles.values()].find(
    (one) => one.handle === inner && store.blogs.get(one.blogId)?.handle === handle && isVisible(store, one),
  );
  return area === "blogs" && article ? html(article.title, article.body) : undefined;
}
