import type { Commit } from "../content/git.ts";
import { type Json, type JsonObject, sameJson } from "../lib/json.ts";
import type { Side } from "../store/versions.ts";

/** What a version says, as far as it can be had. `partial`: the site remembers only these parts of it. */
export type VersionText =
  | { readonly type: "file"; readonly bytes: Uint8Array }
  | { readonly type: "wire"; readonly wire: JsonObject; readonly partial: boolean }
  /** Kept, but this installation's key cannot be had, or is another now. */
  | { readonly type: "locked" }
  /** Kept without a key, or taken away since. */
  | { readonly type: "not-kept" }
  /** From then on there was none. */
  | { readonly type: "removed" };

/**
 * What is known of a version. sent, seen, written, read: by a run of ours; committed: by git; saved: by the CMS's own
 * record; now: found there at this moment.
 */
export interface Known {
  readonly how: "sent" | "seen" | "written" | "read" | "committed" | "saved" | "now";
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Who made it, where that is known: author of the commit, account on the site. */
  readonly by?: string;
  readonly run?: string;
  /** Who began that run. */
  readonly actor?: Json;
  readonly commit?: Pick<Commit, "id" | "subject">;
}

/** One thing that is known of a document at one time, before equal texts are put together. */
export interface Sighting {
  readonly side: Side;
  /** Name of the connection; "" for the file. */
  readonly target: string;
  readonly path: string;
  /** Of the entry; "" where there was none. */
  readonly id: string;
  /** SHA-256 of the text, hexadecimal; "" where it is not known. Equal ones say the same. */
  readonly digest: string;
  readonly text: VersionText;
  readonly known: Known;
  /** The change happened after this, ms since 1970. */
  readonly since?: number;
}

/** A version of a document: one text on one side, and everything that is known of it. */
export interface HistoryVersion extends Omit<Sighting, "known"> {
  /** When it is known to have been made, else found: ms since 1970. */
  readonly at: number;
  /** Oldest first. */
  readonly known: readonly [Known, ...Known[]];
  /** What it changed against the version before on this side; undefined for the first, and where a text is missing. */
  readonly changes: Changes | undefined;
}

export interface Changes {
  /** Fields, and `body`. */
  readonly parts: readonly string[];
  /** Lines of the body. */
  readonly added: number;
  readonly removed: number;
}

/** Who tells more of a version than others do. */
const BEST: readonly Known["how"][] = ["committed", "sent", "saved", "written", "seen", "read", "now"];

/** What tells most of a version: who made it rather than who found it. */
export function headOf({ known }: Pick<HistoryVersion, "known">): Known {
  return BEST.flatMap((how) => known.filter((fact) => fact.how === how))[0] ?? known[0];
}

/**
 * Sightings put together to versions, newest first: neighbours on one side that say the same are one version. `compare`
 * tells what changed between two texts.
 */
export function versionsFrom(
  sightings: readonly Sighting[],
  compare: (before: VersionText, after: VersionText) => Changes | undefined,
): readonly HistoryVersion[] {
  const lanes = new Map<string, Sighting[]>();
  for (const sighting of sightings) {
    const lane = `${sighting.side}\0${sighting.target}`;
    lanes.set(lane, [...(lanes.get(lane) ?? []), sighting]);
  }
  return [...lanes.values()].flatMap((lane) => laneFrom(lane, compare)).sort((a, b) => b.at - a.at);
}

type Group = readonly [Sighting, ...Sighting[]];

/** Newest first. */
function laneFrom(
  lane: readonly Sighting[],
  compare: (before: VersionText, after: VersionText) => Changes | undefined,
): readonly HistoryVersion[] {
  const versions: HistoryVersion[] = [];
  let before: { readonly text: VersionText; readonly until: number } | undefined;
  for (const group of groupsOf(lane)) {
    const text = fullest(group);
    const known = group.map((sighting) => sighting.known).sort((a, b) => a.at - b.at) as [Known, ...Known[]];
    const head = headOf({ known });
    const found = head.how === "seen" || head.how === "now";
    const since = found ? (group[0].since ?? before?.until) : undefined;
    const { since: _, ...first } = group[0];
    versions.push({
      ...first,
      ...(group.find(({ digest }) => digest !== "") ?? {}),
      known,
      text,
      at: head.at,
      changes: before === undefined ? undefined : compare(before.text, text),
      ...(since === undefined ? {} : { since }),
    });
    before = { text, until: Math.max(...known.map(({ at }) => at)) };
  }
  return versions.reverse();
}

/** Runs of sightings, oldest first, that say the same. What the CMS or git remembers goes to the one it stands for. */
function groupsOf(lane: readonly Sighting[]): readonly Group[] {
  const ordered = [...lane].sort((a, b) => a.known.at - b.known.at);
  const owners = ownersOf(ordered);
  const groups: [Sighting, ...Sighting[]][] = [];
  for (const sighting of ordered) {
    if (owners.has(sighting)) continue;
    const own = [...owners].flatMap(([saved, owner]) => (owner === sighting ? [saved] : []));
    const last = groups.at(-1);
    if (last !== undefined && sameText(last.find(isWhole) ?? last[0], sighting)) last.push(sighting, ...own);
    else groups.push([sighting, ...own]);
  }
  return groups;
}

/** Git keeps whole seconds. */
const SECOND_MS = 1000;

/**
 * Which of our sightings each of the CMS's own versions stands for: the nearest in time that says the same, each once.
 * The site's clock and ours may differ, so that order alone does not tell. So with commits of the same second.
 */
function ownersOf(lane: readonly Sighting[]): ReadonlyMap<Sighting, Sighting> {
  const isOurs = ({ known }: Sighting) => known.how !== "saved" && known.how !== "committed";
  const ours = lane.filter(isOurs);
  const pairs = lane
    .filter((one) => !isOurs(one))
    .flatMap((one) =>
      ours.flatMap((other) => {
        const distance = Math.abs(one.known.at - other.known.at);
        const isNear = one.known.how === "saved" || distance < SECOND_MS;
        return isNear && sameText(one, other) ? [{ one, other, distance }] : [];
      }),
    );
  const owners = new Map<Sighting, Sighting>();
  const taken = new Set<Sighting>();
  for (const { one, other } of pairs.sort((a, b) => a.distance - b.distance)) {
    if (owners.has(one) || taken.has(other)) continue;
    owners.set(one, other);
    taken.add(other);
  }
  return owners;
}

function isWhole({ text }: Sighting): boolean {
  return text.type !== "wire" || !text.partial;
}

function sameText(one: Sighting, other: Sighting): boolean {
  const [a, b] = [one.text, other.text];
  if (a.type === "wire" && b.type === "wire" && (a.partial || b.partial)) return sameParts(a.wire, b.wire);
  return a.type === "removed" || b.type === "removed"
    ? a.type === b.type
    : one.digest !== "" && one.digest === other.digest;
}

function sameParts(a: JsonObject, b: JsonObject): boolean {
  const shared = Object.keys(a).filter((part) => Object.hasOwn(b, part));
  return shared.length > 0 && shared.every((part) => sameJson(a[part] ?? null, b[part] ?? null));
}

/** A whole text rather than parts of it, and those rather than none. */
function fullest(group: Group): VersionText {
  const texts = group.map(({ text }) => text);
  return (
    texts.find((text) => text.type === "removed" || text.type === "file") ??
    texts.find((text) => text.type === "wire" && !text.partial) ??
    texts.find((text) => text.type === "wire") ??
    group[0].text
  );
}
