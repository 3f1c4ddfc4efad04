// What the architecture test needs to know of a source file: its code without comments and texts, and its imports.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

export interface Import {
  /** As written. */
  readonly specifier: string;
  /** Nothing of it is left when the program runs. */
  readonly typeOnly: boolean;
  /** `import(…)`, loaded when that line runs. */
  readonly dynamic: boolean;
}

/** Files that are in the repository or will be: neither ignored nor gone. Paths with `/`, in order. */
export function repositoryFiles(): readonly string[] {
  const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const names = execFileSync("git", args, { cwd: ROOT, encoding: "utf8" }).split("\0");
  return [...new Set(names)].filter((name) => name !== "" && read(name) !== undefined).sort();
}

export function read(path: string): string | undefined {
  try {
    return readFileSync(`${ROOT}${path}`, "utf8");
  } catch {
    return undefined;
  }
}

/** All that a file imports or exports again, the types too. */
export function importsOf(source: string): readonly Import[] {
  const code = codeOf(source);
  const found: Import[] = [];
  const collect = (pattern: RegExp, dynamic: boolean) => {
    for (const match of code.matchAll(pattern)) {
      // The code has its texts blanked, so what stands there is read from the source.
      const [start, end] = match.indices?.groups?.specifier ?? [0, 0];
      const typeOnly = match.groups?.clause?.startsWith("type") ?? false;
      found.push({ specifier: source.slice(start, end), typeOnly, dynamic });
    }
  };
  const text = `["'](?<specifier> *)["']`;
  collect(
    new RegExp(`\\b(?:im|ex)port\\s+(?<clause>(?:type\\s+)?[\\w\\s{},*$]*?)\\s*from\\s*${text}`, "dg"),
    false,
  );
  collect(new RegExp(`\\bimport\\s*${text}`, "dg"), false);
  collect(new RegExp(`\\b(?:import|require)\\(\\s*${text}`, "dg"), true);
  return found;
}

/** A slash after one of these begins a regular expression, not a division. */
const BEFORE_REGEXP = /(?:^|[(,=:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|of|in|await|yield))\s*$/;

/** The code, as long as the source, with comments and the contents of texts and regular expressions blanked. */
export function codeOf(source: string): string {
  let out = "";
  let at = 0;
  /** Depth of braces in each template text that is open around here. */
  const templates: number[] = [];
  const take = (length: number, shown: boolean) => {
    const piece = source.slice(at, at + length);
    out += shown ? piece : piece.replace(/[^\n]/g, " ");
    at += length;
  };
  while (at < source.length) {
    const rest = source[at] ?? "";
    const pair = source.slice(at, at + 2);
    if (pair === "//") take(lengthTo(source, at, "\n"), false);
    else if (pair === "/*") take(lengthTo(source, at, "*/") + 2, false);
    else if (rest === '"' || rest === "'") takeText(source, at, take);
    else if (rest === "/" && BEFORE_REGEXP.test(out.slice(-40))) take(regexpLength(source, at), false);
    else if (rest === "`" || (rest === "}" && templates.at(-1) === 0)) {
      if (rest === "}") templates.pop();
      const length = templateLength(source, at + 1);
      take(1 + length, false);
      if (source.slice(at - 2, at) === "${") templates.push(0);
    } else {
      const depth = templates.pop();
      if (depth !== undefined) templates.push(depth + (rest === "{" ? 1 : rest === "}" ? -1 : 0));
      take(1, true);
    }
  }
  return out;
}

function takeText(source: string, at: number, take: (length: number, shown: boolean) => void): void {
  const quote = source[at];
  let end = at + 1;
  while (end < source.length && source[end] !== quote && source[end] !== "\n")
    end += source[end] === "\\" ? 2 : 1;
  take(1, true);
  take(end - at - 1, false);
  take(1, true);
}

function lengthTo(source: string, at: number, mark: string): number {
  const end = source.indexOf(mark, at);
  return (end < 0 ? source.length : end) - at;
}

function regexpLength(source: string, at: number): number {
  let inClass = false;
  for (let end = at + 1; end < source.length; end++) {
    const character = source[end];
    if (character === "\\") end++;
    else if (character === "[") inClass = true;
    else if (character === "]") inClass = false;
    else if (character === "\n" || (character === "/" && !inClass)) return end + 1 - at;
  }
  return source.length - at;
}

/** Up to and with the end of a template text, or the `${` that interrupts it. */
function templateLength(source: string, start: number): number {
  for (let end = start; end < source.length; end++) {
    if (source[end] === "\\") end++;
    else if (source[end] === "`") return end + 1 - start;
    else if (source.startsWith("${", end)) return end + 2 - start;
  }
  return source.length - start;
}
