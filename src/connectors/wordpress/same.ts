// Does the server's value say what was sent? Knows what WordPress rewrites. Pure.
import { html, wordpressBlocks } from "../../content/markdown/format.ts";
import { canonicalJson, isObject, type Json, type JsonObject, sameJson } from "../../lib/json.ts";
import { isCustom, sameCustom } from "./custom-fields.ts";
import { decodeEntities } from "./names.ts";
import { readableSlug, siteSlug } from "./slug.ts";

export function same(part: string, ours: Json, theirs: Json): boolean {
  if (isCustom(part)) return sameCustom(ours, theirs);
  if (isEmpty(ours) && isEmpty(theirs)) return true;
  switch (part) {
    case "title":
    case "excerpt":
      return text(ours) === text(theirs);
    case "slug":
      return slug(ours) === slug(theirs);
    case "status":
      return live(ours) === live(theirs);
    case "date":
      return date(ours) === date(theirs);
    case "protected":
      // Never sent: an entry keeps the password that it has.
      return true;
    case "body":
      return sameBody(ours, theirs);
    default:
      return sameJson(sorted(ours), sorted(theirs));
  }
}

/** Whether every part came back as it was sent. */
export function keptAll(sent: JsonObject, returned: JsonObject): boolean {
  return Object.entries(sent).every(([name, value]) => same(name, value, returned[name] ?? null));
}

/** Absent, and the values WordPress answers for absent. */
function isEmpty(value: Json): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isObject(value)) return Object.keys(value).length === 0;
  return value === null || value === "" || value === false || value === 0 || value === "standard";
}

/** Titles are trimmed; roles without unfiltered HTML get `&` stored as `&amp;`. */
function text(value: Json): string {
  return decodeEntities(String(value ?? "").replaceAll("\r\n", "\n")).trim();
}

function slug(value: Json): string {
  const stored = String(value ?? "");
  return siteSlug(stored) || readableSlug(stored).toLowerCase();
}

/** WordPress itself decides between these two, by the date, which is a part of its own. */
function live(value: Json): Json {
  return value === "scheduled" ? "published" : value;
}

/** Site-local, `YYYY-MM-DDTHH:MM:SS`. */
function date(value: Json): string {
  return String(value ?? "").replace(" ", "T");
}

function sameBody(ours: Json, theirs: Json): boolean {
  const [a, b] = [String(ours ?? ""), String(theirs ?? "")];
  const format = a.includes("<!-- wp:") || b.includes("<!-- wp:") ? wordpressBlocks : html;
  return a === b || format.same(a, b);
}

/** Sets of ids. */
function sorted(value: Json): Json {
  return Array.isArray(value)
    ? value.toSorted((a: Json, b: Json) => (canonicalJson(a) < canonicalJson(b) ? -1 : 1))
    : value;
}
