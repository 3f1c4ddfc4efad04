// Fields that the site's staff defined for articles: https://docs.joomla.org/J3.x:Adding_custom_fields
import { z } from "zod";
import { isObject, type Json } from "../../lib/json.ts";
import type { Field } from "../contract.ts";
import { allOf } from "./pages.ts";
import { numberText, type Site, unlessClosed } from "./site.ts";

export const GROUP = "fields";

export interface CustomField {
  readonly name: string;
  readonly title: string;
  /** Whether it holds some of its values, not one. */
  readonly isList: boolean;
  /** Values to choose from; undefined where any text will do. */
  readonly values: readonly string[] | undefined;
  readonly required: boolean;
  /** Joomla keeps a structure in it that its interface shows in another form than it takes. */
  readonly isClosed: boolean;
}

const CHOICES = new Set(["list", "radio", "checkboxes"]);
/** Their values are one text each, read as they are written. */
const TEXTS = new Set(["text", "textarea", "editor", "integer", "number", "url", "color", "calendar"]);

const fieldSchema = z.object({
  attributes: z.object({
    name: z.string(),
    title: z.string(),
    type: z.string(),
    state: numberText.catch("1"),
    required: numberText.catch("0"),
    fieldparams: z.unknown(),
  }),
});

export async function customFields(site: Site): Promise<readonly CustomField[]> {
  const rows = await unlessClosed(
    allOf(site, "/fields/content/articles", {}, (item) => fieldSchema.parse(item)),
    [],
  );
  return rows.flatMap(({ attributes: { name, title, type, state, required, fieldparams } }) => {
    // Sent flat, it would overwrite the article's own.
    if (state !== "1" || OWN.has(name)) return [];
    const parameters = columnOf(fieldparams);
    return {
      name,
      title,
      isList: type === "checkboxes" || (type === "list" && String(parameters.multiple) === "1"),
      values: CHOICES.has(type) ? optionsOf(parameters.options) : undefined,
      required: required === "1",
      isClosed: !CHOICES.has(type) && !TEXTS.has(type),
    };
  });
}

/** Attributes of every article: no custom field can be told from them. */
const OWN = new Set(
  "id title alias text introtext fulltext articletext state catid category tags language images urls metakey metadesc metadata access featured note publish_up publish_down created created_by created_by_alias modified modified_by hits version featured_up featured_down attribs ordering rules".split(
    " ",
  ),
);

/** Lists give the JSON text of the table's column, items the object; an empty one is a list in PHP. */
export function columnOf(value: unknown): Record<string, unknown> {
  if (isObject(value)) return value;
  try {
    const parsed: unknown = JSON.parse(String(value));
    return isObject(parsed) ? parsed : {};
  } catch {
    return {};
  }
}

function optionsOf(options: unknown): readonly string[] {
  const items = Array.isArray(options) ? options : isObject(options) ? Object.values(options) : [];
  return items.flatMap((item) => (isObject(item) && item.value !== undefined ? String(item.value) : []));
}

export const partOf = (field: Pick<CustomField, "name">) => `${GROUP}.${field.name}`;

export function modelField(field: CustomField): Field {
  return {
    name: partOf(field),
    type: field.isList ? "list" : "text",
    origin: "custom field",
    ...(field.values === undefined || field.isList ? {} : { values: field.values }),
    ...(field.required ? { required: true } : {}),
    ...(field.isClosed
      ? { readOnly: "Joomla keeps a structure in it: change it in the article's own screen" }
      : {}),
  };
}

/** Choices come as a map of their values to their titles, none as an empty list. */
export function readValue(field: CustomField, value: unknown): Json {
  if (field.values !== undefined) {
    const chosen = isObject(value)
      ? Object.keys(value)
      : (Array.isArray(value) ? value : [value]).flatMap((item) =>
          item === null || item === undefined || item === "" ? [] : String(item),
        );
    if (field.isList) return chosen.length === 0 ? null : chosen.toSorted();
    return chosen[0] ?? null;
  }
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return typeof value === "string" && value !== "" ? value : null;
}

/** As a request has it; cleared where it is null. */
export function writeValue(field: CustomField, value: Json): Json {
  if (field.isList) return Array.isArray(value) ? value : value === null ? [] : [value];
  return value ?? "";
}
