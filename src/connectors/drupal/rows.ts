// Nodes as Drupal answers them, and as the contract wants them. Pure.
import type { State } from "../../content/document.ts";
import { shortHash } from "../../lib/hash.ts";
import { isObject, type Json, type JsonObject } from "../../lib/json.ts";
import type { Entry, Listing } from "../contract.ts";
import type { Bundle, DrupalField } from "./bundles.ts";
import { htmlOfPlain, PLAIN } from "./plain-text.ts";
import { numberIn, type Reference, type Resource, referencesIn, textIn } from "./resource.ts";
import { plainDecimal } from "./same.ts";
import type { SiteLanguages } from "./site.ts";
import { siteFolder, siteSlug } from "./slug.ts";

/** What reading a node takes besides the node. */
export interface Seen {
  readonly siteUrl: string;
  readonly languages: SiteLanguages | undefined;
  /** How far this machine's clock is ahead of the server's, in ms. */
  readonly ahead: number;
}

/** A node: what visitors see or would, and the newest draft where that is another one. */
export interface Node {
  readonly live: Resource;
  readonly working: Resource;
  /** There is such a draft; the account may not be able to see it. */
  readonly pending: boolean;
}

/** A node as the answer of a write shows it. */
export const settled = (row: Resource): Node => ({ live: row, working: row, pending: false });

/** A node and its newest revision; undefined where that is not shown to the account, which it is where visitors see it. */
export const besides = (live: Resource, newest: Resource | undefined): Node =>
  newest !== undefined && versionOf(newest) === versionOf(live)
    ? settled(live)
    : { live, working: newest ?? live, pending: true };

/** Fields of a listing: everything cheap. */
export const CHEAP =
  "drupal_internal__nid,drupal_internal__vid,langcode,revision_timestamp,status,title,created,changed,promote,sticky,path,moderation_state";

/** Drupal's code for entries without a language. */
const SPEECHLESS = new Set(["", "und", "zxx"]);

export const versionOf = (row: Resource): number => numberIn(row, "drupal_internal__vid");

export function stateOf({ attributes }: Resource, { states }: Pick<Bundle, "states">): State {
  const { moderation_state: id, status } = attributes;
  if (typeof id !== "string" || id === "archived")
    return status === true ? "published" : id === undefined || id === null ? "draft" : "archived";
  if (states.find((state) => state.id === id)?.published ?? status === true) return "published";
  return id === "draft" ? "draft" : "pending";
}

interface Alias {
  readonly alias: string | null;
  /** Id of the alias itself: a change without it makes a second one. */
  readonly pid: number | null;
}

export function aliasOf({ attributes: { path } }: Resource): Alias {
  const { alias = null, pid = null } = (isObject(path ?? null) ? path : {}) as JsonObject;
  return {
    alias: typeof alias === "string" && alias !== "" ? alias : null,
    pid: typeof pid === "number" ? pid : null,
  };
}

/** Where an entry lies: the last part of its alias, and what stands before that. */
export interface EntryPlace {
  readonly folder: string;
  readonly slug: string;
}

/** An entry without an alias is called after its number. Editors type aliases that no document can have: `/two words?`. */
export function entryPlace(row: Resource): EntryPlace {
  const parts = (aliasOf(row).alias ?? "").split("/").filter((part) => siteSlug(part) !== "");
  const last = parts.pop();
  if (last === undefined) return { folder: "", slug: `node-${numberIn(row, "drupal_internal__nid")}` };
  return { folder: siteFolder(parts.join("/")), slug: siteSlug(last) };
}

/** The address of that place, as aliases have it. */
export const aliasAt = ({ folder, slug }: EntryPlace): string =>
  `/${folder === "" ? "" : `${folder}/`}${slug}`;

export function localeOf(row: Resource, languages: SiteLanguages | undefined): string {
  const code = textIn(row, "langcode");
  if (languages === undefined || SPEECHLESS.has(code)) return "";
  return languages.locales.get(code) ?? code;
}

export function listingOf({ live, working, pending }: Node, bundle: Bundle, seen: Seen): Listing {
  const locale = localeOf(live, seen.languages);
  const { folder, slug } = entryPlace(live);
  const alias = aliasOf(live).alias ?? `/node/${numberIn(live, "drupal_internal__nid")}`;
  const code = textIn(live, "langcode");
  const prefix =
    seen.languages === undefined || code === seen.languages.fallback || locale === "" ? "" : `/${code}`;
  const changed = Date.parse(textIn(working, "changed"));
  return {
    id: live.id,
    locale,
    ...(locale === "" ? {} : { group: live.id }),
    kind: bundle.kind,
    scope: folder,
    slug,
    url: `${seen.siteUrl}${prefix}${alias.split("/").map(encodeURIComponent).join("/")}`,
    title: textIn(working, "title"),
    revision: revisionOf({ live, working, pending }, seen),
    modified: Number.isNaN(changed) ? undefined : changed + seen.ahead,
    state: stateOf(live, bundle),
    pendingChanges: pending,
  };
}

/** All translations of a node share the number of its revision, so it says nothing of one of them. */
function revisionOf({ live, working, pending }: Node, { languages }: Seen): string {
  const cheap = ({ attributes }: Resource): Json => {
    const { changed, title, status, created, promote, sticky, moderation_state: state } = attributes;
    return [changed, title, status, created, promote, sticky, state].map((value) => value ?? null);
  };
  const version = languages === undefined ? [versionOf(live), versionOf(working)] : [];
  return shortHash([version, pending, aliasOf(live).alias, cheap(live), cheap(working)] as Json);
}

export function entryOf(node: Node, bundle: Bundle, seen: Seen): Entry {
  const listing = listingOf(node, bundle, seen);
  return { ...listing, wire: wireOf(node, bundle, listing) };
}

function wireOf({ live, working }: Node, bundle: Bundle, { slug, scope, state }: Listing): JsonObject {
  const { attributes } = working;
  const wire: Record<string, Json> = {
    title: textIn(working, "title"),
    slug,
    folder: scope,
    status: state,
    date: moment(textIn(live, "created")),
  };
  const [author] = referencesIn(working, "uid");
  if (author !== undefined) wire.author = author.id;
  for (const name of ["sticky", "promote"]) {
    const value = attributes[name];
    if (typeof value === "boolean") wire[name] = value;
  }
  if (bundle.body) Object.assign(wire, bodyParts(attributes.body ?? null, bundle));
  for (const field of bundle.fields) {
    const value = partOf(working, field);
    if (value !== undefined) wire[field.part] = value;
  }
  return wire;
}

function bodyParts(body: Json, bundle: Bundle): JsonObject {
  const { value = "", format = null, summary = "" } = (isObject(body) ? body : {}) as JsonObject;
  const text = lines(value);
  const excerpt = bundle.summary ? { excerpt: lines(summary) } : {};
  return { ...excerpt, format, body: format === PLAIN ? htmlOfPlain(text) : text };
}

const lines = (value: Json): string => String(value ?? "").replaceAll("\r\n", "\n");

/** In UTC, to the second, however the site writes it. A date without time stays one. */
export function moment(date: string): Json {
  if (/^\d{4}-\d\d-\d\d$/.test(date)) return date;
  const at = Date.parse(date);
  return Number.isNaN(at) ? (date === "" ? null : date) : new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
}

/** A field that the site did not answer is left out: not offered is not empty. Paragraphs are edited on the site alone. */
function partOf(row: Resource, field: DrupalField): Json | undefined {
  const { name, type, many } = field;
  switch (type) {
    case "paragraphs":
      return undefined;
    case "terms":
      return row.relationships[name] === undefined ? undefined : known(row, name).map(({ id }) => id);
    case "image":
    case "file":
    case "reference": {
      if (row.relationships[name] === undefined) return undefined;
      const list = known(row, name).map((reference) => referred(reference, type));
      return many ? list : (list[0] ?? null);
    }
    default: {
      const value = row.attributes[name];
      if (value === undefined) return undefined;
      if (many)
        return (Array.isArray(value) ? value : value === null ? [] : [value]).map((item: Json) =>
          stored(item, field),
        );
      return stored(value, field);
    }
  }
}

/** What is gone is named `missing`, what is not an entity `virtual`. */
const known = (row: Resource, name: string): readonly Reference[] =>
  referencesIn(row, name).filter(({ id }) => id !== "missing" && id !== "virtual");

function referred({ type, id, meta = {} }: Reference, kind: "image" | "file" | "reference"): Json {
  const said = (name: string) => (typeof meta[name] === "string" ? (meta[name] as string) : "");
  if (kind === "image") return { id, alt: said("alt"), title: said("title") };
  if (kind === "file") return { id, description: said("description") };
  return `${type}/${id}`;
}

function stored(value: Json, { type }: DrupalField): Json {
  if (value === null) return null;
  if (type === "date") return typeof value === "string" ? moment(value) : value;
  if (type === "formatted" && isObject(value)) {
    const { value: text = "", format = null } = value as JsonObject;
    return { value: lines(text), format };
  }
  if (type === "link" && isObject(value)) {
    const { uri = "", title = "" } = value as JsonObject;
    return { uri, title: title ?? "" };
  }
  if (type === "decimal") return plainDecimal(String(value));
  return typeof value === "string" ? lines(value) : value;
}
