import { describe, expect, test } from "vitest";
import { codeLosses, webflowBody } from "../../../src/connectors/webflow/rich-text.ts";
import { noAddresses } from "../../../src/content/markdown/format.ts";
import { storedRichText } from "../../../src/sandbox/webflow/rich-text.ts";

const encode = (markdown: string) => webflowBody.encode(markdown, noAddresses);
const decode = (stored: string) => webflowBody.decode(stored, noAddresses).trimEnd();

const CODE = 'Look:\n\n```js\nx = a < b && "</div>"\n```\n\nDone.';

describe("code", () => {
  test("goes to Webflow in an embed, and comes back as the code that it is", () => {
    const stored = encode(CODE);
    expect(stored).toContain("<div data-rt-embed-type='true'><pre><code class=\"language-js\">x = a &lt; b");
    expect(decode(stored)).toBe(CODE);
    expect(storedRichText(stored, { emptiesCode: "field", cleansHtml: "designer" })).toContain(
      "x = a &lt; b",
    );
  });

  test("in lists and quotes does, too", () => {
    const markdown = "- One\n\n  ```\n  a\n  ```\n\n> ```\n> b\n> ```";
    const stored = encode(markdown);
    expect(stored.match(/data-rt-embed-type/g)).toHaveLength(2);
    expect(storedRichText(stored, { emptiesCode: "code", cleansHtml: "none" })).toBe(stored);
    expect(encode(decode(stored))).toBe(stored);
  });

  test("that somebody embedded by hand is read as code, and kept as it was written", () => {
    const stored =
      '<p>A</p><div data-rt-embed-type="true"><pre><code class="language-sh">ls</code></pre></div><p>B</p>';
    const markdown = decode(stored);
    expect(markdown).toBe("A\n\n```sh\nls\n```\n\nB");
    expect(webflowBody.encodeOnto(markdown.replace("B", "C"), stored, noAddresses)).toBe(
      stored.replace("B", "C"),
    );
  });

  test("is told, with its line, unless Webflow has it already", () => {
    expect(codeLosses(CODE, undefined)).toMatchObject([{ field: "body", line: 3, changed: true }]);
    expect(codeLosses(CODE, encode(CODE))).toEqual([]);
    expect(codeLosses(CODE.replace("x =", "y ="), encode(CODE))).toHaveLength(1);
    expect(codeLosses("`inline`\n\n<pre>raw</pre>", undefined)).toMatchObject([{ line: 3 }]);
    expect(codeLosses("- a\n\n      indented", undefined)).toHaveLength(1);
    expect(codeLosses("No *code* here.", undefined)).toEqual([]);
  });
});

describe("what Webflow's editor makes of a text", () => {
  const markdown = "# One\n\nTwo *three*.\n\n- a\n- b\n\n![Alt](https://example.com/a.png)\n\n> Said.";
  const saved = storedRichText(encode(markdown), { emptiesCode: "code", cleansHtml: "designer" });

  test("says the same, and comes back as the same Markdown", () => {
    expect(saved).toContain('<h1 id="">');
    expect(saved).toContain("w-richtext-figure-type-image");
    expect(webflowBody.same(encode(markdown), saved)).toBe(true);
    expect(decode(saved)).toBe(markdown);
  });

  test("stays as it is where the document says something new elsewhere", () => {
    const onto = webflowBody.encodeOnto(markdown.replace("Said", "Told"), saved, noAddresses);
    expect(onto).toBe(
      saved.replace(/<blockquote id="">\s*<p[^>]*>Said/, (quote) =>
        quote.replace("Said", "Told").replace(/ id=""/g, ""),
      ),
    );
  });

  test("a caption is a caption, and an id that somebody gave counts", () => {
    const figure =
      '<figure class="w-richtext-align-center w-richtext-figure-type-image"><div><img src="https://example.com/a.png" loading="lazy" alt="A"></div><figcaption>Words</figcaption></figure>';
    expect(decode(figure)).toBe('![A](https://example.com/a.png "Words")');
    expect(webflowBody.same("<h2>A</h2>", '<h2 id="part">A</h2>')).toBe(false);
  });
});

describe("what Markdown has no words for", () => {
  test.each([
    ["a component", '<wf-component data-id="66" data-props="{&quot;a&quot;:1}"></wf-component>'],
    [
      "an embed of somebody's own",
      "<div data-rt-embed-type='true'><style>.a{color:red}</style><table><tr><td>1</td></tr></table></div>",
    ],
    [
      "a film",
      '<figure class="w-richtext-figure-type-video"><div><iframe src="https://www.youtube.com/embed/x"></iframe></div></figure>',
    ],
  ])("%s is kept byte for byte, whatever changes around it", (_, markup) => {
    const stored = `<p>Before</p>${markup}<p>After</p>`;
    const markdown = decode(stored);
    expect(markdown).toContain(markup);
    expect(webflowBody.encodeOnto(markdown, stored, noAddresses)).toBe(stored);
    const changed = webflowBody.encodeOnto(markdown.replace("After", "Afterwards"), stored, noAddresses);
    expect(changed).toBe(stored.replace("After", "Afterwards"));
    expect(encode(markdown)).toContain(markup);
  });
});
