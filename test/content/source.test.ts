import { describe, expect, test } from "vitest";
import { createSource, lineOf, parseSource, patchSource } from "../../src/content/source.ts";
import { bytes, faultOf, HARD, parse, string } from "./notations.ts";

describe("reading", () => {
  test("values are those of YAML 1.2, with dates and odd numbers as written", () => {
    const source = parse(HARD);
    expect(source.fields).toEqual({
      title: "Hello: World",
      slug: "hello",
      date: "2026-01-31",
      updated: "2026-01-31 10:00:00 +0200",
      number: "007",
      big: "12345678901234567890",
      thousand: "1_000",
      version: "1.10",
      count: 3,
      draft: true,
      tags: ["one", "two"],
      summary: "first line\n\nthird line\n",
      folded: "a b c",
      flow: ["a", "b", "c"],
      empty: null,
      image: { src: "./a.png", alt: 'An "image"' },
      again: { src: "./a.png", alt: 'An "image"' },
      inline: { a: 1, b: "two" },
      last: "plain over two lines",
    });
    expect(source.body).toBe("\n# Heading\n\ntext --- with\n\n---\n\nrule\n");
    expect(source.bodyLine).toBe(36);
    expect(lineOf(source, "summary")).toBe(18);
    expect(lineOf(source, "nothing")).toBeUndefined();
  });

  test("a file says the same with CRLF, BOM and without a final newline", () => {
    const source = parse(HARD);
    const other = parse(`\uFEFF${HARD.trimEnd().replaceAll("\n", "\r\n")}`);
    expect(other.fields).toEqual(source.fields);
    expect(other.body).toBe(source.body.trimEnd());
  });

  test.each([
    ["---\n---\nbody", {}, "body"],
    ["---\n# only a comment\n---\n", {}, ""],
    ["---\ntitle: x\n---", { title: "x" }, ""],
    ["---\ntitle: x\n...\nbody\n", { title: "x" }, "body\n"],
    ["--- \ntitle: x\n---  \nbody\n---\nmore\n", { title: "x" }, "body\n---\nmore\n"],
    ["no front matter\n---\na: 1\n---\n", {}, "no front matter\n---\na: 1\n---\n"],
    ["", {}, ""],
    ["---\nbase: &b {x: 1}\nmore:\n  <<: *b\n  y: 2\n---\n", { base: { x: 1 }, more: { x: 1, y: 2 } }, ""],
  ])("%j", (text, fields, body) => {
    const source = parse(text);
    expect(source.fields).toEqual(fields);
    expect(source.body).toBe(body);
    expect(string(patchSource(source, {}))).toBe(text);
  });

  test.each([
    ["---\ntitle: a\nslug: b\ntitle: c\n---\n", 4, 1, /`title` is there twice/],
    ["---\ntitle: a\ntags:\n\t- b\n---\n", 4, 1, /[Tt]abs/],
    ["---\ntitle: a: b\n---\n", 2, 8, /mapping/i],
    ['---\ntitle: "a\n---\n', 3, undefined, /quote/],
    ["---\n- a\n- b\n---\n", 2, 1, /key: value/],
    ["---\nx: !secret y\n---\n", 2, 4, /tag/],
    ["---\ntitle: a\n", 1, 1, /never closed/],
    ["\n\n---\ntitle: a\n---\n", 3, 1, /first line/],
    ["---\nx: *nobody\n---\n", 2, 4, /nobody/],
    ["---\n? [a, b]\n: c\n---\n", 2, 3, /plain words/],
    ["ok\n<<<<<<< HEAD\na\n=======\nb\n>>>>>>> other\n", 2, 1, /conflict markers/],
    ["---\n<<<<<<< HEAD\ntitle: a\n=======\ntitle: b\n>>>>>>> other\n---\n", 2, 1, /conflict markers/],
    ["one\ntwo\0\n", 2, undefined, /NUL/],
    ["a\rb\r", 1, undefined, /Macintosh/],
  ])("refuses %j with its place", (text, line, column, message) => {
    const fault = faultOf(() => parse(text, "posts/a.md"));
    expect(fault.kind).toBe("invalid");
    expect(fault.message).toMatch(message);
    expect(fault.place?.file).toBe("posts/a.md");
    expect(fault.place?.line).toBe(line);
    if (column !== undefined) expect(fault.place?.column).toBe(column);
  });

  test("conflict markers inside a code fence, and a heading underlined with =, are content", () => {
    const text = "```\n<<<<<<< HEAD\na\n=======\nb\n>>>>>>> x\n```\n\nTitle\n=======\n";
    expect(parse(text).body).toBe(text);
  });

  test("bytes that are not UTF-8 are named by offset and line", () => {
    const fault = faultOf(() => parseSource(Buffer.from("caf\xe9\n", "latin1"), "a.md"));
    expect(fault.message).toBe("a.md is not UTF-8: byte 0xe9 at offset 3");
    expect(fault.place?.line).toBe(1);
    const late = Buffer.concat([bytes("\uFEFFä\n€\n"), Buffer.from([0xe2, 0x82]), bytes("x")]);
    expect(faultOf(() => parseSource(late, "a.md"))).toMatchObject({
      message: "a.md is not UTF-8: byte 0xe2 at offset 10",
      place: { line: 3 },
    });
    const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from("hi", "utf16le")]);
    expect(faultOf(() => parseSource(utf16, "a.md")).message).toContain("UTF-16 (little endian)");
  });

  test("a Git LFS pointer is not content", () => {
    const pointer = `version https://git-lfs.example/spec/v1\noid sha256:${"a".repeat(64)}\nsize 12\n`;
    expect(faultOf(() => parse(pointer)).hint).toContain("git lfs pull");
  });

  test("U+FFFD is warned about", () => {
    expect(parse("a\nb\uFFFD\n").warnings[0]?.place).toEqual({ file: "a.md", line: 2, column: 2 });
  });

  test("aliases that expand without end are refused quickly", () => {
    const levels = Array.from({ length: 12 }, (_, n) =>
      n === 0
        ? "l0: &l0 [x,x,x,x,x,x,x,x,x]"
        : `l${n}: &l${n} [${Array(9)
            .fill(`*l${n - 1}`)
            .join(",")}]`,
    );
    const started = performance.now();
    expect(faultOf(() => parse(`---\n${levels.join("\n")}\n---\n`)).message).toContain("too many values");
    expect(performance.now() - started).toBeLessThan(2000);
    expect(faultOf(() => parse("---\na: &a [*a]\n---\n")).kind).toBe("invalid");
    expect(faultOf(() => parse(`---\na: ${"[".repeat(5000)}\n---\n`)).kind).toBe("invalid");
  });
});

describe("TOML", () => {
  const TOML = `+++
# comment
title = "Hello"  # keep
date = 2026-01-31T10:00:00+02:00
day = 2026-01-31
n = 1_000
v = 1.10
tags = ["a", 'b']
[params]
  deep = { x = 1 }
[[list]]
name = "one"
+++

Body
`;
  test("is read with dates as written", () => {
    const source = parse(TOML);
    expect(source.format).toBe("toml");
    expect(source.fields).toEqual({
      title: "Hello",
      date: "2026-01-31T10:00:00+02:00",
      day: "2026-01-31",
      n: "1_000",
      v: "1.10",
      tags: ["a", "b"],
      params: { deep: { x: 1 } },
      list: [{ name: "one" }],
    });
    expect(lineOf(source, "tags")).toBe(8);
    expect(lineOf(source, "params")).toBe(9);
  });

  test("is patched in place, CRLF too", () => {
    for (const eol of ["\n", "\r\n"]) {
      const text = TOML.replaceAll("\n", eol);
      expect(string(patchSource(parse(text), {}))).toBe(text);
      const patched = string(
        patchSource(parse(text), {
          set: { title: "New", date: "2026-02-01T00:00:00+02:00", tags: ["a", "b", "c"] },
        }),
      );
      expect(patched).toBe(
        text
          .replace('"Hello"', '"New"')
          .replace("2026-01-31T10", "2026-02-01T00")
          .replace("['a', 'b']", "")
          .replace("[\"a\", 'b']", '["a", \'b\', "c"]'),
      );
    }
  });

  test("names line and column of an error", () => {
    expect(faultOf(() => parse('+++\ntitle = "a"\nbad = \nx = 1\n+++\n')).place?.line).toBeGreaterThanOrEqual(
      3,
    );
    expect(faultOf(() => parse("+++\na = 1\na = 2\n+++\n")).place).toMatchObject({ line: 3, column: 1 });
  });
});

describe("JSON", () => {
  const JSON_TEXT =
    '{\n\t"title": "Hi",\n\t"tags": ["a","b"],\n\t"n": 1.50,\n\t"seo": {\n\t\t"title": "x"\n\t},\n\t"body": "one\\n\\u00e9"\n}\n';
  const json = (text: string) => parse(text, "a.json");

  test("keeps indentation and order", () => {
    const source = json(JSON_TEXT);
    expect(source.fields).toEqual({ title: "Hi", tags: ["a", "b"], n: 1.5, seo: { title: "x" } });
    expect(source.body).toBe("one\né");
    expect(lineOf(source, "n")).toBe(4);
    expect(string(patchSource(source, { set: { title: "Hi" }, body: source.body }))).toBe(JSON_TEXT);
    expect(
      string(patchSource(source, { set: { title: "Yo", seo: { title: "x", d: "y" } }, remove: ["tags"] })),
    ).toBe(
      '{\n\t"title": "Yo",\n\t"n": 1.50,\n\t"seo": {\n\t\t"title": "x",\n\t\t"d": "y"\n\t},\n\t"body": "one\\n\\u00e9"\n}\n',
    );
    expect(string(patchSource(source, { body: "two", set: { slug: "s" } }))).toBe(
      JSON_TEXT.replace('"one\\n\\u00e9"\n', '"two",\n\t"slug": "s"\n'),
    );
  });

  test.each([
    ['{"title":"a"}', '{"title":"a","slug":"b"}'],
    ['{ "title": "a" }\n', '{ "title": "a", "slug": "b" }\n'],
    ["{}", '{\n  "slug": "b"\n}'],
  ])("adds to %j", (before, after) => {
    expect(string(patchSource(json(before), { set: { slug: "b" } }))).toBe(after);
  });

  test.each([
    ['{"a": 1,\n "a": 2}', 2, 2],
    ['{"a": 1,}', 1, 9],
    ['{"a": }', 1, 7],
    ["[1]", 1, 1],
    ['{"a": 1} x', 1, 10],
    ['{"a": "x\ny"}', 1, 7],
    ['{"body": 3}', 1, 2],
  ])("refuses %j", (text, line, column) => {
    expect(faultOf(() => json(text)).place).toMatchObject({ file: "a.json", line, column });
  });
});

test("a new file reads back as what was written", () => {
  const fields = {
    title: 'Say: "hi" #1',
    slug: "hi",
    date: "2026-01-01",
    tags: ["yes", "007"],
    seo: { title: "- x" },
  };
  for (const format of ["yaml", "json"] as const) {
    const made = parseSource(createSource(fields, "Body\n", format), format === "json" ? "a.json" : "a.md");
    expect(made.fields).toEqual(fields);
    expect(made.body.trim()).toBe("Body");
  }
});
