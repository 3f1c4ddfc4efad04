import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ghostBody, normalLexical } from "../../../src/connectors/ghost/lexical.ts";
import { noAddresses } from "../../../src/content/markdown/format.ts";

const words = fc.constantFrom(
  "alpha",
  "b < c",
  "snake_case *x*",
  "# no heading",
  "  two ",
  "漢字",
  "<b>",
  "-->",
  "1. a",
);
const text = fc
  .tuple(words, fc.constantFrom(0, 1, 2, 3, 4, 8, 16, 32, 64, 128, 129))
  .map(([said, format]) => ({
    type: "extended-text",
    version: 1,
    detail: 0,
    format,
    mode: "normal",
    style: "",
    text: said,
  }));
const link = fc.array(text, { minLength: 1, maxLength: 2 }).map((children) => ({
  ...{ type: "link", version: 1, url: "https://a.example/?a=1&b=2", rel: null, target: null, title: null },
  ...{ children, direction: "ltr", format: "", indent: 0 },
}));
const line = fc.array(fc.oneof(text, text, link, fc.constant({ type: "linebreak", version: 1 })), {
  maxLength: 4,
});
const block = fc
  .tuple(
    line,
    fc.constantFrom("paragraph", "extended-heading", "extended-quote"),
    fc.constantFrom("", "", "center"),
  )
  .map(([children, type, format]) => ({
    ...{ children, direction: "ltr", format, indent: 0, type, version: 1 },
    ...(type === "extended-heading" ? { tag: "h3" } : {}),
  }));
/** What Markdown has no words for, with anything in it. */
const opaque = fc
  .tuple(fc.constantFrom("bookmark", "gallery", "hologram", "callout"), fc.jsonValue({ maxDepth: 2 }))
  .map(([type, inside]) => ({ type, version: 1, inside }));
const code = words.map((said) => ({
  type: "codeblock",
  version: 1,
  code: `${said}\n`,
  language: "js",
  caption: "",
}));
const bodies = fc
  .array(fc.oneof(block, block, opaque, code, fc.constant({ type: "horizontalrule", version: 1 })), {
    minLength: 1,
    maxLength: 6,
  })
  .map((children) =>
    JSON.stringify({ root: { children, direction: "ltr", format: "", indent: 0, type: "root", version: 1 } }),
  );

/** What no editor writes: any values in the places of known ones, any letters, lists in lists. */
const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  words,
  fc.constantFrom("\0", "\ud800", "a\r\nb", " ", ""),
);
const anyWord = fc.oneof(
  anyText,
  fc.constantFrom("ul", "ol", "h1", "script", "number", "center", "https://a.example/"),
);
const anyValue = fc.oneof(
  anyWord,
  fc.integer({ min: -3, max: 300 }),
  fc.double(),
  fc.constantFrom(null, true, [], {}),
);
const NAMES = [
  "text",
  "format",
  "tag",
  "listType",
  "start",
  "url",
  "code",
  "language",
  "src",
  "alt",
  "caption",
  "href",
];
const anyNode = fc.letrec<{ node: object }>((tie) => ({
  node: fc
    .tuple(
      fc.constantFrom(
        ...[
          "paragraph",
          "extended-heading",
          "quote",
          "list",
          "listitem",
          "link",
          "extended-text",
          "linebreak",
        ],
        ...["codeblock", "image", "html", "paywall", "toggle"],
      ),
      fc.dictionary(fc.constantFrom(...NAMES, "indent", "html", "rel", "mode"), anyValue, { maxKeys: 4 }),
      fc.oneof({ maxDepth: 3 }, fc.constant([]), fc.array(tie("node"), { maxLength: 3 })),
    )
    .map(([type, values, children]) => ({ type, version: 1, text: "a", ...values, children })),
})).node;
const anyBodies = fc
  .tuple(
    fc.array(anyNode, { minLength: 1, maxLength: 4 }),
    fc.dictionary(fc.constantFrom("a", "ainstein", "type"), fc.jsonValue()),
  )
  .map(([children, more]) => normalLexical(JSON.stringify({ root: { ...more, children } })) ?? "");

const childrenOf = (stored: string) =>
  (JSON.parse(stored) as { root: { children: readonly { type: string }[] } }).root.children;
const opaqueIn = (stored: string) =>
  childrenOf(stored).flatMap((node) => ("inside" in node ? [JSON.stringify(node)] : []));

describe("a body that Ghost's own editor stored", () => {
  it("is pushed back as the very bytes it was", () => {
    fc.assert(
      fc.property(bodies, (stored) => {
        expect(ghostBody.encodeOnto(ghostBody.decode(stored, noAddresses), stored, noAddresses)).toBe(stored);
      }),
      { numRuns: 60 },
    );
  });

  it("says the same in a new entry, its cards byte for byte", () => {
    fc.assert(
      fc.property(bodies, (stored) => {
        const anew = ghostBody.encode(ghostBody.decode(stored, noAddresses), noAddresses);
        expect(opaqueIn(anew)).toEqual(opaqueIn(stored));
        expect(ghostBody.same(anew, stored)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});

describe("a body that no editor stored", () => {
  it("is pushed back as the very bytes it was, and an edit beside its nodes leaves each as it is", () => {
    fc.assert(
      fc.property(anyBodies, (stored) => {
        const markdown = ghostBody.decode(stored, noAddresses);
        expect(ghostBody.encodeOnto(markdown, stored, noAddresses)).toBe(stored);
        const longer = ghostBody.encodeOnto(`${markdown}\n\nAdded at the end.\n`, stored, noAddresses);
        const before = childrenOf(stored).map((node) => JSON.stringify(node));
        expect(
          childrenOf(longer)
            .map((node) => JSON.stringify(node))
            .slice(0, before.length),
        ).toEqual(before);
        expect(longer).toContain("Added at the end.");
      }),
      { numRuns: 150 },
    );
  });

  it("of HTML cards nested without end is compared like any other", () => {
    const cardOf = (html: string) =>
      JSON.stringify({ root: { children: [{ type: "html", version: 1, html }] } });
    const deep = `${"<ul><li>".repeat(20_000)}x`;
    expect(ghostBody.same(cardOf(deep), cardOf(deep))).toBe(true);
    expect(ghostBody.same(cardOf(deep), cardOf(`${deep}y`))).toBe(false);
  });
});
