// Records as the objects that graphql-js reads. A field that is not here is not modelled, and asking for it is told so.
import { createHash } from "node:crypto";
import type { Asking } from "./context.ts";
import { connection, type Slice } from "./listing.ts";
import {
  type Article,
  type Blog,
  type BulkOperation,
  findMetafield,
  isVisible,
  type Metafield,
  type MetafieldDefinition,
  numberOf,
  type Page,
  type Product,
  SHOP_ID,
  type ShopStore,
  type StoredFile,
  type StoredImage,
  stamp,
  typeOf,
  type WebhookSubscription,
} from "./state.ts";

/** Values, and functions of a field's arguments. */
export type View = Readonly<Record<string, unknown>> & { readonly __typename: string };

const BY_ID = {
  of: (one: { readonly id: string }) => numberOf(one.id),
  id: (one: { readonly id: string }) => numberOf(one.id),
};

export function entryView(store: ShopStore, id: string): View | null {
  const article = store.articles.get(id);
  if (article !== undefined) return articleView(store, article);
  const blog = store.blogs.get(id);
  if (blog !== undefined) return blogView(store, blog);
  const page = store.pages.get(id);
  if (page !== undefined) return pageView(store, page);
  const product = store.products.get(id);
  if (product !== undefined) return productView(store, product);
  const file = store.files.get(id);
  if (file !== undefined) return fileView(store, file);
  const metafield = findMetafield(store, id);
  if (metafield !== undefined) return metafieldView(store, metafield);
  const bulk = store.bulk.get(id);
  if (bulk !== undefined) return bulkView(store, bulk);
  const webhook = store.webhooks.get(id);
  if (webhook !== undefined) return webhookView(webhook);
  return id === SHOP_ID ? shopView(store) : null;
}

export function articleView(store: ShopStore, article: Article): View {
  return {
    __typename: "Article",
    ...common(article),
    author: { __typename: "ArticleAuthor", name: article.author },
    blog: () => blogView(store, store.blogs.get(article.blogId) as Blog),
    body: article.body,
    summary: article.summary,
    tags: [...article.tags],
    image: article.image === null ? null : imageView(store, article.image),
    isPublished: isVisible(store, article),
    publishedAt: article.publishedAt,
    commentsCount: () => count(0),
    ...metafieldFields(store, article.id),
  };
}

export function blogView(store: ShopStore, blog: Blog): View {
  const articles = (): Article[] => [...store.articles.values()].filter(({ blogId }) => blogId === blog.id);
  return {
    __typename: "Blog",
    ...common(blog),
    commentPolicy: blog.commentPolicy,
    tags: () => [...new Set(articles().flatMap(({ tags }) => tags))].sort(),
    articles: (slice: Slice) => connection(articles(), slice, BY_ID, (one) => articleView(store, one)),
    articlesCount: ({ limit }: { readonly limit: number | null }) => count(articles().length, limit),
    ...metafieldFields(store, blog.id),
  };
}

export function pageView(store: ShopStore, page: Page): View {
  return {
    __typename: "Page",
    ...common(page),
    body: page.body,
    bodySummary: summaryOf(page.body),
    isPublished: isVisible(store, page),
    publishedAt: page.publishedAt,
    ...metafieldFields(store, page.id),
  };
}

export function productView(store: ShopStore, product: Product): View {
  const media = (): StoredFile[] => product.media.flatMap((id) => store.files.get(id) ?? []);
  const first = (): View | null => {
    const [file] = media();
    return file === undefined ? null : fileView(store, file);
  };
  const order = { of: (file: StoredFile) => product.media.indexOf(file.id), id: BY_ID.id };
  return {
    __typename: "Product",
    ...common(product),
    legacyResourceId: String(numberOf(product.id)),
    descriptionHtml: product.descriptionHtml,
    bodyHtml: product.descriptionHtml,
    description: ({ truncateAt }: { readonly truncateAt?: number | null }) =>
      plain(product.descriptionHtml).slice(0, truncateAt ?? undefined),
    productType: product.productType,
    vendor: product.vendor,
    status: product.status,
    tags: [...product.tags],
    seo: { __typename: "SEO", ...product.seo },
    isGiftCard: false,
    publishedAt: null,
    onlineStoreUrl: null,
    featuredMedia: first,
    featuredImage: () => (first() as { readonly image?: unknown } | null)?.image ?? null,
    media: (slice: Slice) => connection(media(), slice, order, (file) => fileView(store, file)),
    mediaCount: () => count(product.media.length),
    ...metafieldFields(store, product.id),
  };
}

function common(entry: Article | Blog | Page | Product): Readonly<Record<string, unknown>> {
  const { id, handle, title, templateSuffix, createdAt, updatedAt } = entry;
  return { id, handle, title, templateSuffix, createdAt, updatedAt, defaultCursor: id };
}

function metafieldFields(store: ShopStore, ownerId: string): Readonly<Record<string, unknown>> {
  const own = (): readonly Metafield[] => store.metafields.get(ownerId) ?? [];
  return {
    metafield: ({ namespace, key }: { readonly namespace?: string | null; readonly key: string }) => {
      const [space, name] = splitKey(namespace, key);
      const found = own().find((one) => one.namespace === space && one.key === name);
      return found === undefined ? null : metafieldView(store, found);
    },
    metafields: (
      slice: Slice & { readonly namespace?: string | null; readonly keys?: readonly string[] | null },
    ) => {
      const { namespace, keys } = slice;
      const wanted = own().filter(
        (one) =>
          (namespace === null || namespace === undefined || one.namespace === appSpace(namespace)) &&
          (keys === null || keys === undefined || keys.includes(`${one.namespace}.${one.key}`)),
      );
      return connection(wanted, slice, BY_ID, (one) => metafieldView(store, one));
    },
  };
}

/** Without a name space, a key may hold it before its first dot; else it is the app's own. */
function splitKey(namespace: string | null | undefined, key: string): readonly [string, string] {
  const dot = key.indexOf(".");
  if ((namespace === null || namespace === undefined) && dot > 0)
    return [key.slice(0, dot), key.slice(dot + 1)];
  return [appSpace(namespace), key];
}

/** The name space that is reserved for the app that asks. */
export function appSpace(namespace: string | null | undefined): string {
  return (namespace ?? "$app").replace(/^\$app(?=$|:)/, "app--1").replace(":", "--");
}

export function metafieldView(store: ShopStore, metafield: Metafield): View {
  const { id, namespace, key, type, value, createdAt, updatedAt, ownerId } = metafield;
  return {
    __typename: "Metafield",
    ...{ id, namespace, key, type, value, createdAt, updatedAt },
    legacyResourceId: String(numberOf(id)),
    compareDigest: digestOf(metafield),
    jsonValue: jsonValue(type, value),
    sizeInBytes: Buffer.byteLength(value),
    ownerType: typeOf(ownerId).toUpperCase(),
    owner: () => entryView(store, ownerId),
    definition: () => {
      const found = store.definitions.find(
        (one) =>
          one.ownerType === typeOf(ownerId).toUpperCase() && one.namespace === namespace && one.key === key,
      );
      return found === undefined ? null : definitionView(found);
    },
    description: null,
  };
}

export function digestOf({ type, value }: Pick<Metafield, "type" | "value">): string {
  return createHash("sha256").update(`${type}\0${value}`).digest("hex");
}

function jsonValue(type: string, value: string): unknown {
  const bare = /^(?:number_|boolean$|json$|list\.|rich_text|money$|rating$|dimension$|volume$|weight$|link$)/;
  if (!bare.test(type)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

export function definitionView(definition: MetafieldDefinition): View {
  const { id, name, namespace, key, ownerType, description, type, category } = definition;
  return {
    __typename: "MetafieldDefinition",
    ...{ id, name, namespace, key, ownerType, description },
    type: { __typename: "MetafieldDefinitionType", name: type, category },
    pinnedPosition: null,
    validationStatus: "ALL_VALID",
  };
}

function imageView(store: ShopStore, image: StoredImage): View {
  const url = `${store.url}${image.path}`;
  return {
    __typename: "Image",
    id: image.id,
    altText: image.alt,
    url: () => url,
    src: url,
    originalSrc: url,
    width: null,
    height: null,
    thumbhash: null,
  };
}

export function fileView(store: ShopStore, file: StoredFile): View {
  const status = fileStatus(store, file);
  const ready = status === "READY";
  const picture = {
    id: file.id.replace(/\/[A-Za-z]+\/(\d+)$/, "/ImageSource/$1"),
    path: file.path,
    alt: file.alt,
  };
  const image = ready && file.kind === "MediaImage" ? imageView(store, picture) : null;
  const { id, kind, alt, createdAt, updatedAt, mimeType, size } = file;
  return {
    __typename: kind,
    ...{ id, alt, createdAt, updatedAt, mimeType },
    fileStatus: status,
    status,
    fileErrors: status === "FAILED" ? [fileError(file)] : [],
    mediaContentType: "IMAGE",
    mediaErrors: [],
    mediaWarnings: [],
    image,
    preview: { __typename: "MediaPreviewImage", status, image },
    url: ready ? `${store.url}${file.path}` : null,
    originalFileSize: size,
    originalSource: {
      __typename: "MediaImageOriginalSource",
      fileSize: size,
      url: ready ? `${store.url}${file.path}` : null,
    },
  };
}

export function fileStatus(store: ShopStore, file: StoredFile): string {
  const left = file.readyAt - store.clock.now();
  if (left > store.behaviours.processingMs / 2) return "UPLOADED";
  if (left > 0) return "PROCESSING";
  return file.failure === undefined ? "READY" : "FAILED";
}

function fileError({ failure }: StoredFile): View {
  return {
    __typename: "FileError",
    code: failure ?? "UNKNOWN",
    message: "The file could not be used.",
    details: null,
  };
}

export function bulkStatus(store: ShopStore, operation: BulkOperation): string {
  if (operation.canceled) return "CANCELED";
  if (operation.work === undefined) return operation.ends;
  const left = operation.endsAt - store.clock.now();
  return left > store.behaviours.bulkMs / 2 ? "CREATED" : "RUNNING";
}

export function bulkView(store: ShopStore, operation: BulkOperation): View {
  const status = bulkStatus(store, operation);
  const over = operation.work === undefined;
  const whole = status === "COMPLETED";
  const url = `${store.url}/bulk/${numberOf(operation.id)}.jsonl`;
  return {
    __typename: "BulkOperation",
    id: operation.id,
    type: "MUTATION",
    status,
    query: operation.query,
    createdAt: operation.createdAt,
    completedAt: whole ? stamp(operation.endsAt) : null,
    errorCode: status === "FAILED" ? "INTERNAL_SERVER_ERROR" : null,
    objectCount: String(over ? operation.lines.length : 0),
    rootObjectCount: String(over ? operation.lines.length : 0),
    fileSize: over ? String(Buffer.byteLength(bulkText(operation))) : null,
    url: whole && operation.lines.length > 0 ? url : null,
    partialDataUrl: over && !whole && operation.lines.length > 0 ? url : null,
  };
}

export function bulkText({ lines }: BulkOperation): string {
  return lines.map((line) => `${line}\n`).join("");
}

export function webhookView(webhook: WebhookSubscription): View {
  return {
    __typename: "WebhookSubscription",
    ...webhook,
    legacyResourceId: String(numberOf(webhook.id)),
    callbackUrl: webhook.uri,
    apiVersion: () => versionView("2026-10"),
  };
}

export function versionView(handle: string): View {
  return { __typename: "ApiVersion", handle, displayName: handle, supported: true };
}

export function shopView(store: ShopStore): View {
  const { name, domain, email, timeZone, createdAt } = store.shop;
  const host = new URL(store.url).host;
  const primary = {
    __typename: "Domain",
    id: "gid://shopify/Domain/1",
    host,
    url: store.url,
    sslEnabled: false,
  };
  return {
    __typename: "Shop",
    ...{ id: SHOP_ID, name, email, createdAt },
    myshopifyDomain: domain,
    contactEmail: email,
    shopOwnerName: "Ada Sandbox",
    description: null,
    ianaTimezone: timeZone,
    currencyCode: "EUR",
    url: store.url,
    primaryDomain: primary,
    updatedAt: createdAt,
    setupRequired: false,
    ...metafieldFields(store, SHOP_ID),
  };
}

export function installationView({ store, scopes }: Asking): View {
  return {
    __typename: "AppInstallation",
    id: "gid://shopify/AppInstallation/1",
    accessScopes: scopes.map((handle) => ({ __typename: "AccessScope", handle, description: handle })),
    app: {
      __typename: "App",
      id: "gid://shopify/App/1",
      title: "Sandbox app",
      handle: "sandbox-app",
      embedded: false,
    },
    launchUrl: store.url,
    uninstallUrl: null,
    ...metafieldFields(store, "gid://shopify/AppInstallation/1"),
  };
}

/** `limit` is how far Shopify counts. */
export function count(all: number, limit: number | null = null): View {
  const over = limit !== null && all > limit;
  return { __typename: "Count", count: over ? limit : all, precision: over ? "AT_LEAST" : "EXACT" };
}

function plain(html: string): string {
  return html
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ")
    .trim();
}

function summaryOf(html: string): string {
  const text = plain(html);
  return text.length > 150 ? `${text.slice(0, 150)}...` : text;
}
