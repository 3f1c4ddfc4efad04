// Create once, update what is still as it was, and put into the trash.
import { asUnsent, Fault, isFault, throwUnsent } from "../../lib/fault.ts";
import { type Json, type JsonObject, sameJson } from "../../lib/json.ts";
import type { Draft, Entry, Expected } from "../contract.ts";
import { changedDates, type Dates, datesRequest, landedRight, newDates } from "./dates.ts";
import { FAILED, gone, REFUSED } from "./faults.ts";
import { decodeIntent, forgetResting, type Intent, lookUp, refuseTaken, waitFor } from "./find.ts";
import { linksFor, tellUnlinked } from "./languages.ts";
import { refuseOverwritten } from "./meanwhile.ts";
import { entryOfRow, readRow } from "./read.ts";
import { categoryOf, noteOf, requestOf, standing } from "./request.ts";
import { catidOf, decodeItem, type Row, TRASHED } from "./rows.ts";
import { keptAll } from "./same.ts";
import { ARTICLES, type Site } from "./site.ts";

export async function create(site: Site, draft: Draft, intentJson: Json): Promise<Entry> {
  const intent = decodeIntent(intentJson);
  const dates = newDates(draft.wire);
  const links = await linksFor(site, draft).catch(throwUnsent);
  const request = { ...(await newRequest(site, draft, intent, dates).catch(throwUnsent)), ...links };
  let row: Row;
  try {
    const call = { method: "POST", path: ARTICLES, json: request, begins: true } as const;
    row = await site.write({ ...call, decode: decodeItem });
  } catch (thrown) {
    if (!saysLittle(thrown)) throw thrown;
    const landed = await afterwards(waitFor(site, () => lookUp(site, intent)));
    if (landed === undefined) throw await reasonOf(site, intent, thrown);
    row = await afterwards(rowOf(site, landed.id));
  }
  row = await afterwards(underItsAlias(site, row, intent));
  tellUnlinked(site, draft, row, links);
  return afterwards(asWanted(site, row, draft, dates));
}

/**
 * Joomla 6.1 gives a new article another alias where its own is taken. Then it goes to the trash, and the other is returned
 * where that is what an earlier try of this very create made. The alias it got may be the next document's, `part-2` after
 * `part-1`: in the trash it has one that nobody wants.
 */
async function underItsAlias(site: Site, row: Row, intent: Intent): Promise<Row> {
  if (row.attributes.alias === intent.slug) return row;
  const earlier = await lookUp(site, intent);
  const taken = await refuseTaken(site, intent, row.id).catch((thrown: unknown) => thrown);
  if (taken === undefined) return row;
  await patch(site, row, { state: TRASHED, alias: surplusAlias(row, intent) }, changedDates(row, {}));
  if (earlier?.attributes.alias === intent.slug) return rowOf(site, earlier.id);
  throw taken;
}

const surplusAlias = (row: Row, { key }: Intent) => `${key}-${row.id}`;

/** What fails once something was sent says nothing of what was sent. */
async function afterwards<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (thrown) {
    if (!isFault(thrown) || thrown.kind === "conflict" || thrown.kind === "interrupted") {
      throw asUnsent(thrown, false);
    }
    throw new Fault("ambiguous", `it was sent, and what became of it cannot be seen: ${thrown.message}`, {
      code: thrown.code,
      scope: thrown.scope,
      cause: thrown,
      hint: "run again: what was written is found first",
    });
  }
}

/** Refusals after which the article may be there all the same. */
const saysLittle = (thrown: unknown): thrown is Fault =>
  isFault(thrown) && (thrown.code === REFUSED || thrown.code === FAILED);

/** Joomla's own words for an alias that is taken differ by its language. */
async function reasonOf(site: Site, intent: Intent, refusal: Fault): Promise<Fault> {
  try {
    await refuseTaken(site, intent);
    return refusal;
  } catch (thrown) {
    return isFault(thrown, "conflict") ? thrown : refusal;
  }
}

async function newRequest(site: Site, draft: Draft, intent: Intent, dates: Dates): Promise<JsonObject> {
  const { wire } = draft;
  const set = Object.fromEntries(Object.entries(wire).filter(([, value]) => value !== null));
  return {
    state: 0,
    introtext: "",
    fulltext: "",
    ...(await requestOf(site, set, undefined)),
    ...(await datesRequest(site, dates)),
    alias: intent.slug,
    catid: Number(intent.category),
    language: draft.locale === "" ? "*" : draft.locale,
    note: noteOf(String(wire.note ?? ""), intent.key),
  };
}

/**
 * The article as the site has it, once its dates are right, and what it lacks is made good: of an article whose save broke off,
 * tags and custom fields may be missing.
 */
async function asWanted(site: Site, made: Row, draft: Draft, dates: Dates): Promise<Entry> {
  const row = await dated(site, made, dates);
  const entry = await entryOfRow(site, row);
  const { date: _, publishDown: __, body: ___, ...parts } = draft.wire;
  const lacking = Object.entries(parts).filter(([name, value]) => !keptAll({ [name]: value }, entry.wire));
  const emptied = lacking.filter(([name]) => name === "tags" || name.startsWith("fields."));
  if (emptied.length === 0) return entry;
  const request = await requestOf(site, Object.fromEntries(emptied), row);
  return entryOfRow(site, await patch(site, row, request, changedDates(row, {})));
}

/** The article once its dates are right. */
async function dated(site: Site, row: Row, dates: Dates): Promise<Row> {
  return (await landedRight(site, dates, row)) ? row : patch(site, row, {}, dates);
}

async function rowOf(site: Site, id: string): Promise<Row> {
  const row = await readRow(site, id);
  if (row === undefined) throw gone(id);
  return row;
}

/** One change with all that has to be in it; the article as Joomla answers it. */
async function patch(
  site: Site,
  row: Row,
  request: JsonObject,
  dates: Dates,
  how: { readonly begins?: true } = {},
): Promise<Row> {
  const json = { ...standing(row), ...(await datesRequest(site, dates)), ...request };
  if (json.state !== undefined) forgetResting(site);
  return site.write({
    ...how,
    method: "PATCH",
    path: `${ARTICLES}/${row.id}`,
    json,
    decode: decodeItem,
  });
}

export async function find(site: Site, draft: Draft, intentJson: Json): Promise<Entry | undefined> {
  const intent = decodeIntent(intentJson);
  const row = await waitFor(site, () => lookUp(site, intent));
  return row === undefined ? undefined : afterwards(foundOf(site, row.id, draft, intent));
}

/** Dates that Joomla moved, and nobody has seen to since, are made right before anybody takes them for somebody's change. */
async function foundOf(site: Site, id: string, draft: Draft, { dates }: Intent): Promise<Entry> {
  const row = await rowOf(site, id);
  return asWanted(site, row, draft, row.attributes.version === 1 ? dates : {});
}

export async function update(site: Site, id: string, draft: Draft, expected: Expected): Promise<Entry> {
  const { row, entry } = await stillExpected(site, id, expected).catch(throwUnsent);
  if (Object.keys(draft.wire).length === 0) return entry;
  const request = await requestFor(site, draft, row, entry).catch(throwUnsent);
  return change(site, row, draft, request, (now) => refuseOverwritten(site, row, entry, now, draft.wire));
}

async function requestFor(site: Site, draft: Draft, row: Row, entry: Entry): Promise<JsonObject> {
  if (draft.wire.body !== undefined && entry.bodyOwner !== undefined) {
    throw new Fault("unsupported", `the body belongs to ${entry.bodyOwner} and is not overwritten`, {
      code: "body-owner",
      hint: "turn content history on and save the article once in Joomla; other fields can be pushed",
    });
  }
  const request = await requestOf(site, draft.wire, row);
  const slug = typeof request.alias === "string" ? request.alias : row.attributes.alias;
  const category = String(request.catid ?? catidOf(row));
  if (slug !== row.attributes.alias || category !== catidOf(row)) {
    await refuseTaken(site, { slug, category }, row.id);
  }
  return request;
}

/**
 * Sends, and looks at what became of it: a refusal says little, and after a lost answer the article itself tells. `judge` is shown
 * the article as it was right after, and may throw.
 */
async function change(
  site: Site,
  row: Row,
  { wire }: Pick<Draft, "wire">,
  request: JsonObject,
  judge: (now: Row) => Promise<void> = () => Promise.resolve(),
): Promise<Entry> {
  const dates = changedDates(row, wire);
  const landed = async () => {
    const now = await rowOf(site, row.id);
    if (now.attributes.version === row.attributes.version) return undefined;
    const entry = await entryOfRow(site, now);
    return keptAll(wire, entry.wire) ? now : undefined;
  };
  let now: Row;
  try {
    now = await patch(site, row, request, dates, { begins: true });
  } catch (thrown) {
    if (!saysLittle(thrown) && !isFault(thrown, "ambiguous")) throw thrown;
    const found = await afterwards(waitFor(site, landed));
    if (found === undefined) throw await reasonOfChange(site, row, request, thrown);
    now = found;
  }
  return afterwards(settled(site, now, dates, judge));
}

/** Judged once the dates are right: a conflict leaves none that are wrong. */
async function settled(
  site: Site,
  now: Row,
  dates: Dates,
  judge: (now: Row) => Promise<void>,
): Promise<Entry> {
  const last = await dated(site, now, dates);
  await judge(now);
  return entryOfRow(site, last);
}

async function reasonOfChange(site: Site, row: Row, request: JsonObject, thrown: unknown): Promise<unknown> {
  if ((await readRow(site, row.id)) === undefined) return gone(row.id);
  if (!saysLittle(thrown)) return thrown;
  const slug = String(request.alias ?? row.attributes.alias);
  const category = String(request.catid ?? catidOf(row));
  try {
    await refuseTaken(site, { slug, category }, row.id);
    return thrown;
  } catch (taken) {
    return isFault(taken, "conflict") ? taken : thrown;
  }
}

/** Read, compared, and only then written: Joomla has no conditional write, so a small race remains. */
async function stillExpected(
  site: Site,
  id: string,
  expected: Expected,
): Promise<{ readonly row: Row; readonly entry: Entry }> {
  const row = await rowOf(site, id);
  if (row.attributes.state === TRASHED) throw gone(id, "in the trash");
  const entry = await entryOfRow(site, row);
  const names = new Set([...Object.keys(entry.wire), ...Object.keys(expected.wire)]);
  // What is only shown may be another each time.
  if (entry.bodyOwner !== undefined) names.delete("body");
  const moved = [...names].filter((name) => !sameJson(entry.wire[name] ?? null, expected.wire[name] ?? null));
  if (moved.length === 0 && entry.revision === expected.revision) return { row, entry };
  const what = moved.length === 0 ? "it was saved again" : `changed: ${moved.join(", ")}`;
  throw new Fault("conflict", `article ${id} is no longer as it was read (${what})`, {
    code: "moved",
    hint: "run `ainstein-cms diff` to see both sides, then pull or push again",
  });
}

/** To the trash: what Joomla deletes is gone for good. */
export async function remove(site: Site, id: string, expected: Expected): Promise<void> {
  try {
    const { row } = await stillExpected(site, id, expected).catch(throwUnsent);
    await patch(site, row, { state: TRASHED }, changedDates(row, {}), { begins: true });
  } catch (thrown) {
    if (isFault(thrown, "conflict") && thrown.code === "gone") return;
    if (!saysLittle(thrown) && !isFault(thrown, "ambiguous")) throw thrown;
    const now = await waitFor(site, async () => {
      const row = await readRow(site, id);
      return row === undefined || row.attributes.state === TRASHED ? "gone" : undefined;
    });
    if (now === undefined) throw thrown;
  }
}

export async function restore(site: Site, id: string, draft: Draft): Promise<Entry> {
  const row = await readRow(site, id).catch(throwUnsent);
  if (row === undefined) {
    throw new Fault("not-found", `article ${id} is gone for good`, { code: "gone", unsent: true });
  }
  if (row.attributes.state !== TRASHED) {
    throw new Fault("conflict", `article ${id} is not in the trash`, { code: "not-trashed", unsent: true });
  }
  const request = await restoring(site, row, draft).catch(throwUnsent);
  return change(site, row, draft, request);
}

async function restoring(site: Site, row: Row, draft: Draft): Promise<JsonObject> {
  const request = await requestOf(site, { status: "draft", ...draft.wire }, row);
  const slug = String(request.alias ?? row.attributes.alias);
  const category = String(request.catid ?? (await categoryOf(site, draft)));
  await refuseTaken(site, { slug, category }, row.id);
  return request;
}
