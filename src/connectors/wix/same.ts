// Does the site's value say what was sent? Knows what Wix rewrites, and no more. Pure.
import { html } from "../../content/markdown/format.ts";
import { canonicalJson, isObject, type Json, type JsonObject } from "../../lib/json.ts";
import { postBody } from "./body.ts";
import { siteSlug } from "./slug.ts";

export function same(part: string, ours: Json, theirs: Json): boolean {
  switch (part) {
    case "slug":
      return siteSlug(text(ours)) === siteSlug(text(theirs));
    case "status":
      return live(ours) === live(theirs);
    case "date":
      return moment(ours) === moment(theirs);
    case "body":
      return sameBody(text(ours), text(theirs));
    case "tags":
    case "categories":
      return set(ours) === set(theirs);
    case "image":
      return sameImage(ours, theirs);
    case "featured":
      return (ours ?? false) === (theirs ?? false);
    case "comments":
      return (ours ?? true) === (theirs ?? true);
    default:
      return plain(ours) === plain(theirs);
  }
}

/** Of posts rich content, of items HTML. */
function sameBody(ours: string, theirs: string): boolean {
  const isRich = [ours, theirs].every((body) => body.startsWith("{"));
  return isRich ? postBody.same(ours, theirs) : html.same(ours, theirs);
}

function plain(value: Json): string {
  return typeof value === "object" && value !== null ? canonicalJson(value) : text(value).trim();
}

function text(value: Json): string {
  return String(value ?? "").replaceAll("\r\n", "\n");
}

/** Between these two the date decides, which is a part of its own. */
function live(value: Json): Json {
  return value === "scheduled" ? "published" : value;
}

function moment(value: Json): number | null {
  const at = Date.parse(text(value));
  return Number.isNaN(at) ? null : Math.floor(at / 1000);
}

/** In whatever order. */
function set(value: Json): string {
  return canonicalJson(Array.isArray(value) ? value.map(String).toSorted() : []);
}

function sameImage(ours: Json, theirs: Json): boolean {
  if (![ours, theirs].every((value) => value === null || isObject(value)))
    return plain(ours) === plain(theirs);
  const [a, b] = [imageIn(ours), imageIn(theirs)];
  return a.id === b.id && a.alt === b.alt;
}

function imageIn(value: Json) {
  const image = isObject(value) ? (value as JsonObject) : {};
  return { id: text(image.id ?? ""), alt: text(image.alt ?? "").trim() };
}
