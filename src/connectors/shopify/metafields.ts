// Metafields: always text on the wire, with a type beside it. Pure.
import { toInstant, toLocal } from "../../content/date.ts";
import { Fault } from "../../lib/fault.ts";
import { type Json, sameJson } from "../../lib/json.ts";
import type { Field, Refs } from "../contract.ts";
import type { Stands } from "../typed.ts";

/** What the shop says of a metafield of one kind. */
export interface Definition {
  readonly namespace: string;
  readonly key: string;
  /** Shopify's word, e.g. `number_integer`, `list.date`. */
  readonly type: string;
}

/** Where themes and Shopify's own search listing look for title and description of articles and pages. */
export const SEO: Readonly<Record<string, Definition>> = {
  "seo.title": { namespace: "global", key: "title_tag", type: "single_line_text_field" },
  "seo.description": { namespace: "global", key: "description_tag", type: "single_line_text_field" },
};

export const GROUP = "metafields";

/** As queries ask for it. */
export const keyOf = ({ namespace, key }: Pick<Definition, "namespace" | "key">) => `${namespace}.${key}`;

/** In front matter: `metafields: { custom.subtitle: … }`. */
export const partOf = (definition: Pick<Definition, "namespace" | "key">) => `${GROUP}.${keyOf(definition)}`;

export const isMetafield = (part: string) => part.startsWith(`${GROUP}.`);

const LIST = "list.";
const TYPES: Readonly<Record<string, Field["type"]>> = {
  number_integer: "number",
  number_decimal: "number",
  boolean: "boolean",
  date: "date",
  date_time: "date",
  json: "json",
  rich_text_field: "json",
  rating: "json",
  money: "json",
  link: "json",
  dimension: "json",
  volume: "json",
  weight: "json",
};

/** The field as the model names it. The shop's word for its type stays in the schema. */
export function metafield(definition: Definition): Field {
  const { type } = definition;
  return {
    name: partOf(definition),
    type: type.startsWith(LIST) ? "list" : (TYPES[type] ?? "text"),
    origin: `metafield, ${type}`,
    schema: { metafieldType: type },
  };
}

const typeOf = (field: Pick<Field, "schema">) => {
  const type = field.schema?.metafieldType;
  return typeof type === "string" ? type : "single_line_text_field";
};

/** The shop's text as a value of its type; the text itself where it is none. */
export function readValue(type: string, text: string): Json {
  if (type.startsWith(LIST)) {
    const list = parsed(text);
    return Array.isArray(list) ? list : text;
  }
  switch (TYPES[type]) {
    case "number":
      return isExact(text) ? Number(text) : text;
    case "boolean":
      return text === "true" ? true : text === "false" ? false : text;
    case "json":
      return parsed(text) ?? text;
    default:
      return text;
  }
}

/** Whether a number says all digits of a decimal: Shopify keeps more of them than a number has. */
export function isExact(text: string): boolean {
  const [, sign = "", whole, part = ""] = /^(-?)0*(\d+?)(?:\.(\d*?)0*)?$/.exec(text.trim()) ?? [];
  if (whole === undefined) return false;
  const digits = `${whole}${part === "" ? "" : `.${part}`}`;
  return String(Number(text)) === (digits === "0" ? digits : sign + digits);
}

/** A value as the text that the shop stores. Throws `invalid` for one that its type cannot hold. */
export function storedValue(part: string, type: string, value: Json): string {
  if (type.startsWith(LIST)) return JSON.stringify(value);
  if (type === "number_integer" && !Number.isSafeInteger(value)) {
    throw new Fault("invalid", `${part} must be a whole number`, { code: "field-value" });
  }
  return typeof value === "string" && TYPES[type] !== "json" ? value : JSON.stringify(value);
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** Do both say the same? Shopify writes moments, decimals and JSON in its own ways, and has no empty metafields. */
export function sameMetafield(ours: Json, theirs: Json): boolean {
  if (isEmpty(ours) && isEmpty(theirs)) return true;
  return sameJson(normal(ours), normal(theirs));
}

const isEmpty = (value: Json) =>
  value === null || value === "" || (Array.isArray(value) && value.length === 0);

function normal(value: Json): Json {
  if (Array.isArray(value)) return value.map((item: Json) => normal(item));
  if (typeof value === "number") return String(value);
  if (typeof value !== "string") return value;
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(value) && !Number.isNaN(Date.parse(value))
    ? new Date(value).toISOString()
    : value.replaceAll("\r\n", "\n");
}

/** How the shop keeps what documents write as dates, as paths of other documents, and as files. */
export function stands(refs: Refs, images: Pick<Stands, "imageToSite" | "imageToLocal">): Stands {
  const { timezone } = refs;
  const isMoment = (field: Field) => typeOf(field).endsWith("date_time");
  return {
    refs,
    ...images,
    dateToSite: (date, field) => {
      const instant = toInstant(date, timezone);
      return isMoment(field)
        ? new Date(instant).toISOString().replace(".000Z", "Z")
        : toLocal(instant, timezone).slice(0, 10);
    },
    dateToLocal: (value, field) => {
      if (typeof value !== "string" || !isMoment(field)) return undefined;
      const instant = Date.parse(value);
      return Number.isNaN(instant) ? undefined : toLocal(instant, timezone);
    },
    idToSite: (id, field) => {
      const type = /(article|page|product)_reference$/.exec(typeOf(field))?.[1];
      const name = type === undefined ? undefined : `${type[0]?.toUpperCase()}${type.slice(1)}`;
      return name === undefined ? id : `gid://shopify/${name}/${id}`;
    },
  };
}
