// Does the site's value say what was sent? Knows what Wix rewrites, and no more. Pure.
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
      return postBody.same(text(ours), text(theirs));
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
      return text(ours).trim() === text(theirs).trim();
  }
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
  const [a, b] = [imageIn(ours), imageIn(theirs)];
  return a.id === b.id && a.alt === b.alt;
}

function imageIn(value: Json) {
  const image = isObject(value) ? (value as JsonObject) : {};
  return { id: text(image.id ?? ""), alt: text(image.alt ?? "").trim() };
}
