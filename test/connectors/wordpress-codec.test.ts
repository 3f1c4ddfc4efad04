import { describe, expect, it } from "vitest";
import type { Entry, Kind, Refs } from "../../src/connectors/contract.ts";
import { codec } from "../../src/connectors/wordpress/codec.ts";
import { termNames } from "../../src/connectors/wordpress/names.ts";
import { siteIdentity, timezoneOf } from "../../src/connectors/wordpress/site.ts";
import { readableSlug, siteSlug, storedSlug } from "../../src/connectors/wordpress/slug.ts";
import type { Document } from "../../src/content/document.ts";
import { noLinks } from "../../src/content/links.ts";
import { joinTermPath } from "../../src/content/term-path.ts";
import { asFault, type Fault } from "../../src/lib/fault.ts";
import type { JsonObject } from "../../src/lib/json.ts";

const post: Kind = {
  name: "post",
  title: "Posts",
  body: true,
  fields: [
    ...[
      "title",
      "slug",
      "status",
      "date",
      "excerpt",
      "author",
      "image",
      "sticky",
      "template",
      "commentStatus",
    ].map((name) => ({ name, type: "text" as const })),
    { name: "meta.rating", type: "number" },
    { name: "meta.subtitle", type: "text" },
    { name: "format", type: "text", values: ["standard", "aside"] },
    { name: "categories", type: "terms" },
    { name: "tags", type: "terms" },
  ],
  taxonomies: {
    categories: { id: "category", hierarchical: true, fallback: "1" },
    tags: { id: "post_tag", hierarchical: false },
  },
};
const page: Kind = {
  name: "page",
  title: "Pages",
  body: true,
  fields: ["title", "slug", "status", "parent"].map((name) => ({ name, type: "text" as const })),
  taxonomies: {},
};

const term = (id: number, taxonomy: string, ...path: string[]) => ({
  id: String(id),
  taxonomy,
  name: path.at(-1) ?? "",
  slug: (path.at(-1) ?? "").toLowerCase(),
  path,
});
const digest = "a1b2c3d4e5f60718".repeat(4);
const refs: Refs = {
  timezone: "Europe/Berlin",
  siteUrl: "https://x.test",
  terms: [
    term(1, "category", "Uncategorized"),
    term(3, "category", "Recipes"),
    term(9, "category", "Recipes", "Bread"),
    term(12, "category", "Cats & Dogs"),
    term(13, "category", "In/Out"),
    term(5, "post_tag", "Rye"),
    term(7, "post_tag", "a/b"),
  ],
  media: [
    {
      id: "55",
      digest: digest.slice(0, 12),
      url: "https://x.test/up/harbour.png",
      type: "image/png",
      alt: "Harbour",
      variants: ["https://x.test/up/harbour-300x200.png"],
    },
    { id: "56", digest: "", url: "https://x.test/up/other.png", type: "image/png", alt: "", variants: [] },
  ],
  files: [{ ref: "./harbour.png", path: "posts/harbour.png", digest, type: "image/png", size: 1 }],
  links: noLinks,
  types: {},
  may: [],
  authors: [
    { id: "2", slug: "jo", name: "Jo Doe", aliases: ["jodoe", "jo@x.test"] },
    { id: "3", slug: "sam", name: "Same Name" },
    { id: "4", slug: "sam-2", name: "Same Name" },
  ],
  parents: [{ id: "20", kind: "page", path: "about/team" }],
  kind: post,
  settings: {},
};

const doc = (fields: JsonObject, body = ""): Document => ({
  kind: "post",
  locale: "",
  fields: { title: "T", ...fields },
  body,
});
const wire = (fields: JsonObject, using: Refs = refs): JsonObject =>
  codec.encode(doc(fields), using, undefined).wire;
const entry = (fields: JsonObject, more: Partial<Entry> = {}): Entry => ({
  id: "1",
  locale: "",
  kind: "post",
  scope: "",
  slug: "s",
  url: "",
  title: "T",
  revision: "r",
  modified: 0,
  state: "published",
  pendingChanges: false,
  wire: { title: "T", ...fields },
  ...more,
});
const fields = (value: JsonObject, more: Partial<Entry> = {}) =>
  codec.decode(entry(value, more), refs).fields;
const fault = (work: () => unknown): Fault => {
  try {
    work();
  } catch (thrown) {
    return asFault(thrown);
  }
  throw new Error("expected a fault");
};

describe("encoding a document for WordPress", () => {
  it("writes terms as sorted ids, found by path, case and entities aside", () => {
    expect(
      wire({ categories: ["recipes/bread", "CATS &amp; DOGS", "In\\/Out"], tags: ["rye", "a/b"] }),
    ).toMatchObject({
      categories: [9, 12, 13],
      tags: [5, 7],
    });
    expect(wire({ categories: "Recipes" }).categories).toEqual([3]);
    expect(wire({ categories: [] }).categories).toEqual([]);
    expect(wire({ tags: ["New one", "Rye"] }).tags).toEqual([5, "New one"]);
    expect(fault(() => wire({ categories: ["Recipes//Bread"] }))).toMatchObject({
      kind: "invalid",
      code: "term-name",
    });
  });

  it("puts dates into the site's local time", () => {
    expect(wire({ date: "2026-07-01T12:00:00Z" }).date).toBe("2026-07-01T14:00:00");
    expect(wire({ date: "2026-07-01 12:00" }).date).toBe("2026-07-01T12:00:00");
    expect(fault(() => wire({ date: "2026-03-29T02:30:00" })).kind).toBe("invalid");
  });

  it("finds the author by user name, login, e-mail and name, and refuses strangers and doubles", () => {
    for (const name of ["jo", "JODOE", "jo@x.test", "jo doe"]) expect(wire({ author: name }).author).toBe(2);
    expect(wire({ author: "sam" }).author).toBe(3);
    expect(fault(() => wire({ author: "Same Name" })).message).toContain("2 users");
    expect(fault(() => wire({ author: "nobody" }))).toMatchObject({
      kind: "invalid",
      code: "invalid-author",
    });
  });

  it("puts in place of what is cleared what WordPress puts there itself", () => {
    expect(wire({ commentStatus: null, categories: null, tags: null, excerpt: null })).toMatchObject({
      commentStatus: "open",
      categories: [1],
      tags: null,
      excerpt: null,
    });
  });

  it("names the featured image by id, and a file not uploaded yet by its digest", () => {
    expect(wire({ image: "./harbour.png" }).image).toBe(55);
    expect(wire({ image: { src: "https://x.test/up/harbour-300x200.png", alt: "x" } }).image).toBe(55);
    expect(wire({ image: null }).image).toBeNull();
    expect(wire({ image: "./harbour.png" }, { ...refs, media: [] }).image).toBe(`sha256:${digest}`);
    expect(fault(() => wire({ image: "https://elsewhere.test/x.png" })).kind).toBe("invalid");
  });

  it("tells of a featured image's text that the library words otherwise, and of no other", () => {
    const told = (image: JsonObject | string | null) =>
      codec.unsent?.(doc({ image }), refs).map(({ message }) => message);
    const hint = "; change it there, or in the file";
    const own = `the media library keeps its own text for this image: "Harbour"${hint}`;
    expect(told({ src: "./harbour.png", alt: "A quay" })).toEqual([own]);
    expect(told({ src: "https://x.test/up/other.png", alt: "A quay" })).toEqual([
      `the media library has no text for this image${hint}`,
    ]);
    for (const alt of ["Harbour", " Harbour ", ""]) expect(told({ src: "./harbour.png", alt })).toEqual([]);
    for (const image of ["./harbour.png", null, { alt: "x" }, { src: "./new.png", alt: "x" }]) {
      expect(told(image)).toEqual([]);
    }
  });

  it("refuses states WordPress does not have", () => {
    expect(wire({ status: "private" }).status).toBe("private");
    expect(fault(() => wire({ status: "archived" })).hint).toContain("private");
    expect(fault(() => wire({ status: "scheduled" })).hint).toContain("date");
    expect(wire({ status: "scheduled", date: "2030-01-01" }).status).toBe("scheduled");
  });

  it("tells what the site would drop instead of dropping it", () => {
    const { wire: sent, losses } = codec.encode(doc({ "meta.rating": 4, "meta.nope": 1 }), refs, undefined);
    expect(sent).toMatchObject({ "meta.rating": 4 });
    expect(sent).not.toHaveProperty(["meta.nope"]);
    expect(losses.map((loss) => loss.field)).toEqual(["meta.nope"]);
    const [near, far] = codec.encode(doc({ "meta.raiting": 4, "seo.title": "S" }), refs, undefined).losses;
    expect(near?.message).toMatch(/Did you mean `meta\.rating`\?$/);
    expect(far?.message).not.toContain("Did you mean");
    const onPage = codec.encode(
      { ...doc({ sticky: true, tags: ["x"] }), kind: "page" },
      { ...refs, kind: page },
      undefined,
    );
    expect(onPage.losses.map((loss) => loss.field)).toEqual(["sticky", "tags"]);
    expect(onPage.wire).not.toHaveProperty("sticky");
  });

  it("finds a page's parent by its slug path", () => {
    const of = (parent: string) =>
      codec.encode(doc({ parent }), { ...refs, kind: page }, undefined).wire.parent;
    expect(of("About/Team")).toBe(20);
    expect(of("about/new")).toBe("about/new");
  });

  it("leaves the body of a page builder's entry alone", () => {
    const owned = entry({ body: "[vc_row]x[/vc_row]" }, { bodyOwner: "WPBakery" });
    expect(codec.encode(doc({}, "mine"), refs, owned).wire).not.toHaveProperty("body");
  });

  it("stores images of the body under the site's address and finds them again", () => {
    for (const settings of [{ body: "blocks" }, { body: "classic" }]) {
      const site = { ...refs, settings };
      const markdown = "Hello\n\n![Harbour](./harbour.png)\n";
      const { body } = codec.encode(doc({}, markdown), site, undefined).wire;
      expect(body).toContain("https://x.test/up/harbour.png");
      expect(String(body).includes("<!-- wp:")).toBe(settings.body === "blocks");
      expect(codec.decode(entry({ body: body ?? "" }), site).body).toContain("(./harbour.png)");
      expect(codec.patchBody(markdown, body ?? "", site)).toBe(markdown);
    }
  });

  it("takes images that the site names from where it is for no files of the operator's, and sends them as they were", () => {
    const paragraph = (text: string) => `<!-- wp:paragraph -->\n<p>${text}</p>\n<!-- /wp:paragraph -->`;
    const shown = paragraph('See <img src="/up/a.png" alt="A" class="wp-image-8"/> here');
    const raw = '<!-- wp:html -->\n<center><img src="pics/b.png"></center>\n<!-- /wp:html -->';
    const stored = entry({ body: [shown, raw, paragraph("End")].join("\n\n") });
    const { body } = codec.decode(stored, refs);
    expect(body).toContain("![A](https://x.test/up/a.png)");
    expect(body).toContain('src="https://x.test/pics/b.png"');
    expect(codec.needs(doc({}, body), post).media.filter(({ link }) => link !== true)).toEqual([]);
    const sent = (markdown: string) => codec.encode(doc({}, markdown), refs, stored).wire.body;
    expect(sent(body)).toBe(stored.wire.body);
    const edited = body.replace("here", "there").replace("<center>", '<center id="c">');
    expect(sent(edited)).toBe(
      String(stored.wire.body).replace("here", "there").replace("<center>", '<center id="c">'),
    );
  });
});

describe("what a document needs", () => {
  it("names terms, authors and local files, and no addresses", () => {
    const needs = codec.needs(
      doc(
        { tags: "Rye", categories: ["A/B"], author: "jo", image: { src: "./a.png", alt: "A" } },
        "![B](./b.png) ![C](https://x.test/c.png)",
      ),
      post,
    );
    expect(needs.terms.map(({ taxonomy, path }) => [taxonomy, ...path])).toEqual([
      ["category", "A", "B"],
      ["post_tag", "Rye"],
    ]);
    expect(needs.media).toEqual([
      { ref: "./a.png", alt: "A", field: true },
      { ref: "./b.png", alt: "B" },
    ]);
    expect(needs.authors).toEqual(["jo"]);
    expect(codec.needs(doc({ image: "https://x.test/a.png" }), post).media).toEqual([]);
  });

  it("knows the media of an entry", () => {
    const body = '<img class="wp-image-56 x" src="a"/><img class="wp-image-57" src="b"/>';
    expect(codec.mediaIds(entry({ image: 55, body }))).toEqual(["55", "56", "57"]);
  });
});

describe("decoding an entry of WordPress", () => {
  it("leaves out what WordPress would set by itself", () => {
    const plain = {
      status: "draft",
      slug: "s",
      date: null,
      excerpt: "",
      categories: [1],
      tags: [],
      image: null,
    };
    const rest = {
      sticky: false,
      template: "",
      commentStatus: "open",
      format: "standard",
      "meta.rating": 0,
      "meta.subtitle": "",
    };
    expect(fields({ ...plain, ...rest })).toEqual({ title: "T", slug: "s", status: "draft" });
  });

  it("names terms by path, the author by user name, the image by its file", () => {
    const value = {
      categories: [1, 9, 13],
      tags: [7],
      author: 2,
      image: 55,
      "meta.rating": 4,
      commentStatus: "closed",
    };
    expect(fields(value)).toEqual({
      title: "T",
      categories: ["Uncategorized", "Recipes/Bread", "In\\/Out"],
      tags: ["a/b"],
      author: "jo",
      image: { src: "./harbour.png", alt: "Harbour" },
      "meta.rating": 4,
      commentStatus: "closed",
    });
    expect(fields({ image: 56 }).image).toBe("https://x.test/up/other.png");
  });

  it("never invents a name for a term it does not know, and says of a password only that there is one", () => {
    expect(fault(() => fields({ tags: [99] }))).toMatchObject({ kind: "protocol", scope: "item" });
    expect(fields({ protected: true })).toEqual({ title: "T", protected: true });
  });

  it("names a page's parent", () => {
    expect(fields({ parent: 20 }, { kind: "page" }).parent).toBe("about/team");
    expect(fields({ parent: 21 }, { kind: "page", scope: "x/y" }).parent).toBe("x/y");
  });
});

describe("the same for WordPress", () => {
  it.each([
    ["title", " Fish & chips ", "Fish &amp; chips"],
    ["slug", "日本", "%e6%97%a5%e6%9c%ac"],
    ["slug", "Crème Brûlée", "creme-brulee"],
    ["status", "scheduled", "published"],
    ["date", "2026-01-01 10:00:00", "2026-01-01T10:00:00"],
    ["categories", [3, 1], [1, 3]],
    ["image", null, 0],
    ["meta.rating", 4, "4"],
    ["meta.subtitle", null, ""],
    ["body", "<p>a & b</p>", "<p>a &amp; b</p>\n"],
  ] as const)("%s %j and %j", (part, ours, theirs) => {
    expect(codec.same(part, ours, theirs)).toBe(true);
  });

  it.each([
    ["title", "Fish", "Chips"],
    ["slug", "a", "a-2"],
    ["status", "draft", "published"],
    ["date", "2026-01-01T10:00:00", "2026-01-01T11:00:00"],
    ["date", "2026-01-01T10:00:00", null],
    ["categories", [3], [1, 3]],
    ["categories", [3, "New"], [3]],
    ["image", 55, null],
    ["meta.rating", 4, 5],
    ["sticky", true, false],
    ["author", 1, 2],
    ["body", "<p>a</p>", "<p>b</p>"],
  ] as const)("not %s %j and %j", (part, ours, theirs) => {
    expect(codec.same(part, ours, theirs)).toBe(false);
  });
});

describe("names, slugs and places of WordPress", () => {
  it("splits and joins term paths", () => {
    expect(termNames("A/B \\/ C")).toEqual(["A", "B / C"]);
    expect(joinTermPath(["A", "B / C"])).toBe("A/B \\/ C");
    expect(() => termNames("A//C")).toThrow("empty name");
  });

  it("reads stored slugs, and leaves what would not come back the same", () => {
    expect(readableSlug("%e6%97%a5")).toBe("日");
    expect(storedSlug("日")).toBe("%e6%97%a5");
    for (const odd of ["100%25", "%e6%97", "a%2fb"]) expect(readableSlug(odd)).toBe(odd);
    expect(siteSlug("日".repeat(60))).toHaveLength(22);
  });

  it("keeps a site's identity when it moves to https or changes its permalinks", () => {
    expect(siteIdentity("http://Example.com/")).toBe(siteIdentity("https://example.com"));
    expect(siteIdentity("https://example.com/blog/")).toBe("example.com/blog");
    expect(siteIdentity("https://example.com:8443")).not.toBe(siteIdentity("https://example.com"));
  });

  it("gives the zone by name, else by offset", () => {
    expect(timezoneOf({ timezone_string: "Europe/Berlin", gmt_offset: 2 })).toBe("Europe/Berlin");
    expect(timezoneOf({ timezone_string: "", gmt_offset: 5.75 })).toBe("+05:45");
    expect(timezoneOf({ timezone_string: "", gmt_offset: -3.5 })).toBe("-03:30");
  });
});
