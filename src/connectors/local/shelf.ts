// All entries of a site without their bodies, read again only where a file changed. Derived: the files are the truth.
import type { EntryRecord } from "./record.ts";
import { revisionOf } from "./record.ts";
import type { Storage } from "./storage.ts";

export interface Head {
  /** Its body is "". */
  readonly record: EntryRecord;
  /** Of the whole entry, its state at `refresh` included. */
  readonly revision: string;
}

export interface Shelf {
  /** Looks for files that changed. Needed before each use of the rest. */
  refresh(now: number): void;
  /** Takes over what was just stored. */
  put(record: EntryRecord, now: number): void;
  drop(id: string): void;
  heads(): readonly Head[];
  /** Slug path of what is above the entry; "" for most. */
  scopeOf(record: EntryRecord): string;
}

/** Deeper trees than this are cut: nobody's menus are, and a loop made by hand must end. */
const DEEPEST = 50;

export function createShelf(storage: Storage): Shelf {
  let kept = new Map<string, Head & { readonly stamp: string }>();
  return {
    refresh: (now) => {
      const next: typeof kept = new Map();
      for (const id of storage.ids()) {
        const stamp = storage.stamp(id);
        const known = kept.get(id);
        if (stamp === undefined) continue;
        if (known?.stamp === stamp) {
          next.set(id, known);
          continue;
        }
        const record = storage.entry(id);
        if (record === undefined) continue;
        next.set(id, { stamp, ...headOf(record, now) });
      }
      kept = next;
    },
    put: (record, now) => {
      const stamp = storage.stamp(record.id);
      if (stamp !== undefined) kept.set(record.id, { stamp, ...headOf(record, now) });
    },
    drop: (id) => {
      kept.delete(id);
    },
    heads: () => [...kept.values()],
    scopeOf: (record) => scopeOf(record, (id) => kept.get(id)?.record ?? storage.trashed(id)),
  };
}

function headOf(record: EntryRecord, now: number): Head {
  return {
    revision: revisionOf(record, now),
    record: { ...record, fields: { ...record.fields, body: "" } },
  };
}

export function scopeOf(record: EntryRecord, find: (id: string) => EntryRecord | undefined): string {
  const slugs: string[] = [];
  let { parent } = record.fields;
  while (parent !== null && slugs.length < DEEPEST) {
    const above = find(parent);
    if (above === undefined) break;
    slugs.unshift(above.fields.slug);
    parent = above.fields.parent;
  }
  return slugs.join("/");
}
