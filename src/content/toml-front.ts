import { parse, parseDocument, patch } from "@decimalturn/toml-patch";
import { Fault } from "../lib/fault.ts";
import { canonicalJson, isObject, type Json, type JsonObject, sameJson } from "../lib/json.ts";
import { lineEnd, lineStart, placeOf, spliceString } from "./text.ts";
import type { Origin } from "./yaml-front.ts";

/** Line from 1, column from 0. */
interface Position {
  readonly line: number;
  readonly column: number;
}

/** The library's syntax tree, as far as it is used here. */
interface Node {
  readonly type: string;
  readonly raw?: string;
  readonly value?: unknown;
  readonly key?: { readonly value?: unknown; readonly item?: { readonly value?: unknown } };
  readonly item?: Node;
  readonly items?: readonly Node[];
  readonly loc: { readonly start: Position; readonly end: Position };
}

type Table = Record<string, Json>;

/** Fields of TOML; dates, and numbers not in their plain form, stay strings as written. Throws `invalid` with its place. */
export function tomlFields(text: string, origin: Origin): JsonObject {
  const root: Table = {};
  for (const node of treeOf(text, origin)) {
    assign(root, node);
    if (node.type !== "Table" && node.type !== "TableArray") continue;
    const table = descend(root, pathOf(node), node.type === "TableArray");
    for (const row of node.items ?? []) assign(table, row);
  }
  return root;
}

/** Line of a top-level key or table, or of a member of it, from 1 within the TOML. */
export function tomlKeyLine(text: string, key: string, origin: Origin, member?: string): number | undefined {
  const named = treeOf(text, origin).filter((node) => pathOf(node)[0] === key);
  const dotted = named.find((node) => pathOf(node)[1] === member);
  const rows = named.flatMap((node) => (node.type === "Table" ? (node.items ?? []) : []));
  const row = member === undefined ? undefined : (rows.find((node) => pathOf(node)[0] === member) ?? dotted);
  return (row ?? named[0])?.loc.start.line;
}

/** TOML with these fields set and removed; every other line stays. Setting null removes, as TOML has no null. */
export function patchToml(text: string, set: JsonObject, remove: readonly string[], origin: Origin): string {
  let result = text;
  for (const key of remove) result = editField(result, key, null, origin);
  for (const [key, value] of Object.entries(set)) result = editField(result, key, value, origin);
  return result;
}

/** By splicing the lines of the field, else (tables, dotted keys) by the library; what does not read back is refused. */
function editField(text: string, key: string, value: Json, origin: Origin): string {
  const before = tomlFields(text, origin);
  if (value === null ? !Object.hasOwn(before, key) : sameJson(before[key], value)) return text;
  const { [key]: _old, ...others } = before;
  const expected = value === null ? others : { ...others, [key]: value };
  for (const edit of [spliced, patched]) {
    const edited = edit(text, key, value, origin);
    if (edited !== undefined && readsAs(edited, expected, origin)) return edited;
  }
  throw new Fault("invalid", `The TOML field \`${key}\` cannot be changed without touching other fields`, {
    code: "toml",
    place: { file: origin.path, field: key },
    hint: `Change \`${key}\` by hand, then run the command again.`,
  });
}

function readsAs(text: string, expected: JsonObject, origin: Origin): boolean {
  try {
    return sameJson(tomlFields(text, origin), expected);
  } catch {
    return false;
  }
}

function spliced(text: string, key: string, value: Json, origin: Origin): string | undefined {
  const rows = treeOf(text, origin).filter((node) => node.type === "KeyValue");
  const named = rows.filter((node) => pathOf(node)[0] === key);
  const [row] = named;
  if (row === undefined) {
    if (value === null || treeOf(text, origin).some((node) => pathOf(node)[0] === key)) return undefined;
    const last = rows.at(-1);
    const at = last === undefined ? 0 : lineEnd(text, offsetOf(text, last.loc.end));
    return spliceString(text, [{ start: at, end: at, text: `${rendered(key, value)}\n` }]);
  }
  if (named.length > 1 || pathOf(row).length > 1) return undefined;
  const old = row.value as Node;
  const [start, end] = [offsetOf(text, old.loc.start), offsetOf(text, old.loc.end)];
  if (value === null) {
    const from = lineStart(text, offsetOf(text, row.loc.start));
    return spliceString(text, [{ start: from, end: lineEnd(text, end), text: "" }]);
  }
  return spliceString(text, [{ start, end, text: valueText(text, old, value) }]);
}

/** A value in the manner of the one it replaces. */
function valueText(text: string, old: Node, value: Json): string {
  const source = text.slice(offsetOf(text, old.loc.start), offsetOf(text, old.loc.end));
  if (old.type === "DateTime" && typeof value === "string" && dateOf(value) !== undefined) return value;
  if (typeof value === "string" && /^'(?!'')/.test(source) && !/['\p{Cc}]/u.test(value)) return `'${value}'`;
  if (Array.isArray(value) && old.type === "InlineArray" && !/[\n#]/.test(source)) {
    const known = new Map(
      (old.items ?? []).flatMap((item) =>
        item.item === undefined
          ? []
          : [
              [
                canonicalJson(jsonOf(item.item)),
                text.slice(offsetOf(text, item.item.loc.start), offsetOf(text, item.item.loc.end)),
              ],
            ],
      ),
    );
    const pad = /^\[\s/.test(source) ? " " : "";
    const items = value.map((item: Json) => known.get(canonicalJson(item)) ?? bareValue(item));
    return items.length === 0 ? "[]" : `[${pad}${items.join(", ")}${pad}]`;
  }
  return bareValue(value);
}

function rendered(key: string, value: Json): string {
  const name = /^[A-Za-z0-9_-]+$/.test(key) ? key : JSON.stringify(key);
  const isDate = typeof value === "string" && looksLikeDate(value) && dateOf(value) !== undefined;
  return `${name} = ${isDate ? value : bareValue(value)}`;
}

/** One line, tables in braces. JSON strings are basic strings of TOML but for DEL. */
function bareValue(value: Json): string {
  if (typeof value === "string") return JSON.stringify(value).replaceAll("\u007f", "\\u007F");
  if (Array.isArray(value)) return `[${value.map((item: Json) => bareValue(item)).join(", ")}]`;
  if (!isObject(value)) return String(value);
  const entries = Object.entries(value as JsonObject).filter(([, item]) => item !== null);
  return entries.length === 0
    ? "{}"
    : `{ ${entries.map(([key, item]) => `${JSON.stringify(key)} = ${bareValue(item)}`).join(", ")} }`;
}

function patched(text: string, key: string, value: Json, origin: Origin): string {
  const values = parse(text, { integersAsBigInt: "asNeeded" }) as Record<string, unknown>;
  if (value === null) delete values[key];
  else values[key] = tomlValue(value, tomlFields(text, origin)[key], values[key]);
  return patch(text, values);
}

function offsetOf(text: string, { line, column }: Position): number {
  let start = 0;
  for (let at = 1; at < line; at += 1) start = lineEnd(text, start);
  return start + column;
}

function treeOf(text: string, origin: Origin): readonly Node[] {
  try {
    const document = parseDocument(text);
    // Reading the values reports what the syntax alone does not, such as keys given twice.
    void document.toJsObject;
    return document.cst as unknown as readonly Node[];
  } catch (thrown) {
    const { line = 1, column = 0 } = thrown as { line?: number; column?: number };
    const message = (thrown instanceof Error ? thrown.message : String(thrown)).trim().split("\n").at(-1);
    const first = placeOf(origin.path, origin.lf, lineStart(origin.lf, origin.offset)).line ?? 1;
    throw new Fault("invalid", `TOML: ${message}`, {
      code: "toml",
      place: { file: origin.path, line: first + line - 1, column: column + 1 },
      cause: thrown,
    });
  }
}

function pathOf(node: Node): readonly string[] {
  const path = node.key?.item?.value ?? node.key?.value;
  return Array.isArray(path) ? path.map(String) : [];
}

function assign(table: Table, node: Node): void {
  if (node.type !== "KeyValue") return;
  const path = pathOf(node);
  const key = path.at(-1);
  if (key === undefined) return;
  descend(table, path.slice(0, -1), false)[key] = jsonOf(node.value as Node);
}

/** The table at a dotted path, made on the way; with `append`, a new one in the array that the path names. */
function descend(root: Table, path: readonly string[], append: boolean): Table {
  let table = root;
  path.forEach((name, index) => {
    if (name === "__proto__") throw new Fault("invalid", "A key of front matter cannot be `__proto__`");
    const old = table[name];
    const next: Table = {};
    if (append && index === path.length - 1) table[name] = [...(Array.isArray(old) ? old : []), next];
    const last: unknown = Array.isArray(table[name]) ? (table[name] as Json[]).at(-1) : table[name];
    if (isObject(last)) table = last as Table;
    else {
      table[name] = next;
      table = next;
    }
  });
  return table;
}

function jsonOf(node: Node): Json {
  const items = node.items ?? [];
  switch (node.type) {
    case "InlineArray":
      return items.filter((item) => item.item !== undefined).map((item) => jsonOf(item.item as Node));
    case "InlineTable": {
      const table: Table = {};
      for (const item of items) if (item.item !== undefined) assign(table, item.item);
      return table;
    }
    case "Integer":
    case "Float":
      return typeof node.value === "number" && Number.isFinite(node.value) && String(node.value) === node.raw
        ? node.value
        : (node.raw ?? String(node.value));
    case "DateTime":
      return node.raw ?? String(node.value);
    default:
      return node.value as string | boolean;
  }
}

/** What the library writes for a value: what was not changed keeps its type, a date stays a date. */
function tomlValue(value: Json, before: Json | undefined, old: unknown): unknown {
  if (sameJson(before, value)) return old;
  if (typeof value === "string" && (old instanceof Date || (old === undefined && looksLikeDate(value)))) {
    return dateOf(value) ?? value;
  }
  if (Array.isArray(value)) {
    const olds = Array.isArray(old) ? old : [];
    const befores = Array.isArray(before) ? before : [];
    return value.map((item: Json) => {
      const index = befores.findIndex((candidate: Json) => sameJson(candidate, item));
      return index < 0 ? item : olds[index];
    });
  }
  if (isObject(value)) {
    const olds = isObject(old) ? old : {};
    const befores = isObject(before) ? (before as JsonObject) : {};
    const entries = Object.entries(value as JsonObject).filter(([, item]) => item !== null);
    return Object.fromEntries(entries.map(([key, item]) => [key, tomlValue(item, befores[key], olds[key])]));
  }
  return value;
}

function looksLikeDate(value: string): boolean {
  return /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?)?$/.test(value);
}

function dateOf(value: string): unknown {
  try {
    const parsed: unknown = parse(`d = ${value}\n`).d;
    return parsed instanceof Date ? parsed : undefined;
  } catch {
    return undefined;
  }
}
