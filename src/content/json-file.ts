import { Fault } from "../lib/fault.ts";
import { canonicalJson, isObject, type Json, type JsonObject } from "../lib/json.ts";
import { placeOf } from "./text.ts";

/** A value of a JSON text and where it stands. */
interface Node {
  readonly start: number;
  readonly end: number;
  readonly value: Json;
  /** Of an object, in order. */
  readonly members?: readonly Member[];
}

interface Member {
  readonly key: string;
  readonly start: number;
  readonly node: Node;
}

interface Scanner {
  readonly text: string;
  readonly path: string;
  at: number;
}

const MAX_DEPTH = 64;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const STRING = /"(?:[^"\\\n]|\\.)*"/y;

/** A whole JSON text that is one object. Throws `invalid` with line and column; a key given twice is an error. */
export function jsonFields(text: string, path: string): JsonObject {
  return rootOf(text, path).value as JsonObject;
}

/** Offset of a top-level key, or of a member of the map it holds. */
export function jsonKeyOffset(text: string, key: string, path: string, member?: string): number | undefined {
  const top = rootOf(text, path).members?.find((candidate) => candidate.key === key);
  if (member === undefined) return top?.start;
  return (top?.node.members?.find((candidate) => candidate.key === member) ?? top)?.start;
}

/** The text with these members set and removed; indentation, key order and everything else stay. */
export function patchJson(text: string, set: JsonObject, remove: readonly string[], path: string): string {
  const root = rootOf(text, path);
  return text.slice(0, root.start) + edited(text, root, set, remove) + text.slice(root.end);
}

function edited(text: string, node: Node, set: JsonObject, remove: readonly string[]): string {
  const members = node.members ?? [];
  const first = members[0];
  const step = indentStep(text);
  const lead = first === undefined ? `\n${step}` : text.slice(node.start + 1, first.start);
  const last = members.at(-1);
  const close = last === undefined ? "\n" : text.slice(last.node.end, node.end - 1);
  const separator = members[1] === undefined ? lead : afterComma(text, first?.node.end, members[1].start);
  const column = lead.includes("\n") ? lead.slice(lead.lastIndexOf("\n") + 1) : undefined;
  const pieces: string[] = [];
  for (const [index, member] of members.entries()) {
    if (remove.includes(member.key) && !Object.hasOwn(set, member.key)) continue;
    const before = members[index - 1];
    const own = before === undefined ? separator : afterComma(text, before.node.end, member.start);
    const body =
      text.slice(member.start, member.node.start) +
      replaced(text, member.node, set[member.key], column, step);
    pieces.push((pieces.length === 0 ? lead : own) + body);
  }
  for (const [key, value] of Object.entries(set)) {
    if (members.some((member) => member.key === key)) continue;
    const colon = column === undefined && !/:\s/.test(text) && first !== undefined ? ":" : ": ";
    pieces.push(
      (pieces.length === 0 ? lead : separator) + JSON.stringify(key) + colon + rendered(value, column, step),
    );
  }
  return pieces.length === 0 ? "{}" : `{${pieces.join(",")}${close}}`;
}

function replaced(
  text: string,
  node: Node,
  value: Json | undefined,
  column: string | undefined,
  step: string,
) {
  const old = text.slice(node.start, node.end);
  if (value === undefined || canonicalJson(value) === canonicalJson(node.value)) return old;
  if (isObject(value) && node.members !== undefined && node.members.length > 0) {
    const wanted = value as JsonObject;
    const gone = node.members.map((member) => member.key).filter((key) => !Object.hasOwn(wanted, key));
    return edited(text, node, wanted, gone);
  }
  const inline = Array.isArray(value) && old.startsWith("[") && !old.includes("\n");
  return inline
    ? `[${value.map((item: Json) => JSON.stringify(item)).join(", ")}]`
    : rendered(value, column, step);
}

function rendered(value: Json, column: string | undefined, step: string): string {
  if (column === undefined) return JSON.stringify(value);
  return JSON.stringify(value, null, step).replaceAll("\n", `\n${column}`);
}

function indentStep(text: string): string {
  return /^\s*\{[^\S\n]*\n([ \t]+)/.exec(text)?.[1] ?? "  ";
}

function afterComma(text: string, from: number | undefined, to: number): string {
  const between = text.slice(from ?? to, to);
  return between.slice(between.indexOf(",") + 1);
}

// --- Reading with positions ------------------------------------------------------------------------------------

function rootOf(text: string, path: string): Node {
  const scanner: Scanner = { text, path, at: 0 };
  skipSpace(scanner);
  const start = scanner.at;
  const root = scanValue(scanner, 0);
  skipSpace(scanner);
  if (scanner.at < text.length) throw unexpected(scanner, "the end of the file");
  if (root.members === undefined) {
    throw fail(scanner, start, 'A JSON document must be one object: { "title": …, "body": … }');
  }
  return root;
}

function scanValue(scanner: Scanner, depth: number): Node {
  if (depth > MAX_DEPTH) throw fail(scanner, scanner.at, `JSON nests deeper than ${MAX_DEPTH} levels`);
  const start = scanner.at;
  const char = scanner.text[start];
  if (char === "{") return scanObject(scanner, depth);
  if (char === "[") return scanArray(scanner, depth);
  if (char === '"') return { start, value: scanString(scanner), end: scanner.at };
  for (const [word, value] of [
    ["true", true],
    ["false", false],
    ["null", null],
  ] as const) {
    if (!scanner.text.startsWith(word, start)) continue;
    scanner.at += word.length;
    return { start, end: scanner.at, value };
  }
  const source = match(scanner, NUMBER);
  if (source === undefined) throw unexpected(scanner, "a value");
  const number = Number(source);
  // A whole number too large for a double stays text, as written.
  const exact = Number.isFinite(number) && (!/^-?\d+$/.test(source) || Number.isSafeInteger(number));
  return { start, end: scanner.at, value: exact ? number : source };
}

function scanObject(scanner: Scanner, depth: number): Node {
  const start = scanner.at;
  const members: Member[] = [];
  const value: Record<string, Json> = {};
  scanner.at += 1;
  skipSpace(scanner);
  while (scanner.text[scanner.at] !== "}") {
    if (members.length > 0) expect(scanner, ",", "`,` or `}`");
    const keyStart = scanner.at;
    if (scanner.text[keyStart] !== '"') throw unexpected(scanner, 'a key in "quotes"');
    const key = scanString(scanner);
    if (Object.hasOwn(value, key)) throw fail(scanner, keyStart, `The key \`${key}\` is there twice`);
    if (key === "__proto__") throw fail(scanner, keyStart, "A key cannot be `__proto__`");
    skipSpace(scanner);
    expect(scanner, ":", "`:`");
    const node = scanValue(scanner, depth + 1);
    members.push({ key, start: keyStart, node });
    value[key] = node.value;
    skipSpace(scanner);
  }
  scanner.at += 1;
  return { start, end: scanner.at, value, members };
}

function scanArray(scanner: Scanner, depth: number): Node {
  const start = scanner.at;
  const items: Json[] = [];
  scanner.at += 1;
  skipSpace(scanner);
  while (scanner.text[scanner.at] !== "]") {
    if (items.length > 0) expect(scanner, ",", "`,` or `]`");
    items.push(scanValue(scanner, depth + 1).value);
    skipSpace(scanner);
  }
  scanner.at += 1;
  return { start, end: scanner.at, value: items };
}

function scanString(scanner: Scanner): string {
  const start = scanner.at;
  try {
    return JSON.parse(match(scanner, STRING) ?? "") as string;
  } catch {
    throw fail(
      scanner,
      start,
      "This string is not closed on its line, or holds a control character or a wrong escape",
    );
  }
}

function expect(scanner: Scanner, char: string, wanted: string): void {
  if (scanner.text[scanner.at] !== char) throw unexpected(scanner, wanted);
  scanner.at += 1;
  skipSpace(scanner);
}

function match(scanner: Scanner, pattern: RegExp): string | undefined {
  pattern.lastIndex = scanner.at;
  const found = pattern.exec(scanner.text)?.[0];
  if (found !== undefined) scanner.at += found.length;
  return found;
}

function skipSpace(scanner: Scanner): void {
  while (" \t\n\r".includes(scanner.text[scanner.at] ?? "x")) scanner.at += 1;
}

function unexpected(scanner: Scanner, wanted: string): Fault {
  const found = scanner.text[scanner.at];
  const what = found === undefined ? "the end of the file" : `\`${found}\``;
  return fail(scanner, scanner.at, `JSON: ${wanted} is expected here, not ${what}`);
}

function fail(scanner: Scanner, offset: number, message: string): Fault {
  return new Fault("invalid", message, { code: "json", place: placeOf(scanner.path, scanner.text, offset) });
}
