// Does Webflow's value say the same as what was sent? Knows what Webflow rewrites, and no more. Pure.
import { isObject, type Json, type JsonObject, sameJson } from "../../lib/json.ts";
import { fileOf } from "./images.ts";
import { webflowBody } from "./rich-text.ts";
import { siteSlug } from "./slug.ts";

export function same(part: string, ours: Json, theirs: Json): boolean {
  switch (part) {
    case "title":
      return text(ours).trim() === text(theirs).trim();
    case "slug":
      return siteSlug(text(ours)) === siteSlug(text(theirs));
    case "status":
      return ours === theirs;
    case "body":
      return webflowBody.same(text(ours), text(theirs));
    default:
      return sameValue(ours, theirs);
  }
}

/** Whether every part came back as it was sent. */
export function keptAll(sent: JsonObject, returned: JsonObject): boolean {
  return Object.entries(sent).every(([name, value]) => same(name, value, returned[name] ?? null));
}

function text(value: Json): string {
  return String(value ?? "").replaceAll("\r\n", "\n");
}

const MOMENT = /^\d{4}-\d\d-\d\dT/;

/** Of a collection's own fields only the value tells what it is. */
function sameValue(ours: Json, theirs: Json): boolean {
  if (Array.isArray(ours) || Array.isArray(theirs)) {
    const [a, b] = [listOf(ours), listOf(theirs)];
    return a.length === b.length && a.every((item, index) => sameValue(item, b[index] ?? null));
  }
  if (isObject(ours) || isObject(theirs)) return sameFile(ours, theirs);
  if (isEmpty(ours) && isEmpty(theirs)) return true;
  if (typeof ours !== "string" || typeof theirs !== "string") return sameJson(ours, theirs);
  if (MOMENT.test(ours) && MOMENT.test(theirs)) return Date.parse(ours) === Date.parse(theirs);
  if (ours.startsWith("<") && theirs.startsWith("<")) return webflowBody.same(text(ours), text(theirs));
  return text(ours).trim() === text(theirs).trim();
}

const listOf = (value: Json): readonly Json[] =>
  Array.isArray(value) ? value : isEmpty(value) ? [] : [value];

const isEmpty = (value: Json) => value === null || value === "" || value === false;

/** Webflow takes files over under an address of its own, and keeps their names. */
function sameFile(ours: Json, theirs: Json): boolean {
  const [a, b] = [fileIn(ours), fileIn(theirs)];
  return a.alt === b.alt && (a.src === b.src || fileOf(a.src) === fileOf(b.src));
}

function fileIn(value: Json): { readonly src: string; readonly alt: string } {
  const file = (isObject(value) ? value : {}) as JsonObject;
  return { src: text(file.src ?? ""), alt: text(file.alt ?? "").trim() };
}
