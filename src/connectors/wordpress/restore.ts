// Out of the trash, with the parts it is to have.
import { Fault, isFault } from "../../lib/fault.ts";
import { type JsonObject, sameJson } from "../../lib/json.ts";
import type { Draft, Entry } from "../contract.ts";
import { refuseTaken, slugTaken } from "./intent.ts";
import { readRow, saysNoSuchEntry } from "./read.ts";
import { requestOf } from "./request.ts";
import { same } from "./same.ts";
import type { Site } from "./site.ts";
import type { ContentType } from "./types.ts";
import {
  entryOfRow,
  REFUSALS,
  refuseOwnedBody,
  sendUpdate,
  slugHolder,
  takeBack,
  termFields,
  withConsequence,
} from "./write.ts";

/** Sends only what differs from the entry in the trash: what is not sent, no plug-in and no filter changes. */
export async function restore(site: Site, id: string, draft: Draft): Promise<Entry> {
  const type = await site.type(draft.kind);
  const trashed = await inTrash(site, type, id);
  const wanted: JsonObject = { slug: draft.slug, status: "draft", ...draft.wire };
  const changed = differing(wanted, trashed.wire);
  const request = requestOf(changed, termFields(type));
  refuseOwnedBody(request, trashed);
  const slug = String(wanted.slug);
  const parent = wanted.parent ?? trashed.wire.parent;
  if (slug !== "")
    await refuseTaken(site, type, slug, typeof parent === "number" ? parent : 0, id, trashed.locale);
  const { slug: _, ...content } = wanted;
  const untrashed = await untrash(site, type, id, content, request);
  return underItsSlug(site, type, untrashed, slug);
}

async function inTrash(site: Site, type: ContentType, id: string): Promise<Entry> {
  const row = await readRow(site, type, id);
  if (row === undefined) throw gone(id);
  const entry = await entryOfRow(site, type, row);
  if (row.status === "trash") return entry;
  throw new Fault("conflict", `entry ${id} ("${entry.title}") is not in the trash`, { code: "not-trashed" });
}

function gone(id: string, cause?: unknown): Fault {
  return new Fault("not-found", `entry ${id} is gone for good`, { code: "gone", cause });
}

function differing(wanted: JsonObject, held: JsonObject): JsonObject {
  const parts = Object.entries(wanted).filter(([name, value]) => !sameJson(value, held[name] ?? null));
  return Object.fromEntries(parts);
}

/** What WordPress refuses after it has taken the entry out of the trash goes back there. */
async function untrash(
  site: Site,
  type: ContentType,
  id: string,
  content: JsonObject,
  request: JsonObject,
): Promise<Entry> {
  try {
    return await sendUpdate(site, type, id, content, request);
  } catch (thrown) {
    if (saysNoSuchEntry(thrown)) throw gone(id, thrown);
    if (!isFault(thrown) || !REFUSALS.includes(thrown.kind)) throw thrown;
    const left = await readRow(site, type, id);
    if (left === undefined || left.status === "trash") throw thrown;
    throw withConsequence(thrown, await takeBack(site, type, left.id, "restored"));
  }
}

/**
 * WordPress gives an entry that leaves the trash the slug that it had before, whatever slug is sent along; with `-2`
 * where that is taken, except to drafts. So another slug takes a second write. A slug that a plug-in chose is accepted.
 */
async function underItsSlug(site: Site, type: ContentType, entry: Entry, slug: string): Promise<Entry> {
  if (same("slug", slug, entry.slug)) return entry;
  const renamed = await sendUpdate(site, type, entry.id, { slug }, { slug });
  if (same("slug", slug, renamed.slug)) return renamed;
  const holder = await slugHolder(site, type, slug);
  if (holder === undefined) return renamed;
  const consequence = await takeBack(site, type, Number(entry.id), "restored");
  throw withConsequence(slugTaken(slug, String(holder)), consequence);
}
