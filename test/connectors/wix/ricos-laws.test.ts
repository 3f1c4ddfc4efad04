import fc from "fast-check";
import { validateRicosDocument } from "ricos-schema/next";
import { describe, expect, it } from "vitest";
import { postBody } from "../../../src/connectors/wix/body.ts";
import { noAddresses } from "../../../src/content/markdown/format.ts";
import { chosenDocuments } from "../../content/markdown/corpus.ts";
import { documents, siteImages } from "../../content/markdown/documents.ts";

const problems = (stored: string) => {
  const result = validateRicosDocument(JSON.parse(stored) as never) as { type: string; errors?: unknown };
  return result.type === "ok" ? "" : JSON.stringify(result.errors);
};

const words = fc.constantFrom(
  "alpha",
  "b < c",
  "snake_case *x*",
  "# no heading",
  "  two ",
  "漢字",
  "<b>",
  "☐ a",
  "one\ntwo",
);
const decorations = fc.uniqueArray(
  fc.constantFrom<object>(
    { type: "BOLD", fontWeightValue: 700 },
    { type: "ITALIC", italicData: true },
    { type: "UNDERLINE" },
    { type: "SPOILER" },
    { type: "COLOR", colorData: { foreground: "#ff0000" } },
    { type: "LINK", linkData: { link: { url: "https://a.example/?a=1&b=2", rel: { noreferrer: true } } } },
    { type: "MENTION", mentionData: { name: "Ann", slug: "ann" } },
  ),
  { maxLength: 3, selector: (one) => (one as { type: string }).type },
);
const id = fc.constantFrom("", "a1", "foo-2");
const text = fc
  .tuple(words, decorations)
  .map(([said, all]) => ({ type: "TEXT", id: "", nodes: [], textData: { text: said, decorations: all } }));
const texts = fc.array(text, { maxLength: 4 });
const paragraph = fc
  .tuple(id, texts, fc.constantFrom({}, {}, { textStyle: { textAlignment: "CENTER" } }, { indentation: 2 }))
  .map(([own, nodes, paragraphData]) => ({ type: "PARAGRAPH", id: own, nodes, paragraphData }));
const heading = fc
  .tuple(id, texts, fc.integer({ min: 1, max: 6 }))
  .map(([own, nodes, level]) => ({ type: "HEADING", id: own, nodes, headingData: { level } }));
const quote = paragraph.map((one) => ({ type: "BLOCKQUOTE", id: "q", nodes: [one], blockquoteData: {} }));
const list = fc
  .tuple(
    fc.constantFrom("ORDERED_LIST", "BULLETED_LIST"),
    fc.array(fc.array(paragraph, { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 3 }),
  )
  .map(([type, items]) => ({
    ...{ type, id: "l" },
    nodes: items.map((nodes) => ({ type: "LIST_ITEM", id: "i", nodes })),
  }));
/** What Markdown has no words for, with anything in it. */
const opaque = fc
  .tuple(fc.constantFrom("POLL", "BUTTON", "COLLAPSIBLE_LIST", "HOLOGRAM"), fc.jsonValue({ maxDepth: 2 }))
  .map(([type, inside]) => ({ type, id: "o", inside }));
const bodies = fc
  .tuple(
    fc.array(fc.oneof(paragraph, paragraph, heading, quote, list, opaque), { minLength: 1, maxLength: 6 }),
    fc.constantFrom(
      {},
      { metadata: { version: 1, id: "m" } },
      { documentStyle: { paragraph: { lineHeight: "2" } } },
    ),
  )
  .map(([nodes, rest]) => JSON.stringify({ nodes, ...rest }));

const opaqueIn = (stored: string) =>
  (JSON.parse(stored) as { nodes: readonly object[] }).nodes.flatMap((node) =>
    "inside" in node ? [JSON.stringify(node)] : [],
  );

describe("a body that Wix's own editor stored", () => {
  it("is pushed back as the very bytes it was", () => {
    fc.assert(
      fc.property(bodies, (stored) => {
        const markdown = postBody.decode(stored, noAddresses);
        expect(postBody.encodeOnto(markdown, stored, noAddresses)).toBe(stored);
      }),
      { numRuns: 60 },
    );
  });

  it("says the same in a new post, with what has no Markdown byte for byte", () => {
    fc.assert(
      fc.property(bodies, (stored) => {
        const anew = postBody.encode(postBody.decode(stored, noAddresses), noAddresses);
        expect(opaqueIn(anew)).toEqual(opaqueIn(stored));
        expect(postBody.same(anew, stored)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});

describe("what Wix's own validator says of bodies that are made of Markdown", () => {
  it("is nothing, of random documents", () => {
    fc.assert(
      fc.property(documents, (markdown) => {
        expect(problems(postBody.encode(markdown, siteImages))).toBe("");
      }),
      { numRuns: Number(process.env.BODY_RUNS ?? 150) },
    );
  });

  it("is nothing, of documents of many hands", () => {
    for (const { path, body } of chosenDocuments(60)) {
      expect(problems(postBody.encode(body, noAddresses)), path).toBe("");
    }
  });
});
