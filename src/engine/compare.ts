import type { Entry } from "../connectors/contract.ts";
import type { Document } from "../content/document.ts";
import { Fault, isFault } from "../lib/fault.ts";
import type { Base, Part } from "../sync/model.ts";
import { encodeAgainst, type Sendable } from "./encode.ts";
import { remoteFingerprint } from "./fingerprint.ts";
import { isOpenThere } from "./passwords.ts";
import type { Root } from "./root.ts";
import { aimed, type FileFacts, type LoadedFile, loadVersion } from "./scan.ts";
import type { Site } from "./site.ts";

/** What a site always has: it can be changed there, never taken away. */
const NEVER_CLEARED: ReadonlySet<string> = new Set(["date", "author", "slug", "title"]);

/** Parts that the base's file had and this one has not. */
export function clearedParts(base: Base | undefined, file: FileFacts): readonly Part[] {
  return Object.keys(base?.local.parts ?? {}).filter((part) => file.fingerprint.parts[part] === undefined);
}

/** The document with these parts said to be empty, for a platform to clear. */
export function withCleared(document: Document, cleared: readonly Part[]): Document {
  const gone = cleared.filter((part) => part !== "body" && part !== "status" && !NEVER_CLEARED.has(part));
  return {
    ...document,
    fields: { ...document.fields, ...Object.fromEntries(gone.map((part) => [part, null])) },
  };
}

/** Throws `invalid` for a part that cannot be cleared. */
export function refuseClearing(path: string, cleared: readonly Part[]): void {
  const kept = cleared.filter((part) => NEVER_CLEARED.has(part));
  if (kept.length === 0) return;
  throw new Fault("invalid", `${kept.join(", ")} was removed from the file and cannot be cleared on a site`, {
    code: "cannot-clear",
    place: { file: path, field: kept[0] ?? "" },
    hint: "put it back, or give it another value",
  });
}

/**
 * Parts that the document manages and the entry holds differently, as far as the platform can tell them apart.
 * `cleared`: parts that the file had before.
 */
export async function differingParts(
  site: Site,
  sendable: Sendable,
  entry: Entry,
  cleared: readonly Part[] = [],
): Promise<readonly Part[]> {
  const document = withCleared(sendable.document, cleared);
  const { wire, unsendable } = await encodeAgainst(site, { ...sendable, document }, entry);
  const empty = document.body === "" && !cleared.includes("body");
  const managed = Object.keys(wire).filter((part) => part !== "body" || !empty);
  const parts = managed.filter(
    (part) => !site.target.codec.same(part, wire[part] ?? null, entry.wire[part] ?? null),
  );
  const refused = cleared.filter((part) => NEVER_CLEARED.has(part));
  const open = isOpenThere(document.fields, entry) ? ["protected"] : [];
  return [...new Set([...parts, ...unsendable, ...refused, ...open])].sort();
}

/** The base of a document that was sent, as it says now, before what it links to had an address; undefined for others. */
async function beforeLinks(site: Site, file: LoadedFile, entry: Entry): Promise<Base | undefined> {
  const paths = Object.keys(file.targets);
  if (paths.length === 0) return undefined;
  const then = aimed(site, file, Object.fromEntries(paths.map((path) => [path, ""])));
  return (await differingParts(site, then, entry)).length === 0 ? baseOf(then, entry) : undefined;
}

/**
 * Where no lockfile knows a document, git may: the newest committed version of the file that says what the entry
 * says is what both sides last agreed on. Undefined when none does.
 */
export async function adoptable(
  site: Site,
  root: Root,
  file: LoadedFile,
  entry: Entry,
): Promise<Base | undefined> {
  // A version without a text agrees with every text: what somebody wrote on the site is not what it began from.
  const compared = file.document.body === "" ? [] : ["body"];
  const early = await beforeLinks(site, file, entry);
  if (early !== undefined) return early;
  for await (const version of root.versions(file.path)) {
    try {
      const old = await loadVersion(root, site, file.path, version.bytes);
      if (old === undefined || old.blob === file.blob) continue;
      if ((await differingParts(site, old, entry, compared)).length === 0) return baseOf(old, entry);
    } catch (thrown) {
      if (!isFault(thrown) || thrown.scope !== "item") throw thrown;
    }
  }
  return undefined;
}

/** What both sides agree on right now. */
export function baseOf(file: LoadedFile, entry: Entry, racy = false): Base {
  return {
    path: file.path,
    locale: entry.locale,
    id: entry.id,
    kind: entry.kind,
    scope: entry.scope,
    slug: entry.slug,
    state: entry.state,
    revision: entry.revision,
    racy,
    blob: file.blob,
    local: file.fingerprint,
    remote: remoteFingerprint(entry),
    media: mediaOf(file),
    links: file.targets,
  };
}

/** The local files that a document refers to, as the lockfile's line keeps them. */
export function mediaOf(file: FileFacts): Base["media"] {
  return Object.fromEntries(file.files.map((media) => [media.path, media.digest]));
}
