import type { Connector, Term } from "../connectors/contract.ts";
import { foldName, joinTermPath, splitTermPath } from "../content/term-path.ts";
import { isFault } from "../lib/fault.ts";
import { once } from "../lib/once.ts";
import { severalTerms, type TermNames, termNames } from "./term-names.ts";

/** A term under the name that documents use; the site may have renamed it since. */
export interface KnownTerm {
  readonly taxonomy: string;
  readonly id: string;
  /** As documents write it: a name, a slug, or a path joined by `/`; a `/` within a name is written `\/`. */
  readonly name: string;
}

/** What the site made of a term that documents name, since the last run that looked. */
export interface TermNews {
  readonly term: Term;
  /** What documents call it. */
  readonly words: readonly string[];
  /** Whether the site itself calls it something else now. */
  readonly renamed: boolean;
  /** The term that has one of the words for its name now. */
  readonly rival: Term | undefined;
}

/** Terms of the site, fetched by taxonomy on first use. What a document has once meant by a word it goes on to mean. */
export interface TermStock {
  load(taxonomies: Iterable<string>): Promise<void>;
  /** Looks what became of the terms that the lockfile knows, telling each change once. */
  news(): Promise<readonly TermNews[]>;
  /** A term that was made for documents that call it so. */
  add(term: Term, path: readonly string[]): void;
  /** Throws `invalid` where the word could be several terms. Call `load` before. */
  find(taxonomy: string, path: readonly string[]): Term | undefined;
  /** The same for a word that nobody sends: undefined where it could be several, and not taken for used. */
  peek(taxonomy: string, path: readonly string[]): Term | undefined;
  /** Whether documents used the word for a term that the site has no more. */
  wasRemoved(taxonomy: string, path: readonly string[]): boolean;
  /** Those on the site, under the names that it gives them. */
  of(taxonomy: string): Iterable<Term>;
  /** For codecs: each term first under a name that means it and no other, then under the others that documents use. */
  all(): readonly Term[];
  /** Those that documents name, for the lockfile: a term renamed on the site is found again by its id. */
  readonly used: ReadonlyMap<string, KnownTerm>;
}

export function termStock({ terms: store }: Connector, known: readonly KnownTerm[]): TermStock {
  const fold = store?.fold ?? foldName;
  const loaded = new Map<string, TermNames>();
  const words = new Map<string, Term>();
  const used = new Map<string, KnownTerm>();
  const meant = wordsOf(known);
  let named: readonly Term[] = [];
  let list: readonly Term[] = [];

  const use = (term: Term, path: readonly string[]) => {
    const { taxonomy, id } = term;
    // Its own name beside the word says that there is no news.
    for (const names of answersTo(term, path) ? [path] : [path, term.path]) {
      const name = joinTermPath(names);
      used.set(`${taxonomy}\0${id}\0${name}`, { taxonomy, id, name });
    }
  };
  const loads = new Map<string, () => Promise<void>>();
  const loading = (taxonomy: string) =>
    once(async () => {
      const names = termNames(fold);
      for (const term of (await store?.list(taxonomy)) ?? []) names.add(term);
      loaded.set(taxonomy, names);
      named = list = [];
    });
  const load = async (taxonomies: Iterable<string>) => {
    for (const taxonomy of store === undefined ? [] : taxonomies) {
      const ready = loads.get(taxonomy) ?? loading(taxonomy);
      loads.set(taxonomy, ready);
      await ready();
    }
  };
  const one = (found: Term | readonly Term[] | undefined) =>
    found !== undefined && "id" in found ? found : undefined;
  const look = (taxonomy: string, path: readonly string[]): Term | readonly Term[] | undefined => {
    const names = loaded.get(taxonomy);
    const now = names?.find(path);
    const ids = meant.get(wordKey(taxonomy, path)) ?? [];
    if (now !== undefined && "id" in now && ids.includes(now.id)) return now;
    const [before] = ids.flatMap((id) => names?.byId(id) ?? []);
    const atTop = path.length === 1 || path[0] === "";
    if (before !== undefined || now !== undefined || atTop) return before ?? now;
    const above = one(look(taxonomy, parentPath(path, path.length - 1)));
    return above === undefined ? undefined : names?.find([...above.path, path.at(-1) ?? ""]);
  };
  /** A name by which the term alone is found: its own, else its slug. */
  const naming = (term: Term): Term => {
    if (one(look(term.taxonomy, term.path))?.id === term.id) return term;
    const bySlug = one(look(term.taxonomy, [term.slug]))?.id === term.id;
    return bySlug ? { ...term, name: term.slug, path: [term.slug] } : term;
  };
  /** A codec that ignores case finds the term by this word without being told. */
  const isPlain = (term: Term, path: readonly string[]) => {
    const own = naming(term).path;
    if (joinTermPath(own) === joinTermPath(path)) return true;
    if (own.map(foldName).join("\0") !== path.map(foldName).join("\0")) return false;
    return one(loaded.get(term.taxonomy)?.find(path.map(foldName)))?.id === term.id;
  };
  /** A parent that is renamed is to be known when a new term below it is named. */
  const useParents = (taxonomy: string, path: readonly string[]) => {
    for (let depth = 1; depth < path.length; depth += 1) {
      const above = parentPath(path, depth);
      const parent = one(look(taxonomy, above));
      if (parent !== undefined) use(parent, above);
    }
  };
  return {
    used,
    load,
    async news() {
      const found: TermNews[] = [];
      for (const taxonomy of [...new Set(known.map((line) => line.taxonomy))].sort()) {
        const own = known.filter((line) => line.taxonomy === taxonomy);
        if (!loaded.has(taxonomy) && !(await changedSince(store, taxonomy, own, fold))) continue;
        await load([taxonomy]);
        const names = loaded.get(taxonomy);
        if (names !== undefined) found.push(...newsOf(names, own));
      }
      for (const { term, rival } of found) {
        use(term, term.path);
        if (rival !== undefined) use(rival, naming(rival).path);
      }
      return found.filter((news) => !followsFromParent(news, found));
    },
    add(term, path) {
      loaded.get(term.taxonomy)?.add(term);
      named = list = [];
      // The site may write the name otherwise, and what is above it.
      meant.set(wordKey(term.taxonomy, path), [term.id]);
      use(term, path);
    },
    find(taxonomy, path) {
      const found = look(taxonomy, path);
      if (found === undefined) return undefined;
      if (!("id" in found)) throw severalTerms(taxonomy, path, found);
      use(found, path);
      if (path.length === found.path.length) useParents(taxonomy, path);
      const key = `${taxonomy}\0${path.join("\0")}`;
      if (!words.has(key) && !isPlain(found, path)) {
        words.set(key, { ...found, path, name: path.at(-1) ?? "" });
        list = [];
      }
      return found;
    },
    peek: (taxonomy, path) => one(look(taxonomy, path)),
    wasRemoved: (taxonomy, path) => meant.has(wordKey(taxonomy, path)),
    of: (taxonomy) => loaded.get(taxonomy)?.terms ?? [],
    all() {
      if (named.length === 0) named = [...loaded.values()].flatMap((names) => [...names.terms].map(naming));
      if (list.length === 0) list = [...named, ...words.values()];
      return list;
    },
  };
}

/** The first names of a path, as those of a term of their own: one name alone must be at the top. */
export function parentPath(path: readonly string[], depth: number): readonly string[] {
  return depth === 1 ? ["", path[0] ?? ""] : path.slice(0, depth);
}

/** Ids by word. */
function wordsOf(known: readonly KnownTerm[]): Map<string, readonly string[]> {
  const words = new Map<string, readonly string[]>();
  for (const { taxonomy, id, name } of known) {
    const key = wordKey(taxonomy, splitTermPath(name));
    words.set(key, [...(words.get(key) ?? []), id].sort());
  }
  return words;
}

function wordKey(taxonomy: string, path: readonly string[]): string {
  return [taxonomy, ...path.map(foldName)].join("\0");
}

/** Whether the whole taxonomy must be seen: a term that documents name is called otherwise now. */
async function changedSince(
  store: Connector["terms"],
  taxonomy: string,
  known: readonly KnownTerm[],
  fold: (name: string) => string,
): Promise<boolean> {
  if (store?.get === undefined) return store !== undefined;
  const names = termNames(fold);
  try {
    for (const term of await store.get(taxonomy, [...new Set(known.map(({ id }) => id))])) names.add(term);
  } catch (thrown) {
    // A taxonomy whose plug-in is gone concerns only the documents that name its terms.
    if (isFault(thrown) && thrown.kind === "unsupported") return false;
    throw thrown;
  }
  return newsOf(names, known).length > 0;
}

/** A line that names a term as the site does now says that its change was told. */
function newsOf(names: TermNames, known: readonly KnownTerm[]): readonly TermNews[] {
  const told = new Set(known.map(({ id, name }) => `${id}\0${name}`));
  const ids = new Set(known.map(({ id }) => id));
  const news = new Map<string, TermNews>();
  for (const { id, name } of known) {
    const term = names.byId(id);
    if (term === undefined) continue;
    const path = splitTermPath(name);
    const now = names.find(path);
    if (now !== undefined && (!("id" in now) ? now.some((other) => other.id === id) : now.id === id))
      continue;
    const rival = now !== undefined && "id" in now && !ids.has(now.id) ? now : undefined;
    const renamed = !answersTo(term, path);
    if (rival === undefined && (!renamed || told.has(`${id}\0${joinTermPath(term.path)}`))) continue;
    const before = news.get(id);
    news.set(id, {
      term,
      words: [...(before?.words ?? []), name].sort(),
      renamed: renamed || before?.renamed === true,
      rival: before?.rival ?? rival,
    });
  }
  return [...news.values()];
}

function answersTo(term: Term, path: readonly string[]): boolean {
  const alone = termNames(foldName);
  alone.add(term);
  return alone.find(path) !== undefined;
}

/** Whether a term is called otherwise only because one above it is. */
function followsFromParent({ term, words, rival }: TermNews, all: readonly TermNews[]): boolean {
  const fold = (path: readonly string[]) => path.map(foldName).join("\0");
  const now = fold(term.path);
  const follows = (word: string) =>
    all.some((above) =>
      above.words.some((name) => {
        const from = splitTermPath(name).filter((part) => part !== "");
        const path = splitTermPath(word);
        const below = path.length > from.length && fold(path.slice(0, from.length)) === fold(from);
        return below && fold([...above.term.path, ...path.slice(from.length)]) === now;
      }),
    );
  return rival === undefined && words.every(follows);
}
