import type { Entry, EntryRef, Revision } from "../connectors/contract.ts";
import { blobText, type Commit, fileLog, movedTo } from "../content/git.ts";
import { sha256Hex } from "../lib/hash.ts";
import type { Store } from "../store/db.ts";
import { getRun } from "../store/runs.ts";
import { historyOf, type Version } from "../store/versions.ts";
import type { Known, Sighting, VersionText } from "./history-lanes.ts";
import { linesFor, type Root } from "./root.ts";
import { openText, parseWire, type Sealing, wireBytes } from "./texts.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** What a history is made of that lies on this machine. */
export interface Sources {
  readonly root: Root;
  readonly env: Environment;
  /** What this installation has kept; undefined where it has kept nothing. */
  readonly memory: Store | undefined;
  readonly sealing: Pick<Sealing, "open">;
}

/** An entry that the document is, or was, on one site. */
export interface Place extends EntryRef {
  /** Identity of the site. */
  readonly site: string;
  readonly target: string;
  readonly scope: string;
}

/** A document and all that is known of where it was. */
export interface Trace {
  /** Where its file is now, or was last. */
  readonly path: string;
  readonly versions: readonly Version[];
  readonly commits: readonly Commit[];
  /** The newest of each connection. */
  readonly places: readonly Place[];
}

/** What a site says when it is asked. */
export interface Asked {
  readonly place: Place;
  readonly found: Entry | "missing" | "trashed" | undefined;
  /** Undefined where the platform tells none. */
  readonly revisions: readonly Revision[] | undefined;
}

/** Follows a file through renames, and its entries wherever their files were. */
export async function traceDocument(sources: Sources, given: string): Promise<Trace> {
  const { root, env, memory } = sources;
  const known = memory === undefined ? [] : historyOf(memory, root.id, given);
  const path = (await pathNow(sources, given, known)) ?? given;
  const commits = await fileLog(root.dir, path, env);
  const versions = known.length > 0 ? known : earlierVersions(sources, path, commits);
  return { path, versions, commits, places: placesOf(root, path, versions) };
}

/** A file that is not there: where its entry's file is now, else where git saw it go. */
async function pathNow(
  { root, env }: Sources,
  path: string,
  versions: readonly Version[],
): Promise<string | undefined> {
  if (await isThere(root, path)) return path;
  const ids = new Set(versions.map(({ id }) => id));
  const line = root.lock.entries.find((entry) => ids.has(entry.id) && entry.path !== path);
  if (line !== undefined && isBelow(line.path) && (await isThere(root, line.path))) return line.path;
  const seen = new Set([path]);
  for (let at = path; ; ) {
    const [last] = await fileLog(root.dir, at, env);
    const next =
      last?.blob === undefined && last !== undefined ? await movedTo(root.dir, last.id, at, env) : undefined;
    if (next === undefined || !isBelow(next) || seen.has(next)) return at;
    seen.add(next);
    at = next;
  }
}

/** What a lockfile or git names is read only where it lies in the root. */
function isBelow(path: string): boolean {
  return !path.startsWith("/") && !path.split("/").includes("..");
}

async function isThere(root: Root, path: string): Promise<boolean> {
  return root.read(path).then(
    () => true,
    () => false,
  );
}

/** No run has seen the file where it is: what was kept of it where git says it was before. */
function earlierVersions(
  { memory, root }: Sources,
  path: string,
  commits: readonly Commit[],
): readonly Version[] {
  if (memory === undefined) return [];
  for (const earlier of new Set([path, ...commits.map((commit) => commit.path)])) {
    const versions = historyOf(memory, root.id, earlier);
    if (versions.length > 0) return versions;
  }
  return [];
}

/** By the lockfile; where that knows the file no more, by what was kept. */
function placesOf(root: Root, path: string, versions: readonly Version[]): readonly Place[] {
  return root.lock.headers.flatMap(({ target, site }): readonly Place[] => {
    const line = linesFor(root, target).find((candidate) => candidate.path === path);
    if (line !== undefined) return [{ ...line, site, target }];
    const kept = versions.findLast((version) => version.site === site && version.id !== "");
    return kept === undefined ? [] : [{ ...kept, target, scope: "" }];
  });
}

/** Everything that is known of the document, from what was kept, from git, from the file and from the sites. */
export async function sightingsOf(
  sources: Sources,
  trace: Trace,
  asked: readonly Asked[],
  now: number,
): Promise<readonly Sighting[]> {
  return [
    ...(await keptSightings(sources, trace)),
    ...(await committedSightings(sources, trace)),
    ...(await fileNow(sources, trace, now)),
    ...asked.flatMap((answer) => siteSightings(answer, now)),
  ];
}

async function keptSightings(sources: Sources, { versions, places }: Trace): Promise<readonly Sighting[]> {
  const found: Sighting[] = [];
  for (const version of versions) {
    const { side, site, path, id, since, run } = version;
    const text = await keptText(sources, version);
    const target = side === "file" ? "" : targetOf(sources, places, version);
    const actor = run === undefined || sources.memory === undefined ? undefined : getRun(sources.memory, run);
    const known: Known = {
      how: version.event,
      at: Date.parse(version.at),
      ...(version.author === undefined ? {} : { by: version.author }),
      ...(run === undefined ? {} : { run }),
      ...(actor === undefined ? {} : { actor: actor.actor }),
    };
    const digest = digestOf(text) ?? version.digest;
    const after = since === undefined ? {} : { since: Date.parse(since) };
    found.push({
      side,
      target: target === "" && side === "site" ? site : target,
      path,
      id,
      digest,
      text,
      known,
      ...after,
    });
  }
  return found;
}

/** The connection's name; of a site that the lockfile knows no more, the name of the run's. */
function targetOf({ memory, root }: Sources, places: readonly Place[], { site, run }: Version): string {
  const place = places.find((candidate) => candidate.site === site);
  const header = root.lock.headers.find((candidate) => candidate.site === site);
  const record = run === undefined || memory === undefined ? undefined : getRun(memory, run);
  return place?.target ?? header?.target ?? record?.target ?? "";
}

async function keptText({ sealing }: Sources, version: Version): Promise<VersionText> {
  if (version.sealed === undefined) return { type: "not-kept" };
  const plain = await openText(sealing, version);
  if (plain === undefined) return { type: "locked" };
  return version.side === "file"
    ? { type: "file", bytes: plain }
    : { type: "wire", wire: parseWire(plain), partial: false };
}

async function committedSightings({ root, env }: Sources, trace: Trace): Promise<readonly Sighting[]> {
  const found: Sighting[] = [];
  for (const { id, time, author, subject, path, blob } of trace.commits.toReversed()) {
    const bytes = blob === undefined ? undefined : await blobText(root.dir, blob, env);
    const text: VersionText =
      blob === undefined
        ? { type: "removed" }
        : bytes === undefined
          ? { type: "not-kept" }
          : { type: "file", bytes };
    const known: Known = { how: "committed", at: time, by: author, commit: { id, subject } };
    found.push({ side: "file", target: "", path, id: "", digest: digestOf(text) ?? "", text, known });
  }
  return found;
}

async function fileNow({ root }: Sources, { path }: Trace, now: number): Promise<readonly Sighting[]> {
  const bytes = await root.read(path).catch(() => undefined);
  if (bytes === undefined) return [];
  const text: VersionText = { type: "file", bytes };
  const digest = digestOf(text) ?? "";
  return [{ side: "file", target: "", path, id: "", digest, text, known: { how: "now", at: now } }];
}

function siteSightings({ place, found, revisions = [] }: Asked, now: number): readonly Sighting[] {
  const { target, id } = place;
  const about = { side: "site", target, path: "", id } as const;
  const saved = revisions.map(({ at, author, wire }): Sighting => {
    const text: VersionText = { type: "wire", wire, partial: true };
    return {
      ...about,
      digest: "",
      text,
      known: { how: "saved", at, ...(author === "" ? {} : { by: author }) },
    };
  });
  if (typeof found !== "object") return saved;
  const text: VersionText = { type: "wire", wire: found.wire, partial: false };
  return [...saved, { ...about, digest: digestOf(text) ?? "", text, known: { how: "now", at: now } }];
}

/** Line ends count as git has them, so that a checkout with others is the same text. */
function digestOf(text: VersionText): string | undefined {
  if (text.type === "wire") return sha256Hex(wireBytes(text.wire));
  if (text.type !== "file") return undefined;
  return sha256Hex(
    Buffer.from(Buffer.from(text.bytes).toString("latin1").replaceAll("\r\n", "\n"), "latin1"),
  );
}
