// Fields that a site's model does not offer now, since a plug-in may be off: they are not empty, so nothing is said about
// them on either side. And those that it offers anew.
import type { Codec, Entry, Kind, Model } from "../connectors/contract.ts";
import { groupOf, isNamedIn } from "../content/groups.ts";
import { Fault } from "../lib/fault.ts";
import type { Base, Fingerprint, Part } from "../sync/model.ts";
import { remoteFingerprint } from "./fingerprint.ts";
import type { Root } from "./root.ts";
import type { FileFacts } from "./scan.ts";
import type { OpenTarget, Site } from "./site.ts";

/** Parts that every site has, or that say something about the entry and not of it. */
const ALWAYS: ReadonlySet<Part> = new Set(["title", "slug", "status", "body", "protected", "locale"]);

/** By kind, parts that a lockfile says the site had and that its model does not have. */
export function unreachableFields(
  { codec }: Pick<OpenTarget, "codec">,
  model: Model,
  lines: readonly Base[],
): ReadonlyMap<string, ReadonlySet<Part>> {
  const byKind = new Map<string, ReadonlySet<Part>>();
  for (const kind of model.kinds) {
    const had = lines
      .filter((line) => line.kind === kind.name)
      .flatMap((line) => Object.keys(line.remote.parts));
    const lost = [...new Set(had)].filter((part) => !offers(codec, kind, part));
    if (lost.length > 0) byKind.set(kind.name, new Set(lost));
  }
  return byKind;
}

function offers(codec: Codec, kind: Kind, part: Part): boolean {
  // A group as a whole is what fingerprints of version 1 cover.
  if (ALWAYS.has(part) || codec.groups?.includes(part) === true) return true;
  const offered = codec.fields(kind);
  return offered.includes(part) || offered.includes(groupOf(part) ?? part);
}

/** Fields of a file that its kind has no place for on the site. */
export function placeless(site: Site, { kind: name, fingerprint }: FileFacts): readonly Part[] {
  const { codec } = site.target;
  const kind = site.kind(name);
  return Object.keys(fingerprint.parts).filter((part) => !offers(codec, kind, part));
}

/**
 * What both sides agreed on, without the fields that cannot be seen now, nor, of the file, those that the root protects
 * and those that it maps no more (`unmapped`): what is not sent is not cleared either. What `entry` says is seen, whether
 * or not the model offers it.
 */
export function withoutHidden(
  { config }: Root,
  site: Site,
  base: Base,
  entry: Entry | undefined,
  unmapped: readonly Part[],
): Base {
  const seen = entry?.wire ?? {};
  const lost = new Set([...site.unreachable(base.kind)].filter((part) => !Object.hasOwn(seen, part)));
  const guarded = Object.keys(base.local.parts).filter((part) =>
    isNamedIn(config.protect.fields, part, site.naming),
  );
  if (lost.size + guarded.length + unmapped.length === 0) return base;
  const local = without(base.local, new Set([...lost, ...guarded, ...unmapped]));
  return { ...base, local, remote: without(base.remote, lost) };
}

/**
 * What the entry says, without the fields that the site did not have when both sides last agreed and has now at
 * rest: a plug-in was switched on, and nobody wrote anything.
 */
export function withoutNewlyEmpty(site: Site, base: Base, entry: Entry): Fingerprint {
  const { same } = site.target.codec;
  const atRest = site.kind(entry.kind).fields.flatMap(({ name, fallback = null }) => {
    const value = entry.wire[name];
    const isNew = value !== undefined && base.remote.parts[name] === undefined;
    return isNew && same(name, fallback, value) ? name : [];
  });
  return without(remoteFingerprint(entry), new Set(atRest));
}

function without({ v, parts }: Fingerprint, lost: ReadonlySet<Part>): Fingerprint {
  return { v, parts: Object.fromEntries(Object.entries(parts).filter(([part]) => !lost.has(part))) };
}

/**
 * New lines of documents that have such fields go on saying what was agreed of these, so that edits made meanwhile on
 * either side are seen when the field is back. Their blob proves nothing: the file is read again.
 */
export function keepingUnreachable(
  site: Pick<Site, "unreachable">,
  before: readonly Base[],
  lines: readonly Base[],
): readonly Base[] {
  const keyOf = ({ id, kind, locale }: Base) => [id, kind, locale].join("\0");
  const old = new Map(before.map((line) => [keyOf(line), line]));
  return lines.map((line) => {
    const lost = site.unreachable(line.kind);
    const was = old.get(keyOf(line));
    if (lost.size === 0) return line;
    if (was === undefined || was.remote.v !== line.remote.v) return { ...line, blob: "" };
    const [local, remote] = [kept(was.local, lost), kept(was.remote, lost)];
    const untouched = was.blob === line.blob && holds(line.local, local) && holds(line.remote, remote);
    if (untouched) return line;
    return {
      ...line,
      blob: "",
      local: { ...line.local, parts: { ...line.local.parts, ...local } },
      remote: { ...line.remote, parts: { ...line.remote.parts, ...remote } },
    };
  });
}

function kept({ parts }: Fingerprint, lost: ReadonlySet<Part>): Fingerprint["parts"] {
  return Object.fromEntries(Object.entries(parts).filter(([part]) => lost.has(part)));
}

function holds({ parts }: Fingerprint, wanted: Fingerprint["parts"]): boolean {
  return Object.keys(wanted).every((part) => parts[part] !== undefined);
}

/**
 * One fault for all documents of a target whose files have such fields, by their lines or as they are read now; undefined
 * where none has.
 */
export function unreachableFault(
  site: Site,
  lines: readonly Base[],
  files: readonly FileFacts[],
): Fault | undefined {
  const parts = new Set<Part>();
  const paths = new Set<string>();
  const note = (path: string, kind: string, names: readonly Part[]) => {
    for (const part of names) {
      if (!site.unreachable(kind).has(part)) continue;
      parts.add(part);
      paths.add(path);
    }
  };
  const read = new Set(files.map(({ path }) => path));
  for (const { path, kind, local } of lines) if (!read.has(path)) note(path, kind, Object.keys(local.parts));
  for (const file of files) note(file.path, file.kind, file.says);
  if (paths.size === 0) return undefined;
  const concerned = paths.size === 1 ? "1 document has" : `${paths.size} documents have`;
  return new Fault(
    "unsupported",
    `${site.account.siteTitle} does not offer ${[...parts].sort().join(", ")} now, which ${concerned}: left as it is on both sides`,
    {
      code: "field-unreachable",
      hint: "a plug-in may be off: switch it on again. Where the field is gone for good, take its key out of the files",
    },
  );
}
