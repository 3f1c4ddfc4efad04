import type { Entry, EntryRef, Listing } from "../connectors/contract.ts";
import { isLive } from "../content/document.ts";
import { pathKey } from "../content/path.ts";
import { asFault, type Fault } from "../lib/fault.ts";
import type { Store } from "../store/db.ts";
import { matchBases } from "../sync/match.ts";
import type { Rule } from "../sync/merge.ts";
import type { Base, Part, Subject } from "../sync/model.ts";
import { complete } from "./complete.ts";
import type { Emit } from "./events.ts";
import { knownVersion } from "./fingerprint.ts";
import { withLocalesOfNow } from "./languages.ts";
import { followLinks } from "./links-follow.ts";
import type { Merging } from "./merging.ts";
import { concerns, concernsPath, type Loaded, type Pair, pairUp, refuseTwins } from "./pair.ts";
import { recalled } from "./recall.ts";
import type { Recovery } from "./recover.ts";
import { isRemapped, type Root } from "./root.ts";
import { type FileFacts, factsOf, loadFile, type ScannedFile, unchangedSince } from "./scan.ts";
import { scanFiles } from "./scan-files.ts";
import { readEntries, rowKey, type Site } from "./site.ts";
import type { Sealing } from "./texts.ts";
import { withoutNewTranslations } from "./translations.ts";
import { tellDoubled } from "./twice.ts";

/** One document with everything that planning and applying need. */
export interface Item {
  readonly subject: Subject;
  /** A `LoadedFile` only where both sides go together. */
  readonly file: FileFacts | undefined;
  readonly entry: Entry | undefined;
  /** Where both sides changed the same parts, or the site took our last write back. */
  readonly merging: Merging | undefined;
}

export interface GatherOptions {
  /** Paths below the root that the command is about; empty for all. */
  readonly paths: readonly string[];
  /** Documents may go live: what the files say of their state must be known. */
  readonly live: boolean;
  /** Read every body, whatever the revisions say. */
  readonly checksum: boolean;
  /** Kinds to list besides those that files and lockfile name; undefined: all that the site has. */
  readonly kinds: readonly string[] | undefined;
  /** Which of the entries without a file are of interest. */
  readonly wanted: (rows: readonly Listing[]) => readonly Listing[];
  /** Which of the entries with a file are. */
  readonly selects: (row: Listing) => boolean;
  /** How parts that both sides changed are settled without asking; undefined merges what merges by itself. */
  readonly ruleOf: (part: Part) => Rule | undefined;
  /** Send what an undo took back. */
  readonly release: boolean;
}

export interface Problem {
  readonly path: string;
  readonly fault: Fault;
}

export interface Gathered {
  readonly items: readonly Item[];
  /** Files and entries that could not be used, each with its own fault. */
  readonly problems: readonly Problem[];
  /** Managed entries, and those of them that visitors see. */
  readonly entries: number;
  readonly live: number;
}

export interface GatherInput {
  readonly site: Site;
  readonly root: Root;
  readonly recovery: Recovery;
  readonly options: GatherOptions;
  readonly emit: Emit;
  /** What this installation kept; undefined where it has kept nothing yet. */
  readonly memory: Store | undefined;
  readonly sealing: Sealing;
}

/** Reads files, lockfile and site into the planner's input. Makes no write. */
export async function gather(input: GatherInput): Promise<Gathered> {
  const { site, root, recovery, options, emit } = input;
  const target = site.target.name;
  const problems: Problem[] = [];
  emit({ type: "phase", target, phase: "scan" });
  const left = new Set(root.lock.unmanaged.flatMap((line) => (line.target === target ? line.unmanaged : [])));
  const files = (await scanFiles(root, problems, options.checksum ? undefined : input.memory)).filter(
    (file) => !left.has(file.path),
  );
  for (const { path } of files) site.addresses.add(path);
  refuseNewer(root.lock.entries);
  const known = [...recovery.lines, ...root.lock.entries.filter((line) => line.target === target)];
  const loaded = await loadChanged(input, files, known, problems);
  const scanned = files.filter((file) => loaded.get(file.path) !== "left-out");
  await listSite(input, known, loaded);
  const lines = withLocalesOfNow(site, known, loaded, problems);
  tellUnknown(input, loaded);
  tellDoubled(site, lines, emit);
  const all = await pairUp(input, scanned, loaded, lines, problems);
  const twins = refuseTwins(all, problems);
  const concerned = all.filter((pair) => concerns(options.paths, pair) && !twins.has(pair));
  const pairs = await withoutNewTranslations(input, await followLinks(input, concerned, problems), problems);
  if (options.live) await loadThoseNotLive(input, pairs, problems);
  for (const problem of problems.splice(0)) {
    if (concernsPath(options.paths, problem.path)) problems.push(problem);
  }
  const refused = new Map<string, Fault>();
  const entries = await readNeeded(input, pairs, refused);
  await prefetch(input, pairs, entries);
  const items: Item[] = [];
  // A line whose file is not there may still speak of its entry: its path stays its own.
  const taken = new Set([...files, ...lines].map((item) => pathKey(item.path)));
  for (const pair of pairs) {
    const fault = refused.get(rowKey(pair.row ?? pair.base ?? NOWHERE));
    if (fault !== undefined) {
      problems.push({ path: nameOf(pair), fault });
      continue;
    }
    try {
      const item = await complete(input, pair, entries, taken);
      items.push(item);
      const { newPath } = item.subject;
      if (newPath !== undefined && pair.row !== undefined) {
        site.addresses.set(newPath, pair.row.url, pair.row.state);
      }
    } catch (thrown) {
      problems.push({ path: nameOf(pair), fault: itemFault(thrown) });
    }
  }
  const managed = pairs.flatMap((pair) =>
    pair.base !== undefined && pair.row !== undefined ? [pair.row] : [],
  );
  return {
    items,
    problems,
    entries: managed.length,
    live: managed.filter((row) => isLive(row.state)).length,
  };
}

/** A file that no entry belongs to. */
const NOWHERE: EntryRef = { id: "", kind: "", locale: "" };

/** Fingerprints of a newer version say nothing to this one: everything would look edited on both sides. */
function refuseNewer(lines: readonly Base[]): void {
  for (const { local, remote } of lines) knownVersion(Math.max(local.v, remote.v));
}

function nameOf(pair: Pair): string {
  return pair.scanned?.path ?? pair.base?.path ?? pair.row?.slug ?? "";
}

/** Faults of one document are its own; others end the run. */
export function itemFault(thrown: unknown): Fault {
  const fault = asFault(thrown);
  if (fault.scope !== "item") throw fault;
  return fault;
}

/** Files whose line does not already say all about them. `left-out`: the root's rules make it no document. */
async function loadChanged(
  { site, root }: GatherInput,
  scanned: readonly ScannedFile[],
  lines: readonly Base[],
  problems: Problem[],
): Promise<Loaded> {
  const byPath = new Map<string, Base[]>();
  for (const line of lines) byPath.set(line.path, [...(byPath.get(line.path) ?? []), line]);
  const moved = matchBases(lines, scanned, () => false).byFile;
  const loaded = new Map<string, FileFacts | "left-out">();
  const remapped = isRemapped(root, site.target.name);
  for (const { path, blob } of scanned) {
    const from = moved.get(path);
    const own = byPath.get(path) ?? (from === undefined ? [] : [from]);
    const known = own.length > 0 && own.every((line) => line.blob === blob && line.notKept === undefined);
    if (known && !remapped && (await unchangedSince(root, own))) continue;
    try {
      const file = await loadFile(root, site, path);
      loaded.set(path, file === undefined ? "left-out" : factsOf(site, file));
    } catch (thrown) {
      problems.push({ path, fault: itemFault(thrown) });
    }
  }
  return loaded;
}

/** Said once per key, however many files have it. */
function tellUnknown({ site, emit }: GatherInput, loaded: Loaded): void {
  const counts = new Map<string, number>();
  for (const file of loaded.values()) {
    for (const name of file === "left-out" ? [] : file.unknown) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  if (counts.size === 0) return;
  const names = [...counts].map(([name, count]) => `${name} (${count} ${count === 1 ? "file" : "files"})`);
  emit({
    type: "notice",
    target: site.target.name,
    level: "warning",
    message: `front matter that ${site.target.platform} has no field for stays in the files only: ${names.join(", ")}`,
    hint: "map it below `fields:` in ainstein.yaml, or say `unknownFields: local`",
  });
}

async function listSite(
  { site, options, emit }: GatherInput,
  lines: readonly Base[],
  loaded: Loaded,
): Promise<void> {
  const offered = new Set(site.model.kinds.map((kind) => kind.name));
  const named = [
    ...(options.kinds ?? offered),
    ...lines.map((line) => line.kind),
    ...[...loaded.values()].flatMap((file) => (file === "left-out" ? [] : file.kind)),
  ];
  const refersTo = site.model.kinds
    .filter(({ name }) => named.includes(name))
    .flatMap(({ fields }) => fields.flatMap((field) => field.kinds ?? []));
  const kinds = [...new Set([...named, ...refersTo])].filter((kind) => offered.has(kind)).sort();
  const target = site.target.name;
  emit({ type: "phase", target, phase: "list" });
  if (kinds.length === 0) return;
  for await (const rows of site.target.connector.list(kinds)) {
    for (const row of rows) site.addRow(row);
    emit({ type: "progress", target, phase: "list", done: site.listing.size, total: 0 });
  }
}

async function loadThoseNotLive(
  { site, root }: GatherInput,
  pairs: readonly Pair[],
  problems: Problem[],
): Promise<void> {
  for (const [index, pair] of pairs.entries()) {
    if (pair.scanned === undefined || pair.file !== undefined || pair.row === undefined) continue;
    if (isLive(pair.row.state) && pair.row.protected !== true) continue;
    try {
      const file = await loadFile(root, site, pair.scanned.path, pair.base?.links);
      (pairs as Pair[])[index] = { ...pair, file: file && factsOf(site, file) };
    } catch (thrown) {
      problems.push({ path: pair.scanned.path, fault: itemFault(thrown) });
    }
  }
}

async function readNeeded(
  input: GatherInput,
  pairs: readonly Pair[],
  refused: Map<string, Fault>,
): Promise<Map<string, Entry | "missing" | "trashed">> {
  const { site, options, emit } = input;
  const known = new Map<string, Entry>();
  const rows: EntryRef[] = [];
  for (const { base, row, file } of pairs) {
    if (row === undefined) {
      if (base !== undefined) rows.push(base);
      continue;
    }
    const trusted = base !== undefined && base.revision === row.revision && !base.racy && !options.checksum;
    if (trusted && file === undefined) continue;
    const entry = trusted ? await recalled(input, base, row) : undefined;
    if (entry === undefined) rows.push(row);
    else known.set(rowKey(row), entry);
  }
  const target = site.target.name;
  if (rows.length > 0) emit({ type: "phase", target, phase: "read", detail: `${rows.length}` });
  const read = await readEntries(
    site,
    rows,
    (done) => emit({ type: "progress", target, phase: "read", done, total: rows.length }),
    (ref, fault) => refused.set(rowKey(ref), fault),
  );
  return new Map([...known, ...read]);
}

/** All media in a few requests, instead of some for each document. */
async function prefetch(
  { site }: GatherInput,
  pairs: readonly Pair[],
  entries: ReadonlyMap<string, Entry | "missing" | "trashed">,
): Promise<void> {
  await site.media.loadDigests(pairs.flatMap(({ file }) => file?.files.map((media) => media.digest) ?? []));
  const found = [...entries.values()].flatMap((entry) => (typeof entry === "object" ? entry : []));
  await site.media.loadIds(found.flatMap((entry) => site.target.codec.mediaIds(entry, site.types)));
}
