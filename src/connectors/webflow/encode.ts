// Document -> wire. Pure.
import { toInstant } from "../../content/date.ts";
import { type Document, STATES, type State } from "../../content/document.ts";
import { groupOf } from "../../content/groups.ts";
import { coerce } from "../../content/site-fields.ts";
import { foldName } from "../../content/term-path.ts";
import { Fault } from "../../lib/fault.ts";
import { isObject, type Json, type JsonObject } from "../../lib/json.ts";
import type { Encoded, Entry, Field, Loss, Refs } from "../contract.ts";
import { termIndex } from "../term-index.ts";
import { uploadOf } from "../uploads.ts";
import { invalid, textOf } from "../values.ts";
import { addressesOf, fileOf } from "./images.ts";
import { emptyOf, STATUSES, type Wiring, wiringOf } from "./kinds.ts";
import { codeLosses, webflowBody } from "./rich-text.ts";
import { siteSlug } from "./slug.ts";

export const GROUPS = ["seo"] as const;

interface Around {
  readonly refs: Refs;
  readonly remote: Entry | undefined;
}

export function encode(document: Document, refs: Refs, remote: Entry | undefined): Encoded {
  const offered = new Map(
    refs.kind.fields.filter(({ readOnly }) => readOnly === undefined).map((field) => [field.name, field]),
  );
  const wire: Record<string, Json> = {};
  const losses: Loss[] = [];
  for (const [name, value] of Object.entries(document.fields)) {
    const field = offered.get(name);
    if (field === undefined) losses.push(...lossOf(name, refs));
    else wire[name] = value === null ? emptied(field) : encodeField(field, value, { refs, remote });
  }
  losses.push(...bodyInto(wire, document, refs, remote));
  return { wire, losses };
}

function bodyInto(
  wire: Record<string, Json>,
  { body }: Document,
  refs: Refs,
  remote: Entry | undefined,
): readonly Loss[] {
  const title = refs.kind.title;
  if (!refs.kind.body) {
    return body.trim() === "" ? [] : [{ field: "body", message: `${title} has no rich text for a body` }];
  }
  const stored = remote?.wire.body;
  const addresses = addressesOf(refs);
  wire.body =
    typeof stored === "string"
      ? webflowBody.encodeOnto(body, stored, addresses)
      : webflowBody.encode(body, addresses);
  if (refs.settings.codeBlocks === "embed") return [];
  return codeLosses(body, typeof stored === "string" ? stored : undefined);
}

/** Fields of ours that only some collections have. Others are unknown fields, which is the engine's matter. */
const MAPPED = new Set([
  ...["date", "excerpt", "tags", "categories", "author", "image", "sticky", "template", "parent"],
]);

export function lossOf(name: string, { kind }: Pick<Refs, "kind">): readonly Loss[] {
  if (groupOf(name) !== "seo" && !MAPPED.has(name)) return [];
  return [{ field: name, message: `the collection ${kind.title} has no field for ${name}` }];
}

function emptied(field: Field): Json {
  const wiring = wiringOf(field);
  return wiring === undefined ? "" : emptyOf(wiring);
}

function encodeField(field: Field, value: Json, around: Around): Json {
  const { name } = field;
  const wiring = wiringOf(field);
  if (wiring !== undefined) return encodeOwn(field, wiring, value, around);
  switch (name) {
    case "title":
      return limited(name, textOf(name, value).trim());
    case "slug":
      return encodeSlug(textOf(name, value));
    case "status":
      return encodeStatus(value);
    default:
      return textOf(name, value);
  }
}

/** In characters; longer ones are refused. */
export const LONGEST_TITLE = 256;

function limited(name: string, text: string): string {
  const { length } = [...text];
  if (length <= LONGEST_TITLE) return text;
  throw invalid(name, `has ${length} characters, and Webflow takes ${LONGEST_TITLE}`);
}

function encodeSlug(text: string): string {
  const slug = siteSlug(text);
  if (slug !== "") return slug;
  throw invalid("slug", `"${text}" has no letter or digit that Webflow keeps`);
}

function encodeStatus(value: Json): string {
  const status = STATES.find((state: State) => state === value);
  if (status === undefined) throw invalid("status", `"${String(value)}" is not one of ${STATES.join(", ")}`);
  if (STATUSES.some((known) => known === status)) return status;
  throw invalid(
    "status",
    `"${status}" cannot be set on Webflow from outside`,
    status === "scheduled"
      ? "push with `status: draft`, and publish when it is time; or schedule it in Webflow"
      : "use `status: draft`",
  );
}

// --- Fields of the collection ------------------------------------------------------------------------------------

function encodeOwn(field: Field, wiring: Wiring, value: Json, around: Around): Json {
  const { refs, remote } = around;
  const { part, type } = wiring;
  const before = remote?.wire[part] ?? null;
  switch (type) {
    case "DateTime":
      return new Date(toInstant(textOf(part, value), refs.timezone)).toISOString();
    case "Option":
      return optionOf(wiring, textOf(part, value));
    case "Reference":
      return wiring.isTaxonomy ? oneTerm(wiring, value, refs) : idOf(wiring, value, refs);
    case "MultiReference":
      return wiring.isTaxonomy
        ? termIds(wiring, value, refs)
        : listOf(value).map((item) => idOf(wiring, item, refs));
    case "Image":
    case "File":
    case "ExtFileRef":
      return encodeFile(wiring, value, before, refs);
    case "MultiImage":
      return listOf(value).flatMap((item) => encodeFile(wiring, item, before, refs) ?? []);
    default: {
      const coerced = coerce(field, refs.types[part], value);
      if ("value" in coerced) return coerced.value;
      throw new Fault("invalid", `${part} ${coerced.problem}`, { code: "field-value" });
    }
  }
}

const listOf = (value: Json): readonly Json[] =>
  Array.isArray(value) ? value : value === null || value === "" ? [] : [value];

function optionOf({ part, options }: Wiring, name: string): Json {
  if (name === "") return null;
  const found =
    options.find((option) => option.name === name) ??
    options.find((option) => foldName(option.name) === foldName(name)) ??
    options.find((option) => option.id === name);
  if (found !== undefined) return found.id;
  throw invalid(part, `"${name}" is not one of ${options.map((option) => option.name).join(", ")}`);
}

/** `mira`, the slug of an item of the collection that the field refers to. */
function idOf({ part, target }: Wiring, value: Json, refs: Refs): Json {
  const name = textOf(part, value).trim();
  if (name === "") return null;
  const wanted = siteSlug(name);
  const found = refs.parents.find(
    ({ id, kind, path }) => kind === target && (path.toLowerCase() === wanted || id === name),
  );
  if (found !== undefined) return found.id;
  throw new Fault("invalid", `${part}: "${name}" is no item of the collection ${target}`, {
    code: "not-on-site",
    hint: "write the slug of one, or publish it first and run the command again",
  });
}

/** Names of terms; a single text is one. */
export function termNames(field: string, value: Json): readonly string[] {
  const names = new Map<string, string>();
  for (const item of listOf(value)) {
    const name = limited(field, textOf(field, item).trim());
    if (name !== "" && !names.has(foldName(name))) names.set(foldName(name), name);
  }
  return [...names.values()];
}

/** What stands in the wire for a term that the site does not have yet; a request with it is refused. */
export const NEW_TERM = "#new ";

function termIds({ part, target }: Wiring, value: Json, refs: Refs): readonly string[] {
  const index = termIndex(refs.terms);
  const ids = termNames(part, value).map((name) => index.byPath(target, [name])?.id ?? NEW_TERM + name);
  return [...new Set(ids)];
}

function oneTerm(wiring: Wiring, value: Json, refs: Refs): Json {
  const [first = null, ...rest] = termIds(wiring, value, refs);
  if (rest.length === 0) return first;
  throw invalid(wiring.part, "names several, and the collection has a place for one");
}

/** The reference of a file as a document gives it: a path, or `{src, alt}`. */
export function fileSource(name: string, value: Json): { readonly src: string; readonly alt: string } {
  if (typeof value === "string") return { src: value, alt: "" };
  const file = (isObject(value) ? value : {}) as JsonObject;
  if (typeof file.src !== "string") throw invalid(name, "must be a path, or have a `src`");
  return { src: file.src, alt: typeof file.alt === "string" ? file.alt : "" };
}

export function isAddress(src: string): boolean {
  return /^(?:https?:)?\/\//i.test(src);
}

/** A file that is not uploaded yet stays as its digest; a request with it is refused. */
function encodeFile({ part }: Wiring, value: Json, before: Json, refs: Refs): Json {
  const { src, alt } = fileSource(part, value);
  if (src === "") return null;
  const url = uploadOf(src, refs)?.url ?? (isAddress(src) ? src : undefined);
  const file = refs.files.find((candidate) => candidate.ref === src);
  if (url === undefined && file === undefined) {
    throw invalid(part, `"${src}" is no file`, "name a file below the root, or a whole address");
  }
  const shown = url ?? `sha256:${file?.digest ?? ""}`;
  // The site's own copy of it is named again, or Webflow would make another one.
  const kept = listOf(before).find((item) => isObject(item) && fileOf(String(item.src)) === fileOf(shown));
  const own = (kept ?? {}) as JsonObject;
  return { id: own.id ?? "", src: own.src ?? shown, alt };
}
