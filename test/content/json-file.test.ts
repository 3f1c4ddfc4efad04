import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonFields, patchJson } from "../../src/content/json-file.ts";
import { parseSource, patchSource } from "../../src/content/source.ts";
import { canonicalJson, type Json, type JsonObject } from "../../src/lib/json.ts";
import { faultOf } from "./notations.ts";

const PRODUCT = `{
   "title": "Caf\\u00e9 cup",
   "price": 1.0, "weight": 1e3,
   "sizes": [ "s", "m",
              "l" ],
   "variants": [
      { "sku": "A-1", "price": 10.50, "stock": {"here": 3, "there": 0} },
      {
         "sku": "A-2",
         "price": 12.00
      }
   ],
   "seo": { "title": "Cup", "url": "https:\\/\\/example.org\\/cup" },
   "body": "One.\\n"
}
`;

const patched = (set: JsonObject, remove: readonly string[] = []) =>
  patchJson(PRODUCT, set, remove, "cup.json");
const of = (text: string) => jsonFields(text, "a.json");
const variants = () => of(PRODUCT).variants as readonly JsonObject[];

describe("a JSON document that is changed", () => {
  it("keeps every byte of what is not changed: indents, order, escapes, numbers as written", () => {
    expect(patched({ price: 1 })).toBe(PRODUCT);
    expect(patched({ weight: 900 })).toBe(PRODUCT.replace("1e3", "900"));
    expect(patched({ seo: { title: "Cup", url: "https://example.org/mug" } })).toBe(
      PRODUCT.replace("\\/cup", "\\/mug"),
    );
    expect(patched({ title: "Kännchen" })).toBe(PRODUCT.replace("Caf\\u00e9 cup", "K\\u00e4nnchen"));
    expect(patched({ title: "🍵" })).toBe(PRODUCT.replace("Caf\\u00e9 cup", "\\ud83c\\udf75"));
  });

  it("changes one value deep in a list of maps, and nothing around it", () => {
    const [first, second] = variants();
    const stock = { here: 2, there: 0 };
    expect(patched({ variants: [{ ...first, stock }, second ?? {}] })).toBe(
      PRODUCT.replace('"here": 3', '"here": 2'),
    );
    expect(patched({ variants: [first ?? {}, { ...second, price: 13 }] })).toBe(
      PRODUCT.replace("12.00", "13"),
    );
  });

  it("keeps the bytes of items that move, and of those around one that comes or goes", () => {
    const [first, second] = variants();
    expect(patched({ variants: [second ?? {}] })).toContain(
      '[\n      {\n         "sku": "A-2",\n         "price": 12.00\n      }\n   ]',
    );
    expect(patched({ sizes: ["s", "m", "l", "xl"] })).toBe(PRODUCT.replace('"l" ]', '"l", "xl" ]'));
    expect(patched({ sizes: ["m", "l"] })).toBe(PRODUCT.replace('"s", "m",', '"m",'));
    const added = patched({ variants: [first ?? {}, { sku: "A-3" }, second ?? {}] });
    expect(added).toBe(
      PRODUCT.replace('"there": 0} },\n', '"there": 0} },\n      {\n         "sku": "A-3"\n      },\n'),
    );
  });

  it("says what was asked of it, whatever the text and the change", () => {
    const json = fc.jsonValue({ maxDepth: 3, noUnicodeString: false }) as fc.Arbitrary<Json>;
    const map = fc.dictionary(fc.constantFrom("a", "b", "c", "dé"), json);
    const clean = (value: Json) => !/__proto__|-0|e[+-]/.test(JSON.stringify(value)) && !Object.is(value, -0);
    fc.assert(
      fc.property(map, map, fc.constantFrom(undefined, 1, "\t", 4), (before, after, space) => {
        const [from, to] = [before, after] as [JsonObject, JsonObject];
        fc.pre(clean(from) && clean(to));
        const text = JSON.stringify(from, null, space);
        const gone = Object.keys(from).filter((key) => !Object.hasOwn(to, key));
        const result = patchJson(text, to, gone, "a.json");
        expect(canonicalJson(JSON.parse(result))).toBe(canonicalJson(to));
        expect(patchJson(result, to, [], "a.json")).toBe(result);
      }),
      { numRuns: 300 },
    );
  });
});

describe("a JSON document that cannot be read for certain", () => {
  it.each([
    ['{\n  "a": 1,\n  "b": {\n    "c": 1,\n    "c": 2\n  }\n}', 5, /`c` is there twice/],
    ['{\n  // price\n  "a": 1\n}', 2, /no comments/],
    ['{\n  "a": 1 /* old */\n}', 2, /no comments/],
    ['{\n  "a": [1,\n 2,]\n}', 3, /a value is expected/],
    ["{\n  'a': 1\n}", 2, /a key in "quotes"/],
    ['{\n  "a": 01\n}', 2, /`,` or `}`/],
    ['{\n  "a": NaN\n}', 2, /a value/],
  ])("is refused with its line: %j", (text, line, message) => {
    const fault = faultOf(() => of(text));
    expect(fault.message).toMatch(message);
    expect(fault.place).toMatchObject({ file: "a.json", line });
  });

  it("keeps a byte order mark and CRLF, which say nothing", () => {
    const text = '\ufeff{\r\n  "title": "a",\r\n  "n": [\r\n    1.0\r\n  ]\r\n}\r\n';
    const source = parseSource(Buffer.from(text), "a.json");
    const after = Buffer.from(patchSource(source, { set: { title: "b", n: [1, 2] } })).toString();
    expect(after).toBe(text.replace('"a"', '"b"').replace("1.0", "1.0,\r\n    2"));
  });
});
