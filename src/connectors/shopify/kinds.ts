// What a shop can hold of what this program writes. Data, and pure functions over it.
import type { Field, Kind } from "../contract.ts";
import { type Definition, metafield } from "./metafields.ts";
import type { Operation } from "./queries.ts";
import * as queries from "./queries.ts";

export type KindName = "article" | "page" | "product";

/** How one kind is asked for and written. */
export interface Wiring {
  readonly name: KindName;
  readonly title: string;
  /** In ids: `gid://shopify/<type>/<number>`. */
  readonly type: "Article" | "Page" | "Product";
  readonly owner: "ARTICLE" | "PAGE" | "PRODUCT";
  readonly list: Operation;
  readonly read: Operation;
  readonly find: Operation;
  /** The last ones that were made; absent where `find` is exact at once. */
  readonly newest?: Operation;
  /** All of them from the newest on; absent where nothing is made in bulk. */
  readonly made?: Operation;
  readonly create: Operation;
  readonly update: Operation;
  /** Absent where nothing is deleted for good. */
  readonly remove?: Operation;
  /** Variables of the fragment that reads it whole. */
  readonly shared: { readonly count: string; readonly keys: string };
}

export const WIRINGS: Readonly<Record<KindName, Wiring>> = {
  article: {
    name: "article",
    title: "Blog articles",
    type: "Article",
    owner: "ARTICLE",
    list: queries.LIST_ARTICLES,
    read: queries.READ_ARTICLES,
    find: queries.FIND_ARTICLES,
    newest: queries.NEWEST_ARTICLES,
    made: queries.MADE_ARTICLES,
    create: queries.CREATE_ARTICLE,
    update: queries.UPDATE_ARTICLE,
    remove: queries.DELETE_ARTICLE,
    shared: { count: "articleMetafields", keys: "articleKeys" },
  },
  page: {
    name: "page",
    title: "Pages",
    type: "Page",
    owner: "PAGE",
    list: queries.LIST_PAGES,
    read: queries.READ_PAGES,
    find: queries.FIND_PAGES,
    newest: queries.NEWEST_PAGES,
    made: queries.MADE_PAGES,
    create: queries.CREATE_PAGE,
    update: queries.UPDATE_PAGE,
    remove: queries.DELETE_PAGE,
    shared: { count: "pageMetafields", keys: "pageKeys" },
  },
  product: {
    name: "product",
    title: "Products",
    type: "Product",
    owner: "PRODUCT",
    list: queries.LIST_PRODUCTS,
    read: queries.READ_PRODUCTS,
    find: queries.FIND_PRODUCT,
    create: queries.CREATE_PRODUCT,
    update: queries.UPDATE_PRODUCT,
    shared: { count: "productMetafields", keys: "productKeys" },
  },
};

/** Undefined for an id that could not be Shopify's. */
export function gidOf({ type }: Wiring, id: string): string | undefined {
  return /^[1-9]\d{0,18}$/.test(id) ? `gid://shopify/${type}/${id}` : undefined;
}

/** The number at the end of a global id. */
export function idOf(gid: string): string {
  return gid.slice(gid.lastIndexOf("/") + 1).replace(/\?.*$/s, "");
}

const TITLE: Field = { name: "title", type: "text", required: true };
const SLUG: Field = { name: "slug", type: "text" };
const TAGS: Field = { name: "tags", type: "list" };
const TEMPLATE: Field = { name: "template", type: "text" };
const IMAGE: Field = { name: "image", type: "media" };
const SEO: readonly Field[] = [
  { name: "seo.title", type: "text" },
  { name: "seo.description", type: "text" },
];
const status = (...values: readonly string[]): Field => ({ name: "status", type: "text", values });

/** What a shop has that its kinds depend on. */
export interface Surroundings {
  /** Handle of the blog for articles that name none; "" where they have to. */
  readonly blog: string;
  readonly blogs: readonly string[];
  /** Author of articles that name none. */
  readonly author: string;
  readonly definitions: readonly Definition[];
}

export function kindOf({ name, title }: Wiring, around: Surroundings): Kind {
  const custom = around.definitions.map(metafield);
  const common = { name, title, taxonomies: {}, body: true };
  switch (name) {
    case "article": {
      const fields: Field[] = [
        ...[TITLE, SLUG, status("draft", "scheduled", "published"), { name: "date", type: "date" } as const],
        ...[{ name: "excerpt", type: "text" } as const, TAGS],
        { name: "author", type: "text", fallback: around.author },
        ...[IMAGE, TEMPLATE],
        { name: "blog", type: "text", values: around.blogs, fallback: around.blog },
        ...[...SEO, ...custom],
      ];
      return { ...common, fields, scopeField: { name: "blog", fallback: around.blog } };
    }
    case "page": {
      const date = { name: "date", type: "date" } as const;
      return {
        ...common,
        fields: [TITLE, SLUG, status("draft", "scheduled", "published"), date, TEMPLATE, ...SEO, ...custom],
      };
    }
    case "product": {
      const fields = [TITLE, SLUG, status("draft", "published"), TAGS, IMAGE, TEMPLATE, ...SEO, ...custom];
      // They are archived.
      return { ...common, fields, removal: "trash" };
    }
  }
}
