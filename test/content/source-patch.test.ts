import { describe, expect, test } from "vitest";
import { patchSource } from "../../src/content/source.ts";
import { faultOf, HARD, parse, string } from "./notations.ts";

describe("patching YAML", () => {
  test.each<[string, string, unknown, string, string]>([
    [
      "keeps double quotes, spaces and comment",
      "title",
      "New: thing",
      'title:   "Hello: World"   # keep me',
      'title:   "New: thing"   # keep me',
    ],
    ["keeps single quotes", "slug", "it's", "slug: 'hello'", "slug: 'it''s'"],
    [
      "keeps a date plain",
      "date",
      "2026-02-01T10:00:00",
      "date: 2026-01-31\n",
      "date: 2026-02-01T10:00:00\n",
    ],
    ["changes a boolean", "draft", false, "draft: true", "draft: false"],
    ["changes a number", "count", 12, "count: 3", "count: 12"],
    ["quotes what would read as a number", "number", "008", "number: 007", 'number: "008"'],
    ["adds to a block list", "tags", ["one", "two", "three"], '- "two"\n', '- "two"\n- three\n'],
    ["removes from a block list", "tags", ["two"], "- one # first\n", ""],
    [
      "puts in front of a block list",
      "tags",
      ["zero", "one", "two"],
      "- one # first\n",
      "- zero\n- one # first\n",
    ],
    ["keeps a flow list flow", "flow", ["a", "c", "d e"], '[ a, b , "c" ]', '[ a, "c", d e ]'],
    ["keeps a literal block", "summary", "new\n\ntext\n", "first line\n\n  third line\n", "new\n\n  text\n"],
    ["keeps a folded block", "folded", "x y z", "  a b\n  c\n", "  x y z\n"],
    ["fills an empty value", "empty", "now", "empty:\n", "empty: now\n"],
    ["changes one nested key", "inline", { a: 2, b: "two" }, "{a: 1, b: two}", "{a: 2, b: two}"],
    ["replaces an alias by a value", "again", "./b.png", "again: *img", "again: ./b.png"],
    ["replaces a plain value of several lines", "last", "short", "plain\n  over two lines", "short"],
  ])("%s", (_name, key, value, from, to) => {
    for (const eol of ["\n", "\r\n"]) {
      const text = HARD.replaceAll("\n", eol);
      const patched = string(patchSource(parse(text), { set: { [key]: value as string } }));
      const [old, fresh] = [from.replaceAll("\n", eol), to.replaceAll("\n", eol)];
      expect(text.split(old)).toHaveLength(2);
      expect(patched).toBe(text.replace(old, () => fresh));
      expect(parse(patched).fields[key]).toEqual(value);
    }
  });

  test("removes a field with all its lines and leaves the comments above others", () => {
    const patched = string(patchSource(parse(HARD), { remove: ["summary", "tags"] }));
    expect(patched).toBe(
      HARD.replace("summary: |\n  first line\n\n  third line\n", "").replace(
        'tags:\n- one # first\n- "two"\n',
        "",
      ),
    );
  });

  test("an anchor that others use is not changed behind their backs", () => {
    const fault = faultOf(() => patchSource(parse(HARD), { set: { image: { src: "./b.png", alt: "x" } } }));
    expect(fault.message).toContain("anchor");
    expect(fault.hint).toContain("image");
  });

  test("adds new fields in the operator's style", () => {
    const patched = string(
      patchSource(parse("---\ntitle: a\ntags:\n- x\n# end\n---\nbody\n"), {
        set: {
          categories: ["News", "A, b"],
          seo: { title: "T: x", description: "two\nlines" },
          date: "2026-01-02",
        },
      }),
    );
    expect(patched).toBe(
      '---\ntitle: a\ntags:\n- x\ncategories:\n- News\n- A, b\nseo:\n  title: "T: x"\n  description: |-\n    two\n    lines\ndate: 2026-01-02\n# end\n---\nbody\n',
    );
  });

  test("front matter is made for a file that has none, behind the BOM and with its line ends", () => {
    const patched = string(patchSource(parse("\uFEFFHello\r\nYou\r\n"), { set: { title: "x" } }));
    expect(patched).toBe("\uFEFF---\r\ntitle: x\r\n---\r\nHello\r\nYou\r\n");
    expect(string(patchSource(parse("---\n---\nx"), { set: { title: "x" } }))).toBe("---\ntitle: x\n---\nx");
    expect(string(patchSource(parse("---\n# c\n---\nx"), { set: { a: [] } }))).toBe(
      "---\n# c\na: []\n---\nx",
    );
  });

  test("a value of several lines beside a comment does not swallow the comment", () => {
    const patched = string(patchSource(parse("---\na: x # c\nb: y\n---\n"), { set: { a: "one\ntwo" } }));
    expect(patched).toBe('---\na: "one\\ntwo" # c\nb: y\n---\n');
  });

  test("nested lists and maps change line by line", () => {
    const text =
      "---\nseo:\n  # t\n  title: Old # x\n  description: D\nlist:\n  - name: a # first\n    n: 1\n  - name: b\n---\n";
    const patched = string(
      patchSource(parse(text), {
        set: {
          seo: { title: "New", description: "D", robots: ["none"] },
          list: [{ name: "a", n: 1 }, { name: "c", nr: 2 }, { name: "b" }],
        },
      }),
    );
    expect(patched).toBe(
      "---\nseo:\n  # t\n  title: New # x\n  description: D\n  robots:\n    - none\nlist:\n  - name: a # first\n    n: 1\n  - name: c\n    nr: 2\n  - name: b\n---\n",
    );
  });
});

describe("patching the body", () => {
  test("unchanged lines keep their own line ends; new ones get the usual one", () => {
    const text = "---\r\ntitle: x\r\n---\r\none\r\ntwo\nthree\r\nfour";
    const source = parse(text);
    expect(source.body).toBe("one\ntwo\nthree\nfour");
    const patched = string(patchSource(source, { body: "one\ntwo\nnew\nTHREE\nfour" }));
    expect(patched).toBe("---\r\ntitle: x\r\n---\r\none\r\ntwo\nnew\r\nTHREE\r\nfour");
    expect(string(patchSource(source, { body: "" }))).toBe("---\r\ntitle: x\r\n---\r\n");
  });
});
