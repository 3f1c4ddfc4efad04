import { parseConfig } from "../../src/content/config.ts";
import type { GatherInput } from "../../src/engine/gather.ts";
import { addressBook } from "../../src/engine/links.ts";
import { type Pair, pairUp, refuseTwins } from "../../src/engine/pair.ts";
import { rowKey } from "../../src/engine/site.ts";
import { carriedOver, remoteChanges } from "../../src/sync/detect.ts";
import { matchBases } from "../../src/sync/match.ts";
import { mergeParts, type PartMerge, type Side } from "../../src/sync/merge.ts";
import { mergeText } from "../../src/sync/merge-text.ts";
import type { Base, Fingerprint, Local, Subject } from "../../src/sync/model.ts";
import { clashOf } from "../../src/sync/reconcile.ts";
import type { Recovered } from "./recovery.ts";
import {
  type Cells,
  entrySlug,
  type ModelEntry,
  type ModelFile,
  PARTS,
  type PartName,
  slugOf,
  type Texts,
  textsOf,
  type World,
} from "./world.ts";

/** What the tool sees of a world: the engine's own way of gathering, without its files and requests. */
export interface Sight {
  readonly subject: Subject;
  readonly file: ModelFile | undefined;
  readonly entry: ModelEntry | undefined;
  readonly merged: ReadonlyMap<string, PartMerge>;
  /** The lockfile's line as it stands. */
  readonly line: Base | undefined;
}

export interface Looked {
  readonly sights: readonly Sight[];
  /** Documents that could not be used. */
  readonly problems: ReadonlySet<string>;
}

export interface LookOptions {
  readonly pulls: boolean;
  readonly live: boolean;
}

export function blobOf(file: ModelFile): string {
  return JSON.stringify(textsIn(file.cells));
}

export function textsIn(cells: Cells): Texts {
  return Object.fromEntries(
    PARTS.flatMap((part) => (cells[part].absent ? [] : [[part, textsOf(cells[part])]])),
  );
}

/** Each algorithm version hashes in its own way. */
export function print(side: "local" | "remote", texts: Texts, v: number): Fingerprint {
  const parts = Object.entries(texts).map(([part, values]) => [part, `${side}${v}:${values.join("|")}`]);
  return { v, parts: Object.fromEntries(parts) };
}

export function filePrint(file: ModelFile, v: number): Fingerprint {
  return print("local", textsIn(file.cells), v);
}

export function entryPrint(entry: ModelEntry, v: number): Fingerprint {
  return print("remote", textsIn(entry.cells), v);
}

function rowOf(entry: ModelEntry) {
  const state = entry.cells.status.values[0]?.text === "published" ? "published" : "draft";
  return {
    id: entry.id,
    locale: "",
    kind: "post",
    scope: "",
    slug: entrySlug(entry),
    url: "",
    title: textsOf(entry.cells.title).join(""),
    revision: entry.revision,
    modified: undefined,
    state,
    pendingChanges: false,
  } as const;
}

export function stateIn(cells: Cells): Local["state"] {
  const { status } = cells;
  if (status.absent) return undefined;
  return status.values[0]?.text === "published" ? "published" : "draft";
}

/** A root without rules, in no repository. */
const ROOT = {
  id: "root",
  config: parseConfig(new Uint8Array()),
  lock: { unmanaged: [] },
  blob: async () => undefined,
  versions: async function* () {},
  absences: async () => new Map(),
};

export async function look(world: World, recovered: Recovered, options: LookOptions): Promise<Looked> {
  const files = [...world.files.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  const scanned = files.map((file) => ({ path: file.path, blob: blobOf(file) }));
  const lines = [...recovered.lines, ...world.lock];
  const moved = matchBases(lines, scanned, () => false).byFile;
  const loaded = new Map(
    files
      .filter((file) => !isKnown(file, lines, moved.get(file.path)))
      .map((file) => [file.path, loadedFile(file)]),
  );
  const rows = [...world.entries.values()].filter((entry) => !entry.trashed).map(rowOf);
  const listing = new Map(rows.map((row) => [rowKey(row), row]));
  const input = {
    site: {
      listing,
      target: { name: "site" },
      account: { site: "site" },
      addresses: addressBook("https://site.example"),
    },
    memory: undefined,
    root: ROOT,
    recovery: { created: recovered.created },
    options: { wanted: (free: readonly unknown[]) => (options.pulls ? free : []), selects: () => true },
    emit: () => {},
  } as unknown as GatherInput;
  const problems: Parameters<typeof refuseTwins>[1] = [];
  const all = await pairUp(input, scanned, loaded as never, lines, problems);
  const twins = refuseTwins(all, problems);
  const pairs = all.filter((pair) => !twins.has(pair));
  const taken = new Set([...world.files.keys(), ...lines.map((line) => line.path)]);
  const sights = pairs.map((pair) => complete(world, recovered, pair, options, taken));
  return { sights, problems: new Set(problems.map((problem) => problem.path)) };
}

/** A file whose lines all say what it says is not read; nor is one that only moved. */
function isKnown(file: ModelFile, lines: readonly Base[], moved: Base | undefined): boolean {
  const there = lines.filter((line) => line.path === file.path);
  const own = there.length > 0 || moved === undefined ? there : [moved];
  return own.length > 0 && own.every((line) => line.blob === blobOf(file));
}

function loadedFile(file: ModelFile) {
  const body = textsOf(file.cells.body).join("\n\n");
  return {
    reading: { source: { text: { lf: blobOf(file) }, body } },
    path: file.path,
    blob: blobOf(file),
    kind: "post",
    locale: "",
    slug: slugOf(file),
    explicitSlug: !file.cells.slug.absent,
    scope: "",
  };
}

function complete(
  world: World,
  recovered: Recovered,
  pair: Pair,
  options: LookOptions,
  taken: Set<string>,
): Sight {
  const { scanned, row } = pair;
  const mine = row === undefined ? undefined : world.entries.get(row.id);
  const cutOff = mine !== undefined && recovered.oursIn(mine).length > 0;
  const read =
    pair.file !== undefined ||
    (cutOff && scanned !== undefined) ||
    (pair.base === undefined && scanned !== undefined) ||
    wantsState(pair, options);
  const entry = readEntry(world, pair, read);
  const file = scanned === undefined ? undefined : world.files.get(scanned.path);
  const seen = read ? file : undefined;
  const base = pair.base && inOurWords(world, pair.base, seen, entry);
  const local = file === undefined ? undefined : localSide(world, file, base, read);
  const differing = seen !== undefined && entry !== undefined ? differingParts(seen, entry, base) : undefined;
  const gone = row === undefined && base !== undefined ? goneAs(world, base.id) : undefined;
  const remote: Subject["remote"] =
    row === undefined
      ? gone
      : {
          ...row,
          protected: false,
          bodyOwner: undefined,
          fingerprint: entry === undefined ? undefined : entryPrint(entry, world.tool),
        };
  const subject: Subject = {
    base,
    local,
    remote,
    differing,
    newPath: scanned === undefined && base === undefined && row ? freshPath(row.slug, taken) : undefined,
    interrupted: entry === undefined ? [] : recovered.oursIn(entry),
    mergeable: [],
    reverted: [],
    held: false,
  };
  return withMerging(world, { subject, file, entry, merged: new Map(), line: pair.base });
}

function wantsState({ row, scanned }: Pair, { live }: LookOptions): boolean {
  return live && scanned !== undefined && row !== undefined && row.state !== "published";
}

/** An entry whose revision is the base's is not read, unless its file was. */
function readEntry(world: World, { base, row }: Pair, fileRead: boolean): ModelEntry | undefined {
  if (row === undefined) return undefined;
  const trusted = base !== undefined && base.revision === row.revision && !base.racy;
  return trusted && !fileRead ? undefined : world.entries.get(row.id);
}

function goneAs(world: World, id: string): { readonly gone: "missing" | "trashed" } {
  return { gone: world.entries.get(id)?.trashed === true ? "trashed" : "missing" };
}

/** Upgrading the tool is never an edit. */
function inOurWords(
  world: World,
  base: Base,
  file: ModelFile | undefined,
  entry: ModelEntry | undefined,
): Base {
  const v = world.tool;
  const local =
    file === undefined || base.local.v === v
      ? base.local
      : carriedOver(base.local, filePrint(file, base.local.v), filePrint(file, v));
  const remote =
    entry === undefined || base.remote.v === v
      ? base.remote
      : carriedOver(base.remote, entryPrint(entry, base.remote.v), entryPrint(entry, v));
  return local === base.local && remote === base.remote ? base : { ...base, local, remote };
}

function localSide(world: World, file: ModelFile, base: Base | undefined, read: boolean): Local {
  const live = base?.state === "published" || base?.state === "scheduled";
  const asBefore = !read && base !== undefined;
  return {
    path: file.path,
    locale: "",
    kind: "post",
    scope: "",
    slug: asBefore ? base.slug : slugOf(file),
    title: asBefore ? "" : textsOf(file.cells.title).join(""),
    state: asBefore ? (live ? undefined : base.state) : stateIn(file.cells),
    date: undefined,
    blob: blobOf(file),
    fingerprint: asBefore ? base.local : filePrint(file, world.tool),
    protectedBy: undefined,
  };
}

export function clearedParts(file: ModelFile, base: Base | undefined): readonly PartName[] {
  return PARTS.filter((part) => base?.local.parts[part] !== undefined && file.cells[part].absent);
}

/** Parts the file manages or has given up, and the site holds differently. */
export function differingParts(
  file: ModelFile,
  entry: ModelEntry,
  base: Base | undefined,
): readonly string[] {
  const cleared = clearedParts(file, base);
  return PARTS.filter((part) => {
    if (!file.cells[part].absent) return !says(file.cells, entry.cells, part);
    return (
      cleared.includes(part) && (part === "slug" || (part === "tags" && entry.cells.tags.values.length > 0))
    );
  });
}

export function says(file: Cells, entry: Cells, part: PartName): boolean {
  const order = (cells: Cells) => (part === "tags" ? [...textsOf(cells.tags)].sort() : textsOf(cells[part]));
  return JSON.stringify(order(file)) === JSON.stringify(order(entry));
}

function freshPath(slug: string, taken: Set<string>): string {
  let path = `${slug}.md`;
  for (let n = 2; taken.has(path); n += 1) path = `${slug}-${n}.md`;
  taken.add(path);
  return path;
}

function withMerging(world: World, sight: Sight): Sight {
  const { subject, entry, file } = sight;
  const { base, local, remote, interrupted } = subject;
  if (file === undefined || entry === undefined || local === undefined || remote === undefined) return sight;
  if ("gone" in remote || base === undefined) return sight;
  const theirs = remoteChanges(base, remote);
  const reverted = theirs.length === 0 || interrupted.length > 0 ? [] : putBack(world, entry, theirs);
  if (reverted.length > 0) return { ...sight, subject: { ...subject, reverted } };
  const clash = clashOf(base, local, remote, subject);
  if (clash.length === 0) return sight;
  const merged = mergeParts(
    {
      base: baseSide(world, entry.id, sight.line ?? base, clash),
      ours: sideOf(textsIn(file.cells)),
      theirs: sideOf(textsIn(entry.cells)),
    },
    clash,
    { shapeOf: (part) => (part === "tags" ? "set" : "scalar"), ruleOf: () => undefined },
  );
  const mergeable = [...merged].flatMap(([part, merge]) => (merge.type === "merged" ? part : []));
  return { ...sight, merged, subject: { ...subject, mergeable } };
}

export function sideOf(texts: Texts): Side {
  const { body, tags, title, status, slug } = texts;
  const one = (name: string, values: readonly string[] | undefined) =>
    values === undefined ? {} : { [name]: values[0] ?? "" };
  return {
    fields: {
      ...one("title", title),
      ...one("status", status),
      ...one("slug", slug),
      ...(tags === undefined ? {} : { tags }),
    },
    body: (body ?? []).map((block) => `${block}\n`).join("\n"),
  };
}

/** The base's text, from what was kept. */
function baseSide(world: World, id: string, base: Base, parts: readonly string[]): Side | undefined {
  const own = world.db.kept.filter((kept) => kept.id === id).reverse();
  const file = own.find(
    ({ side, texts }) =>
      side === "file" &&
      parts.every((part) => print("local", texts, base.local.v).parts[part] === base.local.parts[part]),
  );
  return file === undefined ? undefined : sideOf(file.texts);
}

/** What an editor's stale screen took back: parts as they were before our last write, where others are new. */
function putBack(world: World, entry: ModelEntry, theirs: readonly string[]): readonly string[] {
  const kept = world.db.kept
    .filter((version) => version.id === entry.id && version.side === "site")
    .reverse();
  const at = kept.findIndex((version) => version.sent);
  const [after, before, newest] = [kept[at], kept[at + 1], kept[0]];
  if (after === undefined || before === undefined || newest === undefined) return [];
  const now = textsIn(entry.cells);
  const said = (texts: Texts, part: string) => JSON.stringify(texts[part as PartName]);
  const back = theirs.filter((part) => part !== "body" && said(now, part) === said(before.texts, part));
  const changes = (start: Texts) =>
    mergeText(...bodies(start, before.texts, now)).map((chunk) =>
      chunk.type === "conflict" ? "theirs" : chunk.from,
    );
  const bodyBack = theirs.includes("body") && changes(after.texts).includes("both");
  const takenBack = bodyBack || back.some((part) => said(before.texts, part) !== said(after.texts, part));
  const parts = bodyBack ? [...back, "body"] : back;
  const others = theirs.length > parts.length || (bodyBack && changes(newest.texts).includes("theirs"));
  return takenBack && others ? parts.sort() : [];
}

function bodies(...texts: readonly [Texts, Texts, Texts]): [string, string, string] {
  return texts.map((each) => sideOf(each).body) as [string, string, string];
}
