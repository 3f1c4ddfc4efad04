import type { Clock } from "../../lib/clock.ts";
import { settle } from "./checks.ts";
import { whileLocked } from "./lock.ts";
import { createPages } from "./pages.ts";
import type { EntryRecord } from "./record.ts";
import { createShelf, type Shelf } from "./shelf.ts";
import type { Storage } from "./storage.ts";

/** How one connector changes a site that others change too. */
export interface Writer {
  readonly shelf: Shelf;
  /** Finishes an entry that is to be stored, and refuses one that must not be. */
  checked(record: EntryRecord): EntryRecord;
  /** Runs while no other process writes. */
  locked<T>(work: () => T): Promise<T>;
  /** The same, with the shelf fresh before and the pages up to date after it. */
  write<T>(work: () => T): Promise<T>;
  /** Only within `write`. */
  store(record: EntryRecord): EntryRecord;
}

export function createWriter(storage: Storage, clock: Clock): Writer {
  const now = () => clock.now();
  const shelf = createShelf(storage);
  const pages = createPages(storage, shelf);
  const locked = <T>(work: () => T): Promise<T> => whileLocked(storage.directory, clock, work);
  let swept = false;
  return {
    shelf,
    checked: (record) => settle(storage, shelf.heads(), record, now()),
    locked,
    write: (work) =>
      locked(() => {
        if (!swept) storage.sweep();
        swept = true;
        shelf.refresh(now());
        const result = work();
        pages.bringUpToDate(now());
        return result;
      }),
    store: (record) => {
      storage.putEntry(record);
      shelf.put(record, now());
      return record;
    },
  };
}
