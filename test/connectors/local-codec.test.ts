import { describe, expect, test } from "vitest";
import type { Entry, Refs } from "../../src/connectors/contract.ts";
import { codec } from "../../src/connectors/local/codec.ts";
import { noLinks } from "../../src/content/links.ts";
import type { JsonObject } from "../../src/lib/json.ts";
import { openAt, page, place, put, refsOf, SAMPLE } from "./local-site.ts";

const pageKind = {
  name: "page",
  title: "Page",
  fields: [{ name: "parent", type: "reference" as const }],
  taxonomies: {},
  body: true,
};
const dummyRefs: Refs = {
  timezone: "Europe/Vienna",
  siteUrl: "file:///site/public",
  terms: [],
  media: [],
  files: [],
  links: noLinks,
  types: {},
  may: [],
  authors: [],
  parents: [],
  kind: pageKind,
  settings: {},
};

describe("the codec", () => {
  test("dates are of the site's zone; an hour that exists twice keeps its instant", () => {
    const kind = { ...pageKind, fields: [{ name: "date", type: "date" as const }] };
    const refs = { ...dummyRefs, kind };
    const wire = (date: string) =>
      codec.encode({ ...page("x"), fields: { date } }, refs, undefined).wire.date;
    expect(wire("2026-07-01T10:00:00")).toBe("2026-07-01T08:00:00Z");
    expect(wire("2026-07-01T10:00:00+05:00")).toBe("2026-07-01T05:00:00Z");
    expect(() => wire("2026-10-25T02:30:00")).toThrow(/twice/);
    const entry = {
      kind: "page",
      locale: "",
      scope: "",
      wire: { date: "2026-10-25T00:30:00Z" },
    } as unknown as Entry;
    expect(codec.decode(entry, refs).fields.date).toBe("2026-10-25T02:30:00+02:00");
  });

  test("images are stored without the site's place, and come back as the file or as an address", async () => {
    const connector = openAt(place());
    const entry = await put(connector, SAMPLE, "loaf");
    const refs = await refsOf(connector, SAMPLE);
    expect(entry.wire.body).toMatch(/src="media\/[0-9a-f]{16}-loaf\.png"/);
    expect(codec.mediaIds(entry)).toEqual([refs.media[0]?.id]);
    const elsewhere = codec.decode(entry, { ...refs, files: [] });
    expect(elsewhere.body).toContain(`![The loaf](local:media/${refs.media[0]?.id}-loaf.png "Crust")`);
    const kind = { ...refs.kind };
    expect(codec.needs(elsewhere, kind).media).toEqual([]);
    const again = codec.encode(elsewhere, { ...refs, files: [] }, undefined);
    expect([again.wire.body, again.wire.image]).toEqual([entry.wire.body, entry.wire.image]);
  });

  test("an image that somebody named beside the site's own is no file of the operator's", async () => {
    const refs = await refsOf(openAt(place()), SAMPLE);
    const body = '<p>See <img src="pics/b.png" alt="B" /></p>\n';
    const entry = { kind: "page", locale: "", scope: "", wire: { body } } as unknown as Entry;
    const document = codec.decode(entry, refs);
    expect(document.body).toBe("See ![B](local:pics/b.png)\n");
    expect(codec.needs(document, refs.kind).media).toEqual([]);
    expect(codec.encode(document, refs, entry).wire.body).toBe(body);
  });

  test("a field that is null is cleared, and one of a wrong type is refused by name", async () => {
    const connector = openAt(place());
    const refs = await refsOf(connector, SAMPLE);
    const cleared = { excerpt: null, tags: null, image: null, sticky: null, "seo.title": null, slug: null };
    const { wire } = codec.encode({ ...SAMPLE, fields: cleared }, refs, undefined);
    expect(wire).toEqual({
      excerpt: "",
      tags: [],
      image: null,
      sticky: false,
      "seo.title": null,
      body: wire.body,
    });
    const wrong: JsonObject = {
      title: { a: 1 },
      status: "live",
      date: "soon",
      tags: ["unknown"],
      image: 7,
      sticky: "yes",
      "seo.title": [],
    };
    for (const [field, value] of Object.entries(wrong)) {
      const encode = () => codec.encode({ ...SAMPLE, fields: { [field]: value } }, refs, undefined);
      expect(encode, field).toThrow(expect.objectContaining({ kind: "invalid" }));
    }
    const missing = { ...SAMPLE, fields: { image: "./other.png" } };
    expect(() => codec.encode(missing, refs, undefined)).toThrow(/image: \.\/other\.png is not on the site/);
  });
});
