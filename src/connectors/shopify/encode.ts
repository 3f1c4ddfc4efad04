// Document -> wire. Pure.
import { toInstant } from "../../content/date.ts";
import { type Document, STATES } from "../../content/document.ts";
import { groupOf } from "../../content/groups.ts";
import { html } from "../../content/markdown/format.ts";
import { didYouMean } from "../../content/site-fields.ts";
import { isObject, type Json, type JsonObject } from "../../lib/json.ts";
import type { Encoded, Entry, Field, Loss, Refs } from "../contract.ts";
import { toWire } from "../typed.ts";
import { uploadOf } from "../uploads.ts";
import { invalid, noState, stateOf, textOf } from "../values.ts";
import { addressesOf, refOf } from "./images.ts";
import { GROUP, isExact, isMetafield, stands } from "./metafields.ts";
import { foldTag, same } from "./same.ts";
import { siteSlug } from "./slug.ts";

export function encode(document: Document, refs: Refs, remote: Entry | undefined): Encoded {
  const offered = new Map(refs.kind.fields.map((field) => [field.name, field]));
  const wire: Record<string, Json> = {};
  const losses: Loss[] = [];
  for (const [name, value] of Object.entries(document.fields)) {
    const field = offered.get(name);
    if (field === undefined) losses.push(...lossOf(name, refs));
    else if (value === null) wire[name] = EMPTY[name] ?? null;
    else wire[name] = encodeField(field, value, document, refs, remote);
  }
  const stored = remote?.wire.body;
  wire.body =
    typeof stored === "string"
      ? html.encodeOnto(document.body, stored, addressesOf(refs))
      : html.encode(document.body, addressesOf(refs));
  if (refs.kind.name === "product") losses.push(...limitProduct(wire, remote));
  return { wire, losses };
}

/** What a cleared field holds on the site. */
const EMPTY: Readonly<Record<string, Json>> = {
  excerpt: "",
  tags: [],
  template: "",
  image: null,
  "seo.title": "",
  "seo.description": "",
};

/** Which of several images stands first cannot be said without touching the others. */
const PRODUCT_IMAGE: Loss = {
  field: "image",
  message: "a product's images are sent when it is created; later they are arranged in Shopify's admin",
  changed: true,
};

const NEW_PRODUCT: Loss = {
  field: "status",
  message:
    "a new product begins as a draft, with a price of 0: push it with `status: draft`, set its price in Shopify's admin, then publish it",
  changed: true,
};

/** Takes out of the wire what cannot be said of a product, and tells of it. */
function limitProduct(wire: Record<string, Json>, remote: Entry | undefined): readonly Loss[] {
  const losses: Loss[] = [];
  if (remote === undefined && wire.status === "published") {
    losses.push(NEW_PRODUCT);
    wire.status = "draft";
  }
  if (remote !== undefined && wire.image !== undefined) {
    if (!same("image", wire.image, remote.wire.image ?? null)) losses.push(PRODUCT_IMAGE);
    delete wire.image;
  }
  return losses;
}

/** Fields of ours that only some kinds of entries have. Others are unknown fields, which is the engine's matter. */
const MAPPED = new Set([
  ...["date", "excerpt", "tags", "categories", "author", "image", "sticky", "template", "parent", "blog"],
]);

export function lossOf(name: string, { kind }: Pick<Refs, "kind">): readonly Loss[] {
  const title = kind.title.toLowerCase();
  if (isMetafield(name)) {
    const key = name.slice(GROUP.length + 1);
    const hint = didYouMean(
      name,
      kind.fields.map((field) => field.name).filter((own) => groupOf(own)),
    );
    const message = `the shop defines no metafield "${key}" for ${title} (Settings > Custom data)`;
    return [{ field: name, message: hint === "" ? message : `${message}. ${hint}` }];
  }
  if (groupOf(name) === "seo" || MAPPED.has(name)) {
    return [{ field: name, message: `Shopify has no ${name} for ${title}` }];
  }
  return [];
}

function encodeField(
  field: Field,
  value: Json,
  document: Document,
  refs: Refs,
  remote: Entry | undefined,
): Json {
  const { name } = field;
  if (isMetafield(name)) return metafieldToWire(field, value, refs);
  switch (name) {
    case "title":
      return encodeTitle(textOf(name, value).trim());
    case "slug":
      return encodeSlug(textOf(name, value));
    case "status":
      return encodeStatus(value, field, document, remote);
    case "date":
      return new Date(toInstant(textOf(name, value), refs.timezone)).toISOString().replace(".000Z", "Z");
    case "tags":
      return encodeTags(value);
    case "image":
      return encodeImage(value, refs);
    default:
      return textOf(name, value);
  }
}

/** A decimal with more digits than a number has stays the text that it is. */
function metafieldToWire(field: Field, value: Json, refs: Refs): Json {
  const wire = toWire(field, value, stands(refs, imagesOf(refs)));
  return typeof wire === "number" && typeof value === "string" && !isExact(value) ? value.trim() : wire;
}

/** In characters; longer ones are refused. */
const LONGEST_TITLE = 255;

function encodeTitle(title: string): string {
  if (title.length <= LONGEST_TITLE) return title;
  throw invalid("title", `has ${title.length} characters, and Shopify takes ${LONGEST_TITLE}`);
}

function encodeSlug(text: string): string {
  const slug = siteSlug(text);
  if (slug !== "") return slug;
  throw invalid("slug", `"${text}" has no letter or digit that Shopify keeps`);
}

/** A state that the kind cannot be given stays where the entry has it. */
function encodeStatus(value: Json, field: Field, document: Document, remote: Entry | undefined): string {
  const status = stateOf(value, document);
  if (field.values?.includes(status) === true || remote?.wire.status === status) return status;
  const hint =
    document.kind === "product" && status === "archived"
      ? "remove the file and push with --delete: that archives the product"
      : "use `status: draft`";
  const states = STATES.filter((state) => field.values?.includes(state));
  throw noState(status, `Shopify for ${document.kind}s`, states, hint);
}

/** Shopify parts tags at commas, and has each once, whatever its case. */
function encodeTags(value: Json): Json {
  const list: readonly Json[] = Array.isArray(value) ? value : [value];
  const tags = new Map<string, string>();
  for (const item of list) {
    if (item === null || item === "") continue;
    const tag = textOf("tags", item).trim();
    if (tag.includes(",")) throw invalid("tags", `"${tag}" has a comma, which would make it two`);
    if (tag.length > 255) throw invalid("tags", `"${tag.slice(0, 40)}…" is longer than 255 characters`);
    if (!tags.has(foldTag(tag))) tags.set(foldTag(tag), tag);
  }
  if (tags.size > 250) throw invalid("tags", `are ${tags.size}, and Shopify takes 250`);
  return [...tags.values()].sort();
}

/** The reference of an image as a document gives it: a path, or `{src, alt}`. */
export function imageSource(value: Json): { readonly src: string; readonly alt: string } {
  if (typeof value === "string") return { src: value, alt: "" };
  const image = (isObject(value) ? value : {}) as JsonObject;
  if (typeof image.src !== "string") throw invalid("image", "must be a path, or have a `src`");
  return { src: image.src, alt: typeof image.alt === "string" ? image.alt : "" };
}

export function isAddress(src: string): boolean {
  return /^(?:https?:)?\/\//i.test(src);
}

/** A file that is not uploaded yet stays as its digest; a request with it is refused. */
function encodeImage(value: Json, refs: Refs): Json {
  const { src, alt } = imageSource(value);
  if (src === "") return null;
  const media = uploadOf(src, refs);
  if (media !== undefined) return { src: media.url, alt };
  if (isAddress(src)) return { src, alt };
  const file = refs.files.find((candidate) => candidate.ref === src);
  if (file !== undefined) return { src: `sha256:${file.digest}`, alt };
  throw invalid("image", `"${src}" is no file`, "name a file below the root, or a whole address");
}

/** References to files are global ids. */
export function imagesOf(refs: Refs) {
  return {
    imageToSite: (src: string) => {
      const media = uploadOf(src, refs);
      if (media !== undefined && media.id !== "") return `gid://shopify/${media.id}`;
      return src.startsWith("gid://") ? src : undefined;
    },
    imageToLocal: (value: Json) => {
      const media = refs.media.find((item) => `gid://shopify/${item.id}` === value);
      return media === undefined ? undefined : (refOf(media.url, refs) ?? media.url);
    },
  };
}
