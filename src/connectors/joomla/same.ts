// Does the site's value say what was sent? Knows what Joomla rewrites, and no more. Pure.
import { htmlFormat } from "../../content/markdown/format.ts";
import { canonicalJson, isObject, type Json, type JsonObject, sameJson } from "../../lib/json.ts";
import { siteSlug } from "./slug.ts";

/** Between the intro and the rest, as Joomla's editor shows it. */
export const MORE = '<hr id="system-readmore">';

export const html = htmlFormat({ more: MORE });

export function same(part: string, ours: Json, theirs: Json): boolean {
  if (isEmpty(ours) && isEmpty(theirs)) return true;
  switch (part) {
    case "slug":
      return siteSlug(text(ours)) === siteSlug(text(theirs));
    case "status":
      return live(ours) === live(theirs);
    case "date":
    case "publishDown":
      return Date.parse(text(ours)) === Date.parse(text(theirs));
    case "image":
    case "imageFull":
      return sameJson(imageIn(ours), imageIn(theirs));
    case "body":
      return html.same(withoutLastMore(text(ours)), withoutLastMore(text(theirs)));
    case "access":
      return text(ours).toLowerCase() === text(theirs).toLowerCase();
    case "seo.keywords":
      return words(ours) === words(theirs);
    default:
      if (Array.isArray(ours) && Array.isArray(theirs)) return sorted(ours) === sorted(theirs);
      return text(ours).trim() === text(theirs).trim();
  }
}

/** Whether every part came back as it was sent. */
export function keptAll(sent: JsonObject, returned: JsonObject): boolean {
  return Object.entries(sent).every(([name, value]) => same(name, value, returned[name] ?? null));
}

function isEmpty(value: Json): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return value === null || value === "" || value === false;
}

function text(value: Json): string {
  return String(value ?? "").replaceAll("\r\n", "\n");
}

/** Between these two the date decides, which is a part of its own. */
function live(value: Json): Json {
  return value === "scheduled" ? "published" : value;
}

function imageIn(value: Json): JsonObject {
  const image = isObject(value) ? (value as JsonObject) : {};
  return {
    src: text(image.src ?? ""),
    alt: text(image.alt ?? "").trim(),
    caption: text(image.caption ?? "").trim(),
  };
}

/** Joomla keeps no mark that has nothing behind it. */
function withoutLastMore(body: string): string {
  const trimmed = body.trimEnd();
  return trimmed.endsWith(MORE) ? trimmed.slice(0, -MORE.length) : body;
}

/** Joomla parts keywords at commas, and puts them together with one space. */
function words(value: Json): string {
  return text(value)
    .replace(/["<>\n\r]/g, "")
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "")
    .join(", ");
}

function sorted(values: readonly Json[]): string {
  return canonicalJson(values.map((value) => canonicalJson(value)).toSorted());
}
