import type { Store } from "./db.ts";
import { columns, type Row } from "./rows.ts";

/** The text of a base as the vault sealed it. */
export interface KeptText {
  readonly site: string;
  readonly rootId: string;
  readonly path: string;
  readonly locale: string;
  /** Id of the entry. */
  readonly id: string;
  readonly sealed: Uint8Array;
  /** ISO 8601, UTC. */
  readonly at: string;
}

function fromRow(row: Row): KeptText {
  const read = columns("versions", row);
  return {
    site: read.text("site"),
    rootId: read.text("root_id"),
    path: read.text("path"),
    locale: read.text("locale"),
    id: read.text("id"),
    sealed: read.bytes("sealed"),
    at: read.text("at"),
  };
}

/** Adds a version; older ones stay. */
export function keepText(store: Store, text: KeptText): void {
  store.run(
    `INSERT INTO versions (site, root_id, path, locale, id, kind, side, event, digest, at, sealed)
     VALUES (@site, @rootId, @path, @locale, @id, '', 'site', 'seen', '', @at, @sealed)`,
    { ...text },
  );
}

/** The version kept last for this entry in this root, wherever its file was then. */
export function getText(
  store: Store,
  entry: Pick<KeptText, "site" | "rootId" | "id" | "locale">,
): KeptText | undefined {
  const { site, rootId, id, locale } = entry;
  const row = store.one(
    `SELECT * FROM versions WHERE site = @site AND root_id = @rootId AND id = @id AND locale = @locale
       AND side = 'site' AND sealed IS NOT NULL
     ORDER BY seq DESC LIMIT 1`,
    { site, rootId, id, locale },
  );
  return row === undefined ? undefined : fromRow(row);
}
