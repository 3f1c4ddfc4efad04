// What somebody saved in the moment between our look at an entry and our write stands again.
import { Fault, isFault } from "../../lib/fault.ts";
import type { JsonObject } from "../../lib/json.ts";
import type { Expected } from "../contract.ts";
import { sendWrite } from "./batch.ts";
import { watch } from "./looks.ts";
import { requestOf } from "./request.ts";
import { newestTexts, type SavedText } from "./revisions.ts";
import { historyOf, type Row } from "./rows.ts";
import { same } from "./same.ts";
import type { Site } from "./site.ts";
import type { ContentType } from "./types.ts";

/** Parts of which WordPress keeps older texts. */
const KEPT = ["title", "body", "excerpt"];

/**
 * WordPress has no conditional write, but it keeps each saved text as a revision: one that is newer than the look and
 * older than ours is somebody's edit. The parts of it that were overwritten are written again, and the update is a
 * conflict, as if the look had seen it. `before`: as the look saw the entry; `after`: as the write left it.
 */
export async function putBackOverwritten(
  site: Site,
  type: ContentType,
  wire: JsonObject,
  expected: Expected,
  before: Row | undefined,
  after: Row,
): Promise<void> {
  const [then, now] = [before && historyOf(before), historyOf(after)];
  if (then === undefined || now === undefined || now.newest === then.newest) return;
  watch(site, type.kind);
  // Where the site keeps a limited number of them, the count tells nothing.
  if (now.count === then.count + 1) return;
  const theirs = await savedBetween(site, type, then.newest, after);
  if (theirs === undefined) return;
  const lost = KEPT.filter((part) => {
    const [ours, seen, saved] = [wire[part], expected.wire[part] ?? null, theirs.wire[part]];
    if (ours === undefined || saved === undefined) return false;
    return !same(part, seen, saved) && !same(part, ours, saved);
  });
  if (lost.length > 0) throw await putBack(site, type, after.id, theirs, lost);
}

/** The newest text older than ours; undefined where nobody saved one since `then`, the newest of the look. */
async function savedBetween(
  site: Site,
  type: ContentType,
  then: number,
  after: Row,
): Promise<SavedText | undefined> {
  const since = (await newestTexts(site, type, String(after.id))).filter(({ id }) => id > then);
  const isOurs = ({ wire: { title, body } }: SavedText) =>
    same("title", title ?? "", after.title?.raw ?? "") && same("body", body ?? "", after.content?.raw ?? "");
  const ours = since.findIndex(isOurs);
  return ours === -1 ? undefined : since[ours + 1];
}

async function putBack(
  site: Site,
  type: ContentType,
  id: number,
  theirs: SavedText,
  lost: readonly string[],
): Promise<Fault> {
  const saved = `somebody saved entry ${id} at the moment it was written (changed: ${lost.join(", ")})`;
  const texts = Object.fromEntries(Object.entries(theirs.wire).filter(([part]) => lost.includes(part)));
  const body = requestOf(texts, new Set());
  const moved = { code: "moved", hint: "run `ainstein-cms diff` to see both sides, then pull or push again" };
  try {
    await sendWrite(site, { type, path: `${type.path}/${id}`, body });
    return new Fault("conflict", `${saved}: what they saved stands again`, moved);
  } catch (cause) {
    const why = isFault(cause) ? cause.message : String(cause);
    const hint = `their text is revision ${theirs.id} of the entry: restore it in WordPress, or pull and merge it`;
    return new Fault("conflict", `${saved}, and it could not be put back (${why})`, {
      ...moved,
      hint,
      cause,
    });
  }
}
