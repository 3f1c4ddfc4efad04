import { isFault } from "../lib/fault.ts";
import type { Problem } from "./gather.ts";
import { linesFor, type Root } from "./root.ts";
import { loadFile } from "./scan.ts";
import { scanFiles } from "./scan-files.ts";
import type { Site } from "./site.ts";

/**
 * Which document refers to a file of this digest (which may be its first digits), or did when both sides last agreed and
 * cannot be read now.
 */
export async function gatherLocal(root: Root, site: Site): Promise<(digest: string) => string | undefined> {
  const used = new Map<string, string>();
  const problems: Problem[] = [];
  for (const { path } of await scanFiles(root, problems)) {
    try {
      for (const { digest } of (await loadFile(root, site, path))?.files ?? []) used.set(digest, path);
    } catch (thrown) {
      if (!isFault(thrown) || thrown.scope !== "item") throw thrown;
      problems.push({ path, fault: thrown });
    }
  }
  const unreadable = new Set(problems.map(({ path }) => path));
  for (const line of linesFor(root, site.target.name)) {
    if (!unreadable.has(line.path)) continue;
    for (const digest of Object.values(line.media)) used.set(digest, line.path);
  }
  return (digest) => used.get(digest) ?? [...used].find(([whole]) => whole.startsWith(digest))?.[1];
}
