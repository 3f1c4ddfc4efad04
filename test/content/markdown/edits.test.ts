import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { type BodyFormat, html, wordpressBlocks } from "../../../src/content/markdown/format.ts";
import { tokenizeHtml } from "../../../src/content/markdown/html-tokens.ts";
import { blocks, documents, noImages, siteImages } from "./documents.ts";

const RUNS = { numRuns: Number(process.env.BODY_RUNS ?? 80) };
const FEWER_RUNS = { numRuns: Number(process.env.BODY_RUNS ?? 40) };
if (process.env.BODY_RUNS !== undefined) vi.setConfig({ testTimeout: 3_600_000 });

const FORMATS: readonly [string, BodyFormat][] = [
  ["wordpressBlocks", wordpressBlocks],
  ["html", html],
];

/** Blocks with a paragraph after each, and one of these paragraphs to change. */
const anchored = fc.tuple(blocks, fc.nat()).map(([list, seed]) => {
  const at = seed % list.length;
  const text = list.map((block, i) => `${block}\n\nAnchor ${i}.`).join("\n\n");
  return { text, changed: text.replace(`Anchor ${at}.`, `Anchor ${at} *moved*.`), at };
});

describe.each(FORMATS)("one edit, %s", (_name, format) => {
  it("in the CMS changes only the lines of its block", () => {
    fc.assert(
      fc.property(anchored, ({ text, changed }) => {
        const stored = format.encode(changed, siteImages);
        expect(format.patch(text, stored, siteImages)).toBe(changed);
      }),
      RUNS,
    );
  });

  it("in the file changes only the bytes of its block", () => {
    fc.assert(
      fc.property(anchored, ({ text, changed, at }) => {
        const foreign = `\n${format.encode(text, siteImages).replaceAll("&amp;", "&#038;").replaceAll("\n\n<!-- wp:", "\n\n\n\n<!-- wp:")}\n\n`;
        const pushed = format.encodeOnto(changed, foreign, siteImages);
        expect(pushed).toBe(foreign.replace(`Anchor ${at}.`, `Anchor ${at} <em>moved</em>.`));
      }),
      RUNS,
    );
  });

  it("drops no word of a stored body", () => {
    fc.assert(
      fc.property(documents, (markdown) => {
        const stored = format.encode(markdown, siteImages);
        const decoded = format.decode(stored, noImages);
        for (const token of tokenizeHtml(stored)) {
          if (token.kind !== "text") continue;
          for (const word of token.text.match(/[\p{L}\p{N}]+/gu) ?? []) expect(decoded).toContain(word);
        }
      }),
      RUNS,
    );
  });
});

/** One of each construct, with a word in it to change; what it is written as may change with it. */
const CONSTRUCTS: readonly ((word: string) => string)[] = [
  (word) => `A paragraph with a ${word} in\nit and [a link](https://a.example/x).`,
  (word) => `## A ${word} heading`,
  (word) => `* one\n* two ${word}\n    * three`,
  (word) => `3) one\n4) two ${word}\n\n   more`,
  (word) => `- [ ] open ${word}\n- [x] done`,
  (word) => `| a   |  b  |\n|:----|:---:|\n| c | ${word} |`,
  (word) => `> quoted ${word}\n>\n> - so`,
  (word) => `\`\`\`js {1,2}\nlet a = "${word}"; // [x]\n\`\`\``,
  (word) => `    indented ${word}\n\tcode`,
  (word) => `![An ${word}](./img/own.png "Its caption")`,
  (word) => `<div class="x">\n<b>html ${word}</b>\n</div>`,
  (word) => `<!-- wp:vendor/thing {"a":1} -->\n<div>\n\n${word}</div>\n<!-- /wp:vendor/thing -->`,
  (word) => `<!-- raw -->\n<section>\n\n${word}\n\n</section>\n<!-- /raw -->`,
  (word) => `[gallery title="${word}"]`,
];

/** Documents of random blocks around one construct, before and after somebody changed its word. */
const around = fc.tuple(blocks, fc.constantFrom(...CONSTRUCTS), blocks).map(([before, construct, after]) => {
  const head = `${before.join("\n\n")}\n\nBefore it.\n\n\n`;
  const tail = `\n\nAfter it.\n\n${after.join("\n\n")}\n`;
  const text = (word: string): string => head + construct(word) + tail;
  return { head, tail, local: text("word"), remote: text("edit") };
});

describe.each(FORMATS)("an edit inside any construct, %s", (_name, format) => {
  it("made in the CMS is in its block, and every other byte of the file stays", () => {
    fc.assert(
      fc.property(around, ({ head, tail, local, remote }) => {
        const patched = format.patch(local, format.encode(remote, siteImages), siteImages);
        expect(patched.slice(0, head.length)).toBe(head);
        expect(patched.slice(-tail.length)).toBe(tail);
        const block = patched.slice(head.length, -tail.length);
        expect(block).toContain("edit");
        expect(block).not.toContain("word");
      }),
      FEWER_RUNS,
    );
  });

  it("made in the file is in its block, and every other byte of the stored body stays", () => {
    fc.assert(
      fc.property(around, ({ local, remote }) => {
        const foreign = format.encode(local, siteImages).replaceAll("&amp;", "&#038;");
        const pushed = format.encodeOnto(remote, foreign, siteImages);
        const wanted = format.encode(remote, siteImages).replaceAll("&amp;", "&#038;");
        expect(pushed).toBe(wanted);
      }),
      FEWER_RUNS,
    );
  });
});

it("an edit in a footnote changes that note alone", () => {
  fc.assert(
    fc.property(blocks, blocks, (before, after) => {
      const text = (word: string): string =>
        `${before.join("\n\n")}\n\nFirst[^a] and second[^b].\n\n[^b]: Its   ${word}\n\nBetween.\n\n${after.join("\n\n")}\n\n[^a]:   kept *so*\n`;
      for (const [, format] of FORMATS) {
        const patched = format.patch(text("word"), format.encode(text("edit"), siteImages), siteImages);
        expect(patched).toBe(text("word").replace("Its   word", "Its edit"));
      }
    }),
    FEWER_RUNS,
  );
});

describe("a patch", () => {
  const local =
    "# One\nTight *under* it\n\n\n* a\n* b\n\nKeep   me\nwrapped\n\n[ref]: http://r.example\n\nLast [ref]";
  const remote = wordpressBlocks.encode(local, noImages);

  it("inserts a block and leaves all others", () => {
    const stored = remote.replace(
      "<!-- wp:paragraph -->\n<p>Keep",
      '<!-- wp:separator -->\n<hr class="wp-block-separator has-alpha-channel-opacity"/>\n<!-- /wp:separator -->\n\n<!-- wp:paragraph -->\n<p>Keep',
    );
    expect(wordpressBlocks.patch(local, stored, noImages)).toBe(local.replace("Keep", "---\n\nKeep"));
  });

  it("takes a block away, not the definitions near it", () => {
    const [, paragraph = ""] =
      /(<!-- wp:paragraph -->\n<p>Keep.*?<!-- \/wp:paragraph -->\n\n)/s.exec(remote) ?? [];
    const patched = wordpressBlocks.patch(local, remote.replace(paragraph, ""), noImages);
    expect(patched).toBe(local.replace("Keep   me\nwrapped\n\n", ""));
  });

  it("keeps the list's own bullets", () => {
    const patched = wordpressBlocks.patch(local, remote.replace("<li>b</li>", "<li>b2</li>"), noImages);
    expect(patched).toBe(local.replace("* b", "* b2"));
  });

  it.each(["* a\n* b\n", "- [ ] a\n- [x] b\n", "3. a\n4. b\n\nEnd\n", "Start\n\n1) a\n2) b\n"])(
    "keeps the marks of a list at the edge of the document: %j",
    (list) => {
      const stored = wordpressBlocks.encode(list, noImages);
      const patched = wordpressBlocks.patch(list, stored.replace(/b(?=<\/li>)/, "b2"), noImages);
      expect(patched).toBe(list.replace("b\n", "b2\n"));
    },
  );

  it("keeps footnotes when a paragraph with one changes", () => {
    const noted = "A note[^why] here\n\nOther\n\n[^why]: Because\n";
    const stored = wordpressBlocks.encode(noted, noImages).replace("A note", "One note");
    expect(wordpressBlocks.patch(noted, stored, noImages)).toBe(noted.replace("A note", "One note"));
  });

  it("changes a footnote where it is defined, in the words around it", () => {
    const noted =
      "A note[^why] and[^a]\n\n[^why]: Because\n    of it\n\n    - *so*\n\nOther\n\n[^a]:  Kept   so\n";
    const stored = wordpressBlocks.encode(noted, noImages);
    const patched = wordpressBlocks.patch(noted, stored.replace("Because", "Therefore"), noImages);
    expect(patched).toBe(noted.replace("Because\n    of it\n\n    - *so*", "Therefore of it\n\n    - *so*"));
  });

  it("turns footnotes into markup when one is gone, and says the same as the site", () => {
    const noted = "A note[^why] here[^b]\n\nOther\n\n[^why]: Because\n\n[^b]: B\n";
    const stored = wordpressBlocks.encode(noted, noImages).replace(/<li id="fn2".*<\/li>\n/, "");
    const patched = wordpressBlocks.patch(noted, stored, noImages);
    expect(patched).toContain("fn1");
    expect(wordpressBlocks.encodeOnto(patched, stored, noImages)).toBe(stored);
  });

  it("empties a document whose entry was emptied, and fills an empty one", () => {
    expect(wordpressBlocks.patch("a\n\nb\n", "", noImages).trim()).toBe("");
    expect(
      wordpressBlocks.patch("", "<!-- wp:paragraph -->\n<p>a</p>\n<!-- /wp:paragraph -->", noImages),
    ).toBe("a\n");
  });
});

describe("a classic body", () => {
  const classic =
    'First line\nsecond <em>line</em>\n\n<!--more-->\n\n<img class="alignnone size-full" src="http://s.example/a.png" width="3" />\n\n[gallery ids="1,2"]\n\n<h2>Title</h2>\nAfter &#8217;it&#8217;\n<ul>\n \t<li>a</li>\n</ul>';
  const markdown =
    'First line\\\nsecond *line*\n\n<!--more-->\n\n<img class="alignnone size-full" src="http://s.example/a.png" width="3" />\n\n[gallery ids="1,2"]\n\n## Title\n\nAfter ’it’\n\n- a\n';

  it("comes as paragraphs with their line breaks", () => {
    expect(wordpressBlocks.decode(classic, noImages)).toBe(markdown);
  });

  it("stays classic, changed paragraphs aside", () => {
    expect(wordpressBlocks.encodeOnto(markdown, classic, noImages)).toBe(classic);
    const pushed = wordpressBlocks.encodeOnto(
      markdown.replace("*line*", "row").replace("- a", "- a\n\nNew"),
      classic,
      noImages,
    );
    expect(pushed).toBe(
      `${classic.replace("First line\nsecond <em>line</em>", "<p>First line<br>second row</p>")}\n\n<p>New</p>`,
    );
  });

  it("takes an edit in the CMS as an edit of one paragraph", () => {
    const patched = wordpressBlocks.patch(markdown, classic.replace("After", "Then"), noImages);
    expect(patched).toBe(markdown.replace("After", "Then"));
  });

  it("becomes a block body when the document brings a block", () => {
    const local = `${markdown}\n<!-- wp:latest-posts /-->\n`;
    const pushed = wordpressBlocks.encodeOnto(local, classic, noImages);
    expect(wordpressBlocks.patch(local, pushed, noImages)).toBe(local);
  });
});
