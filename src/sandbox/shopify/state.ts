// What the sandbox's shop holds. All in memory.
import type { Clock } from "../../lib/clock.ts";
import type { Behaviours } from "./behaviours.ts";

export type OwnerType = "Article" | "Blog" | "Page" | "Product" | "Shop";

interface Entry {
  readonly id: string;
  handle: string;
  title: string;
  templateSuffix: string | null;
  /** ISO 8601 in UTC with whole seconds, as all times here. */
  readonly createdAt: string;
  updatedAt: string;
}

export interface Blog extends Entry {
  commentPolicy: string;
}

export interface StoredImage {
  readonly id: string;
  /** Path on this server. */
  readonly path: string;
  alt: string | null;
}

export interface Article extends Entry {
  blogId: string;
  author: string;
  body: string;
  summary: string | null;
  tags: readonly string[];
  image: StoredImage | null;
  /** When it became or will become visible; null where it is hidden. */
  publishedAt: string | null;
}

export interface Page extends Entry {
  body: string;
  publishedAt: string | null;
}

export interface Product extends Entry {
  descriptionHtml: string;
  productType: string;
  vendor: string;
  status: "ACTIVE" | "ARCHIVED" | "DRAFT" | "UNLISTED";
  tags: readonly string[];
  seo: { readonly title: string | null; readonly description: string | null };
  /** Ids of files, in order. */
  media: readonly string[];
}

export interface StoredFile {
  readonly id: string;
  readonly kind: "MediaImage" | "GenericFile";
  name: string;
  alt: string;
  path: string;
  readonly mimeType: string;
  readonly size: number;
  readonly createdAt: string;
  updatedAt: string;
  /** By the clock, in ms since 1970. */
  readyAt: number;
  /** A code of FileErrorCode. */
  readonly failure: string | undefined;
}

export interface Metafield {
  readonly id: string;
  readonly ownerId: string;
  readonly namespace: string;
  readonly key: string;
  type: string;
  value: string;
  readonly createdAt: string;
  updatedAt: string;
}

export interface MetafieldDefinition {
  readonly id: string;
  readonly ownerType: string;
  readonly name: string;
  readonly namespace: string;
  readonly key: string;
  readonly type: string;
  readonly category: string;
  readonly description: string | null;
}

export type BulkEnd = "COMPLETED" | "FAILED" | "CANCELED" | "EXPIRED";

export interface BulkOperation {
  readonly id: string;
  readonly query: string;
  readonly clientIdentifier: string | undefined;
  readonly createdAt: string;
  readonly endsAt: number;
  /** Its status once `endsAt` has come. */
  readonly ends: BulkEnd;
  /** What it does then, a line of the result for each; undefined once it is done. */
  work: (() => readonly string[]) | undefined;
  lines: readonly string[];
  canceled: boolean;
}

export interface WebhookSubscription {
  readonly id: string;
  readonly topic: string;
  uri: string;
  format: string;
  filter: string | null;
  name: string | null;
  includeFields: readonly string[];
  metafieldNamespaces: readonly string[];
  readonly createdAt: string;
  updatedAt: string;
}

/** A place that a file may be sent to. */
export interface StagedTarget {
  readonly key: string;
  readonly filename: string;
  readonly mimeType: string;
  readonly resource: string;
  readonly method: "POST" | "PUT";
  readonly limit: number | undefined;
  bytes: Uint8Array | undefined;
}

/** What a path below `/cdn/` shows: bytes of ours, or a file of another site's. */
export interface Hosted {
  readonly mimeType: string;
  readonly bytes: Uint8Array | undefined;
  readonly source: string | undefined;
}

export interface ShopStore {
  readonly clock: Clock;
  readonly behaviours: Behaviours;
  /** Address of the sandbox, without a final slash. */
  url: string;
  readonly shop: { name: string; domain: string; email: string; timeZone: string; createdAt: string };
  readonly blogs: Map<string, Blog>;
  readonly articles: Map<string, Article>;
  readonly pages: Map<string, Page>;
  readonly products: Map<string, Product>;
  readonly files: Map<string, StoredFile>;
  /** By the id of what they belong to. */
  readonly metafields: Map<string, Metafield[]>;
  readonly definitions: MetafieldDefinition[];
  readonly bulk: Map<string, BulkOperation>;
  readonly webhooks: Map<string, WebhookSubscription>;
  readonly staged: Map<string, StagedTarget>;
  readonly hosted: Map<string, Hosted>;
  nextNumber: number;
}

export const SHOP_ID = "gid://shopify/Shop/548380009";
/** The one member of staff that an author may be. */
export const STAFF = { id: "gid://shopify/StaffMember/101", name: "Ada Sandbox" };

export function emptyStore(clock: Clock, behaviours: Behaviours): ShopStore {
  return {
    clock,
    behaviours,
    url: "",
    shop: {
      name: "Sandbox Shop",
      domain: "ainstein-sandbox.myshopify.com",
      email: "owner@example.com",
      timeZone: "Europe/Berlin",
      createdAt: stamp(clock.now()),
    },
    blogs: new Map(),
    articles: new Map(),
    pages: new Map(),
    products: new Map(),
    files: new Map(),
    metafields: new Map(),
    definitions: [],
    bulk: new Map(),
    webhooks: new Map(),
    staged: new Map(),
    hosted: new Map(),
    nextNumber: 600_000_001,
  };
}

export function newNumber(store: ShopStore): number {
  const number = store.nextNumber;
  store.nextNumber += 1;
  return number;
}

export function newId(store: ShopStore, type: string): string {
  return `gid://shopify/${type}/${newNumber(store)}`;
}

/** `123` of `gid://shopify/Article/123`; 0 where there is none. */
export function numberOf(id: string): number {
  return Number(/\/(\d+)(?:\?|$)/.exec(id)?.[1] ?? 0);
}

/** Type in an id; empty where it is none. */
export function typeOf(id: string): string {
  return /^gid:\/\/shopify\/([A-Za-z]+)\/\d+$/.exec(id)?.[1] ?? "";
}

export function stamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

export function nowStamp(store: ShopStore): string {
  return stamp(store.clock.now());
}

/** Is it visible now? */
export function isVisible(
  store: ShopStore,
  { publishedAt }: { readonly publishedAt: string | null },
): boolean {
  return publishedAt !== null && Date.parse(publishedAt) <= store.clock.now();
}

export function findMetafield(store: ShopStore, id: string): Metafield | undefined {
  for (const owned of store.metafields.values()) {
    const found = owned.find((one) => one.id === id);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Is there another entry than `except` with this handle, and in this blog where one is named? */
export function isTaken(
  entries: ReadonlyMap<string, { readonly id: string; readonly handle: string; readonly blogId?: string }>,
  handle: string,
  except?: string,
  blogId?: string,
): boolean {
  for (const one of entries.values()) {
    if (one.handle === handle && one.id !== except && one.blogId === blogId) return true;
  }
  return false;
}

/** The entry that may have metafields or tags. */
export function findOwner(store: ShopStore, id: string): Article | Blog | Page | Product | undefined {
  return store.articles.get(id) ?? store.blogs.get(id) ?? store.pages.get(id) ?? store.products.get(id);
}
