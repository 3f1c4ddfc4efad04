// What a site can hold: post types, taxonomies, and the fields and custom fields they register.
import { z } from "zod";
import { Fault } from "../../lib/fault.ts";
import type { Field, Kind, Model } from "../contract.ts";
import { closedSeo, customFields } from "./custom-fields.ts";
import { phpList, phpMap } from "./php.ts";

/** A post type, as far as documents need it. */
export interface ContentType {
  readonly kind: string;
  readonly title: string;
  /** Path of its entries below the API root, e.g. `/wp/v2/posts`. */
  readonly path: string;
  readonly hierarchical: boolean;
  /** Whether entries have a body. */
  readonly body: boolean;
  readonly taxonomies: readonly Taxonomy[];
  /** Fields of its REST schema. */
  readonly properties: ReadonlySet<string>;
  /** Custom fields that its API has. */
  readonly custom: readonly Field[];
  readonly formats: readonly string[];
  /** The right to edit entries of others. */
  readonly editOthers: string;
  /** Whether its writes may travel in a batch: WordPress's own from 5.9 on. */
  readonly batches: boolean;
}

export interface Taxonomy {
  readonly id: string;
  /** Field of entries and of front matter, e.g. `categories`. */
  readonly field: string;
  readonly path: string;
  readonly hierarchical: boolean;
}

/** Post types of WordPress itself and of page builders that are settings, not content. */
const NOT_CONTENT = new Set(["attachment", "nav_menu_item", "elementor_library"]);

const names = z.union([
  z.array(z.string()),
  z.record(z.string(), z.unknown()).transform((map) => Object.keys(map)),
]);

const typeSchema = z.object({
  slug: z.string(),
  name: z.string(),
  rest_base: z.string(),
  // Since 5.9.
  rest_namespace: z.string().catch("wp/v2"),
  hierarchical: z.boolean().catch(false),
  supports: names.catch([]),
  taxonomies: phpList(z.string()).catch([]),
  capabilities: z.record(z.string(), z.unknown()).catch({}),
});
export type RawType = z.infer<typeof typeSchema>;

/** Those that can be read: one that a plug-in describes in its own way is left out. */
function usable<T>(schema: z.ZodType<T>, payload: unknown): readonly T[] {
  return Object.values(phpMap(z.unknown()).parse(payload)).flatMap((item) => {
    const read = schema.safeParse(item);
    return read.success ? [read.data] : [];
  });
}

/** `GET /wp/v2/types?context=edit` */
export const decodeTypes = (payload: unknown): readonly RawType[] =>
  usable(typeSchema, payload).filter(
    (type) =>
      !NOT_CONTENT.has(type.slug) &&
      !type.slug.startsWith("wp_") &&
      (type.supports.includes("title") || type.supports.includes("editor")),
  );

const taxonomySchema = z.object({
  slug: z.string(),
  rest_base: z.string(),
  rest_namespace: z.string().catch("wp/v2"),
  hierarchical: z.boolean().catch(false),
});

/** `GET /wp/v2/taxonomies` */
export const decodeTaxonomies = (payload: unknown): readonly Taxonomy[] =>
  usable(taxonomySchema, payload).map((taxonomy) => ({
    id: taxonomy.slug,
    field: taxonomy.rest_base,
    path: `/${taxonomy.rest_namespace}/${taxonomy.rest_base}`,
    hierarchical: taxonomy.hierarchical,
  }));

const propertySchema = z.looseObject({
  enum: phpList(z.string()).optional().catch(undefined),
});
const optionsSchema = z.object({
  schema: z.object({ properties: z.record(z.string(), propertySchema.catch({})) }),
  endpoints: phpList(
    z.object({
      methods: phpList(z.string()),
      allow_batch: z.object({ v1: z.boolean() }).optional().catch(undefined),
    }),
  ).catch([]),
});
export type TypeOptions = z.infer<typeof optionsSchema>;

/** The answer to OPTIONS on a type's path. */
export const decodeOptions = (payload: unknown): TypeOptions => optionsSchema.parse(payload);

export function contentType(
  raw: RawType,
  taxonomies: readonly Taxonomy[],
  options: TypeOptions,
): ContentType {
  const schema = options.schema.properties;
  const properties = new Set(Object.keys(schema));
  const editOthers = raw.capabilities.edit_others_posts;
  return {
    kind: raw.slug,
    title: raw.name,
    path: `/${raw.rest_namespace}/${raw.rest_base}`,
    hierarchical: raw.hierarchical && properties.has("parent"),
    body: properties.has("content"),
    taxonomies: taxonomies.filter(
      (taxonomy) => raw.taxonomies.includes(taxonomy.id) && properties.has(taxonomy.field),
    ),
    properties,
    custom: customFields(schema),
    formats: schema.format?.enum ?? [],
    editOthers: typeof editOthers === "string" ? editOthers : "edit_others_posts",
    batches: options.endpoints.some(
      ({ methods, allow_batch }) => methods.includes("POST") && allow_batch?.v1 === true,
    ),
  };
}

/** Front matter field, the property of WordPress that carries it, and what it holds. */
export const FIELDS: readonly (readonly [field: string, property: string, type: Field["type"]])[] = [
  ["title", "title", "text"],
  ["slug", "slug", "text"],
  ["status", "status", "text"],
  ["date", "date", "date"],
  ["excerpt", "excerpt", "text"],
  ["author", "author", "reference"],
  ["image", "featured_media", "media"],
  ["sticky", "sticky", "boolean"],
  ["template", "template", "text"],
  ["parent", "parent", "reference"],
  ["commentStatus", "comment_status", "text"],
  ["format", "format", "text"],
];

const VALUES: Readonly<Record<string, readonly string[]>> = {
  status: ["draft", "pending", "private", "scheduled", "published"],
  commentStatus: ["open", "closed"],
};

/** `defaultCategory`: id of the category that posts without one get. `apis`: names of the site's interfaces. */
export function modelOf(
  types: readonly ContentType[],
  defaultCategory: string,
  apis: readonly string[],
): Model {
  return { kinds: types.map((type) => kindOf(type, defaultCategory, apis)) };
}

function kindOf(type: ContentType, defaultCategory: string, apis: readonly string[]): Kind {
  const fields = FIELDS.filter(([, property]) => type.properties.has(property)).map(
    ([name, , kind]): Field => {
      const values = name === "format" ? type.formats : VALUES[name];
      return {
        name,
        type: kind,
        ...(name === "title" ? { required: true } : {}),
        ...(values === undefined ? {} : { values }),
      };
    },
  );
  const terms = type.taxonomies.map((taxonomy): Field => ({ name: taxonomy.field, type: "terms" }));
  return {
    name: type.kind,
    title: type.title,
    fields: [...fields, ...terms, ...type.custom, ...closedSeo(type.custom, apis)],
    taxonomies: Object.fromEntries(
      type.taxonomies.map(({ id, field, hierarchical }) => [
        field,
        {
          id,
          hierarchical,
          ...(id === "category" && type.kind === "post" ? { fallback: defaultCategory } : {}),
        },
      ]),
    ),
    body: type.body,
  };
}

export function unknownKind(kind: string, known: readonly string[]): Fault {
  return new Fault("invalid", `this WordPress has no content type "${kind}"`, {
    code: "unknown-kind",
    hint: `it has: ${known.join(", ")}`,
  });
}
