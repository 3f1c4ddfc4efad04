import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { html, wordpressBlocks } from "../../../src/content/markdown/format.ts";
import { noImages } from "./documents.ts";

/** Pieces that open what they do not close, and close what was not open. */
const pieces = fc.array(
  fc.constantFrom(
    "<!-- wp:a -->",
    "<!-- /wp:a -->",
    '<!-- wp:b {"x":1} -->',
    "<!-- /wp:b -->",
    "<!-- wp:c /-->",
    "<!-- wp:",
    "<!--",
    "-->",
    "<!-- raw -->",
    "<!-- /raw -->",
    "<p>",
    "</p>",
    "<div>",
    "</div>",
    "<b>",
    "</b>",
    "<ul><li>",
    "</",
    "<a href='",
    "<pre>",
    "</pre>",
    "<script>",
    "</script>",
    "text",
    "\n",
    "\n\n",
    " ",
    "&amp;",
    "&",
    "`",
    "```\n",
    "[",
    "](",
    "\u00a0",
    "\\",
    "*",
    "<!--more-->",
    "漢",
  ),
  { maxLength: 14 },
);

describe.each([
  ["wordpressBlocks", wordpressBlocks],
  ["html", html],
] as const)("malformed bodies, %s", (_name, format) => {
  it("come down and go back as the very bytes they were", () => {
    fc.assert(
      fc.property(pieces, (parts) => {
        const stored = parts.join("");
        const markdown = format.decode(stored, noImages);
        expect(format.encodeOnto(markdown, stored, noImages)).toBe(stored);
        expect(format.patch(markdown, stored, noImages)).toBe(markdown);
      }),
      { numRuns: 300 },
    );
  });

  it("as documents go up and change nothing on the way back", () => {
    fc.assert(
      fc.property(pieces, (parts) => {
        const markdown = parts.join("");
        expect(format.patch(markdown, format.encode(markdown, noImages), noImages)).toBe(markdown);
      }),
      { numRuns: 300 },
    );
  });
});

describe("long hostile bodies", () => {
  const SIZE = 30_000;
  it.each([
    "<!-- wp:a -->\n",
    "<!-- wp:a ",
    "<!-- raw -->\n",
    "<",
    "<!--",
    "<div>",
    "<b>",
    "*a **a ",
    "[a=",
    '[a="',
    "{a",
    "http://a&amp;",
    "> ",
    "` `` ",
    "- a\n",
    " \n",
    "_a",
    "![a](",
    "&#x;",
    "</>",
    "<p>a",
  ])("%j over and over takes seconds at most", { timeout: 120_000 }, (piece) => {
    const text = piece.repeat(SIZE / piece.length);
    const deep = piece === "> ";
    for (const format of [wordpressBlocks, html]) {
      if (deep) {
        expect(() => format.encode(text, noImages)).toThrow(/levels deep/);
        continue;
      }
      const stored = format.encode(text, noImages);
      const started = performance.now();
      const markdown = format.decode(text, noImages);
      expect(format.same(format.encodeOnto(markdown, text, noImages), text)).toBe(true);
      expect(format.patch(text, stored, noImages)).toBe(text);
      expect(performance.now() - started).toBeLessThan(20_000);
    }
  });
});
