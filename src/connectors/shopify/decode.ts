// Wire -> document. Pure.
import { asLocal } from "../../content/date.ts";
import type { Document } from "../../content/document.ts";
import { html } from "../../content/markdown/format.ts";
import { isObject, type Json } from "../../lib/json.ts";
import type { Entry, Refs } from "../contract.ts";
import { toFrontMatter } from "../typed.ts";
import { imagesOf } from "./encode.ts";
import { addressesOf, refOf } from "./images.ts";
import { isMetafield, stands } from "./metafields.ts";

/** The document an empty directory would get. What Shopify, or this shop, would set by itself is left out. */
export function decode(entry: Entry, refs: Refs): Document {
  const fields: Record<string, Json> = {};
  const made = stands(refs, imagesOf(refs));
  for (const field of refs.kind.fields) {
    const value = entry.wire[field.name] ?? null;
    if (isEmpty(value) || value === field.fallback) continue;
    fields[field.name] = isMetafield(field.name)
      ? toFrontMatter(field, value, made)
      : decodeField(field.name, value, refs);
  }
  const body = typeof entry.wire.body === "string" ? html.decode(entry.wire.body, addressesOf(refs)) : "";
  return { kind: entry.kind, locale: entry.locale, fields, body };
}

const isEmpty = (value: Json) =>
  value === null || value === "" || (Array.isArray(value) && value.length === 0);

function decodeField(name: string, value: Json, refs: Refs): Json {
  switch (name) {
    case "date":
      return asLocal(String(value), refs.timezone);
    case "image":
      return decodeImage(value, refs);
    default:
      return value;
  }
}

function decodeImage(value: Json, refs: Refs): Json {
  if (!isObject(value) || typeof value.src !== "string") return value;
  const src = refOf(value.src, refs) ?? value.src;
  return typeof value.alt === "string" && value.alt !== "" ? { src, alt: value.alt } : src;
}
