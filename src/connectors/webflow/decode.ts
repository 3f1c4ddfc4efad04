// Wire -> document. Pure.
import { asLocal } from "../../content/date.ts";
import type { Document } from "../../content/document.ts";
import { Fault } from "../../lib/fault.ts";
import { isObject, type Json, type JsonObject } from "../../lib/json.ts";
import type { Entry, Refs } from "../contract.ts";
import { termIndex } from "../term-index.ts";
import { addressesOf, refOf } from "./images.ts";
import { type Wiring, wiringOf } from "./kinds.ts";
import { plainMarkup, webflowBody } from "./rich-text.ts";

/** The document an empty directory would get. What Webflow would set by itself is left out. */
export function decode(entry: Entry, refs: Refs): Document {
  const fields: Record<string, Json> = {};
  for (const field of refs.kind.fields) {
    const value = entry.wire[field.name] ?? null;
    if (field.readOnly !== undefined || isEmpty(value) || value === field.fallback) continue;
    const wiring = wiringOf(field);
    const decoded = wiring === undefined ? value : decodeOwn(wiring, value, refs);
    if (decoded !== undefined && !isEmpty(decoded)) fields[field.name] = decoded;
  }
  const { body } = entry.wire;
  const text = typeof body === "string" ? webflowBody.decode(body, addressesOf(refs)) : "";
  return { kind: entry.kind, locale: entry.locale, fields, body: text };
}

const isEmpty = (value: Json) =>
  value === null || value === "" || (Array.isArray(value) && value.length === 0);

function decodeOwn(wiring: Wiring, value: Json, refs: Refs): Json | undefined {
  switch (wiring.type) {
    case "DateTime":
      return asLocal(String(value), refs.timezone);
    case "RichText":
      return plainMarkup(String(value));
    case "Option":
      return wiring.options.find(({ id }) => id === value)?.name ?? value;
    case "Reference":
      return wiring.isTaxonomy ? termName(wiring, value, refs) : slugOf(wiring, value, refs);
    case "MultiReference": {
      const ids: readonly Json[] = Array.isArray(value) ? value : [];
      return ids.map((id) => (wiring.isTaxonomy ? termName(wiring, id, refs) : slugOf(wiring, id, refs)));
    }
    case "Image":
    case "File":
    case "ExtFileRef":
      return decodeFile(value, refs);
    case "MultiImage":
      return Array.isArray(value) ? value.map((item) => decodeFile(item, refs)) : value;
    default:
      return value;
  }
}

/** An item of which nothing is known keeps its id. */
function slugOf({ target }: Wiring, id: Json, { parents }: Refs): Json {
  return parents.find((entry) => entry.kind === target && entry.id === id)?.path ?? id;
}

function termName({ part, target }: Wiring, id: Json, refs: Refs): Json {
  const term = termIndex(refs.terms).byId(target, String(id));
  if (term !== undefined) return term.name;
  throw new Fault("protocol", `${part}: the item names ${String(id)}, which ${target} does not list`, {
    code: "webflow.unknown-term",
    scope: "item",
  });
}

function decodeFile(value: Json, refs: Refs): Json {
  if (!isObject(value)) return value;
  const { src, alt } = value as JsonObject;
  const shown = refOf(String(src), refs) ?? String(src);
  return typeof alt === "string" && alt !== "" ? { src: shown, alt } : shown;
}
