import { isMap, isScalar, isSeq, type Pair, type YAMLMap, type YAMLSeq } from "yaml";
import { canonicalJson, isObject, type Json, type JsonObject, sameJson } from "../lib/json.ts";
import { editsOf, lineEnd, lineStart, type Splice, spliceString } from "./text.ts";
import { keyText, type Origin, parseYaml, type Yaml, yamlFault, yamlFields } from "./yaml-front.ts";
import { blockItem, flowValue, pairText, renderStyle, type Style, trimmed } from "./yaml-render.ts";

/**
 * How a value is written over an old one: `fine` touches only the list items and nested keys that differ, `whole`
 * replaces the value, `inline` replaces it by one line. The first whose result reads back as meant is taken.
 */
const APPROACHES = ["fine", "whole", "inline"] as const;
type Approach = (typeof APPROACHES)[number];

/** Thrown inside when an approach does not fit how the operator wrote the value. */
class Unfit extends Error {}

/**
 * YAML with these fields set and removed; every other line stays. Throws `invalid` when the file's own notation
 * (an anchor that others refer to, a merge) makes that impossible.
 */
export function patchYaml(text: string, set: JsonObject, remove: readonly string[], origin: Origin): string {
  let result = text;
  for (const key of remove) result = editField(result, key, undefined, origin);
  for (const [key, value] of Object.entries(set)) result = editField(result, key, value, origin);
  return result;
}

function editField(text: string, key: string, value: Json | undefined, origin: Origin): string {
  const document = parseYaml(text, origin);
  const before = yamlFields(document, origin);
  if (value === undefined ? !Object.hasOwn(before, key) : sameJson(before[key], value)) return text;
  const { [key]: _old, ...others } = before;
  const expected = canonicalJson(value === undefined ? others : { ...others, [key]: value });
  for (const approach of APPROACHES) {
    const edited = attempt(text, document, key, value, approach);
    if (edited !== undefined && readsAs(edited, origin) === expected) return edited;
  }
  throw yamlFault(
    origin,
    0,
    `The field \`${key}\` cannot be changed without touching other fields: it uses an anchor, an alias or a merge`,
    `Write \`${key}\` out in full in ${origin.path}, then run the command again.`,
  );
}

function readsAs(text: string, origin: Origin): string | undefined {
  try {
    return canonicalJson(yamlFields(parseYaml(text, origin), origin));
  } catch {
    return undefined;
  }
}

function attempt(
  text: string,
  document: Yaml,
  key: string,
  value: Json | undefined,
  approach: Approach,
): string | undefined {
  const root = document.contents;
  const style = renderStyle(document);
  try {
    if (isMap(root)) return spliceString(text, mapSplices({ text, style, approach }, root, key, value));
    if (value === undefined) return undefined;
    return text + pairText(key, value, style, approach === "inline");
  } catch (thrown) {
    if (thrown instanceof Unfit) return undefined;
    throw thrown;
  }
}

interface Edit {
  readonly text: string;
  readonly style: Style;
  readonly approach: Approach;
}

function mapSplices(edit: Edit, map: YAMLMap, key: string, value: Json | undefined): Splice[] {
  const pair = map.items.find((item) => keyText(item.key) === key);
  if (map.flow === true) return flowMapSplices(edit, map, key, value);
  if (pair === undefined) return value === undefined ? [] : [insertion(edit, map, key, value)];
  if (value === undefined) return [removal(edit, pair)];
  return pairSplices(edit, pair, value);
}

function insertion(edit: Edit, map: YAMLMap, key: string, value: Json): Splice {
  const first = map.items[0];
  const last = map.items.at(-1);
  if (first === undefined || last === undefined) throw new Unfit();
  const column = keyStart(first) - lineStart(edit.text, keyStart(first));
  const at = pairEnd(edit.text, last);
  const lead = at > 0 && edit.text[at - 1] !== "\n" ? "\n" : "";
  return {
    start: at,
    end: at,
    text: lead + indent(pairText(key, value, edit.style, edit.approach === "inline"), column),
  };
}

function removal(edit: Edit, pair: Pair): Splice {
  const start = lineStart(edit.text, keyStart(pair));
  if (edit.text.slice(start, keyStart(pair)).trim() !== "") throw new Unfit();
  return { start, end: pairEnd(edit.text, pair), text: "" };
}

/** A pair of a block mapping gets another value. */
function pairSplices(edit: Edit, pair: Pair, value: Json): Splice[] {
  const old = pair.value;
  if (edit.approach !== "inline" && isMap(old) && old.flow === true && isObject(value)) {
    return [flowMapSplice(edit, old, value as JsonObject)];
  }
  if (edit.approach === "fine" && isMap(old) && isObject(value)) return nestedSplices(edit, old, value);
  if (edit.approach !== "inline" && isSeq(old) && Array.isArray(value) && value.length > 0) {
    if (old.flow === true) return [flowSeqSplice(edit, old, value)];
    if (edit.approach === "fine") return blockSeqSplices(edit, old, value);
  }
  return [wholeValue(edit, pair, value)];
}

function wholeValue(edit: Edit, pair: Pair, value: Json): Splice {
  const { text, style } = edit;
  const old = pair.value;
  const column = keyStart(pair) - lineStart(text, keyStart(pair));
  const fresh = indent(flowOrBlock(edit, old, value, style), column).replace(/^ +/, " ");
  const colon = colonEnd(pair);
  const isEmpty = old === null || (isScalar(old) && old.source === "" && old.type === "PLAIN");
  const start = isEmpty ? colon : (rangeOf(old)?.[0] ?? colon);
  const end = isEmpty ? colon : (contentEnd(old) ?? colon);
  const multiline = text.slice(colon, end).includes("\n") && !isInline(old);
  if (fresh.startsWith("\n") || multiline || start === end) {
    const tail = text.slice(colon, end).endsWith("\n") && !fresh.endsWith("\n") ? "\n" : "";
    return { start: colon, end, text: fresh + tail };
  }
  return { start, end, text: trimmed(fresh) };
}

/** What follows `key:` for a new value, in the style of the old one. Starts with a space or a line end. */
function flowOrBlock(edit: Edit, old: unknown, value: Json, style: Style): string {
  const flow = (isMap(old) || isSeq(old)) && old.flow === true && typeof value === "object";
  const type = isScalar(old) && old.source !== "" ? old.type : undefined;
  const inline = edit.approach === "inline" || flow;
  return pairText("k", value, type === undefined ? style : { ...style, scalar: type }, inline)
    .slice(2)
    .replace(/\n$/, "");
}

function nestedSplices(edit: Edit, map: YAMLMap, value: Record<string, unknown>): Splice[] {
  if (map.flow === true || Object.keys(value).length === 0) throw new Unfit();
  const wanted = value as JsonObject;
  const names = map.items.map((item) => keyText(item.key));
  const splices = names.flatMap((name) => {
    if (name === undefined || name === "<<") throw new Unfit();
    return Object.hasOwn(wanted, name) ? [] : mapSplices(edit, map, name, undefined);
  });
  for (const [name, item] of Object.entries(wanted)) {
    const pair = map.items.find((candidate) => keyText(candidate.key) === name);
    if (pair === undefined || !sameJson(plain(pair.value), item)) {
      splices.push(...mapSplices(edit, map, name, item));
    }
  }
  if (new Set(splices.map((splice) => splice.start)).size < splices.length) return joined(splices);
  return splices;
}

/** Insertions at one place become one, in order. */
function joined(splices: readonly Splice[]): Splice[] {
  const byStart = new Map<number, Splice>();
  for (const splice of splices) {
    const other = byStart.get(splice.start);
    if (other !== undefined && (other.end > other.start || splice.end > splice.start)) throw new Unfit();
    byStart.set(splice.start, other === undefined ? splice : { ...other, text: other.text + splice.text });
  }
  return [...byStart.values()];
}

function blockSeqSplices(edit: Edit, seq: YAMLSeq, value: readonly Json[]): Splice[] {
  const { text } = edit;
  const spans = seq.items.map((item, index) => itemSpan(text, seq, item, index));
  const first = spans[0];
  if (first === undefined) throw new Unfit();
  const before = seq.items.map((item) => canonicalJson(plain(item)));
  const style = { ...edit.style, scalar: quoteOf(seq) };
  const wanted = new Map(value.map((item) => [canonicalJson(item), item]));
  return editsOf(
    before,
    value.map((item) => canonicalJson(item)),
  ).map((change) => {
    const from = spans[change.from];
    const to = spans[change.to - 1];
    const lines = change.lines.map((line) =>
      indent(blockItem(wanted.get(line) ?? null, style), first.column),
    );
    const start = from?.start ?? spans.at(-1)?.end ?? first.start;
    const lead = lines.length > 0 && start > 0 && text[start - 1] !== "\n" ? "\n" : "";
    return {
      start,
      end: change.to > change.from && to !== undefined ? to.end : start,
      text: lead + lines.join(""),
    };
  });
}

function itemSpan(
  text: string,
  seq: YAMLSeq,
  item: unknown,
  index: number,
): { readonly start: number; readonly end: number; readonly column: number } {
  const token = seq.srcToken?.type === "block-seq" ? seq.srcToken.items[index] : undefined;
  const dash = token?.start.find((part) => part.type === "seq-item-ind")?.offset;
  if (dash === undefined) throw new Unfit();
  const start = lineStart(text, dash);
  if (text.slice(start, dash).trim() !== "") throw new Unfit();
  return { start, end: wholeLine(text, contentEnd(item) ?? dash + 1), column: dash - start };
}

function flowSeqSplice(edit: Edit, seq: YAMLSeq, value: readonly Json[]): Splice {
  const known = new Map(seq.items.map((item) => [canonicalJson(plain(item)), sourceOf(edit.text, item)]));
  const style = { ...edit.style, scalar: quoteOf(seq) };
  const items = value.map((item) => known.get(canonicalJson(item)) ?? flowValue(item, style));
  return rebuilt(edit, seq, seq.items.map(rangeOfPart), items);
}

function flowMapSplices(edit: Edit, map: YAMLMap, key: string, value: Json | undefined): Splice[] {
  const { [key]: _old, ...others } = plain(map) as JsonObject;
  return [flowMapSplice(edit, map, value === undefined ? others : { ...others, [key]: value })];
}

function flowMapSplice(edit: Edit, map: YAMLMap, wanted: JsonObject): Splice {
  const spans = map.items.map((pair) => ({
    name: keyText(pair.key) ?? "",
    value: plain(pair.value),
    start: keyStart(pair),
    end: contentEnd(pair.value) ?? colonEnd(pair),
  }));
  const names = new Set([...spans.map((span) => span.name), ...Object.keys(wanted)]);
  const items = [...names].flatMap((name) => {
    const old = spans.find((span) => span.name === name);
    const value = wanted[name];
    if (value === undefined) return [];
    if (old !== undefined && sameJson(old.value, value)) return [edit.text.slice(old.start, old.end)];
    return [flowPair(name, value, edit.style)];
  });
  return rebuilt(edit, map, spans, items);
}

/** A flow collection with other items, between its own brackets, padding and separators. */
function rebuilt(
  edit: Edit,
  node: YAMLSeq | YAMLMap,
  spans: readonly { readonly start: number; readonly end: number }[],
  items: readonly string[],
): Splice {
  const range = rangeOf(node);
  if (range === undefined) throw new Unfit();
  const [start, end] = range;
  const first = spans[0];
  const last = spans.at(-1);
  const bracket = edit.text.slice(start, start + 1);
  const open = first === undefined ? bracket : edit.text.slice(start, first.start);
  const close = last === undefined ? edit.text.slice(end - 1, end) : edit.text.slice(last.end, end);
  const second = spans[1];
  const separator =
    first === undefined || second === undefined ? ", " : edit.text.slice(first.end, second.start);
  if (!/^[[{]\s*$/.test(open) || !/^\s*,\s*$/.test(separator) || !/^\s*,?\s*[\]}]$/.test(close))
    throw new Unfit();
  return { start, end, text: open + items.join(separator) + close };
}

function flowPair(key: string, value: Json, style: Style): string {
  return trimmed(flowValue({ [key]: value }, style).slice(1, -1));
}

// --- Positions ----------------------------------------------------------------------------------------------

function keyStart(pair: Pair): number {
  const start = rangeOf(pair.key)?.[0];
  if (start === undefined) throw new Unfit();
  return start;
}

/** Offset behind the `:` of a pair. */
function colonEnd(pair: Pair): number {
  const separators = (pair as { srcToken?: { sep?: readonly { type: string; offset: number }[] } }).srcToken
    ?.sep;
  const colon = separators?.find((token) => token.type === "map-value-ind");
  if (colon === undefined) throw new Unfit();
  return colon.offset + 1;
}

function pairEnd(text: string, pair: Pair): number {
  return wholeLine(text, contentEnd(pair.value) ?? colonEnd(pair));
}

/** Behind the line end of the line that ends the content; content that has its line end is at the start of the next. */
function wholeLine(text: string, end: number): number {
  return end > 0 && text[end - 1] === "\n" ? end : lineEnd(text, end);
}

/** End of a value's own characters, without comments below it. */
function contentEnd(node: unknown): number | undefined {
  if (isMap(node) && node.flow !== true) {
    const last = node.items.at(-1);
    return last === undefined ? undefined : (contentEnd(last.value) ?? colonEnd(last));
  }
  if (isSeq(node) && node.flow !== true) {
    const last = node.items.at(-1);
    return contentEnd(last) ?? rangeOf(node)?.[1];
  }
  return rangeOf(node)?.[1];
}

function rangeOf(node: unknown): readonly [number, number] | undefined {
  const range = (node as { range?: readonly number[] | null } | null | undefined)?.range;
  return range?.[0] === undefined || range[1] === undefined ? undefined : [range[0], range[1]];
}

function rangeOfPart(node: unknown): { start: number; end: number } {
  const range = rangeOf(node);
  if (range === undefined) throw new Unfit();
  return { start: range[0], end: range[1] };
}

function sourceOf(text: string, node: unknown): string {
  const { start, end } = rangeOfPart(node);
  return text.slice(start, end);
}

function isInline(node: unknown): boolean {
  if (isMap(node) || isSeq(node)) return node.flow === true;
  return isScalar(node) && node.type !== "BLOCK_LITERAL" && node.type !== "BLOCK_FOLDED";
}

/** Quotes that the items of a list wear, for a new one to wear too. */
function quoteOf(seq: YAMLSeq): Style["scalar"] {
  const first = seq.items.find((item) => isScalar(item));
  return isScalar(first) && (first.type === "QUOTE_DOUBLE" || first.type === "QUOTE_SINGLE")
    ? first.type
    : undefined;
}

/** A node's value by the rules of yamlFields, for comparing; aliases never compare equal. */
function plain(node: unknown): Json {
  if (isScalar(node)) {
    const { value, source } = node;
    if (typeof value === "number" || typeof value === "bigint") {
      return typeof value === "number" && String(value) === source ? value : (source ?? String(value));
    }
    return value as Json;
  }
  if (isSeq(node)) return node.items.map(plain);
  if (isMap(node)) {
    return Object.fromEntries(node.items.map((pair) => [keyText(pair.key) ?? "", plain(pair.value)]));
  }
  return node === null || node === undefined ? null : { alias: String(node) };
}

function indent(text: string, columns: number): string {
  return columns === 0 ? text : text.replace(/^(?=[^\n])/gm, " ".repeat(columns));
}
