// Document -> wire. Pure.
import { toInstant, toLocal } from "../../content/date.ts";
import { type Document, STATES, type State } from "../../content/document.ts";
import { foldName, splitTermPath } from "../../content/term-path.ts";
import type { Fault } from "../../lib/fault.ts";
import { isObject, type Json, type JsonObject } from "../../lib/json.ts";
import type { Encoded, Entry, Field, Loss, Refs } from "../contract.ts";
import { termIndex } from "../term-index.ts";
import { type Stands, sourceOf, toWire } from "../typed.ts";
import { invalid, textOf } from "../values.ts";
import { encodeBody, fileWith, mediaAt, uploadOf } from "./images.ts";
import { drupalOf } from "./kinds.ts";
import { PLAIN, requirePlain } from "./plain-text.ts";
import { plainDecimal } from "./same.ts";
import { siteFolder, siteSlug } from "./slug.ts";

export function encode(document: Document, refs: Refs, remote: Entry | undefined): Encoded {
  const offered = new Map(
    refs.kind.fields.filter(({ readOnly }) => readOnly === undefined).map((field) => [field.name, field]),
  );
  const wire: Record<string, Json> = {};
  const losses: Loss[] = [];
  for (const [name, value] of Object.entries(document.fields)) {
    const field = offered.get(name);
    if (field === undefined) losses.push(...lossOf(name, refs));
    else wire[name] = value === null ? emptied(field) : encodeField(field, value, { document, refs, remote });
  }
  const stored = remote?.wire.body;
  if (refs.kind.body) {
    const body = encodeBody(document.body, typeof stored === "string" ? stored : undefined, refs);
    const format = wire.format ?? remote?.wire.format ?? refs.settings.format;
    if (format === PLAIN && body !== stored) requirePlain(body, undefined);
    wire.body = body;
  } else if (document.body !== "")
    losses.push({ field: "body", message: `${refs.kind.title} has no body on this site` });
  return { wire, losses };
}

/** Fields of ours that only some kinds of entries have. Others are unknown fields, which is the engine's matter. */
const MAPPED = new Set([
  "excerpt",
  "tags",
  "categories",
  "image",
  "template",
  "parent",
  "seo.title",
  "seo.description",
]);

export function lossOf(name: string, { kind }: Pick<Refs, "kind">): readonly Loss[] {
  return MAPPED.has(name) ? [{ field: name, message: `this site has no ${name} for ${kind.title}` }] : [];
}

function emptied(field: Field): Json {
  const drupal = drupalOf(field);
  if (field.name === "excerpt" || field.name === "folder") return "";
  if (field.name === "sticky" || field.name === "promote") return false;
  return drupal?.type === "terms" || drupal?.many === true ? [] : null;
}

interface Around {
  readonly document: Document;
  readonly refs: Refs;
  readonly remote: Entry | undefined;
}

function encodeField(field: Field, value: Json, around: Around): Json {
  const { name } = field;
  const { refs } = around;
  const drupal = drupalOf(field);
  if (drupal !== undefined) return encodeOwn(field, value, around);
  switch (name) {
    case "title":
      return encodeTitle(textOf(name, value));
    case "slug":
      return encodeSlug(textOf(name, value));
    case "folder":
      return siteFolder(textOf(name, value));
    case "status":
      return encodeStatus(value, field, around);
    case "date":
      return momentOf(textOf(name, value), refs);
    case "author":
      return encodeAuthor(textOf(name, value), refs);
    case "sticky":
    case "promote":
      if (typeof value === "boolean") return value;
      throw invalid(name, "must be true or false");
    default:
      return textOf(name, value);
  }
}

/** In characters; longer ones are refused. */
const LONGEST_TITLE = 255;

function encodeTitle(title: string): string {
  const { length } = [...title];
  if (length <= LONGEST_TITLE) return title;
  throw invalid("title", `has ${length} characters, and Drupal takes ${LONGEST_TITLE}`);
}

function encodeSlug(text: string): string {
  const slug = siteSlug(text);
  if (slug !== "") return slug;
  throw invalid("slug", `"${text}" has nothing that an address can be made of`);
}

function encodeStatus(value: Json, field: Field, { document, remote }: Around): string {
  const status = STATES.find((state: State) => state === value);
  if (status === undefined) throw invalid("status", `"${String(value)}" is not one of ${STATES.join(", ")}`);
  if (status === "scheduled") {
    throw invalid(
      "status",
      '"scheduled" does not exist on Drupal: it cannot publish by itself',
      "push with `status: draft`, and publish when it is time",
    );
  }
  const moderated = field.values?.includes("archived") === true;
  if (moderated && status === "draft" && remote?.state === "published") {
    throw invalid(
      "status",
      `"draft" would leave the published ${document.kind} as visitors see it, with a draft beside it that JSON:API cannot change any more`,
      "use `status: archived` to take it off line",
    );
  }
  if (field.values?.includes(status) === true || remote?.wire.status === status) return status;
  const takes = field.values?.join(", ") ?? "";
  throw invalid(
    "status",
    `"${status}" does not exist for ${document.kind} on this site`,
    `it takes ${takes}`,
  );
}

const momentOf = (date: string, { timezone }: Refs) =>
  new Date(toInstant(date, timezone)).toISOString().replace(/\.\d+Z$/, "Z");

function encodeAuthor(name: string, refs: Refs): Json {
  const key = foldName(name);
  for (const test of [
    (author: Refs["authors"][number]) => foldName(author.slug) === key,
    (author: Refs["authors"][number]) => author.id === name,
    (author: Refs["authors"][number]) =>
      foldName(author.name) === key || author.aliases?.some((alias) => foldName(alias) === key) === true,
  ]) {
    const [first, second] = refs.authors.filter(test);
    if (second !== undefined)
      throw invalid("author", `"${name}" is the name of several users`, "use the user name");
    if (first !== undefined) return first.id;
  }
  throw invalid(
    "author",
    `"${name}" is no user of this site that the account sees`,
    "correct `author:`, or leave it out",
  );
}

// --- The site's own fields ---------------------------------------------------------------------------------

function encodeOwn(field: Field, value: Json, around: Around): Json {
  const { refs } = around;
  const { type, many } = drupalOf(field) ?? { type: "json", many: false };
  if (type === "terms") return encodeTerms(field.name, value, refs);
  if (type === "image" || type === "file") {
    const files = listOf(value).flatMap((item) => encodeFile(field, item, around) ?? []);
    return many ? files : (files[0] ?? null);
  }
  if (refs.types[field.name] !== undefined) {
    const wire = toWire(field, value, stands(refs));
    return many && !Array.isArray(wire) ? [wire] : wire;
  }
  if (!many) return encodeItem(field, value, around);
  return listOf(value).map((item) => encodeItem(field, item, around));
}

const listOf = (value: Json): readonly Json[] =>
  Array.isArray(value) ? value : value === null ? [] : [value];

function encodeItem(field: Field, value: Json, { refs }: Around): Json {
  const type = drupalOf(field)?.type;
  switch (type) {
    case "text":
      return textOf(field.name, value);
    case "decimal":
      return plainDecimal(textOf(field.name, value));
    case "number": {
      const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
      if (typeof number === "number" && Number.isFinite(number)) return number;
      throw invalid(field.name, "must be a number");
    }
    case "boolean":
      if (typeof value === "boolean") return value;
      throw invalid(field.name, "must be true or false");
    case "date":
      return dateValue(textOf(field.name, value), refs);
    case "formatted": {
      if (!isObject(value)) return { value: textOf(field.name, value), format: null };
      const { value: text = "", format = null } = value as JsonObject;
      return { value: textOf(field.name, text), format };
    }
    case "link": {
      if (!isObject(value)) return { uri: textOf(field.name, value), title: "" };
      const { uri = "", title = "" } = value as JsonObject;
      return { uri: textOf(field.name, uri), title: textOf(field.name, title) };
    }
    case "reference":
      if (typeof value === "string" && /^[a-z0-9_]+--[a-z0-9_]+\/[0-9a-f-]{36}$/.test(value)) return value;
      throw strangeReference(field);
    default:
      return value;
  }
}

function strangeReference(field: Field): Fault {
  const [first = "node--page"] = drupalOf(field)?.target ?? [];
  const named = `must name an entry as Drupal does, as in \`${first}/\` and its id`;
  if (first.startsWith("media--")) {
    const bundle = first.replace("media--", "");
    return invalid(
      field.name,
      `${named}: media entities are not made from files here`,
      `make it on the site (/media/add/${bundle}), put it into the entry there, and pull: the file gets its id`,
    );
  }
  return invalid(
    field.name,
    named,
    first.startsWith("node--")
      ? `to name documents by their paths, say \`${field.name}: { type: reference }\` under \`fields:\` in ainstein.yaml`
      : "the entry's own page in JSON:API shows it; an entry that is pulled has it in its file",
  );
}

/** A day stays a day: Drupal has fields for those, and for moments. */
const dateValue = (date: string, refs: Refs): string =>
  /^\d{4}-\d\d-\d\d$/.test(date) ? date : momentOf(date, refs);

/** Names from the top for each term of a field; a single text is one term. `\/` is a slash in a name everywhere. */
export function termPaths(field: string, value: Json, hierarchical: boolean): readonly (readonly string[])[] {
  return listOf(value)
    .filter((item) => item !== null && item !== "")
    .map((item) => {
      const name = textOf(field, item).trim();
      return hierarchical ? splitTermPath(name) : [name.replaceAll("\\/", "/")];
    });
}

/** Terms that the site does not have yet stay as written; a request with them in it is refused. */
function encodeTerms(field: string, value: Json, refs: Refs): Json {
  const { id: taxonomy = "", hierarchical = false } = refs.kind.taxonomies[field] ?? {};
  const ids = termPaths(field, value, hierarchical).map(
    (path) => termIndex(refs.terms).byPath(taxonomy, path)?.id ?? `?${path.join("/")}`,
  );
  return [...new Set(ids)];
}

/** The reference of a file as a document gives it: a path, or `{src, alt}`. */
function encodeFile(field: Field, value: Json, { refs, remote }: Around): Json | undefined {
  const src = sourceOf(value);
  if (src === "") return undefined;
  const isImage = drupalOf(field)?.type === "image";
  const said = (name: string) => {
    const text = isObject(value) ? (value as JsonObject)[name] : undefined;
    return typeof text === "string" ? text : undefined;
  };
  const media = uploadOf(src, refs) ?? mediaAt(src, refs);
  const file = refs.files.find((candidate) => candidate.ref === src);
  if (media === undefined && file === undefined) {
    throw invalid(
      field.name,
      `"${src}" is no file of the site`,
      "name a file below the root: it will be uploaded",
    );
  }
  const id = media?.id ?? `sha256:${file?.digest ?? ""}`;
  const before = listOf(remote?.wire[field.name] ?? null).find((item) => isObject(item) && item.id === id);
  const kept = (name: string) =>
    ((isObject(before ?? null) ? (before as JsonObject)[name] : undefined) ?? "") as Json;
  return isImage
    ? { id, alt: said("alt") ?? "", title: said("title") ?? kept("title") }
    : { id, description: said("description") ?? kept("description") };
}

/** How the site keeps what documents write as dates, as paths of other documents, and as files. */
export function stands(refs: Refs): Stands {
  return {
    refs,
    dateToSite: (date) => dateValue(date, refs),
    dateToLocal: (value) => (typeof value === "string" ? dateOf(value, refs) : undefined),
    idToSite: (id, field) => `${typeOf(id, field, refs)}/${id}`,
    imageToSite: (src) => uploadOf(src, refs)?.id,
    imageToLocal: (value) => {
      const media = refs.media.find(({ id }) => id === value);
      return media === undefined ? undefined : (fileWith(media.digest, refs)?.ref ?? media.url);
    },
  };
}

/** What a reference names is known by its id where that is an entry; fields of one type need not look. */
function typeOf(id: string, field: Field, refs: Refs): string {
  const kind = refs.parents.find((parent) => parent.id === id)?.kind;
  return kind === undefined ? (drupalOf(field)?.target[0] ?? "node--page") : `node--${kind}`;
}

/** On the wall clock of the site; in UTC where that says it in two ways. */
export function dateOf(value: string, { timezone }: Refs): string | undefined {
  if (/^\d{4}-\d\d-\d\d$/.test(value)) return value;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : toLocal(at, timezone);
}
