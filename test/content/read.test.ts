import { describe, expect, test } from "vitest";
import { parseConfig } from "../../src/content/config.ts";
import {
  isDocumentPath,
  newDocumentBytes,
  patchDocument,
  type Reading,
  readDocument,
} from "../../src/content/read.ts";
import { parseSource } from "../../src/content/source.ts";
import { type Fault, isFault } from "../../src/lib/fault.ts";

const string = (data: Uint8Array): string => Buffer.from(data).toString("utf8");

function read(text: string, config = "", path = "posts/2026-01-31-my-post.md"): Reading {
  const source = parseSource(Buffer.from(text, "utf8"), path);
  const reading = readDocument(source, parseConfig(Buffer.from(config)), "post");
  if (reading === undefined) throw new Error("not a document");
  return reading;
}

function faultOf(text: string, config = "", path = "a.md"): Fault {
  try {
    read(text, config, path);
  } catch (thrown) {
    if (isFault(thrown, "invalid")) return thrown;
    throw thrown;
  }
  throw new Error("nothing was thrown");
}

describe("title and body", () => {
  test.each([
    ["---\ntitle: Front\n---\n\n# Heading\n\ntext\n", "Front", "# Heading\n\ntext\n"],
    ["# Heading\n\ntext\n", "Heading", "text\n"],
    ["---\nslug: x\n---\n\n\n# Heading #\ntext\n", "Heading", "text\n"],
    ["Heading\n===\n\ntext\n", "Heading", "text\n"],
    ["intro\n\n# Late \\*one\\*\n\ntext\n", "Late *one*", "intro\n\n\ntext\n"],
    ["```\n# no\n```\n\n<!--\n# no\n-->\n# Yes {#id}\n", "Yes", "```\n# no\n```\n\n<!--\n# no\n-->\n"],
    ["## Two\n\n#tag\n\n# One\n", "One", "## Two\n\n#tag\n\n"],
    ["---\ntitle: 2026\n---\n", "2026", ""],
    ['---\ntitle: ""\n---\n\n# Stays\n', "", "# Stays\n"],
    ["---\ntitle: 007\n---\n", "007", ""],
  ])("%j", (text, title, body) => {
    const reading = read(text);
    expect(reading.title).toBe(title);
    expect(reading.document.fields.title).toBe(title);
    expect(reading.document.body).toBe(body);
  });

  test("a document without a title is refused", () => {
    expect(faultOf("## only two\n")).toMatchObject({
      code: "title-missing",
      place: { file: "a.md", field: "title" },
    });
    expect(faultOf("---\ntitle: [a]\n---\n").message).toContain("not a list");
  });

  test.each([
    ["# Old\n\none\ntwo\n", "New", "one\n2\n", "# New\n\none\n2\n"],
    ["\n\nOld\n===\n\none\n", "New", "one\nmore\n", "\n\nNew\n===\n\none\nmore\n"],
    ["# Old {#x} ##\r\n\r\none\r\n", "A * B #", "one\ntwo\n", "# A * B \\# {#x} ##\r\n\r\none\r\ntwo\r\n"],
    ["intro\n\n# Old\n\ntext\n", "New", "intro!\n\n\ntext?\n", "intro!\n\n# New\n\ntext?\n"],
    ["# Old", "New", "text\n", "# New\n\ntext\n"],
    ["---\nslug: s\n---\n# Old\n\ntext", "New", "", "---\nslug: s\n---\n# New\n\n"],
  ])("a heading that is the title changes in its place: %j", (text, title, body, expected) => {
    const patched = string(patchDocument(read(text), { set: { title }, body }));
    expect(patched).toBe(expected);
    expect(read(patched).title).toBe(title);
    expect(read(patched).document.body).toBe(body);
  });
});

describe("fields", () => {
  test("slug, date and status", () => {
    const plain = read("---\ntitle: a\n---\n");
    expect(plain).toMatchObject({ slug: "my-post", explicitSlug: false, state: undefined });
    expect(plain.document.fields).toEqual({ title: "a", date: "2026-01-31" });
    expect(plain.document).toMatchObject({ kind: "post", locale: "" });
    const full = read(
      "---\ntitle: a\nslug: b\nstatus: private\ndate: 2026-02-01\nlocale: de-at\nkind: page\ntags: one, two\ncategories: [A, 3]\nempty:\n---\n",
    );
    expect(full).toMatchObject({ slug: "b", explicitSlug: true, state: "private" });
    expect(full.document).toMatchObject({ kind: "page", locale: "de-AT" });
    expect(full.document.fields).toEqual({
      title: "a",
      slug: "b",
      status: "private",
      date: "2026-02-01",
      tags: ["one", "two"],
      categories: ["A", "3"],
    });
    expect(read("---\ntitle: a\ndraft: true\n---\n").document.fields.status).toBe("draft");
    expect(read("---\ntitle: a\ndraft: false\n---\n").state).toBe("published");
    expect(read("---\ntitle: a\nslug: '%e6%97%a5'\n---\n").slug).toBe("%e6%97%a5");
  });

  test.each([
    ["status: publish", 3, "status", /published/],
    ["status: privat", 3, "status", /private/],
    ["draft: true\nstatus: published", 3, "draft", /Remove one/],
    ["draft: maybe", 3, "draft", undefined],
    ["x: 1\nslug: My Page", 4, "slug", /slug: my-page/],
    ["slug: a/b", 3, "slug", /a-b/],
    ["slug: 100%", 3, "slug", /slug: 100/],
    ['slug: "a\\u202eb"', 3, "slug", /a-b/],
    ["slug: ..", 3, "slug", undefined],
    ["date: 31.1.2026", 3, "date", /2026-01-31/],
    ["date: 2026-02-30", 3, "date", undefined],
    ["tags: { a: 1 }", 3, "tags", undefined],
    ["locale: de_AT", 3, "locale", /de-AT/],
  ])("%j is refused with its line", (line, at, field, hint) => {
    const fault = faultOf(`---\ntitle: a\n${line}\n---\n`);
    expect(fault.place).toEqual({ file: "a.md", line: at, field });
    if (hint !== undefined) expect(fault.hint).toMatch(hint);
  });

  test.each([
    "a.b",
    "Upper-Case",
    "a--b",
    "tilde~x",
    "emoji-😀",
    "👩‍💻",
    "-a-",
    "r&d",
    "it's",
    "%e6%97",
    "日本",
  ])("a site may have the slug %j, and a pulled file says so", (slug) => {
    expect(read(`---\ntitle: a\nslug: ${JSON.stringify(slug)}\n---\n`)).toMatchObject({
      slug,
      explicitSlug: true,
    });
  });

  test("a file whose name gives no slug needs one", () => {
    expect(faultOf("# T\n", "", "index.md").code).toBe("slug");
    expect(faultOf("# T\n", "", "🎉.md").code).toBe("slug");
  });

  test("the operator's names for fields", () => {
    const config =
      "fields: { summary: excerpt, layout: false, lang: locale, order: { to: menuOrder, type: number }, on: { to: sticky, type: boolean } }\n";
    const text = "---\ntitle: a\nsummary: s\nlayout: x\nlang: en\norder: '07'\non: yes\n---\n";
    const reading = read(text, config);
    expect(reading.document.locale).toBe("en");
    expect(reading.document.fields).toEqual({
      title: "a",
      date: "2026-01-31",
      excerpt: "s",
      menuOrder: 7,
      sticky: true,
    });
    expect(
      string(patchDocument(reading, { set: { excerpt: "t", sticky: false }, remove: ["menuOrder"] })),
    ).toBe("---\ntitle: a\nsummary: t\nlayout: x\nlang: en\non: false\n---\n");
    expect(string(patchDocument(read("---\ntitle: a\n---\n", config), { set: { excerpt: "t" } }))).toBe(
      "---\ntitle: a\nsummary: t\n---\n",
    );
    expect(string(patchDocument(reading, { set: { layout: "wide" } }))).toBe(text);
    expect(faultOf("---\ntitle: a\nsummary: s\nexcerpt: t\n---\n", config).message).toContain(
      "both stand for `excerpt`",
    );
  });
});

describe("writing back", () => {
  test.each([
    ["draft: true", "published", "draft: false"],
    ["draft: false", "draft", "draft: true"],
    ["draft: true", "private", "status: private"],
    ["status: draft", "published", "status: published"],
    ["draft: true\nstatus: draft", "published", "draft: false\nstatus: published"],
    ["x: 1", "pending", "x: 1\nstatus: pending"],
  ])("%j set to %s", (before, status, after) => {
    const patched = string(patchDocument(read(`---\ntitle: a\n${before}\n---\n`), { set: { status } }));
    expect(patched).toBe(`---\ntitle: a\n${after}\n---\n`);
    expect(read(patched).state).toBe(status);
  });

  test("a list written as one line stays one", () => {
    const reading = read("---\ntitle: a\ntags: one,two\n---\n");
    expect(string(patchDocument(reading, { set: { tags: ["one", "two"] } }))).toBe(
      "---\ntitle: a\ntags: one,two\n---\n",
    );
    expect(string(patchDocument(reading, { set: { tags: ["one", "three"] } }))).toBe(
      "---\ntitle: a\ntags: one, three\n---\n",
    );
    expect(string(patchDocument(reading, { set: { tags: ["a, b"] } }))).toBe(
      '---\ntitle: a\ntags: [ "a, b" ]\n---\n'
        .replace('[ "a, b" ]', "\n  - a, b")
        .replace("tags: \n", "tags:\n"),
    );
  });

  test("no change is no byte", () => {
    for (const text of [
      "# T\n\nx",
      "\uFEFF---\r\ntitle: a\r\n---\r\n\r\nx\r\ny\n",
      '{"title":"a","body":"x"}',
    ]) {
      const reading = read(
        text,
        "content: [{ dir: posts, kind: post }]\n",
        text.startsWith("{") ? "posts/a.json" : "posts/a.md",
      );
      const { title: _title, ...fields } = reading.document.fields;
      expect(string(patchDocument(reading, { set: fields, body: reading.document.body }))).toBe(text);
      expect(string(patchDocument(reading, { set: { title: reading.title } }))).toBe(text);
    }
  });

  test("a new file has the leading fields first and reads back", () => {
    const document = {
      kind: "",
      locale: "",
      fields: {
        tags: ["x"],
        date: "2026-01-02T03:04:05",
        title: 'A: "b" #c',
        status: "draft",
        slug: "s",
        excerpt: "two\nlines",
      },
      body: "Text",
    };
    const bytes = newDocumentBytes(document, "s.md");
    expect(string(bytes)).toBe(
      "---\ntitle: 'A: \"b\" #c'\nslug: s\nstatus: draft\ndate: 2026-01-02T03:04:05\ntags:\n  - x\nexcerpt: |-\n  two\n  lines\n---\n\nText\n",
    );
    const again = read(string(bytes), "", "s.md").document;
    expect(again.fields).toEqual(document.fields);
    expect(again.body).toBe("Text\n");
    const config = parseConfig(Buffer.from("fields: { summary: excerpt }\n"));
    expect(string(newDocumentBytes({ ...document, kind: "page", locale: "de" }, "s.json", config))).toBe(
      `${JSON.stringify({ title: 'A: "b" #c', slug: "s", status: "draft", date: "2026-01-02T03:04:05", tags: ["x"], summary: "two\nlines", locale: "de", kind: "page", body: "Text\n" }, null, 2)}\n`,
    );
  });
});

test("content rules choose the kind; files outside are no documents", () => {
  const config = parseConfig(
    Buffer.from(
      "content:\n  - { dir: news, kind: news, where: { type: [a, b] } }\n  - { dir: news, kind: other, where: { type: c } }\n  - { dir: pages, kind: page }\n",
    ),
  );
  const kind = (path: string, text: string) =>
    readDocument(parseSource(Buffer.from(text), path), config, "post")?.document.kind;
  expect(kind("news/x.md", "---\ntitle: x\ntype: b\n---\n")).toBe("news");
  expect(kind("news/x.md", "---\ntitle: x\ntype: [z, c]\n---\n")).toBe("other");
  expect(kind("news/x.md", "---\ntitle: x\n---\n")).toBeUndefined();
  expect(kind("newspaper/x.md", "# x\n")).toBeUndefined();
  expect(isDocumentPath(config, "pages/a/b.json")).toBe(true);
  expect(isDocumentPath(config, "a.md")).toBe(false);
  const none = parseConfig(Buffer.from(""));
  expect(["a.md", "x/b.markdown", "package.json", "a.png"].map((path) => isDocumentPath(none, path))).toEqual(
    [true, true, false, false],
  );
});
