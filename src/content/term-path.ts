// A term by its names from the top, as documents and the lockfile write it: `Recipes/Bread`; `\/` is a slash in a name.

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
