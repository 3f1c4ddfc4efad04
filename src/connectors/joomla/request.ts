// Wire values as fields of Joomla's requests.
import type { State } from "../../content/document.ts";
import { groupOf } from "../../content/groups.ts";
import { splitTermPath } from "../../content/term-path.ts";
import { Fault } from "../../lib/fault.ts";
import { isObject, type Json, type JsonObject } from "../../lib/json.ts";
import type { Draft } from "../contract.ts";
import { GROUP, partOf, writeValue } from "./custom-fields.ts";
import { LONGEST_NOTE, markerOf, withMarker } from "./marker.ts";
import { splitText } from "./raw.ts";
import { type Row, tagsOf } from "./rows.ts";
import type { Site } from "./site.ts";

const STATES: Partial<Readonly<Record<State, number>>> = {
  draft: 0,
  published: 1,
  scheduled: 1,
  archived: 2,
};

/** Properties that a text of ours is sent as. */
const TEXTS: Readonly<Record<string, string>> = {
  title: "title",
  slug: "alias",
  authorAlias: "created_by_alias",
  "seo.description": "metadesc",
  "seo.keywords": "metakey",
};

/** Dates are no part of it: see `dates.ts`. */
const ELSEWHERE = new Set(["date", "publishDown", "image", "imageFull"]);

/** Id of the category of a new article: the one it names, that of its scope, or the one for those that name none. */
export async function categoryOf(
  site: Site,
  { scope, wire }: Pick<Draft, "scope" | "wire">,
): Promise<number> {
  if (wire.categories !== undefined && wire.categories !== null) {
    const named = termIds("categories", wire.categories);
    if (named[0] !== undefined) return named[0];
  }
  if (scope !== "") {
    const wanted = splitTermPath(scope).join("\0").toLowerCase();
    for (const { id, path } of (await site.categories()).values()) {
      if (path.join("\0").toLowerCase() === wanted) return Number(id);
    }
  }
  return Number((await site.defaultCategory()).id);
}

/** Fields of the request for these wire values, but for dates. `row`: the article as it is; undefined in a create. */
export async function requestOf(site: Site, wire: JsonObject, row: Row | undefined): Promise<JsonObject> {
  const fields = await site.customFields();
  const request: Record<string, Json> = {};
  for (const [name, value] of Object.entries(wire)) {
    if (ELSEWHERE.has(name)) continue;
    const property = TEXTS[name];
    if (property !== undefined) request[property] = value ?? "";
    else if (groupOf(name) === GROUP) {
      const field = fields.find((candidate) => partOf(candidate) === name && !candidate.isClosed);
      if (field === undefined) throw unknownPart(name);
      request[field.name] = writeValue(field, value);
    } else Object.assign(request, await partRequest(site, name, value, row));
  }
  const images = await imagesRequest(site, wire, row);
  return images === undefined ? request : { ...request, images };
}

async function partRequest(site: Site, name: string, value: Json, row: Row | undefined): Promise<JsonObject> {
  switch (name) {
    case "status":
      return { state: stateNumber(value) };
    case "categories":
      return { catid: await categoryOf(site, { scope: "", wire: { categories: value } }) };
    case "tags":
      return { tags: termIds(name, value) };
    case "author":
      if (typeof value === "number") return { created_by: value };
      throw notThere(name, String(value));
    case "featured":
      return { featured: value === true ? 1 : 0 };
    case "access":
      return { access: await levelOf(site, value) };
    case "note":
      return { note: noteOf(String(value ?? ""), markerOf(row?.attributes.note ?? "")) };
    case "body":
      // One without the other blanks the article, or changes nothing.
      return { ...splitText(String(value ?? "")) };
    default:
      throw unknownPart(name);
  }
}

function unknownPart(name: string): Fault {
  return new Fault("invalid", `Joomla has no field for "${name}"`, { code: "unknown-field" });
}

function stateNumber(value: Json): number {
  const state = STATES[value as State];
  if (state !== undefined) return state;
  throw new Fault("invalid", `Joomla has no state "${String(value)}"`, { code: "unknown-status" });
}

/** Ids that Joomla does not have are stored as they are, and names become 0: neither is ever sent. */
function termIds(name: string, value: Json): readonly number[] {
  const items: readonly Json[] = Array.isArray(value) ? value : value === null ? [] : [value];
  return items.map((item) => {
    if (typeof item === "number" && item > 0) return item;
    throw notThere(name, String(item));
  });
}

function notThere(name: string, value: string): Fault {
  return new Fault("invalid", `${name}: "${value}" is not on the site`, { code: "not-on-site" });
}

async function levelOf(site: Site, value: Json): Promise<Json> {
  const levels = await site.levels();
  if (value === null) return 1;
  const word = String(value).toLowerCase();
  for (const [id, title] of levels) if (title.toLowerCase() === word || id === word) return Number(id);
  if (/^\d+$/.test(word) && levels.size === 0) return Number(word);
  throw new Fault("invalid", `access: there is no level "${String(value)}"`, {
    code: "joomla.no-level",
    hint: `there is: ${[...levels.values()].join(", ")}`,
  });
}

export function noteOf(note: string, key: string | undefined): string {
  const whole = withMarker(note, key);
  if ([...whole].length <= LONGEST_NOTE) return whole;
  throw new Fault(
    "invalid",
    `note: it is too long for Joomla with the mark that this program puts behind it`,
    {
      code: "invalid-note",
      hint: `write ${LONGEST_NOTE - [...whole].length + [...note].length} characters at most`,
    },
  );
}

/** All or nothing: what is left out would be emptied. Floats and other keys stay. */
async function imagesRequest(
  site: Site,
  wire: JsonObject,
  row: Row | undefined,
): Promise<JsonObject | undefined> {
  if (wire.image === undefined && wire.imageFull === undefined) return undefined;
  const { siteUrl } = await site.about();
  const kept = Object.entries(row?.attributes.images ?? {}).map(
    ([name, value]) =>
      [name, typeof value === "string" ? relativeImage(value, siteUrl) : (value as Json)] as const,
  );
  const set = (which: string, value: Json | undefined): JsonObject => {
    if (value === undefined) return {};
    const image = isObject(value) ? (value as JsonObject) : {};
    const src = String(image.src ?? "");
    if (src.startsWith("sha256:")) throw notThere("image", src);
    const alt = String(image.alt ?? "");
    return {
      [`image_${which}`]: relativeImage(src, siteUrl),
      [`image_${which}_alt`]: alt,
      [`image_${which}_caption`]: String(image.caption ?? ""),
    };
  };
  return {
    ...Object.fromEntries(kept),
    ...set("intro", wire.image),
    ...set("fulltext", wire.imageFull),
  };
}

/** Shown with the site's address before it, and stored without. */
function relativeImage(address: string, siteUrl: string): string {
  return address.startsWith(`${siteUrl}/`) ? address.slice(siteUrl.length + 1) : address;
}

/**
 * What has to be in every change, as the article has it, besides its dates: 4.4 takes away tags that are left out. All else
 * that is left out stays, also what somebody changes at this moment.
 */
export const standing = (row: Row): JsonObject => ({ tags: [...tagsOf(row)] });
