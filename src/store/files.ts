import type { Store } from "./db.ts";
import { columns } from "./rows.ts";

/** What the file system says about a file. Equal stamps mean equal bytes, but for a file just written. */
export interface FileStamp {
  /** Absolute. */
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  /** Inode as decimal text. */
  readonly ino: string;
}

export interface FileHash extends FileStamp {
  /** When the bytes were read, milliseconds since 1970. */
  readonly hashedMs: number;
  /** Git blob id. */
  readonly blob: string;
  /** SHA-256, hexadecimal. */
  readonly sha: string;
}

/** A change this soon after another can leave the stamp as it was (coarse file system clocks). */
const RACY_MS = 2000;

/**
 * What is known about these files, by path; a file that changed since, or that was hashed so soon after its last
 * change that a second one could hide, is left out.
 */
export function getHashes(
  store: Store,
  stamps: Iterable<FileStamp>,
): ReadonlyMap<string, { readonly blob: string; readonly sha: string }> {
  const known = new Map<string, { readonly blob: string; readonly sha: string }>();
  for (const { path, size, mtimeMs, ctimeMs, ino } of stamps) {
    const row = store.one(
      `SELECT blob, sha FROM files WHERE path = @path AND size = @size AND mtime_ms = @mtimeMs
       AND ctime_ms = @ctimeMs AND ino = @ino AND max(mtime_ms, ctime_ms) + @racy < hashed_ms`,
      { path, size, mtimeMs, ctimeMs, ino, racy: RACY_MS },
    );
    if (row === undefined) continue;
    const read = columns("files", row);
    known.set(path, { blob: read.text("blob"), sha: read.text("sha") });
  }
  return known;
}

/** Remembers hashes, all in one transaction. */
export function putHashes(store: Store, hashes: Iterable<FileHash>): void {
  store.transaction(() => {
    for (const hash of hashes) {
      store.run(
        `INSERT OR REPLACE INTO files (path, size, mtime_ms, ctime_ms, ino, hashed_ms, blob, sha)
         VALUES (@path, @size, @mtimeMs, @ctimeMs, @ino, @hashedMs, @blob, @sha)`,
        { ...hash },
      );
    }
  });
}
