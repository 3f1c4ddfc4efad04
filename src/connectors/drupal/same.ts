// Does the site's value say what was sent? Knows what Drupal rewrites, and no more. Pure.
import { isObject, type Json, type JsonObject, sameJson } from "../../lib/json.ts";
import { sameBody } from "./images.ts";
import { siteSlug } from "./slug.ts";

export function same(part: string, ours: Json, theirs: Json): boolean {
  switch (part) {
    case "body":
      return sameBody(text(ours), text(theirs));
    case "slug":
      return siteSlug(text(ours)) === siteSlug(text(theirs));
    case "status":
      return live(ours) === live(theirs);
    case "format":
      return ours === null || ours === theirs;
    case "title":
    case "excerpt":
      return text(ours) === text(theirs);
    default:
      if (isObject(ours) && isObject(theirs) && ours.format === null && "value" in ours) {
        return text(ours.value as Json) === text((theirs.value ?? null) as Json);
      }
      return (isEmpty(ours) && isEmpty(theirs)) || sameJson(normal(ours), normal(theirs));
  }
}

/** `12.50` is `12.5`: some databases keep the zeros at the end, and others do not. */
export const plainDecimal = (text: string): string =>
  /^\s*-?\d+\.\d+\s*$/.test(text) ? text.trim().replace(/\.?0+$/, "") : text;

/** Whether every part came back as it was sent. */
export function keptAll(sent: JsonObject, returned: JsonObject): boolean {
  return Object.entries(sent).every(([name, value]) => same(name, value, returned[name] ?? null));
}

const text = (value: Json) => String(value ?? "").replaceAll("\r\n", "\n");

/** Between these two the date decides, which is a part of its own. */
const live = (value: Json): Json => (value === "scheduled" ? "published" : value);

function isEmpty(value: Json): boolean {
  return value === null || value === "" || value === false || (Array.isArray(value) && value.length === 0);
}

/** Moments and line ends in one form; of a text with a format the text alone where ours names none. */
function normal(value: Json): Json {
  if (Array.isArray(value)) return value.map((item: Json) => normal(item));
  if (isObject(value)) {
    const entries = Object.entries(value as JsonObject).map(([name, item]) => [name, normal(item)] as const);
    return Object.fromEntries(entries.filter(([, item]) => item !== "" && item !== null));
  }
  if (typeof value === "number") return String(value);
  if (typeof value !== "string") return value;
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(value) && !Number.isNaN(Date.parse(value))) return Date.parse(value);
  return text(value);
}
