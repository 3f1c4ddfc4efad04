import type { Codec, Entry, Refs } from "../connectors/contract.ts";
import { type Document, STATES } from "../content/document.ts";
import { noLinks } from "../content/links.ts";
import { newDocumentBytes } from "../content/read.ts";
import { isFault } from "../lib/fault.ts";
import type { Json, JsonObject } from "../lib/json.ts";
import { decodingRefs } from "./encode.ts";
import type { Place } from "./history.ts";
import type { Root } from "./root.ts";
import { fromSite } from "./rules.ts";
import type { Site } from "./site.ts";

/** What turns the site's values into a document: the site itself, or without it just the platform's codec. */
export type Reader =
  | { readonly type: "site"; readonly site: Site }
  | { readonly type: "codec"; readonly codec: Codec; readonly settings: Readonly<Record<string, string>> };

export interface AsDocument {
  readonly bytes: Uint8Array;
  /** Fields that are shown as the site keeps them, since what they name is not known here or there no more. */
  readonly raw: readonly string[];
}

/** An entry's values as the file that a pull would write for them. */
export async function asDocument(
  root: Root,
  place: Place,
  path: string,
  wire: JsonObject,
  reader: Reader,
): Promise<AsDocument> {
  const entry = entryOf(place, wire);
  const { document, raw } =
    reader.type === "site"
      ? await throughSite(root, reader.site, entry)
      : throughCodec(root, place, entry, reader);
  // The file's place says which kind it is.
  const naming = reader.type === "site" ? reader.site.naming : undefined;
  return { bytes: newDocumentBytes({ ...document, kind: "" }, path, root.config, naming), raw };
}

function entryOf({ id, kind, locale, scope }: Place, wire: JsonObject): Entry {
  const text = (value: Json | undefined) => (typeof value === "string" ? value : "");
  return {
    ...{ id, kind, locale, scope, slug: text(wire.slug), title: text(wire.title), url: "", revision: "" },
    modified: undefined,
    state: STATES.find((state) => state === wire.status) ?? "draft",
    pendingChanges: false,
    wire,
  };
}

interface Decoded {
  readonly document: Document;
  readonly raw: readonly string[];
}

async function throughSite(root: Root, site: Site, entry: Entry): Promise<Decoded> {
  const refs = await decodingRefs(site, entry);
  const { codec } = site.target;
  const decoded = decodeWhole(codec, entry, refs) ?? decodeParts(codec, entry, refs, () => true);
  return { ...decoded, document: fromSite(root, site, decoded.document) };
}

/**
 * Without the site, dates stay as it keeps them, since its zone is not known; terms take the names that the lockfile
 * has for them.
 */
function throughCodec(
  root: Root,
  place: Place,
  entry: Entry,
  { codec, settings }: Extract<Reader, { readonly type: "codec" }>,
): Decoded {
  const refs: Refs = {
    ...{ timezone: "UTC", siteUrl: "", terms: [], media: [], files: [], authors: [], parents: [], settings },
    ...{ links: noLinks, types: {}, may: [] },
    kind: {
      ...{ name: entry.kind, title: entry.kind, taxonomies: {}, body: true },
      fields: Object.keys(entry.wire).map((name) => ({ name, type: "text" })),
    },
  };
  const decoded = decodeParts(codec, entry, refs, (part) => part !== "date");
  const names = new Map(
    root.lock.terms.flatMap(({ target, id, name }) => (target === place.target ? [[id, name] as const] : [])),
  );
  const fields = { ...decoded.document.fields };
  const raw = decoded.raw.filter((part) => {
    const found = termNames(entry.wire[part], names);
    if (found !== undefined) fields[part] = found;
    return found === undefined;
  });
  return { document: { ...decoded.document, fields }, raw: raw.filter((part) => part !== "date") };
}

function termNames(
  value: Json | undefined,
  names: ReadonlyMap<string, string>,
): readonly string[] | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const found = value.flatMap((id) => names.get(String(id)) ?? []);
  return found.length === value.length ? found : undefined;
}

function decodeWhole(codec: Codec, entry: Entry, refs: Refs): Decoded | undefined {
  try {
    return { document: codec.decode(entry, refs), raw: [] };
  } catch (thrown) {
    if (!isFault(thrown) || thrown.scope !== "item") throw thrown;
    return undefined;
  }
}

/** Each part by itself: those that cannot be decoded stay as the site keeps them. */
function decodeParts(codec: Codec, entry: Entry, refs: Refs, wanted: (part: string) => boolean): Decoded {
  const fields: Record<string, Json> = {};
  const raw: string[] = [];
  let body = "";
  for (const [part, value] of Object.entries(entry.wire)) {
    const alone = { ...entry, wire: { [part]: value } };
    const kind = { ...refs.kind, fields: refs.kind.fields.filter(({ name }) => name === part) };
    const decoded = wanted(part) ? decodeWhole(codec, alone, { ...refs, kind })?.document : undefined;
    const field = decoded?.fields[part];
    if (part === "body" && decoded !== undefined) body = decoded.body;
    else if (field !== undefined) fields[part] = field;
    else if (!isEmpty(value)) {
      fields[part] = value;
      raw.push(part);
    }
  }
  return { document: { kind: entry.kind, locale: entry.locale, fields, body }, raw };
}

function isEmpty(value: Json): boolean {
  if (value === null || value === "" || value === false || value === 0) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}
