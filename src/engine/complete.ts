import type { Entry, Listing } from "../connectors/contract.ts";
import { isLive } from "../content/document.ts";
import { Fault } from "../lib/fault.ts";
import { changedParts, remoteChanges } from "../sync/detect.ts";
import type { Base, Local, Part, Relinked, Remote, Subject } from "../sync/model.ts";
import { clashOf } from "../sync/reconcile.ts";
import { adoptable, clearedParts, differingParts } from "./compare.ts";
import { decodeEntry } from "./encode.ts";
import { inTodaysWords, type LinkTargets, newestVersion, remoteFingerprint } from "./fingerprint.ts";
import type { GatherInput, Item } from "./gather.ts";
import { type Merging, mergeOf, revisionsOf, staleScreen } from "./merging.ts";
import type { Pair } from "./pair.ts";
import { isRemapped } from "./root.ts";
import { protectedEntry } from "./rules.ts";
import { type FileFacts, type LoadedFile, loadFile, type ScannedFile, wholeFile } from "./scan.ts";
import { rowKey, type Site } from "./site.ts";
import { placeless, withoutHidden, withoutNewlyEmpty } from "./unreachable.ts";

/** One pair as the planner sees it. Throws the faults of this one document. */
export async function complete(
  input: GatherInput,
  pair: Pair,
  entries: ReadonlyMap<string, Entry | "missing" | "trashed">,
  taken: Set<string>,
): Promise<Item> {
  const { site, root, recovery } = input;
  const asked = pair.row ?? pair.base;
  const found = asked === undefined ? undefined : entries.get(rowKey(asked));
  const entry = typeof found === "object" ? found : undefined;
  const interrupted = entry === undefined ? [] : recovery.oursIn(entry);
  const needed = pair.file === undefined && (pair.base === undefined || interrupted.length > 0);
  const unknown = needed ? pair.scanned?.path : undefined;
  const file = unknown === undefined ? pair.file : await loadFile(root, site, unknown, pair.base?.links);
  // No byte of the file has changed: what it says no more it was made to say no more by `fields:`.
  const unmapped =
    file?.blob === pair.base?.blob && file !== undefined && isRemapped(root, site.target.name)
      ? clearedParts(pair.base, file)
      : [];
  const agreed = pair.base && withoutHidden(root, site, pair.base, entry, unmapped);
  const isOld = agreed !== undefined && agreed.local.v !== newestVersion();
  const compared = file !== undefined && (entry !== undefined || isOld);
  const whole = compared ? await wholeFile(root, site, file) : undefined;
  let base = agreed && ofToday(agreed, whole, entry);
  let differing: readonly string[] | undefined;
  if (file !== undefined && base !== undefined) refuseTurned(site, file, base);
  if (whole !== undefined && entry !== undefined) {
    differing = await differingParts(site, whole, entry, clearedParts(base, whole));
    // Where nothing is agreed yet, what the site has no place for says nothing against adopting it.
    if (base !== undefined)
      differing = [...differing, ...placeless(site, whole), ...ownedBody(base, whole, entry)];
    else if (differing.length > 0) base = await adoptable(site, root, whole, entry);
    // What a run that was cut off brought no further than the working copy is still to be done.
    if (entry.pendingChanges) differing = [...new Set([...differing, ...interrupted])];
  }
  const subject: Subject = {
    base,
    local: localSide(input, file, pair, base),
    remote: remoteSide(site, entry, pair.row, found, base),
    differing,
    newPath:
      pair.scanned === undefined && base === undefined && entry !== undefined
        ? root.pathFor(await decodeEntry(root, site, entry), entry.id, taken)
        : undefined,
    interrupted,
    mergeable: [],
    reverted: [],
    held: isHeld(input, pair),
    kept: pair.kept,
    alike: pair.alike,
  };
  return withMerging(input, { subject, file, entry, merging: undefined }, whole);
}

/** Codecs leave out a body that belongs to a page builder: what was edited in the file all the same is not on the site. */
function ownedBody(base: Base, file: LoadedFile, { bodyOwner }: Entry): readonly Part[] {
  if (bodyOwner === undefined) return [];
  return changedParts(base.local, file.fingerprint).filter((part) => part === "body");
}

/** A base that an older version of this program wrote, in today's words: upgrading is nobody's edit. */
function ofToday(base: Base, file: LoadedFile | undefined, entry: Entry | undefined): Base {
  const v = newestVersion();
  const { local, remote } = base;
  const names = [...Object.keys(file?.fingerprint.parts ?? {}), ...Object.keys(entry?.wire ?? {})];
  const here =
    file === undefined || local.v === v
      ? local
      : inTodaysWords(local, file.fingerprintAs(local.v), file.fingerprint, names);
  const there =
    entry === undefined || remote.v === v
      ? remote
      : inTodaysWords(remote, remoteFingerprint(entry, remote.v), remoteFingerprint(entry), names);
  if (here === local && there === remote) return base;
  // Lines of before links were followed say nothing of them: they count as sent.
  const links = here === local ? base.links : (base.links ?? file?.targets);
  return { ...base, local: here, remote: there, links };
}

/** An untouched file of a base that is known needs no reading: it says what its line says. */
function localSide(
  input: GatherInput,
  file: FileFacts | undefined,
  { scanned }: Pair,
  base: Base | undefined,
): Local | undefined {
  if (file !== undefined) return localOf(file, base);
  return scanned !== undefined && base !== undefined ? localAsBefore(input, scanned, base) : undefined;
}

function remoteSide(
  site: Site,
  entry: Entry | undefined,
  row: Listing | undefined,
  found: Entry | "missing" | "trashed" | undefined,
  base: Base | undefined,
): Subject["remote"] {
  if (entry !== undefined) {
    const remote = remoteOf(entry, entry);
    return base === undefined ? remote : { ...remote, fingerprint: withoutNewlyEmpty(site, base, entry) };
  }
  if (row !== undefined) return remoteOf(row);
  return typeof found === "string" ? { gone: found } : undefined;
}

function isHeld({ site, root, options }: GatherInput, { scanned, base }: Pair): boolean {
  if (options.release || scanned === undefined) return false;
  const target = site.target.name;
  const names = [scanned.path, base?.path];
  return root.lock.held.some(
    (line) => line.target === target && names.includes(line.held) && line.blob === scanned.blob,
  );
}

/** Texts are looked for only where fingerprints say that both sides changed something, or might have. */
async function withMerging(input: GatherInput, item: Item, whole: LoadedFile | undefined): Promise<Item> {
  const { subject, entry } = item;
  const { base, local, remote } = subject;
  if (entry === undefined || local === undefined || remote === undefined || "gone" in remote) return item;
  const given = { ...input, ruleOf: input.options.ruleOf, revisions: revisionsOf(input.site) };
  const theirs = base === undefined ? [] : remoteChanges(base, remote);
  // Where the file says what the site says now, nothing of ours can have been taken back.
  const apart = theirs.some((part) => subject.differing?.includes(part) !== false);
  if (base !== undefined && apart && subject.interrupted.length === 0) {
    const file = whole ?? (await loadFile(input.root, input.site, local.path, base.links));
    const stale = file === undefined ? undefined : await staleScreen(given, file, entry, base, theirs);
    if (stale !== undefined) {
      return { ...item, file, merging: stale.merging, subject: { ...subject, reverted: stale.parts } };
    }
  }
  const clash =
    base === undefined
      ? (subject.differing ?? []).filter((part) => !subject.interrupted.includes(part))
      : clashOf(base, local, remote, subject);
  if (clash.length === 0 || whole === undefined) return item;
  const merging = await mergeOf(given, whole, entry, base, clash);
  return { ...item, file: whole, merging, subject: { ...subject, mergeable: mergedParts(merging) } };
}

function mergedParts({ parts }: Merging): readonly Part[] {
  return [...parts].flatMap(([part, merge]) => (merge.type === "merged" ? part : []));
}

/** Throws `invalid` where the file says that it is of another kind or language than its entry. */
function refuseTurned(site: Site, file: FileFacts, base: Base): void {
  if (file.kind !== base.kind) throw kindChanged(file, base);
  const named = file.saysLocale && site.model.languages !== undefined;
  if (!named || file.locale === base.locale) return;
  const was = base.locale === "" ? "of no language" : `in "${base.locale}"`;
  throw new Fault("invalid", `the entry of ${file.path} is ${was}, and the file is in "${file.locale}"`, {
    code: "locale-changed",
    place: { file: file.path, field: "locale" },
    hint: "put the language back, or move the text to a new file; a language that is wrong on the site is corrected there",
  });
}

function kindChanged(file: FileFacts, base: Base): Fault {
  return new Fault("invalid", `${file.path} was a ${base.kind} and now says it is a ${file.kind}`, {
    code: "kind-changed",
    place: { file: file.path, field: "kind" },
    hint: `put the kind back; to make it a ${file.kind}, move the text to a new file and delete this one`,
  });
}

/** `entry`: the same entry whole, where it was read. */
export function remoteOf(row: Listing, entry?: Entry): Remote {
  return {
    id: row.id,
    locale: row.locale,
    kind: row.kind,
    scope: row.scope,
    slug: row.slug,
    url: row.url,
    title: row.title,
    revision: row.revision,
    state: row.state,
    protected: row.protected === true,
    pendingChanges: row.pendingChanges,
    bodyOwner: row.bodyOwner,
    fingerprint: entry === undefined ? undefined : remoteFingerprint(entry),
  };
}

/** Its language is what its entry has; a file need not name it. */
export function localOf(file: FileFacts, base: Base | undefined): Local {
  return {
    path: file.path,
    locale: base?.locale ?? file.locale,
    kind: file.kind,
    scope: file.scope,
    slug: file.slug,
    title: file.title,
    state: file.state,
    date: file.date,
    blob: file.blob,
    fingerprint: file.fingerprint,
    links: Object.keys(file.targets),
    relinked: relinked(file.targets, base?.links ?? {}),
    protectedBy: file.protectedBy,
  };
}

function relinked(now: LinkTargets, sent: LinkTargets): readonly Relinked[] {
  return Object.entries(now).flatMap(([path, address]) => {
    const before = sent[path] ?? "";
    return address === before ? [] : { path, filled: before === "" };
  });
}

/** The file says what its line says: not parsed. */
function localAsBefore({ root, site }: GatherInput, file: ScannedFile, base: Base): Local {
  const links = Object.keys(base.links ?? {});
  return {
    path: file.path,
    locale: base.locale,
    kind: base.kind,
    scope: base.scope,
    slug: base.slug,
    title: "",
    state: isLive(base.state) ? undefined : base.state,
    date: undefined,
    blob: file.blob,
    fingerprint: base.local,
    links,
    protectedBy: links.length === 0 ? undefined : protectedEntry(root, site, base, file.path),
  };
}
