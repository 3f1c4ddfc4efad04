import { canonicalJson, isObject, type Json, type JsonObject, sameJson } from "../lib/json.ts";
import { lineNumbers } from "./diff-lines.ts";
import { groupEdits, mergeGroups } from "./merge-lines.ts";

/** How a field's value is taken apart. */
export type Shape = "scalar" | "set" | "map" | "list";

/** `value` undefined: the field is absent. */
export type FieldMerge =
  | { readonly type: "merged"; readonly value: Json | undefined }
  | { readonly type: "conflict" };

/** A field; undefined where it is absent. */
type Field = Json | undefined;

const CONFLICT: FieldMerge = { type: "conflict" };

/**
 * Merges two edits of one field. Values are equal when their canonical JSON is; absent, `null` and empty are three different
 * values. Where both sides are equal, or only one of them changed, that is it, as written. Where both changed:
 * - `scalar`: a conflict, also where one side removed what the other changed.
 * - `set`: additions and removals of both, in ours' order, theirs' additions at the end, each item once; never a conflict.
 *   Absent and `null` have no items, a value that is no list is one item. What only theirs changed is put in this order
 *   too: another order or writing of the same items is no change.
 * - `map`: key by key, in ours' order, theirs' additions at the end; nested maps likewise, other values as scalars. One
 *   key in conflict is a conflict of the field. An absent map has no keys.
 * - `list`: as the lines of a text are merged; edits of neighbouring items conflict. An absent list has no items.
 * A set, map or list with nothing left is absent if it is absent on a side, else `null` or empty as a side has it, else
 * empty. Where a value is not of the shape, `null` for a map or list too, it is merged as a scalar. With the sides swapped
 * the verdict is the same, and so is the value but for its order.
 */
export function mergeField(shape: Shape, base: Field, ours: Field, theirs: Field): FieldMerge {
  if (sameJson(ours, theirs) || sameJson(base, theirs)) return merged(ours);
  // A set with items is put in ours' order even then.
  if (sameJson(base, ours) && (shape !== "set" || items(theirs).length === 0)) return merged(theirs);
  const present = [base, ours, theirs].filter((value) => value !== undefined);
  if (shape === "set") return mergeSet(base, ours, theirs);
  if (shape === "map" && present.every(isMap)) return mergeMap(base, ours, theirs);
  if (shape === "list" && present.every(isList)) return mergeList(base, ours, theirs);
  return CONFLICT;
}

/**
 * What either side has, for a field that has no base or is to lose nothing: of lists the items of ours, then those only
 * theirs has; of maps the keys, nested ones likewise; absent and `null` add nothing, and a value that is no map joins a
 * list as an item. Two different scalars, also under one key, have no union: a conflict.
 */
export function unionField(ours: Field, theirs: Field): FieldMerge {
  if (sameJson(ours, theirs) || isNothing(theirs)) return merged(ours === undefined ? theirs : ours);
  if (isNothing(ours)) return merged(theirs);
  if (isMap(ours) && isMap(theirs)) {
    return byKey(ours, theirs, (key) => unionField(member(ours, key), member(theirs, key)));
  }
  if (isMap(ours) || isMap(theirs) || !(isList(ours) || isList(theirs))) return CONFLICT;
  const known = new Set(items(ours).map(canonicalJson));
  return merged([...items(ours), ...unique(items(theirs)).filter((item) => !known.has(canonicalJson(item)))]);
}

function mergeSet(base: Field, ours: Field, theirs: Field): FieldMerge {
  const [was, mine, other] = [base, ours, theirs].map((value) => new Set(items(value).map(canonicalJson)));
  const isKept = (item: Json): boolean => {
    const key = canonicalJson(item);
    const inOurs = mine?.has(key) === true;
    const inTheirs = other?.has(key) === true;
    return was?.has(key) === true ? inOurs && inTheirs : inOurs || inTheirs;
  };
  const value = unique([...items(ours), ...items(theirs)]).filter(isKept);
  if (value.length === 0) return merged(nothingOf(ours, theirs, []));
  // Nothing to change in ours: then not its way of writing it either.
  const unchanged = value.length === mine?.size && value.every((item) => mine.has(canonicalJson(item)));
  return merged(unchanged ? ours : value);
}

function mergeMap(base: Field, ours: Field, theirs: Field): FieldMerge {
  const merge = byKey(ours, theirs, (key) =>
    mergeField("map", member(base, key), member(ours, key), member(theirs, key)),
  );
  if (merge.type === "conflict" || keysOf(merge.value).length > 0) return merge;
  return merged(nothingOf(ours, theirs, {}));
}

function mergeList(base: Field, ours: Field, theirs: Field): FieldMerge {
  const number = lineNumbers();
  const sides = { base: items(base), ours: items(ours), theirs: items(theirs) };
  const numbers = {
    base: number(sides.base.map(canonicalJson)),
    ours: number(sides.ours.map(canonicalJson)),
    theirs: number(sides.theirs.map(canonicalJson)),
  };
  const value: Json[] = [];
  let done = 0;
  for (const region of mergeGroups(numbers, groupEdits(numbers), () => true)) {
    if (region.type === "conflict") return CONFLICT;
    const side = region.type === "theirs" ? "theirs" : "ours";
    value.push(...sides.base.slice(done, region.base.start));
    value.push(...sides[side].slice(region[side].start, region[side].end));
    done = region.base.end;
  }
  value.push(...sides.base.slice(done));
  return merged(value.length === 0 ? nothingOf(ours, theirs, []) : value);
}

/** A map of what `mergeKey` makes of each key of either side; in conflict where one of them is. */
function byKey(ours: Field, theirs: Field, mergeKey: (key: string) => FieldMerge): FieldMerge {
  const members: [string, Json][] = [];
  for (const key of new Set([...keysOf(ours), ...keysOf(theirs)])) {
    const merge = mergeKey(key);
    if (merge.type === "conflict") return merge;
    if (merge.value !== undefined) members.push([key, merge.value]);
  }
  return merged(Object.fromEntries(members));
}

/** What a field is that has nothing left in it; of the sides the one that says less. */
function nothingOf(ours: Field, theirs: Field, empty: Json): Field {
  const sides = [ours, theirs].filter((value) => items(value).length === 0 || sameJson(value, empty));
  if (sides.includes(undefined)) return undefined;
  return sides.length > 0 && sides.every((value) => value === null) ? null : empty;
}

function merged(value: Field): FieldMerge {
  return { type: "merged", value };
}

function isNothing(value: Field): value is null | undefined {
  return value === undefined || value === null;
}

function isList(value: Field): value is readonly Json[] {
  return Array.isArray(value);
}

function isMap(value: Field): value is JsonObject {
  return isObject(value);
}

function items(value: Field): readonly Json[] {
  if (isNothing(value)) return [];
  return isList(value) ? value : [value];
}

function keysOf(value: Field): readonly string[] {
  return isMap(value) ? Object.keys(value) : [];
}

function member(value: Field, key: string): Field {
  return isMap(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** The first of equal items. */
function unique(all: readonly Json[]): readonly Json[] {
  const first = new Map<string, Json>();
  for (const item of all) {
    const key = canonicalJson(item);
    if (!first.has(key)) first.set(key, item);
  }
  return [...first.values()];
}
