// What a site refuses, before anything is written.
import { isLive } from "../../content/document.ts";
import { groupOf } from "../../content/groups.ts";
import { Fault } from "../../lib/fault.ts";
import type { Json, JsonObject } from "../../lib/json.ts";
import type { Expected } from "../contract.ts";
import { goneFault } from "../gone.ts";
import { refuseMissing } from "../typed.ts";
import {
  type EntryRecord,
  type Fields,
  GROUPS,
  PARTS,
  type PartName,
  partsOf,
  revisionOf,
  utc,
} from "./record.ts";
import type { Head } from "./shelf.ts";
import type { Storage } from "./storage.ts";

/** Nothing that a path, an address or a terminal could take for something else. */
const SLUG = /^[^\s\p{Cc}\p{Cs}/\\<>:"|?*#.][^\s\p{Cc}\p{Cs}/\\<>:"|?*#]*$/u;

/**
 * The fields with these wire values, each of its part's type; null takes a member out of its map. Throws `invalid` for a
 * part that the kind does not have.
 */
export function withParts(fields: Fields, kind: string, wire: JsonObject): Fields {
  const parts: readonly string[] = partsOf(kind);
  const whole: Record<string, Json> = {};
  for (const [name, value] of Object.entries(wire)) {
    const group = groupOf(name);
    refuseMissing(name, value);
    if (group === undefined || !GROUPS.includes(group)) whole[name] = value;
    else {
      const { [name.slice(group.length + 1)]: _, ...others } = (whole[group] ??
        fields[group as "seo" | "meta"]) as JsonObject;
      whole[group] = value === null ? others : { ...others, [name.slice(group.length + 1)]: value };
    }
  }
  for (const [name, value] of Object.entries(whole)) {
    if (!parts.includes(name)) {
      throw new Fault("invalid", `a ${kind} of a local site has no part "${name}"`, { code: "unknown-part" });
    }
    const result = PARTS[name as PartName].safeParse(value);
    if (!result.success) {
      throw new Fault("invalid", `${name}: ${result.error.issues[0]?.message ?? "not a value it can have"}`);
    }
  }
  return { ...fields, ...(whole as Partial<Fields>) };
}

/** The entry as it is to be stored. Throws `invalid` or `conflict` for one that must not be. */
export function settle(
  storage: Storage,
  heads: readonly Head[],
  record: EntryRecord,
  now: number,
): EntryRecord {
  const { fields } = record;
  if (!SLUG.test(fields.slug) || fields.slug.length > 400) {
    throw new Fault("invalid", `slug: "${fields.slug}" cannot be part of an address`, {
      code: "bad-slug",
      hint: 'Leave out spaces and the characters / \\ < > : " | ? * # and a dot at the start.',
    });
  }
  if (fields.status === "scheduled" && fields.date === null) {
    throw new Fault("invalid", "date: a scheduled entry needs the date it goes live");
  }
  refuseUnknownTerms(storage, fields);
  refuseBadParent(heads, record);
  refuseTakenSlug(heads, record);
  const date = fields.date ?? (isLive(fields.status) ? utc(now) : null);
  return {
    ...record,
    fields: { ...fields, date, tags: unique(fields.tags), categories: unique(fields.categories) },
  };
}

/** The entry, which must be what the writer saw. Throws `conflict` when it is not, or is gone. */
export function atExpected(storage: Storage, id: string, expected: Expected, now: number): EntryRecord {
  const record = storage.entry(id);
  if (record === undefined) {
    throw goneFault(`the entry ${id} is no longer on the site`);
  }
  if (revisionOf(record, now) === expected.revision) return record;
  throw new Fault(
    "conflict",
    `the entry ${id} ("${record.fields.title}") was changed on the site meanwhile`,
    {
      code: "moved",
    },
  );
}

/** The entry in the trash. Throws `conflict` for one that is not there, `not-found` for one that is nowhere. */
export function fromTrash(storage: Storage, id: string): EntryRecord {
  const live = storage.entry(id);
  if (live !== undefined) {
    throw new Fault("conflict", `the entry ${id} ("${live.fields.title}") is not in the trash`, {
      code: "not-trashed",
    });
  }
  const record = storage.trashed(id);
  if (record !== undefined) return record;
  throw new Fault("not-found", `the entry ${id} is no longer on the site, nor in its trash`, {
    code: "gone",
  });
}

function refuseUnknownTerms(storage: Storage, fields: Fields): void {
  for (const taxonomy of ["tags", "categories"] as const) {
    if (fields[taxonomy].length === 0) continue;
    const known = new Set(storage.terms(taxonomy).map((term) => term.id));
    const unknown = fields[taxonomy].find((id) => !known.has(id));
    if (unknown !== undefined) throw new Fault("invalid", `${taxonomy}: the site has no term ${unknown}`);
  }
}

function refuseBadParent(heads: readonly Head[], record: EntryRecord): void {
  const byId = new Map(heads.map((head) => [head.record.id, head.record]));
  const seen = new Set([record.id]);
  for (let { parent } = record.fields; parent !== null; ) {
    const above = byId.get(parent);
    if (above === undefined || above.kind !== record.kind) {
      throw new Fault("invalid", `parent: the site has no ${record.kind} ${parent}`);
    }
    if (seen.has(above.id)) throw new Fault("invalid", "parent: a page cannot be below itself");
    seen.add(above.id);
    parent = above.fields.parent;
  }
}

function refuseTakenSlug(heads: readonly Head[], record: EntryRecord): void {
  const slug = fold(record.fields.slug);
  const holder = heads.find(
    ({ record: other }) =>
      other.id !== record.id &&
      other.kind === record.kind &&
      other.locale === record.locale &&
      other.fields.parent === record.fields.parent &&
      fold(other.fields.slug) === slug,
  );
  if (holder === undefined) return;
  const { id, fields } = holder.record;
  throw new Fault("conflict", `the slug "${record.fields.slug}" belongs to entry ${id} ("${fields.title}")`, {
    code: "slug-taken",
    hint: "Give the document another `slug:`.",
  });
}

/** Names of files that some systems take for one. */
function fold(slug: string): string {
  return slug.normalize("NFC").toLowerCase();
}

function unique(ids: readonly string[]): string[] {
  return [...new Set(ids)];
}
