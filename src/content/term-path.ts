// A term by its names from the top, as documents and the lockfile write it: `Recipes/Bread`; `\/` is a slash in a name.
// A path that begins with `/` is at the top whatever else has the name: its first name is "".

export function splitTermPath(path: string): readonly string[] {
  return path.split(/(?<!\\)\//).map((name) => name.replaceAll("\\/", "/").trim());
}

export function joinTermPath(names: readonly string[]): string {
  return names.map((name) => name.replaceAll("/", "\\/")).join("/");
}

/** What makes two names one on every platform: case, Unicode form and outer white space aside. */
export function foldName(name: string): string {
  return name.normalize("NFC").trim().toLowerCase();
}

/**
 * A term's word by the names that `aliases` gives instead: of the whole word, else of the longest path that it lies
 * below (`Rezepte: Recipes` makes `Rezepte/Brot` `Recipes/Brot`). As it is where there is none.
 */
export function aliasedTerm(word: string, aliases: ReadonlyMap<string, string>): string {
  if (aliases.size === 0) return word;
  const folded = new Map([...aliases].map(([from, to]) => [pathKey(splitTermPath(from)), to]));
  const names = splitTermPath(word);
  for (let depth = names.length; depth > 0; depth -= 1) {
    const to = folded.get(pathKey(names.slice(0, depth)));
    if (to === undefined) continue;
    return depth === names.length ? to : `${to}/${joinTermPath(names.slice(depth))}`;
  }
  return aliases.get(word) ?? word;
}

function pathKey(names: readonly string[]): string {
  return names.map(foldName).join("\0");
}
