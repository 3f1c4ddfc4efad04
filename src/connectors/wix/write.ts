// Create once, update what is still as it was, publish, remove and bring back.
import { asFault, Fault, isFault, throwUnsent } from "../../lib/fault.ts";
import { type Json, type JsonObject, sameJson } from "../../lib/json.ts";
import type { Draft, Entry, Expected } from "../contract.ts";
import { authorNamed } from "./authors.ts";
import { sendChange, sendCreate } from "./bulk.ts";
import { gone, slugTaken } from "./faults.ts";
import { decodeIntent, holderOf, type Intent, lookUp, takesOff } from "./find.ts";
import { distrust, keepRows } from "./index-of-slugs.ts";
import { DRAFTS } from "./list.ts";
import { isTrashed, wholePost } from "./read.ts";
import { type Request, requestOf } from "./request.ts";
import { entryOf, slugOf, stateOf, type Whole } from "./rows.ts";
import { same } from "./same.ts";
import type { Site } from "./site.ts";
import { slugIn } from "./slug.ts";

export async function create(site: Site, draft: Draft, intentJson: Json): Promise<Entry> {
  const intent = decodeIntent(intentJson);
  const author = await defaultAuthor(site, draft.wire).catch(throwUnsent);
  const wire = { ...draft.wire, ...author, slug: intent.slug };
  const request = requestOf(wire, { now: site.now(), current: undefined, key: draft.key });
  const publish = request.action === "UPDATE_PUBLISH";
  takesOff(site, draft);
  const made = await sendCreate(site, { post: request.post, publish });
  keepRows(site, [{ id: made.id, slug: slugOf(made) }]);
  const whole = await settled(site, made, request, false).catch((thrown: unknown) => {
    throw afterwards(thrown);
  });
  return underItsSlug(site, draft, intent, entryOf(whole, site));
}

/** The post is there, and something that belongs to it is not done: what there is has to be looked up. */
function afterwards(thrown: unknown): Fault {
  const fault = asFault(thrown);
  return new Fault("ambiguous", `the post was made, and then: ${fault.message}`, {
    code: fault.code,
    ...(fault.hint === undefined ? {} : { hint: fault.hint }),
    cause: thrown,
  });
}

async function defaultAuthor(site: Site, wire: JsonObject): Promise<JsonObject> {
  const { author = "" } = site.context.settings;
  if (author === "" || (wire.author ?? "") !== "") return {};
  return { author: await authorNamed(site, author) };
}

/**
 * The entry as it is, unless it lost its slug to another: then it is taken back, and the other is returned where that is
 * what an earlier try of this very create made. A slug that Wix coerced is accepted.
 */
async function underItsSlug(site: Site, draft: Draft, intent: Intent, entry: Entry): Promise<Entry> {
  if (same("slug", entry.slug, intent.slug)) return entry;
  distrust(site);
  const holder = await holderOf(site, intent.slug);
  if (holder === undefined || holder === entry.id) return entry;
  const earlier = await lookUp(site, draft, intent);
  const consequence = await takeBack(site, entry.id);
  if (earlier !== undefined && earlier.id !== entry.id) return entryOf(earlier, site);
  const taken = slugTaken(intent.slug, holder);
  throw new Fault(taken.kind, `${taken.message}; ${consequence}`, {
    code: taken.code,
    ...(taken.hint === undefined ? {} : { hint: taken.hint }),
  });
}

/** What this very create made a moment ago. Says what became of it, for the message. */
async function takeBack(site: Site, id: string): Promise<string> {
  try {
    await sendRemoval(site, id, {});
    return `entry ${id}, which Wix had made under another, was taken back`;
  } catch (thrown) {
    const why = isFault(thrown) ? thrown.message : String(thrown);
    return `entry ${id}, which Wix had made under another, is still there (${why})`;
  }
}

export async function update(site: Site, id: string, draft: Draft, expected: Expected): Promise<Entry> {
  const whole = await stillExpected(site, id, expected).catch(throwUnsent);
  return change(site, whole, draft, () => stillExpected(site, id, expected), true);
}

async function change(
  site: Site,
  whole: Whole,
  { wire }: Draft,
  again: () => Promise<unknown>,
  begins: boolean,
): Promise<Entry> {
  const { id } = whole;
  const at = site.context.clock.now();
  const request = requestOf(wire, { now: site.now(), current: whole, key: undefined });
  if (request.mask.length === 0 && changesNothing(whole, request)) return entryOf(whole, site);
  const { slug } = wire;
  if (typeof slug === "string" && !same("slug", slug, slugOf(whole))) {
    const holder = await holderOf(site, slug).catch(throwUnsent);
    if (holder !== undefined && holder !== id) throw slugTaken(slug, holder);
  }
  const { post, mask, action, at: date } = request;
  const changed = await sendChange(site, { id, post, mask, action, at: date, begins, read: { at, again } });
  keepRows(site, [{ id, slug: slugOf(changed) }]);
  const after = entryOf(await settled(site, changed, request, true), site);
  return refuseOthers(entryOf(whole, site), after, wire);
}

/**
 * Throws `conflict` where somebody else changed other parts between our look and our write: both are there, and the next run
 * brings theirs.
 */
function refuseOthers(before: Entry, after: Entry, sent: JsonObject): Entry {
  // With the state Wix sets the date.
  const own = new Set([...Object.keys(sent), "status", ...(sent.status === undefined ? [] : ["date"])]);
  const others = Object.entries(before.wire)
    .filter(([name, value]) => !own.has(name) && !same(name, value, after.wire[name] ?? null))
    .map(([name]) => name);
  if (others.length === 0) return after;
  throw new Fault(
    "conflict",
    `somebody changed ${others.join(", ")} of post ${after.id} at the same moment; both changes are on the site`,
    { code: "moved", hint: "run `ainstein-cms sync`: it brings theirs" },
  );
}

function changesNothing({ status, hasUnpublishedChanges }: Whole, { action }: Request): boolean {
  if (action === "UPDATE_PUBLISH") return status === "PUBLISHED" && hasUnpublishedChanges !== true;
  return action === "UPDATE";
}

/**
 * What an answer leaves to do: a create knows no schedule, and whether an update reaches the live copy in every case Wix's
 * documents do not say, so its answer is asked.
 */
async function settled(site: Site, whole: Whole, request: Request, isUpdate: boolean): Promise<Whole> {
  if (request.action === "UPDATE_SCHEDULE" && !isUpdate) {
    const { id } = whole;
    const { action, at } = request;
    return sendChange(site, { id, post: {}, mask: [], action, at, begins: false, read: undefined });
  }
  if (request.action !== "UPDATE_PUBLISH") return whole;
  if (whole.status === "PUBLISHED" && whole.hasUnpublishedChanges !== true) return whole;
  await site.write({
    method: "POST",
    path: `${DRAFTS}/${whole.id}/publish`,
    body: {},
    repeatable: true,
    decode: () => undefined,
  });
  return (await wholePost(site, whole.id)) ?? whole;
}

async function stillExpected(site: Site, id: string, expected: Expected): Promise<Whole> {
  const whole = await wholePost(site, id);
  if (whole === undefined || stateOf(whole) === undefined) throw gone(id);
  const entry = entryOf(whole, site);
  const names = new Set([...Object.keys(entry.wire), ...Object.keys(expected.wire)]);
  const moved = [...names].filter((name) => !sameJson(entry.wire[name] ?? null, expected.wire[name] ?? null));
  if (moved.length === 0 && entry.revision === expected.revision) return whole;
  const what = moved.length === 0 ? "it was saved again" : `changed: ${moved.join(", ")}`;
  throw new Fault("conflict", `entry ${id} is no longer as it was read (${what})`, {
    code: "moved",
    hint: "run `ainstein-cms diff` to see both sides, then pull or push again",
  });
}

/** To the trash, where Wix keeps it. */
export async function remove(site: Site, id: string, expected: Expected): Promise<void> {
  try {
    await stillExpected(site, id, expected).catch(throwUnsent);
    await sendRemoval(site, id, { begins: true });
  } catch (thrown) {
    if (isFault(thrown, "conflict") && thrown.code === "gone") return;
    if (!isFault(thrown, "ambiguous") || (await wholePost(site, id)) !== undefined) throw thrown;
  }
  keepRows(site, [{ id, slug: "" }]);
}

async function sendRemoval(site: Site, id: string, how: { readonly begins?: true }): Promise<void> {
  try {
    await site.write({
      ...how,
      method: "DELETE",
      path: `${DRAFTS}/${id}`,
      repeatable: true,
      decode: () => undefined,
    });
  } catch (thrown) {
    if (!isFault(thrown, "not-found")) throw thrown;
  }
}

export async function restore(site: Site, id: string, draft: Draft): Promise<Entry> {
  await restorable(site, id, draft).catch(throwUnsent);
  await site.write({
    method: "POST",
    path: `${DRAFTS}/trash-bin/${id}/restore`,
    body: {},
    repeatable: true,
    begins: true,
    decode: () => undefined,
  });
  const whole = await wholePost(site, id);
  if (whole === undefined) {
    throw new Fault("ambiguous", `entry ${id} was taken out of the trash and does not show yet`, {
      code: "wix.no-answer",
    });
  }
  return change(site, whole, draft, async () => undefined, false);
}

async function restorable(site: Site, id: string, { wire }: Draft): Promise<void> {
  if (!(await isTrashed(site, id))) {
    const isThere = (await wholePost(site, id)) !== undefined;
    throw isThere
      ? new Fault("conflict", `entry ${id} is not in the trash`, { code: "not-trashed" })
      : new Fault("not-found", `entry ${id} is not in the trash any more`, { code: "gone" });
  }
  const slug = typeof wire.slug === "string" ? slugIn(wire.slug) : "";
  const holder = slug === "" ? undefined : await holderOf(site, slug);
  if (holder !== undefined && holder !== id) throw slugTaken(slug, holder);
}
