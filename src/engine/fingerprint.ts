import type { Entry } from "../connectors/contract.ts";
import type { Document, MediaFile } from "../content/document.ts";
import { groupOf } from "../content/groups.ts";
import { Fault } from "../lib/fault.ts";
import { shortHash } from "../lib/hash.ts";
import { canonicalJson, type Json, type JsonObject } from "../lib/json.ts";
import { carriedOver } from "../sync/detect.ts";
import type { Fingerprint } from "../sync/model.ts";

type Parts = Fingerprint["parts"];

/** Where the document's links to other documents lead on the site, by path of the other file; "" where nowhere yet. */
export type LinkTargets = Readonly<Record<string, string>>;

interface Algorithm {
  /** `known`: fields that the platform maps; a group's own name: all its members. */
  readonly local: (
    document: Document,
    known: readonly string[],
    files: readonly MediaFile[],
    targets: LinkTargets,
  ) => Parts;
  readonly wire: (wire: JsonObject) => Parts;
}

const wireParts = (wire: JsonObject): Parts =>
  Object.fromEntries(
    Object.entries(wire).map(([name, value]) => [name, shortHash(normal(name, value))] as const),
  );

/** Groups as version 1 knew them: one part each. */
const WHOLE: ReadonlySet<string> = new Set(["meta", "seo"]);

/** The names that version 1 had for fields; what it did not know is left out. */
function wholeName(name: string): readonly string[] {
  const group = groupOf(name);
  return group === undefined ? [name] : WHOLE.has(group) ? [group] : [];
}

function wholeWire(wire: JsonObject): JsonObject {
  const whole: Record<string, Json> = {};
  for (const [name, value] of Object.entries(wire)) {
    const [part] = wholeName(name);
    if (part === undefined) continue;
    const members = (whole[part] ?? {}) as JsonObject;
    whole[part] = part === name ? value : { ...members, [name.slice(part.length + 1)]: value };
  }
  return whole;
}

/** Hashes of an empty group, which later versions have no part for: on a site, and in a file. */
const EMPTY: ReadonlySet<string> = new Set([shortHash({}), shortHash([{}, []])]);

/** A fingerprint of an older version in today's words. `then`, `now`: the same side as it is, by both; `names`: as in `carriedOver`. */
export function inTodaysWords(
  base: Fingerprint,
  then: Fingerprint,
  now: Fingerprint,
  names: readonly string[],
): Fingerprint {
  const said = Object.entries(base.parts).filter(
    ([part, hash]) => then.parts[part] !== undefined || !EMPTY.has(hash),
  );
  return carriedOver({ v: base.v, parts: Object.fromEntries(said) }, then, now, names);
}

/** The oldest version that takes groups apart. */
export const GROUPED = 2;

function fieldParts(
  document: Document,
  known: readonly string[],
  files: readonly MediaFile[],
): Record<string, string> {
  const names = new Set([...known, "title", "slug", "status"]);
  const parts: Record<string, string> = {};
  for (const [name, value] of Object.entries(document.fields)) {
    const isKnown = names.has(name) || names.has(groupOf(name) ?? name);
    if (!isKnown || value === undefined) continue;
    parts[name] = shortHash([normal(name, value), digestsIn(canonicalJson(value), files)]);
  }
  return parts;
}

/**
 * By version, which raises with any change of what is hashed. An old one stays for as long as lockfiles may hold its
 * fingerprints, or upgrading this program would look like an edit of everything.
 */
export const ALGORITHMS = new Map<number, Algorithm>([
  [
    1,
    {
      local: (document, known, all) => {
        const files = all.filter(({ link }) => link !== true);
        const parts = fieldParts(document, known.flatMap(wholeName), files);
        if (document.body !== "")
          parts.body = shortHash([document.body.trimEnd(), digestsIn(document.body, files)]);
        return parts;
      },
      wire: (wire) => wireParts(wholeWire(wire)),
    },
  ],
  [
    2,
    {
      local: (document, known, files, targets) => {
        const parts = fieldParts(document, [...known, "protected"], files);
        const { body } = document;
        if (body !== "") parts.body = shortHash([body.trimEnd(), digestsIn(body, files), targets]);
        return parts;
      },
      wire: wireParts,
    },
  ],
]);

/** What this program writes. */
export function newestVersion(): number {
  return Math.max(...ALGORITHMS.keys());
}

/** Throws `usage` for fingerprints that only a newer program can make. */
export function knownVersion(v: number): void {
  algorithm(v);
}

function algorithm(v: number): Algorithm {
  const found = ALGORITHMS.get(v);
  if (found !== undefined) return found;
  throw new Fault(
    "usage",
    `the lockfile was written by a newer ainstein-cms (fingerprints of version ${v})`,
    {
      code: "lockfile-newer",
      hint: "upgrade ainstein-cms",
    },
  );
}

/** The parts of a document as the operator wrote them: fields that the platform knows, title and body. Media count by their bytes, links by where they lead. */
export function localFingerprint(
  document: Document,
  known: readonly string[],
  files: readonly MediaFile[],
  targets: LinkTargets,
  v = newestVersion(),
): Fingerprint {
  return { v, parts: algorithm(v).local(document, known, files, targets) };
}

/** The parts of an entry as the server returned them. */
export function remoteFingerprint(entry: Entry, v = newestVersion()): Fingerprint {
  return wireFingerprint(entry.wire, v);
}

const prints = new WeakMap<JsonObject, Fingerprint>();

/** Several ask for the same one: it is made once. */
export function wireFingerprint(wire: JsonObject, v = newestVersion()): Fingerprint {
  const known = prints.get(wire);
  if (known?.v === v) return known;
  const print = { v, parts: algorithm(v).wire(wire) };
  prints.set(wire, print);
  return print;
}

/** `scheduled` turns into `published` by the clock alone, which is nobody's edit. */
function normal(name: string, value: Json): Json {
  return name === "status" && value === "scheduled" ? "published" : value;
}

function digestsIn(text: string, files: readonly MediaFile[]): Json {
  return files.filter((file) => text.includes(file.ref)).map((file) => file.digest);
}
