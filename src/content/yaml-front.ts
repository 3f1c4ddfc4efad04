import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseAllDocuments,
  parseDocument,
  type Document as YamlDocument,
} from "yaml";
import { Fault, isFault } from "../lib/fault.ts";
import type { Json, JsonObject } from "../lib/json.ts";
import { placeOf } from "./text.ts";

/** Where a piece of YAML stands, so that errors can name line and column in the file. */
export interface Origin {
  readonly path: string;
  /** The whole file, LF. */
  readonly lf: string;
  /** Offset of the YAML in it. */
  readonly offset: number;
}

export type Yaml = YamlDocument.Parsed;

/** Values that a front matter may expand to through aliases, and levels it may nest. */
const MAX_VALUES = 50_000;
const MAX_DEPTH = 64;

/** YAML 1.2 core schema: dates stay strings. Throws `invalid` with line and column. */
export function parseYaml(text: string, origin: Origin): Yaml {
  return sound(
    parsed(() => parseDocument(text, OPTIONS), origin),
    text,
    origin,
  );
}

/** Several documents, separated by `---`; each as if it were alone, or what is wrong with it. Empty ones are left out. */
export function parseYamlDocuments(text: string, origin: Origin): readonly (Yaml | Fault)[] {
  const documents = parsed(() => parseAllDocuments(text, OPTIONS) as readonly Yaml[], origin);
  return documents.flatMap((document) => {
    if (document.errors.length === 0 && isEmpty(document)) return [];
    try {
      return sound(document, text, origin);
    } catch (thrown) {
      if (!isFault(thrown)) throw thrown;
      return thrown;
    }
  });
}

const OPTIONS = { schema: "core", keepSourceTokens: true, prettyErrors: false, uniqueKeys: true } as const;

const TOO_DEEP = "YAML nests too deeply to be read";

function isEmpty({ contents }: Yaml): boolean {
  return contents === null || (isScalar(contents) && contents.value === null);
}

function parsed<T>(parse: () => T, origin: Origin): T {
  try {
    return parse();
  } catch (thrown) {
    throw yamlFault(origin, 0, `${TOO_DEEP} (${String(thrown)})`);
  }
}

/** The document, where nothing is wrong with it. */
function sound(document: Yaml, text: string, origin: Origin): Yaml {
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem === undefined) return document;
  // What Node says of itself, found in the parser's errors.
  if (/call stack/.test(problem.message))
    throw yamlFault(origin, problem.pos[0], TOO_DEEP, "Write it flatter.");
  const message =
    problem.code === "DUPLICATE_KEY"
      ? `The key \`${keyAt(text, problem.pos[0])}\` is there twice`
      : problem.message.split("\n")[0];
  throw yamlFault(origin, problem.pos[0], `${message}`, hintFor(problem.code));
}

/** The mapping a front matter is; {} when it is empty. Numbers not in their plain form stay strings as written. */
export function yamlFields(document: Yaml, origin: Origin): JsonObject {
  const root = document.contents;
  if (root === null || isEmpty(document)) return {};
  if (!isMap(root)) {
    throw yamlFault(
      origin,
      root.range?.[0] ?? 0,
      "Front matter must be `key: value` lines",
      "Begin it with a line such as `title: My post`.",
    );
  }
  const value = toJson(root, { document, origin, left: MAX_VALUES }, 0);
  return value as JsonObject;
}

/** Offset of a top-level key in the YAML text, or of a member of the map it holds. */
export function yamlKeyOffset(document: Yaml, key: string, member?: string): number | undefined {
  const pair = pairOf(document.contents, key);
  const inner = member === undefined ? undefined : pairOf(pair?.value, member);
  const named = inner?.key ?? pair?.key;
  return isScalar(named) ? named.range?.[0] : undefined;
}

function pairOf(map: unknown, key: string) {
  return isMap(map) ? map.items.find((item) => isScalar(item.key) && keyText(item.key) === key) : undefined;
}

export function keyText(key: unknown): string | undefined {
  if (!isScalar(key)) return undefined;
  return typeof key.value === "string" ? key.value : (key.source ?? String(key.value));
}

export function yamlFault(origin: Origin, offset: number, message: string, hint?: string): Fault {
  const place = placeOf(origin.path, origin.lf, origin.offset + offset);
  return new Fault("invalid", message, { code: "yaml", place, ...(hint === undefined ? {} : { hint }) });
}

interface Reading {
  readonly document: Yaml;
  readonly origin: Origin;
  left: number;
}

function toJson(node: unknown, reading: Reading, depth: number): Json {
  reading.left -= 1;
  const at = offsetOf(node);
  if (reading.left < 0 || depth > MAX_DEPTH) {
    throw yamlFault(
      reading.origin,
      at,
      "Its aliases expand to too many values, or it nests too deeply",
      "Write the values out.",
    );
  }
  if (isAlias(node)) {
    const target = node.resolve(reading.document);
    if (target === undefined) throw yamlFault(reading.origin, at, `No anchor is named &${node.source}`);
    return toJson(target, reading, depth + 1);
  }
  if (isSeq(node)) return node.items.map((item) => toJson(item, reading, depth + 1));
  if (isMap(node)) return mapToJson(node.items, reading, depth);
  return isScalar(node) ? scalarToJson(node.value, node.source) : null;
}

function mapToJson(
  items: readonly { readonly key: unknown; readonly value: unknown }[],
  reading: Reading,
  depth: number,
): JsonObject {
  const own: Record<string, Json> = {};
  const merged: Record<string, Json> = {};
  for (const { key, value } of items) {
    const name = keyText(key);
    if (name === undefined || name === "__proto__") {
      throw yamlFault(reading.origin, offsetOf(key), "Keys must be plain words");
    }
    const json = toJson(value, reading, depth + 1);
    if (name !== "<<") own[name] = json;
    else for (const source of Array.isArray(json) ? json.toReversed() : [json]) Object.assign(merged, source);
  }
  return { ...merged, ...own };
}

function scalarToJson(value: unknown, source: string | undefined): Json {
  if (typeof value === "string" || typeof value === "boolean" || value === null) return value;
  // 007, 1.10, 0x1F and 12345678901234567890 would come back as something else: they are text as written.
  if (typeof value === "number" && Number.isFinite(value) && String(value) === source) return value;
  return source ?? String(value);
}

function offsetOf(node: unknown): number {
  const range = (node as { range?: readonly number[] | null } | null | undefined)?.range;
  return range?.[0] ?? 0;
}

function keyAt(text: string, offset: number): string {
  return text.slice(offset).match(/^[^:\n]+/)?.[0] ?? "";
}

function hintFor(code: string): string {
  switch (code) {
    case "TAB_AS_INDENT":
      return "Indent with spaces.";
    case "DUPLICATE_KEY":
      return "Keep one of the two lines.";
    case "TAG_RESOLVE_FAILED":
      return "Remove the !tag, or put the value in quotes.";
    case "MULTILINE_IMPLICIT_KEY":
    case "BLOCK_AS_IMPLICIT_KEY":
    case "BAD_SCALAR_START":
    case "UNEXPECTED_TOKEN":
      return "A value with `: `, `#`, `@`, `[` or a quote in it must stand in quotes.";
    default:
      return "Check the brackets, quotes and indentation of this line and the one above.";
  }
}
