import { Fault } from "../lib/fault.ts";
import type { Json } from "../lib/json.ts";
import type { Store } from "./db.ts";
import { columns, type Row } from "./rows.ts";

/** Both sides of a document changed since the base, and what is known of them. */
export interface NewConflict {
  readonly site: string;
  readonly rootId: string;
  readonly target: string;
  readonly path: string;
  readonly locale: string;
  /** Id of the entry; "" while it has none. */
  readonly id: string;
  readonly kind: string;
  readonly reason: string;
  /** Names of the fields and parts in conflict. */
  readonly parts: readonly string[];
  /** What base, file and site said, sealed; absent where it was not known or could not be kept. */
  readonly sealed?: Uint8Array;
  /** The run that found it first. */
  readonly run?: string;
  /** ISO 8601, UTC. */
  readonly foundAt: string;
}

export interface ConflictRecord extends NewConflict {
  readonly seq: number;
  /** ISO 8601, UTC; undefined while it is open. */
  readonly settledAt?: string;
  /** How, and by whom. */
  readonly settlement?: Json;
}

function readParts(value: Json): readonly string[] {
  if (!Array.isArray(value)) throw new Fault("defect", "The database holds broken conflicts.parts.");
  return value.map(String);
}

function fromRow(row: Row): ConflictRecord {
  const read = columns("conflicts", row);
  const sealed = read.optionalBytes("sealed");
  const run = read.optionalText("run");
  const settledAt = read.optionalText("settled_at");
  const settlement = read.optionalJson("settlement");
  return {
    seq: read.number("seq"),
    site: read.text("site"),
    rootId: read.text("root_id"),
    target: read.text("target"),
    path: read.text("path"),
    locale: read.text("locale"),
    id: read.text("id"),
    kind: read.text("kind"),
    reason: read.text("reason"),
    parts: readParts(read.json("parts")),
    ...(sealed === undefined ? {} : { sealed }),
    ...(run === undefined ? {} : { run }),
    foundAt: read.text("found_at"),
    ...(settledAt === undefined ? {} : { settledAt }),
    ...(settlement === undefined ? {} : { settlement }),
  };
}

/**
 * Records an open conflict, one per (site, root, path, locale, id), and returns its number. Found again it keeps its
 * number, run and time; reason, parts and texts are brought up to date.
 */
export function openConflict(store: Store, conflict: NewConflict): number {
  const row = store.transaction(() =>
    store.one(
      `INSERT INTO conflicts
         (site, root_id, target, path, locale, id, kind, reason, parts, sealed, run, found_at)
       VALUES (@site, @rootId, @target, @path, @locale, @id, @kind, @reason, @parts, @sealed, @run, @foundAt)
       ON CONFLICT (site, root_id, path, locale, id) WHERE settled_at IS NULL DO UPDATE SET
         reason = excluded.reason, parts = excluded.parts, sealed = excluded.sealed
       RETURNING seq`,
      {
        ...conflict,
        parts: JSON.stringify(conflict.parts),
        sealed: conflict.sealed ?? null,
        run: conflict.run ?? null,
      },
    ),
  );
  return columns("conflicts", row ?? {}).number("seq");
}

/** False when it was settled before or is unknown. */
export function settleConflict(store: Store, seq: number, at: string, settlement: Json): boolean {
  const { changes } = store.run(
    `UPDATE conflicts SET settled_at = @at, settlement = @settlement WHERE seq = @seq AND settled_at IS NULL`,
    { seq, at, settlement: JSON.stringify(settlement) },
  );
  return changes > 0;
}

/** The open conflicts of one root with one site, by path. */
export function openConflicts(store: Store, site: string, rootId: string): readonly ConflictRecord[] {
  return store
    .all(
      `SELECT * FROM conflicts WHERE site = @site AND root_id = @rootId AND settled_at IS NULL
       ORDER BY path, locale, id`,
      { site, rootId },
    )
    .map(fromRow);
}

/** Open and settled ones, newest first; all where no filter is given. */
export function conflictHistory(
  store: Store,
  filter: { readonly rootId?: string; readonly site?: string; readonly path?: string },
): readonly ConflictRecord[] {
  return store
    .all(
      `SELECT * FROM conflicts
       WHERE (@rootId IS NULL OR root_id = @rootId) AND (@site IS NULL OR site = @site)
         AND (@path IS NULL OR path = @path)
       ORDER BY seq DESC`,
      { rootId: filter.rootId ?? null, site: filter.site ?? null, path: filter.path ?? null },
    )
    .map(fromRow);
}
