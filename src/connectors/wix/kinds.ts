// What a Wix blog can hold of what this program writes. Data.
import type { Field, Kind } from "../contract.ts";

export const POST = "post";
export const TAGS = "tags";
export const CATEGORIES = "categories";

/** https://dev.wix.com/docs/rest/business-solutions/blog/draft-posts/draft-post-object */
export const LONGEST_TITLE = 200;
export const LONGEST_EXCERPT = 500;
export const LONGEST_TAG = 50;
export const MOST_TAGS = 30;
export const MOST_CATEGORIES = 10;
/** Of one post, in bytes. https://dev.wix.com/docs/rest/business-solutions/blog/draft-posts/introduction */
export const LARGEST = 400 * 1024;

export const GROUPS = ["seo"] as const;

const FIELDS: readonly Field[] = [
  { name: "title", type: "text", required: true },
  { name: "slug", type: "text" },
  { name: "status", type: "text", values: ["draft", "scheduled", "published"] },
  { name: "date", type: "date" },
  { name: "excerpt", type: "text" },
  { name: "tags", type: "terms" },
  { name: "categories", type: "terms" },
  { name: "author", type: "text" },
  { name: "image", type: "media" },
  { name: "featured", type: "boolean", fallback: false },
  { name: "comments", type: "boolean", fallback: true },
  { name: "seo.title", type: "text" },
  { name: "seo.description", type: "text" },
];

export const POSTS: Kind = {
  name: POST,
  title: "Blog posts",
  fields: FIELDS,
  taxonomies: {
    tags: { id: TAGS, hierarchical: false },
    categories: { id: CATEGORIES, hierarchical: false },
  },
  body: true,
};
