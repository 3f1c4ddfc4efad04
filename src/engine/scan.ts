import type { Kind } from "../connectors/contract.ts";
import { toInstant, toLocal } from "../content/date.ts";
import type { Document, MediaFile, State } from "../content/document.ts";
import { refuseBrokenFences } from "../content/fences.ts";
import { type Naming, NO_NAMING } from "../content/groups.ts";
import { isDocumentPath, type Reading, readDocument } from "../content/read.ts";
import { parseSource } from "../content/source.ts";
import { walkTree } from "../content/tree.ts";
import { Fault } from "../lib/fault.ts";
import { gitBlobId, sha256Hex } from "../lib/hash.ts";
import type { Base, Fingerprint, PlannedDate } from "../sync/model.ts";
import { needsOf, type Sendable } from "./encode.ts";
import { GROUPED, type LinkTargets, localFingerprint } from "./fingerprint.ts";
import type { Problem } from "./gather.ts";
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

/** A file read and understood. */
export interface LoadedFile extends ScannedFile, Sendable {
  readonly reading: Reading;
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
  /** The same by an older algorithm. */
  readonly fingerprintAs: (v: number) => Fingerprint;
  readonly protectedBy: string | undefined;
  readonly date: PlannedDate | undefined;
  /** Front matter keys that stay in the file because nothing on the site is theirs. */
  readonly unknown: readonly string[];
  /** The document with the maps of its front matter whole, as fingerprints of version 1 cover it. */
  readonly ungrouped: () => Document;
}

/** Every file of the root that may be a document. Files that cannot be read become problems of their own. */
export async function scanFiles(root: Root, problems: Problem[]): Promise<readonly ScannedFile[]> {
  const { files, problems: faults } = await walkTree(root.dir, {
    ignore: root.config.ignore,
    wanted: (path) => isDocumentPath(root.config, path),
  });
  for (const fault of faults) problems.push({ path: fault.place?.file ?? "", fault });
  const scanned: ScannedFile[] = [];
  for (const { path } of files) {
    try {
      const file = await scanFile(root, path);
      if (file !== undefined) scanned.push(file);
    } catch (thrown) {
      problems.push({ path, fault: unreadable(path, thrown) });
    }
  }
  return scanned;
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

function unreadable(path: string, cause: unknown): Fault {
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
  const source = parseSource(bytes, path);
  const readAs = (naming: Naming) => readDocument(source, root.config, site.target.defaultKind, naming);
  const reading = readAs(site.naming);
  if (reading === undefined) return undefined;
  const { title, explicitSlug, state } = reading;
  const { codec } = site.target;
  const document = forSite(root, site, reading.document);
  const kind = site.kind(document.kind);
  const unknown = unknownFields(root, site, document, reading);
  checkValues(site, document, reading);
  const files = await mediaFiles(root, reading, needsOf(site, document).media);
  const linked = linkedIn(path, document.body, site.addresses);
  const read = {
    path,
    blob: blobOf(bytes),
    reading,
    document,
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
    ungrouped: () => forSite(root, site, readAs(NO_NAMING)?.document ?? reading.document),
  };
  return aimed(site, read, targetsOf(linked, site.addresses, sent));
}

/** The file with its links leading to these addresses. */
export function aimed(
  site: Site,
  file: Omit<LoadedFile, "targets" | "linksOnto" | "fingerprint" | "fingerprintAs">,
  targets: LinkTargets,
): LoadedFile {
  const { document, files } = file;
  const { codec } = site.target;
  const offered = codec.fields(site.kind(document.kind));
  const known = [...offered, ...(codec.groups ?? [])];
  return {
    ...file,
    targets,
    linksOnto: (stored) => sentLinks(file.path, targets, site.addresses, stored),
    fingerprint: localFingerprint(document, known, files, targets),
    fingerprintAs: (v) =>
      v < GROUPED
        ? localFingerprint(file.ungrouped(), offered, files, targets, v)
        : localFingerprint(document, known, files, targets, v),
  };
}

/** The file with its links leading to where the documents are now. */
export function aimedNow(site: Site, file: LoadedFile, sent: LinkTargets): LoadedFile {
  return aimed(site, { ...file, sent }, targetsOf(Object.keys(file.targets), site.addresses, sent));
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

/** A page's slug is one among its parent's children. */
function scopeOf(document: Document, kind: Kind): string {
  const { parent } = document.fields;
  const takesParent = kind.fields.some((field) => field.name === "parent");
  return takesParent && typeof parent === "string" ? parent.replace(/^\/+|\/+$/g, "") : "";
}
