import { parse, parseDocument, patch } from "@decimalturn/toml-patch";
import { Fault } from "../lib/fault.ts";
import { canonicalJson, isObject, type Json, type JsonObject } from "../lib/json.ts";
import { lineStart, placeOf } from "./text.ts";
import type { Origin } from "./yaml-front.ts";

/** The library's syntax tree, as far as it is used here. */
interface Node {
  readonly type: string;
  readonly raw?: string;
  readonly value?: unknown;
  readonly key?: { readonly value?: unknown; readonly item?: { readonly value?: unknown } };
  readonly item?: Node;
  readonly items?: readonly Node[];
  readonly loc: { readonly start: { readonly line: number } };
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

/** Line of a top-level key or table, from 1 within the TOML. */
export function tomlKeyLine(text: string, key: string, origin: Origin): number | undefined {
  return treeOf(text, origin).find((node) => pathOf(node)[0] === key)?.loc.start.line;
}

/** TOML with these fields set and removed; every other line stays. */
export function patchToml(text: string, set: JsonObject, remove: readonly string[], origin: Origin): string {
  const before = tomlFields(text, origin);
  const changes = Object.entries(set).filter(([key, value]) => !same(before[key], value));
  const gone = [...remove, ...changes.filter(([, value]) => value === null).map(([key]) => key)];
  const sets = changes.filter(([, value]) => value !== null);
  const removed = gone.filter((key) => Object.hasOwn(before, key));
  if (sets.length === 0 && removed.length === 0) return text;
  const values = parse(text, { integersAsBigInt: "asNeeded" }) as Record<string, unknown>;
  const expected: Table = { ...before };
  for (const key of removed) {
    delete values[key];
    delete expected[key];
  }
  for (const [key, value] of sets) {
    values[key] = tomlValue(value, before[key], values[key]);
    expected[key] = value;
  }
  const edited = patch(text, values);
  if (!same(tomlFields(edited, origin), expected)) {
    throw new Fault("invalid", `The TOML of ${origin.path} cannot be changed without touching other fields`, {
      code: "toml",
      place: { file: origin.path },
      hint: `Change ${[...removed, ...sets.map(([key]) => key)].join(", ")} by hand.`,
    });
  }
  return edited;
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
  if (same(before, value)) return old;
  if (typeof value === "string" && (old instanceof Date || (old === undefined && looksLikeDate(value)))) {
    return dateOf(value) ?? value;
  }
  if (Array.isArray(value)) {
    const olds = Array.isArray(old) ? old : [];
    const befores = Array.isArray(before) ? before : [];
    return value.map((item: Json) => {
      const index = befores.findIndex((candidate: Json) => same(candidate, item));
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

function same(a: Json | undefined, b: Json): boolean {
  return a !== undefined && canonicalJson(a) === canonicalJson(b);
}
