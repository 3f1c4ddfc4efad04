import { z } from "zod";
import { Fault } from "../lib/fault.ts";
import type { Json, JsonObject } from "../lib/json.ts";
import { STATES, type State } from "./document.ts";

/**
 * `ainstein.lock`: which file is which entry, and what both sides last agreed on. JSON lines, sorted, one fact a
 * line, so that git merges it by union; several lines of one key are read as candidates.
 */

/** One side at one moment: a hash per part, under algorithm version `v`. */
export interface LockFingerprint {
  readonly v: number;
  readonly parts: Readonly<Record<string, string>>;
}

export interface LockEntry {
  readonly target: string;
  readonly path: string;
  readonly locale: string;
  readonly id: string;
  readonly kind: string;
  readonly scope: string;
  readonly slug: string;
  readonly state: State;
  readonly revision: string;
  /** The revision was so young when read that a later edit could hide behind it. */
  readonly racy: boolean;
  /** Git blob id of the file with LF line ends. */
  readonly blob: string;
  readonly local: LockFingerprint;
  readonly remote: LockFingerprint;
  /** Local files the document refers to: path below the root -> SHA-256. */
  readonly media: Readonly<Record<string, string>>;
  /** Other documents that the body links to: path below the root -> the address that was sent; "" for none yet. */
  readonly links?: Readonly<Record<string, string>> | undefined;
  /** What the operator chose to overwrite: unpublished changes, by revision, or `trashed`, the entry's removal. */
  readonly overwrites?: string | undefined;
  /**
   * Parts that the site keeps otherwise than the file, as it stands in `local`, sent them: `open` until somebody settles
   * it, `agreed` where the operator had said that it may. Never a reason to pull what the site made of them.
   */
  readonly notKept?: Readonly<Record<string, "open" | "agreed">> | undefined;
}

export interface LockMedia {
  readonly target: string;
  readonly digest: string;
  readonly id: string;
  readonly url: string;
}

export interface LockTerm {
  readonly target: string;
  readonly taxonomy: string;
  readonly id: string;
  readonly name: string;
}

export interface LockHeader {
  readonly target: string;
  readonly platform: string;
  /** Canonical identity of the site that the target's lines speak of. */
  readonly site: string;
  /** Hash of the `fields:` that its files were all read with last; absent for none. */
  readonly fields?: string;
}

/** A file that `unlink` took out of this tool's hands for one target. */
export interface LockUnmanaged {
  readonly target: string;
  readonly unmanaged: string;
  /** The entry it was bound to, "" for none: a pull leaves that one alone, too. */
  readonly id: string;
}

/** A file whose change an undo took back on the site: this version of it is not sent again. */
export interface LockHeld {
  readonly target: string;
  readonly held: string;
  /** Git blob id of the version that is held; any other is sent. */
  readonly blob: string;
}

export interface Lockfile {
  /** UUID of the root, part of every create key; undefined in a lockfile that was never written. */
  readonly root: string | undefined;
  readonly headers: readonly LockHeader[];
  readonly entries: readonly LockEntry[];
  readonly media: readonly LockMedia[];
  readonly terms: readonly LockTerm[];
  readonly unmanaged: readonly LockUnmanaged[];
  readonly held: readonly LockHeld[];
}

export const LOCKFILE_VERSION = 1;
export const emptyLockfile: Lockfile = {
  root: undefined,
  headers: [],
  entries: [],
  media: [],
  terms: [],
  unmanaged: [],
  held: [],
};

const fingerprint = z.object({ v: z.number().int(), parts: z.record(z.string(), z.string()) });
/** What a lockfile says of one entry, its target left out; receipts in the journal have the same shape. */
export const entryShape = z.object({
  path: z.string(),
  locale: z.string().default(""),
  id: z.string(),
  kind: z.string(),
  scope: z.string().default(""),
  slug: z.string(),
  state: z.enum(STATES),
  revision: z.string(),
  racy: z.boolean().default(false),
  blob: z.string(),
  local: fingerprint,
  remote: fingerprint,
  media: z.record(z.string(), z.string()).default({}),
  links: z.record(z.string(), z.string()).optional(),
  overwrites: z.string().optional(),
  notKept: z.record(z.string(), z.enum(["open", "agreed"])).optional(),
});
const shapes = {
  root: z.object({ lockfile: z.number().int(), root: z.string() }),
  header: z.object({
    target: z.string(),
    platform: z.string(),
    site: z.string(),
    fields: z.string().exactOptional(),
  }),
  media: z.object({ target: z.string(), digest: z.string(), id: z.string(), url: z.string() }),
  term: z.object({ target: z.string(), taxonomy: z.string(), id: z.string(), name: z.string() }),
  unmanaged: z.object({ target: z.string(), unmanaged: z.string(), id: z.string() }),
  held: z.object({ target: z.string(), held: z.string(), blob: z.string() }),
  entry: entryShape.extend({ target: z.string() }),
};

/** Throws `invalid` with file and line for a line that is not one of ours, `usage` for a newer version. */
export function parseLockfile(text: string, path: string): Lockfile {
  const root: string[] = [];
  const headers: LockHeader[] = [];
  const entries: LockEntry[] = [];
  const media: LockMedia[] = [];
  const terms: LockTerm[] = [];
  const unmanaged: LockUnmanaged[] = [];
  const held: LockHeld[] = [];
  text.split("\n").forEach((raw, index) => {
    const line = raw.trim();
    if (line === "") return;
    const value = readLine(line, path, index + 1);
    const at = { file: path, line: index + 1 };
    if ("lockfile" in value) {
      const header = decode(shapes.root, value, at);
      if (header.lockfile > LOCKFILE_VERSION) throw newer(path, header.lockfile);
      root.push(header.root);
    } else if ("path" in value) entries.push(decode(shapes.entry, value, at));
    else if ("unmanaged" in value) unmanaged.push(decode(shapes.unmanaged, value, at));
    else if ("held" in value) held.push(decode(shapes.held, value, at));
    else if ("digest" in value) media.push(decode(shapes.media, value, at));
    else if ("taxonomy" in value) terms.push(decode(shapes.term, value, at));
    else headers.push(decode(shapes.header, value, at));
  });
  return { root: root[0], headers, entries, media, terms, unmanaged, held };
}

/** Sorted by key, keys of each line in a fixed order, a final newline. */
export function formatLockfile(lock: Lockfile): string {
  const lines = [
    ...lock.headers.map((item) => [
      `1 ${item.target}`,
      JSON.stringify(pick(item, ["target", "platform", "site", "fields"])),
    ]),
    ...lock.entries.map((item) => [`2 ${item.target}\0${item.path}\0${item.locale}`, formatEntry(item)]),
    ...lock.media.map((item) => [
      `3 ${item.target}\0${item.digest}`,
      JSON.stringify(pick(item, ["target", "digest", "id", "url"])),
    ]),
    ...lock.terms.map((item) => [
      `4 ${item.target}\0${item.taxonomy}\0${item.id.padStart(12, "0")}`,
      JSON.stringify(pick(item, ["target", "taxonomy", "id", "name"])),
    ]),
    ...lock.unmanaged.map((item) => [
      `5 ${item.target}\0${item.unmanaged}`,
      JSON.stringify(pick(item, ["target", "unmanaged", "id"])),
    ]),
    ...lock.held.map((item) => [
      `6 ${item.target}\0${item.held}`,
      JSON.stringify(pick(item, ["target", "held", "blob"])),
    ]),
  ] as [string, string][];
  lines.sort(([a, x], [b, y]) => (a === b ? compare(x, y) : compare(a, b)));
  const first =
    lock.root === undefined ? [] : [JSON.stringify({ lockfile: LOCKFILE_VERSION, root: lock.root })];
  const unique = [...new Set([...first, ...lines.map(([, text]) => text)])];
  return unique.length === 0 ? "" : `${unique.join("\n")}\n`;
}

function formatEntry(entry: LockEntry): string {
  const { target, path, locale, id, kind, scope, slug, state, revision, racy, blob, overwrites, notKept } =
    entry;
  return JSON.stringify({
    target,
    path,
    ...(locale === "" ? {} : { locale }),
    id,
    kind,
    ...(scope === "" ? {} : { scope }),
    slug,
    state,
    revision,
    ...(racy ? { racy } : {}),
    blob,
    local: sortedFingerprint(entry.local),
    remote: sortedFingerprint(entry.remote),
    ...sortedMap("media", entry.media),
    ...sortedMap("links", entry.links ?? {}),
    ...(overwrites === undefined ? {} : { overwrites }),
    ...(notKept === undefined ? {} : { notKept: sorted(notKept) }),
  });
}

/** Nothing where it is empty. */
function sortedMap(name: string, values: Readonly<Record<string, string>>): Readonly<Record<string, Json>> {
  return Object.keys(values).length === 0 ? {} : { [name]: sorted(values) };
}

function sorted(values: Readonly<Record<string, string>>): JsonObject {
  return Object.fromEntries(Object.entries(values).sort(([a], [b]) => compare(a, b)));
}

function sortedFingerprint(value: LockFingerprint): Json {
  return { v: value.v, parts: sorted(value.parts) };
}

function pick<T extends object, K extends keyof T>(item: T, keys: readonly K[]): Pick<T, K> {
  return Object.fromEntries(keys.map((key) => [key, item[key]])) as Pick<T, K>;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function readLine(line: string, file: string, number: number): object {
  if (/^(<{7}|={7}|>{7})( |$)/.test(line)) {
    throw new Fault("usage", `${file} holds a merge conflict`, {
      code: "lockfile-conflict",
      place: { file, line: number },
      hint: "keep the lines of both sides, delete the <<<<<<<, ======= and >>>>>>> lines, and run `ainstein-cms init` once: it makes git do this by itself",
    });
  }
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch (cause) {
    throw broken({ file, line: number }, "is not JSON", cause);
  }
  throw broken({ file, line: number }, "is not a JSON object");
}

function decode<T>(shape: z.ZodType<T>, value: object, at: { file: string; line: number }): T {
  const result = shape.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw broken(at, `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "unexpected shape"}`, result.error);
}

function broken(place: { file: string; line: number }, what: string, cause?: unknown): Fault {
  return new Fault("usage", `${place.file}, line ${place.line}: ${what}`, {
    code: "lockfile-broken",
    place,
    cause,
    hint: `restore it with \`git checkout -- ${place.file}\`, or delete the line: the entry is then found again by its slug`,
  });
}

function newer(file: string, version: number): Fault {
  return new Fault("usage", `${file} has version ${version}; this program reads up to ${LOCKFILE_VERSION}`, {
    code: "lockfile-newer",
    hint: "upgrade ainstein-cms",
  });
}
