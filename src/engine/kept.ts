import type { Base } from "../sync/model.ts";
import type { GatherInput } from "./gather.ts";
import { protectedEntry } from "./rules.ts";

/**
 * Of lines whose files are not among the documents, those whose entries are left alone all the same, and why: nothing
 * proves that the file was removed, or the rules protect the entry.
 */
export async function keptBack(
  { root, site, options }: GatherInput,
  lost: readonly Base[],
  unreadable: readonly string[],
): Promise<ReadonlyMap<Base, string>> {
  const kept = new Map<Base, string>();
  if (lost.length === 0) return kept;
  const absences = await root.absences(lost.map((base) => base.path));
  for (const base of lost) {
    const absence = absences.get(base.path);
    // Who names the file itself knows that it is gone.
    const meant = absence?.code === "directory-missing" && options.paths.includes(base.path);
    const why =
      (meant ? undefined : absence?.reason) ??
      protectedEntry(root, site, base, base.path) ??
      mayHaveMovedTo(unreadable, base.path);
    if (why !== undefined) kept.set(base, why);
  }
  return kept;
}

/** A file that is new and cannot be read may be what became of one that is gone. */
function mayHaveMovedTo(unreadable: readonly string[], path: string): string | undefined {
  const [directory, name] = partsOf(path);
  const near = unreadable.find((other) => {
    const [theirs, named] = partsOf(other);
    return theirs === directory || named === name;
  });
  return near === undefined
    ? undefined
    : `its file is gone, and ${near}, which cannot be read, may be where it was moved`;
}

function partsOf(path: string): readonly [string, string] {
  const cut = path.lastIndexOf("/") + 1;
  return [path.slice(0, cut), path.slice(cut)];
}
