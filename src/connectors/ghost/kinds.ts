// What a Ghost site can hold of what this program writes. Data.
import type { State } from "../../content/document.ts";
import { Fault } from "../../lib/fault.ts";
import type { Field, Kind } from "../contract.ts";

export type KindName = "post" | "page";

export interface Wiring {
  readonly name: KindName;
  readonly title: string;
  /** Below the API's root, with its slashes. Also the key of request and answer. */
  readonly path: "/posts/" | "/pages/";
  readonly key: "posts" | "pages";
}

export const WIRINGS: Readonly<Record<KindName, Wiring>> = {
  post: { name: "post", title: "Posts", path: "/posts/", key: "posts" },
  page: { name: "page", title: "Pages", path: "/pages/", key: "pages" },
};

export const ALL_KINDS: readonly Wiring[] = Object.values(WIRINGS);

/** Throws `invalid` for a kind that Ghost does not have. */
export function wiringOf(kind: string): Wiring {
  const found = ALL_KINDS.find(({ name }) => name === kind);
  if (found !== undefined) return found;
  throw new Fault("invalid", `Ghost has no kind "${kind}"`, {
    code: "unknown-kind",
    hint: `it has: ${Object.keys(WIRINGS).join(", ")}`,
  });
}

export const TAGS = "tags";

/** Texts that documents and requests have under different names. */
export const TEXTS: Readonly<Record<string, string>> = {
  excerpt: "custom_excerpt",
  "seo.title": "meta_title",
  "seo.description": "meta_description",
  "og.title": "og_title",
  "og.description": "og_description",
  "twitter.title": "twitter_title",
  "twitter.description": "twitter_description",
  canonical_url: "canonical_url",
  template: "custom_template",
  codeinjection_head: "codeinjection_head",
  codeinjection_foot: "codeinjection_foot",
};

/** Addresses of images. */
export const IMAGES: Readonly<Record<string, string>> = {
  "og.image": "og_image",
  "twitter.image": "twitter_image",
};

export const GROUPS = ["seo", "og", "twitter"] as const;

export const STATUSES: readonly State[] = ["draft", "scheduled", "published"];

const FIELDS: readonly Field[] = [
  { name: "title", type: "text", required: true },
  { name: "slug", type: "text" },
  { name: "status", type: "text", values: STATUSES },
  { name: "date", type: "date" },
  { name: "tags", type: "terms" },
  { name: "author", type: "list" },
  { name: "image", type: "media" },
  { name: "visibility", type: "text", values: ["public", "members", "paid", "tiers"], fallback: "public" },
  { name: "featured", type: "boolean", fallback: false },
  ...Object.keys(TEXTS).map((name): Field => ({ name, type: "text" })),
  ...Object.keys(IMAGES).map((name): Field => ({ name, type: "media" })),
];

export function kindOf({ name, title }: Wiring): Kind {
  const newsletter: Field = { name: "newsletter", type: "text" };
  return {
    name,
    title,
    fields: name === "post" ? [...FIELDS, newsletter] : FIELDS,
    taxonomies: { tags: { id: TAGS, hierarchical: false } },
    body: true,
  };
}
