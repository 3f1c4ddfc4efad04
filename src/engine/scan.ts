import type { Kind, Needs } from "../connectors/contract.ts";
import { toInstant, toLocal } from "../content/date.ts";
import type { Document, MediaFile, State } from "../content/document.ts";
import { refuseBrokenFences } from "../content/fences.ts";
import { type Naming, NO_NAMING } from "../content/groups.ts";
import { type Reading, readDocument } from "../content/read.ts";
import { parseSource } from "../content/source.ts";
import { Fault } from "../lib/fault.ts";
import { gitBlobId, sha256Hex } from "../lib/hash.ts";
import type { Base, Fingerprint, PlannedDate } from "../sync/model.ts";
import { needsOf, type Sendable } from "./encode.ts";
import { GROUPED, type LinkTargets, localFingerprint } from "./fingerprint.ts";
import { linkedIn, sentLinks, targetsOf } from "./links.ts";
import { mediaFiles } from "./media-files.ts";
import type { Root } from "./root.ts";
import { checkValues, forSite, protectedBy, unknownFields } from "./rules.ts";
import type { Site } from "./site.ts";

/** A file that may be a document, known by its bytes only. */
export interface ScannedFile {
  /** Below the root, with `/`. */
  readonly path: string;
  /** Git blob id with LF line ends. */
  readonly blob: string;
}

/** What planning keeps of a file that was read: small, however long its text is. */
export interface FileFacts extends ScannedFile {
  readonly kind: string;
  readonly locale: string;
  /** What its translations share with it; "" where it has none. */
  readonly group: string;
  /** The file itself, its place or the root says the language. */
  readonly saysLocale: boolean;
  /** Fields that its front matter has something for. */
  readonly says: readonly string[];
  readonly needs: Needs;
  readonly title: string;
  readonly slug: string;
  readonly explicitSlug: boolean;
  readonly scope: string;
  readonly state: State | undefined;
  readonly files: readonly MediaFile[];
  /** Addresses that were sent for its links when both sides last agreed. */
  readonly sent: LinkTargets;
  /** Where the documents that it links to are now. */
  readonly targets: LinkTargets;
  readonly fingerprint: Fingerprint;
  readonly protectedBy: string | undefined;
  readonly date: PlannedDate | undefined;
  /** Front matter keys that stay in the file because nothing on the site is theirs. */
  readonly unknown: readonly string[];
}

/** A file read and understood. */
export interface LoadedFile extends FileFacts, Sendable {
  readonly reading: Reading;
  /** Its fingerprint by an older algorithm. */
  readonly fingerprintAs: (v: number) => Fingerprint;
  /** The document with the maps of its front matter whole, as fingerprints of version 1 cover it. */
  readonly ungrouped: () => Document;
}

/** One file as it is now; undefined when it is not there. */
export async function scanFile(root: Pick<Root, "read">, path: string): Promise<ScannedFile | undefined> {
  try {
    return { path, blob: blobOf(await root.read(path)) };
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw thrown;
  }
}

export function unreadable(path: string, cause: unknown): Fault {
  return new Fault(
    "invalid",
    `${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
    {
      code: "unreadable",
      place: { file: path },
      cause,
      hint: "check its permissions",
    },
  );
}

/** The blob git stores where `text=auto` turns CRLF into LF: a checkout elsewhere is not an edit. */
export function blobOf(bytes: Uint8Array): string {
  const crlf = Buffer.from(bytes).includes("\r\n");
  return gitBlobId(
    crlf ? Buffer.from(Buffer.from(bytes).toString("latin1").replaceAll("\r\n", "\n"), "latin1") : bytes,
  );
}

/** Whether the media that the lines of an untouched file name are untouched, too. */
export async function unchangedSince(root: Root, lines: readonly Base[]): Promise<boolean> {
  for (const line of lines) {
    for (const [path, digest] of Object.entries(line.media)) {
      const bytes = await root.read(path).catch(() => undefined);
      if (bytes === undefined || sha256Hex(bytes) !== digest) return false;
    }
  }
  return true;
}

/**
 * Undefined when the root's content rules leave this file out. `sent`: addresses that were sent for its links before.
 * Throws `invalid` with the place.
 */
export async function loadFile(
  root: Root,
  site: Site,
  path: string,
  sent: LinkTargets = {},
): Promise<LoadedFile | undefined> {
  const bytes = await root.read(path).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  const loaded = await loadVersion(root, site, path, bytes, sent);
  if (loaded !== undefined) refuseBrokenFences(loaded.reading.source);
  return loaded;
}

/** Any version of a file: today's or one that git kept. Media and links are taken as they are now. */
export async function loadVersion(
  root: Root,
  site: Site,
  path: string,
  bytes: Uint8Array,
  sent: LinkTargets = {},
): Promise<LoadedFile | undefined> {
  const text = textOf(root, site, path, bytes);
  if (text === undefined) return undefined;
  const { reading, document } = text;
  const { title, explicitSlug, state } = reading;
  const { codec } = site.target;
  const kind = site.kind(document.kind);
  const unknown = unknownFields(root, site, document, reading);
  checkValues(site, document, reading);
  const needs = needsOf(site, document);
  const files = await mediaFiles(root, reading, needs.media);
  const linked = linkedIn(path, document.body, site.addresses);
  const read = {
    path,
    blob: blobOf(bytes),
    ...text,
    kind: document.kind,
    locale: document.locale,
    group: reading.group,
    saysLocale: reading.document.locale !== "",
    says: Object.keys(reading.document.fields),
    needs,
    title,
    slug: codec.slug?.(reading.slug) ?? reading.slug,
    explicitSlug,
    scope: scopeOf(document, kind),
    state,
    files,
    sent,
    protectedBy: protectedBy(root, reading.document, path),
    date: plannedDate(document, site.account.timezone),
    unknown,
  };
  return aimed(site, read, targetsOf(linked, site.addresses, sent));
}

/** What a file says, for this site; undefined when the root's content rules leave it out. */
function textOf(root: Root, site: Site, path: string, bytes: Uint8Array): Text | undefined {
  const source = parseSource(bytes, path);
  const readAs = (naming: Naming) => readDocument(source, root.config, site.target.defaultKind, naming);
  const reading = readAs(site.naming);
  if (reading === undefined) return undefined;
  return {
    reading,
    document: forSite(root, site, reading.document),
    ungrouped: () => forSite(root, site, readAs(NO_NAMING)?.document ?? reading.document),
  };
}

/** What is kept of a file while others are read. No string in it is a slice that holds on to the whole text. */
export function factsOf(site: Site, file: FileFacts & Partial<LoadedFile>): FileFacts {
  const { reading: _, document: __, ungrouped: ___, linksOnto: ____, fingerprintAs: _____, ...facts } = file;
  const { needs, says, unknown, files, sent, targets, ...own } = facts;
  const { terms, authors, media } = needs;
  const shared = sharing(site);
  return {
    ...detached(own),
    path: file.path,
    says: shared(says),
    unknown: shared(unknown),
    needs: { terms: terms.map(shared), authors: shared(authors), media: detached(media) },
    files: detached(files),
    sent: detached(sent),
    targets: detached(targets),
  };
}

const NOTHING = new Map<string, unknown>([
  ["[]", []],
  ["{}", {}],
]);

function detached<T>(value: T): T {
  const text = JSON.stringify(value);
  return (NOTHING.get(text) ?? JSON.parse(text)) as T;
}

const sharedOf = new WeakMap<Site, Map<string, unknown>>();

/** Most documents of a site have the same fields, and name the same few terms and authors: one copy of each is kept. */
function sharing(site: Site): <T>(value: T) => T {
  const all = sharedOf.get(site) ?? new Map<string, unknown>();
  sharedOf.set(site, all);
  return <T>(value: T) => {
    const text = JSON.stringify(value);
    const known = all.get(text) ?? JSON.parse(text);
    all.set(text, known);
    return known as T;
  };
}

/** The whole file that these facts are of. Throws `conflict` for one that was changed since. */
export async function wholeFile(root: Root, site: Site, facts: FileFacts | LoadedFile): Promise<LoadedFile> {
  if ("reading" in facts) return facts;
  const { path, blob } = facts;
  const bytes = await root.read(path).catch((cause: NodeJS.ErrnoException) => {
    throw cause.code === "ENOENT" ? movedOn(path) : unreadable(path, cause);
  });
  const text = blobOf(bytes) === blob ? textOf(root, site, path, bytes) : undefined;
  if (text === undefined) throw movedOn(path);
  return withText(site, { ...facts, ...text });
}

export function movedOn(path: string): Fault {
  return new Fault("conflict", `${path} was changed while this run was under way`, {
    code: "file-moved-on",
    place: { file: path },
    hint: "run the command again",
  });
}

type Text = Pick<LoadedFile, "reading" | "document" | "ungrouped">;

/** The file with its links leading to these addresses. */
export function aimed(
  site: Site,
  file: Omit<FileFacts, "targets" | "fingerprint"> & Text,
  targets: LinkTargets,
): LoadedFile {
  const { document, files } = file;
  const fingerprint = localFingerprint(document, knownTo(site, document), files, targets);
  return withText(site, { ...file, targets, fingerprint });
}

/** What follows from the text of a file and from where its links lead. */
function withText(site: Site, file: FileFacts & Text): LoadedFile {
  const { document, files, targets } = file;
  const offered = site.target.codec.fields(site.kind(document.kind));
  return {
    ...file,
    linksOnto: (stored) => sentLinks(file.path, targets, site.addresses, stored),
    fingerprintAs: (v) =>
      v < GROUPED
        ? localFingerprint(file.ungrouped(), offered, files, targets, v)
        : localFingerprint(document, knownTo(site, document), files, targets, v),
  };
}

/** Fields that the platform maps for documents of this kind. */
function knownTo({ kind, target: { codec } }: Site, document: Document): readonly string[] {
  return [...codec.fields(kind(document.kind)), ...(codec.groups ?? [])];
}

/**
 * The facts with the file's links leading to where the documents are now, or, where the body `stays` as it is on the
 * site, to what was sent for them. The file is read again only where a link leads elsewhere than when it was read.
 */
export async function factsAimed(
  root: Root,
  site: Site,
  facts: FileFacts,
  sent: LinkTargets,
  stays: boolean,
): Promise<FileFacts> {
  const now = targetsOf(Object.keys(facts.targets), site.addresses, sent);
  const targets = stays ? { ...now, ...known(now, sent) } : now;
  const same = Object.entries(targets).every(([path, address]) => facts.targets[path] === address);
  if (same) return Object.keys({ ...facts.sent, ...sent }).length === 0 ? facts : { ...facts, sent };
  return factsOf(site, aimed(site, { ...(await wholeFile(root, site, facts)), sent }, targets));
}

/** The file with its links leading to what was sent for them when both sides last agreed. */
export function asSent(site: Site, file: LoadedFile): LoadedFile {
  return aimed(site, file, { ...file.targets, ...known(file.targets, file.sent) });
}

/** The file with its links leading to where those of `other`, another version of it, lead. */
export function aimedAs(site: Site, file: LoadedFile, other: LoadedFile): LoadedFile {
  return aimed(site, file, { ...file.targets, ...known(file.targets, other.targets) });
}

function known(wanted: LinkTargets, given: LinkTargets): LinkTargets {
  return Object.fromEntries(Object.entries(given).filter(([path]) => Object.hasOwn(wanted, path)));
}

function plannedDate(document: Document, zone: string): PlannedDate | undefined {
  const { date } = document.fields;
  if (typeof date !== "string") return undefined;
  const instant = toInstant(date, zone);
  return { site: toLocal(instant, zone), utc: new Date(instant).toISOString() };
}

/** A page's slug is one among its parent's children, an article's one of its blog or of its only category. */
function scopeOf(document: Document, kind: Kind): string {
  const { scopeField } = kind;
  if (scopeField !== undefined) {
    const given = document.fields[scopeField.name];
    const named = Array.isArray(given) ? given[0] : given;
    return typeof named === "string" && named !== "" ? named : scopeField.fallback;
  }
  const { parent } = document.fields;
  const takesParent = kind.fields.some((field) => field.name === "parent");
  return takesParent && typeof parent === "string" ? parent.replace(/^\/+|\/+$/g, "") : "";
}
