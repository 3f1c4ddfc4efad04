// Markdown files as people wrote them: those that npm packages bring along.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseSource } from "../../../src/content/source.ts";
import { isFault } from "../../../src/lib/fault.ts";

export interface RealDocument {
  /** Below the directory of packages. */
  readonly path: string;
  readonly body: string;
}

/** No package says more than this, however much it has to say. */
const PER_PACKAGE = 120;
/** Lists of changes are many, long and all alike. */
const LEFT_OUT = /^(?:changelog|changes|history|licen[sc]e|releases?|security|code[-_]of[-_]conduct)\b/i;
const LEAST_BYTES = 200;

const OWN_PACKAGES = fileURLToPath(new URL("../../../node_modules", import.meta.url));
const SHORT = 4000;

/** Where the packages of `test/corpus` are, for tests of all their documents, which take long. */
export const CORPUS = process.env.AINSTEIN_CORPUS;

/** All documents of the corpus, where its place is named; else this many short ones of the project's own packages. */
export function chosenDocuments(count: number): readonly RealDocument[] {
  if (CORPUS !== undefined) return realDocuments(CORPUS);
  return realDocuments(OWN_PACKAGES)
    .filter(({ body }) => body.length < SHORT)
    .slice(0, count);
}

/** The documents of all packages in a `node_modules`, each text once, in an order that depends on the texts alone. */
export function realDocuments(modules: string): readonly RealDocument[] {
  const found = new Map<string, RealDocument>();
  const counts = new Map<string, number>();
  for (const file of markdownFiles(modules)) {
    const bytes = readFileSync(path.join(modules, file));
    const digest = createHash("sha256").update(bytes).digest("hex");
    const name = packageOf(file);
    const count = counts.get(name) ?? 0;
    if (found.has(digest) || bytes.length < LEAST_BYTES || count >= PER_PACKAGE) continue;
    const body = bodyOf(bytes, file);
    if (body === undefined) continue;
    counts.set(name, count + 1);
    found.set(digest, { path: file, body });
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, document]) => document);
}

function* markdownFiles(modules: string, below = ""): Generator<string> {
  const entries = readdirSync(path.join(modules, below), { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const file = path.join(below, entry.name);
    if (entry.isDirectory() && !entry.name.startsWith(".")) yield* markdownFiles(modules, file);
    else if (entry.isFile() && /\.(?:md|markdown)$/i.test(file) && !LEFT_OUT.test(entry.name)) yield file;
  }
}

function packageOf(file: string): string {
  const [first = "", second = ""] = (file.split(/(?:^|\/)node_modules\//).at(-1) ?? "").split("/");
  return first.startsWith("@") ? `${first}/${second}` : first;
}

/** Undefined for what is no document: other encodings, front matter that nobody can read. */
function bodyOf(bytes: Uint8Array, file: string): string | undefined {
  try {
    return parseSource(bytes, file).body;
  } catch (error) {
    if (isFault(error)) return undefined;
    throw error;
  }
}
