// Create once, update what is still as it was, and remove.
import { z } from "zod";
import { Fault, isFault, throwUnsent } from "../../lib/fault.ts";
import { type Json, type JsonObject, sameJson } from "../../lib/json.ts";
import type { Draft, Entry, Expected } from "../contract.ts";
import { goneFault } from "../gone.ts";
import { sendWrite, type Write } from "./batch.ts";
import { createInBulk } from "./bulk.ts";
import type { Part } from "./documents.ts";
import { type About, slugTaken, type UserErrors, userErrorsSchema, userFault } from "./faults.ts";
import { blogOf, decodeIntent, type Intent, lookUp, otherHolder, waitFor } from "./find.ts";
import { type Around, type Input, inputOf, keysOf } from "./inputs.ts";
import { gidOf, idOf, type Wiring } from "./kinds.ts";
import { ADD_TAGS, DELETE_METAFIELDS, REMOVE_TAGS } from "./queries.ts";
import { entryOfRow, readWhole, seenBy } from "./read.ts";
import { decodeWhole, entryOf, isArchived, type Whole } from "./rows.ts";
import { keptAll, same } from "./same.ts";
import { decodeOutcome, type Shop } from "./shop.ts";

/** What a mutation answers: the entry under its kind, and why not. */
function payloadOf(payload: unknown): { readonly errors: UserErrors; readonly entry: unknown } {
  const { userErrors, ...rest } = z.looseObject({ userErrors: userErrorsSchema }).parse(payload);
  return { errors: userErrors, entry: rest.article ?? rest.page ?? rest.product };
}

/** Sends one document's mutations. The entry of the first that answers with one; throws the first refusal. */
async function sendParts(shop: Shop, write: Write, about: About): Promise<Whole | undefined> {
  return wholeOf(await sendWrite(shop, write), about);
}

function wholeOf(outcomes: readonly PromiseSettledResult<unknown>[], about: About): Whole | undefined {
  let whole: Whole | undefined;
  for (const outcome of outcomes) {
    const { errors, entry } = decodeOutcome(outcome, payloadOf);
    const refused = userFault(errors, about);
    if (refused !== undefined) throw refused;
    if (entry !== null && entry !== undefined) whole ??= decodeWhole(entry);
  }
  return whole;
}

async function aroundOf(shop: Shop, wiring: Wiring, more: Pick<Around, "blog" | "current">): Promise<Around> {
  const definitions = await shop.definitions(wiring.name);
  return { kind: wiring.name, definitions, now: shop.now(), ...more };
}

export async function create(shop: Shop, draft: Draft, intentJson: Json): Promise<Entry> {
  const wiring = shop.wiring(draft.kind);
  const intent = decodeIntent(intentJson);
  const author = wiring.name === "article" ? { author: await defaultAuthor(shop) } : {};
  const wire = { ...author, ...draft.wire, slug: intent.slug };
  const blog = intent.blog === "" ? {} : { blog: intent.blog };
  const input = inputOf(wire, await aroundOf(shop, wiring, blog));
  const media = input.image === undefined ? {} : { media: [input.image] };
  const values = { [wiring.name]: input.fields, ...media };
  const about = { kind: wiring.name, slug: intent.slug, metafields: input.metafields };
  const part = { operation: wiring.create, values };
  let whole: Whole | undefined;
  try {
    const answer = await createInBulk(shop, { wiring, part, key: draft.key, since: intent.since });
    const outcomes = answer === undefined ? await sendWrite(shop, { parts: [part], begins: true }) : [answer];
    whole = wholeOf(outcomes, about);
  } catch (thrown) {
    const entry =
      isFault(thrown) && thrown.code === "slug-taken" ? await earlierOf(shop, wiring, intent) : undefined;
    if (entry === undefined) throw thrown;
    return entry;
  }
  if (whole === undefined) {
    throw new Fault("ambiguous", "the shop does not say what the create made", { code: "shopify.no-answer" });
  }
  const entry = await underItsSlug(shop, wiring, intent, whole);
  return input.image === undefined ? entry : withItsImage(shop, wiring, entry);
}

/** A product shows its image once Shopify has looked at it. After a while, and where it cannot be asked, it is taken as it is. */
async function withItsImage(shop: Shop, wiring: Wiring, entry: Entry): Promise<Entry> {
  const shows = ({ wire }: Entry) => wire.image !== null;
  if (shows(entry)) return entry;
  try {
    const look = async () => {
      const now = await asItIs(shop, wiring, entry.id);
      return shows(now) ? now : undefined;
    };
    return (await waitFor(shop, look)) ?? entry;
  } catch (thrown) {
    if (!isFault(thrown)) throw thrown;
    return entry;
  }
}

/** What holds the slug where that is what this very create made: a request may be repeated on its way. */
async function earlierOf(shop: Shop, wiring: Wiring, intent: Intent): Promise<Entry | undefined> {
  const earlier = await lookUp(shop, wiring, intent);
  return earlier === undefined ? undefined : entryOfRow(shop, wiring, earlier);
}

/** Of an article that names none: the connection's setting, else the shop's name. */
export async function defaultAuthor(shop: Shop): Promise<string> {
  const { author = "" } = shop.context.settings;
  return author === "" ? (await shop.identity()).name : author;
}

/**
 * The entry as it is, unless it lost its slug to another: then it is taken back, and the other is returned where that is
 * what an earlier try of this very create made.
 */
async function underItsSlug(shop: Shop, wiring: Wiring, intent: Intent, whole: Whole): Promise<Entry> {
  if (same("slug", whole.handle, intent.slug)) return entryOf(whole, await seenBy(shop, wiring));
  const earlier = await lookUp(shop, wiring, intent);
  const holder = earlier ?? (await otherHolder(shop, wiring, intent, whole.id));
  if (holder === undefined || holder.id === whole.id) return entryOf(whole, await seenBy(shop, wiring));
  const consequence = await takeBack(shop, wiring, whole.id);
  const entry = earlier === undefined ? undefined : await entryOfRow(shop, wiring, earlier);
  if (entry !== undefined) return entry;
  const taken = slugTaken(intent.slug, idOf(holder.id));
  throw new Fault(taken.kind, `${taken.message}; ${consequence}`, {
    code: taken.code,
    ...(taken.hint === undefined ? {} : { hint: taken.hint }),
  });
}

/** What this very create made a moment ago. Says what became of it, for the message. */
async function takeBack(shop: Shop, wiring: Wiring, gid: string): Promise<string> {
  const id = idOf(gid);
  try {
    await sendParts(shop, { parts: [removalOf(wiring, gid)] }, { kind: wiring.name, id, slug: "" });
    return `entry ${id}, which the shop had made under another, was taken back`;
  } catch (thrown) {
    const why = isFault(thrown) ? thrown.message : String(thrown);
    return `entry ${id}, which the shop had made under another, is still there (${why})`;
  }
}

/** Products are archived, never deleted: orders refer to them. */
function removalOf(wiring: Wiring, gid: string): Part {
  return wiring.remove === undefined
    ? { operation: wiring.update, values: { product: { id: gid, status: "ARCHIVED" } } }
    : { operation: wiring.remove, values: { id: gid } };
}

export async function update(shop: Shop, id: string, draft: Draft, expected: Expected): Promise<Entry> {
  const wiring = shop.wiring(draft.kind);
  const again = () => stillExpected(shop, wiring, id, expected);
  const current = await again().catch(throwUnsent);
  const read = { at: shop.context.clock.now(), again };
  const moves = wiring.name === "article" && draft.wire.blog !== undefined;
  const blog = moves ? (await blogOf(shop, draft)).id : undefined;
  const input = inputOf(
    draft.wire,
    await aroundOf(shop, wiring, { current, ...(blog === undefined ? {} : { blog }) }),
  );
  await refuseTaken(shop, wiring, current, draft, blog);
  const parts = partsOf(wiring, id, input);
  if (parts.length === 0) return current;
  const now = () => asItIs(shop, wiring, id);
  return overwrite(shop, wiring, { id, wire: draft.wire, parts, read, metafields: input.metafields, now });
}

interface Overwrite extends Required<Pick<Write, "parts" | "read">> {
  readonly id: string;
  /** What the entry is to hold afterwards. */
  readonly wire: JsonObject;
  readonly metafields: Input["metafields"];
  /** The entry as it is; undefined while it may yet become one. */
  readonly now: () => Promise<Entry | undefined>;
}

/** The entry as it is afterwards. Where the answer is lost it is looked at until it holds what was sent. */
async function overwrite(
  shop: Shop,
  wiring: Wiring,
  { id, wire, parts, read, metafields, now }: Overwrite,
): Promise<Entry> {
  const about = { kind: wiring.name, id, slug: String(wire.slug ?? ""), metafields };
  try {
    const whole = await sendParts(shop, { parts, begins: true, read }, about);
    // What a mutation answers does not know of those after it.
    if (whole !== undefined && parts.length === 1) return entryOf(whole, await seenBy(shop, wiring));
    return await asItIs(shop, wiring, id);
  } catch (thrown) {
    if (!isFault(thrown, "ambiguous")) throw thrown;
    const landed = await waitFor(shop, async () => {
      const entry = await now();
      return entry !== undefined && keptAll(wire, entry.wire) ? entry : undefined;
    });
    if (landed === undefined) throw thrown;
    return landed;
  }
}

/** Takes a product out of the archive, as what `draft` says. Nothing else comes back at Shopify. */
export async function restore(shop: Shop, id: string, draft: Draft): Promise<Entry> {
  const wiring = shop.wiring(draft.kind);
  const again = () => stillArchived(shop, wiring, id);
  const current = await again().catch(throwUnsent);
  const read = { at: shop.context.clock.now(), again };
  const wire = changesTo(current, { status: "draft", slug: current.slug, ...draft.wire });
  const input = inputOf(wire, await aroundOf(shop, wiring, { current }));
  const slug = String(wire.slug ?? current.slug);
  const holder = await otherHolder(shop, wiring, { slug, blog: "" }, gidOf(wiring, id) ?? "");
  if (holder !== undefined) throw slugTaken(slug, idOf(holder.id));
  const parts = partsOf(wiring, id, input);
  const now = async () => {
    const whole = await readWhole(shop, wiring, id);
    if (whole === undefined) throw gone(wiring, id);
    return isArchived(whole) ? undefined : entryOf(whole, await seenBy(shop, wiring));
  };
  return overwrite(shop, wiring, { id, wire, parts, read, metafields: input.metafields, now });
}

/** What is as it is wanted already is not sent: the image of a product could not be. */
function changesTo(current: Entry, wire: JsonObject): JsonObject {
  const differing = Object.entries(wire).filter(
    ([name, value]) => !same(name, value, current.wire[name] ?? null),
  );
  return Object.fromEntries(differing);
}

async function stillArchived(shop: Shop, wiring: Wiring, id: string): Promise<Entry> {
  const whole = await readWhole(shop, wiring, id);
  if (whole === undefined) {
    throw new Fault("not-found", `${wiring.name} ${id} is gone for good`, { code: "gone" });
  }
  if (isArchived(whole)) return entryOf(whole, await seenBy(shop, wiring));
  throw new Fault("conflict", `${wiring.name} ${id} is not in the archive`, { code: "not-trashed" });
}

/** The update itself first: what it refuses is told before tags are spoken of. */
function partsOf(wiring: Wiring, id: string, input: Input): readonly Part[] {
  const gid = gidOf(wiring, id) ?? "";
  const { fields, addedTags, removedTags, clearedMetafields } = input;
  const product = wiring.name === "product";
  const own = product ? { product: { id: gid, ...fields } } : { id: gid, [wiring.name]: fields };
  const parts: Part[] = [];
  if (Object.keys(fields).length > 0) parts.push({ operation: wiring.update, values: own });
  if (removedTags.length > 0) parts.push({ operation: REMOVE_TAGS, values: { id: gid, tags: removedTags } });
  if (addedTags.length > 0) parts.push({ operation: ADD_TAGS, values: { id: gid, tags: addedTags } });
  if (clearedMetafields.length > 0) {
    const metafields = keysOf(clearedMetafields, gid);
    parts.push({ operation: DELETE_METAFIELDS, values: { metafields } });
  }
  return parts;
}

async function refuseTaken(
  shop: Shop,
  wiring: Wiring,
  current: Entry,
  { wire }: Draft,
  blog: string | undefined,
): Promise<void> {
  const slug = typeof wire.slug === "string" ? wire.slug : current.slug;
  const stays = same("slug", slug, current.slug) && (wire.blog ?? current.scope) === current.scope;
  if (stays) return;
  const where = wiring.name === "article" ? (blog ?? (await blogOf(shop, current)).id) : "";
  const holder = await otherHolder(shop, wiring, { slug, blog: where }, gidOf(wiring, current.id) ?? "");
  if (holder !== undefined) throw slugTaken(slug, idOf(holder.id));
}

async function asItIs(shop: Shop, wiring: Wiring, id: string): Promise<Entry> {
  const whole = await readWhole(shop, wiring, id);
  if (whole === undefined || isArchived(whole)) throw gone(wiring, id);
  return entryOf(whole, await seenBy(shop, wiring));
}

function gone({ name }: Wiring, id: string): Fault {
  return goneFault(`${name} ${id} is gone`);
}

/** Read, compared, and only then written: Shopify has no conditional write, so a small race remains. */
async function stillExpected(shop: Shop, wiring: Wiring, id: string, expected: Expected): Promise<Entry> {
  const entry = await asItIs(shop, wiring, id);
  const names = new Set([...Object.keys(entry.wire), ...Object.keys(expected.wire)]);
  const moved = [...names].filter((name) => !sameJson(entry.wire[name] ?? null, expected.wire[name] ?? null));
  if (moved.length === 0 && entry.revision === expected.revision) return entry;
  const what = moved.length === 0 ? "it was saved again" : `changed: ${moved.join(", ")}`;
  throw new Fault("conflict", `${wiring.name} ${id} is no longer as it was read (${what})`, {
    code: "moved",
    hint: "run `ainstein-cms diff` to see both sides, then pull or push again",
  });
}

export async function remove(shop: Shop, id: string, kind: string, expected: Expected): Promise<void> {
  const wiring = shop.wiring(kind);
  const again = () => stillExpected(shop, wiring, id, expected);
  try {
    await again().catch(throwUnsent);
    const read = { at: shop.context.clock.now(), again };
    const parts = [removalOf(wiring, gidOf(wiring, id) ?? "")];
    await sendParts(shop, { parts, begins: true, read }, { kind: wiring.name, id, slug: "" });
  } catch (thrown) {
    if (isFault(thrown, "conflict") && thrown.code === "gone") return;
    if (!isFault(thrown, "ambiguous") || !(await isGone(shop, wiring, id))) throw thrown;
  }
}

async function isGone(shop: Shop, wiring: Wiring, id: string): Promise<boolean> {
  const whole = await readWhole(shop, wiring, id);
  return whole === undefined || isArchived(whole);
}
