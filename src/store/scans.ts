import type { Store } from "./db.ts";
import { columns } from "./rows.ts";

/** What a file said when it was last read: its blob id, and what the file system said of it then. */
export interface Scan {
  readonly path: string;
  readonly stamp: string;
  readonly blob: string;
}

/** The blob id of a file of a root that is as it was when it was read; undefined for any other. */
export function knownBlob(store: Store, root: string, path: string, stamp: string): string | undefined {
  const row = store.one("SELECT stamp, blob FROM scans WHERE root = @root AND path = @path", { root, path });
  if (row === undefined) return undefined;
  const read = columns("scans", row);
  return read.text("stamp") === stamp ? read.text("blob") : undefined;
}

/** Keeps what was read anew of a root, and of files that are not among `paths` any more nothing. */
export function keepScans(
  store: Store,
  root: string,
  paths: ReadonlySet<string>,
  fresh: readonly Scan[],
): void {
  store.transaction(() => {
    for (const { path, stamp, blob } of fresh) {
      const scan = { root, path, stamp, blob };
      store.run(
        "INSERT OR REPLACE INTO scans (root, path, stamp, blob) VALUES (@root, @path, @stamp, @blob)",
        scan,
      );
    }
    const count = store.one("SELECT count(*) AS kept FROM scans WHERE root = @root", { root });
    if (count === undefined || columns("scans", count).number("kept") <= paths.size) return;
    for (const row of store.all("SELECT path FROM scans WHERE root = @root", { root })) {
      const path = columns("scans", row).text("path");
      if (!paths.has(path))
        store.run("DELETE FROM scans WHERE root = @root AND path = @path", { root, path });
    }
  });
}
