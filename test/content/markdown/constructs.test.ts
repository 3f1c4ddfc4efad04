import { describe, expect, it } from "vitest";
import { html, htmlFormat, wordpressBlocks } from "../../../src/content/markdown/format.ts";
import { noImages, siteImages } from "./documents.ts";

const FORMATS = [wordpressBlocks, html];

/** Markdown that comes back as it was written, also where nothing but the site remembers it. */
const AS_WRITTEN: readonly (readonly [string, string])[] = [
  ["table alignment", "| l | c | r | n |\n| :- | :-: | -: | - |\n| 1 | 2 | 3 | 4 |"],
  ["tasks in tasks", "- [x] a\n  - [ ] b\n- [ ] c"],
  ["a loose list", "- a\n\n- b\n\n  more of b"],
  ["a list that starts at 7", "7. a\n8. b"],
  ["a list that starts at 0", "0. a\n1. b"],
  ["lists three deep", "1. a\n   - b\n     1. c\n     2. d\n   - e\n2. f"],
  ["a quote in a quote", "> a\n>\n> > b"],
  ["code in a list", "- a\n\n  ```js\n  b\n  ```"],
  ["a backtick fence in a longer one", "````md\n```js\na\n```\n````"],
  ["code with tabs and blank lines at its ends", "```\n\n\ta\tb  \n\n\n```"],
  ["code without anything in it", "```js\n```"],
  ["code in words", "``a`b`` and `<i>` and `&amp;`"],
  ["an address in angle brackets", "<https://a.example/x_y_z?a=1&b=2>"],
  ["an address without", "See https://a.example/x_y_z?a=1&b=2, please"],
  ["mail", "<me@a.example>"],
  ["a title", '[a](b "It’s a \\"title\\"")'],
  ["a link with blanks", "[a](<b c.html>)"],
  [
    "tags in words",
    'H<sub>2</sub>O <abbr title="x">y</abbr> <kbd>Ctrl</kbd> <span lang="ar" dir="rtl">مرحبا</span>',
  ],
  ["a definition list", "<dl>\n<dt>Term</dt>\n<dd>What it is</dd>\n</dl>"],
  ["a definition list in another's notation", "Term : not one"],
  ["a player", '<iframe src="https://v.example/1" width="3" allowfullscreen></iframe>'],
  [
    "attributes of an image",
    '<img src="https://a.example/a.png" alt="a" width="300" class="alignleft" loading="lazy">',
  ],
  [
    "a figure of one's own",
    '<figure class="wide"><img src="https://a.example/a.png" alt=""><figcaption>A <b>b</b></figcaption></figure>',
  ],
  ["entities that matter", "\\<b> \\&amp; a&nbsp;b ©"],
  ["emoji, right to left, marks that join", "👩‍👩‍👧 🇩🇪 שלום עולם مرحبا é नमस्ते"],
  ["a shortcode with content", "[caption id=\"x_1\" align='a']A *b* c[/caption]"],
  ["Joomla's plug-in tags", "{loadposition my_pos_1} {module 12} {/source}"],
  ["Drupal's tokens", "[node:field_my_x:value] [site:name]"],
  ["comments", "a <!-- why_so_ --> b\n\n<!-- alone -->"],
  ["the end of an excerpt", "a\n\n<!--more-->\n\nb"],
  ["a rule", "a\n\n---\n\nb"],
  ["headings with marks", "### a *b* `c` [d](e)"],
];

describe("what a document says comes back as it was written", () => {
  it.each(AS_WRITTEN)("%s", (_name, markdown) => {
    for (const format of FORMATS) {
      const stored = format.encode(markdown, noImages);
      expect(format.decode(stored, noImages)).toBe(`${markdown}\n`);
      expect(format.encodeOnto(markdown, stored, noImages)).toBe(stored);
    }
  });
});

describe("what a document says in its own way", () => {
  it.each([
    ["hard breaks of blanks", "a  \nb\n\nc\\\nd"],
    [
      "stars for bullets, padded tables, wide indents",
      "*   a\n*   b\n\n| a   |  b |\n|-----|---:|\n| ccc |  d |",
    ],
    ["setext headings and underscores", "Title\n=====\n\n_a_ __b__"],
    ["tildes around code, indented code", "~~~ js\n```\n~~~\n\n    x\n\ty"],
    ["references", "[a][r] and ![b][]\n\n[r]: https://a.example 'T'\n[b]: ./b.png"],
    ["entities", "&copy; &#8212; &auml;"],
  ])("stays, and so does what stands around: %s", (_name, markdown) => {
    for (const format of FORMATS) {
      const text = (word: string): string => `${markdown}\n\nOne ${word} more.\n`;
      const stored = format.encode(text("word"), siteImages);
      expect(format.patch(text("word"), stored, siteImages)).toBe(text("word"));
      const edited = format.encode(text("edit"), siteImages);
      expect(format.patch(text("word"), edited, siteImages)).toBe(text("edit"));
    }
  });

  it("makes no definition list of a colon, which is text on every site", () => {
    expect(html.encode("Term\n: def", noImages)).toBe("<p>Term : def</p>");
  });

  it("reaches the site as it is where another program reads it", () => {
    for (const text of [
      '[gallery ids="1,2" link="file"]',
      "{{ page._my_ | upper * 2 *x* }}",
      "{% include _a_ b=c %}",
      "[node:field_a_b]",
      "{loadposition a_b_c}",
    ]) {
      for (const format of FORMATS) expect(format.encode(`A ${text} b`, noImages)).toContain(`A ${text} b`);
    }
  });
});

describe("the mark that ends an excerpt", () => {
  it.each(['<hr id="system-readmore">', "<!--break-->"])("is the platform's own: %s", (more) => {
    const format = htmlFormat({ more });
    const stored = `<p>a</p>\n\n${more}\n\n<p>b</p>`;
    expect(format.encode("a\n\n<!--more-->\n\nb", noImages)).toBe(stored);
    expect(format.decode(stored, noImages)).toBe("a\n\n<!--more-->\n\nb\n");
    expect(format.patch("a\n\n<!--more-->\n\nb", stored.replace(">b<", ">c<"), noImages)).toBe(
      "a\n\n<!--more-->\n\nc",
    );
    expect(format.patch("a\n\n<!--more-->\n\nb", stored.replace(`${more}\n\n`, ""), noImages)).toBe("a\n\nb");
  });

  it("stays a comment where a platform has none for words of its own", () => {
    const format = htmlFormat({ more: "<!--break-->" });
    expect(format.encode("a\n\n<!--more Read on-->", noImages)).toBe("<p>a</p>\n\n<!--more Read on-->");
  });
});
