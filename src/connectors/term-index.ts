// Terms of a site by id and by name: sites have tens of thousands, and every document names some. Pure.
import { foldName } from "../content/term-path.ts";
import type { Term } from "./contract.ts";

export interface TermIndex {
  byId(taxonomy: string, id: string): Term | undefined;
  /** By names from the top: as they are written, else in other case. */
  byPath(taxonomy: string, path: readonly string[]): Term | undefined;
}

const indexes = new WeakMap<readonly Term[], TermIndex>();

/** Built once per list. Where two terms have one id or one name, the first is found. */
export function termIndex(terms: readonly Term[]): TermIndex {
  const known = indexes.get(terms);
  if (known !== undefined) return known;
  const ids = new Map<string, Term>();
  const written = new Map<string, Term>();
  const folded = new Map<string, Term>();
  for (const term of terms) {
    const keys = [
      [ids, `${term.taxonomy}\0${term.id}`],
      [written, pathKey(term.taxonomy, term.path)],
      [folded, pathKey(term.taxonomy, term.path.map(foldName))],
    ] as const;
    for (const [map, key] of keys) if (!map.has(key)) map.set(key, term);
  }
  const index: TermIndex = {
    byId: (taxonomy, id) => ids.get(`${taxonomy}\0${id}`),
    byPath: (taxonomy, path) =>
      written.get(pathKey(taxonomy, path)) ?? folded.get(pathKey(taxonomy, path.map(foldName))),
  };
  indexes.set(terms, index);
  return index;
}

function pathKey(taxonomy: string, path: readonly string[]): string {
  return [taxonomy, ...path].join("\0");
}
