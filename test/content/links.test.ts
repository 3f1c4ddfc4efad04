import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressKey, linkFrom, resolveLink, splitHref, withSuffix } from "../../src/content/links.ts";

describe("a link in a document", () => {
  const files = [
    "posts/a.md",
    "posts/b.md",
    "posts/Grüße 1.md",
    "shop/index.md",
    "wiki/_index.md",
    "data.json",
  ];
  const known = (path: string) => files.find((file) => file === path.normalize("NFC"));
  const from = (href: string) => resolveLink("posts/a.md", href, known);

  it("names a file beside the document, above it or from the root", () => {
    expect(from("b.md")).toBe("posts/b.md");
    expect(from("./b.md#x")).toBe("posts/b.md");
    expect(from("../posts/b.md?q=1#x")).toBe("posts/b.md");
    expect(from("/data.json")).toBe("data.json");
    expect(from("./Gr%C3%BC%C3%9Fe%201.md")).toBe("posts/Grüße 1.md");
    expect(from("Grüße 1.md".normalize("NFD"))).toBe("posts/Grüße 1.md");
  });

  it("names a document that is not there, too", () => {
    expect(from("gone.md")).toBe("posts/gone.md");
    expect(from("%E0%A4%A.md")).toBe("posts/%E0%A4%A.md");
  });

  it("names a directory by its index", () => {
    expect(from("../shop/")).toBe("shop/index.md");
    expect(from("../wiki")).toBe("wiki/_index.md");
    expect(from("../none/")).toBeUndefined();
    expect(from("/shop/")).toBeUndefined();
  });

  it("is none where it leads out of the root, to an address, or within the page", () => {
    for (const href of [
      "../../x.md",
      "..",
      "https://a.example/x.md",
      "//a/x.md",
      "mailto:x.md",
      "#x",
      "?a",
      "",
      "a.png",
    ])
      expect(from(href)).toBeUndefined();
    expect(from("a%00.md")).toBeUndefined();
  });

  it("written from one document to another leads there, whatever they are called", () => {
    const name = fc.string({
      unit: fc.constantFrom(..."ab ä(%)#?&_'\"<>[]日🎉"),
      minLength: 1,
      maxLength: 8,
    });
    const segment = name.filter((text) => text.trim() === text && text !== "");
    const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => `${parts.join("/")}.md`);
    fc.assert(
      fc.property(path, path, (one, other) => {
        const link = linkFrom(one, other);
        expect(link).toMatch(/^\.\.?\//);
        expect(link).not.toMatch(/[\s()<>]/);
        expect(resolveLink(one, link, () => undefined)).toBe(other);
      }),
    );
  });

  it("keeps query and fragment behind any address", () => {
    const parts = splitHref("./b.md?x=1#y?z");
    expect(parts).toEqual({ path: "./b.md", query: "?x=1", fragment: "#y?z" });
    expect(withSuffix("https://a.example/b/", parts)).toBe("https://a.example/b/?x=1#y?z");
    expect(withSuffix("https://a.example/?p=2", parts)).toBe("https://a.example/?p=2&x=1#y?z");
  });
});

describe("addresses of one page", () => {
  const key = (address: string) => addressKey(address, "https://Example.org/blog");

  it("are known in every spelling", () => {
    const spellings = [
      "https://example.org/caf%c3%a9/",
      "http://EXAMPLE.org/café",
      "//example.org/caf%C3%A9/",
      "/café/",
    ];
    expect(new Set(spellings.map(key)).size).toBe(1);
  });

  it("differ by host, port, path and query", () => {
    const others = [
      "https://example.org/a/",
      "https://www.example.org/a/",
      "https://example.org:8080/a/",
      "/b",
      "/a?p=1",
    ];
    expect(new Set(others.map(key)).size).toBe(others.length);
  });

  it("are none that only a page could tell", () => {
    for (const address of ["", "#x", "a/b", "mailto:a@b.example", "javascript:0"])
      expect(key(address)).toBeUndefined();
    expect(addressKey("/a", "file:///tmp/site/public")).toBeUndefined();
  });
});
