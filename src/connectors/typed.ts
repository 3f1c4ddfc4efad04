// Fields of the site's own, whose types come from its model and from the root's `fields:`. Pure.
import { coerce } from "../content/site-fields.ts";
import { Fault } from "../lib/fault.ts";
import { isObject, type Json, type JsonObject } from "../lib/json.ts";
import type { Field, Refs } from "./contract.ts";

/** How one site keeps what documents write as dates, paths of documents and files. */
export interface Stands {
  readonly refs: Refs;
  /** `date` as documents write it. */
  readonly dateToSite: (date: string, field: Field) => Json;
  /** Undefined for what is no date. */
  readonly dateToLocal: (value: Json, field: Field) => string | undefined;
  readonly idToSite: (id: string, field: Field) => Json;
  /** Undefined for a file that the site does not have. */
  readonly imageToSite: (src: string, field: Field) => Json | undefined;
  /** Undefined for what is no image. */
  readonly imageToLocal: (value: Json) => string | undefined;
}

/** A value as the site keeps it. What it does not have yet is `missing`. Throws `invalid` naming the field. */
export function toWire(field: Field, value: Json, stands: Stands): Json {
  const coerced = coerce(field, stands.refs.types[field.name], value);
  if ("problem" in coerced) {
    throw new Fault("invalid", `${field.name} ${coerced.problem}`, { code: "field-value" });
  }
  switch (typeOf(field, stands.refs)) {
    case "date":
      return each(value, (item) => (typeof item === "string" ? stands.dateToSite(item, field) : item));
    case "reference":
      return each(value, (item) => (typeof item === "string" ? idOf(item, field, stands) : item));
    case "image":
      return each(value, (item) => {
        const src = sourceOf(item);
        return src === "" ? null : (stands.imageToSite(src, field) ?? missing(src));
      });
    default:
      return coerced.value;
  }
}

/** A value as documents write it. */
export function toFrontMatter(field: Field, value: Json, stands: Stands): Json {
  switch (typeOf(field, stands.refs)) {
    case "date":
      return each(value, (item) => stands.dateToLocal(item, field) ?? item);
    case "reference":
      return each(value, (item) => pathOf(item, stands.refs) ?? item);
    case "image":
      return each(value, (item) => stands.imageToLocal(item) ?? item);
    case "number":
      return typeof value === "string" && value.trim() !== "" && !Number.isNaN(Number(value))
        ? Number(value)
        : value;
    case "json":
      return typeof value === "string" && field.type === "text" ? parsed(value) : value;
    default:
      return value;
  }
}

function typeOf(field: Field, { types }: Pick<Refs, "types">) {
  return types[field.name] ?? (field.type === "date" ? "date" : undefined);
}

function each(value: Json, change: (item: Json) => Json): Json {
  return Array.isArray(value) ? value.map(change) : change(value);
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

/** Path of an image as front matter has it: text, or `{src, alt}`. */
export function sourceOf(value: Json): string {
  if (typeof value === "string") return value;
  return isObject(value) && typeof value.src === "string" ? value.src : "";
}

/** Local files that the typed fields of a document name. */
export function imagesIn(fields: JsonObject, types: Refs["types"]): readonly string[] {
  return Object.entries(types).flatMap(([name, type]) => {
    const value = fields[name];
    if (type !== "image" || value === undefined || value === null) return [];
    const items: readonly Json[] = Array.isArray(value) ? value : [value];
    return items.map(sourceOf).filter((src) => src !== "" && !/^(?:[a-z][a-z0-9+.-]*:|\/\/)/i.test(src));
  });
}

/** `about/team`, or `page:about/team` where several kinds have it. */
function idOf(reference: string, field: Field, { refs, idToSite }: Stands): Json {
  const [, kind, path = ""] = /^(?:([a-z0-9_-]+):)?\/?(.*?)\/?$/is.exec(reference.trim()) ?? [];
  const wanted = path.toLowerCase();
  const found = refs.parents.filter(
    (entry) => entry.path.toLowerCase() === wanted && (kind === undefined || entry.kind === kind),
  );
  const [first, second] = found;
  if (second !== undefined) {
    const choices = found.map((entry) => `${entry.kind}:${entry.path}`).join(", ");
    throw new Fault("invalid", `${field.name}: "${reference}" may be ${choices}`, {
      code: "reference-ambiguous",
      hint: "write the kind before it, as here",
    });
  }
  return first === undefined ? missing(reference) : idToSite(first.id, field);
}

function pathOf(id: Json, { parents }: Pick<Refs, "parents">): string | undefined {
  const entry = parents.find((candidate) => candidate.id === String(id));
  if (entry === undefined) return undefined;
  const others = parents.filter(({ path }) => path.toLowerCase() === entry.path.toLowerCase());
  return others.length > 1 ? `${entry.kind}:${entry.path}` : entry.path;
}

const MISSING = "$missing";

/** What stands in a wire value for something that the site does not have yet; a write with it is refused. */
function missing(name: string): Json {
  return { [MISSING]: name };
}

/** Throws `invalid` for a value that names what the site does not have. */
export function refuseMissing(field: string, value: Json): void {
  const items: readonly Json[] = Array.isArray(value) ? value : [value];
  for (const item of items) {
    if (!isObject(item) || typeof item[MISSING] !== "string") continue;
    throw new Fault("invalid", `${field}: "${item[MISSING]}" is not on the site`, {
      code: "not-on-site",
      hint: "publish it first, then run the command again",
    });
  }
}
