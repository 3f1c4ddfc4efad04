// Create once, update what is still as it was, and remove.
import { Fault, isFault, throwUnsent } from "../../lib/fault.ts";
import { type Json, type JsonObject, sameJson } from "../../lib/json.ts";
import type { Draft, Entry, Expected } from "../contract.ts";
import { type Change, sendChange, sendCreate } from "./batch.ts";
import { CODES, gone, slugTaken } from "./faults.ts";
import { decodeIntent, holderOf, type Intent, lookUp, waitFor } from "./find.ts";
import { fieldDataOf, flagsOf } from "./inputs.ts";
import type { Wired } from "./kinds.ts";
import { forget, itemNow } from "./mirror.ts";
import { asEntry, readEntry } from "./read.ts";
import type { Item } from "./rows.ts";
import { same } from "./same.ts";
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
  const { wire } = draft;
  const again = () => stillExpected(site, wired, { id, ...draft }, expected).catch(throwUnsent);
  const { item, entry: current } = await again();
  const now = () => readEntry(site, wired, id, draft.locale);
  const read = { at: site.context.clock.now(), again };
  const change = { wired, id, cmsLocaleId, wire, read, now, ...changeOf(wire, wired, current) };
  if (change.patch === undefined && change.moves === undefined) return current;
  try {
    const answer = await sendChange(site, change);
    const entry = await entryAfter(site, change, answer, item);
    if (entry === undefined) throw gone(draft.kind, id);
    return refuseOthers(current, entry, wire);
  } catch (thrown) {
    if (isFault(thrown, "not-found")) throw gone(draft.kind, id);
    if (isFault(thrown) && thrown.code === CODES.taken) throw slugTaken(String(wire.slug ?? current.slug));
    throw thrown;
  }
}

/**
 * As Webflow answered the change. What it does not answer, where the item is afterwards, is looked at; where that cannot be
 * done, it is where Webflow said that it has put it.
 */
async function entryAfter(
  site: Site,
  { wired, wire, moves, patch, now }: Change,
  answer: Item | undefined,
  before: Item,
): Promise<Entry | undefined> {
  if (answer !== undefined && moves === undefined) return asEntry(site, wired, answer);
  try {
    return await settledAs(site, wire, now);
  } catch (thrown) {
    if (answer === undefined && patch !== undefined) throw thrown;
    const item = answer ?? before;
    const lastPublished = moves === "on" ? new Date(site.now()).toISOString() : null;
    const flags = moves === "on" ? { isDraft: false, isArchived: false } : {};
    return asEntry(site, wired, { ...item, ...flags, lastPublished });
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

const isOther = (a: Json = null, b: Json = null) => !sameJson(a, b);

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

/**
 * Read, compared, and only then written: Webflow has no conditional write, so a small race remains. An item that differs
 * in nothing but what `wire` says, and says it, is one that an earlier try of this very step came to.
 */
async function stillExpected(
  site: Site,
  wired: Wired,
  { id, locale, wire = {} }: { readonly id: string; readonly locale: string; readonly wire?: JsonObject },
  expected: Expected,
): Promise<{ readonly item: Item; readonly entry: Entry }> {
  const { cmsLocaleId } = await site.locale(locale);
  const item = await itemNow(site, { wired, id, cmsLocaleId });
  if (item === undefined) throw gone(wired.kind.name, id);
  const entry = await asEntry(site, wired, item);
  const names = new Set([...Object.keys(entry.wire), ...Object.keys(expected.wire)]);
  const moved = [...names].filter((name) => isOther(entry.wire[name], expected.wire[name]));
  if (moved.length === 0 && entry.revision === expected.revision) return { item, entry };
  const isOurs = (name: string) =>
    Object.hasOwn(wire, name) && same(name, wire[name] ?? null, entry.wire[name] ?? null);
  if (moved.length > 0 && moved.every(isOurs)) return { item, entry };
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
    if (entry?.revision === expected.revision) return entry;
    if (entry !== undefined) found.push(entry);
  }
  const [other] = found;
  return other === undefined
    ? undefined
    : (await stillExpected(site, wired, { id, locale: other.locale }, expected)).entry;
}
