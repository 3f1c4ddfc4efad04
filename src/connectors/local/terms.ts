import { foldName } from "../../content/term-path.ts";
import { Fault } from "../../lib/fault.ts";
import type { Term, TermStore } from "../contract.ts";
import { TAXONOMIES } from "./kinds.ts";
import type { TermRecord } from "./record.ts";
import { idOf, type Storage } from "./storage.ts";

export type Locked = <T>(work: () => T) => Promise<T>;

export function createTermStore(storage: Storage, locked: Locked): TermStore {
  const records = (taxonomy: string): readonly TermRecord[] => {
    if (TAXONOMIES.includes(taxonomy)) return storage.terms(taxonomy);
    throw new Fault("invalid", `a local site has no taxonomy "${taxonomy}"`);
  };
  return {
    list: async (taxonomy) => {
      const all = records(taxonomy);
      return all.map((record) => termOf(taxonomy, record, all));
    },
    get: async (taxonomy, ids) => {
      const all = TAXONOMIES.includes(taxonomy) ? storage.terms(taxonomy) : [];
      return all.filter(({ id }) => ids.includes(id)).map((record) => termOf(taxonomy, record, all));
    },
    create: (taxonomy, name, parent) =>
      locked(() => {
        const all = records(taxonomy);
        const below = parent?.id ?? null;
        if (below !== null && (taxonomy !== "categories" || !all.some((term) => term.id === below))) {
          throw new Fault("invalid", `${taxonomy}: there is no term ${below} to put "${name}" below`);
        }
        const same = all.find((term) => term.parent === below && foldName(term.name) === foldName(name));
        if (same !== undefined) return termOf(taxonomy, same, all);
        const slug = name
          .trim()
          .toLowerCase()
          .replace(/[^\p{L}\p{N}\p{M}]+/gu, "-")
          .replace(/^-|-$/g, "");
        const record = { id: freeId(all, taxonomy, below, name), name: name.trim(), slug, parent: below };
        storage.putTerms(taxonomy, [...all, record]);
        return termOf(taxonomy, record, [...all, record]);
      }),
  };
}

function termOf(taxonomy: string, record: TermRecord, all: readonly TermRecord[]): Term {
  const path: string[] = [];
  // A loop made by hand ends when every term was seen.
  for (let at: TermRecord | undefined = record; at !== undefined && path.length <= all.length; ) {
    path.unshift(at.name);
    const above: string | null = at.parent;
    at = above === null ? undefined : all.find((term) => term.id === above);
  }
  return { id: record.id, taxonomy, name: record.name, slug: record.slug, path };
}

/** A renamed term keeps its id, so a new one of the old name must take another. */
function freeId(all: readonly TermRecord[], taxonomy: string, parent: string | null, name: string): string {
  const taken = new Set(all.map((term) => term.id));
  for (let n = 0; ; n++) {
    const id = idOf([taxonomy, parent ?? "", foldName(name)].join("\n"), n);
    if (!taken.has(id)) return id;
  }
}
