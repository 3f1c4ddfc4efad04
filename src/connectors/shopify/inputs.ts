// Wire values as inputs of Shopify's mutations. Nothing but what stands here is ever sent. Pure.

import type { State } from "../../content/document.ts";
import { Fault } from "../../lib/fault.ts";
import { isObject, type Json, type JsonObject } from "../../lib/json.ts";
import { refuseMissing } from "../typed.ts";
import type { KindName } from "./kinds.ts";
import { type Definition, isMetafield, partOf, SEO, storedValue } from "./metafields.ts";
import { foldTag } from "./same.ts";

/** What is known beside the wire values. */
export interface Around {
  readonly kind: KindName;
  readonly definitions: readonly Definition[];
  /** Global id of the article's blog, where it is to be set. */
  readonly blog?: string;
  /** Of an update: the entry as it is. */
  readonly current?: { readonly state: State; readonly wire: JsonObject };
  /** The shop's time, in ms. */
  readonly now: number;
}

export interface Input {
  /** Fields of the mutation's own input. */
  readonly fields: JsonObject;
  /** Names of the metafields among them, in their order. */
  readonly metafields: readonly string[];
  readonly clearedMetafields: readonly Definition[];
  readonly addedTags: readonly string[];
  readonly removedTags: readonly string[];
  /** A product's first image. */
  readonly image: JsonObject | undefined;
}

/** Wire name -> name in the input, of fields that are sent as they are. */
const PLAIN: Readonly<Record<KindName, Readonly<Record<string, string>>>> = {
  article: {
    title: "title",
    slug: "handle",
    body: "body",
    excerpt: "summary",
    template: "templateSuffix",
  },
  page: { title: "title", slug: "handle", body: "body", template: "templateSuffix" },
  product: { title: "title", slug: "handle", body: "descriptionHtml", template: "templateSuffix" },
};

/** Throws `invalid` for a part that the kind does not have, and for a value that it cannot have. */
export function inputOf(wire: JsonObject, around: Around): Input {
  const fields: Record<string, Json> = {};
  const metafields: JsonObject[] = [];
  const names: string[] = [];
  const clearedMetafields: Definition[] = [];
  let image: JsonObject | undefined;
  for (const [part, value] of Object.entries(wire)) {
    refuseMissing(part, value);
    const plain = PLAIN[around.kind][part];
    const definition = metafieldOf(part, around);
    if (plain !== undefined) fields[plain] = value ?? "";
    else if (definition !== undefined) {
      if (isEmpty(value)) clearedMetafields.push(definition);
      else {
        const { namespace, key, type } = definition;
        names.push(part);
        metafields.push({ namespace, key, type, value: storedValue(part, type, value) });
      }
    } else if (part === "image" && around.kind !== "page") {
      if (around.kind === "product") image = productImage(value, around);
      else fields.image = articleImage(value);
    } else if (!HANDLED[around.kind].has(part)) {
      throw new Fault("invalid", `Shopify has no field for "${part}" of ${around.kind}s`, {
        code: "unknown-field",
      });
    }
  }
  if (metafields.length > 0) fields.metafields = metafields;
  Object.assign(fields, specialFields(wire, around), publication(wire, around));
  const tags = tagChanges(wire, around);
  if (around.current === undefined && tags.added.length > 0) fields.tags = tags.added;
  const isNew = around.current === undefined;
  return {
    fields,
    metafields: names,
    // There is nothing to clear in a new entry.
    clearedMetafields: isNew ? [] : clearedMetafields,
    addedTags: isNew ? [] : tags.added,
    removedTags: isNew ? [] : tags.removed,
    image,
  };
}

/** Parts that `specialFields`, `publication` and `tagChanges` take. */
const HANDLED: Readonly<Record<KindName, ReadonlySet<string>>> = {
  article: new Set(["status", "date", "tags", "author", "blog"]),
  page: new Set(["status", "date"]),
  product: new Set(["status", "tags", "seo.title", "seo.description"]),
};

function metafieldOf(part: string, { kind, definitions }: Around): Definition | undefined {
  if (kind !== "product" && SEO[part] !== undefined) return SEO[part];
  if (!isMetafield(part)) return undefined;
  const found = definitions.find((definition) => partOf(definition) === part);
  if (found !== undefined) return found;
  throw new Fault("invalid", `${part}: the shop defines no such metafield`, { code: "unknown-field" });
}

const isEmpty = (value: Json) =>
  value === null || value === "" || (Array.isArray(value) && value.length === 0);

function specialFields(wire: JsonObject, { kind, blog }: Around): JsonObject {
  const author = wire.author === undefined ? {} : { author: { name: String(wire.author ?? "") } };
  if (kind === "article") return { ...author, ...(blog === undefined ? {} : { blogId: blog }) };
  if (kind === "page") return {};
  const named = [
    ["title", wire["seo.title"]],
    ["description", wire["seo.description"]],
  ] as const;
  const seo = Object.fromEntries(
    named.flatMap(([name, value]) => (value === undefined ? [] : [[name, value ?? ""] as const])),
  );
  return Object.keys(seo).length === 0 ? {} : { seo };
}

function articleImage(value: Json): Json {
  if (!isObject(value) || typeof value.src !== "string" || value.src === "") return null;
  refuseUnsent(value.src);
  return { url: value.src, altText: typeof value.alt === "string" ? value.alt : "" };
}

/** Shopify takes the first image with the create; which of several stands first is arranged in its admin. */
function productImage(value: Json, { current }: Around): JsonObject | undefined {
  if (current !== undefined) {
    throw new Fault("unsupported", "image: the images of a product are changed in Shopify's admin", {
      code: "shopify.product-image",
    });
  }
  if (!isObject(value) || typeof value.src !== "string" || value.src === "") return undefined;
  refuseUnsent(value.src);
  const alt = typeof value.alt === "string" ? value.alt : "";
  return { originalSource: value.src, alt, mediaContentType: "IMAGE" };
}

function refuseUnsent(src: string): void {
  if (/^https?:\/\//.test(src)) return;
  throw new Fault("invalid", `image: "${src}" is not on the site`, { code: "not-on-site" });
}

/** Only what differs from what was last seen: tags that somebody else added meanwhile stay. */
function tagChanges(
  { tags }: JsonObject,
  { current }: Around,
): { readonly added: readonly string[]; readonly removed: readonly string[] } {
  if (tags === undefined) return { added: [], removed: [] };
  const [after, before] = [texts(tags), texts(current?.wire.tags ?? [])];
  const has = (list: readonly string[], tag: string) => list.some((other) => foldTag(other) === foldTag(tag));
  return {
    added: after.filter((tag) => !has(before, tag)),
    removed: before.filter((tag) => !has(after, tag)),
  };
}

const texts = (value: Json): readonly string[] => (Array.isArray(value) ? value.map(String) : []);

/**
 * A product begins as a draft, whatever is wanted: Shopify gives it a price of 0, and prices are not ours to set.
 *
 * An article or page is shown from its date on: `isPublished: true` goes with a date that is past or none, a date ahead
 * alone schedules it. Hidden ones have no date in Shopify.
 */
function publication(wire: JsonObject, { kind, current, now }: Around): JsonObject {
  const wanted = wire.status ?? (current === undefined ? "draft" : undefined);
  if (kind === "product") {
    if (current === undefined) return { status: "DRAFT" };
    if (wanted === undefined || wanted === current?.state) return {};
    return { status: productStatus(wanted) };
  }
  const state = wanted ?? current?.state;
  if (state === "draft") return wanted === undefined ? {} : { isPublished: false };
  if (wire.status === undefined && wire.date === undefined) return {};
  if (state !== "published" && state !== "scheduled") {
    throw new Fault("invalid", `Shopify has no status "${String(state)}" for ${kind}s`, {
      code: "unknown-status",
    });
  }
  const date = typeof wire.date === "string" ? wire.date : undefined;
  if (date !== undefined) {
    return Date.parse(date) > now ? { publishDate: date } : { isPublished: true, publishDate: date };
  }
  if (state === "scheduled") {
    if (current?.state === "scheduled") return {};
    throw new Fault("invalid", 'status "scheduled" needs a date', { code: "invalid-status" });
  }
  // A date ahead would keep it hidden.
  return current?.state === "scheduled"
    ? { isPublished: true, publishDate: new Date(now).toISOString().replace(/\.\d+Z$/, "Z") }
    : { isPublished: true };
}

function productStatus(state: Json): string {
  if (state === "draft") return "DRAFT";
  if (state === "published") return "ACTIVE";
  throw new Fault("invalid", `Shopify has no status "${String(state)}" for products`, {
    code: "unknown-status",
  });
}

export const keysOf = (definitions: readonly Definition[], owner: string): readonly JsonObject[] =>
  definitions.map(({ namespace, key }) => ({ ownerId: owner, namespace, key }));
