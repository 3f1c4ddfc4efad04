// Every GraphQL field that the connector can ask for or send, as plain strings. Nothing else reaches the shop: prices,
// variants, options, inventory, selling plans, collections and sales channels have no place here.

/** Shopify supports a version for a year, and answers an older one with the oldest that it still has. */
export const API_VERSION = "2026-10";

export const ENDPOINT = `/admin/api/${API_VERSION}/graphql.json`;

/** One top-level field. Several of one type travel in one document, each under an alias, with variables of its own. */
export interface Operation {
  readonly name: string;
  readonly type: "query" | "mutation";
  /** Name without `$` -> type. */
  readonly variables: Readonly<Record<string, string>>;
  readonly field: string;
  /** What it weighs in the shop's budget, each id that it names by itself, metafields aside. */
  readonly cost: number;
}

/** By the name that `...Name` in a field stands for. Variables of fragments are the document's: one value for all fields. */
export const FRAGMENTS: Readonly<Record<string, string>> = {
  ArticleRow:
    "fragment ArticleRow on Article { id handle title createdAt updatedAt publishedAt isPublished tags templateSuffix blog { id handle } }",
  ArticleWhole:
    "fragment ArticleWhole on Article { ...ArticleRow body summary author { name } image { url altText } metafields(first: $articleMetafields, keys: $articleKeys) { nodes { namespace key type value } } }",
  PageRow:
    "fragment PageRow on Page { id handle title createdAt updatedAt publishedAt isPublished templateSuffix }",
  PageWhole:
    "fragment PageWhole on Page { ...PageRow body metafields(first: $pageMetafields, keys: $pageKeys) { nodes { namespace key type value } } }",
  ProductRow:
    "fragment ProductRow on Product { id handle title createdAt updatedAt status tags templateSuffix }",
  ProductWhole:
    "fragment ProductWhole on Product { ...ProductRow descriptionHtml seo { title description } featuredMedia { alt preview { image { url } } } metafields(first: $productMetafields, keys: $productKeys) { nodes { namespace key type value } } }",
  FileRow:
    "fragment FileRow on File { __typename id alt createdAt fileStatus fileErrors { message } ... on MediaImage { mimeType image { url } } ... on GenericFile { mimeType url } }",
};

/** Variables that fragments use. */
export const FRAGMENT_VARIABLES: Readonly<Record<string, string>> = {
  articleMetafields: "Int!",
  articleKeys: "[String!]",
  pageMetafields: "Int!",
  pageKeys: "[String!]",
  productMetafields: "Int!",
  productKeys: "[String!]",
};

const PAGE_INFO = "pageInfo { hasNextPage endCursor }";
const USER_ERRORS = "userErrors { code field message }";
/** Of mutations whose errors have no code. */
const PLAIN_ERRORS = "userErrors { field message }";

function query(name: string, cost: number, variables: Operation["variables"], field: string): Operation {
  return { name, type: "query", variables, field, cost };
}

function mutation(name: string, variables: Operation["variables"], field: string): Operation {
  return { name, type: "mutation", variables, field, cost: field.includes("Whole") ? 12 : 10 };
}

const LISTED = { first: "Int!", after: "String" };
const BY_ID = { ids: "[ID!]!" };

export const SHOP = query(
  "shop",
  2,
  {},
  "shop { id name myshopifyDomain url ianaTimezone primaryDomain { url } }",
);
export const INSTALLATION = query(
  "installation",
  3,
  {},
  "currentAppInstallation { id app { title } accessScopes { handle } }",
);
export const BLOGS = query(
  "blogs",
  52,
  { after: "String" },
  `blogs(first: 50, after: $after) { nodes { id handle title } ${PAGE_INFO} }`,
);
export const DEFINITIONS = query(
  "definitions",
  102,
  { owner: "MetafieldOwnerType!", after: "String" },
  `metafieldDefinitions(ownerType: $owner, first: 50, after: $after) { nodes { namespace key name type { name } } ${PAGE_INFO} }`,
);

export const LIST_ARTICLES = query(
  "articles",
  502,
  LISTED,
  `articles(first: $first, after: $after, sortKey: ID) { nodes { ...ArticleRow } ${PAGE_INFO} }`,
);
export const LIST_PAGES = query(
  "pages",
  252,
  LISTED,
  `pages(first: $first, after: $after, sortKey: ID) { nodes { ...PageRow } ${PAGE_INFO} }`,
);
export const LIST_PRODUCTS = query(
  "products",
  252,
  LISTED,
  `products(first: $first, after: $after, sortKey: ID) { nodes { ...ProductRow } ${PAGE_INFO} }`,
);

export const READ_ARTICLES = query("article", 6, BY_ID, "nodes(ids: $ids) { ...ArticleWhole }");
export const READ_PAGES = query("page", 3, BY_ID, "nodes(ids: $ids) { ...PageWhole }");
export const READ_PRODUCTS = query("product", 7, BY_ID, "nodes(ids: $ids) { ...ProductWhole }");

export const FIND_ARTICLES = query(
  "find-article",
  8,
  { query: "String!" },
  "articles(first: 3, query: $query) { nodes { ...ArticleRow } }",
);
export const FIND_PAGES = query(
  "find-page",
  5,
  { query: "String!" },
  "pages(first: 3, query: $query) { nodes { ...PageRow } }",
);
export const FIND_PRODUCT = query(
  "find-product",
  1,
  { handle: "String!" },
  "productByIdentifier(identifier: { handle: $handle }) { ...ProductRow }",
);
/** Searches lag behind what was just written; this list does not. */
export const NEWEST_ARTICLES = query(
  "newest-articles",
  102,
  {},
  "articles(first: 50, sortKey: ID, reverse: true) { nodes { ...ArticleRow } }",
);
export const NEWEST_PAGES = query(
  "newest-pages",
  52,
  {},
  "pages(first: 50, sortKey: ID, reverse: true) { nodes { ...PageRow } }",
);
/** All of them, newest first. */
export const MADE_ARTICLES = query(
  "made-articles",
  502,
  { after: "String" },
  `articles(first: 250, after: $after, sortKey: ID, reverse: true) { nodes { ...ArticleRow } ${PAGE_INFO} }`,
);
export const MADE_PAGES = query(
  "made-pages",
  252,
  { after: "String" },
  `pages(first: 250, after: $after, sortKey: ID, reverse: true) { nodes { ...PageRow } ${PAGE_INFO} }`,
);

/** Of several entries at once. */
const SOUGHT = { query: "String!" };
export const SECOND_ARTICLES = query(
  "second-articles",
  42,
  SOUGHT,
  "articles(first: 20, query: $query) { nodes { ...ArticleRow } }",
);
export const SECOND_PAGES = query(
  "second-pages",
  22,
  SOUGHT,
  "pages(first: 20, query: $query) { nodes { ...PageRow } }",
);
export const SECOND_PRODUCTS = query(
  "second-products",
  22,
  SOUGHT,
  "products(first: 20, query: $query) { nodes { ...ProductRow } }",
);

export const CREATE_ARTICLE = mutation(
  "articleCreate",
  { article: "ArticleCreateInput!" },
  `articleCreate(article: $article) { article { ...ArticleWhole } ${USER_ERRORS} }`,
);
export const UPDATE_ARTICLE = mutation(
  "articleUpdate",
  { id: "ID!", article: "ArticleUpdateInput!" },
  `articleUpdate(id: $id, article: $article) { article { ...ArticleWhole } ${USER_ERRORS} }`,
);
export const DELETE_ARTICLE = mutation(
  "articleDelete",
  { id: "ID!" },
  `articleDelete(id: $id) { deletedArticleId ${USER_ERRORS} }`,
);
export const CREATE_PAGE = mutation(
  "pageCreate",
  { page: "PageCreateInput!" },
  `pageCreate(page: $page) { page { ...PageWhole } ${USER_ERRORS} }`,
);
export const UPDATE_PAGE = mutation(
  "pageUpdate",
  { id: "ID!", page: "PageUpdateInput!" },
  `pageUpdate(id: $id, page: $page) { page { ...PageWhole } ${USER_ERRORS} }`,
);
export const DELETE_PAGE = mutation(
  "pageDelete",
  { id: "ID!" },
  `pageDelete(id: $id) { deletedPageId ${USER_ERRORS} }`,
);
export const CREATE_PRODUCT = mutation(
  "productCreate",
  { product: "ProductCreateInput!", media: "[CreateMediaInput!]" },
  `productCreate(product: $product, media: $media) { product { ...ProductWhole } ${PLAIN_ERRORS} }`,
);
export const UPDATE_PRODUCT = mutation(
  "productUpdate",
  { product: "ProductUpdateInput!" },
  `productUpdate(product: $product) { product { ...ProductWhole } ${PLAIN_ERRORS} }`,
);
/** Tags that somebody else added meanwhile stay. */
export const ADD_TAGS = mutation(
  "tagsAdd",
  { id: "ID!", tags: "[String!]!" },
  `tagsAdd(id: $id, tags: $tags) { node { id } ${PLAIN_ERRORS} }`,
);
export const REMOVE_TAGS = mutation(
  "tagsRemove",
  { id: "ID!", tags: "[String!]!" },
  `tagsRemove(id: $id, tags: $tags) { node { id } ${PLAIN_ERRORS} }`,
);
export const DELETE_METAFIELDS = mutation(
  "metafieldsDelete",
  { metafields: "[MetafieldIdentifierInput!]!" },
  `metafieldsDelete(metafields: $metafields) { deletedMetafields { key } ${PLAIN_ERRORS} }`,
);

export const FIND_FILES = query(
  "find-files",
  11,
  { query: "String!" },
  "files(first: 3, query: $query) { nodes { ...FileRow } }",
);
export const NEWEST_FILES = query(
  "newest-files",
  152,
  {},
  "files(first: 50, sortKey: ID, reverse: true) { nodes { ...FileRow } }",
);
export const READ_FILES = query("file", 3, BY_ID, "nodes(ids: $ids) { ...FileRow }");
export const STAGE_UPLOADS = mutation(
  "stagedUploadsCreate",
  { input: "[StagedUploadInput!]!" },
  `stagedUploadsCreate(input: $input) { stagedTargets { url resourceUrl parameters { name value } } ${PLAIN_ERRORS} }`,
);
export const CREATE_FILES = mutation(
  "fileCreate",
  { files: "[FileCreateInput!]!" },
  `fileCreate(files: $files) { files { ...FileRow } ${USER_ERRORS} }`,
);

const BULK = "id status query createdAt errorCode rootObjectCount url partialDataUrl";
export const RUN_BULK = mutation(
  "bulkOperationRunMutation",
  { mutation: "String!", path: "String!", client: "String" },
  `bulkOperationRunMutation(mutation: $mutation, stagedUploadPath: $path, clientIdentifier: $client) { bulkOperation { id } ${USER_ERRORS} }`,
);
export const READ_BULK = query("bulk-operation", 1, { id: "ID!" }, `bulkOperation(id: $id) { ${BULK} }`);
export const LIST_BULKS = query(
  "bulk-operations",
  52,
  { after: "String" },
  `bulkOperations(first: 50, after: $after, sortKey: CREATED_AT, reverse: true) { nodes { ${BULK} } ${PAGE_INFO} }`,
);

const HOOK = "id topic uri";
export const LIST_HOOKS = query("hooks", 102, {}, `webhookSubscriptions(first: 100) { nodes { ${HOOK} } }`);
export const CREATE_HOOK = mutation(
  "webhookSubscriptionCreate",
  { topic: "WebhookSubscriptionTopic!", hook: "WebhookSubscriptionInput!" },
  `webhookSubscriptionCreate(topic: $topic, webhookSubscription: $hook) { webhookSubscription { ${HOOK} } userErrors { field message } }`,
);
export const DELETE_HOOK = mutation(
  "webhookSubscriptionDelete",
  { id: "ID!" },
  `webhookSubscriptionDelete(id: $id) { deletedWebhookSubscriptionId userErrors { field message } }`,
);

/** All there are. */
export const OPERATIONS: readonly Operation[] = [
  ...[SHOP, INSTALLATION, BLOGS, DEFINITIONS, LIST_ARTICLES, LIST_PAGES, LIST_PRODUCTS],
  ...[READ_ARTICLES, READ_PAGES, READ_PRODUCTS, FIND_ARTICLES, FIND_PAGES, FIND_PRODUCT],
  ...[SECOND_ARTICLES, SECOND_PAGES, SECOND_PRODUCTS],
  ...[NEWEST_ARTICLES, NEWEST_PAGES, CREATE_ARTICLE, UPDATE_ARTICLE, DELETE_ARTICLE],
  ...[CREATE_PAGE, UPDATE_PAGE, DELETE_PAGE, CREATE_PRODUCT, UPDATE_PRODUCT],
  ...[ADD_TAGS, REMOVE_TAGS, DELETE_METAFIELDS],
  ...[FIND_FILES, NEWEST_FILES, READ_FILES, STAGE_UPLOADS, CREATE_FILES],
  ...[MADE_ARTICLES, MADE_PAGES, RUN_BULK, READ_BULK, LIST_BULKS],
  ...[LIST_HOOKS, CREATE_HOOK, DELETE_HOOK],
];
