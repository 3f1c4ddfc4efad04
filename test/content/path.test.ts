import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Document } from "../../src/content/document.ts";
import { isReservedName, nameParts, pathFor, pathKey, slugify } from "../../src/content/path.ts";

const doc = (fields: Record<string, string>): Document => ({ kind: "post", locale: "", fields, body: "" });
const path = (
  template: string,
  fields: Record<string, string>,
  taken: readonly string[] = [],
  dir = "posts",
) => pathFor({ dir, path: template }, doc(fields), { id: "17", taken: new Set(taken.map(pathKey)) });

test.each([
  ["posts/2026-01-31-hello-world.md", "hello-world", "2026-01-31"],
  ["posts/Über uns.md", "über-uns", undefined],
  ["about/index.md", "about", undefined],
  ["about/_index.md", "about", undefined],
  ["2026-01-31-trip/index.md", "trip", "2026-01-31"],
  ["日本語.md", "日本語", undefined],
  ["it's.v1.2.markdown", "its-v1-2", undefined],
  ["page.JSON", "page", undefined],
  ["index.md", "", undefined],
  ["2026-01-31.md", "2026-01-31", undefined],
])("%s is %s", (file, slug, date) => {
  expect(nameParts(file)).toEqual({ slug, date });
});

describe("new files", () => {
  test.each([
    ["{date}-{slug}.md", { slug: "a", date: "2026-01-31T10:00:00" }, "posts/2026-01-31-a.md"],
    ["{date}-{slug}.md", { slug: "a" }, "posts/a.md"],
    ["{year}/{month}/{slug}.md", { slug: "a", date: "2026-01-31" }, "posts/2026/01/a.md"],
    ["{slug}/index.md", { slug: "a" }, "posts/a/index.md"],
    ["{slug}.json", { slug: "a" }, "posts/a.json"],
    ["{slug}.{locale}.md", { slug: "a" }, "posts/a.md"],
    ["{slug}.md", { slug: "%e6%97%a5%e6%9c%ac" }, "posts/日本.md"],
    ["{slug}.md", { slug: "%e6%97", title: "x" }, "posts/%e6%97.md"],
    ["{slug}.md", { title: "Hello, World" }, "posts/hello-world.md"],
    ["{slug}.md", {}, "posts/17.md"],
    ["{slug}.md", { slug: "../../etc/passwd" }, "posts/etc-passwd.md"],
    ["{slug}.md", { slug: "..%2f..%2fx" }, "posts/x.md"],
    ["{slug}.md", { slug: "con" }, "posts/con-.md"],
    ["{slug}.md", { slug: "COM1.x" }, "posts/COM1-.x.md"],
    ["{slug}.md", { slug: "a. . " }, "posts/a.md"],
    ["{slug}.md", { slug: "a\u0000b\u202ec\nd" }, "posts/a-b-c-d.md"],
    ["{slug}.md", { slug: ".hidden" }, "posts/hidden.md"],
    ["{slug}.md", { slug: "..." }, "posts/17.md"],
  ])("%s of %j", (template, fields, expected) => {
    expect(path(template, fields as Record<string, string>)).toBe(expected);
  });

  test("a name that is taken, in any case or composition, gets the id", () => {
    expect(path("{slug}.md", { slug: "cafe\u0301" }, ["Posts/CAFÉ.md"])).toBe("posts/café-17.md");
    expect(path("{slug}.md", { slug: "a" }, ["posts/a.md", "posts/a-17.md"])).toBe("posts/a-17-2.md");
    expect(path("{slug}.md", { slug: "a" }, [], "")).toBe("a.md");
  });

  test("long names are cut between characters and stay apart", () => {
    const family = "👨‍👩‍👧‍👦".repeat(30);
    const [one, two] = [path("{slug}.md", { slug: `${family}1` }), path("{slug}.md", { slug: `${family}2` })];
    expect(one).not.toBe(two);
    expect(Buffer.byteLength(one)).toBeLessThanOrEqual(180 + "posts/.md".length);
    expect(one).toMatch(/^posts\/(👨‍👩‍👧‍👦)+-[a-z0-9]{8}\.md$/u);
  });

  test("no slug leaves the directory or makes a name that some system cannot store", () => {
    const nasty = fc.oneof(
      fc.string({ unit: "binary" }),
      fc
        .array(fc.constantFrom("..", "/", "\\", ".", "con", " ", "%2e", "%2f", "\0", "a", ":"), {
          maxLength: 8,
        })
        .map((p) => p.join("")),
    );
    fc.assert(
      fc.property(
        nasty,
        nasty,
        fc.constantFrom("{slug}.md", "{date}-{slug}.md", "{slug}/index.md"),
        (slug, id, template) => {
          const made = pathFor({ dir: "posts", path: template }, doc({ slug, date: id }), {
            id,
            taken: new Set(),
          });
          const segments = made.split("/");
          expect(segments[0]).toBe("posts");
          expect(segments.length).toBeGreaterThan(1);
          for (const segment of segments) {
            expect(["", ".", ".."]).not.toContain(segment);
            expect(isReservedName(segment)).toBe(false);
            expect(Buffer.byteLength(segment)).toBeLessThanOrEqual(255);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

test("a slug made of a slug is the same", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      expect(slugify(slugify(text))).toBe(slugify(text));
    }),
  );
});
