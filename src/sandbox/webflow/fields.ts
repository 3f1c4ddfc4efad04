// What an item's fields may hold, and what becomes of it. https://developers.webflow.com/data/reference/field-types-item-values
import { isObject, type Json, type JsonObject } from "../../lib/json.ts";
import { type Detail, invalid } from "./errors.ts";
import { storedRichText } from "./rich-text.ts";
import { type Collection, type Field, type FieldData, itemsOf, newId, type SiteStore } from "./state.ts";

export interface Filling {
  readonly store: SiteStore;
  readonly collection: Collection;
  /** Files that cannot be had are left out, instead of the whole request refused. */
  readonly skipsFiles: boolean;
}

const MAX_IMAGE = 4 * 1024 * 1024;

class Unfit extends Error {}

/** `given` over what the item has. Throws Webflow's refusal, with what is wrong of each field. */
export function fill(filling: Filling, given: unknown, before: FieldData | undefined): FieldData {
  if (!isObject(given)) throw invalid({ param: "fieldData", description: "must be an object" });
  const { fields } = filling.collection;
  const problems: Detail[] = [];
  const filled = new Map(Object.entries(before ?? {}));
  for (const [slug, value] of Object.entries(given)) {
    const field = fields.find((one) => one.slug === slug);
    if (field === undefined) {
      problems.push({ param: slug, description: "Field not described in schema" });
      continue;
    }
    try {
      const stored = value === null ? undefined : storedValue(filling, field, value as Json);
      if (stored === undefined) filled.delete(slug);
      else filled.set(slug, stored);
    } catch (thrown) {
      if (!(thrown instanceof Unfit)) throw thrown;
      problems.push({ param: slug, description: thrown.message });
    }
  }
  for (const { slug, isRequired } of fields) {
    if (isRequired && !filled.has(slug))
      problems.push({ param: slug, description: "Required field is missing" });
  }
  if (problems.length > 0) throw invalid(...problems);
  return Object.fromEntries(filled);
}

/** Undefined clears the field. */
function storedValue(filling: Filling, field: Field, value: Json): Json | undefined {
  const { type, slug } = field;
  switch (type) {
    case "PlainText":
      return slug === "slug" ? slugOf(text(value)) : emptied(limited(field, text(value)));
    case "RichText":
      return emptied(storedRichText(text(value), filling.store.behaviours));
    case "Email":
      return emptied(fitting(text(value), /^$|^[^\s@]+@[^\s@]+$/, "is no e-mail address"));
    case "Link":
    case "VideoLink":
      return emptied(fitting(text(value), /^$|^(?:https?:\/\/|mailto:|tel:|\/|#)/, "is no address"));
    case "Phone":
      return emptied(text(value));
    case "Color":
      return emptied(fitting(text(value), /^$|^#[0-9a-f]{3,8}$|^(?:rgb|hsl)a?\(|^[a-z]+$/i, "is no color"));
    case "Number":
      if (typeof value === "number" && Number.isFinite(value)) return value;
      throw new Unfit("Expected value to be a number");
    case "Switch":
      if (typeof value === "boolean") return value;
      throw new Unfit("Expected value to be a boolean");
    case "DateTime":
      return momentOf(text(value));
    case "Option":
      return optionOf(field, text(value));
    case "Reference":
      return referenceTo(filling, field, text(value));
    case "MultiReference":
      return list(value).map((item) => referenceTo(filling, field, text(item)));
    case "Image":
    case "File":
    case "ExtFileRef":
      return fileOf(filling, value);
    case "MultiImage":
      return list(value).flatMap((item) => fileOf(filling, item) ?? []);
  }
}

function text(value: Json): string {
  if (typeof value === "string") return value;
  throw new Unfit("Expected value to be a string");
}

function list(value: Json): readonly Json[] {
  if (Array.isArray(value)) return value;
  throw new Unfit("Expected value to be an array");
}

const emptied = (value: string) => (value === "" ? undefined : value);

function fitting(value: string, pattern: RegExp, why: string): string {
  if (pattern.test(value)) return value;
  throw new Unfit(`Value (${value}) ${why}`);
}

const LONGEST_NAME = 256;

function limited({ slug, validations }: Field, value: string): string {
  const most = slug === "name" ? LONGEST_NAME : Number(validations?.maxLength ?? Number.POSITIVE_INFINITY);
  if (value.length <= most) return value;
  throw new Unfit(`Value is longer than ${most} characters`);
}

function slugOf(value: string): string {
  return fitting(
    value,
    /^[_a-zA-Z0-9][-_a-zA-Z0-9]{0,255}$/,
    "should be alphanumerical, with hyphens and underscores",
  );
}

function momentOf(value: string): string {
  const at = Date.parse(value);
  if (/^\d{4}-\d\d-\d\d/.test(value) && !Number.isNaN(at)) return new Date(at).toISOString();
  throw new Unfit(`Value (${value}) is no date`);
}

function optionOf({ validations }: Field, id: string): string {
  const options = validations?.options;
  const known = Array.isArray(options) ? options.some((one) => isObject(one) && one.id === id) : false;
  if (known) return id;
  throw new Unfit(`Provided ID is invalid: '${id}' is no option`);
}

function referenceTo({ store }: Filling, { validations }: Field, id: string): string {
  const found = [...itemsOf(store, String(validations?.collectionId)).values()].some(
    (item) => item.id === id,
  );
  if (found) return id;
  throw new Unfit(`Referenced item not found: '${id}'`);
}

/** Undefined for a file that cannot be had and is to be left out. */
function fileOf({ store, skipsFiles }: Filling, value: Json): JsonObject | undefined {
  try {
    const wanted: JsonObject = isObject(value) ? (value as JsonObject) : { url: text(value) };
    const { fileId, url, alt = null, ...rest } = wanted;
    if (Object.keys(rest).length > 0) throw new Unfit(`Unknown key: ${Object.keys(rest).join(", ")}`);
    if (alt !== null && typeof alt !== "string") throw new Unfit("Expected alt to be a string");
    return { ...(typeof fileId === "string" ? knownFile(store, fileId) : takenOver(store, url ?? "")), alt };
  } catch (thrown) {
    if (thrown instanceof Unfit && skipsFiles) return undefined;
    throw thrown;
  }
}

function knownFile(store: SiteStore, fileId: string): JsonObject {
  const path = [...store.hosted.keys()].find((one) => one.includes(`/${fileId}_`));
  if (path === undefined) throw new Unfit(`File not found: '${fileId}'`);
  return { fileId, url: store.url + path };
}

/** Under an id of its own, unless it is one of the files of items already. */
function takenOver(store: SiteStore, url: Json): JsonObject {
  if (typeof url !== "string" || !URL.canParse(url) || !/^https?:/.test(url)) {
    throw new Unfit(`Invalid file URL: ${String(url)}`);
  }
  const { origin, pathname } = new URL(url);
  const own = origin === store.url ? store.hosted.get(pathname) : undefined;
  if (origin === store.url && own === undefined) throw new Unfit(`File could not be fetched: ${url}`);
  if ((own?.bytes.byteLength ?? 0) > MAX_IMAGE) throw new Unfit("File is larger than 4MB");
  const [, before] = /^\/files\/[0-9a-f]{24}\/([0-9a-f]{24})_/.exec(pathname) ?? [];
  if (own !== undefined && before !== undefined) return { fileId: before, url };
  const fileId = newId();
  const name = (pathname.split("/").at(-1) ?? "file").replace(/^(?:[0-9a-f]{24}_)+/, "");
  const path = `/files/${store.site.id}/${fileId}_${name}`;
  const type = own?.type ?? "application/octet-stream";
  store.hosted.set(path, { type, bytes: own?.bytes ?? new Uint8Array() });
  return { fileId, url: store.url + path };
}
