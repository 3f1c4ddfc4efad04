// Fields that documents share with a site and that the site's model does not offer now: a plug-in may be off. They are
// not empty, so nothing is said about them on either side.
import type { Codec, Kind, Model } from "../connectors/contract.ts";
import { groupOf } from "../content/groups.ts";
import { Fault } from "../lib/fault.ts";
import type { Base, Fingerprint, Part } from "../sync/model.ts";
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

/** What both sides agreed on, without the fields that cannot be seen now. */
export function withoutUnreachable(site: Pick<Site, "unreachable">, base: Base): Base {
  const lost = site.unreachable(base.kind);
  if (lost.size === 0) return base;
  return { ...base, local: without(base.local, lost), remote: without(base.remote, lost) };
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
    const was = old.get(keyOf(line));
    const lost = site.unreachable(line.kind);
    if (was === undefined || lost.size === 0 || was.remote.v !== line.remote.v) return line;
    const [local, remote] = [kept(was.local, lost), kept(was.remote, lost)];
    if (Object.keys({ ...local, ...remote }).every((part) => line.remote.parts[part] !== undefined))
      return line;
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

/** One fault for all documents of a target; undefined where every field is there. */
export function unreachableFault(site: Site, lines: readonly Base[]): Fault | undefined {
  const has = (line: Base) => {
    const lost = site.unreachable(line.kind);
    const parts = { ...line.local.parts, ...line.remote.parts };
    return Object.keys(parts).filter((part) => lost.has(part));
  };
  const concerned = lines.map(has).filter((parts) => parts.length > 0);
  if (concerned.length === 0) return undefined;
  const names = [...new Set(concerned.flat())].sort();
  const { length } = concerned;
  return new Fault(
    "unsupported",
    `${site.account.siteTitle} does not offer ${names.join(", ")} now, which ${length} ${length === 1 ? "document has" : "documents have"}: left as it is on both sides`,
    {
      code: "field-unreachable",
      hint: "a plug-in may be off: switch it on again. Where the field is gone for good, take its key out of the files and `unlink` and `link` them",
    },
  );
}
