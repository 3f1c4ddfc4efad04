// Wire values as fields of a Drupal request. Pure.
import { Fault } from "../../lib/fault.ts";
import { isObject, type Json, type JsonObject } from "../../lib/json.ts";
import { refuseMissing } from "../typed.ts";
import type { Bundle, DrupalField } from "./bundles.ts";
import { ofOthers } from "./kinds.ts";
import { htmlOfPlain, PLAIN, requirePlain } from "./plain-text.ts";
import { type Resource, textIn } from "./resource.ts";
import { aliasAt, aliasOf, entryPlace } from "./rows.ts";

export interface Input {
  readonly attributes: JsonObject;
  readonly relationships: JsonObject;
}

export interface Around {
  readonly bundle: Bundle;
  /** The entry as it is now; undefined in a create. */
  readonly current: Resource | undefined;
  /** Text format of what has none yet. */
  readonly format: string;
}

/** Fields of a request. PATCH replaces whole fields, so what a document says nothing of is taken from the entry. */
export function inputOf(wire: JsonObject, around: Around): Input {
  const attributes: Record<string, Json> = {};
  const relationships: Record<string, Json> = {};
  const { bundle, current } = around;
  const fields = new Map(bundle.fields.map((field) => [field.part, field]));
  for (const [name, value] of Object.entries(wire)) {
    refuseMissing(name, value);
    const field = fields.get(name);
    if (field !== undefined) {
      if (RELATED.has(field.type)) relationships[field.name] = { data: relatedTo(field, value, current) };
      else attributes[field.name] = attributeOf(field, value, around);
    } else if (name === "author") {
      if (value !== null) relationships.uid = { data: { type: "user--user", id: String(value) } };
    } else if (!PLACE.has(name) && !(BODY.has(name) && bundle.body))
      Object.assign(attributes, baseOf(name, value, around));
  }
  if (bundle.body && Object.keys(wire).some((name) => BODY.has(name))) {
    attributes.body = bodyOf(wire, around);
  }
  if (Object.keys(wire).some((name) => PLACE.has(name))) Object.assign(attributes, pathOf(wire, current));
  return { attributes, relationships };
}

const PLACE = new Set(["slug", "folder"]);
const BODY = new Set(["body", "excerpt", "format"]);
const RELATED = new Set(["terms", "image", "file", "reference"]);

/** Without the id of the alias that it has, an entry would get a second one. */
function pathOf({ slug, folder }: JsonObject, current: Resource | undefined): JsonObject {
  const before = current === undefined ? { folder: "", slug: "" } : entryPlace(current);
  const place = { folder: String(folder ?? before.folder), slug: String(slug ?? before.slug) };
  const alias = aliasAt(place);
  if (current === undefined) return { path: { alias } };
  if (alias === aliasAt(before)) return {};
  const { pid } = aliasOf(current);
  const own = { alias, langcode: textIn(current, "langcode") };
  return { path: pid === null ? own : { ...own, pid } };
}

function baseOf(name: string, value: Json, { bundle, current }: Around): JsonObject {
  switch (name) {
    case "title":
      return { title: value };
    case "status":
      return bundle.moderated || typeof current?.attributes.moderation_state === "string"
        ? { moderation_state: moderationOf(String(value), bundle) }
        : { status: value === "published" };
    case "date":
      if (typeof value === "string") return { created: inOffset(value) };
      throw new Fault("invalid", "date cannot be empty on Drupal", { code: "cannot-clear" });
    case "sticky":
    case "promote":
      return { [name]: value === true };
    default:
      throw new Fault("invalid", `Drupal has no field for "${name}"`, { code: "unknown-field" });
  }
}

function moderationOf(status: string, bundle: Bundle): string {
  if (status !== "pending") return status;
  const [first] = ofOthers(bundle);
  if (first !== undefined) return first.id;
  throw new Fault("invalid", "status: the site's workflow has no state that waits for review", {
    code: "drupal.no-such-state",
  });
}

/** As Drupal takes it: with an offset, and without parts of a second. */
const inOffset = (date: string) => date.replace(/(?:\.\d+)?Z$/, "+00:00");

/** Drupal refuses a summary, even an empty one, for a body of a type that has none. */
function bodyOf(wire: JsonObject, { bundle, current, format }: Around): Json {
  const now = current?.attributes.body ?? null;
  const before = (isObject(now) ? now : {}) as JsonObject;
  const own = wire.format ?? before.format ?? format;
  return {
    value: inLineEndsOf(before.value, textFor(own, before, wire.body)),
    format: own,
    ...(bundle.summary
      ? { summary: inLineEndsOf(before.summary, wire.excerpt ?? before.summary ?? null) }
      : {}),
  };
}

/** The body as its format keeps it. Throws `invalid` where that is plain text, which the body is not. */
function textFor(format: Json, before: JsonObject, html: Json | undefined): Json {
  const stored = typeof before.value === "string" ? before.value.replaceAll("\r\n", "\n") : "";
  const wasPlain = before.format === PLAIN;
  const wanted = html ?? (wasPlain ? htmlOfPlain(stored) : stored);
  if (format !== PLAIN) return wanted;
  return requirePlain(String(wanted ?? ""), wasPlain ? stored : undefined);
}

/** Browsers send texts with CRLF, so what was written in Drupal's editor has those throughout. */
function inLineEndsOf(before: Json | undefined, text: Json): Json {
  if (typeof before !== "string" || typeof text !== "string") return text;
  const isCrlf = before.includes("\r\n") && !/[^\r]\n|^\n/.test(before);
  return isCrlf ? text.replace(/\r?\n/g, "\r\n") : text;
}

function attributeOf(field: DrupalField, value: Json, around: Around): Json {
  const now = around.current?.attributes[field.name] ?? null;
  const before = (index: number): JsonObject => {
    const item = Array.isArray(now) ? (now as readonly Json[])[index] : index === 0 ? now : undefined;
    return isObject(item ?? null) ? (item as JsonObject) : {};
  };
  const item = (one: Json, index: number): Json => {
    if (field.type === "date") return typeof one === "string" ? inOffset(one) : one;
    if (!isObject(one)) return one;
    const object = one as JsonObject;
    if (field.type === "formatted") {
      return { value: object.value ?? "", format: object.format ?? before(index).format ?? around.format };
    }
    if (field.type !== "link") return one;
    const { uri, options } = before(index);
    return options === undefined || uri !== object.uri ? object : { ...object, options };
  };
  return Array.isArray(value) ? value.map((one: Json, index) => item(one, index)) : item(value, 0);
}

function relatedTo(field: DrupalField, value: Json, current: Resource | undefined): Json {
  const items: readonly Json[] = Array.isArray(value) ? value : value === null ? [] : [value];
  const now = current?.relationships[field.name]?.data;
  const before = now === undefined || now === null ? [] : Array.isArray(now) ? now : [now];
  const list = items.map((item): Json => {
    if (field.type === "terms")
      return { type: typeOfTerm(field, String(item), before), id: onSite(field, String(item)) };
    if (field.type === "reference") {
      const [type = "", id = ""] = String(item).split("/");
      return { type, id };
    }
    const { id = "", ...said } = (isObject(item) ? item : {}) as JsonObject;
    const kept = before.find((other) => other.id === id)?.meta ?? {};
    const { drupal_internal__target_id: _, width: __, height: ___, arity: ____, ...meta } = kept;
    return { type: "file--file", id: onSite(field, String(id)), meta: { ...meta, ...said } };
  });
  return field.many ? list : (list[0] ?? null);
}

function typeOfTerm(field: DrupalField, id: string, before: readonly { type: string; id: string }[]): string {
  return before.find((other) => other.id === id)?.type ?? field.target[0] ?? "taxonomy_term--tags";
}

/** What the site does not have yet: a term by its name, a file by its digest. */
function onSite({ part }: DrupalField, id: string): string {
  if (!/^(?:\?|sha256:)/.test(id)) return id;
  throw new Fault("invalid", `${part}: "${id.replace(/^(?:\?|sha256:)/, "")}" is not on the site`, {
    code: "not-on-site",
  });
}
