// Create once, update what is still as it was, and remove.
import { Fault, isFault, throwUnsent } from "../../lib/fault.ts";
import { canonicalJson, type Json, type JsonObject } from "../../lib/json.ts";
import type { Draft, Entry, Expected } from "../contract.ts";
import { type Change, sendChange, sendCreate } from "./batch.ts";
import { CODES, gone, slugTaken } from "./faults.ts";
import { decodeIntent, holderOf, type Intent, lookUp, waitFor } from "./find.ts";
import { fieldDataOf, flagsOf } from "./inputs.ts";
import type { Wired } from "./kinds.ts";
import { forget } from "./mirror.ts";
import { asEntry, readEntry } from "./read.ts";
import type { Item } from "./rows.ts";
import type { Site } from "./site.ts";

export async function create(site: Site, draft: Draft, intentJson: Json): Promise<Entry> {
  const wired = await site.wired(draft.kind);
  const { cmsLocaleId } = await site.locale(draft.locale);
  const intent = decodeIntent(intentJson);
  const status = draft.wire.status ?? "draft";
  const wire = { ...draft.wire, slug: intent.slug };
  const item = {
    ...flagsOf(status),
    ...(cmsLocaleId === "" ? {} : { cmsLocaleId }),
    fieldData: fieldDataOf(wire, wired, undefined),
  };
  const isLive = status === "published";
  try {
    const made = await sendCreate(site, { wired, slug: intent.slug, cmsLocaleId, isLive, item });
    return await asEntry(site, wired, made);
  } catch (thrown) {
    if (!isFault(thrown) || thrown.code !== CODES.taken) throw thrown;
    return asEntry(site, wired, await earlierOf(site, wired, cmsLocaleId, intent));
  }
}

/** What holds the slug, where that is what this very create made: a request may be repeated on its way. */
async function earlierOf(site: Site, wired: Wired, cmsLocaleId: string, intent: Intent): Promise<Item> {
  const earlier = await lookUp(site, wired, cmsLocaleId, intent);
  if (earlier !== undefined) return earlier;
  const { slug } = intent;
  const holder = await holderOf(site, { wired, slug, cmsLocaleId, isRecent: false });
  throw slugTaken(slug, holder?.id);
}

export async function update(site: Site, id: string, draft: Draft, expected: Expected): Promise<Entry> {
  const wired = await site.wired(draft.kind);
  const { cmsLocaleId } = await site.locale(draft.locale);
  const again = () => stillExpected(site, wired, id, draft.locale, expected);
  const current = await again().catch(throwUnsent);
  const read = { at: site.context.clock.now(), again: () => again().catch(throwUnsent) };
  const now = () => readEntry(site, wired, id, draft.locale);
  const { wire } = draft;
  const change = { wired, id, cmsLocaleId, wire, read, now, ...changeOf(wire, wired, current) };
  if (change.patch === undefined && change.moves === undefined) return current;
  try {
    await sendChange(site, change);
    const entry = await settledAs(site, draft.wire, now);
    if (entry === undefined) throw gone(draft.kind, id);
    return refuseOthers(current, entry, draft.wire);
  } catch (thrown) {
    if (isFault(thrown, "not-found")) throw gone(draft.kind, id);
    if (isFault(thrown) && thrown.code === CODES.taken) {
      throw slugTaken(String(draft.wire.slug ?? current.slug));
    }
    throw thrown;
  }
}

/**
 * Throws `conflict` where somebody else changed other parts between our look and our write: both are there, and the next run
 * brings theirs.
 */
function refuseOthers(before: Entry, after: Entry, sent: JsonObject): Entry {
  const others = Object.entries(before.wire)
    .filter(
      ([name, value]) => !Object.hasOwn(sent, name) && name !== "status" && isOther(value, after.wire[name]),
    )
    .map(([name]) => name);
  if (others.length === 0) return after;
  throw new Fault(
    "conflict",
    `somebody changed ${others.join(", ")} of ${after.kind} ${after.id} at the same moment; both changes are on the site`,
    { code: "moved", hint: "run `ainstein-cms sync`: it brings theirs" },
  );
}

const isOther = (a: Json, b: Json = null) => canonicalJson(a) !== canonicalJson(b);

/** Webflow answers before a publication is done: it is waited for a while, and then taken as it is. */
async function settledAs(
  site: Site,
  { status }: JsonObject,
  now: () => Promise<Entry | undefined>,
): Promise<Entry | undefined> {
  let last: Entry | undefined;
  const settled = await waitFor(site, async () => {
    last = await now();
    const isLate = last?.pendingChanges === true || (status !== undefined && last?.state !== status);
    return isLate ? undefined : last;
  });
  return settled ?? last;
}

/** Fields first, then what visitors see: a published item stays published, and shows what it says now. */
function changeOf(wire: JsonObject, wired: Wired, current: Entry): Pick<Change, "patch" | "moves"> {
  const fieldData = fieldDataOf(wire, wired, current);
  const status = wire.status ?? current.state;
  const changesState = wire.status !== undefined && wire.status !== current.state;
  const isLive = current.state === "published";
  const goesLive = status === "published" && (!isLive || Object.keys(fieldData).length > 0);
  const wasPending = isLive && current.pendingChanges && wire.status === "published";
  const flags = changesState || (goesLive && current.pendingChanges) || wasPending ? flagsOf(status) : {};
  const patch = {
    ...flags,
    ...(Object.keys(fieldData).length === 0 ? {} : { fieldData }),
  };
  const moves = goesLive || wasPending ? "on" : isLive && status !== "published" ? "off" : undefined;
  return { patch: Object.keys(patch).length === 0 ? undefined : patch, moves };
}

/** Read, compared, and only then written: Webflow has no conditional write, so a small race remains. */
async function stillExpected(
  site: Site,
  wired: Wired,
  id: string,
  locale: string,
  expected: Expected,
): Promise<Entry> {
  const entry = await readEntry(site, wired, id, locale);
  if (entry === undefined) throw gone(wired.kind.name, id);
  const names = new Set([...Object.keys(entry.wire), ...Object.keys(expected.wire)]);
  const moved = [...names].filter(
    (name) => canonicalJson(entry.wire[name] ?? null) !== canonicalJson(expected.wire[name] ?? null),
  );
  if (moved.length === 0 && entry.revision === expected.revision) return entry;
  const what = moved.length === 0 ? "it was saved again" : `changed: ${moved.join(", ")}`;
  throw new Fault("conflict", `${wired.kind.name} ${id} is no longer as it was read (${what})`, {
    code: "moved",
    hint: "run `ainstein-cms diff` to see both sides, then pull or push again",
  });
}

/** For good: Webflow has no trash. Of a site in several languages the item goes in the one that is expected. */
export async function remove(site: Site, id: string, kind: string, expected: Expected): Promise<void> {
  const wired = await site.wired(kind);
  const entry = await toRemove(site, wired, id, expected).catch(throwUnsent);
  if (entry === undefined) return;
  const { cmsLocaleId } = await site.locale(entry.locale);
  const send = (live: boolean, begins: boolean) =>
    site.write({
      method: "DELETE",
      path: `/collections/${wired.id}/items/${id}${live ? "/live" : ""}`,
      query: cmsLocaleId === "" ? {} : { cmsLocaleId },
      repeatable: false,
      as: "text",
      ...(begins ? { begins: true as const } : {}),
      decode: () => undefined,
    });
  const isLive = entry.state === "published";
  try {
    if (isLive) await send(true, true);
    await send(false, !isLive);
  } catch (thrown) {
    const isLost = isFault(thrown, "ambiguous") || isFault(thrown, "not-found");
    if (!isLost || (await readEntry(site, wired, id, entry.locale)) !== undefined) throw thrown;
  }
  forget(site, wired, id, cmsLocaleId);
}

/** The item in the language that it is expected in; undefined where it is gone in all of them. */
async function toRemove(
  site: Site,
  wired: Wired,
  id: string,
  expected: Expected,
): Promise<Entry | undefined> {
  const { locales } = await site.identity();
  const found: Entry[] = [];
  for (const { tag } of locales) {
    const entry = await readEntry(site, wired, id, tag);
    if (entry?.revision === expected.revision) return stillExpected(site, wired, id, tag, expected);
    if (entry !== undefined) found.push(entry);
  }
  const [other] = found;
  return other === undefined ? undefined : stillExpected(site, wired, id, other.locale, expected);
}
