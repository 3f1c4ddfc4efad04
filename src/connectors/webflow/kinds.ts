// Collections as kinds of the model, and what a field of a kind is to Webflow. Pure.
// https://developers.webflow.com/data/reference/field-types-item-values
import { z } from "zod";
import { isObject, type Json, type JsonObject } from "../../lib/json.ts";
import type { Field, Kind } from "../contract.ts";

export const TYPES = [
  "Color",
  "DateTime",
  "Email",
  "ExtFileRef",
  "File",
  "Image",
  "Link",
  "MultiImage",
  "MultiReference",
  "Number",
  "Option",
  "Phone",
  "PlainText",
  "Reference",
  "RichText",
  "Switch",
  "VideoLink",
] as const;
export type WebflowType = (typeof TYPES)[number];

const optionSchema = z.object({ id: z.string(), name: z.string() });
export type Option = z.infer<typeof optionSchema>;

const fieldSchema = z.object({
  slug: z.string(),
  displayName: z.string().catch(""),
  type: z.string(),
  isRequired: z.boolean().catch(false),
  isEditable: z.boolean().optional().catch(undefined),
  validations: z.unknown().optional(),
  metadata: z.unknown().optional(),
});

export const collectionSchema = z.object({
  id: z.string(),
  slug: z.string(),
  displayName: z.string().catch(""),
  fields: z.array(fieldSchema),
});
export type Collection = z.infer<typeof collectionSchema>;
type CollectionField = Collection["fields"][number];

/** A field of a collection and what documents call it. */
export interface Wiring {
  /** Of the wire, and of front matter. */
  readonly part: string;
  /** Key in `fieldData`. */
  readonly slug: string;
  readonly type: WebflowType;
  readonly options: readonly Option[];
  /** Slug of the collection that a reference leads to. */
  readonly target: string;
  /** Its items are named like tags, and made on demand. */
  readonly isTaxonomy: boolean;
}

/** A collection with everything that the codec and the calls need to know of it. */
export interface Wired {
  readonly id: string;
  readonly kind: Kind;
  /** The rich text that is the body; undefined where there is none. */
  readonly body: string | undefined;
  readonly fields: readonly Wiring[];
}

/** Names that all platforms have for what designers call otherwise, each with the slugs that mean it, best first. */
const COMMON: readonly {
  readonly part: string;
  readonly types: readonly WebflowType[];
  readonly slugs: string;
}[] = [
  {
    part: "excerpt",
    types: ["PlainText"],
    slugs: "excerpt post-summary summary post-excerpt short-description description teaser intro",
  },
  {
    part: "image",
    types: ["Image"],
    slugs:
      "image main-image cover-image cover featured-image hero-image post-image thumbnail-image thumbnail",
  },
  {
    part: "date",
    types: ["DateTime"],
    slugs: "date published-date publish-date publication-date published-on post-date date-published",
  },
  { part: "author", types: ["Reference"], slugs: "author post-author written-by authors" },
  { part: "tags", types: ["MultiReference"], slugs: "tags tag post-tags topics" },
  {
    part: "categories",
    types: ["MultiReference", "Reference"],
    slugs: "categories category post-categories post-category blog-category",
  },
  { part: "seo.title", types: ["PlainText"], slugs: "seo-title meta-title title-tag" },
  { part: "seo.description", types: ["PlainText"], slugs: "seo-description meta-description" },
];

const TAXONOMIES: ReadonlySet<string> = new Set(["tags", "categories"]);

/** What front matter means otherwise: a field of that name is told apart by `-field`. */
const RESERVED: ReadonlySet<string> = new Set([
  ...["title", "slug", "status", "body", "kind", "locale", "translationKey", "draft", "parent", "name"],
]);

/** Slugs of the two fields that every item has. */
const OWN: ReadonlySet<string> = new Set(["name", "slug"]);

const BODIES = ["post-body", "body", "content", "article", "text", "post-content", "main-content"];

/** The rich text that a document's text goes to: the one that sounds like it, else the first. */
function bodyOf(fields: readonly CollectionField[]): string | undefined {
  const rich = fields.filter(({ type }) => type === "RichText").map(({ slug }) => slug);
  return BODIES.find((slug) => rich.includes(slug)) ?? rich[0];
}

/** `slugOf`: the slug of a collection by its id; "" for one that is not shown. */
export function wire(collection: Collection, slugOf: (id: string) => string): Wired {
  const body = bodyOf(collection.fields);
  const own = collection.fields.filter(({ slug }) => slug !== body && !OWN.has(slug));
  const known = own.flatMap((field) => {
    const type = TYPES.find((one) => one === field.type);
    return type === undefined ? [] : [{ field, type }];
  });
  const parts = new Map<string, string>();
  for (const { part, types, slugs } of COMMON) {
    const fitting = known.filter(({ type, field }) => types.includes(type) && !parts.has(field.slug));
    const found = slugs.split(" ").find((slug) => fitting.some(({ field }) => field.slug === slug));
    if (found !== undefined) parts.set(found, part);
  }
  const taken = new Set(parts.values());
  const fields = known.map(({ field, type }): Wiring => {
    const { slug } = field;
    const clashes = RESERVED.has(slug) || taken.has(slug) || slug.includes(".");
    const part = parts.get(slug) ?? (clashes ? `${slug}-field` : slug);
    const target = slugOf(String(saidOf(field).collectionId ?? ""));
    return {
      ...{ part, slug, type, target },
      options: optionsOf(field),
      isTaxonomy: TAXONOMIES.has(part) && target !== "",
    };
  });
  const describe = (wiring: Wiring) => modelField(wiring, collection.fields);
  return { id: collection.id, kind: kindOf(collection, body, fields, describe), body, fields };
}

/** Webflow says it under `validations`, and its guide under `metadata`. */
function saidOf({ validations, metadata }: CollectionField): Readonly<Record<string, unknown>> {
  return { ...(isObject(metadata) ? metadata : {}), ...(isObject(validations) ? validations : {}) };
}

function optionsOf(field: CollectionField): readonly Option[] {
  return z.array(optionSchema).catch([]).parse(saidOf(field).options);
}

export const STATUSES = ["draft", "pending", "published", "archived"] as const;

function kindOf(
  { slug, displayName }: Collection,
  body: string | undefined,
  fields: readonly Wiring[],
  describe: (wiring: Wiring) => Field,
): Kind {
  const taxonomies = fields.filter(({ isTaxonomy }) => isTaxonomy);
  return {
    name: slug,
    title: displayName === "" ? slug : displayName,
    fields: [
      { name: "title", type: "text", required: true, origin: "Name of the item" },
      { name: "slug", type: "text" },
      { name: "status", type: "text", values: STATUSES },
      ...fields.map(describe),
    ],
    taxonomies: Object.fromEntries(
      taxonomies.map(({ part, target }) => [part, { id: target, hierarchical: false }]),
    ),
    body: body !== undefined,
  };
}

const MODEL_TYPES: Readonly<Record<WebflowType, Field["type"]>> = {
  Color: "text",
  DateTime: "date",
  Email: "text",
  ExtFileRef: "media",
  File: "media",
  Image: "media",
  Link: "text",
  MultiImage: "list",
  MultiReference: "list",
  Number: "number",
  Option: "text",
  Phone: "text",
  PlainText: "text",
  Reference: "reference",
  RichText: "text",
  Switch: "boolean",
  VideoLink: "text",
};

function modelField(wiring: Wiring, all: readonly CollectionField[]): Field {
  const { part, slug, type, options, target, isTaxonomy } = wiring;
  const field = all.find((one) => one.slug === slug);
  const title = field?.displayName === "" ? slug : (field?.displayName ?? slug);
  const refers = (type === "Reference" || type === "MultiReference") && !isTaxonomy && target !== "";
  return {
    name: part,
    type: isTaxonomy ? "terms" : MODEL_TYPES[type],
    origin: `field "${title}" (${slug}), ${type}`,
    ...(field?.isRequired === true ? { required: true } : {}),
    ...(type === "Option" ? { values: options.map(({ name }) => name) } : {}),
    ...(type === "Switch" ? { fallback: false } : {}),
    ...(refers ? { kinds: [target] } : {}),
    ...(field?.isEditable === false
      ? { readOnly: `${slug}: Webflow lets nobody change it through its API` }
      : {}),
    schema: { webflow: type, slug, target, options: options.map((option) => ({ ...option })), isTaxonomy },
  };
}

/** What a field of the model is to Webflow; undefined for those that every item has. */
export function wiringOf({ name, schema }: Pick<Field, "name" | "schema">): Wiring | undefined {
  const { webflow, slug, target, options, isTaxonomy } = (schema ?? {}) as JsonObject;
  const type = TYPES.find((one) => one === webflow);
  if (type === undefined) return undefined;
  return {
    ...{ part: name, slug: String(slug), type, target: String(target), isTaxonomy: isTaxonomy === true },
    options: z.array(optionSchema).catch([]).parse(options),
  };
}

/** What stands in the wire for a field that the item does not have. */
export function emptyOf({ type }: Pick<Wiring, "type">): Json {
  switch (type) {
    case "MultiImage":
    case "MultiReference":
      return [];
    case "Switch":
      return false;
    case "DateTime":
    case "ExtFileRef":
    case "File":
    case "Image":
    case "Number":
    case "Option":
    case "Reference":
      return null;
    default:
      return "";
  }
}
