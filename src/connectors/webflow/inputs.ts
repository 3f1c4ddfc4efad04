// Wire values as requests have them. Pure.
import { Fault } from "../../lib/fault.ts";
import { isObject, type Json, type JsonObject } from "../../lib/json.ts";
import type { Entry } from "../contract.ts";
import { NEW_TERM } from "./encode.ts";
import type { Wired, Wiring } from "./kinds.ts";

/** Where an item is to be: on the live site, among drafts, waiting for the next publication, or put away. */
export interface Flags {
  readonly isDraft?: boolean;
  readonly isArchived?: boolean;
}

/** `fieldData` for these parts. `current`: of an update; a slug that it has already is left out. Throws `invalid`. */
export function fieldDataOf(wire: JsonObject, wired: Wired, current: Entry | undefined): JsonObject {
  const data: Record<string, Json> = {};
  for (const [part, value] of Object.entries(wire)) {
    if (part === "status") continue;
    if (part === "title") data.name = String(value ?? "");
    else if (part === "slug") {
      // The slug that an item has counts as taken.
      if (value !== current?.slug) data.slug = String(value ?? "");
    } else if (part === "body" && wired.body !== undefined) data[wired.body] = value ?? "";
    else {
      const field = wired.fields.find((one) => one.part === part);
      if (field === undefined) throw unknownPart(part, wired);
      data[field.slug] = requestValue(field, value);
    }
  }
  return data;
}

function unknownPart(part: string, { kind }: Wired): Fault {
  return new Fault("invalid", `the collection ${kind.title} has no field for "${part}"`, {
    code: "unknown-field",
    unsent: true,
  });
}

function requestValue({ part, type }: Wiring, value: Json): Json {
  switch (type) {
    case "Image":
    case "File":
    case "ExtFileRef":
      return fileRequest(part, value);
    case "MultiImage":
      return Array.isArray(value) ? value.map((item) => fileRequest(part, item)) : [];
    default:
      refuseNew(part, value);
      return value;
  }
}

function refuseNew(part: string, value: Json): void {
  const items: readonly Json[] = Array.isArray(value) ? value : [value];
  const missing = items.find((item) => typeof item === "string" && item.startsWith(NEW_TERM));
  if (missing === undefined) return;
  throw new Fault("invalid", `${part}: "${String(missing).slice(NEW_TERM.length)}" is not on the site yet`, {
    code: "not-on-site",
    unsent: true,
  });
}

/** A file that the item has already is named by its id, any other one by where it is. */
function fileRequest(part: string, value: Json): Json {
  if (!isObject(value)) return null;
  const { id, src, alt } = value as JsonObject;
  const text = typeof alt === "string" && alt !== "" ? alt : null;
  if (typeof id === "string" && id !== "") return { fileId: id, alt: text };
  if (typeof src === "string" && /^https?:\/\//.test(src)) return { url: src, alt: text };
  throw new Fault("invalid", `${part}: "${String(src)}" is not on the site`, {
    code: "not-on-site",
    unsent: true,
  });
}

/** What says of an item that is not live where it is. */
export function flagsOf(status: Json): Flags {
  switch (status) {
    case "draft":
      return { isDraft: true, isArchived: false };
    case "pending":
    case "published":
      return { isDraft: false, isArchived: false };
    case "archived":
      return { isDraft: true, isArchived: true };
    default:
      throw new Fault("invalid", `Webflow has no status "${String(status)}" that could be set`, {
        code: "unknown-status",
        unsent: true,
      });
  }
}
