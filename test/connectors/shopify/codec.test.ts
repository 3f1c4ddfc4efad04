import { describe, expect, test } from "vitest";
import type { Entry, Refs } from "../../../src/connectors/contract.ts";
import { codec } from "../../../src/connectors/shopify/codec.ts";
import { kindOf, WIRINGS } from "../../../src/connectors/shopify/kinds.ts";
import { readValue, storedValue } from "../../../src/connectors/shopify/metafields.ts";
import { siteSlug } from "../../../src/connectors/shopify/slug.ts";
import type { Document } from "../../../src/content/document.ts";
import { noLinks } from "../../../src/content/links.ts";
import type { JsonObject } from "../../../src/lib/json.ts";

const DIGEST = "0123456789abcdef".repeat(4);
const CDN = "https://cdn.shopify.com/s/files/1/0001/files/0123456789ab-cup.png";
const definitions = [
  { namespace: "custom", key: "minutes", type: "number_integer" },
  { namespace: "custom", key: "weight", type: "number_decimal" },
  { namespace: "custom", key: "when", type: "date_time" },
  { namespace: "custom", key: "file", type: "file_reference" },
];

function refs(kind: keyof typeof WIRINGS = "article", types: Refs["types"] = {}): Refs {
  const around = { blog: "news", blogs: ["news", "guides"], author: "Tea House", definitions };
  const file = { ref: "./cup.png", path: "cup.png", digest: DIGEST, type: "image/png", size: 9 };
  const media = { id: "MediaImage/7", digest: DIGEST, url: CDN, type: "image/png", alt: "", variants: [] };
  return {
    ...{ timezone: "Europe/Berlin", siteUrl: "https://tea.example", terms: [], authors: [], parents: [] },
    ...{ media: [media], files: [file], links: noLinks, may: [], settings: {}, types },
    kind: kindOf(WIRINGS[kind], around),
  };
}

function encode(fields: JsonObject, kind: keyof typeof WIRINGS = "article", remote?: Entry) {
  const document: Document = { kind, locale: "", fields: { title: "T", ...fields }, body: "" };
  return codec.encode(document, refs(kind, { "metafields.custom.file": "image" }), remote);
}

function entry(wire: JsonObject): Entry {
  return {
    ...{ id: "1", locale: "", kind: "article", scope: "news", slug: "t", url: "", title: "T", revision: "r" },
    ...{ modified: undefined, state: "draft", pendingChanges: false, wire },
  };
}

describe("a document on its way to the shop", () => {
  test("says dates in UTC, of the shop's zone, moments of metafields too", () => {
    const { wire } = encode({ date: "2026-07-01 09:00", "metafields.custom.when": "2026-01-01 09:00" });
    expect(wire.date).toBe("2026-07-01T07:00:00Z");
    expect(wire["metafields.custom.when"]).toBe("2026-01-01T08:00:00Z");
  });

  test("names its uploads, as addresses and as global ids", () => {
    const { wire } = encode({
      image: { src: "./cup.png", alt: "A cup" },
      "metafields.custom.file": "./cup.png",
    });
    expect(wire.image).toEqual({ src: CDN, alt: "A cup" });
    expect(wire["metafields.custom.file"]).toBe("gid://shopify/MediaImage/7");
  });

  test.each([
    [{ status: "pending" }, /status "pending" does not exist/],
    [{ status: "scheduled" }, /needs a date/],
    [{ tags: ["a, b"] }, /comma/],
    [{ tags: ["x".repeat(256)] }, /255/],
    [{ title: "x".repeat(256) }, /256 characters/],
    [{ slug: "!!!" }, /slug/],
    [{ "metafields.custom.minutes": "many" }, /must be a number/],
    [{ blog: 3.5, image: {} }, /image/],
  ] as const)("is refused with its field: %j", (fields, message) => {
    expect(() => encode(fields as JsonObject)).toThrow(message);
  });

  test("loses what Shopify has no place for, in so many words", () => {
    const { losses } = encode({ categories: ["a"], "metafields.custom.minuts": 3, flavour: "sweet" });
    expect(losses.map(({ field }) => field)).toEqual(["categories", "metafields.custom.minuts"]);
    expect(losses[1]?.message).toContain("metafields.custom.minutes");
    expect(encode({ date: "2026-01-01", author: "A" }, "product").losses.map(({ field }) => field)).toEqual([
      ...["date", "author"],
    ]);
  });

  test("keeps a state that cannot be set where the entry has it", () => {
    const unlisted = { ...entry({ status: "private", body: "" }), kind: "product" };
    expect(encode({ status: "private" }, "product", unlisted).wire.status).toBe("private");
    expect(() => encode({ status: "private" }, "product")).toThrow(/private/);
    expect(() => encode({ status: "archived" }, "product")).toThrow(
      expect.objectContaining({ hint: expect.stringContaining("--delete") }),
    );
  });
});

describe("an entry on its way to a file", () => {
  test("leaves out what the shop would set by itself", () => {
    const wire = {
      ...{ title: "T", slug: "t", status: "published", date: "2026-07-01T07:00:00Z", excerpt: "", tags: [] },
      ...{ author: "Tea House", image: { src: `${CDN}?v=3`, alt: "" }, template: "", blog: "news", body: "" },
      "metafields.custom.minutes": null,
      "metafields.custom.when": "2026-01-01T08:00:00+00:00",
    };
    const types = { "metafields.custom.when": "date" } as const;
    expect(codec.decode(entry(wire), refs("article", types)).fields).toEqual({
      ...{ title: "T", slug: "t", status: "published", date: "2026-07-01T09:00:00", image: "./cup.png" },
      "metafields.custom.when": "2026-01-01T09:00:00",
    });
    expect(codec.decode(entry({ ...wire, blog: "guides", author: "Mira" }), refs()).fields).toMatchObject({
      ...{ blog: "guides", author: "Mira" },
    });
  });
});

describe("what says the same", () => {
  test.each([
    ["tags", ["Tea", "green"], ["green", "tea"], true],
    ["tags", ["tea"], ["tea", "green"], false],
    ["date", "2026-01-01T08:00:00Z", "2026-01-01T09:00:00+01:00", true],
    ["date", "2026-01-01T08:00:00Z", null, true],
    ["date", "2026-01-01T08:00:00Z", "2026-01-02T08:00:00Z", false],
    [
      "image",
      { src: CDN, alt: "" },
      { src: CDN.replace("/files/0", "/articles/0").concat("?v=1"), alt: "" },
      true,
    ],
    ["image", { src: CDN, alt: "" }, { src: CDN, alt: "A cup" }, false],
    ["image", { src: CDN, alt: "" }, { src: CDN.replace("0123", "9123"), alt: "" }, false],
    ["image", null, { src: CDN, alt: "" }, false],
    ["slug", "Crème", "creme", true],
    ["status", "scheduled", "published", true],
    ["status", "draft", "published", false],
    ["metafields.custom.minutes", 5, 5, true],
    ["metafields.custom.minutes", null, "", true],
    ["metafields.custom.when", "2026-01-01T08:00:00Z", "2026-01-01T08:00:00+00:00", true],
    ["metafields.custom.steps", ["a", "b"], ["b", "a"], false],
    ["metafields.custom.extra", { a: 1, b: 2 }, { b: 2, a: 1 }, true],
    ["seo.title", "Tea", "Tea ", true],
    ["body", "<p>One</p>", "<p>One</p>\n", true],
    ["body", "<p>One</p>", "<p>Two</p>", false],
  ] as const)("%s: %j and %j: %s", (part, ours, theirs, same) => {
    expect(codec.same(part, ours as never, theirs as never)).toBe(same);
  });
});

test("slugs are what Shopify makes of them", () => {
  const made = ["Über uns!", "Crème Brûlée", "日本 茶", "Don't", "a_b", "--a--", "ŁÓDŹ", "…"].map(siteSlug);
  expect(made).toEqual(["uber-uns", "creme-brulee", "日本-茶", "dont", "a-b", "a", "lodz", ""]);
  for (const slug of made) expect(siteSlug(slug)).toBe(slug);
});

test("a decimal with more digits than a number has keeps them all", () => {
  const long = "123456789012.123456789";
  const read = (text: string) => readValue("number_decimal", text);
  expect([long, "1.50", "-0.5", "0", "0.0", "10", "007"].map(read)).toEqual([long, 1.5, -0.5, 0, 0, 10, 7]);
  expect(encode({ "metafields.custom.weight": long }).wire["metafields.custom.weight"]).toBe(long);
  expect(encode({ "metafields.custom.weight": "1.50" }).wire["metafields.custom.weight"]).toBe(1.5);
  expect(storedValue("metafields.custom.weight", "number_decimal", long)).toBe(long);
});

test("metafields are stored as text of their type, and read back", () => {
  const values = [
    ["number_integer", 5, "5"],
    ["number_decimal", 1.5, "1.5"],
    ["boolean", false, "false"],
    ["single_line_text_field", "a", "a"],
    ["json", { a: [1] }, '{"a":[1]}'],
    ["json", "text", '"text"'],
    ["list.number_integer", [1, 2], "[1,2]"],
    ["list.single_line_text_field", ["a"], '["a"]'],
  ] as const;
  for (const [type, value, stored] of values) {
    expect([type, storedValue("m", type, value)]).toEqual([type, stored]);
    expect([type, readValue(type, stored)]).toEqual([type, value]);
  }
  expect(() => storedValue("metafields.custom.n", "number_integer", 1.5)).toThrow(/metafields\.custom\.n/);
});
