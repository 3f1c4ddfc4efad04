// Terms of a site by id and by name: sites have tens of thousands, and every document names some. Pure.
import type { Term } from "../contract.ts";
import { nameKey } from "./names.ts";

export interface TermIndex {
  byId(taxonomy: string, id: string): Term | undefined;
  /** By names from the top, however they are written. */
  byPath(taxonomy: string, path: readonly string[]): Term | undefined;
}

const indexes = new WeakMap<readonly Term[], TermIndex>();

/** Built once per list. Where two terms have one name, the first is found. */
export function termIndex(terms: readonly Term[]): TermIndex {
  const known = indexes.get(terms);
  if (known !== undefined) return known;
  const ids = new Map<string, Term>();
  const paths = new Map<string, Term>();
  for (const term of terms) {
    const id = `${term.taxonomy}\0${term.id}`;
    const path = pathKey(term.taxonomy, term.path);
    if (!ids.has(id)) ids.set(id, term);
    if (!paths.has(path)) paths.set(path, term);
  }
  const index: TermIndex = {
    byId: (taxonomy, id) => ids.get(`${taxonomy}\0${id}`),
    byPath: (taxonomy, path) => paths.get(pathKey(taxonomy, path)),
  };
  indexes.set(terms, index);
  return index;
}

function pathKey(taxonomy: string, path: readonly string[]): string {
  return [taxonomy, ...path.map(nameKey)].join("\0");
}
