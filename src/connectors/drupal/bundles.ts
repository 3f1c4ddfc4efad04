// What entries of a content type hold: from the site's configuration, or from entries where the account may not see that.
import { z } from "zod";
import { isFault } from "../../lib/fault.ts";
import { isObject, type Json, type JsonObject } from "../../lib/json.ts";
import { vocabularyOf } from "./kinds.ts";
import { everyRow, PAGE, someRows } from "./pages.ts";
import { type Resource, referencesIn, textIn } from "./resource.ts";
import type { Site } from "./site.ts";
import { isTree } from "./terms.ts";

export type DrupalType =
  | "text"
  | "formatted"
  | "number"
  | "decimal"
  | "boolean"
  | "date"
  | "link"
  | "terms"
  | "image"
  | "file"
  | "reference"
  | "json"
  | "paragraphs";

export interface DrupalField {
  /** As Drupal calls it: `field_tags`. */
  readonly name: string;
  /** As documents call it: `tags`. */
  readonly part: string;
  readonly title: string;
  readonly type: DrupalType;
  readonly many: boolean;
  readonly required: boolean;
  /** Types of what a reference may refer to, e.g. `taxonomy_term--tags`. */
  readonly target: readonly string[];
}

export interface Bundle {
  readonly kind: string;
  readonly title: string;
  /** `node--article` */
  readonly type: string;
  /** `/node/article` */
  readonly path: string;
  readonly body: boolean;
  /** The body has a summary beside its text: it is of the type `text_with_summary`. */
  readonly summary: boolean;
  /** Entries have a moderation state in place of a published flag. */
  readonly moderated: boolean;
  /** Moderation states by their ids; only administrators of workflows see others than Drupal's own. */
  readonly states: readonly Moderation[];
  readonly fields: readonly DrupalField[];
  /** Vocabularies whose terms lie below one another. */
  readonly trees: ReadonlySet<string>;
  /** Text formats that bodies of entries are in. */
  readonly formats: readonly string[];
  /** Fields that could not be learned, by Drupal's names. */
  readonly unknown: readonly string[];
  /** The account may not see how the content type is made. */
  readonly hidden: boolean;
}

export interface Moderation {
  readonly id: string;
  readonly published: boolean;
}

const OWN_STATES: readonly Moderation[] = [
  { id: "draft", published: false },
  { id: "published", published: true },
  { id: "archived", published: false },
];

/** Names that every platform understands. */
const PARTS: Readonly<Record<string, string>> = { field_tags: "tags", field_image: "image" };

const partOf = (name: string, type: DrupalType): string => {
  const part = PARTS[name];
  const fits = part === "tags" ? type === "terms" : part === "image" ? type === "image" : false;
  return part !== undefined && fits ? part : name;
};

/** Titles of content types by their names. */
export async function titlesOf(site: Site): Promise<ReadonlyMap<string, string>> {
  const titles = new Map<string, string>();
  for (const row of await everyRow(site, "/node_type/node_type", {})) {
    titles.set(textIn(row, "drupal_internal__type"), textIn(row, "name"));
  }
  return titles;
}

export async function learnBundle(site: Site, kind: string, title: string): Promise<Bundle> {
  const type = `node--${kind}`;
  const path = `/node/${kind}`;
  const [configured, samples] = await Promise.all([
    configuredFields(site, kind),
    someRows(site, path, { "page[limit]": PAGE, sort: "-drupal_internal__nid" }),
  ]);
  const hidden = configured.length === 0;
  const learned = hidden ? await fieldsInSamples(site, path, samples) : configured;
  const { body, summary } = hidden ? await bodyInSamples(site, path, samples) : configuredBody(configured);
  const moderated = await isModerated(site, kind, samples);
  const states = moderated ? await statesOf(site, kind) : [];
  const fields = learned.filter(({ name }) => name !== "body");
  const vocabularies = [
    ...new Set(fields.flatMap(({ type: own, target }) => (own === "terms" ? target : []))),
  ].map(vocabularyOf);
  const trees = await Promise.all(
    vocabularies.map(async (vocabulary) => ((await isTree(site, vocabulary)) ? [vocabulary] : [])),
  );
  return {
    ...{ kind, title, type, path, body, summary, moderated, states, hidden },
    trees: new Set(trees.flat()),
    fields: fields.filter((field): field is DrupalField => field.type !== undefined),
    formats: [...new Set(samples.flatMap((row) => formatOf(row.attributes.body ?? null)))],
    unknown: fields.filter((field) => field.type === undefined).map(({ name }) => name),
  };
}

type Learned = Omit<DrupalField, "type"> & { readonly type: DrupalType | undefined; readonly summary?: true };

function configuredBody(fields: readonly Learned[]): Pick<Bundle, "body" | "summary"> {
  const found = fields.find(({ name }) => name === "body");
  return { body: found !== undefined, summary: found?.summary === true };
}

/** Where no entry shows it, a filter does: one by what is not there is refused. */
async function bodyInSamples(
  site: Site,
  path: string,
  samples: readonly Resource[],
): Promise<Pick<Bundle, "body" | "summary">> {
  const has = async (name: string) => {
    const refusal = await refusalOf(site, path, { [`filter[body.${name}]`]: "x", "page[limit]": 1 });
    return !refusal.includes("does not exist");
  };
  const bodies = samples.map(({ attributes }) => attributes.body);
  const body = samples.length === 0 ? await has("value") : bodies.some((one) => one !== undefined);
  if (!body) return { body, summary: false };
  const shown = bodies.find((one) => isObject(one ?? null)) as JsonObject | undefined;
  return { body, summary: shown === undefined ? await has("summary") : "summary" in shown };
}

function formatOf(body: Json): readonly string[] {
  return isObject(body) && typeof body.format === "string" ? [body.format] : [];
}

// --- From the configuration ----------------------------------------------------------------------------------

const settingsSchema = z
  .object({
    handler: z.string().catch(""),
    handler_settings: z
      .object({ target_bundles: z.record(z.string(), z.string()).nullish().catch(undefined) })
      .catch({ target_bundles: undefined }),
  })
  .catch({ handler: "", handler_settings: { target_bundles: undefined } });

/** https://www.drupal.org/docs/drupal-apis/entity-api/fieldtypes-fieldwidgets-and-fieldformatters */
const TYPES: Readonly<Record<string, DrupalType>> = {
  text: "formatted",
  text_long: "formatted",
  text_with_summary: "formatted",
  string: "text",
  string_long: "text",
  email: "text",
  telephone: "text",
  list_string: "text",
  color_field_type: "json",
  uri: "text",
  integer: "number",
  float: "number",
  list_integer: "number",
  list_float: "number",
  decimal: "decimal",
  boolean: "boolean",
  datetime: "date",
  timestamp: "date",
  link: "link",
  image: "image",
  file: "file",
  entity_reference_revisions: "paragraphs",
};

async function configuredFields(site: Site, kind: string): Promise<readonly Learned[]> {
  const { types } = await site.index();
  if (!types.has("field_config--field_config")) return [];
  const own = { "filter[entity_type]": "node", "filter[bundle]": kind };
  const rows = await everyRow(site, "/field_config/field_config", own);
  if (rows.length === 0) return [];
  const storages = await everyRow(site, "/field_storage_config/field_storage_config", {
    "filter[entity_type]": "node",
  });
  const many = new Map(storages.map((row) => [textIn(row, "field_name"), row.attributes.cardinality !== 1]));
  return rows.flatMap((row): readonly Learned[] => {
    const name = textIn(row, "field_name");
    const kindOf = textIn(row, "field_type");
    if (kindOf === "comment") return [];
    const settings = settingsSchema.parse(row.attributes.settings ?? {});
    const [, entity = ""] = /^default:(\w+)$/.exec(settings.handler) ?? [];
    const bundles = Object.keys(settings.handler_settings.target_bundles ?? {});
    const target = entity === "" ? [] : targetsOf(entity, bundles, types);
    const type = TYPES[kindOf] ?? (kindOf === "entity_reference" ? referenceType(target) : "json");
    return [
      {
        name,
        part: partOf(name, type),
        title: textIn(row, "label"),
        type,
        many: many.get(name) ?? false,
        required: row.attributes.required === true,
        target,
        ...(kindOf === "text_with_summary" ? { summary: true } : {}),
      },
    ];
  });
}

function targetsOf(
  entity: string,
  bundles: readonly string[],
  types: ReadonlySet<string>,
): readonly string[] {
  const own = entity === "user" ? ["user"] : bundles;
  const named = own.map((bundle) => `${entity}--${bundle}`);
  return named.length > 0 ? named : [...types].filter((type) => type.startsWith(`${entity}--`));
}

/** Names say which term is meant in one vocabulary alone. */
const referenceType = (target: readonly string[]): DrupalType =>
  target.length === 1 && target[0]?.startsWith("taxonomy_term--") === true ? "terms" : "reference";

// --- From entries -------------------------------------------------------------------------------------------

/** Fields of Drupal itself. */
const BASE =
  /^(?:drupal_internal__.*|langcode|revision_.*|status|title|created|changed|promote|sticky|default_langcode|moderation_state|path|content_translation_.*|publish_on|unpublish_on|publish_state|unpublish_state|menu_link|node_type|uid|body|comment)$/;

/** Names of relationships come from a refusal that lists them, whatever entries there are. */
async function fieldsInSamples(
  site: Site,
  path: string,
  samples: readonly Resource[],
): Promise<readonly Learned[]> {
  const attributes = new Set(samples.flatMap((row) => Object.keys(row.attributes)));
  const relationships = await relationshipsOf(site, path);
  const { types } = await site.index();
  const learned = (name: string, about: About | undefined): Learned => ({
    name,
    part: about === undefined ? name : partOf(name, about.type),
    title: name,
    many: about?.many ?? false,
    required: false,
    target: about?.target ?? [],
    type: about?.type,
  });
  return [
    ...[...attributes]
      .filter((name) => !BASE.test(name))
      .filter((name) => !samples.some(({ attributes: own }) => isComment(own[name])))
      .map((name) => learned(name, attributeIn(samples.map((row) => row.attributes[name] ?? null)))),
    ...relationships
      .filter((name) => !BASE.test(name))
      .map((name) => learned(name, relationshipIn(samples, name, types))),
  ];
}

const isComment = (value: Json | undefined) => isObject(value) && "comment_count" in value;

interface About {
  readonly type: DrupalType;
  readonly many: boolean;
  readonly target: readonly string[];
}

function attributeIn(values: readonly Json[]): About | undefined {
  const lists = values.filter((value) => Array.isArray(value));
  const set = values
    .flatMap((value) => (Array.isArray(value) ? value : [value]))
    .filter((value) => value !== null);
  const types = new Set(set.map(typeOfValue));
  const [first] = types;
  if (first === undefined) return undefined;
  // Some texts look like a day.
  const isText = [...types].every((type) => type === "text" || type === "date");
  const type = types.size === 1 ? first : isText ? "text" : "json";
  return { type, many: lists.length > 0, target: [] };
}

function typeOfValue(value: Json): DrupalType {
  if (typeof value === "boolean") return "boolean";
  if (typeof value === "number") return "number";
  if (typeof value === "string")
    return /^\d{4}-\d\d-\d\d(?:T[\d:]{8}(?:Z|[+-]\d\d:\d\d))?$/.test(value) ? "date" : "text";
  const object = (isObject(value) ? value : {}) as JsonObject;
  if ("format" in object && "value" in object) return "formatted";
  return "uri" in object && "title" in object ? "link" : "json";
}

/** Where no entry has any, the usual ones are known by their names. */
function relationshipIn(
  samples: readonly Resource[],
  name: string,
  types: ReadonlySet<string>,
): About | undefined {
  const many = samples.some(({ relationships }) => Array.isArray(relationships[name]?.data));
  const found = samples.flatMap((row) => referencesIn(row, name)).filter(({ type }) => type !== "unknown");
  const target = [...new Set(found.map(({ type }) => type))];
  const [first] = target;
  if (first === undefined) {
    if (name === "field_tags" && types.has("taxonomy_term--tags"))
      return { type: "terms", many: true, target: ["taxonomy_term--tags"] };
    return name === "field_image" ? { type: "image", many: false, target: ["file--file"] } : undefined;
  }
  if (first === "file--file") {
    const isImage = found.some(({ meta }) => meta !== undefined && "alt" in meta);
    return { type: isImage ? "image" : "file", many, target };
  }
  if (first.startsWith("paragraph--")) return { type: "paragraphs", many, target };
  return { type: referenceType(target), many, target };
}

/**
 * `include` of a name that no field has: the refusal names those there are. A content type without entries refuses nothing:
 * there the usual ones are asked for.
 */
async function relationshipsOf(site: Site, path: string): Promise<readonly string[]> {
  const refusal = await refusalOf(site, path, { include: "x-none", "page[limit]": 1 });
  const named = /Possible values: ([\w, ]+)/.exec(refusal)?.[1]?.split(", ");
  if (named !== undefined) return named;
  const usual = await Promise.all(
    Object.keys(PARTS).map(async (name) => {
      const inside = await refusalOf(site, path, { [`filter[${name}.x-none]`]: 1, "page[limit]": 1 });
      return inside.includes("The field `x-none`") ? [name] : [];
    }),
  );
  return usual.flat();
}

/** What the site says to a reading that it cannot understand; "" where it answers. */
async function refusalOf(
  site: Site,
  path: string,
  query: Readonly<Record<string, string | number>>,
): Promise<string> {
  try {
    await site.get(path, query, () => undefined);
    return "";
  } catch (thrown) {
    if (!isFault(thrown)) throw thrown;
    return thrown.message;
  }
}

// --- Moderation -----------------------------------------------------------------------------------------------

const workflowSchema = z.object({
  states: z.record(z.string(), z.object({ published: z.boolean().catch(false) })),
  entity_types: z.object({ node: z.array(z.string()).catch([]) }).catch({ node: [] }),
});

async function isModerated(site: Site, kind: string, samples: readonly Resource[]): Promise<boolean> {
  if (samples.length > 0)
    return samples.some(({ attributes }) => typeof attributes.moderation_state === "string");
  return (await workflows(site)).some(({ entity_types: { node } }) => node.includes(kind));
}

/** Each content type is under one workflow. */
async function statesOf(site: Site, kind: string): Promise<readonly Moderation[]> {
  const own = (await workflows(site)).filter(({ entity_types: { node } }) => node.includes(kind));
  const found = own.flatMap(({ states }) =>
    Object.entries(states).map(([id, { published }]) => ({ id, published })),
  );
  return found.length > 0 ? found : OWN_STATES;
}

async function workflows(site: Site) {
  if (!(await site.index()).types.has("workflow--workflow")) return [];
  return (await everyRow(site, "/workflow/workflow", {})).flatMap(({ attributes }) => {
    const parsed = workflowSchema.safeParse(attributes.type_settings);
    return parsed.success ? [parsed.data] : [];
  });
}
