import { describe, expect, it } from "vitest";
import { html, mediaRefs, wordpressBlocks } from "../../../src/content/markdown/format.ts";
import { noImages, siteImages } from "./documents.ts";

/** Name, Markdown as decode writes it, the block markup, the HTML. */
const EXAMPLES: readonly (readonly [string, string, string, string])[] = [
  [
    "paragraph",
    "Some *em*, **strong**, ~~gone~~ and `code`",
    "<!-- wp:paragraph -->\n<p>Some <em>em</em>, <strong>strong</strong>, <s>gone</s> and <code>code</code></p>\n<!-- /wp:paragraph -->",
    "<p>Some <em>em</em>, <strong>strong</strong>, <s>gone</s> and <code>code</code></p>",
  ],
  [
    "heading of level 2",
    "## Title",
    '<!-- wp:heading -->\n<h2 class="wp-block-heading">Title</h2>\n<!-- /wp:heading -->',
    "<h2>Title</h2>",
  ],
  [
    "heading of level 4",
    "#### Title",
    '<!-- wp:heading {"level":4} -->\n<h4 class="wp-block-heading">Title</h4>\n<!-- /wp:heading -->',
    "<h4>Title</h4>",
  ],
  [
    "list in a list",
    "- a\n  1. b",
    '<!-- wp:list -->\n<ul class="wp-block-list"><!-- wp:list-item -->\n<li>a<!-- wp:list {"ordered":true} -->\n<ol class="wp-block-list"><!-- wp:list-item -->\n<li>b</li>\n<!-- /wp:list-item --></ol>\n<!-- /wp:list --></li>\n<!-- /wp:list-item --></ul>\n<!-- /wp:list -->',
    "<ul>\n<li>a\n<ol>\n<li>b</li>\n</ol></li>\n</ul>",
  ],
  [
    "tasks",
    "- [ ] open\n- [x] done",
    '<!-- wp:html -->\n<ul>\n<li><input type="checkbox" disabled=""/> open</li>\n<li><input type="checkbox" disabled="" checked=""/> done</li>\n</ul>\n<!-- /wp:html -->',
    '<ul>\n<li><input type="checkbox" disabled=""> open</li>\n<li><input type="checkbox" disabled="" checked=""> done</li>\n</ul>',
  ],
  [
    "quote",
    "> said\n>\n> - so",
    '<!-- wp:quote -->\n<blockquote class="wp-block-quote"><!-- wp:paragraph -->\n<p>said</p>\n<!-- /wp:paragraph -->\n\n<!-- wp:list -->\n<ul class="wp-block-list"><!-- wp:list-item -->\n<li>so</li>\n<!-- /wp:list-item --></ul>\n<!-- /wp:list --></blockquote>\n<!-- /wp:quote -->',
    "<blockquote>\n<p>said</p>\n<ul>\n<li>so</li>\n</ul>\n</blockquote>",
  ],
  [
    "code that looks like markup",
    "```js\nlet a = [1]; <!-- /wp:code -->\n\n[gallery]  \n```",
    '<!-- wp:code {"className":"language-js"} -->\n<pre class="wp-block-code language-js"><code>let a = &#91;1]; &lt;!-- /wp:code --&gt;\n\n&#91;gallery]  </code></pre>\n<!-- /wp:code -->',
    '<pre><code class="language-js">let a = &#91;1]; &lt;!-- /wp:code --&gt;\n\n&#91;gallery]  </code></pre>',
  ],
  [
    "code with more than a language",
    '```js {1,3} title="a b.js"\n\tx\n\n```',
    '<!-- wp:code {"className":"language-js meta-%7B1%2C3%7D%20title%3D%22a%20b.js%22"} -->\n<pre class="wp-block-code language-js meta-%7B1%2C3%7D%20title%3D%22a%20b.js%22"><code>\tx\n</code></pre>\n<!-- /wp:code -->',
    '<pre><code class="language-js meta-%7B1%2C3%7D%20title%3D%22a%20b.js%22">\tx\n</code></pre>',
  ],
  [
    "footnotes",
    "One[^1] and two[^2], one[^1].\n\n[^1]: First *note*\n\n    - with a list\n\n[^2]: Second",
    '<!-- wp:paragraph -->\n<p>One<sup class="footnote-ref"><a href="#fn1" id="fnref1">[1]</a></sup> and two<sup class="footnote-ref"><a href="#fn2" id="fnref2">[2]</a></sup>, one<sup class="footnote-ref"><a href="#fn1" id="fnref1:1">[1:1]</a></sup>.</p>\n<!-- /wp:paragraph -->\n\n<!-- wp:html -->\n<section class="footnotes">\n<ol class="footnotes-list">\n<li id="fn1" class="footnote-item"><p>First <em>note</em></p>\n<ul>\n<li>with a list</li>\n</ul>\n <a href="#fnref1" class="footnote-backref">\u21a9\ufe0e</a>\n <a href="#fnref1:1" class="footnote-backref">\u21a9\ufe0e</a></li>\n<li id="fn2" class="footnote-item"><p>Second <a href="#fnref2" class="footnote-backref">\u21a9\ufe0e</a></p></li>\n</ol>\n</section>\n<!-- /wp:html -->',
    '<p>One<sup class="footnote-ref"><a href="#fn1" id="fnref1">[1]</a></sup> and two<sup class="footnote-ref"><a href="#fn2" id="fnref2">[2]</a></sup>, one<sup class="footnote-ref"><a href="#fn1" id="fnref1:1">[1:1]</a></sup>.</p>\n\n<section class="footnotes">\n<ol class="footnotes-list">\n<li id="fn1" class="footnote-item"><p>First <em>note</em></p>\n<ul>\n<li>with a list</li>\n</ul>\n <a href="#fnref1" class="footnote-backref">\u21a9\ufe0e</a>\n <a href="#fnref1:1" class="footnote-backref">\u21a9\ufe0e</a></li>\n<li id="fn2" class="footnote-item"><p>Second <a href="#fnref2" class="footnote-backref">\u21a9\ufe0e</a></p></li>\n</ol>\n</section>',
  ],
  [
    "table",
    "| a | b |\n| :- | -: |\n| 1 \\| 2 | *x* |",
    '<!-- wp:table {"hasFixedLayout":true} -->\n<figure class="wp-block-table"><table class="has-fixed-layout"><thead><tr><th class="has-text-align-left" data-align="left">a</th><th class="has-text-align-right" data-align="right">b</th></tr></thead><tbody><tr><td class="has-text-align-left" data-align="left">1 | 2</td><td class="has-text-align-right" data-align="right"><em>x</em></td></tr></tbody></table></figure>\n<!-- /wp:table -->',
    '<table>\n<thead>\n<tr>\n<th style="text-align:left">a</th>\n<th style="text-align:right">b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td style="text-align:left">1 | 2</td>\n<td style="text-align:right"><em>x</em></td>\n</tr>\n</tbody>\n</table>',
  ],
  [
    "image with a caption",
    '![Alt](./a.png "Caption")',
    '<!-- wp:image {"id":55,"sizeSlug":"full","linkDestination":"none"} -->\n<figure class="wp-block-image size-full"><img src="https://s.example/u/a.png" alt="Alt" class="wp-image-55"/><figcaption class="wp-element-caption">Caption</figcaption></figure>\n<!-- /wp:image -->',
    '<figure><img src="https://s.example/u/a.png" alt="Alt" class="wp-image-55"><figcaption>Caption</figcaption></figure>',
  ],
  [
    "rule",
    "---",
    '<!-- wp:separator -->\n<hr class="wp-block-separator has-alpha-channel-opacity"/>\n<!-- /wp:separator -->',
    "<hr>",
  ],
  ["more", "<!--more-->", "<!-- wp:more -->\n<!--more-->\n<!-- /wp:more -->", "<!--more-->"],
  [
    "shortcode",
    '[gallery ids="1,2"]',
    '<!-- wp:shortcode -->\n[gallery ids="1,2"]\n<!-- /wp:shortcode -->',
    '<p>[gallery ids="1,2"]</p>',
  ],
  [
    "shortcodes, tokens and addresses in text",
    'A [caption id="x_1_2"]c[/caption] {loadposition x_y_} [node:field_a_b:url] https://a.example/_x_?a=1&b=2 AT&T snake_case',
    '<!-- wp:paragraph -->\n<p>A [caption id="x_1_2"]c[/caption] {loadposition x_y_} [node:field_a_b:url] https://a.example/_x_?a=1&amp;b=2 AT&amp;T snake_case</p>\n<!-- /wp:paragraph -->',
    '<p>A [caption id="x_1_2"]c[/caption] {loadposition x_y_} [node:field_a_b:url] https://a.example/_x_?a=1&amp;b=2 AT&amp;T snake_case</p>',
  ],
  [
    "addresses and hard breaks",
    "<https://a.example/?a=1&b=2>\\\n漢字&nbsp;😀 שלום",
    '<!-- wp:paragraph -->\n<p><a href="https://a.example/?a=1&amp;b=2">https://a.example/?a=1&amp;b=2</a><br/>漢字&nbsp;😀 שלום</p>\n<!-- /wp:paragraph -->',
    '<p><a href="https://a.example/?a=1&amp;b=2">https://a.example/?a=1&amp;b=2</a><br>漢字&nbsp;😀 שלום</p>',
  ],
  [
    "raw HTML with an image",
    '<div class="x">\n<img src="./c.png">\n</div>',
    '<!-- wp:html -->\n<div class="x">\n<img src="https://s.example/u/c.png">\n</div>\n<!-- /wp:html -->',
    '<div class="x">\n<img src="https://s.example/u/c.png">\n</div>',
  ],
];

describe("each construct, there and back", () => {
  it.each(EXAMPLES)("%s as WordPress blocks", (_name, markdown, blocks) => {
    expect(wordpressBlocks.encode(markdown, siteImages)).toBe(blocks);
    expect(wordpressBlocks.decode(blocks, siteImages)).toBe(`${markdown}\n`);
  });

  it.each(EXAMPLES)("%s as HTML", (_name, markdown, _blocks, plain) => {
    expect(html.encode(markdown, siteImages)).toBe(plain);
    expect(html.decode(plain, siteImages)).toBe(`${markdown}\n`);
  });
});

describe("blocks that have no Markdown", () => {
  const foreign = [
    '<!-- wp:group {"layout":{"type":"flex"}} -->\n<div class="wp-block-group"><!-- wp:group -->\n<div></div>\n<!-- /wp:group -->\n\n\n<p> x </p></div>\n<!-- /wp:group -->',
    '<!-- wp:paragraph {"align":"center"} -->\n<p class="has-text-align-center">Centred</p>\n<!-- /wp:paragraph -->',
    '<!-- wp:image {"align":"left","id":7} -->\n<figure class="wp-block-image alignleft"><img src="https://s.example/u/a-1024x683.png" alt="" class="wp-image-7"/></figure>\n<!-- /wp:image -->',
  ];

  it.each(foreign)("stay as they are: %s", (stored) => {
    expect(wordpressBlocks.decode(stored, noImages)).toBe(`${stored}\n`);
    expect(wordpressBlocks.encode(`${stored}\n`, noImages)).toBe(stored);
  });

  it("stands between raw marks where the site itself holds it broken", () => {
    const stored = '<!-- wp:vendor/thing {"a":not json} /-->';
    expect(wordpressBlocks.decode(stored, noImages)).toBe(`<!-- raw -->\n${stored}\n<!-- /raw -->\n`);
    expect(wordpressBlocks.encode(wordpressBlocks.decode(stored, noImages), noImages)).toBe(stored);
  });

  it("name their local images", () => {
    const stored = foreign[2]?.replace("a-1024x683.png", "a.png") ?? "";
    const markdown = wordpressBlocks.decode(stored, siteImages);
    expect(markdown).toContain('<img src="./a.png"');
    expect(wordpressBlocks.encode(markdown, siteImages)).toBe(stored);
  });

  it("keep HTML with blank lines whole", () => {
    const stored = '<div class="x">\n\n\n*a*\n\n</div>';
    expect(html.decode(stored, noImages)).toBe(`<!-- raw -->\n${stored}\n<!-- /raw -->\n`);
    expect(html.encode(html.decode(stored, noImages), noImages)).toBe(stored);
  });

  it("keep text between blocks", () => {
    const stored = "<!-- wp:paragraph -->\n<p>a</p>\n<!-- /wp:paragraph -->\n\nloose\ntext\n\n<b>bold</b>";
    const markdown = wordpressBlocks.decode(stored, noImages);
    expect(markdown).toBe("a\n\n<!-- raw -->\nloose\ntext\n\n<b>bold</b>\n<!-- /raw -->\n");
    expect(wordpressBlocks.encode(markdown, noImages)).toBe(stored);
  });
});

describe("documents as people write them", () => {
  it.each([
    ["a shortcode-like word in a link", "See [[CSSTEXT]](https://a.example) and [the [draft] one](b)"],
    ["a badge without a description", '[<img src="https://a.example/b.svg">](https://a.example) badge'],
    [
      "a picture in a link",
      '*Given* by [<picture><source srcset="https://a.example/d.svg">![logo](https://a.example/l.svg)</picture>](https://a.example)',
    ],
    [
      "a paragraph that is never closed",
      '<p align="center">\n<img src="https://a.example/b.png"/>\n\n## Title',
    ],
    ["a list in a table", "| a |\n| - |\n| <ul><li>one</li><li>two</li></ul> |"],
    ["a table without a header", "| | |\n| - | :-: |\n| *a* | b |"],
  ])("%s comes back as written", (_name, markdown) => {
    for (const format of [wordpressBlocks, html]) {
      const stored = format.encode(markdown, noImages);
      expect(format.decode(stored, noImages)).toBe(`${markdown}\n`);
    }
  });

  it("keeps a link around words in brackets", () => {
    expect(html.encode("[the [draft] one](b)", noImages)).toBe('<p><a href="b">the [draft] one</a></p>');
  });

  it("leaves the header out of a table whose header row is empty", () => {
    const encoded = html.encode("| | |\n|-|-|\n| a | b |", noImages);
    expect(encoded).toBe("<table>\n<tbody>\n<tr>\n<td>a</td>\n<td>b</td>\n</tr>\n</tbody>\n</table>");
  });

  it("adds no lines to a paragraph that is never closed, however often it goes there and back", () => {
    const stored = '<p align="center">\n<img src="a"/>\n\n\n\n<h1 align="center">T</h1>';
    const once = html.decode(stored, noImages);
    expect(html.decode(html.encode(once, noImages), noImages)).toBe(once);
  });
});

describe("mediaRefs", () => {
  it("lists local images once, in order, from Markdown and from markup", () => {
    const markdown =
      '![One](./1.png) [![Two *x*](/static/2.png)](http://a.example)\n\n![r][ref] ![](https://x.example/a.png) ![](//x/y.png)\n\n<p><img alt="Three" src=\'../3.png\'></p>\n\n<!-- wp:x -->\n<img src="4.png">\n\n<!-- /wp:x -->\n\n![again](./1.png) `![](no.png)` ![d](data:image/png;base64,AA)\n\n[ref]: ./ref.png\n';
    expect(mediaRefs(markdown)).toEqual([
      { ref: "./1.png", alt: "One" },
      { ref: "/static/2.png", alt: "Two x" },
      { ref: "./ref.png", alt: "r" },
      { ref: "../3.png", alt: "Three" },
      { ref: "4.png", alt: "" },
    ]);
  });
});
