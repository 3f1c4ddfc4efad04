import type { Entry } from "../connectors/contract.ts";
import { isFault } from "../lib/fault.ts";
import type { Base, Part } from "../sync/model.ts";
import { encodeAgainst, type Sendable } from "./encode.ts";
import { remoteFingerprint } from "./fingerprint.ts";
import type { Root } from "./root.ts";
import { type LoadedFile, loadVersion } from "./scan.ts";
import type { Site } from "./site.ts";

/** Parts that the document manages and the entry holds differently, as far as the platform can tell them apart. */
export async function differingParts(site: Site, sendable: Sendable, entry: Entry): Promise<readonly Part[]> {
  const { wire, unsendable } = await encodeAgainst(site, sendable, entry);
  const managed = Object.keys(wire).filter((part) => part !== "body" || sendable.document.body !== "");
  const parts = managed.filter(
    (part) => !site.target.codec.same(part, wire[part] ?? null, entry.wire[part] ?? null),
  );
  return [...new Set([...parts, ...unsendable])].sort();
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
  for await (const version of root.versions(file.path)) {
    try {
      const old = await loadVersion(root, site, file.path, version.bytes);
      if (old === undefined || old.blob === file.blob) continue;
      if ((await differingParts(site, old, entry)).length === 0) return baseOf(old, entry);
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
    media: Object.fromEntries(file.files.map((media) => [media.path, media.digest])),
  };
}
