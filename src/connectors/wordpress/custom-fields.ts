// Custom fields: meta registered for the API, ACF's where it shows them there, and those that SEO plug-ins read. Pure.
import { z } from "zod";
import { toInstant, toLocal } from "../../content/date.ts";
import { groupOf } from "../../content/groups.ts";
import { didYouMean } from "../../content/site-fields.ts";
import { isObject, type Json, type JsonObject, sameJson } from "../../lib/json.ts";
import type { Entry, Field, Kind, Loss, Refs } from "../contract.ts";
import { type Stands, toFrontMatter, toWire } from "../typed.ts";
import { mediaAt, mediaOf, refOf } from "./images.ts";
import { mediaIndex } from "./refs-index.ts";

/** Maps of front matter whose members are fields of their own. */
export const GROUPS: readonly string[] = ["meta", "acf", "seo"];

/** Groups that the site answers as maps of its own. */
const STORED = ["meta", "acf"] as const;

const ORIGINS = { meta: "custom field", acf: "ACF" } as const;

export function isCustom(name: string): boolean {
  return STORED.some((group) => name.startsWith(`${group}.`));
}

// --- The model -----------------------------------------------------------------------------------------------

const member = z.record(z.string(), z.json());
const group = z.object({ properties: z.record(z.string(), member.catch({})) });

/** Fields that the schema of a post type (`schema.properties` of its OPTIONS answer) names. */
export function customFields(properties: Readonly<Record<string, unknown>>): readonly Field[] {
  const all = STORED.flatMap((name) => {
    const read = group.safeParse(properties[name]);
    if (!read.success) return [];
    return Object.entries(read.data.properties).map(([key, schema]) => fieldOf(name, key, schema));
  });
  const names = new Set(all.map((field) => field.name));
  const aliased = new Map<string, string>();
  for (const { title, description } of SEO_PLUGINS) {
    for (const [alias, key] of [
      ["seo.title", title],
      ["seo.description", description],
    ] as const) {
      if (names.has(`meta.${key}`) && !aliased.has(alias)) aliased.set(alias, `meta.${key}`);
    }
  }
  return all.map((field) => {
    const alias = [...aliased].find(([, name]) => name === field.name)?.[0];
    const keys = ({ title, description }: (typeof SEO_PLUGINS)[number]) => [
      `meta.${title}`,
      `meta.${description}`,
    ];
    const plugin = SEO_PLUGINS.find((seo) => keys(seo).includes(field.name));
    if (plugin === undefined) return field;
    return { ...field, origin: plugin.name, ...(alias === undefined ? {} : { alias }) };
  });
}

function fieldOf(prefix: (typeof STORED)[number], key: string, schema: JsonObject): Field {
  const type = typeOf(schema);
  const values = Array.isArray(schema.enum) ? (schema.enum as readonly Json[]) : [];
  const words = values.filter((value) => typeof value === "string");
  const { default: fallback } = schema;
  return {
    name: `${prefix}.${key}`,
    type,
    origin: ORIGINS[prefix],
    ...(schema.required === true ? { required: true } : {}),
    ...(words.length === 0 || words.length < values.length ? {} : { values: words }),
    ...(fallback === undefined || isEmpty(fallback) ? {} : { fallback }),
    schema,
  };
}

function typeOf(schema: JsonObject): Field["type"] {
  const types: readonly Json[] = Array.isArray(schema.type) ? schema.type : [schema.type ?? null];
  const type = types.find((name) => name !== "null");
  if (type === "string") return dateForm(schema) === undefined ? "text" : "date";
  if (type === "integer" || type === "number") return "number";
  if (type === "boolean") return "boolean";
  return type === "array" ? "list" : "json";
}

/** SEO plug-ins that keep a title and a description in custom fields of these names, by the prefix of their API. */
const SEO_PLUGINS = [
  { name: "Yoast SEO", api: "yoast/", title: "_yoast_wpseo_title", description: "_yoast_wpseo_metadesc" },
  { name: "Rank Math", api: "rankmath/", title: "rank_math_title", description: "rank_math_description" },
] as const;

/** Fields of SEO plug-ins that are there but do not let their fields be written. `apis`: names of the site's interfaces. */
export function closedSeo(fields: readonly Field[], apis: readonly string[]): readonly Field[] {
  const plugin = SEO_PLUGINS.find(({ api }) => apis.some((name) => name.startsWith(api)));
  if (plugin === undefined) return [];
  return (["title", "description"] as const)
    .filter((name) => !fields.some(({ alias }) => alias === `seo.${name}`))
    .map((name) => ({
      name: `seo.${name}`,
      type: "text",
      origin: plugin.name,
      readOnly: `${plugin.name} is on, but does not register its custom field ${plugin[name]} for the API; \`ainstein-cms fields\` has the lines that do`,
      remedy: registration([plugin.title, plugin.description]),
    }));
}

/** PHP for a must-use plug-in or the theme's functions.php. */
function registration(keys: readonly string[]): string {
  return [
    "add_action('init', function () {",
    `  foreach (['${keys.join("', '")}'] as $key)`,
    "    register_post_meta('', $key, ['type' => 'string', 'single' => true, 'show_in_rest' => true,",
    "      'auth_callback' => fn ($can, $meta, $post) => current_user_can('edit_post', $post)]);",
    "});",
  ].join("\n");
}

// --- Values ---------------------------------------------------------------------------------------------------

/** The members of `meta` and `acf` as parts; what the site did not answer is left out. */
export function customWire(
  row: { readonly meta?: unknown; readonly acf?: unknown },
  fields: readonly Field[],
) {
  const known = new Set(fields.map((field) => field.name));
  const parts = STORED.flatMap((name) => {
    const values = row[name];
    if (!isObject(values)) return [];
    return Object.entries(values as JsonObject).map(([key, value]) => [`${name}.${key}`, value] as const);
  });
  return Object.fromEntries(parts.filter(([name]) => known.has(name)));
}

export function encodeCustom(name: string, value: Json, refs: Refs): Json {
  const field = fieldNamed(name, refs.kind);
  return value === null ? cleared(field) : toWire(field, value, stands(refs));
}

/** The document's values of the site's custom fields; those that were never set are left out. */
export function decodeCustom(entry: Entry, refs: Refs): JsonObject {
  const set = Object.entries(entry.wire).filter(([name, value]) => {
    if (!isCustom(name)) return false;
    const { fallback } = fieldNamed(name, refs.kind);
    return fallback === undefined ? !isEmpty(value) : !sameJson(fallback, value);
  });
  const made = stands(refs);
  return Object.fromEntries(
    set.map(([name, value]) => [name, toFrontMatter(fieldNamed(name, refs.kind), value, made)]),
  );
}

function fieldNamed(name: string, kind: Kind): Field {
  return kind.fields.find((field) => field.name === name) ?? { name, type: "json" };
}

/** What a custom field that the site has no place for is told. */
export function customLoss(name: string, { kind }: Refs): Loss {
  const field = kind.fields.find((candidate) => candidate.name === name);
  if (field?.readOnly !== undefined) return { field: name, message: field.readOnly };
  const prefix = groupOf(name);
  const where = prefix === "acf" ? "does not show" : "does not register";
  const what = prefix === "seo" ? `no ${name} for ${kind.title}` : `"${name.slice(name.indexOf(".") + 1)}"`;
  const names = kind.fields.map(({ alias, name: own }) => alias ?? own).filter((own) => groupOf(own));
  const hint = didYouMean(name, names);
  const message =
    prefix === "seo" ? `this site offers ${what}` : `the site ${where} the custom field ${what} in its API`;
  return { field: name, message: hint === "" ? message : `${message}. ${hint}` };
}

/** Nothing, or what the field's type has for it. */
function cleared(field: Field): Json {
  const { fallback, schema } = field;
  if (fallback !== undefined) return fallback;
  const types: readonly Json[] = Array.isArray(schema?.type) ? schema.type : [];
  // WordPress deletes the row of a custom field that is set to null, whatever its type.
  if (groupOf(field.name) === "meta" || types.includes("null")) return null;
  return field.type === "boolean" ? false : field.type === "list" ? [] : field.type === "text" ? "" : null;
}

/** Do both say the same? What is not set may come back as an empty value, numbers as text. */
export function sameCustom(ours: Json, theirs: Json): boolean {
  if (isEmpty(ours) && isEmpty(theirs)) return true;
  const scalar = (value: Json) => typeof value === "string" || typeof value === "number";
  if (scalar(ours) && scalar(theirs)) return String(ours) === String(theirs);
  return sameJson(ours, theirs);
}

function isEmpty(value: Json): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isObject(value)) return Object.keys(value).length === 0;
  return value === null || value === "" || value === false || value === 0;
}

// --- Dates and images -----------------------------------------------------------------------------------------

type DateForm = "day" | "time" | "instant";

/** How a text field keeps dates, as its schema says it: ACF does so in words. */
function dateForm(schema: JsonObject | undefined): DateForm | undefined {
  const description = typeof schema?.description === "string" ? schema.description : "";
  if (description.includes("`Ymd` formatted date")) return "day";
  if (description.includes("`Y-m-d H:i:s` formatted date")) return "time";
  return schema?.format === "date-time" ? "instant" : undefined;
}

function stands(refs: Refs): Stands {
  const { timezone } = refs;
  return {
    refs,
    dateToSite: (date, field) => {
      const local = toLocal(toInstant(date, timezone), timezone).slice(0, 19);
      if (field.type === "number") return Math.floor(toInstant(date, timezone) / 1000);
      switch (dateForm(field.schema)) {
        case "day":
          return local.slice(0, 10).replaceAll("-", "");
        case "time":
          return local.replace("T", " ");
        case "instant":
          return new Date(toInstant(date, timezone)).toISOString().replace(".000Z", "Z");
        default:
          return isDay(date) ? date : local;
      }
    },
    dateToLocal: (value, field) => dateToLocal(value, field, timezone),
    idToSite: (id, field) => (field.type === "text" ? id : Number(id)),
    imageToSite: (src, field) => {
      const file = refs.files.find((candidate) => candidate.ref === src);
      const media = file === undefined ? mediaAt(src, refs) : mediaOf(file.digest, refs);
      if (media === undefined) return file === undefined && field.type === "text" ? src : undefined;
      return field.type === "text" ? media.url : Number(media.id);
    },
    imageToLocal: (value) => {
      const media =
        typeof value === "string" && !/^\d+$/.test(value)
          ? mediaAt(value, refs)
          : mediaIndex(refs.media).byId.get(String(value));
      return media === undefined ? undefined : (refOf(media, refs) ?? media.url);
    },
  };
}

function dateToLocal(value: Json, field: Field, timezone: string): string | undefined {
  if (typeof value === "number") return toLocal(value * 1000, timezone);
  if (typeof value !== "string" || value === "") return undefined;
  switch (dateForm(field.schema)) {
    case "day":
      return value.replace(/^(\d{4})(\d\d)(\d\d)$/, "$1-$2-$3");
    case "instant": {
      const instant = Date.parse(value);
      return Number.isNaN(instant) ? undefined : toLocal(instant, timezone);
    }
    default:
      return value.replace(/^(\d{4}-\d\d-\d\d) (\d\d:\d\d)/, "$1T$2");
  }
}

function isDay(date: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(date);
}

/** Ids of uploads that fields given the type `image` hold. */
export function customMediaIds(wire: JsonObject, types: Refs["types"]): readonly string[] {
  return Object.entries(types).flatMap(([name, type]) => {
    const value = type === "image" ? wire[name] : undefined;
    const items: readonly Json[] = Array.isArray(value) ? value : value === undefined ? [] : [value];
    return items.map(String).filter((id) => /^[1-9]\d{0,14}$/.test(id));
  });
}
