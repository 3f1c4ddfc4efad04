// The files of a site, as they are parsed and printed. No file is touched here.
import { z } from "zod";
import { toInstant } from "../../content/date.ts";
import { STATES, type State } from "../../content/document.ts";
import { groupOf } from "../../content/groups.ts";
import { asFault, Fault } from "../../lib/fault.ts";
import { shortHash } from "../../lib/hash.ts";
import { isObject, type JsonObject } from "../../lib/json.ts";
import { kindNamed } from "./kinds.ts";

/** Wire values by part. An image of the site is `media/<file>`, any other an https address. */
export const PARTS = {
  title: z.string(),
  slug: z.string(),
  status: z.enum(STATES),
  /** ISO 8601 in UTC; null until an entry goes live. */
  date: z.string().nullable(),
  excerpt: z.string(),
  /** Ids of terms. */
  tags: z.array(z.string()),
  categories: z.array(z.string()),
  author: z.string(),
  image: z.strictObject({ src: z.string(), alt: z.string() }).nullable(),
  sticky: z.boolean(),
  template: z.string(),
  /** Id of the page above. */
  parent: z.string().nullable(),
  seo: z.strictObject({ title: z.string().optional(), description: z.string().optional() }),
  meta: z.record(z.string(), z.json()),
  /** HTML. */
  body: z.string(),
} as const;

export type PartName = keyof typeof PARTS;

const FIELDS = z.strictObject({
  title: PARTS.title.default(""),
  slug: PARTS.slug,
  status: PARTS.status.default("draft"),
  date: PARTS.date.default(null),
  excerpt: PARTS.excerpt.default(""),
  tags: PARTS.tags.default([]),
  categories: PARTS.categories.default([]),
  author: PARTS.author.default(""),
  image: PARTS.image.default(null),
  sticky: PARTS.sticky.default(false),
  template: PARTS.template.default(""),
  parent: PARTS.parent.default(null),
  seo: PARTS.seo.default({}),
  meta: PARTS.meta.default({}),
  body: PARTS.body.default(""),
});

export type Fields = z.infer<typeof FIELDS>;

const RECORD = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/),
  kind: z.string(),
  locale: z.string().default(""),
  /** Id of the entry that its translations began with, where that is another one. */
  group: z.string().optional(),
  /** Key of the create that made the entry; null for one written by hand. */
  key: z.string().nullable().default(null),
  /** Counts the writes, so that a value which returns is another revision. */
  version: z.number().int().nonnegative().default(0),
  fields: FIELDS,
});

/** One entry, as `entries/<id>.json` holds it. */
export type EntryRecord = z.infer<typeof RECORD>;

const SITE = z.strictObject({
  format: z.literal(1),
  id: z.uuid(),
  title: z.string(),
  timezone: z.string(),
});

/** `site.json`. */
export type SiteRecord = z.infer<typeof SITE>;

const TERMS = z.array(
  z.strictObject({
    id: z.string().min(1),
    name: z.string().min(1),
    slug: z.string(),
    parent: z.string().nullable(),
  }),
);

/** One term of `terms/<taxonomy>.json`. */
export type TermRecord = z.infer<typeof TERMS>[number];

const MEDIA = z.strictObject({
  id: z.string(),
  digest: z.string(),
  file: z.string(),
  type: z.string(),
  alt: z.string(),
});

/** One file of `public/media`, as `media/<id>.json` describes it. */
export type MediaRecord = z.infer<typeof MEDIA>;

/** Parts that entries of the kind have, the body included. */
export function partsOf(kindName: string): readonly PartName[] {
  const kind = kindNamed(kindName);
  const names = kind?.fields.map(({ name }) => groupOf(name) ?? name) ?? [];
  return [...new Set([...names, "body"])].filter((name): name is PartName => Object.hasOwn(PARTS, name));
}

/** Throws `protocol` naming the file where it is not what a site's file must be. */
export function parseEntry(text: string, path: string, timezone: () => string): EntryRecord {
  const record = parse(RECORD, text, path);
  const parts: readonly string[] = partsOf(record.kind);
  if (parts.length === 1) throw unreadable(path, `no kind "${record.kind}"`);
  const raw: unknown = JSON.parse(text);
  const fields = isObject(raw) && isObject(raw.fields) ? Object.keys(raw.fields) : [];
  const foreign = fields.find((name) => !parts.includes(name));
  if (foreign !== undefined) throw unreadable(path, `fields.${foreign}: a ${record.kind} has no such field`);
  const { date } = record.fields;
  if (date === null || isUtc(date)) return record;
  try {
    return { ...record, fields: { ...record.fields, date: utc(toInstant(date, timezone())) } };
  } catch (thrown) {
    throw unreadable(path, `fields.date: ${asFault(thrown).message}`);
  }
}

export function printEntry(record: EntryRecord): string {
  return print({ ...record, fields: fieldsOf(record) });
}

export function parseSite(text: string, path: string): SiteRecord {
  const site = parse(SITE, text, path);
  try {
    toInstant("2026-01-01", site.timezone);
  } catch (thrown) {
    throw unreadable(path, `timezone: ${asFault(thrown).message}`);
  }
  return site;
}

export function parseTerms(text: string, path: string): readonly TermRecord[] {
  return parse(TERMS, text, path);
}

export function parseMedia(text: string, path: string): MediaRecord {
  return parse(MEDIA, text, path);
}

export function print(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** The parts of the entry's kind, those within maps by themselves: `meta.price`. */
export function wireOf(record: EntryRecord): JsonObject {
  const parts = Object.entries(fieldsOf(record)).flatMap(([name, value]) =>
    GROUPS.includes(name) && isObject(value)
      ? Object.entries(value as JsonObject).map(([key, item]) => [`${name}.${key}`, item] as const)
      : [[name, value] as const],
  );
  return Object.fromEntries(parts);
}

/** Maps whose members are parts of their own. */
export const GROUPS: readonly string[] = ["seo", "meta"];

/** The fields of the entry's kind, in a fixed order. */
function fieldsOf(record: EntryRecord): JsonObject {
  const fields = record.fields as JsonObject;
  return Object.fromEntries(partsOf(record.kind).map((name) => [name, fields[name] ?? null]));
}

/** Milliseconds since 1970 as ISO 8601 in UTC, without a fraction of zero. */
export function utc(ms: number): string {
  return new Date(ms).toISOString().replace(".000Z", "Z");
}

function isUtc(date: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(date) && !Number.isNaN(Date.parse(date));
}

/** `scheduled` is `published` from its date on. */
export function stateAt(record: EntryRecord, now: number): State {
  const { status, date } = record.fields;
  return status === "scheduled" && date !== null && Date.parse(date) <= now ? "published" : status;
}

/** Covers all that a person or a program can change in the entry's file, and the state. */
export function revisionOf(record: EntryRecord, now: number): string {
  const { kind, locale, version } = record;
  return shortHash({ kind, locale, version, state: stateAt(record, now), wire: fieldsOf(record) });
}

function parse<T>(schema: z.ZodType<T>, text: string, path: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    throw unreadable(path, asFault(thrown).message);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw unreadable(
    path,
    `${issue?.path.join(".") || "the file"}: ${issue?.message ?? "not as it should be"}`,
  );
}

function unreadable(path: string, what: string): Fault {
  return new Fault("protocol", `${path} cannot be used: ${what}`, {
    code: "local.unreadable-file",
    hint: `Correct ${path} by hand, or bring back an older copy of it.`,
  });
}
