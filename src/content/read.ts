import { Fault } from "../lib/fault.ts";
import { isObject, type Json, type JsonObject, sameJson } from "../lib/json.ts";
import type { Config, ContentRule, FieldRule } from "./config.ts";
import { isDate } from "./date.ts";
import type { Document, State } from "./document.ts";
import { convertField, fieldFault, lineOfText, localeOf, slugOf, stateOf } from "./fields.ts";
import { commonName, keyPath, type Naming, NO_NAMING } from "./groups.ts";
import { type Placed, placeIn } from "./locale.ts";
import { nameParts } from "./path.ts";
import { createSource, patchSource, type Source, type SourceChange } from "./source.ts";
import { findHeading, type Heading, rebuildBody, visibleBody } from "./title.ts";

/** A file understood as a document, and what it takes to write changes back into it. */
export interface Reading {
  readonly source: Source;
  readonly document: Document;
  /** What its translations have in common with it: `translationKey`, else where it lies. "" where nothing tells. */
  readonly group: string;
  readonly title: string;
  /** As a create would use it. */
  readonly slug: string;
  /** The file says `slug:` itself. */
  readonly explicitSlug: boolean;
  readonly state: State | undefined;
  /** The heading that the title comes from, when it is not in the front matter. */
  readonly heading: Heading | undefined;
  /** Field -> the operator's key for it; of a member of a map, `map.member`. */
  readonly names: ReadonlyMap<string, string>;
  readonly config: Config;
  readonly naming: Naming;
  /** What is odd but usable. */
  readonly warnings: readonly Fault[];
}

/** First in a new file, in this order. */
const LEADING = ["title", "slug", "status", "protected", "date"];

/** Can a file of this name be a document of this root? Says nothing about `where`. */
export function isDocumentPath(config: Config, path: string): boolean {
  if (!/\.(md|markdown|json)$/i.test(path)) return false;
  if (config.content.length === 0) return /\.(md|markdown)$/i.test(path);
  return config.content.some((rule) => placeIn(rule, path) !== undefined);
}

/** The first content rule for the file; a root without rules has none. */
export function ruleFor(config: Config, path: string, fields: JsonObject): ContentRule | undefined {
  return config.content.find(
    (rule) =>
      placeIn(rule, path) !== undefined &&
      Object.entries(rule.where).every(([key, wanted]) => {
        const value = fields[key];
        const values: readonly Json[] = Array.isArray(value) ? value : [value ?? null];
        return values.some((item) => wanted.some((want) => String(item) === String(want)));
      }),
  );
}

/**
 * The document in a source; undefined when the root has content rules and none is for it. `naming`: what the site it
 * is read for calls fields. Throws `invalid` naming line and field.
 */
export function readDocument(
  source: Source,
  config: Config,
  defaultKind: string,
  naming: Naming = NO_NAMING,
): Reading | undefined {
  const rule = ruleFor(config, source.path, source.fields);
  if (rule === undefined && config.content.length > 0) return undefined;
  const place: Placed = (rule && placeIn(rule, source.path)) ?? { locale: "", plain: source.path };
  const named = namedFields(source, config, naming);
  const { names } = named;
  const {
    kind: _kind,
    locale: _locale,
    slug: _slug,
    status: _status,
    title: written,
    ...others
  } = named.fields;
  // `title: ""` says that there is none, as CMSs allow; an empty `title:` says nothing.
  const given = lineOfText(named, "title") ?? (written === "" ? "" : undefined);
  const heading = given === undefined ? findHeading(source.body) : undefined;
  const title = given ?? heading?.title;
  if (title === undefined) {
    throw new Fault("invalid", "The document has no title", {
      code: "title-missing",
      place: { file: source.path, line: 1, field: "title" },
      hint: "Add `title:` to the front matter, or a line `# Title` to the text.",
    });
  }
  const { slug, explicit } = slugOf(named, place.plain);
  const state = stateOf(named, drafts(config) ? source.fields.draft : undefined);
  const { date } = nameParts(place.plain);
  const dated = others.date === undefined && date !== undefined && isDate(date) ? { date } : {};
  const fields: JsonObject = {
    title,
    ...(explicit ? { slug } : {}),
    ...(state === undefined ? {} : { status: state }),
    ...dated,
    ...others,
  };
  const kind = lineOfText(named, "kind") ?? rule?.kind ?? defaultKind;
  const locale = localeOf(named) || place.locale || (config.locale ?? "");
  const document = { kind, locale, fields, body: visibleBody(source.body, heading) };
  const key = lineOfText(named, "translationKey");
  const group = key === undefined ? (place.locale === "" ? "" : `/${place.plain}`) : key;
  const { warnings } = source;
  const told = { title, slug, explicitSlug: explicit, state, heading, names, config, naming };
  return { source, document, group, warnings, ...told };
}

/** What is to change in a document, in its own words; parts not named stay as they are. */
export interface DocumentChange {
  readonly set?: JsonObject;
  readonly remove?: readonly string[];
  /** The document's body, without the title's heading. */
  readonly body?: string;
}

/**
 * The file's bytes after the change. A title that is a heading changes there, `draft:` stands for the status where
 * the file has it, renamed fields keep the operator's keys. A field whose key the operator keeps to the file
 * (`fields: { image: false }`) is not written.
 */
export function patchDocument(reading: Reading, change: DocumentChange): Uint8Array {
  const { source, heading } = reading;
  const set: Record<string, Json> = {};
  const remove = new Set<string>();
  const keys = keyWriter(source.fields, set, remove);
  for (const [field, value] of Object.entries(change.set ?? {})) {
    if (field === "status") Object.assign(set, statusKeys(reading, value, remove));
    else if (field !== "title" || heading === undefined) {
      const key = keyFor(reading, field);
      if (key !== undefined) keys.set(key, value);
    }
  }
  for (const field of change.remove ?? []) {
    const key = reading.names.get(field);
    if (key !== undefined) keys.remove(key);
    if (field === "status" && drafts(reading.config)) remove.add("draft");
  }
  const title = heading === undefined ? undefined : change.set?.title;
  const body = bodyAfter(reading, typeof title === "string" ? title : undefined, change.body);
  const result: SourceChange = { set, remove: [...remove], ...(body === undefined ? {} : { body }) };
  return patchSource(source, result);
}

/**
 * A new file for a document: title, slug, status, date, then the rest. `kind` and `locale` are written when they are
 * not "", the latter only where the path does not tell it. With `config`, fields take the operator's keys; with `naming`, the names that every
 * platform understands.
 */
export function newDocumentBytes(
  document: Document,
  path: string,
  config?: Config,
  naming: Naming = NO_NAMING,
): Uint8Array {
  const { kind, locale } = document;
  const known: JsonObject = {
    ...document.fields,
    ...(locale === "" || locale === toldByPlace(path, document, config) ? {} : { locale }),
    ...(kind === "" ? {} : { kind }),
  };
  const order = [...LEADING, ...Object.keys(known).filter((key) => !LEADING.includes(key))];
  const fields: Record<string, Json> = {};
  const keys = keyWriter({}, fields, new Set());
  for (const field of order) {
    const value = known[field];
    const key = config === undefined ? field : freshKey(config, field, naming);
    if (value !== undefined && key !== undefined) keys.set(key, value);
  }
  const body = document.body === "" || document.body.endsWith("\n") ? document.body : `${document.body}\n`;
  return createSource(fields, body, /\.json$/i.test(path) ? "json" : "yaml");
}

/** The language that a file has without saying so. */
function toldByPlace(path: string, document: Document, config: Config | undefined): string {
  const rule = config === undefined ? undefined : ruleFor(config, path, document.fields);
  const place = rule && placeIn(rule, path);
  return place?.locale || (config?.locale ?? "");
}

/** Does `draft:` stand for the status here, or did the operator give the key another meaning? */
function drafts(config: Config): boolean {
  return !Object.hasOwn(config.fields, "draft");
}

/** Keys set and removed in front matter, members of maps in the map as it becomes: empty maps go. */
function keyWriter(fields: JsonObject, set: Record<string, Json>, remove: Set<string>) {
  const memberOf = (map: string, member: string, value: Json | undefined) => {
    const old = set[map] ?? fields[map];
    const members: JsonObject = isObject(old) ? old : {};
    const { [member]: before, ...others } = members;
    if (value !== undefined) {
      set[map] = { ...members, [member]: asWritten(before, value) };
      remove.delete(map);
    } else if (Object.keys(others).length > 0) set[map] = others;
    else {
      delete set[map];
      remove.add(map);
    }
  };
  return {
    set(key: string, value: Json): void {
      const [top, member] = keyPath(fields, key);
      if (member === undefined) set[top] = asWritten(fields[top], value);
      else memberOf(top, member, value);
    },
    remove(key: string): void {
      const [top, member] = keyPath(fields, key);
      if (member === undefined) remove.add(top);
      else memberOf(top, member, undefined);
    },
  };
}

interface Written {
  /** Of a member of a map, `map.member`. */
  readonly key: string;
  readonly value: Json;
  readonly rule: FieldRule;
}

/** Every key of the front matter that stands for a field, members of groups and mapped members each for themselves. */
function writtenFields(source: Source, config: Config, { groups, aliases }: Naming): readonly Written[] {
  const ruleOf = (key: string, name: string): FieldRule => {
    const rule = Object.hasOwn(config.fields, key) ? config.fields[key] : undefined;
    const { to = undefined } = rule ?? { to: name };
    return { ...rule, to: to === undefined ? undefined : (aliases[to] ?? to) };
  };
  return Object.entries(source.fields).flatMap(([key, value]): readonly Written[] => {
    if (key === "draft" && drafts(config)) return [];
    const rule = ruleOf(key, key);
    if (!isObject(value)) return [{ key, value, rule }];
    const inGroup = rule.to !== undefined && groups.includes(rule.to);
    const members = Object.entries(value as JsonObject).flatMap(([member, item]): readonly Written[] => {
      const path = `${key}.${member}`;
      if (!inGroup && !Object.hasOwn(config.fields, path)) return [];
      return [{ key: path, value: item, rule: ruleOf(path, `${rule.to}.${member}`) }];
    });
    return inGroup ? members : [...members, { key, value, rule }];
  });
}

function namedFields(source: Source, config: Config, naming: Naming) {
  const names = new Map<string, string>();
  const fields: Record<string, Json> = {};
  for (const { key, value, rule } of writtenFields(source, config, naming)) {
    if (value === null || rule.to === undefined) continue;
    const other = names.get(rule.to);
    if (other !== undefined) {
      throw fieldFault(
        source,
        key,
        "field-twice",
        `\`${other}\` and \`${key}\` both stand for \`${rule.to}\``,
        `Keep one of them, or set \`${key}: false\` below \`fields:\` in ainstein.yaml.`,
      );
    }
    names.set(rule.to, key);
    fields[rule.to] = convertField(source, key, value, rule);
  }
  return { source, fields, names };
}

function keyFor(reading: Reading, field: string): string | undefined {
  return reading.names.get(field) ?? freshKey(reading.config, field, reading.naming);
}

/** The key that a new field gets; undefined when its name means something else in this root. */
function freshKey(config: Config, field: string, { aliases }: Naming): string | undefined {
  const mapped = Object.entries(config.fields).find(
    ([, { to }]) => to !== undefined && (aliases[to] ?? to) === field,
  )?.[0];
  if (mapped !== undefined) return mapped;
  const common = commonName(field, aliases);
  const [top] = keyPath({}, common);
  const taken = [common, top].some((key) => Object.hasOwn(config.fields, key));
  return taken ? undefined : common;
}

function statusKeys(reading: Reading, value: Json, remove: Set<string>): JsonObject {
  const explicit = reading.names.get("status");
  const hasDraft = drafts(reading.config) && Object.hasOwn(reading.source.fields, "draft");
  const binary = value === "draft" || value === "published";
  const draft = hasDraft && binary ? { draft: value === "draft" } : {};
  if (hasDraft && !binary) remove.add("draft");
  if (hasDraft && binary && explicit === undefined) return draft;
  const key = explicit ?? freshKey(reading.config, "status", reading.naming);
  return key === undefined ? draft : { ...draft, [key]: value };
}

/** A list that the operator writes as one line "a, b" stays one. */
function asWritten(old: Json | undefined, value: Json): Json {
  if (typeof old !== "string" || !Array.isArray(value)) return value;
  const items: readonly Json[] = value;
  if (!items.every((item) => typeof item === "string" && !item.includes(",") && item !== "")) return value;
  const before = old.split(",").map((item) => item.trim());
  return sameJson(before, items) ? old : items.join(", ");
}

function bodyAfter(
  reading: Reading,
  title: string | undefined,
  body: string | undefined,
): string | undefined {
  const newTitle = title !== undefined && title !== reading.title ? title : undefined;
  const newBody = body !== undefined && body !== reading.document.body ? body : undefined;
  if (newTitle === undefined && newBody === undefined) return undefined;
  return rebuildBody(reading.source.body, reading.heading, {
    ...(newTitle === undefined ? {} : { title: newTitle }),
    ...(newBody === undefined ? {} : { body: newBody.replaceAll("\r\n", "\n") }),
  });
}
