import { Fault } from "../lib/fault.ts";
import { isObject, type Json, type JsonObject } from "../lib/json.ts";
import { nearestName } from "../lib/suggest.ts";
import type { FieldRule } from "./config.ts";
import { isDate } from "./date.ts";
import { STATES, type State } from "./document.ts";
import { decodeSlug, isSlug, nameParts, slugify } from "./path.ts";
import { lineOf, type Source } from "./source.ts";

const LISTS = new Set(["tags", "categories"]);

const SYNONYMS: Readonly<Record<string, State>> = {
  publish: "published",
  public: "published",
  live: "published",
  future: "scheduled",
  unpublished: "draft",
  trash: "archived",
};

/** Fields of a file under the site's names for them, and the operator's key for each. */
export interface Named {
  readonly source: Source;
  readonly fields: JsonObject;
  readonly names: ReadonlyMap<string, string>;
}

/** A fault about a key of the file, with the line it stands on. */
export function fieldFault(source: Source, key: string, code: string, message: string, hint?: string): Fault {
  const line = lineOf(source, key);
  return new Fault("invalid", message, {
    code,
    place: { file: source.path, ...(line === undefined ? {} : { line }), field: key },
    ...(hint === undefined ? {} : { hint }),
  });
}

/** A value in the type that its field has. Throws `invalid` naming the key. */
export function convertField(source: Source, key: string, value: Json, rule: FieldRule): Json {
  const type = rule.type ?? (LISTS.has(rule.to ?? "") ? "list" : rule.to === "date" ? "date" : undefined);
  const wrong = (wanted: string) =>
    fieldFault(source, key, "field-type", `\`${key}\` must be ${wanted}, not ${JSON.stringify(value)}`);
  switch (type) {
    case undefined:
    case "json":
      return value;
    case "reference":
      return isPaths(value) ? value : raise(wrong("the slug path of another document, or a list of them"));
    case "image":
      return isImages(value) ? value : raise(wrong("the path of an image, `{src, alt}`, or a list of them"));
    case "list":
      return listOf(value) ?? raise(wrong('a list of words, or one line "a, b"'));
    case "text":
      return isScalar(value) ? String(value) : raise(wrong("text"));
    case "number": {
      const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
      return typeof number === "number" && Number.isFinite(number) ? number : raise(wrong("a number"));
    }
    case "boolean":
      if (typeof value === "boolean") return value;
      if (value === "true" || value === "yes") return true;
      return value === "false" || value === "no" ? false : raise(wrong("true or false"));
    case "date":
      if (typeof value === "string" && isDate(value)) return value;
      throw fieldFault(
        source,
        key,
        "date",
        `\`${key}\`: ${JSON.stringify(value)} is not a date`,
        "Write 2026-01-31, 2026-01-31 09:30 or 2026-01-31T09:30:00+02:00.",
      );
  }
}

function listOf(value: Json): Json | undefined {
  const items =
    typeof value === "string"
      ? value.split(",")
      : Array.isArray(value)
        ? (value as readonly Json[])
        : undefined;
  if (items === undefined || !items.every(isScalar)) return undefined;
  return items.map((item) => String(item).trim()).filter((item) => item !== "");
}

function isScalar(value: Json): value is string | number | boolean {
  return ["string", "number", "boolean"].includes(typeof value);
}

function isPaths(value: Json): boolean {
  const items: readonly Json[] = Array.isArray(value) ? value : [value];
  return items.every((item) => typeof item === "string" && item.trim() !== "");
}

function isImages(value: Json): boolean {
  const items: readonly Json[] = Array.isArray(value) ? value : [value];
  return items.every((item) => typeof (isObject(item) ? item.src : item) === "string");
}

function raise(fault: Fault): never {
  throw fault;
}

/** A field that is one line of text; numbers are taken as written. Undefined where it is absent or empty. */
export function lineOfText({ source, fields, names }: Named, field: string): string | undefined {
  const value = fields[field];
  const key = names.get(field) ?? field;
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string" && typeof value !== "number") {
    const what = Array.isArray(value) ? "a list" : isObject(value) ? "a mapping" : String(value);
    throw fieldFault(
      source,
      key,
      "field-type",
      `\`${key}\` must be text, not ${what}`,
      "Put the value in quotes.",
    );
  }
  const line = String(value).trim();
  return line === "" ? undefined : line;
}

/** The slug that the file names, else the one that its own name gives. `path`: the file's, without its language. */
export function slugOf(
  named: Named,
  path = named.source.path,
): { readonly slug: string; readonly explicit: boolean } {
  const { source } = named;
  const slug = lineOfText(named, "slug");
  if (slug === undefined) {
    const given = nameParts(path).slug;
    if (given !== "") return { slug: given, explicit: false };
    throw new Fault("invalid", "The file's name gives no slug", {
      code: "slug",
      place: { file: source.path, line: 1, field: "slug" },
      hint: "Add `slug:` to the front matter.",
    });
  }
  const readable = decodeSlug(slug);
  if (isSlug(readable)) return { slug, explicit: true };
  const good = slugify(readable);
  throw fieldFault(
    source,
    named.names.get("slug") ?? "slug",
    "slug",
    `\`${slug}\` cannot be a slug, which is words joined by \`-\``,
    good === "" ? "Write one like `my-page`." : `Write \`slug: ${good}\`.`,
  );
}

/** `status`, else what `draft` says: true is a draft, false is published. */
export function stateOf(named: Named, draft: Json | undefined): State | undefined {
  const { source, names } = named;
  const written = lineOfText(named, "status");
  const key = names.get("status") ?? "status";
  const state = STATES.find((known) => known === written);
  if (written !== undefined && state === undefined) {
    const near = nearestName(written, STATES) ?? SYNONYMS[written.toLowerCase()];
    const hint = near === undefined ? `It can be ${STATES.join(", ")}.` : `Did you mean \`${near}\`?`;
    throw fieldFault(source, key, "status", `\`${written}\` is not a status`, hint);
  }
  if (draft === undefined || draft === null) return state;
  if (typeof draft !== "boolean") {
    throw fieldFault(source, "draft", "status", "`draft` must be true or false");
  }
  if (draft && state !== undefined && state !== "draft") {
    throw fieldFault(
      source,
      "draft",
      "status",
      `\`draft: true\` contradicts \`${key}: ${state}\``,
      "Remove one of them.",
    );
  }
  return state ?? (draft ? "draft" : "published");
}

/** BCP 47 in its canonical form, or "". */
export function localeOf(named: Named): string {
  const written = lineOfText(named, "locale");
  if (written === undefined) return "";
  try {
    return Intl.getCanonicalLocales(written)[0] ?? "";
  } catch {
    const dashed = written.replaceAll("_", "-");
    const better = /^[a-z]{2,3}(-[a-z]{2})?$/i.test(dashed) ? dashed : "de-AT";
    const key = named.names.get("locale") ?? "locale";
    throw fieldFault(
      named.source,
      key,
      "locale",
      `\`${written}\` is not a language tag`,
      `Write it like \`${better}\`.`,
    );
  }
}
