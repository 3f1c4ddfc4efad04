import type { Term } from "../connectors/contract.ts";
import { foldName, joinTermPath } from "../content/term-path.ts";
import { Fault } from "../lib/fault.ts";

/**
 * The terms of one taxonomy by what documents call them: the path, the name alone, or the slug. The nearest way of
 * writing counts: to the letter, then case aside, then as the platform itself looks names up.
 */
export interface TermNames {
  add(term: Term): void;
  /** Every term, in the order in which they were added. */
  readonly terms: Iterable<Term>;
  byId(id: string): Term | undefined;
  /** Undefined where there is none; several where nothing tells which is meant. */
  find(path: readonly string[]): Term | readonly Term[] | undefined;
}

type Key = (name: string) => string;

export function termNames(platform: Key): TermNames {
  const keys: readonly Key[] = [(name) => name.normalize("NFC").trim(), foldName, platform];
  const byId = new Map<string, Term>();
  const paths = keys.map(() => new Map<string, Term[]>());
  const leaves = keys.map(() => new Map<string, Term[]>());
  const slugs = new Map<string, Term[]>();
  const under = (map: Map<string, Term[]>, key: string, term: Term) => {
    const same = map.get(key);
    if (same === undefined) map.set(key, [term]);
    else same.push(term);
  };
  const nearest = (maps: readonly Map<string, Term[]>[], path: readonly string[]) => {
    for (const [at, key] of keys.entries()) {
      const found = maps[at]?.get(path.map(key).join("\0"));
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return {
    terms: { [Symbol.iterator]: () => byId.values() },
    byId: (id) => byId.get(id),
    add(term) {
      if (byId.has(term.id)) return;
      byId.set(term.id, term);
      for (const [at, key] of keys.entries()) {
        under(paths[at] as Map<string, Term[]>, term.path.map(key).join("\0"), term);
        if (term.path.length > 1) under(leaves[at] as Map<string, Term[]>, key(term.name), term);
      }
      under(slugs, term.slug, term);
    },
    find(path) {
      const fromTop = path[0] === "";
      const [word, ...below] = path;
      const alone = below.length === 0 && word !== undefined;
      const named = nearest(paths, fromTop ? below : path) ?? (alone ? nearest(leaves, path) : undefined);
      const addressed = alone ? bySlug(slugs, word) : [];
      if (named === undefined) return addressed.length === 1 ? addressed[0] : undefined;
      if (named.length === 1) return named[0];
      return named.find((term) => addressed.length === 1 && term.id === addressed[0]?.id) ?? named;
    },
  };
}

/**
 * Slugs lose what letters and digits are told apart by: the slug of "C++" is `c`, which is no word for it, while
 * `r-d` can only be meant as the slug of "R & D".
 */
function bySlug(slugs: ReadonlyMap<string, readonly Term[]>, word: string): readonly Term[] {
  const found = slugs.get(word.normalize("NFC").trim()) ?? [];
  if (word.includes("-")) return found;
  return found.filter(({ name }) => !/[^\p{L}\p{N}\p{M}\s'’-]/u.test(name) || foldName(name) === word);
}

/** Two terms of one name: the document has to say which it means. */
export function severalTerms(taxonomy: string, path: readonly string[], terms: readonly Term[]): Fault {
  const shown = terms.map((term) => joinTermPath(term.path));
  const told = new Set(shown).size === shown.length;
  const list = told ? shown : terms.map((term, at) => `${shown[at]} (slug ${term.slug})`);
  const atTop = terms.some((term) => term.path.length === 1)
    ? "; one at the top is written with a `/` before it"
    : "";
  return new Fault(
    "invalid",
    `"${joinTermPath(path)}" is ${terms.length} terms of the site's ${taxonomy}: ${list.join(", ")}`,
    {
      code: "ambiguous-term",
      hint: told
        ? `write the whole path of the one that is meant${atTop}`
        : "name the one that is meant by its slug",
    },
  );
}
