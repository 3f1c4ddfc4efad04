// Documents of JSON:API as Drupal answers them. https://jsonapi.org/format/1.0/
import { z } from "zod";
import type { Json } from "../../lib/json.ts";

const json: z.ZodType<Json> = z.json();

const referenceSchema = z.object({
  type: z.string(),
  id: z.string(),
  meta: z.record(z.string(), json).optional().catch(undefined),
});
export type Reference = z.infer<typeof referenceSchema>;

const relationshipSchema = z
  .object({ data: z.union([referenceSchema, z.array(referenceSchema)]).nullish() })
  .catch({ data: undefined });

const resourceSchema = z.object({
  type: z.string(),
  id: z.string(),
  // PHP writes an empty map as a list.
  attributes: z.record(z.string(), json).catch({}),
  relationships: z.record(z.string(), relationshipSchema).catch({}),
  links: z.record(z.string(), z.unknown()).catch({}),
});
export type Resource = z.infer<typeof resourceSchema>;

const oneSchema = z.object({ data: resourceSchema });
const manySchema = z.object({
  data: z.array(resourceSchema),
  links: z
    .object({ next: z.object({ href: z.string() }).optional().catch(undefined) })
    .catch({ next: undefined }),
  meta: z.object({ omitted: z.unknown() }).partial().optional().catch(undefined),
});

export const decodeOne = (payload: unknown): Resource => oneSchema.parse(payload).data;

export interface Page {
  readonly rows: readonly Resource[];
  /** There are more behind these. */
  readonly more: boolean;
  /** Some were left out, because the account may not see them. */
  readonly omitted: boolean;
}

export function decodePage(payload: unknown): Page {
  const { data, links, meta } = manySchema.parse(payload);
  return { rows: data, more: links.next !== undefined, omitted: meta?.omitted !== undefined };
}

/** There may be a newer draft beside what visitors see: Drupal 10.1 links to it where there is one, 10.6 always. */
export const mayHaveDraft = ({ links, attributes }: Resource) =>
  links["working-copy"] !== undefined && typeof attributes.moderation_state === "string";

/** What a relationship refers to, in its order. */
export function referencesIn({ relationships }: Resource, name: string): readonly Reference[] {
  const data = relationships[name]?.data;
  if (data === undefined || data === null) return [];
  return Array.isArray(data) ? data : [data];
}

export const textIn = ({ attributes }: Resource, name: string): string => {
  const value = attributes[name];
  return typeof value === "string" ? value : "";
};

export const numberIn = ({ attributes }: Resource, name: string): number => {
  const value = attributes[name];
  return typeof value === "number" ? value : 0;
};

const indexSchema = z.object({
  links: z.record(z.string(), z.unknown()),
  meta: z
    .object({ links: z.object({ me: z.object({ meta: z.object({ id: z.string() }) }) }) })
    .optional()
    .catch(undefined),
});

export interface Index {
  /** Types of resources, e.g. `node--article`. */
  readonly types: ReadonlySet<string>;
  /** Id of the user that we are; undefined for visitors: Drupal answers a wrong password with 200. */
  readonly me: string | undefined;
}

/** `GET /jsonapi` */
export function decodeIndex(payload: unknown): Index {
  const { links, meta } = indexSchema.parse(payload);
  return { types: new Set(Object.keys(links)), me: meta?.links.me.meta.id };
}
