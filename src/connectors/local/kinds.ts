import type { Field, Kind } from "../contract.ts";

const FIELDS = {
  title: { name: "title", type: "text", required: true },
  slug: { name: "slug", type: "text" },
  status: {
    name: "status",
    type: "text",
    values: ["draft", "pending", "private", "scheduled", "published", "archived"],
  },
  date: { name: "date", type: "date" },
  excerpt: { name: "excerpt", type: "text" },
  tags: { name: "tags", type: "terms" },
  categories: { name: "categories", type: "terms" },
  author: { name: "author", type: "text" },
  image: { name: "image", type: "media" },
  sticky: { name: "sticky", type: "boolean" },
  template: { name: "template", type: "text" },
  parent: { name: "parent", type: "reference" },
  "seo.title": { name: "seo.title", type: "text" },
  "seo.description": { name: "seo.description", type: "text" },
  /** Whatever members it is given. */
  meta: { name: "meta", type: "json" },
} as const satisfies Readonly<Record<string, Field>>;

export type FieldName = keyof typeof FIELDS;

const TAGS = { tags: { id: "tags", hierarchical: false } };
const CATEGORIES = { categories: { id: "categories", hierarchical: true } };

function kind(
  name: string,
  title: string,
  fields: readonly FieldName[],
  taxonomies: Kind["taxonomies"],
): Kind {
  return { name, title, fields: fields.map((field) => FIELDS[field]), taxonomies, body: true };
}

const COMMON = [
  "title",
  "slug",
  "status",
  "date",
  "excerpt",
  "author",
  "image",
  "seo.title",
  "seo.description",
  "meta",
] as const;

/** What a site in a directory can hold. Pages are below one another; entries are JSON documents. */
export const KINDS: readonly Kind[] = [
  kind("post", "Post", [...COMMON, "tags", "categories", "sticky", "template"], { ...TAGS, ...CATEGORIES }),
  kind("page", "Page", [...COMMON, "template", "parent"], {}),
  kind("entry", "Entry", [...COMMON, "tags"], TAGS),
];

export const TAXONOMIES: readonly string[] = ["tags", "categories"];

export function kindNamed(name: string): Kind | undefined {
  return KINDS.find((candidate) => candidate.name === name);
}
