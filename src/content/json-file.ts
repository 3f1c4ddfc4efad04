import { Fault } from "../lib/fault.ts";
import { canonicalJson, isObject, type Json, type JsonObject, sameJson } from "../lib/json.ts";
import { placeOf } from "./text.ts";

/** A value of a JSON text and where it stands. */
interface Node {
  readonly start: number;
  readonly end: number;
  readonly value: Json;
  /** Of an object, in order. */
  readonly members?: readonly Member[];
  /** Of an array. */
  readonly items?: readonly Node[];
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
  return text.slice(0, root.start) + edited(text, root, set, remove, styleOf(text)) + text.slice(root.end);
}

/** How a file writes what it says. */
interface Style {
  /** White space of one level. */
  readonly step: string;
  /** Letters beyond ASCII are escapes: `\u00e9`. */
  readonly ascii: boolean;
  /** So are slashes: `\/`. */
  readonly slashes: boolean;
}

function styleOf(text: string): Style {
  return {
    step: /^\s*\{[^\S\n]*\n([ \t]+)/.exec(text)?.[1] ?? "  ",
    ascii: /^[\0-\x7f]*$/.test(text) && /\\u(?!00[0-7])[0-9a-f]{4}/i.test(text),
    slashes: /\\\//.test(text) && !/(?<!\\)\//.test(text),
  };
}

function edited(text: string, node: Node, set: JsonObject, remove: readonly string[], style: Style): string {
  const members = node.members ?? [];
  const first = members[0];
  const { step } = style;
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
      replaced(text, member.node, set[member.key], column, style);
    pieces.push((pieces.length === 0 ? lead : own) + body);
  }
  for (const [key, value] of Object.entries(set)) {
    if (members.some((member) => member.key === key)) continue;
    const colon = column === undefined && !/:\s/.test(text) && first !== undefined ? ":" : ": ";
    pieces.push(
      (pieces.length === 0 ? lead : separator) +
        rendered(key, undefined, style) +
        colon +
        rendered(value, column, style),
    );
  }
  return pieces.length === 0 ? "{}" : `{${pieces.join(",")}${close}}`;
}

function replaced(
  text: string,
  node: Node,
  value: Json | undefined,
  column: string | undefined,
  style: Style,
): string {
  const old = text.slice(node.start, node.end);
  if (value === undefined || sameJson(value, node.value)) return old;
  if (isObject(value) && node.members !== undefined && node.members.length > 0) {
    const wanted = value as JsonObject;
    const gone = node.members.map((member) => member.key).filter((key) => !Object.hasOwn(wanted, key));
    return edited(text, node, wanted, gone, style);
  }
  if (!Array.isArray(value) || node.items === undefined) return rendered(value, column, style);
  if (node.items.length > 0 && value.length > 0) return editedList(text, node, value, style);
  return old.includes("\n") ? rendered(value, column, style) : `[${inlineItems(value, style)}]`;
}

function inlineItems(items: readonly Json[], style: Style): string {
  return items.map((item) => rendered(item, undefined, style)).join(", ");
}

/** Items that stay keep their bytes, wherever they go; those that changed are patched in place, in their order. */
function editedList(text: string, node: Node, wanted: readonly Json[], style: Style): string {
  const items = node.items ?? [];
  const [first, second] = items;
  const lead = text.slice(node.start + 1, first?.start);
  const single = lead.includes("\n") ? lead : " ";
  const separator = second === undefined ? single : afterComma(text, first?.end, second.start);
  const column = lead.includes("\n") ? lead.slice(lead.lastIndexOf("\n") + 1) : undefined;
  const froms = sources(items, wanted);
  const pieces = wanted.map((value, at) => {
    const from = froms[at];
    const old = from === undefined ? undefined : items[from];
    const before = from === undefined || from === 0 ? undefined : items[from - 1];
    const own =
      old === undefined || before === undefined ? separator : afterComma(text, before.end, old.start);
    const body =
      old === undefined ? rendered(value, column, style) : replaced(text, old, value, column, style);
    return (at === 0 ? lead : own) + body;
  });
  return `[${pieces.join(",")}${text.slice(items.at(-1)?.end, node.end)}`;
}

/** For each wanted item the old one that it is, or was: an equal one, else the next map or list that nothing equals. */
function sources(items: readonly Node[], wanted: readonly Json[]): readonly (number | undefined)[] {
  const free = new Map<string, number[]>();
  for (const [at, { value }] of items.entries()) {
    const key = canonicalJson(value);
    free.set(key, [...(free.get(key) ?? []), at]);
  }
  const equal = wanted.map((value) => free.get(canonicalJson(value))?.shift());
  const rest = [...free.values()].flat().sort((a, b) => a - b);
  return equal.map((at, index) => {
    const value = wanted[index];
    if (at !== undefined || typeof value !== "object" || value === null) return at;
    const next = rest.findIndex((old) => Array.isArray(items[old]?.value) === Array.isArray(value));
    return next < 0 ? undefined : rest.splice(next, 1)[0];
  });
}

function rendered(value: Json, column: string | undefined, { step, ascii, slashes }: Style): string {
  const plain =
    column === undefined
      ? JSON.stringify(value)
      : JSON.stringify(value, null, step).replaceAll("\n", `\n${column}`);
  const letters = ascii ? plain.replace(/[^\0-\x7f]/g, escaped) : plain;
  return slashes ? letters.replaceAll("/", "\\/") : letters;
}

/** Of one UTF-16 unit. */
function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
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
  const items: Node[] = [];
  scanner.at += 1;
  skipSpace(scanner);
  while (scanner.text[scanner.at] !== "]") {
    if (items.length > 0) expect(scanner, ",", "`,` or `]`");
    items.push(scanValue(scanner, depth + 1));
    skipSpace(scanner);
  }
  scanner.at += 1;
  return { start, end: scanner.at, value: items.map((item) => item.value), items };
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
  if (found === "/" || found === "#")
    return fail(scanner, scanner.at, "JSON has no comments: remove this one");
  const what = found === undefined ? "the end of the file" : `\`${found}\``;
  return fail(scanner, scanner.at, `JSON: ${wanted} is expected here, not ${what}`);
}

function fail(scanner: Scanner, offset: number, message: string): Fault {
  return new Fault("invalid", message, { code: "json", place: placeOf(scanner.path, scanner.text, offset) });
}
