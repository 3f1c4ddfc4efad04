import type { GraphQLResolveInfo } from "graphql";
import { type Asking, notModelled } from "./context.ts";
import { type Connection, connection, type Order, type Slice } from "./listing.ts";
import { findProduct } from "./products.ts";
import { VERSIONS } from "./schema.ts";
import { type Facets, parseSearch } from "./search.ts";
import {
  type Article,
  type Blog,
  type BulkOperation,
  isVisible,
  numberOf,
  type Page,
  type Product,
  type ShopStore,
  type StoredFile,
} from "./state.ts";
import {
  articleView,
  blogView,
  bulkStatus,
  bulkView,
  count,
  definitionView,
  entryView,
  fileStatus,
  fileView,
  installationView,
  pageView,
  productView,
  shopView,
  versionView,
  webhookView,
} from "./views.ts";

interface ListArgs extends Slice {
  readonly query?: string | null;
  readonly sortKey?: string | null;
}

interface Listed {
  readonly id: string;
  readonly createdAt: string;
}

/** One listing: what it holds, how it is filtered and sorted, how an entry looks. */
interface Listing<T extends Listed> {
  readonly entries: (store: ShopStore) => readonly T[];
  readonly facets: (store: ShopStore) => Facets<T>;
  readonly sorts: Readonly<Record<string, (entry: T, store: ShopStore) => string | number>>;
  readonly view: (store: ShopStore, entry: T) => unknown;
}

function list<T extends Listed>(listing: Listing<T>) {
  return (args: ListArgs, asking: Asking, info: GraphQLResolveInfo): Connection => {
    const { store } = asking;
    const wanted = filtered(listing, args.query, asking, info);
    const sort = listing.sorts[args.sortKey ?? "ID"];
    if (sort === undefined) throw notModelled(`the sort key ${args.sortKey}`);
    const order: Order<T> = { of: (entry) => sort(entry, store), id: ({ id }) => numberOf(id) };
    return connection(wanted, args, order, (entry) => listing.view(store, entry));
  };
}

function counted<T extends Listed>(listing: Listing<T>) {
  return (
    args: { readonly query?: string | null; readonly limit?: number | null },
    asking: Asking,
    info: GraphQLResolveInfo,
  ) => count(filtered(listing, args.query, asking, info).length, args.limit ?? null);
}

/** A filter looks into an index, which may lag behind; a listing without one does not. */
function filtered<T extends Listed>(
  listing: Listing<T>,
  query: string | null | undefined,
  asking: Asking,
  info: GraphQLResolveInfo,
): readonly T[] {
  const { store } = asking;
  const all = listing.entries(store);
  if (query === null || query === undefined || query.trim() === "") return all;
  const search = parseSearch(query, listing.facets(store), store.clock.now());
  for (const field of search.unknown) asking.warnings.push({ path: [info.path.key], query, field });
  const lag = store.behaviours.searchLagMs;
  const indexed = (entry: T): boolean => lag === 0 || Date.parse(entry.createdAt) <= store.clock.now() - lag;
  return all.filter((entry) => indexed(entry) && search.matches(entry));
}

const DATED = {
  created_at: { type: "time", of: (entry: { readonly createdAt: string }) => entry.createdAt },
  updated_at: { type: "time", of: (entry: { readonly updatedAt: string }) => entry.updatedAt },
  id: { type: "number", of: (entry: { readonly id: string }) => numberOf(entry.id) },
} as const;

const NAMED = {
  ...DATED,
  default: { type: "text", of: (entry: { readonly title: string }) => entry.title },
  handle: { type: "word", of: (entry: { readonly handle: string }) => entry.handle },
  title: { type: "text", of: (entry: { readonly title: string }) => entry.title },
} as const;

function published<T extends Article | Page>(store: ShopStore): Facets<T> {
  return {
    published_at: { type: "time", of: (entry) => entry.publishedAt },
    published_status: { type: "word", of: (entry) => statusOf(store, entry) },
  };
}

function statusOf(store: ShopStore, entry: Article | Page): string {
  return isVisible(store, entry) ? "published" : "unpublished";
}

const BY_NAME = {
  ID: ({ id }: Listed) => numberOf(id),
  TITLE: ({ title }: { readonly title: string }) => title,
  UPDATED_AT: ({ updatedAt }: { readonly updatedAt: string }) => updatedAt,
};

const ARTICLES: Listing<Article> = {
  entries: (store) => [...store.articles.values()],
  facets: (store) => ({
    ...NAMED,
    ...published<Article>(store),
    author: { type: "text", of: ({ author }) => author },
    blog_id: { type: "number", of: ({ blogId }) => numberOf(blogId) },
    blog_title: { type: "text", of: ({ blogId }) => store.blogs.get(blogId)?.title ?? null },
    tag: { type: "list", of: ({ tags }) => tags },
  }),
  sorts: {
    ...BY_NAME,
    AUTHOR: ({ author }) => author,
    BLOG_TITLE: ({ blogId }, store) => store.blogs.get(blogId)?.title ?? "",
    PUBLISHED_AT: ({ publishedAt }) => publishedAt ?? "",
  },
  view: articleView,
};

const PAGES: Listing<Page> = {
  entries: (store) => [...store.pages.values()],
  facets: (store) => ({ ...NAMED, ...published<Page>(store) }),
  sorts: { ...BY_NAME, PUBLISHED_AT: ({ publishedAt }) => publishedAt ?? "" },
  view: pageView,
};

const BLOGS: Listing<Blog> = {
  entries: (store) => [...store.blogs.values()],
  facets: () => NAMED,
  sorts: { ...BY_NAME, HANDLE: ({ handle }) => handle },
  view: blogView,
};

const PRODUCTS: Listing<Product> = {
  entries: (store) => [...store.products.values()],
  facets: () => ({
    ...NAMED,
    product_type: { type: "word", of: ({ productType }) => productType },
    status: { type: "word", of: ({ status }) => status },
    tag: { type: "list", of: ({ tags }) => tags },
    vendor: { type: "word", of: ({ vendor }) => vendor },
  }),
  sorts: {
    ...BY_NAME,
    CREATED_AT: ({ createdAt }) => createdAt,
    PRODUCT_TYPE: ({ productType }) => productType,
    VENDOR: ({ vendor }) => vendor,
  },
  view: productView,
};

const FILES: Listing<StoredFile> = {
  entries: (store) => [...store.files.values()],
  facets: (store) => ({
    ...DATED,
    default: { type: "text", of: ({ name }) => name },
    filename: { type: "word", of: ({ name }) => name },
    media_type: { type: "word", of: ({ kind }) => (kind === "MediaImage" ? "IMAGE" : "GENERIC_FILE") },
    status: { type: "word", of: (file) => fileStatus(store, file) },
  }),
  sorts: {
    ID: ({ id }) => numberOf(id),
    CREATED_AT: ({ createdAt }) => createdAt,
    FILENAME: ({ name }) => name,
    ORIGINAL_UPLOAD_SIZE: ({ size }) => size,
    UPDATED_AT: ({ updatedAt }) => updatedAt,
  },
  view: fileView,
};

const BULK: Listing<BulkOperation> = {
  entries: (store) => [...store.bulk.values()],
  facets: (store) => ({
    created_at: DATED.created_at,
    id: DATED.id,
    status: { type: "word", of: (operation) => bulkStatus(store, operation) },
    operation_type: { type: "word", of: () => "mutation" },
    client_identifier: { type: "word", of: ({ clientIdentifier }) => clientIdentifier ?? null },
  }),
  sorts: {
    ID: ({ id }) => numberOf(id),
    CREATED_AT: ({ createdAt }) => createdAt,
    COMPLETED_AT: ({ endsAt }) => endsAt,
  },
  view: bulkView,
};

type ById = { readonly id: string };

function one(type: string) {
  return ({ id }: ById, { store }: Asking) => {
    const view = entryView(store, id);
    return view?.__typename === type ? view : null;
  };
}

/** The fields of QueryRoot. */
export const QUERIES = {
  article: one("Article"),
  articles: list(ARTICLES),
  articleAuthors: (slice: Slice, { store }: Asking) => {
    const names = [...new Set([...store.articles.values()].map(({ author }) => author))];
    const order = { of: (name: string) => name, id: (name: string) => names.indexOf(name) };
    return connection(names, slice, order, (name) => ({ __typename: "ArticleAuthor", name }));
  },
  articleTags: ({ limit }: { readonly limit: number }, { store }: Asking) =>
    [...new Set([...store.articles.values()].flatMap(({ tags }) => tags))].sort().slice(0, limit),
  blog: one("Blog"),
  blogs: list(BLOGS),
  blogsCount: counted(BLOGS),
  page: one("Page"),
  pages: list(PAGES),
  pagesCount: counted(PAGES),
  product: one("Product"),
  products: list(PRODUCTS),
  productsCount: counted(PRODUCTS),
  productByIdentifier: (
    args: { readonly identifier: Parameters<typeof findProduct>[1] },
    { store }: Asking,
  ) => {
    const found = findProduct(store, args.identifier);
    return found === undefined ? null : productView(store, found);
  },
  files: list(FILES),
  node: ({ id }: ById, { store }: Asking) => entryView(store, id),
  nodes: ({ ids }: { readonly ids: readonly string[] }, { store }: Asking) =>
    ids.map((id) => entryView(store, id)),
  shop: (_: unknown, { store }: Asking) => shopView(store),
  currentAppInstallation: (_: unknown, asking: Asking) => installationView(asking),
  publicApiVersions: () => VERSIONS.map(versionView),
  metafieldDefinitions: (
    args: Slice & {
      readonly ownerType: string;
      readonly namespace?: string | null;
      readonly key?: string | null;
    },
    { store }: Asking,
  ) => {
    const wanted = store.definitions.filter(
      ({ ownerType, namespace, key }) =>
        ownerType === args.ownerType &&
        (args.namespace ?? namespace) === namespace &&
        (args.key ?? key) === key,
    );
    const order = { of: ({ id }: ById) => numberOf(id), id: ({ id }: ById) => numberOf(id) };
    return connection(wanted, args, order, definitionView);
  },
  bulkOperation: one("BulkOperation"),
  bulkOperations: (args: ListArgs, asking: Asking, info: GraphQLResolveInfo) =>
    list(BULK)({ ...args, sortKey: args.sortKey ?? "CREATED_AT" }, asking, info),
  webhookSubscription: one("WebhookSubscription"),
  webhookSubscriptions: (
    args: Slice & { readonly topics?: readonly string[] | null; readonly uri?: string | null },
    { store }: Asking,
  ) => {
    const wanted = [...store.webhooks.values()].filter(
      ({ topic, uri }) => (args.topics?.includes(topic) ?? true) && (args.uri ?? uri) === uri,
    );
    const order = { of: ({ id }: ById) => numberOf(id), id: ({ id }: ById) => numberOf(id) };
    return connection(wanted, args, order, webhookView);
  },
};
