// What a site says of its fields, and whether a value of front matter is one that a field takes.
import { z } from "zod";
import { canonicalJson, isObject, type Json, type JsonObject } from "../lib/json.ts";
import { nearestName } from "../lib/suggest.ts";
import type { FieldType } from "./config-schema.ts";
import { groupOf } from "./groups.ts";

/** A field of a content type, by the name that documents and wire values have for it. */
export interface SiteField {
  /** `title`; of a group with the group's name: `meta.price`. */
  readonly name: string;
  readonly type: "text" | "number" | "boolean" | "date" | "list" | "terms" | "media" | "reference" | "json";
  readonly required?: boolean;
  readonly values?: readonly string[];
  /** The name that every platform understands for it, e.g. `seo.title`. */
  readonly alias?: string;
  /** Where the site has it from, for people: "custom field", "ACF", a plug-in's name. */
  readonly origin?: string;
  /** Kinds of the entries that a reference names: they are listed together with those that name them. */
  readonly kinds?: readonly string[];
  /** Value of an entry that has none. */
  readonly fallback?: Json;
  /** JSON Schema of its wire values, as far as the site tells. */
  readonly schema?: JsonObject;
  /** Why it cannot be written, and what would change that. */
  readonly readOnly?: string;
  /** Lines for the site's own code that let it be written. */
  readonly remedy?: string;
}

/** Types that `ainstein.yaml` may give a field of a site's type; a type of its own is always one. */
const STORED_AS: Readonly<Record<SiteField["type"], readonly FieldType[]>> = {
  text: ["text", "number", "date", "json", "reference", "image"],
  number: ["number", "date", "reference", "image"],
  boolean: ["boolean"],
  date: ["date", "text"],
  list: ["list", "json", "reference", "image"],
  terms: ["list", "text"],
  media: ["image", "text"],
  reference: ["reference", "text", "number"],
  json: ["json", "text", "number", "boolean", "date", "list", "reference", "image"],
};

/** What speaks against giving a field this type; undefined where nothing does. */
function typeProblem(field: SiteField, type: FieldType | undefined): string | undefined {
  if (type === undefined || STORED_AS[field.type].includes(type)) return undefined;
  return `the site keeps ${field.type} in \`${field.name}\`, which \`type: ${type}\` cannot become`;
}

/** A value in the form that a field of this type holds, or what is wrong with it. */
export type Coerced = { readonly value: Json } | { readonly problem: string };

/**
 * The value as the field stores it. Dates, references and images are left as they are: only the site's codec knows
 * what stands for them.
 */
export function coerce(field: SiteField, type: FieldType | undefined, value: Json): Coerced {
  const problem = typeProblem(field, type);
  if (problem !== undefined) return { problem };
  if (type === "date" || type === "reference" || type === "image") return { value };
  if (field.type === "date" || field.type === "reference" || field.type === "media") return { value };
  const stored = type === "json" && field.type === "text" ? canonicalJson(value) : plain(field.type, value);
  if (stored === undefined) return { problem: `must be ${WORDS[field.type] ?? field.type}` };
  return fits(field, stored);
}

const WORDS: Partial<Readonly<Record<SiteField["type"], string>>> = {
  text: "text",
  number: "a number",
  boolean: "true or false",
  list: "a list",
};

function plain(type: SiteField["type"], value: Json): Json | undefined {
  switch (type) {
    case "text":
      return typeof value === "object" ? undefined : String(value);
    case "number": {
      const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
      return typeof number === "number" && Number.isFinite(number) ? number : undefined;
    }
    case "boolean":
      return typeof value === "boolean" ? value : undefined;
    case "list":
      return Array.isArray(value) ? value : undefined;
    default:
      return value;
  }
}

/** What the site's schema says of a value as the field stores it. */
export function fits(field: SiteField, value: Json): Coerced {
  if (field.values !== undefined && typeof value === "string" && !field.values.includes(value)) {
    const near = nearestName(value, field.values);
    const list = near === undefined ? `one of ${field.values.join(", ")}` : `"${near}", perhaps`;
    return { problem: `"${value}" is none of its values; ${list}` };
  }
  const result = checkerOf(field)?.safeParse(value);
  if (result === undefined || result.success) return { value };
  const [issue] = result.error.issues;
  const at = issue === undefined || issue.path.length === 0 ? "" : `${issue.path.join(".")}: `;
  return { problem: `${at}${issue?.message ?? "does not fit"}` };
}

const checkers = new WeakMap<SiteField, z.ZodType>();

function checkerOf(field: SiteField): z.ZodType | undefined {
  if (field.schema === undefined) return undefined;
  const known = checkers.get(field) ?? z.fromJSONSchema(known7(field.schema));
  checkers.set(field, known);
  return known;
}

/** Keywords that mean the same everywhere; sites add their own, and patterns of other languages. */
const KEYWORDS =
  "type enum items properties additionalProperties minimum maximum minLength maxLength minItems maxItems".split(
    " ",
  );

function known7(schema: JsonObject): JsonObject {
  const entries = KEYWORDS.flatMap((key): readonly (readonly [string, Json])[] => {
    const value = schema[key];
    if (value === undefined || value === null) return [];
    if (key === "items") return isObject(value) ? [[key, known7(value as JsonObject)]] : [];
    if (key !== "properties") return [[key, isObject(value) ? known7(value as JsonObject) : value]];
    if (!isObject(value)) return [];
    const members = Object.entries(value as JsonObject).flatMap(([name, member]) =>
      isObject(member) ? [[name, known7(member as JsonObject)] as const] : [],
    );
    return [[key, Object.fromEntries(members)]];
  });
  return Object.fromEntries(entries);
}

/** The nearest of a site's names for one that it does not have, as a sentence; "" where none is near. */
export function didYouMean(name: string, names: readonly string[]): string {
  const last = (path: string) => path.slice(path.lastIndexOf(".") + 1);
  // `seo.title` is no slip of the pen for `title`.
  const others = groupOf(name) === undefined ? names : names.filter((other) => groupOf(other) !== undefined);
  const above = (path: string) => path.slice(0, path.lastIndexOf(".") + 1);
  // What both have in front says nothing about how near they are.
  const sibling = nearestName(last(name), names.filter((one) => above(one) === above(name)).map(last));
  const nearLast = nearestName(last(name), others.map(last));
  const near =
    (sibling === undefined ? undefined : `${above(name)}${sibling}`) ??
    nearestName(
      name,
      names.filter((one) => above(one) !== above(name)),
    ) ??
    others.find((candidate) => last(candidate) === nearLast);
  return near === undefined ? "" : `Did you mean \`${near}\`?`;
}
