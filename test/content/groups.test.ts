import { describe, expect, it } from "vitest";
import { parseConfig } from "../../src/content/config.ts";
import type { Naming } from "../../src/content/groups.ts";
import { newDocumentBytes, patchDocument, type Reading, readDocument } from "../../src/content/read.ts";
import { lineOf, parseSource } from "../../src/content/source.ts";
import { asFault } from "../../src/lib/fault.ts";
import type { JsonObject } from "../../src/lib/json.ts";

const NAMING: Naming = { groups: ["meta", "seo"], aliases: { "seo.title": "meta._title" } };

function read(text: string, fields = "", path = "a.md"): Reading {
  const config = parseConfig(Buffer.from(fields === "" ? "" : `fields: ${fields}\n`));
  const reading = readDocument(parseSource(Buffer.from(text), path), config, "post", NAMING);
  if (reading === undefined) throw new Error("no document");
  return reading;
}
const own = ({ document: { fields } }: Reading): JsonObject => {
  const { title: _, ...others } = fields;
  return others;
};
const patched = (reading: Reading, set: JsonObject, remove: readonly string[] = []) =>
  Buffer.from(patchDocument(reading, { set, remove })).toString();

describe("fields within maps of front matter", () => {
  it("are fields of their own where the site has them so, maps else stay values", () => {
    const reading = read("---\ntitle: T\nmeta: { price: 3, size: { w: 1 } }\nextra: { price: 4 }\n---\n");
    expect(own(reading)).toEqual({ "meta.price": 3, "meta.size": { w: 1 }, extra: { price: 4 } });
    expect(own(read("---\ntitle: T\nmeta: { price: ~ }\nseo:\n---\n"))).toEqual({});
    expect(own(read("---\ntitle: T\nmeta: text\n---\n"))).toEqual({ meta: "text" });
  });

  it("may stand under a mapped key, a member of any map, or their dotted name", () => {
    const fields = "{ price: meta.price, extra.size: { to: meta.size, type: number }, extra: false }";
    const text = "---\ntitle: T\nprice: 3\nextra: { size: '4', more: 1 }\nmeta.colour: red\n---\n";
    const reading = read(text, fields);
    expect(own(reading)).toEqual({ "meta.price": 3, "meta.size": 4, "meta.colour": "red" });
    expect(patched(reading, { "meta.price": 5, "meta.size": 6, "meta.colour": "blue" })).toBe(
      "---\ntitle: T\nprice: 5\nextra: { size: '6', more: 1 }\nmeta.colour: blue\n---\n".replace("'6'", "6"),
    );
  });

  it("go by the name every platform understands", () => {
    const reading = read("---\ntitle: T\nseo: { title: S }\n---\n");
    expect(own(reading)).toEqual({ "meta._title": "S" });
    expect(patched(reading, { "meta._title": "X" })).toContain("seo: { title: X }");
    const fresh = { kind: "", locale: "", fields: { title: "T", "meta._title": "S", "meta.a": 1 }, body: "" };
    expect(
      Buffer.from(newDocumentBytes(fresh, "n.md", parseConfig(Buffer.from("")), NAMING)).toString(),
    ).toBe("---\ntitle: T\nseo:\n  title: S\nmeta:\n  a: 1\n---\n");
  });

  it("are refused where two keys stand for one, naming both and the line", () => {
    try {
      read("---\ntitle: T\nprice: 3\nmeta:\n  size: 1\n  price: 4\n---\n", "{ price: meta.price }");
      expect.unreachable();
    } catch (thrown) {
      const fault = asFault(thrown);
      expect(fault).toMatchObject({ code: "field-twice", place: { line: 6, field: "meta.price" } });
      expect(fault.message).toContain("`price` and `meta.price`");
    }
  });
});

describe("a change of a field within a map", () => {
  it.each([
    [
      "block map with comments",
      "---\ntitle: T\nmeta:\n  # one\n  price: 3   # net\n  size: 'L' # kept\n\n# end\ntags: [a]\n---\n\nBody.\n",
      "---\ntitle: T\nmeta:\n  # one\n  price: 4   # net\n  size: 'L' # kept\n\n# end\ntags: [a]\n---\n\nBody.\n",
    ],
    [
      "flow map, CRLF",
      '---\r\ntitle: T\r\nmeta: { price: 3, size: "L" }\r\n---\r\n',
      '---\r\ntitle: T\r\nmeta: { price: 4, size: "L" }\r\n---\r\n',
    ],
    [
      "TOML table",
      "+++\ntitle = 'T'\n\n[meta]\n# one\nprice = 3 # net\nsize = 'L'\n+++\n\nBody.\n",
      "+++\ntitle = 'T'\n\n[meta]\n# one\nprice = 4 # net\nsize = 'L'\n+++\n\nBody.\n",
    ],
  ])("keeps every other byte: %s", (_name, before, after) => {
    const reading = read(before);
    expect(own(reading)).toMatchObject({ "meta.price": 3, "meta.size": "L" });
    expect(patched(reading, { "meta.price": 4 })).toBe(after);
    expect(patched(reading, {})).toBe(before);
  });

  it("keeps every other byte of JSON", () => {
    const text = '{\n\t"title": "T",\n\t"meta": {\n\t\t"price": 3,\n\t\t"n": 1.50\n\t},\n\t"body": ""\n}\n';
    expect(patched(read(text, "", "a.json"), { "meta.price": 4 })).toBe(text.replace("3", "4"));
  });

  it("takes a member out, the map with its last one, and puts new ones in", () => {
    const reading = read("---\ntitle: T\nmeta:\n  price: 3\n  size: L\n---\n");
    expect(patched(reading, {}, ["meta.price"])).toBe("---\ntitle: T\nmeta:\n  size: L\n---\n");
    expect(patched(reading, {}, ["meta.price", "meta.size"])).toBe("---\ntitle: T\n---\n");
    expect(patched(reading, { "meta.new": 1, "seo.x": "why" }, ["meta.size"])).toBe(
      "---\ntitle: T\nmeta:\n  price: 3\n  new: 1\nseo:\n  x: why\n---\n",
    );
  });

  it("knows the line of each", () => {
    const yaml = parseSource(Buffer.from("---\ntitle: T\nmeta:\n  a: 1\n  b: 2\n---\n"), "a.md");
    expect(["meta", "meta.a", "meta.b", "meta.c"].map((name) => lineOf(yaml, name))).toEqual([3, 4, 5, 3]);
    const json = parseSource(Buffer.from('{\n"title": "T",\n"meta": {\n"b": 2 } }'), "a.json");
    expect(["meta", "meta.b"].map((name) => lineOf(json, name))).toEqual([3, 4]);
    const toml = parseSource(Buffer.from("+++\ntitle = 'T'\nseo.x = 1\n[meta]\nb = 2\n+++\n"), "a.md");
    expect(["meta.b", "seo.x"].map((name) => lineOf(toml, name))).toEqual([5, 3]);
  });
});
