// Does the shop's value say what was sent? Knows what Shopify rewrites, and no more. Pure.
import { html } from "../../content/markdown/format.ts";
import { isObject, type Json, type JsonObject, sameJson } from "../../lib/json.ts";
import { isMetafield, sameMetafield } from "./metafields.ts";
import { siteSlug } from "./slug.ts";

export function same(part: string, ours: Json, theirs: Json): boolean {
  if (isMetafield(part)) return sameMetafield(ours, theirs);
  switch (part) {
    case "title":
      return sameTitle(ours, theirs);
    case "slug":
      return siteSlug(text(ours)) === siteSlug(text(theirs));
    case "status":
      return live(ours) === live(theirs);
    case "date":
      // Of an entry that nobody sees Shopify keeps no date: it is sent again with the status.
      return theirs === null || moment(ours) === moment(theirs);
    case "tags":
      return sameJson(tagsOf(ours), tagsOf(theirs));
    case "image":
      return sameImage(ours, theirs);
    case "body":
      return html.same(text(ours), text(theirs));
    case "excerpt":
      return html.same(text(ours).trim(), text(theirs).trim());
    default:
      return text(ours).trim() === text(theirs).trim();
  }
}

/** Whether every part came back as it was sent. */
export function keptAll(sent: JsonObject, returned: JsonObject): boolean {
  return Object.entries(sent).every(([name, value]) => same(name, value, returned[name] ?? null));
}

/** Outer white space is cut off. */
export function sameTitle(ours: Json, theirs: Json): boolean {
  return text(ours).trim() === text(theirs).trim();
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
  return Number.isNaN(at) ? null : at;
}

/** A set in which case does not count; of one tag twice the shop keeps the first. */
function tagsOf(value: Json): Json {
  const list = Array.isArray(value) ? value.map((tag: Json) => foldTag(text(tag))) : [];
  return [...new Set(list)].sort();
}

export const foldTag = (tag: string) => tag.trim().toLowerCase();

/** The shop stores a copy of each image elsewhere, under its name. */
function sameImage(ours: Json, theirs: Json): boolean {
  const [a, b] = [imageIn(ours), imageIn(theirs)];
  return a.alt === b.alt && (a.src === b.src || fileOf(a.src) === fileOf(b.src));
}

function imageIn(value: Json): { readonly src: string; readonly alt: string } {
  if (!isObject(value)) return { src: "", alt: "" };
  return { src: text((value.src ?? "") as Json), alt: text((value.alt ?? "") as Json).trim() };
}

/** Name of a file in an address, without what Shopify puts behind it where one of that name is there already. */
export function fileOf(address: string): string {
  const [name = ""] = address
    .replace(/[?#].*$/s, "")
    .split("/")
    .slice(-1);
  return name.replace(/_[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?=\.[a-z0-9]+$)/i, "");
}
