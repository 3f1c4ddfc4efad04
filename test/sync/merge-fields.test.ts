import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson, type Json } from "../../src/lib/json.ts";
import { type FieldMerge, mergeField, type Shape, unionField } from "../../src/sync/merge-fields.ts";

type Field = Json | undefined;

const RUNS = { numRuns: 2000 };
const CONFLICT: FieldMerge = { type: "conflict" };

function merged(value: Field): FieldMerge {
  return { type: "merged", value };
}

const scalar = fc.constantFrom<Json>("a", "b", "c", 1, true, null);
const map = fc.dictionary(
  fc.constantFrom("a", "b", "__proto__"),
  fc.oneof(scalar, fc.dictionary(fc.constantFrom("x", "y"), scalar)),
);
const list = fc.array(fc.constantFrom<Json>("a", "b", "c", "d", "e"), { maxLength: 6 });
const shaped: readonly [Shape, fc.Arbitrary<Field>][] = [
  ["scalar", fc.option(scalar, { nil: undefined })],
  ["set", fc.option(fc.oneof(fc.uniqueArray(scalar), scalar), { nil: undefined })],
  ["map", fc.option(map, { nil: undefined })],
  ["list", fc.option(list, { nil: undefined })],
];
const anything = fc.oneof(...shaped.map(([, values]) => values));

/** A merge whose order does not count where that says nothing: of the items of a set and the keys of a map. */
function unordered(shape: Shape, merge: FieldMerge): string {
  if (merge.type === "conflict" || merge.value === undefined) return JSON.stringify(merge);
  const found = shape === "set" ? items(merge.value) : [];
  return found.length === 0
    ? canonicalJson(merge.value)
    : JSON.stringify([...new Set(found.map(canonicalJson))].sort());
}

function items(value: Field): readonly Json[] {
  return value === undefined || value === null ? [] : Array.isArray(value) ? value : [value];
}

describe.each(shaped)("a %s", (shape, values) => {
  it("is what both sides have, or what the one side made of it that changed it", () => {
    fc.assert(
      fc.property(values, values, (base, changed) => {
        expect(mergeField(shape, base, changed, changed)).toEqual(merged(changed));
        expect(mergeField(shape, base, changed, base)).toEqual(merged(changed));
        const theirs = mergeField(shape, base, base, changed);
        expect(unordered(shape, theirs)).toBe(unordered(shape, merged(changed)));
      }),
      RUNS,
    );
  });

  it("comes to the same with the sides swapped, but for order", () => {
    fc.assert(
      fc.property(values, values, values, (base, ours, theirs) => {
        const there = unordered(shape, mergeField(shape, base, theirs, ours));
        expect(there).toBe(unordered(shape, mergeField(shape, base, ours, theirs)));
      }),
      RUNS,
    );
  });
});

describe("scalars", () => {
  it.each<[string, Field, Field, Field, FieldMerge]>([
    ["both changed", "a", "b", "c", CONFLICT],
    ["both set what there was not", undefined, "b", "c", CONFLICT],
    ["one removed what the other changed", "a", undefined, "c", CONFLICT],
    ["removed there", "a", "a", undefined, merged(undefined)],
    ["emptied is not removed", "a", null, undefined, CONFLICT],
    ["maps and lists as a whole", { x: 1 }, { x: 2 }, { x: 1, y: 1 }, CONFLICT],
    ["key order is no change", { x: 1, y: 2 }, { y: 2, x: 1 }, { x: 3 }, merged({ x: 3 })],
  ])("%s", (_what, base, ours, theirs, result) => {
    expect(mergeField("scalar", base, ours, theirs)).toEqual(result);
  });
});

describe("sets", () => {
  it.each<[string, Field, Field, Field, Field]>([
    ["additions of both", ["a"], ["a", "b"], ["c", "a"], ["a", "b", "c"]],
    ["removals of both", ["a", "b", "c"], ["b", "c"], ["a", "c"], ["c"]],
    ["one adds, the other removes", ["a"], [], ["a", "b"], ["b"]],
    ["the same addition", [], ["a"], ["b", "a"], ["a", "b"]],
    ["ours' order stays", ["a", "b", "c"], ["c", "b", "a"], ["a", "b", "c", "d"], ["c", "b", "a", "d"]],
    ["another order there is no change", ["a", "b"], ["a", "b"], ["b", "a"], ["a", "b"]],
    ["a set removed here keeps what was added there", ["a"], undefined, ["a", "b"], ["b"]],
    ["a set removed here and emptied there is removed", ["a"], undefined, [], undefined],
    ["a set removed on both sides", ["a"], undefined, undefined, undefined],
    ["all removed, each by one side", ["a", "b"], ["a"], ["b"], []],
    ["emptied there", ["a"], ["a"], [], []],
    ["set where there was none", undefined, ["a"], ["b"], ["a", "b"]],
    ["null has no items", ["a"], ["a", "b"], null, ["b"]],
    ["one word is a set of one", "a", ["a", "b"], "c", ["b", "c"]],
    ["items of any kind", [{ x: 1, y: 2 }], [{ y: 2, x: 1 }, 3], [], [3]],
    ["an item written twice", ["a"], ["a", "a", "b"], ["a", "c"], ["a", "b", "c"]],
  ])("%s", (_what, base, ours, theirs, value) => {
    expect(mergeField("set", base, ours, theirs)).toEqual(merged(value));
  });

  it("never conflict, lose no addition and keep no removal", () => {
    fc.assert(
      fc.property(anything, anything, anything, (base, ours, theirs) => {
        const merge = mergeField("set", base, ours, theirs);
        const has = (value: Field, item: Json) =>
          items(value).map(canonicalJson).includes(canonicalJson(item));
        if (merge.type === "conflict") throw new Error("in conflict");
        for (const item of [...items(base), ...items(ours), ...items(theirs)]) {
          const kept = has(base, item) ? has(ours, item) && has(theirs, item) : true;
          expect(has(merge.value, item)).toBe(kept);
        }
      }),
      RUNS,
    );
  });
});

describe("maps", () => {
  it.each<[string, Field, Field, Field, FieldMerge]>([
    ["different keys", { a: 1, b: 1 }, { a: 2, b: 1 }, { a: 1, b: 3 }, merged({ a: 2, b: 3 })],
    ["one key both ways", { a: 1 }, { a: 2 }, { a: 3 }, CONFLICT],
    ["a key removed here and changed there", { a: 1 }, {}, { a: 2 }, CONFLICT],
    ["keys added on both sides", undefined, { a: 1 }, { b: 2 }, merged({ a: 1, b: 2 })],
    ["a nested map", { s: { a: 1, b: 1 } }, { s: { a: 2, b: 1 } }, { s: { a: 1 } }, merged({ s: { a: 2 } })],
    ["a nested list is one value", { l: ["a"] }, { l: ["a", "b"] }, { l: ["a", "c"] }, CONFLICT],
    ["a map removed here, a key added there", { a: 1 }, undefined, { a: 1, b: 2 }, merged({ b: 2 })],
    ["a map removed here, a key changed there", { a: 1 }, undefined, { a: 2 }, CONFLICT],
    ["a map removed here and emptied there", { a: 1 }, undefined, {}, merged(undefined)],
    ["all removed, each by one side", { a: 1, b: 2 }, { a: 1 }, { b: 2 }, merged({})],
    ["a map that became a word", { a: 1 }, "word", { a: 2 }, CONFLICT],
    ["null in place of a map", { a: 1 }, null, { a: 1, b: 2 }, CONFLICT],
  ])("%s", (_what, base, ours, theirs, result) => {
    expect(mergeField("map", base, ours, theirs)).toEqual(result);
  });

  it("keep ours' order of keys", () => {
    const merge = mergeField("map", { a: 1, b: 1 }, { b: 1, a: 2 }, { c: 1, a: 1, b: 3 });
    expect(JSON.stringify(merge)).toBe(JSON.stringify(merged({ b: 3, a: 2, c: 1 })));
  });

  it("have keys of any name", () => {
    const ours: Json = JSON.parse('{"__proto__":{"a":1},"constructor":1}');
    const theirs: Json = JSON.parse('{"toString":2}');
    const merge = mergeField("map", {}, ours, theirs);
    expect(JSON.stringify(merge)).toContain('{"__proto__":{"a":1},"constructor":1,"toString":2}');
  });
});

describe("lists", () => {
  it.each<[string, Field, Field, Field, FieldMerge]>([
    ["edits apart", [1, 2, 3], [9, 2, 3], [1, 2, 8], merged([9, 2, 8])],
    ["edits of neighbours", [1, 2], [9, 2], [1, 8], CONFLICT],
    ["items added at one place", [1], [1, 2], [1, 3], CONFLICT],
    ["an item more than once", [1, 2, 3], [1, 1, 2, 3], [1, 2, 3, 3], merged([1, 1, 2, 3, 3])],
    ["the same edit", [1, 2, 3], [1, 3], [1, 3], merged([1, 3])],
    ["another order is a change", [1, 2, 3, 4], [2, 1, 3, 4], [1, 2, 3, 4, 5], merged([2, 1, 3, 4, 5])],
    ["a list removed here and changed there", [1], undefined, [1, 2], CONFLICT],
    ["a list removed here and emptied there", [1], undefined, [], merged(undefined)],
    ["maps in it are items", [{ a: 1, b: 2 }, 0, 1], [{ b: 2, a: 1 }, 0, 2], [1], CONFLICT],
    ["a list that became a word", [1], "word", [1, 2], CONFLICT],
  ])("%s", (_what, base, ours, theirs, result) => {
    expect(mergeField("list", base, ours, theirs)).toEqual(result);
  });
});

describe("a union", () => {
  it.each<[string, Field, Field, FieldMerge]>([
    ["of lists", ["a", "b"], ["c", "b"], merged(["a", "b", "c"])],
    ["of a list and a word", ["a"], "b", merged(["a", "b"])],
    ["of a word and a list", "b", ["a"], merged(["b", "a"])],
    ["of maps", { a: 1, s: { x: 1 } }, { b: 2, s: { y: 2 } }, merged({ a: 1, s: { x: 1, y: 2 }, b: 2 })],
    ["of maps that differ in a key", { a: 1 }, { a: 2 }, CONFLICT],
    ["of different words", "a", "b", CONFLICT],
    ["of the same word", "a", "a", merged("a")],
    ["of a map and a list", { a: 1 }, ["a"], CONFLICT],
    ["of something and nothing", "a", undefined, merged("a")],
    ["of nothing and something", undefined, ["a"], merged(["a"])],
    ["of null and something", null, { a: 1 }, merged({ a: 1 })],
    ["of absent and null", undefined, null, merged(null)],
    ["of null and absent", null, undefined, merged(null)],
    ["of nothing", undefined, undefined, merged(undefined)],
  ])("%s", (_what, ours, theirs, result) => {
    expect(unionField(ours, theirs)).toEqual(result);
  });

  it("comes to the same with the sides swapped, but for order", () => {
    fc.assert(
      fc.property(anything, anything, (ours, theirs) => {
        expect(unordered("set", unionField(theirs, ours))).toBe(unordered("set", unionField(ours, theirs)));
      }),
      RUNS,
    );
  });
});
