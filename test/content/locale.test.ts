import { describe, expect, test } from "vitest";
import { parseConfig } from "../../src/content/config.ts";
import { placeIn } from "../../src/content/locale.ts";
import { pathFor } from "../../src/content/path.ts";
import { isDocumentPath, newDocumentBytes, type Reading, readDocument } from "../../src/content/read.ts";
import { parseSource } from "../../src/content/source.ts";

const config = (text: string) => parseConfig(Buffer.from(text));

function read(path: string, rules: string, front = ""): Reading {
  const source = parseSource(Buffer.from(`---\ntitle: T\n${front}---\nText.\n`), path);
  const reading = readDocument(source, config(rules), "post");
  if (reading === undefined) throw new Error(`${path} is no document`);
  return reading;
}

describe("the language that a path tells", () => {
  test.each([
    ["{locale}", "{slug}.md", "de/about.md", "de", "{locale}/about.md"],
    ["{locale}/posts", "{slug}.md", "pt-br/posts/2026/a.md", "pt-BR", "{locale}/posts/2026/a.md"],
    ["content/{locale}", "{slug}.md", "content/zh_Hant/a.md", "zh-Hant", "content/{locale}/a.md"],
    ["content.{locale}", "{slug}.md", "content.de/x/a.md", "de", "content.{locale}/x/a.md"],
    ["posts", "{locale}/{slug}.md", "posts/fr/a.md", "fr", "posts/{locale}/a.md"],
    ["posts", "{slug}.{locale}.md", "posts/2026/a.de.md", "de", "posts/2026/a.md"],
    ["posts", "{slug}.{locale}.md", "posts/a/index.de.md", "de", "posts/a/index.md"],
    ["posts", "{slug}/{locale}.md", "posts/a/de.md", "de", "posts/a/index.md"],
    ["posts", "{slug}.{locale}.md", "posts/a.md", "", "posts/a.md"],
    ["posts", "{slug}.{locale}.md", "posts/vue.js.md", "", "posts/vue.js.md"],
    ["posts", "{locale}/{slug}.md", "posts/a.md", "", "posts/a.md"],
    ["posts", "{locale}/{slug}.md", "posts/img/a.md", "", "posts/img/a.md"],
    ["posts", "{slug}-{locale}.md", "posts/about-us.md", "", "posts/about-us.md"],
    ["posts", "{slug}.md", "posts/de/a.md", "", "posts/de/a.md"],
  ])("%s with %s: %s", (dir, path, file, locale, plain) => {
    expect(placeIn({ dir, path }, file)).toEqual({ locale, plain });
  });

  test.each(["src/a.md", "docs/a.md", "xx/a.md", "de.md", "a/de/b.md"])("%s lies in no language", (file) => {
    expect(placeIn({ dir: "{locale}", path: "{slug}.md" }, file)).toBeUndefined();
    expect(isDocumentPath(config('content: [{ dir: "{locale}", kind: post }]'), file)).toBe(false);
  });
});

describe("a document's language", () => {
  const dirs = 'locale: en\ncontent: [{ dir: "{locale}/posts", kind: post }, { dir: notes, kind: post }]\n';

  test("is what its front matter says, else where it lies, else the root's", () => {
    expect(read("de/posts/a.md", dirs, "locale: fr\n").document.locale).toBe("fr");
    expect(read("de/posts/a.md", dirs).document.locale).toBe("de");
    expect(read("notes/a.md", dirs).document.locale).toBe("en");
    expect(read("a.md", "").document.locale).toBe("");
  });

  test("is no part of the slug, nor of the date", () => {
    const suffixes = 'content: [{ dir: posts, kind: post, path: "{slug}.{locale}.md" }]\n';
    expect(read("posts/2026-01-31-hello.de.md", suffixes)).toMatchObject({ slug: "hello" });
    expect(read("posts/2026-01-31-hello.de.md", suffixes).document.fields.date).toBe("2026-01-31");
    expect(read("posts/hello/index.de.md", suffixes).slug).toBe("hello");
    expect(
      read("posts/hello/de.md", 'content: [{ dir: posts, kind: post, path: "{slug}/{locale}.md" }]\n').slug,
    ).toBe("hello");
  });

  test("translations share the key that they name, or their place below the language", () => {
    const [de, en] = [read("de/posts/a.md", dirs), read("en/posts/a.md", dirs)];
    expect(de.group).toBe(en.group);
    expect(de.group).not.toBe(read("de/posts/b.md", dirs).group);
    expect(read("de/posts/x.md", dirs, "translationKey: a\n").group).toBe("a");
    expect(read("notes/a.md", dirs).group).toBe("");
  });

  test("says where a new file goes, and is written only where its path does not tell it", () => {
    const document = { kind: "post", locale: "de", fields: { title: "A", slug: "a" }, body: "" };
    const [rule] = config(dirs).content;
    if (rule === undefined) throw new Error("no rule");
    const path = pathFor(rule, document, { id: "1", taken: new Set() });
    expect(path).toBe("de/posts/a.md");
    const written = (at: string, locale: string) =>
      Buffer.from(newDocumentBytes({ ...document, kind: "", locale }, at, config(dirs))).toString();
    expect(written("de/posts/a.md", "de")).not.toContain("locale");
    expect(written("notes/a.md", "de")).toContain("locale: de");
    expect(written("notes/a.md", "en")).not.toContain("locale");
    expect(written("de/posts/a.md", "en")).toContain("locale: en");
    expect(pathFor(rule, { ...document, locale: "../x" }, { id: "1", taken: new Set() })).toBe(
      "x/posts/a.md",
    );
  });

  test.each([
    'content: [{ dir: "{slug}/posts", kind: post }]\n',
    'content: [{ dir: "{locale}/{locale}", kind: post }]\n',
    "locale: german_\n",
  ])("%j is refused", (text) => {
    expect(() => config(text)).toThrow(expect.objectContaining({ code: "config" }));
  });
});
