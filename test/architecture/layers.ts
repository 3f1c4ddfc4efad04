import { importsOf, read } from "./source.ts";

/** A folder of src imports itself and folders to its left. */
export const LAYERS = [
  "lib",
  "content",
  "store",
  "http",
  "auth",
  "connectors",
  "services",
  "sync",
  "engine",
  "tasks",
  "report",
  "sandbox",
  "commands",
  "cli",
] as const;

/** The path that a relative import of `from` names; undefined for a package. */
export function resolveImport(from: string, specifier: string): string | undefined {
  if (!specifier.startsWith(".")) return undefined;
  return new URL(specifier, `file:///${from}`).pathname.slice(1);
}

/** What is wrong with the relative imports of one file of src. */
export function layerFaults(path: string, source: string, files: ReadonlySet<string>): readonly string[] {
  return importsOf(source).flatMap(({ specifier }) => {
    const target = resolveImport(path, specifier);
    if (target === undefined) return [];
    if (!files.has(target)) return [`${path} imports ${specifier}, which is not there`];
    if (layerOf(target) > layerOf(path)) return [`${path} imports ${target}, to its right`];
    const [ours, theirs] = [path, target].map(unitOf);
    if (ours !== undefined && theirs !== undefined && ours !== theirs) {
      return [`${path} imports ${target}, another connector or provider`];
    }
    return [];
  });
}

/** Position of the file's folder; one that is no layer counts as right of all. */
export function layerOf(path: string): number {
  const [top, folder] = path.split("/");
  const layer = top === "src" ? (LAYERS as readonly string[]).indexOf(folder ?? "") : -1;
  return layer < 0 ? LAYERS.length : layer;
}

/** The connector or the provider of services that a file belongs to. */
function unitOf(path: string): string | undefined {
  return /^src\/(?:connectors|services)\/[^/]+\//.exec(path)?.[0];
}

/** Files and packages that are loaded with a file before anything of it runs. */
export function loadedWith(
  entry: string,
  readFile: (path: string) => string | undefined = read,
): readonly string[] {
  const seen = new Set<string>();
  const visit = (path: string) => {
    for (const { specifier, typeOnly, dynamic } of importsOf(readFile(path) ?? "")) {
      if (typeOnly || dynamic) continue;
      const target = resolveImport(path, specifier);
      const name = target ?? specifier;
      if (seen.has(name)) continue;
      seen.add(name);
      if (target !== undefined) visit(target);
    }
  };
  visit(entry);
  return [...seen].sort();
}

/** The package that a specifier names; undefined for files and what Node brings. */
export function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith(".") || specifier.startsWith("node:") || specifier.startsWith("/"))
    return undefined;
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}
