import type { Entry, Needs, Refs } from "../connectors/contract.ts";
import type { Document, MediaFile } from "../content/document.ts";
import { type Links, noLinks } from "../content/links.ts";
import type { Json, JsonObject } from "../lib/json.ts";
import { pulledLinks } from "./links.ts";
import type { Root } from "./root.ts";
import { fromSite } from "./rules.ts";
import type { LoadedFile } from "./scan.ts";
import type { Site } from "./site.ts";

/** A document with the local files it refers to. */
export interface Sendable {
  readonly document: Document;
  /** What it names; clearing fields and setting its state name nothing more. */
  readonly needs: Needs;
  readonly files: readonly MediaFile[];
  /** Its links to other documents, for a body that the site holds as `stored`. */
  readonly linksOnto: (stored?: Json) => Links;
}

/** Fetches what the site already has of everything the document names. */
export async function loadRefs(site: Site, needs: Needs, files: readonly MediaFile[]): Promise<void> {
  await site.terms.load(new Set(needs.terms.map((term) => term.taxonomy)));
  if (needs.authors.length > 0) await site.loadAuthors();
  await site.media.loadDigests(files.map((file) => file.digest));
}

export function needsOf(site: Site, document: Document): Needs {
  return site.target.codec.needs(document, site.kind(document.kind), site.types);
}

export interface Lacking {
  readonly terms: Needs["terms"];
  readonly files: readonly MediaFile[];
}

/** What the document names and the site does not have yet. Call `loadRefs` before. */
export function lackingOn(site: Site, needs: Needs, files: readonly MediaFile[]): Lacking {
  return {
    terms: needs.terms.filter((term) => site.terms.find(term.taxonomy, term.path) === undefined),
    files: files.filter(({ ref, digest }) => {
      const known = site.media.byDigest(digest);
      // What is shown from elsewhere on the web cannot stand for a document.
      const elsewhere =
        known?.id === "" && needs.media.some((media) => media.ref === ref && media.field === true);
      return known === undefined || elsewhere;
    }),
  };
}

/**
 * Wire values of a document as far as the site can hold them now. Fields that name something the site lacks are left
 * out and listed in `unsendable`.
 */
export async function encodeAgainst(
  site: Site,
  { document, needs, files, linksOnto }: Sendable,
  entry: Entry,
): Promise<{ readonly wire: JsonObject; readonly unsendable: readonly string[] }> {
  await loadRefs(site, needs, files);
  await site.media.loadIds(site.target.codec.mediaIds(entry, site.types));
  const lacking = lackingOn(site, needs, files);
  const missingRefs = lacking.files.map((file) => file.ref);
  const unsendable = new Set(lacking.terms.map((term) => term.field));
  const fields: Record<string, JsonObject[string]> = {};
  for (const [name, value] of Object.entries(document.fields)) {
    if (missingRefs.some((ref) => JSON.stringify(value).includes(JSON.stringify(ref)))) unsendable.add(name);
    if (!unsendable.has(name)) fields[name] = value;
  }
  if (missingRefs.some((ref) => document.body.includes(ref))) unsendable.add("body");
  const refs: Refs = site.refs(document.kind, files, { links: linksOnto(entry.wire.body) });
  const { wire } = site.target.codec.encode({ ...document, fields }, refs, entry);
  return { wire, unsendable: [...unsendable] };
}

/** The file that an entry is decoded for, and what is known of it. */
export type DecodedFor = Pick<LoadedFile, "path" | "files" | "sent">;

/** The document an entry would be as a new file of this root; without its path, links are not looked at. */
export async function decodeEntry(
  root: Root,
  site: Site,
  entry: Entry,
  path?: string,
  files: readonly MediaFile[] = [],
): Promise<Document> {
  const file = path === undefined ? undefined : { path, files, sent: {} };
  return fromSite(root, site, site.target.codec.decode(entry, await decodingRefs(site, entry, file)));
}

/** What decoding an entry of this kind may have to name. */
export async function decodingRefs(site: Site, entry: Entry, file?: DecodedFor): Promise<Refs> {
  const files = file?.files ?? [];
  const links =
    file === undefined ? noLinks : pulledLinks(file.path, file.sent, site.addresses, entry.wire.body);
  const kind = site.kind(entry.kind);
  await site.terms.load(Object.values(kind.taxonomies).map((taxonomy) => taxonomy.id));
  await site.loadAuthors();
  await site.media.loadDigests(files.map((file) => file.digest));
  await site.media.loadIds(site.target.codec.mediaIds(entry, site.types));
  return site.refs(entry.kind, files, { links });
}
