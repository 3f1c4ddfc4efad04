import { describe, expect, it } from "vitest";
import { resolveAddress } from "../../src/http/address.ts";

const resolve = (
  base: string,
  path: string,
  query: Record<string, string | number | boolean | undefined> = {},
) => resolveAddress(base, path, query).href;

describe("resolveAddress", () => {
  it("puts a path below the base and leaves out what is undefined", () => {
    expect(
      resolve("https://x.test/wp-json", "/wp/v2/posts", { page: 2, status: undefined, embed: true }),
    ).toBe("https://x.test/wp-json/wp/v2/posts?page=2&embed=true");
    expect(resolve("https://x.test", "posts?a=1", { b: "ä&" })).toBe("https://x.test/posts?a=1&b=%C3%A4%26");
    expect(resolve("https://x.test/wp-json/", "/")).toBe("https://x.test/wp-json/");
  });

  it("puts the path into rest_route where permalinks are plain", () => {
    const url = new URL(resolve("https://x.test/blog/?rest_route=", "/wp/v2/posts?_fields=id", { page: 2 }));
    expect(url.pathname).toBe("/blog/");
    expect(Object.fromEntries(url.searchParams)).toEqual({
      rest_route: "/wp/v2/posts",
      _fields: "id",
      page: "2",
    });
    expect(
      new URL(resolve("https://x.test/?rest_route=", "/wp/v2/x%20y")).searchParams.get("rest_route"),
    ).toBe("/wp/v2/x y");
  });

  it("takes an absolute address of its own origin", () => {
    expect(resolve("https://x.test/wp-json", "https://x.test/other")).toBe("https://x.test/other");
  });

  it.each([
    "https://evil.test/x",
    "http://x.test/x",
    "https://x.test:8443/",
    "https://u:p@x.test/",
    "javascript:alert(1)",
  ])("refuses %s, which would carry credentials away", (path) => {
    expect(() => resolveAddress("https://x.test/wp-json", path, {})).toThrow(/leave the connection/);
  });

  it("is not led away by a path that begins with two slashes or climbs up", () => {
    expect(new URL(resolve("https://x.test/wp-json", "//evil.test/x")).host).toBe("x.test");
    expect(new URL(resolve("https://x.test/wp-json", "/../../x")).host).toBe("x.test");
  });
});
