import type { Store } from "../store/db.ts";

/**
 * Documents that are sent side by side and make each request at the same moment, so that a platform with batches can
 * join them. Each goes its own way through prepare, create or update: only the moment is shared.
 */
export interface Together {
  /**
   * Resolves, for all in the same tick, once every document of the group is here, has ended or has left. `work` is
   * done in one transaction with that of the others, durable on return.
   */
  meet<T>(work: () => T): Promise<T>;
  /** This document is waited for no more. Call it before waiting for another document. */
  leave(): void;
}

interface Here {
  readonly work: () => unknown;
  readonly done: (result: unknown) => void;
  readonly failed: (thrown: unknown) => void;
}

/**
 * A meeting place for `size` documents, each of which gets its own of `ends`. `ready` resolves when they have met for the
 * first time, or none is left that could: from then on they wait for the site.
 */
export function meetingOf(
  store: Store,
  size: number,
): { readonly ends: readonly Together[]; readonly ready: Promise<void> } {
  let active = size;
  let here: Here[] = [];
  let tellReady = (): void => {};
  const ready = new Promise<void>((resolve) => {
    tellReady = resolve;
  });
  const ifAllHere = (): void => {
    if (here.length < active) return;
    tellReady();
    const all = here;
    here = [];
    if (all.length > 0) inOneTransaction(store, all);
  };
  const ends = Array.from({ length: size }, () => {
    let left = false;
    return {
      meet: <T>(work: () => T) => {
        if (left) return Promise.resolve().then(() => store.transaction(work));
        return new Promise<T>((resolve, reject) => {
          here.push({ work, done: resolve as (result: unknown) => void, failed: reject });
          ifAllHere();
        });
      },
      leave: () => {
        if (left) return;
        left = true;
        active -= 1;
        ifAllHere();
      },
    };
  });
  return { ends, ready };
}

/**
 * Does what is asked for in one tick in one transaction: one wait for the disk instead of many. Each call resolves once
 * its own work is durable.
 */
export function groupCommit(store: Store): <T>(work: () => T) => Promise<T> {
  let queue: Here[] = [];
  return <T>(work: () => T) =>
    new Promise<T>((resolve, reject) => {
      if (queue.length === 0) {
        setImmediate(() => {
          const all = queue;
          queue = [];
          inOneTransaction(store, all);
        });
      }
      queue.push({ work, done: resolve as (result: unknown) => void, failed: reject });
    });
}

/** What fails in one part must not take the others with it: then each gets a transaction of its own. */
function inOneTransaction(store: Store, all: readonly Here[]): void {
  let results: readonly unknown[];
  try {
    results = store.transaction(() => all.map(({ work }) => work()));
  } catch (thrown) {
    if (all.length === 1) {
      all[0]?.failed(thrown);
      return;
    }
    for (const one of all) inOneTransaction(store, [one]);
    return;
  }
  for (const [index, { done }] of all.entries()) done(results[index]);
}
