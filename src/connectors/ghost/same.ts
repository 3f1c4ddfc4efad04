// Does the site's value say what was sent? Knows what Ghost rewrites, and no more. Pure.
import { isObject, type Json, type JsonObject, sameJson } from "../../lib/json.ts";
import { ghostBody } from "./lexical.ts";
import { siteSlug } from "./slug.ts";

export function same(part: string, ours: Json, theirs: Json): boolean {
  switch (part) {
    case "slug":
      return sameSlug(text(ours), text(theirs));
    case "status":
      return live(ours) === live(theirs);
    case "date":
      // Ghost dates a post by itself when it goes live; a draft may have none.
      return moment(ours) === moment(theirs);
    case "body":
      return ghostBody.same(text(ours), text(theirs));
    case "title":
      return text(ours).trim() === text(theirs).trim();
    case "tags":
    case "author":
      return sameJson(ours, theirs);
    case "image":
      return sameImage(ours, theirs);
    case "featured":
      return (ours ?? false) === (theirs ?? false);
    default:
      return text(ours) === text(theirs);
  }
}

/** Whether every part came back as it was sent. */
export function keptAll(sent: JsonObject, returned: JsonObject): boolean {
  return Object.entries(sent).every(([name, value]) => same(name, value, returned[name] ?? null));
}

function text(value: Json): string {
  return String(value ?? "").replaceAll("\r\n", "\n");
}

/** Of letters that Ghost spells in ASCII by its own tables, only its answer tells. */
function sameSlug(ours: string, theirs: string): boolean {
  return siteSlug(ours) === siteSlug(theirs);
}

/** Between these two the date decides, which is a part of its own. */
function live(value: Json): Json {
  return value === "scheduled" ? "published" : value;
}

/** Ghost keeps whole seconds. */
function moment(value: Json): number | null {
  const at = Date.parse(text(value));
  return Number.isNaN(at) ? null : Math.floor(at / 1000);
}

function sameImage(ours: Json, theirs: Json): boolean {
  const [a, b] = [imageIn(ours), imageIn(theirs)];
  return a.src === b.src && a.alt === b.alt && a.caption === b.caption;
}

function imageIn(value: Json) {
  const image = isObject(value) ? (value as JsonObject) : {};
  const of = (name: string) => text(image[name] ?? "").trim();
  return { src: of("src"), alt: of("alt"), caption: of("caption") };
}
