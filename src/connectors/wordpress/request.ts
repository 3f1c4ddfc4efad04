// Wire values as fields of a WordPress request.
import type { State } from "../../content/document.ts";
import { groupOf } from "../../content/groups.ts";
import { Fault } from "../../lib/fault.ts";
import type { Json, JsonObject } from "../../lib/json.ts";
import { refuseMissing } from "../typed.ts";
import { isCustom } from "./custom-fields.ts";
import { FIELDS } from "./types.ts";

const STATUSES: Partial<Readonly<Record<State, string>>> = {
  draft: "draft",
  pending: "pending",
  private: "private",
  scheduled: "future",
  published: "publish",
};

/** What an empty field is for WordPress, by wire name. Terms are emptied by an empty list. */
const EMPTY: Readonly<Record<string, Json>> = {
  title: "",
  excerpt: "",
  image: 0,
  sticky: false,
  template: "",
  parent: 0,
  format: "standard",
  body: "",
  date: null,
};

const PROPERTIES: ReadonlyMap<string, string> = new Map([
  ...FIELDS.map(([name, property]) => [name, property] as const),
  ["body", "content"],
]);

/**
 * Fields of the request for these wire values. Never an `id`: in an update's body it would beat the address's and
 * overwrite another entry. Never a password: protected entries keep theirs.
 */
export function requestOf(wire: JsonObject, terms: ReadonlySet<string>): JsonObject {
  const body: Record<string, Json> = {};
  for (const [name, value] of Object.entries(wire)) {
    if (name === "protected") continue;
    if (isCustom(name)) {
      refuseMissing(name, value);
      const [group = "", key = ""] = [groupOf(name), name.slice(name.indexOf(".") + 1)];
      body[group] = { ...((body[group] ?? {}) as JsonObject), [key]: value };
      continue;
    }
    const property = terms.has(name) ? name : PROPERTIES.get(name);
    if (property === undefined) {
      throw new Fault("invalid", `WordPress has no field for "${name}"`, { code: "unknown-field" });
    }
    body[property] = terms.has(name) ? termIds(name, value) : fieldValue(name, value);
  }
  return body;
}

function fieldValue(name: string, value: Json): Json {
  if (value === null) {
    const empty = EMPTY[name];
    if (empty !== undefined) return empty;
    throw new Fault("invalid", `${name} cannot be empty on WordPress`, { code: "cannot-clear" });
  }
  if (name === "status") {
    const status = STATUSES[value as State];
    if (status !== undefined) return status;
    throw new Fault("invalid", `WordPress has no status "${String(value)}"`, { code: "unknown-status" });
  }
  if (["image", "parent", "author"].includes(name) && typeof value !== "number")
    throw notThere(name, String(value));
  return value;
}

function termIds(name: string, value: Json): Json {
  if (value === null) return [];
  const missing = Array.isArray(value) ? value.find((id) => typeof id !== "number") : value;
  if (missing !== undefined) throw notThere(name, String(missing));
  return value;
}

function notThere(name: string, value: string): Fault {
  return new Fault("invalid", `${name}: "${value}" is not on the site`, { code: "not-on-site" });
}
