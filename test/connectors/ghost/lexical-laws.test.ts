import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ghostBody } from "../../../src/connectors/ghost/lexical.ts";
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
