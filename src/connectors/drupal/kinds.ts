// Content types as kinds of the model, and what a field of a kind is to the codec. Pure.
import type { JsonObject } from "../../lib/json.ts";
import type { Field, Kind } from "../contract.ts";
import type { Bundle, DrupalField, DrupalType } from "./bundles.ts";

/** Fields that every node has, or may have. */
const OWN: readonly Field[] = [
  { name: "title", type: "text", required: true },
  { name: "slug", type: "text" },
  { name: "folder", type: "text" },
  { name: "status", type: "text" },
  { name: "date", type: "date" },
  { name: "author", type: "reference" },
  { name: "sticky", type: "boolean", fallback: false },
  { name: "promote", type: "boolean" },
];

const TYPES: Readonly<Record<DrupalType, Field["type"]>> = {
  text: "text",
  formatted: "json",
  number: "number",
  decimal: "text",
  boolean: "boolean",
  date: "date",
  link: "json",
  terms: "terms",
  image: "media",
  file: "media",
  reference: "json",
  json: "json",
  paragraphs: "json",
};

export function kindOf(bundle: Bundle): Kind {
  const { kind, title, body, summary, fields } = bundle;
  const states = bundle.moderated
    ? ["draft", "published", "archived", ...(ofOthers(bundle).length > 0 ? ["pending"] : [])]
    : ["draft", "published"];
  const own = OWN.map((field) => (field.name === "status" ? { ...field, values: states } : field));
  const inBody: readonly Field[] = [
    ...(summary ? [{ name: "excerpt", type: "text" } as const] : []),
    ...(body ? [{ name: "format", type: "text", origin: "text format of the body" } as const] : []),
  ];
  const terms = fields.filter(({ type, target }) => type === "terms" && target[0] !== undefined);
  return {
    name: kind,
    title,
    fields: [...own, ...inBody, ...fields.map(modelField)],
    taxonomies: Object.fromEntries(
      terms.map(({ part, target }) => {
        const id = vocabularyOf(target[0] ?? "");
        return [part, { id, hierarchical: bundle.trees.has(id) }];
      }),
    ),
    scopeField: { name: "folder", fallback: "" },
    body,
  };
}

/** Moderation states that are neither Drupal's own nor seen by visitors. */
export const ofOthers = ({ states }: Bundle) =>
  states.filter(({ id, published }) => !published && id !== "draft" && id !== "archived");

export const vocabularyOf = (type: string) => type.replace(/^taxonomy_term--/, "");

function modelField(field: DrupalField): Field {
  const { name, part, type, many, required, target, title } = field;
  const isList = many && type !== "terms" && type !== "image" && type !== "file";
  return {
    name: part,
    type: isList ? "json" : TYPES[type],
    origin: `field "${title}" (${name})`,
    ...(required ? { required: true } : {}),
    schema: { drupal: type, many, target },
    ...(type === "paragraphs"
      ? { readOnly: `${name}: paragraphs are edited on the site; they stay as they are` }
      : {}),
  };
}

/** What a field of the model is to Drupal; undefined for those that every node has. */
export function drupalOf({
  schema,
}: Pick<Field, "schema">):
  | { readonly type: DrupalType; readonly many: boolean; readonly target: readonly string[] }
  | undefined {
  const { drupal, many, target } = (schema ?? {}) as JsonObject;
  if (typeof drupal !== "string") return undefined;
  return {
    type: drupal as DrupalType,
    many: many === true,
    target: Array.isArray(target) ? target.map(String) : [],
  };
}
