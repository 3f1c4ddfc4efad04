import { describe, expect, it } from "vitest";
import { notKept, withNotKept } from "../../src/engine/not-kept.ts";
import { canonicalJson, type Json } from "../../src/lib/json.ts";
import { base } from "../sync/build.ts";

const codec = {
  same: (_: string, ours: Json, theirs: Json) =>
    canonicalJson(ours).replaceAll("&amp;", "&") === canonicalJson(theirs).replaceAll("&amp;", "&"),
};

describe("what came back otherwise than it was sent", () => {
  it("is shown where it differs, past what only looks different", () => {
    const same = "A first paragraph with salt & pepper.";
    const sent = { title: "T", body: `${same}\n\nThe colour.\n\nLast & least.` };
    const kept = { title: "T", body: `${same.replace("&", "&amp;")}\n\nThe color.\n\nLast &amp; least.` };
    expect(notKept(codec, sent, kept)).toEqual([{ field: "body", sent: "The colour.", kept: "The color." }]);
  });

  it("is cut to one line around the first difference, fit for a terminal", () => {
    const before = "word ".repeat(200);
    const sent = { body: `${before}\u001b[31mred ${"x".repeat(5000)}` };
    const [found] = notKept(codec, sent, { body: `${before}blue` });
    expect(found?.sent).toMatch(/^…(word )+red x+…$/);
    expect(found?.kept).toMatch(/^…(word )+blue$/);
    expect(found?.sent.length).toBeLessThan(200);
  });

  it("may be a list, and nothing at all", () => {
    expect(notKept(codec, { categories: [1, 9] }, { categories: [1] })).toEqual([
      { field: "categories", sent: "[1,9]", kept: "[1]" },
    ]);
    expect(notKept(codec, { image: 5 }, {})).toEqual([{ field: "image", sent: "5", kept: "" }]);
  });
});

describe("the line of a document that the site did not keep", () => {
  const parts = { title: "t", body: "b", excerpt: "e" };
  const before = base(parts, parts, { notKept: { body: "open", title: "agreed", excerpt: "open" } });

  it("remembers the parts that were not sent now and say what they said", () => {
    const line = base({ ...parts, excerpt: "other" });
    expect(withNotKept(line, before, ["title"]).notKept).toEqual({ body: "open" });
    expect(withNotKept(line, before, ["title"], { title: "open" }).notKept).toEqual({
      body: "open",
      title: "open",
    });
  });

  it("says nothing when all is as it was sent", () => {
    expect(withNotKept(before, before, Object.keys(parts))).not.toHaveProperty("notKept");
  });
});
