import type { Entry, Refs, Revision } from "../connectors/contract.ts";
import { groupOf, namesOf } from "../content/groups.ts";
import type { JsonObject } from "../lib/json.ts";
import { isObject } from "../lib/json.ts";
import type { Store } from "../store/db.ts";
import { changedParts } from "../sync/detect.ts";
import { mergeParts, type PartMerge, type Rule, type Side, type Sides } from "../sync/merge.ts";
import type { Shape } from "../sync/merge-fields.ts";
import { mergeText } from "../sync/merge-text.ts";
import type { Base, Fingerprint, Part } from "../sync/model.ts";
import { decodingRefs } from "./encode.ts";
import { inWordsOf } from "./file-words.ts";
import { ALGORITHMS, newestVersion, wireFingerprint } from "./fingerprint.ts";
import type { Root } from "./root.ts";
import { fromSite } from "./rules.ts";
import { asSent, type LoadedFile, loadVersion } from "./scan.ts";
import type { Site } from "./site.ts";
import { type KeptWire, keptFiles, keptWires, type Sealing } from "./texts.ts";

/** What a merge may look at besides file, entry and base. */
export interface MergeParts {
  readonly site: Site;
  readonly root: Root;
  /** Undefined where this installation has kept nothing yet. */
  readonly memory: Store | undefined;
  readonly sealing: Sealing;
  readonly ruleOf: (part: Part) => Rule | undefined;
  /** What the CMS remembers of an entry; nothing where it keeps no revisions. */
  readonly revisions: (base: Base) => Promise<readonly Revision[]>;
}

/** Asks the CMS once for all questions about one entry; of the entry before nothing is kept. */
export function revisionsOf({ target }: Site): MergeParts["revisions"] {
  let last: { readonly base: Base; readonly found: Promise<readonly Revision[]> } | undefined;
  return (base) => {
    if (last?.base !== base) {
      last = { base, found: Promise.resolve(target.connector.revisions?.(base) ?? []) };
    }
    return last.found;
  };
}

/** How the parts that both sides changed go together. */
export interface Merging {
  readonly sides: Sides;
  readonly parts: ReadonlyMap<Part, PartMerge>;
}

/** Merges `clash`, the parts that file and entry changed differently; without a base, those in which they differ. */
export async function mergeOf(
  given: MergeParts,
  file: LoadedFile,
  entry: Entry,
  base: Base | undefined,
  clash: readonly Part[],
): Promise<Merging> {
  const refs = await decodingRefs(given.site, entry, file);
  const wire = base === undefined ? undefined : await baseWire(given, base, clash);
  const old = base === undefined ? undefined : await baseFile(given, base, clash);
  return mergeFrom(given, file, entry, refs, { wire, old }, clash);
}

interface BaseTexts {
  readonly wire: JsonObject | undefined;
  readonly old: LoadedFile | undefined;
}

function mergeFrom(
  given: MergeParts,
  file: LoadedFile,
  entry: Entry,
  refs: Refs,
  texts: BaseTexts,
  parts: readonly Part[],
): Merging {
  const sides = sidesOf(given, file, entry, refs, texts);
  const shapeOf = shapes(given.site, entry.kind, sides);
  return { sides, parts: mergeParts(sides, parts, { ruleOf: ruleFor(given), shapeOf }) };
}

/**
 * The three points in the words of the file. The base's body is the file's of then with whatever the site had made
 * of it; theirs is that with just the blocks replaced that the site changed since.
 */
function sidesOf(
  { site, root }: MergeParts,
  file: LoadedFile,
  entry: Entry,
  refs: Refs,
  { wire, old }: BaseTexts,
): Sides {
  const { codec } = site.target;
  const decoded = (values: JsonObject) => {
    const { fields } = fromSite(root, site, codec.decode({ ...entry, wire: values }, refs));
    return inWordsOf(root, site, refs.kind, file.reading.document.fields, fields);
  };
  const patched = (body: string, values: JsonObject) => codec.patchBody(body, values.body ?? "", refs);
  const ours: Side = { fields: file.reading.document.fields, body: file.document.body };
  const then = old?.document.body ?? (wire === undefined ? undefined : ours.body);
  const body = then === undefined ? undefined : wire === undefined ? then : patched(then, wire);
  const fields = old?.reading.document.fields ?? (wire === undefined ? undefined : decoded(wire));
  const base = body === undefined || fields === undefined ? undefined : { fields, body };
  return {
    base,
    ours,
    theirs: { fields: decoded(entry.wire), body: patched(base?.body ?? ours.body, entry.wire) },
  };
}

/** A rule for a group is one for its fields, and the common name of a field one for the site's own. */
function ruleFor({ site, ruleOf }: MergeParts): MergeParts["ruleOf"] {
  return (part) =>
    namesOf(part, site.naming)
      .map(ruleOf)
      .find((rule) => rule !== undefined);
}

function shapes(site: Site, kind: string, { ours, theirs }: Sides): (part: Part) => Shape {
  const types = new Map(site.kind(kind).fields.map((field) => [field.name, field.type]));
  return (part) => {
    if (types.get(part) === "terms") return "set";
    if (types.get(part) === "list") return "list";
    return [ours, theirs].every((side) => isObject(side.fields[part])) ? "map" : "scalar";
  };
}

/** Whether a text says in these parts what the base says, whichever version its fingerprints are of. */
function saysOf(base: Fingerprint, parts: readonly Part[], print: (v: number) => Fingerprint): boolean {
  const prints = [...ALGORITHMS.keys()].map((v) => print(v).parts);
  const today = print(newestVersion()).parts;
  return parts.every((part) => {
    const said = base.parts[part];
    // Older versions have no names for members of groups, so what they lack may be there.
    if (said === undefined) return today[part] === undefined;
    // What was one part when the base was written has the whole's hash.
    return prints.some((parts) => [part, groupOf(part) ?? part].some((name) => parts[name] === said));
  });
}

/** The entry as the site held it when both sides last agreed: from what was kept, else from the CMS's own revisions. */
async function baseWire(
  { site, root, memory, sealing, revisions }: MergeParts,
  base: Base,
  parts: readonly Part[],
): Promise<JsonObject | undefined> {
  const says = (wire: JsonObject) => saysOf(base.remote, parts, (v) => wireFingerprint(wire, v));
  if (memory !== undefined) {
    const owner = { site: site.account.site, rootId: root.id, ...base };
    for await (const { wire } of keptWires(memory, sealing, owner)) if (says(wire)) return wire;
  }
  const found = await revisions(base);
  return found.find(({ wire }) => says(wire))?.wire;
}

/** The file as it was when both sides last agreed: from what was kept, else from git. */
async function baseFile(
  { site, root, memory, sealing }: MergeParts,
  base: Base,
  parts: readonly Part[],
): Promise<LoadedFile | undefined> {
  const says = async (bytes: Uint8Array) => {
    const read = await loadVersion(root, site, base.path, bytes, base.links).catch(() => undefined);
    const file = read === undefined ? undefined : asSent(site, read);
    const fits = file !== undefined && saysOf(base.local, parts, file.fingerprintAs);
    return fits ? file : undefined;
  };
  if (memory !== undefined) {
    const owner = { site: site.account.site, rootId: root.id, ...base };
    for await (const bytes of keptFiles(memory, sealing, owner)) {
      const file = await says(bytes);
      if (file !== undefined) return file;
    }
  }
  const blob = await root.blob(base.blob);
  const committed = blob === undefined ? undefined : await says(blob);
  if (committed !== undefined) return committed;
  for await (const { bytes } of root.versions(base.path)) {
    const file = await says(bytes);
    if (file !== undefined) return file;
  }
  return undefined;
}

/**
 * An editor's stale screen: parts of the entry are back to what they were before our last write, while others, or
 * other blocks of the body, are new. The merging has what the screen showed as its base. Undefined where it is none.
 */
export async function staleScreen(
  given: MergeParts,
  file: LoadedFile,
  entry: Entry,
  base: Base,
  theirs: readonly Part[],
): Promise<{ readonly parts: readonly Part[]; readonly merging: Merging } | undefined> {
  const texts = await aroundOurWrite(given, base);
  if (texts === undefined) return undefined;
  const { before, after } = texts;
  const [old, ours, now] = [before, after, entry.wire].map((wire) => wireFingerprint(wire).parts);
  const back = theirs.filter((part) => part !== "body" && now?.[part] === old?.[part]);
  const refs = await decodingRefs(given.site, entry, file);
  const blocks = theirs.includes("body")
    ? blocksBack(given.site, refs, texts, entry.wire)
    : { back: false, other: false };
  const parts = blocks.back ? [...back, "body"].sort() : back;
  const takenBack = blocks.back || back.some((part) => old?.[part] !== ours?.[part]);
  const others = theirs.length > parts.length || blocks.other;
  if (!takenBack || !others) return undefined;
  const mine = changedParts(base.local, file.fingerprint);
  const concerned = [...new Set([...theirs, ...mine])].sort();
  return { parts, merging: mergeFrom(given, file, entry, refs, { wire: before, old: undefined }, concerned) };
}

interface AroundWrite {
  readonly before: JsonObject;
  readonly after: JsonObject;
  /** What both sides last agreed on: our write, or what others made of it since. */
  readonly base: JsonObject;
}

/** What the site held before and after our last write of the entry. */
async function aroundOurWrite(
  { site, root, memory, sealing, revisions }: MergeParts,
  base: Base,
): Promise<AroundWrite | undefined> {
  const newer: KeptWire[] = [];
  if (memory !== undefined) {
    const owner = { site: site.account.site, rootId: root.id, ...base };
    for await (const kept of keptWires(memory, sealing, owner)) {
      const after = newer.at(-1);
      if (after?.version.event === "sent") {
        return { before: kept.wire, after: after.wire, base: newer[0]?.wire ?? after.wire };
      }
      newer.push(kept);
    }
  }
  if (newer.length > 0) return undefined;
  const known = await revisions(base);
  const at = known.findIndex(({ wire }) =>
    Object.entries(wireFingerprint(wire).parts).every(([part, hash]) => base.remote.parts[part] === hash),
  );
  const [sent, earlier] = [known[at], known[at + 1]];
  if (sent === undefined || earlier === undefined || sent.author !== site.account.name) return undefined;
  return { before: earlier.wire, after: sent.wire, base: sent.wire };
}

/** Whether blocks of our write are back to what they were before it, and whether others are new since the base. */
function blocksBack(
  { target: { codec } }: Site,
  refs: Refs,
  { before, after, base }: AroundWrite,
  now: JsonObject,
): { readonly back: boolean; readonly other: boolean } {
  const changes = (from: JsonObject) => {
    const start = codec.patchBody("", from.body ?? "", refs);
    const [old, held] = [before, now].map((wire) => codec.patchBody(start, wire.body ?? "", refs));
    return mergeText(start, old ?? "", held ?? "").map((chunk) =>
      chunk.type === "conflict" ? "theirs" : chunk.from,
    );
  };
  return { back: changes(after).includes("both"), other: changes(base).includes("theirs") };
}
