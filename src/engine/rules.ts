import ignore from "ignore";
import { inFormOf, isDate, toInstant, toLocal } from "../content/date.ts";
import type { Document } from "../content/document.ts";
import { fieldFault } from "../content/fields.ts";
import { groupOf, isNamedIn } from "../content/groups.ts";
import type { Reading } from "../content/read.ts";
import { coerce, didYouMean } from "../content/site-fields.ts";
import { aliasedTerm } from "../content/term-path.ts";
import type { Json, JsonObject } from "../lib/json.ts";
import type { Base } from "../sync/model.ts";
import { localeOn } from "./languages.ts";
import type { Root } from "./root.ts";
import type { Site } from "./site.ts";

/** Fields that every platform understands without mapping them. */
const ALWAYS: readonly string[] = ["title", "slug", "status", "protected", "translationKey"];

/** Fields that have one meaning everywhere, whether or not a platform has them. */
const UNDERSTOOD: readonly string[] = [
  ...ALWAYS,
  ...["date", "excerpt", "tags", "categories", "author", "image", "locale", "kind", "seo"],
];

/** The document as this target gets it: its own names for kinds, languages and terms, protected fields left out. */
export function forSite(root: Root, site: Site, document: Document): Document {
  const { config } = root;
  const kind = targetRule(root, site)?.kinds[document.kind] ?? document.kind;
  const fields = Object.fromEntries(
    Object.entries(document.fields)
      .filter(
        ([name]) => !isNamedIn(config.protect.fields, name, site.naming) && !site.unreachable(kind).has(name),
      )
      .map(([name, value]) => [name, renamed(value, aliasesOf(root, name))] as const)
      .map(([name, value]) => [
        name,
        isDateField(site, kind, name, value) ? dateForSite(root, value) : value,
      ]),
  );
  return { ...document, kind, locale: localeOn(site, kind, document.locale), fields };
}

/** The document as the files name things. */
export function fromSite(root: Root, site: Site, document: Document): Document {
  const kinds = Object.entries(targetRule(root, site)?.kinds ?? {});
  const entries = Object.entries(document.fields).map(([name, value]) => {
    const back = [...aliasesOf(root, name)].map(([file, there]) => [there, file] as const);
    const date = isDateField(site, document.kind, name, value);
    return [name, date ? dateFromSite(root, site, value) : renamed(value, new Map(back))] as const;
  });
  const fields: JsonObject = Object.fromEntries(entries);
  const kind = kinds.find(([, there]) => there === document.kind)?.[0] ?? document.kind;
  return { ...document, kind, fields };
}

function targetRule(root: Root, site: Site) {
  return root.config.targets?.find((rule) => rule.name === site.target.name);
}

/** Names in files -> names on the site. */
function aliasesOf({ config }: Root, field: string): ReadonlyMap<string, string> {
  return new Map(Object.entries(config.terms[field]?.aliases ?? {}));
}

function renamed(value: Json, names: ReadonlyMap<string, string>): Json {
  if (names.size === 0) return value;
  const one = (item: Json): Json => (typeof item === "string" ? aliasedTerm(item, names) : item);
  return Array.isArray(value) ? value.map(one) : one(value);
}

/**
 * Front matter keys that neither `fields:` nor the platform maps and that no loss tells. Throws `invalid` where they are refused, and for keys
 * that `fields:` maps to what no content of the site has.
 */
export function unknownFields(
  root: Root,
  site: Site,
  document: Document,
  { source, names }: Reading,
): readonly string[] {
  const { codec } = site.target;
  const offered = codec.fields(site.kind(document.kind));
  const known = new Set([...ALWAYS, ...offered, ...site.unreachable(document.kind)]);
  const isKnown = (name: string) => known.has(name) || codec.groups?.includes(groupOf(name) ?? name) === true;
  const unknown = Object.keys(document.fields).filter((name) => !isKnown(name));
  const anywhere = new Set([...UNDERSTOOD, ...site.model.kinds.flatMap((kind) => codec.fields(kind))]);
  const wrong = unknown.find((name) => names.get(name) !== name && !anywhere.has(name));
  if (wrong !== undefined) {
    throw fieldFault(
      source,
      names.get(wrong) ?? wrong,
      "unknown-field",
      `\`fields:\` maps \`${names.get(wrong)}\` to \`${wrong}\`, which ${site.account.siteTitle} does not have`,
      didYouMean(wrong, offered) || `\`ainstein-cms fields ${site.target.name}\` lists what it has.`,
    );
  }
  const [first] = unknown;
  if (root.config.unknownFields === "local") return [];
  if (root.config.unknownFields === "warn" || first === undefined) {
    return unknown.filter((name) => codec.loses?.(name, site.kind(document.kind)) !== true);
  }
  throw fieldFault(
    source,
    names.get(first) ?? first,
    "unknown-field",
    `the site has no field for ${unknown.join(", ")}`,
    `map it below \`fields:\` in ainstein.yaml, or keep it in the file only with \`${first}: false\` there`,
  );
}

/** Throws `invalid` for a value that a field of the site, or the type that the root gives it, does not take. */
export function checkValues(site: Site, document: Document, { source, names }: Reading): void {
  for (const field of site.kind(document.kind).fields) {
    const value = document.fields[field.name];
    const type = site.types[field.name];
    if (value === undefined || value === null) continue;
    if (groupOf(field.name) === undefined && type === undefined) continue;
    const coerced = coerce(field, type, value);
    if ("value" in coerced) continue;
    const key = names.get(field.name) ?? field.name;
    throw fieldFault(source, key, "field-value", `\`${key}\`: ${coerced.problem}`);
  }
}

/** Fields as a site gave them, the dates among them in the form that the file writes them in. */
export function inDateForms(
  root: Root,
  site: Site,
  kind: string,
  file: JsonObject,
  fields: JsonObject,
): JsonObject {
  const zone = root.config.timezone ?? site.account.timezone;
  const entries = Object.entries(fields).map(([name, value]) => {
    const like = file[name];
    if (typeof like !== "string" || typeof value !== "string") return [name, value] as const;
    const areDates = [like, value].every((date) => isDate(date) && isDateField(site, kind, name, date));
    return [name, areDates ? inFormOf(like, value, zone) : value] as const;
  });
  return Object.fromEntries(entries);
}

/** Of a field of the site's own, a day without a time is that day everywhere. */
function isDateField(site: Site, kind: string, name: string, value: Json): boolean {
  if (name === "date") return true;
  if (typeof value === "string" && /^\d{4}-\d\d-\d\d$/.test(value)) return false;
  if (site.types[name] === "date") return true;
  const typed = groupOf(name) !== undefined && site.types[name] === undefined;
  const { fields = [] } = site.model.kinds.find((candidate) => candidate.name === kind) ?? {};
  return typed && fields.some((field) => field.name === name && field.type === "date");
}

/** A date as the files write it, for the site: `timezone:` says what one without offset means. */
function dateForSite({ config }: Root, value: Json): Json {
  if (config.timezone === undefined || typeof value !== "string" || !isDate(value) || hasOffset(value))
    return value;
  return new Date(toInstant(value, config.timezone)).toISOString();
}

function dateFromSite({ config }: Root, site: Site, value: Json): Json {
  if (config.timezone === undefined || typeof value !== "string" || !isDate(value) || hasOffset(value))
    return value;
  return toLocal(toInstant(value, site.account.timezone), config.timezone);
}

function hasOffset(date: string): boolean {
  return /(Z|[+-]\d\d:?\d\d)$/i.test(date.trim());
}

/** Why the root's rules forbid writing this document's entry; undefined where they do not. */
export function protectedBy({ config }: Root, document: Document, path: string): string | undefined {
  if (config.readOnly) return "ainstein.yaml says readOnly";
  if (config.protect.kinds.includes(document.kind)) return `ainstein.yaml protects the kind ${document.kind}`;
  return ignore()
    .add([...config.protect.paths])
    .ignores(path)
    ? "ainstein.yaml protects its path"
    : undefined;
}

/** The same by what the lockfile tells of the entry. */
export function protectedEntry(
  root: Root,
  site: Site,
  { kind, locale }: Base,
  path: string,
): string | undefined {
  return protectedBy(root, fromSite(root, site, { kind, locale, fields: {}, body: "" }), path);
}

/** Whether terms that the site does not have may be made there. */
export function mayCreateTerm(root: Root, field: string): boolean {
  return root.config.terms[field]?.unknown !== "refuse";
}
