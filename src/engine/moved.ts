import { parseSource, type Source } from "../content/source.ts";
import { isFault } from "../lib/fault.ts";
import type { Identity } from "../sync/match.ts";
import type { Base } from "../sync/model.ts";
import { type Likeness, type Moves, matchSimilar } from "../sync/similar.ts";
import { type GatherInput, itemFault } from "./gather.ts";
import type { Root } from "./root.ts";
import { type FileFacts, wholeFile } from "./scan.ts";
import { keptFiles } from "./texts.ts";

/** Git is asked for this many old texts at one time. */
const AT_ONCE = 8;

/**
 * Files that were moved and edited: by the likeness of what the lines' files said, as git or this installation keeps it,
 * to what the new files say. Where nobody has the old text, nothing is guessed.
 */
export async function movedByLikeness(
  { root, site, memory, sealing }: GatherInput,
  gone: readonly Base[],
  fresh: readonly { readonly file: FileFacts; readonly identity: Identity }[],
): Promise<Moves> {
  if (gone.length === 0 || fresh.length === 0) return { moved: new Map(), undecided: new Map() };
  const groups = new Set(fresh.map(({ identity }) => groupOf(identity)));
  const before: Likeness[] = [];
  const queue = gone.filter((base) => groups.has(groupOf(base))).values();
  const worker = async () => {
    for (const base of queue) {
      const owner = { site: site.account.site, rootId: root.id, ...base };
      const kept = memory === undefined ? [] : keptFiles(memory, sealing, owner);
      const old = await likenessBefore(root, base, kept);
      if (old !== undefined) before.push(old);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  if (before.length === 0) return { moved: new Map(), undecided: new Map() };
  const now: Likeness[] = [];
  for (const { file, identity } of fresh) {
    const whole = await wholeFile(root, site, file).catch(itemFault);
    // One that was changed meanwhile is told when its turn comes.
    if (!isFault(whole)) now.push(likenessOf(whole.reading.source, file.path, identity));
  }
  return matchSimilar(
    before.sort((a, b) => (a.path < b.path ? -1 : 1)),
    now,
  );
}

async function likenessBefore(
  root: Root,
  base: Base,
  kept: AsyncIterable<Uint8Array> | readonly Uint8Array[],
): Promise<Likeness | undefined> {
  const bytes =
    (await root.blob(base.blob)) ?? (await newest(kept)) ?? (await newestVersion(root, base.path));
  if (bytes === undefined) return undefined;
  try {
    return likenessOf(parseSource(bytes, base.path), base.path, base);
  } catch (thrown) {
    if (isFault(thrown) && thrown.scope === "item") return undefined;
    throw thrown;
  }
}

/** A file may have been sent without ever having been committed as it was. */
async function newestVersion(root: Root, path: string): Promise<Uint8Array | undefined> {
  for await (const version of root.versions(path)) return version.bytes;
  return undefined;
}

async function newest(
  texts: AsyncIterable<Uint8Array> | readonly Uint8Array[],
): Promise<Uint8Array | undefined> {
  for await (const text of texts) return text;
  return undefined;
}

function likenessOf({ text, body }: Source, path: string, identity: Identity): Likeness {
  return { path, group: groupOf(identity), text: text.lf, body };
}

function groupOf({ kind, locale }: Identity): string {
  return `${kind}\0${locale}`;
}
