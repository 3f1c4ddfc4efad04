import { describe, expect, it } from "vitest";
import { html, wordpressBlocks } from "../../../src/content/markdown/format.ts";

describe("same", () => {
  it.each([
    ["entity forms", "<p>R&amp;D ’ &nbsp;</p>", "<p>R&D &#8217; \u00a0</p>"],
    [
      "attribute order and quotes",
      "<p><a href='x' title=\"t\">a</a></p>",
      '<p><a title=t href="x">a</a></p>',
    ],
    [
      "rel on links that open a window",
      '<p><a href="x" target="_blank">a</a></p>',
      '<p><a href="x" target="_blank" rel="noopener">a</a></p>',
    ],
    ["white space between blocks", "<p>a</p>\n\n<p>b</p>\n", "<p>a</p><p>b</p>"],
    ["self-closing slashes", "<p>a<br>b<img src='x'></p>", "<p>a<br />b<img src='x' /></p>"],
  ])("tolerates %s", (_name, a, b) => {
    expect(html.same(a, b)).toBe(true);
    const block = (inner: string): string => `<!-- wp:paragraph -->\n${inner}\n<!-- /wp:paragraph -->`;
    expect(wordpressBlocks.same(block(a), block(b))).toBe(true);
  });

  it.each([
    ["a text", "<p>a</p>", "<p>b</p>"],
    ["a space", "<p>a b</p>", "<p>ab</p>"],
    ["a non-breaking space", "<p>a b</p>", "<p>a&nbsp;b</p>"],
    ["a link", '<p><a href="x?a=1">a</a></p>', '<p><a href="x?a=2">a</a></p>'],
    ["rel on other links", '<p><a href="x">a</a></p>', '<p><a href="x" rel="noopener">a</a></p>'],
    ["an image", '<p><img src="a.png"></p>', '<p><img src="b.png"></p>'],
    ["an attribute", '<p class="a">x</p>', "<p>x</p>"],
    ["a mark", "<p><b>x</b></p>", "<p><strong>x</strong></p>"],
    ["white space in code", "<pre><code>a\n b</code></pre>", "<pre><code>a\nb</code></pre>"],
    ["a comment", "<p>x</p><!-- a -->", "<p>x</p>"],
    ["a tag that is cut off", '<p>x</p><a href="y', "<p>x</p>"],
    ["a closing tag", "<div><p>x</p></div>", "<div><p>x</p>"],
    ["the order of blocks", "<p>a</p><p>b</p>", "<p>b</p><p>a</p>"],
  ])("never tolerates another %s", (_name, a, b) => {
    expect(html.same(a, b)).toBe(false);
    const block = (inner: string): string => `<!-- wp:html -->\n${inner}\n<!-- /wp:html -->`;
    expect(wordpressBlocks.same(block(a), block(b))).toBe(false);
  });

  it("reads two bodies alike when only one of them has text without a paragraph", () => {
    const bare = "bare\n\n<blockquote>a\nb</blockquote>";
    expect(html.same(bare, "<p>bare</p>\n\n<blockquote>a\nb</blockquote>")).toBe(true);
    expect(html.same(bare, "<p>bare</p>\n\n<blockquote>a<br>b</blockquote>")).toBe(true);
    expect(html.same(bare, "<p>bare</p>\n\n<blockquote>a b</blockquote>")).toBe(false);
  });

  it("reads block attributes as JSON and knows what WordPress versions write differently", () => {
    const old = '<!-- wp:core/heading {"level":3,"x":"\\u0026"} -->\n<h3>T</h3>\n<!-- /wp:core/heading -->';
    const now =
      '<!-- wp:heading {"x":"&", "level":3} -->\n<h3 class="wp-block-heading">T</h3>\n<!-- /wp:heading -->';
    expect(wordpressBlocks.same(old, now)).toBe(true);
    expect(wordpressBlocks.same(old, now.replace("3}", "4}"))).toBe(false);
    expect(wordpressBlocks.same(old, now.replace('wp-block-heading"', 'wp-block-heading big"'))).toBe(false);
  });
});
