// Create once, update what is still as it was, and remove.
import { Fault, isFault, throwUnsent } from "../../lib/fault.ts";
import { isObject, type Json, type JsonObject, sameJson } from "../../lib/json.ts";
import type { Draft, Entry, Expected } from "../contract.ts";
import { gone, slugTaken } from "./faults.ts";
import { decodeIntent, holdersOf, type Intent, lookUp } from "./find.ts";
import { IMAGES, TEXTS, type Wiring, wiringOf } from "./kinds.ts";
import { EMPTY_BODY, isLexical, markedLexical } from "./lexical.ts";
import { readEntry, WHOLE } from "./read.ts";
import { entryOf, wholeIn } from "./rows.ts";
import { same } from "./same.ts";
import type { Site } from "./site.ts";
import { earlierSlug } from "./slug.ts";

export async function create(site: Site, draft: Draft, intentJson: Json): Promise<Entry> {
  const wiring = wiringOf(draft.kind);
  const intent = decodeIntent(intentJson);
  if (typeof draft.wire.newsletter === "string" && draft.wire.newsletter !== "") throw needsDraft();
  const request = marked(requestOf(site, { ...draft.wire, slug: intent.slug }, undefined), intent);
  const whole = await site.write({
    method: "POST",
    path: wiring.path,
    query: WHOLE,
    body: { [wiring.key]: [request] },
    repeatable: false,
    begins: true,
    decode: (payload) => wholeIn(payload, wiring),
  });
  return underItsSlug(site, wiring, intent, entryOf(whole, wiring, site));
}

function marked(request: JsonObject, { mark }: Intent): JsonObject {
  if (mark === undefined) return request;
  const body = typeof request.lexical === "string" ? request.lexical : EMPTY_BODY;
  return { ...request, lexical: markedLexical(body, mark) };
}

function needsDraft(): Fault {
  return new Fault("invalid", "newsletter: a post goes out by e-mail only when a draft is published", {
    code: "ghost.newsletter-needs-draft",
    unsent: true,
    hint: "push it with `status: draft` first, then publish it",
  });
}

/**
 * The entry as it is, unless it came second and was numbered: then it is taken back, and the other is returned where that
 * is what an earlier try of this very create made. A slug that Ghost spelled in its own way is accepted.
 */
async function underItsSlug(site: Site, wiring: Wiring, intent: Intent, entry: Entry): Promise<Entry> {
  const before = earlierSlug(entry.slug, intent.slug);
  const [holder] = before === undefined ? [] : await holdersOf(site, [before]);
  if (holder === undefined) return entry;
  const earlier = await lookUp(site, wiring, intent, entry.id);
  const consequence = await takeBack(site, wiring, entry.id);
  const ours = earlier === undefined ? undefined : await readEntry(site, wiring, earlier.id);
  if (ours !== undefined) return ours;
  const taken = slugTaken(intent.slug, holder.id);
  throw new Fault(taken.kind, `${taken.message}; ${consequence}`, {
    code: taken.code,
    ...(taken.hint === undefined ? {} : { hint: taken.hint }),
  });
}

/** What this very create made a moment ago. Says what became of it, for the message. */
async function takeBack(site: Site, wiring: Wiring, id: string): Promise<string> {
  try {
    await sendRemoval(site, wiring, id, {});
    return `entry ${id}, which it had made under another, was taken back`;
  } catch (thrown) {
    const why = isFault(thrown) ? thrown.message : String(thrown);
    return `entry ${id}, which it had made under another, is still there (${why})`;
  }
}

export async function update(site: Site, id: string, draft: Draft, expected: Expected): Promise<Entry> {
  const wiring = wiringOf(draft.kind);
  const { entry: current, stamp } = await stillExpected(site, wiring, id, expected).catch(throwUnsent);
  const request = requestOf(site, draft.wire, current);
  if (Object.keys(request).length === 0) return current;
  const { slug } = draft.wire;
  if (typeof slug === "string" && !same("slug", slug, current.slug)) {
    const holder = (await holdersOf(site, [slug]).catch(throwUnsent)).find((other) => other.id !== id);
    if (holder !== undefined) throw slugTaken(slug, holder.id);
  }
  try {
    const whole = await site.write({
      method: "PUT",
      path: `${wiring.path}${id}/`,
      // Ghost keeps what was said then among its revisions, as it does when somebody saves by hand.
      query: { ...WHOLE, save_revision: "true", ...newsletterOf(draft.wire, current, request) },
      body: { [wiring.key]: [{ ...request, updated_at: stamp }] },
      // Under an old stamp Ghost takes only what changes nothing.
      repeatable: true,
      begins: true,
      decode: (payload) => wholeIn(payload, wiring),
    });
    return entryOf(whole, wiring, site);
  } catch (thrown) {
    if (isFault(thrown, "not-found")) throw gone(id);
    throw thrown;
  }
}

/** Only in the step that first sets a post live, and only where connection and document both say so. */
function newsletterOf(wire: JsonObject, current: Entry, request: JsonObject): { newsletter?: string } {
  const { newsletter } = wire;
  if (typeof newsletter !== "string" || newsletter === "") return {};
  const goesLive = current.state === "draft" && (request.status ?? "draft") !== "draft";
  if (goesLive) return { newsletter };
  throw new Fault("invalid", "newsletter: the post is live, or stays a draft, and no e-mail goes out now", {
    code: "ghost.newsletter-needs-draft",
    unsent: true,
    hint: "an e-mail goes out when a draft is published: say `newsletter:` together with `status: published`",
  });
}

/** Stamps are whole seconds: an entry that was saved within the last ones may have been saved again under its stamp. */
const SETTLES_MS = 2000;

interface Seen {
  readonly entry: Entry;
  readonly stamp: string;
}

async function stillExpected(site: Site, wiring: Wiring, id: string, expected: Expected): Promise<Seen> {
  const look = async (): Promise<Seen> => {
    const entry = await readEntry(site, wiring, id);
    if (entry?.modified === undefined) throw gone(id);
    refuseMoved(entry, expected);
    return { entry, stamp: new Date(entry.modified - site.ahead()).toISOString() };
  };
  const seen = await look();
  const age = site.now() - Date.parse(seen.stamp);
  if (age < 0 || age >= SETTLES_MS) return seen;
  await site.context.clock.sleep(SETTLES_MS - age);
  return look();
}

/** Ghost refuses what was saved since by itself; tags and authors it does not watch. */
function refuseMoved(entry: Entry, expected: Expected): void {
  const names = new Set([...Object.keys(entry.wire), ...Object.keys(expected.wire)]);
  const moved = [...names].filter((name) => !sameJson(entry.wire[name] ?? null, expected.wire[name] ?? null));
  if (moved.length === 0 && entry.revision === expected.revision) return;
  const what = moved.length === 0 ? "it was saved again" : `changed: ${moved.join(", ")}`;
  throw new Fault("conflict", `entry ${entry.id} is no longer as it was read (${what})`, {
    code: "moved",
    hint: "run `ainstein-cms diff` to see both sides, then pull or push again",
  });
}

export async function remove(site: Site, id: string, kind: string, expected: Expected): Promise<void> {
  const wiring = wiringOf(kind);
  try {
    await stillExpected(site, wiring, id, expected).catch(throwUnsent);
    await sendRemoval(site, wiring, id, { begins: true });
  } catch (thrown) {
    if (isFault(thrown, "conflict") && thrown.code === "gone") return;
    const isLost = isFault(thrown, "ambiguous");
    if (!isLost || (await readEntry(site, wiring, id)) !== undefined) throw thrown;
  }
}

/** Ghost answers a removal with an empty body; a page of somebody on the way says nothing of it. */
function nothing(payload: unknown): void {
  if (String(payload ?? "").trim() === "") return;
  throw new Fault("ambiguous", "something else than Ghost answered the removal", { code: "ghost.no-answer" });
}

/** For good: Ghost has no trash. */
async function sendRemoval(
  site: Site,
  { path }: Wiring,
  id: string,
  how: { readonly begins?: true },
): Promise<void> {
  try {
    await site.write({
      ...how,
      method: "DELETE",
      path: `${path}${id}/`,
      repeatable: true,
      as: "text",
      decode: nothing,
    });
  } catch (thrown) {
    if (!isFault(thrown, "not-found")) throw thrown;
  }
}

// --- What is sent ------------------------------------------------------------------------------------------

/** Throws `invalid` for a part that Ghost does not know: it would be dropped in silence. */
export function requestOf(site: Site, wire: JsonObject, current: Entry | undefined): JsonObject {
  const request: Record<string, Json> = {};
  for (const [name, value] of Object.entries(wire)) Object.assign(request, partOf(name, value, current));
  if (request.status !== undefined || request.published_at !== undefined)
    settleStatus(site, request, current);
  return request;
}

function partOf(name: string, value: Json, current: Entry | undefined): JsonObject {
  const key = TEXTS[name] ?? IMAGES[name];
  if (key !== undefined) return { [key]: value === "" ? null : uploaded(name, value) };
  switch (name) {
    case "title":
    case "slug":
    case "status":
    case "featured":
    case "visibility":
      return { [name]: value };
    case "date":
      return { published_at: value };
    case "tags":
    case "author":
      return { [name === "tags" ? "tags" : "authors"]: idsIn(name, value) };
    case "image":
      return imageParts(value);
    case "newsletter":
      return {};
    case "body":
      return { lexical: bodyIn(value, current) };
    default:
      throw new Fault("invalid", `${name}: Ghost has no such field`, { code: "unknown-part", unsent: true });
  }
}

function idsIn(name: string, value: Json): Json {
  const list = Array.isArray(value) ? value.map(String) : [];
  const missing = list.find((id) => !/^[0-9a-f]{1,24}$/.test(id));
  if (missing === undefined) return list.map((id) => ({ id }));
  throw new Fault("invalid", `${name}: "${missing.replace(/^#new /, "")}" is not on the site yet`, {
    code: `ghost.unknown-${name}`,
    unsent: true,
  });
}

function uploaded(name: string, value: Json): Json {
  if (typeof value !== "string" || !value.startsWith("sha256:")) return value;
  throw new Fault("invalid", `${name}: the file is not uploaded yet`, {
    code: "ghost.not-uploaded",
    unsent: true,
  });
}

function imageParts(value: Json): JsonObject {
  const { src, alt, caption } = (isObject(value) ? value : {}) as JsonObject;
  const orNull = (item: Json | undefined): Json => (item === undefined || item === "" ? null : item);
  return {
    feature_image: uploaded("image", orNull(src)),
    feature_image_alt: orNull(alt),
    feature_image_caption: orNull(caption),
  };
}

function bodyIn(value: Json, current: Entry | undefined): string {
  if (current?.bodyOwner === undefined && typeof value === "string" && isLexical(value)) return value;
  throw new Fault("unsupported", `the body belongs to ${current?.bodyOwner ?? "another editor"}`, {
    code: "body-owner",
    unsent: true,
    hint: "open the entry in Ghost's editor and save it once: that brings it into the editor of today",
  });
}

/** Live now, or at its time: what its date says counts. */
function settleStatus(site: Site, request: Record<string, Json>, current: Entry | undefined): void {
  const status = request.status ?? current?.state ?? "draft";
  if (status === "draft") return;
  const date = Date.parse(String(request.published_at ?? current?.wire.date ?? ""));
  const wanted = !Number.isNaN(date) && date > site.now() ? "scheduled" : "published";
  if (wanted !== current?.state || request.status !== undefined) request.status = wanted;
}
