import { isDocumentPath } from "../content/read.ts";
import { type TreeFile, walkTree } from "../content/tree.ts";
import { systemClock } from "../lib/clock.ts";
import type { Store } from "../store/db.ts";
import { keepScans, knownBlob, type Scan } from "../store/scans.ts";
import type { Problem } from "./gather.ts";
import type { Root } from "./root.ts";
import { type ScannedFile, scanFile, unreadable } from "./scan.ts";

/** As git's index has it: a file this young may be written to again and look the same to the file system. */
const RACY_MS = 2000;

/**
 * Every file of the root that may be a document. Files that cannot be read become problems of their own. With `memory`,
 * one that the file system says nothing new of is not read: before anything is written over or for it, it is.
 */
export async function scanFiles(
  root: Root,
  problems: Problem[],
  memory?: Store,
): Promise<readonly ScannedFile[]> {
  const { files, problems: faults } = await walkTree(root.dir, {
    ignore: root.config.ignore,
    wanted: (path) => isDocumentPath(root.config, path),
  });
  for (const fault of faults) problems.push({ path: fault.place?.file ?? "", fault });
  const scanned: ScannedFile[] = [];
  const fresh: Scan[] = [];
  for (const file of files) {
    try {
      const found = memory === undefined ? undefined : remembered(memory, root, file);
      const read = found ?? (await scanFile(root, file.path));
      if (read === undefined) continue;
      scanned.push(read);
      if (found === undefined && memory !== undefined && isOld(file))
        fresh.push({ ...read, stamp: file.stamp });
    } catch (thrown) {
      problems.push({ path: file.path, fault: unreadable(file.path, thrown) });
    }
  }
  if (memory !== undefined && fresh.length > 0) keep(memory, root, scanned, fresh);
  return scanned;
}

/** A database that cannot be read costs some reading, and no file its place. */
function remembered(store: Store, root: Root, { path, stamp }: TreeFile): ScannedFile | undefined {
  try {
    const blob = knownBlob(store, root.dir, path, stamp);
    return blob === undefined ? undefined : { path, blob };
  } catch {
    return undefined;
  }
}

/** By the clock of this machine, whatever time a run goes by. */
function isOld({ changedMs }: TreeFile): boolean {
  return changedMs < systemClock.now() - RACY_MS;
}

/** A database that cannot be written to right now costs the next run some reading, and this one nothing. */
function keep(store: Store, root: Root, scanned: readonly ScannedFile[], fresh: readonly Scan[]): void {
  try {
    keepScans(store, root.dir, new Set(scanned.map(({ path }) => path)), fresh);
  } catch {}
}
