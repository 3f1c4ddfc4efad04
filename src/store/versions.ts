import type { Store } from "./db.ts";
import { columns, type Row } from "./rows.ts";

export const SIDES = ["site", "file"] as const;
export type Side = (typeof SIDES)[number];

/** sent: we wrote it to the site; seen: found on the site; written: we wrote it into the file; read: found in the file. */
export const VERSION_EVENTS = ["sent", "seen", "written", "read"] as const;
export type VersionEvent = (typeof VERSION_EVENTS)[number];

/** What one side of a document said at one time. */
export interface NewVersion {
  readonly site: string;
  readonly rootId: string;
  readonly path: string;
  readonly locale: string;
  /** Id of the entry; "" while it has none. */
  readonly id: string;
  readonly kind: string;
  readonly side: Side;
  readonly event: VersionEvent;
  /** SHA-256 of the text before it was sealed, hexadecimal; "" in rows of a database that did not keep it yet. */
  readonly digest: string;
  /** Undefined where this installation has no key: then only that it was there is known. */
  readonly sealed: Uint8Array | undefined;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** With `seen`: the change happened after this time, ISO 8601. */
  readonly since?: string;
  /** Account on the site that made it, where known. */
  readonly author?: string;
  readonly run?: string;
}

export interface Version extends NewVersion {
  readonly seq: number;
}

/** An entry in one root, wherever its file is. */
export interface VersionKey {
  readonly site: string;
  readonly rootId: string;
  readonly id: string;
  readonly locale: string;
}

function fromRow(row: Row): Version {
  const read = columns("versions", row);
  const since = read.optionalText("since");
  const author = read.optionalText("author");
  const run = read.optionalText("run");
  return {
    seq: read.number("seq"),
    site: read.text("site"),
    rootId: read.text("root_id"),
    path: read.text("path"),
    locale: read.text("locale"),
    id: read.text("id"),
    kind: read.text("kind"),
    side: read.oneOf("side", SIDES),
    event: read.oneOf("event", VERSION_EVENTS),
    digest: read.text("digest"),
    sealed: read.optionalBytes("sealed"),
    at: read.text("at"),
    ...(since === undefined ? {} : { since }),
    ...(author === undefined ? {} : { author }),
    ...(run === undefined ? {} : { run }),
  };
}

/** The newest of the same entry and side where it says the same, and `version` adds neither a text nor a path. */
function sameAsNewest(store: Store, version: NewVersion): number | undefined {
  const { site, rootId, id, locale, side, path } = version;
  const row = store.one(
    `SELECT seq, path, digest, sealed IS NOT NULL AS has_text FROM versions
     WHERE site = @site AND root_id = @rootId AND id = @id AND locale = @locale
       AND unbound = iif(@id = '', @path, '') AND side = @side
     ORDER BY seq DESC LIMIT 1`,
    { site, rootId, id, locale, side, path },
  );
  if (row === undefined) return undefined;
  const read = columns("versions", row);
  if (read.text("digest") !== version.digest || read.text("path") !== path) return undefined;
  if (version.sealed !== undefined && read.number("has_text") === 0) return undefined;
  return read.number("seq");
}

/**
 * Adds a version and returns its number. Where the newest of this entry and side has the same digest at the same path,
 * and its text is kept or none is given, nothing is added and that one's number is returned. A file without an entry
 * is compared with what was at its path.
 */
export function keepVersion(store: Store, version: NewVersion): number {
  return store.transaction(() => {
    const known = sameAsNewest(store, version);
    if (known !== undefined) return known;
    return store.run(
      `INSERT INTO versions
         (site, root_id, path, locale, id, kind, side, event, digest, at, since, author, run, sealed)
       VALUES (@site, @rootId, @path, @locale, @id, @kind, @side, @event, @digest, @at, @since, @author, @run,
         @sealed)`,
      {
        ...version,
        since: version.since ?? null,
        author: version.author ?? null,
        run: version.run ?? null,
        sealed: version.sealed ?? null,
      },
    ).seq;
  });
}

/** The sealed text of the newest of an entry's side, where that one has this digest; undefined where none was kept. */
export function newestText(
  store: Store,
  { site, rootId, id, locale }: VersionKey,
  side: Side,
  digest: string,
): Uint8Array | undefined {
  const row = store.one(
    `SELECT iif(digest = @digest, sealed, NULL) AS sealed FROM versions
     WHERE site = @site AND root_id = @rootId AND id = @id AND locale = @locale AND unbound = '' AND side = @side
     ORDER BY seq DESC LIMIT 1`,
    { site, rootId, id, locale, side, digest },
  );
  return row === undefined ? undefined : columns("versions", row).optionalBytes("sealed");
}

/** The number of one that says the same of the same side of the same entry, from the same run; undefined for none. */
export function sameVersion(
  store: Store,
  { site, rootId, id, locale, side, digest, run }: NewVersion,
): number | undefined {
  const row = store.one(
    `SELECT max(seq) AS seq FROM versions
     WHERE site = @site AND root_id = @rootId AND id = @id AND locale = @locale AND side = @side
       AND digest = @digest AND run IS @run`,
    { site, rootId, id, locale, side, digest, run: run ?? null },
  );
  return row === undefined ? undefined : columns("versions", row).optionalNumber("seq");
}

export function getVersion(store: Store, seq: number): Version | undefined {
  const row = store.one("SELECT * FROM versions WHERE seq = @seq", { seq });
  return row === undefined ? undefined : fromRow(row);
}

/** SHA-256 of a version's text, hexadecimal; undefined where it is not known. */
export function digestOf(store: Store, seq: number): string | undefined {
  const row = store.one("SELECT digest FROM versions WHERE seq = @seq", { seq });
  return row === undefined ? undefined : columns("versions", row).text("digest") || undefined;
}

/** Newest first, of one entry (any path it had), one side. None for the id "": a file is not an entry. */
export function versionsOf(store: Store, key: VersionKey, side: Side, limit = -1): readonly Version[] {
  const { site, rootId, id, locale } = key;
  return store
    .all(
      `SELECT * FROM versions
       WHERE site = @site AND root_id = @rootId AND id = @id AND locale = @locale AND unbound = '' AND side = @side
       ORDER BY seq DESC LIMIT @limit`,
      { site, rootId, id, locale, side, limit },
    )
    .map(fromRow);
}

/**
 * Oldest first, both sides, with their texts: every version of the file at `path` in this root, and of each entry it
 * was bound to, wherever that one's file was.
 */
export function historyOf(store: Store, rootId: string, path: string): readonly Version[] {
  return store
    .all(
      `WITH here AS (SELECT seq, site, id, locale FROM versions WHERE root_id = @rootId AND path = @path),
         bound AS (SELECT DISTINCT site, id, locale FROM here WHERE id <> '')
       SELECT * FROM versions WHERE seq IN (
         SELECT seq FROM here
         UNION ALL
         SELECT versions.seq FROM bound CROSS JOIN versions ON versions.site = bound.site
           AND versions.root_id = @rootId AND versions.id = bound.id AND versions.locale = bound.locale)
       ORDER BY seq`,
      { rootId, path },
    )
    .map(fromRow);
}
