import ignore from "ignore";
import { toInstant, toLocal } from "../content/date.ts";
import type { Document } from "../content/document.ts";
import { aliasedTerm } from "../content/term-path.ts";
import { Fault } from "../lib/fault.ts";
import type { Json, JsonObject } from "../lib/json.ts";
import { localeOn } from "./languages.ts";
import type { Base } from "../sync/model.ts";
import type { Root } from "./root.ts";
import type { Site } from "./site.ts";

/** Fields that every platform understands without mapping them. */
const ALWAYS: readonly string[] = ["title", "slug", "status", "translationKey"];

/** The document as this target gets it: its own names for kinds, languages and terms, protected fields left out. */
export function forSite(root: Root, site: Site, document: Document): Document {
  const { config } = root;
  const kind = targetRule(root, site)?.kinds[document.kind] ?? document.kind;
  const fields = Object.fromEntries(
    Object.entries(document.fields)
      .filter(
        ([name]) => !isNamedIn(config.protect.fields, name, site.naming) && !site.unreachable(kind).has(name),
      )
      .map(([name, value]) => [name, renamed(value, aliasesOf(root, name))]),
  );
  const date = dateForSite(root, fields.date);
  const locale = localeOn(site, document.locale);
  return { ...document, kind, locale, fields: date === undefined ? fields : { ...fields, date } };
}

/** The document as the files name things. */
export function fromSite(root: Root, site: Site, document: Document): Document {
  const kinds = Object.entries(targetRule(root, site)?.kinds ?? {});
  const entries = Object.entries(document.fields).map(([name, value]) => {
    const back = [...aliasesOf(root, name)].map(([file, there]) => [there, file] as const);
    return [name, renamed(value, new Map(back))] as const;
  });
  const fields: JsonObject = Object.fromEntries(entries);
  const date = dateFromSite(root, site, fields.date);
  const kind = kinds.find(([, there]) => there === document.kind)?.[0] ?? document.kind;
  return { ...document, kind, fields: date === undefined ? fields : { ...fields, date } };
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

/** Front matter keys that neither `fields:` nor the platform maps. Throws `invalid` where they are refused. */
export function unknownFields(root: Root, site: Site, document: Document, path: string): readonly string[] {
  if (root.config.unknownFields === "local") return [];
  const known = new Set([...ALWAYS, ...site.target.codec.fields(site.kind(document.kind))]);
  const unknown = Object.keys(document.fields).filter((name) => !known.has(name));
  const [first] = unknown;
  if (root.config.unknownFields === "warn" || first === undefined) return unknown;
  throw new Fault("invalid", `the site has no field for ${unknown.join(", ")}`, {
    code: "unknown-field",
    place: { file: path, field: first },
    hint: `map it below \`fields:\` in ainstein.yaml, or keep it in the file only with \`${first}: false\` there`,
  });
}

/** A date as the files write it, for the site: `timezone:` says what one without offset means. */
function dateForSite({ config }: Root, value: Json | undefined): Json | undefined {
  if (config.timezone === undefined || typeof value !== "string" || hasOffset(value)) return value;
  return new Date(toInstant(value, config.timezone)).toISOString();
}

function dateFromSite({ config }: Root, site: Site, value: Json | undefined): Json | undefined {
  if (config.timezone === undefined || typeof value !== "string" || hasOffset(value)) return value;
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
