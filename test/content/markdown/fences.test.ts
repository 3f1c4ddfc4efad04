import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { brokenFences } from "../../../src/content/markdown/fences.ts";
import { html, wordpressBlocks } from "../../../src/content/markdown/format.ts";
import { documents, noImages } from "./documents.ts";

function found(markdown: string): string[] {
  return brokenFences(markdown).map(({ line, message }) => `${line} ${message}`);
}

describe("a part that is kept as it is", () => {
  it.each([
    [
      "without its closing mark",
      "a\n\n<!-- wp:group -->\n<div></div>\n\nb",
      ["3 `<!-- wp:group -->` opens a block that nothing closes"],
    ],
    [
      "with a misspelt closing mark",
      "<!-- wp:group -->\n<div></div>\n<!-- /wp:grupo -->\n",
      [
        "1 `<!-- wp:group -->` opens a block that nothing closes",
        "3 `<!-- /wp:grupo -->` closes a block that nothing opens",
      ],
    ],
    [
      "without its opening mark",
      "text\n\n<!-- /wp:group -->",
      ["3 `<!-- /wp:group -->` closes a block that nothing opens"],
    ],
    [
      "whose attributes are no JSON",
      '<!-- wp:x/y {"a":1,} -->\n<p>x</p>\n<!-- /wp:x/y -->',
      ['1 The attributes of the block `x/y` are no JSON: `<!-- wp:x/y {"a":1,} -->`'],
    ],
    [
      "whose mark has lost a brace",
      '<!-- wp:x/y {"a":1 -->\n<p>x</p>\n<!-- /wp:x/y -->',
      [
        '1 `<!-- wp:x/y {"a":1 -->` cannot be read as the mark of a block',
        "3 `<!-- /wp:x/y -->` closes a block that nothing opens",
      ],
    ],
    [
      "whose mark has lost a blank",
      "<!--wp:x -->",
      ["1 `<!--wp:x -->` cannot be read as the mark of a block"],
    ],
    [
      "that is nested crosswise",
      "<!-- wp:a -->\n<!-- wp:b -->\n<!-- /wp:a -->\n<!-- /wp:b -->",
      [
        "2 `<!-- wp:b -->` opens a block that nothing closes",
        "4 `<!-- /wp:b -->` closes a block that nothing opens",
      ],
    ],
    [
      "with a block inside that nothing closes",
      "<!-- wp:a -->\n\n<!-- wp:b -->\n\n<!-- /wp:a -->",
      ["3 `<!-- wp:b -->` opens a block that nothing closes"],
    ],
    [
      "with text behind its closing mark",
      "<!-- wp:a -->\n<p>*x*</p>\n<!-- /wp:a --> more",
      ["1 The block that `<!-- wp:a -->` opens is not a part of its own"],
    ],
    [
      "that does not begin at the margin",
      "  <!-- wp:a -->\n<p>*x*</p>\n<!-- /wp:a -->",
      ["1 The block that `<!-- wp:a -->` opens is not a part of its own"],
    ],
    ["whose raw mark has no end", "a\n\n<!-- raw -->\n<b>\n", ["3 `<!-- raw -->` has no partner"]],
    ["whose raw mark has no beginning", "<b>x</b>\n\n<!-- /raw -->\n", ["3 `<!-- /raw -->` has no partner"]],
    ["in a paragraph", "a\nb <!-- /wp:x --> c", ["2 `<!-- /wp:x -->` closes a block that nothing opens"]],
  ])("%s is found on its line", (_name, markdown, faults) => {
    expect(found(markdown)).toEqual(faults);
  });

  it.each([
    ["a block in a block", '<!-- wp:a {"x":{"y":[1]}} -->\n<!-- wp:a -->\n\n<!-- /wp:a -->\n<!-- /wp:a -->'],
    ["a block without content", "<!-- wp:latest-posts /-->"],
    ["anything between raw marks", "<!-- raw 2 -->\n<!-- wp:x {not -->\n\n<!-- /raw -->\n<!-- /raw 2 -->"],
    ["code", "```\n<!-- wp:x -->\n<!-- raw -->\n```\n\n    <!-- /wp:y -->\n\n`<!-- wp:z -->`"],
    ["other comments", "<!-- raw material --> <!--more--> <!-- see wp: -->"],
  ])("%s is whole", (_name, markdown) => {
    expect(found(markdown)).toEqual([]);
  });

  it("is whole in every document that comes from a site, whatever the site holds", () => {
    const pieces = fc.array(
      fc.constantFrom(
        ..."<!-- wp:a -->|<!-- /wp:a -->|<!-- wp:b {x} -->|<!-- /wp:b -->|<!-- wp:c /-->|<!--wp:d-->|<!-- raw -->|<!-- /raw -->|<div>|</div>|<p>x|text|\n|\n\n|<pre>|</pre>".split(
          "|",
        ),
      ),
      { maxLength: 10 },
    );
    fc.assert(
      fc.property(pieces, (parts) => {
        for (const format of [wordpressBlocks, html]) {
          const markdown = format.decode(parts.join(""), noImages);
          expect(brokenFences(markdown)).toEqual([]);
          expect(format.encodeOnto(markdown, parts.join(""), noImages)).toBe(parts.join(""));
        }
      }),
      { numRuns: Number(process.env.BODY_RUNS ?? 300) },
    );
  });

  it("is whole in every document that went up and came down", () => {
    fc.assert(
      fc.property(documents, (markdown) => {
        const stored = wordpressBlocks.encode(markdown, noImages);
        expect(brokenFences(wordpressBlocks.decode(stored, noImages))).toEqual([]);
      }),
      { numRuns: Number(process.env.BODY_RUNS ?? 100) },
    );
  });

  it("goes through as edited when its text is", () => {
    const block = (text: string): string =>
      `<!-- wp:vendor/card {"n":1} -->\n<div class="card"><p>${text}</p></div>\n<!-- /wp:vendor/card -->`;
    const around = (text: string): string => `Before\n\n${block(text)}\n\nAfter\n`;
    const stored = wordpressBlocks.encode(around("old"), noImages);
    const pushed = wordpressBlocks.encodeOnto(around("new *text*"), stored, noImages);
    expect(pushed).toBe(stored.replace("old", "new *text*"));
    expect(wordpressBlocks.patch(around("old"), pushed, noImages)).toBe(around("new *text*"));
  });
});
