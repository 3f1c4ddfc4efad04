// Create once, update what is still as it was, and put into the trash.
import { z } from "zod";
import type { Call } from "../../http/http.ts";
import { Fault, type FaultKind, isFault, throwUnsent } from "../../lib/fault.ts";
import { isObject, type Json, type JsonObject, sameJson } from "../../lib/json.ts";
import type { Draft, Entry, EntryRef, Expected } from "../contract.ts";
import { goneFault } from "../gone.ts";
import { sendWrite, whenFresh } from "./batch.ts";
import { GROUPS } from "./custom-fields.ts";
import { wordpressFault } from "./faults.ts";
import {
  claim,
  decodeIntent,
  type Intent,
  lookUp,
  refuseContested,
  refuseTaken,
  slugTaken,
  type Under,
} from "./intent.ts";
import { codeOf, languageFields, notSpoken, notSpokenFault } from "./languages.ts";
import { expectLooks, lookAt } from "./looks.ts";
import { putBackOverwritten } from "./overwritten.ts";
import { entriesOf, readRow, saysNoSuchEntry } from "./read.ts";
import { requestOf } from "./request.ts";
import { type Fields, type Row, STATUSES_AND_TRASH } from "./rows.ts";
import { keptAll, same } from "./same.ts";
import type { Site } from "./site.ts";
import { readableSlug } from "./slug.ts";
import type { ContentType } from "./types.ts";
import { waitFor } from "./wait.ts";

export const termFields = (type: ContentType) => new Set(type.taxonomies.map((taxonomy) => taxonomy.field));

export async function entryOfRow(site: Site, type: ContentType, row: Row): Promise<Entry> {
  const [entry] = await entriesOf(site, type, [row]);
  if (entry === undefined) throw new Fault("defect", "a row without its entry");
  return entry;
}

export async function create(site: Site, draft: Draft, intentJson: Json): Promise<Entry> {
  const type = await site.type(draft.kind);
  const intent = decodeIntent(intentJson);
  const date = intent.dateGmt === null ? {} : { date_gmt: intent.dateGmt };
  const original =
    draft.translationOf === undefined ? undefined : await readRow(site, type, draft.translationOf);
  const spoken = await languageFields(site, type, draft, original);
  const wire = withoutNulls(requestOf(draft.wire, termFields(type)));
  const request = { ...date, ...wire, ...spoken, slug: intent.slug };
  let row: Row;
  try {
    const landed = () => lookUp(site, type, draft, intent);
    const look = () => refuseContested(site, draft, intent);
    row = await sendWrite(site, { type, path: type.path, body: request, landed, look, begins: true });
  } catch (thrown) {
    if (isFault(thrown) && thrown.unsent) throw thrown;
    throw await afterRefusal(site, type, draft, intent, thrown);
  }
  const kept = await underItsSlug(site, type, draft, intent, row);
  site.made.set(kept.id, { key: draft.key, slug: readableSlug(kept.slug) });
  if (kept.id !== row.id) return sameAsOurs(site, type, draft, kept);
  const silent = notSpoken(spoken, kept);
  if (silent.length > 0) throw notSpokenFault(silent, await takeBack(site, type, row.id));
  const settled = await settleDate(site, type, draft, kept);
  const entry = await entryOfRow(site, type, settled);
  if (intent.dateGmt === null || entry.state !== "scheduled") return entry;
  throw new Fault(
    "invalid",
    `the site scheduled an entry that was to be live at once; ${await takeBack(site, type, row.id)}`,
    { code: "wordpress.clock", hint: "its clock and its time zone disagree, or a plug-in schedules entries" },
  );
}

/** There is nothing to clear in a new entry. */
function withoutNulls(request: JsonObject): JsonObject {
  const set = (values: JsonObject) =>
    Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
  const groups = Object.entries(request).flatMap(([name, value]) =>
    GROUPS.includes(name) && isObject(value) ? [[name, set(value as JsonObject)] as const] : [],
  );
  return set({ ...request, ...Object.fromEntries(groups) });
}

export const REFUSALS: readonly FaultKind[] = [
  "invalid",
  "forbidden",
  "unsupported",
  "not-found",
  "conflict",
];

/**
 * WordPress stores the entry first and its custom fields after, so a refusal (4xx) can leave it behind, published.
 * What it left is taken back, and the refusal says so.
 */
async function afterRefusal(
  site: Site,
  type: ContentType,
  draft: Draft,
  intent: Intent,
  thrown: unknown,
): Promise<unknown> {
  if (!isFault(thrown) || !REFUSALS.includes(thrown.kind)) return thrown;
  try {
    const left = await lookUp(site, type, draft, intent);
    if (left === undefined) return thrown;
    return withConsequence(thrown, await takeBack(site, type, left.id));
  } catch (cause) {
    return new Fault("ambiguous", `${thrown.message}; whether it left an entry behind could not be seen`, {
      code: thrown.code,
      cause,
      ...(thrown.hint === undefined ? {} : { hint: thrown.hint }),
    });
  }
}

export function withConsequence(fault: Fault, consequence: string): Fault {
  return new Fault(fault.kind, `${fault.message}; ${consequence}`, {
    code: fault.code,
    cause: fault,
    ...(fault.hint === undefined ? {} : { hint: fault.hint }),
    ...(fault.httpStatus === undefined ? {} : { httpStatus: fault.httpStatus }),
  });
}

/** To the trash. Says what became of the entry, for the message. */
export async function takeBack(site: Site, type: ContentType, id: number, done = "made"): Promise<string> {
  try {
    await trash(site, type, String(id));
    return `entry ${id}, which it had ${done}, is in the trash`;
  } catch (thrown) {
    const why = isFault(thrown) ? thrown.message : String(thrown);
    return `entry ${id}, which it had ${done}, is still on the site (${why})`;
  }
}

/**
 * The row as it is, unless it lost its slug to another entry: then it goes to the trash, and the other is returned where
 * that is what an earlier try of this very create made. A slug that a plug-in chose is accepted.
 */
async function underItsSlug(
  site: Site,
  type: ContentType,
  draft: Draft,
  intent: Intent,
  row: Row,
): Promise<Row> {
  if (readableSlug(row.slug) === intent.slug) return row;
  // What was free a moment ago may be taken as well.
  site.contested = true;
  const match = await lookUp(site, type, draft, intent);
  const earlier = match?.id === row.id ? undefined : match;
  const lang = await codeOf(site, type, draft.locale);
  const own = earlier?.id ?? (await slugHolder(site, type, intent.slug, lang));
  if (lang !== undefined && own === undefined) {
    // The plug-in knew the language only after the slug was given.
    const again = await sendWrite(site, {
      type,
      path: `${type.path}/${row.id}`,
      body: { slug: intent.slug },
    });
    if (readableSlug(again.slug) === intent.slug) return again;
  }
  const holder = own ?? (lang === undefined ? undefined : await holderInAny(site, type, intent.slug));
  if (holder === undefined) return row;
  const consequence = await takeBack(site, type, row.id);
  if (earlier !== undefined) return earlier;
  throw withConsequence(slugTaken(intent.slug, String(holder)), consequence);
}

/** An entry of the same second may as well be another machine's: one that says something else is not ours. */
async function sameAsOurs(site: Site, type: ContentType, draft: Draft, row: Row): Promise<Entry> {
  const entry = await entryOfRow(site, type, row);
  if (keptAll(draft.wire, entry.wire)) return entry;
  throw slugTaken(entry.slug, entry.id);
}

async function holderInAny(site: Site, type: ContentType, slug: string): Promise<number | undefined> {
  for (const lang of (await site.languages())?.locales.keys() ?? []) {
    const holder = await slugHolder(site, type, slug, lang);
    if (holder !== undefined) return holder;
  }
  return undefined;
}

/** Uploads share their slugs with pages. */
export async function slugHolder(
  site: Site,
  type: ContentType,
  slug: string,
  lang?: string,
): Promise<number | undefined> {
  const ids = (payload: unknown) => z.array(z.object({ id: z.number() })).parse(payload);
  const query = { slug, lang, _fields: "id" };
  const entries = await site.get(type.path, { ...query, status: STATUSES_AND_TRASH, context: "edit" }, ids);
  if (entries.value.length > 0 || !type.hierarchical) return entries.value[0]?.id;
  return (await site.get("/wp/v2/media", query, ids)).value[0]?.id;
}

/**
 * A draft with a date of its own is told from one whose date floats by having been modified at another time than its
 * date; a create copies one to the other, so it is saved once more.
 */
async function settleDate(site: Site, type: ContentType, draft: Draft, row: Row): Promise<Row> {
  const dated = typeof draft.wire.date === "string" && ["draft", "pending"].includes(row.status);
  if (!dated || row.date_gmt !== row.modified_gmt) return row;
  return sendWrite(site, { type, path: `${type.path}/${row.id}`, body: { status: row.status } });
}

export async function find(site: Site, draft: Draft, intentJson: Json): Promise<Entry | undefined> {
  const type = await site.type(draft.kind);
  const intent = decodeIntent(intentJson);
  claim(site, type, intent);
  const look = (under: Under) => lookUp(site, type, draft, intent, under);
  // Hardly any comes under another slug: those are looked for before and after the waiting.
  const soon = await waitFor(site.context.clock, site.arrivals, (isFirst) =>
    look(isFirst ? "any slug" : "its slug"),
  );
  const row = soon ?? (await look("another slug"));
  if (row === undefined) return undefined;
  const kept = await underItsSlug(site, type, draft, intent, row);
  site.made.set(kept.id, { key: draft.key, slug: readableSlug(kept.slug) });
  return entryOfRow(site, type, kept);
}

/** What there is to refuse without knowing the entry is refused first; the entry itself is looked at when its turn comes. */
export async function update(site: Site, id: string, draft: Draft, expected: Expected): Promise<Entry> {
  const type = await site.type(draft.kind);
  const request = requestOf(draft.wire, termFields(type));
  const fields = lookedAt(request);
  let before: Row | undefined;
  const look = async () => {
    before = await lookAt(site, type, id, fields);
    const current = await stillExpected(site, type, id, expected, before);
    refuseOwnedBody(request, current);
    return current;
  };
  if (Object.keys(request).length === 0) return look().catch(throwUnsent);
  expectLooks(site, [{ id, ...draft }], fields);
  const { slug } = draft.wire;
  if (typeof slug === "string" && !same("slug", slug, expected.wire.slug ?? "")) {
    const parent = draft.wire.parent ?? expected.wire.parent;
    const below = typeof parent === "number" ? parent : 0;
    await refuseTaken(site, type, slug, below, id, draft.locale).catch(throwUnsent);
  }
  const over = { look, fields, before: () => before, expected };
  return sendUpdate(site, type, id, draft.wire, request, over).catch((thrown: unknown) => {
    if (!saysNoSuchEntry(thrown)) throw thrown;
    throw goneFault(`entry ${id} is gone`, { cause: thrown });
  });
}

/** What is not sent stays as it is: an excerpt is worth asking for only where it is overwritten. */
const lookedAt = ({ excerpt }: JsonObject): Fields =>
  excerpt === undefined ? "all but the excerpt" : "whole";

/** The looks at entries of which these parts are to be updated take each other along. */
export function expectUpdates(site: Site, refs: readonly EntryRef[], parts: readonly string[]): void {
  expectLooks(site, refs, lookedAt(Object.fromEntries(parts.map((part) => [part, null]))));
}

export function refuseOwnedBody(request: JsonObject, current: Entry): void {
  if (request.content === undefined || current.bodyOwner === undefined) return;
  throw new Fault(
    "unsupported",
    `the body belongs to ${current.bodyOwner}: writing it would break the page`,
    {
      code: "body-owner",
      hint: `edit the body in ${current.bodyOwner}; other fields can be pushed`,
    },
  );
}

/** Read, compared, and only then written: WordPress has no conditional write. See `putBackOverwritten`. */
async function stillExpected(
  site: Site,
  type: ContentType,
  id: string,
  expected: Expected,
  row: Row | undefined,
): Promise<Entry> {
  if (row === undefined || row.status === "trash") {
    throw goneFault(`entry ${id} is ${row === undefined ? "gone" : "in the trash"}`);
  }
  const entry = await entryOfRow(site, type, withExcerpt(row, expected));
  const names = new Set([...Object.keys(entry.wire), ...Object.keys(expected.wire)]);
  const moved = [...names].filter((name) => !sameJson(entry.wire[name] ?? null, expected.wire[name] ?? null));
  if (moved.length === 0 && entry.revision === expected.revision) return entry;
  const what = moved.length === 0 ? "it was saved again" : `changed: ${moved.join(", ")}`;
  throw new Fault("conflict", `entry ${id} is no longer as it was read (${what})`, {
    code: "moved",
    hint: "run `ainstein-cms diff` to see both sides, then pull or push again",
  });
}

/** The row with the excerpt that the entry had when it was read, where this answer leaves it out. */
function withExcerpt(row: Row, { wire: { excerpt } }: Expected): Row {
  return row.excerpt === undefined && typeof excerpt === "string"
    ? { ...row, excerpt: { raw: excerpt } }
    : row;
}

/** What a write overwrites. */
interface Overwriting {
  readonly look: () => Promise<unknown>;
  /** Of the look and of the answer. */
  readonly fields: Fields;
  /** What the look saw. */
  readonly before: () => Row | undefined;
  readonly expected: Expected;
}

/** After a lost answer the entry itself says whether the update landed: sending it again could hit a newer edit. */
export async function sendUpdate(
  site: Site,
  type: ContentType,
  id: string,
  wire: JsonObject,
  request: JsonObject,
  over?: Overwriting,
): Promise<Entry> {
  const landed = async () => {
    const row = await readRow(site, type, id);
    const kept = row !== undefined && keptAll(wire, (await entryOfRow(site, type, row)).wire);
    return kept ? row : undefined;
  };
  try {
    const about = { type, path: `${type.path}/${id}`, body: request, landed };
    if (over === undefined) return await entryOfRow(site, type, await sendWrite(site, about));
    const { look, fields, before, expected } = over;
    const row = await sendWrite(site, { ...about, look, fields, begins: true });
    await putBackOverwritten(site, type, wire, expected, before(), row);
    return await entryOfRow(site, type, withExcerpt(row, expected));
  } catch (thrown) {
    if (!isFault(thrown, "ambiguous")) throw thrown;
    const row = await waitFor(site.context.clock, site.arrivals, landed);
    if (row === undefined) throw thrown;
    return entryOfRow(site, type, row);
  }
}

export async function remove(site: Site, id: string, kind: string, expected: Expected): Promise<void> {
  const type = await site.type(kind);
  const look = async () => stillExpected(site, type, id, expected, await readRow(site, type, id));
  try {
    await whenFresh(site, { look }, () => trash(site, type, id, { begins: true }));
  } catch (thrown) {
    if (isFault(thrown, "conflict") && thrown.code === "gone") return;
    throw thrown;
  }
}

/** Never with `force`: a site without a trash refuses (501), and nothing is deleted for good. */
async function trash(
  site: Site,
  type: ContentType,
  id: string,
  how: Pick<Call<unknown>, "begins"> = {},
): Promise<void> {
  try {
    await site.context.http.send({
      ...how,
      method: "DELETE",
      path: `${type.path}/${id}`,
      query: { _fields: "id,status" },
      repeatable: true,
      decode: (payload) => z.object({ id: z.number() }).parse(payload),
      refuse: wordpressFault,
    });
  } catch (thrown) {
    if (saysNoSuchEntry(thrown) || (isFault(thrown) && thrown.code === "wordpress.already-trashed")) return;
    throw thrown;
  }
}
