// Every construct of a document, with the blocks that WordPress's editor has for it.

import { type Addresses, noAddresses } from "../../src/content/markdown/format.ts";

/** `./x` stands for an upload of a site, both ways; each has an id of its own. */
export const uploads: Addresses = {
  ...noAddresses,
  toSite: (ref) => (ref.startsWith("./") ? { src: SITE + ref.slice(2), id: idOf(ref.slice(2)) } : undefined),
  toLocal: (src) => (src.startsWith(SITE) ? `./${src.slice(SITE.length)}` : undefined),
};

const SITE = "https://s.example/u/";

function idOf(name: string): string {
  return [...name].reduce((sum, char) => (sum * 31 + (char.codePointAt(0) ?? 0)) % 1_000_003, 7).toString();
}

export interface Construct {
  readonly name: string;
  /** One Markdown block. `./…` are images of the site. */
  readonly markdown: string;
  /** The blocks that it becomes, inner ones after the one around them. */
  readonly blocks: readonly string[];
  /** What visitors get to read and to load. */
  readonly shown: readonly RegExp[];
}

export const CONSTRUCTS: readonly Construct[] = [
  construct(
    "paragraph",
    'Plain **strong**, *emphasis*, ~~struck~~, `code <b> [x]`, [link](https://a.example/?a=1&b=2 "Titled"), AT&T < 5 > 4 "quoted" 漢字 😀\\\nafter a break<kbd>K</kbd> ![inline](./in.gif)',
    "paragraph",
    [
      /<strong>strong<\/strong>, <em>emphasis<\/em>, <s>struck<\/s>, <code>code &lt;b&gt; &#0?91;x\]<\/code>/,
      /<a href="https:\/\/a\.example\/\?a=1&(?:amp|#038);b=2" title="Titled">link<\/a>/,
      /漢字 😀<br ?\/?>\s*after a break<kbd>K<\/kbd>/,
      /<img [^>]*src="[^"]*\/in-\w+\.gif" alt="inline"/,
    ],
  ),
  ...[1, 2, 3, 4, 5, 6].map((level) =>
    construct(`heading ${level}`, `${"#".repeat(level)} Level${level} *of* six`, "heading", [
      new RegExp(`<h${level}[^>]*>Level${level} <em>of</em> six</h${level}>`),
    ]),
  ),
  construct("list", "- first\n- *second*", "list list-item list-item", [
    /<li>first<\/li>\s*<li><em>second<\/em><\/li>/,
  ]),
  construct(
    "list in a list",
    "- outer\n  1. inner\n     - innermost\n  2. other",
    "list list-item list list-item list list-item list-item",
    [/<li>outer\s*<ol[^>]*>\s*<li>inner\s*<ul[^>]*>\s*<li>innermost<\/li>[\s\S]*<li>other<\/li>/],
  ),
  construct("ordered list from three", "3. third\n4. fourth", "list list-item list-item", [
    /<ol start="3"[^>]*>\s*<li>third<\/li>\s*<li>fourth<\/li>/,
  ]),
  construct("loose list", "- loosely\n\n- set", "list list-item list-item", [
    /<li>loosely<\/li>\s*<li>set<\/li>/,
  ]),
  construct("list with code", "1. step\n\n   ```sh\n   make it\n   ```", "html", [
    /step[\s\S]*<code class="language-sh">make it<\/code>/,
  ]),
  construct("tasks", "- [ ] open\n- [x] done", "html", [
    /<input type="checkbox" disabled=""\/> open/,
    /checked=""\/> done/,
  ]),
  construct(
    "quote",
    "> Said *so*\n>\n> > nested\n>\n> - listed\n>\n> <cite>A. Source</cite>",
    "quote paragraph quote paragraph list list-item",
    [
      /<p>Said <em>so<\/em><\/p>\s*<blockquote[^>]*>\s*<p>nested<\/p>/,
      /<li>listed<\/li>/,
      /<cite>A\. Source<\/cite>/,
    ],
  ),
  construct("code", '```js\nlet a = [1] < 2 && "x";\n\n  y\n```', "code", [
    /<pre class="[^"]*language-js"><code>let a = &#0?91;1] &lt; 2 &amp;&amp; "x";\n\n {2}y<\/code>/,
  ]),
  construct("code of no language", "```\nplain -- [gallery]\n```", "code", [
    /<code>plain -- &#0?91;gallery\]<\/code>/,
  ]),
  construct("preformatted", "<pre>\nkept  as\n\nit is\n</pre>", "html", [
    /<pre>\s*kept {2}as\n\nit is\n<\/pre>/,
  ]),
  construct(
    "table",
    "| Left | Middle | Right | None |\n| :- | :-: | -: | - |\n| l1 | **m1** | `r1` | |\n| l2 | m \\| 2 | r2 | n2 |",
    "table",
    [
      /<th[^>]*>Left<\/th><th class="has-text-align-center"[^>]*>Middle<\/th>/,
      /<strong>m1<\/strong><\/td><td[^>]*><code>r1<\/code><\/td><td><\/td>/,
      />m \| 2<\/td>/,
    ],
  ),
  construct("table without a header", "| | |\n| - | - |\n| bare | cells |", "table", [
    /<td>bare<\/td><td>cells<\/td>/,
  ]),
  construct("image", '![With "quotes" & signs](./a.gif)', "image", [
    /<img [^>]*src="[^"]*\/a-\w+\.gif" alt="With &quot;quotes&quot; &amp; signs"/,
  ]),
  construct("image with a caption", '![b](./b.gif "Caption & <more>")', "image", [
    /\/b-\w+\.gif"[^>]*><figcaption[^>]*>Caption &(?:amp|#038); &lt;more&gt;/,
  ]),
  construct("image with a link", "[![c](./c.gif)](https://c.example/?a=1&b=2)", "image", [
    /<a href="https:\/\/c\.example\/\?a=1&(?:amp|#038);b=2"><img [^>]*\/c-\w+\.gif"/,
  ]),
  construct("image of elsewhere", "![](https://o.example/o.gif?w=1&h=2)", "image", [
    /<img [^>]*src="https:\/\/o\.example\/o\.gif\?w=1&(?:amp|#038);h=2"/,
  ]),
  construct(
    "gallery",
    '![g1](./g1.gif)\n[![g2](./g2.gif)](https://g.example)\n![g3](./g3.gif "Third")',
    "gallery image image image",
    [
      /\/g1-\w+\.gif"/,
      /<a href="https:\/\/g\.example"><img [^>]*\/g2-\w+\.gif"/,
      /\/g3-\w+\.gif"[^>]*><figcaption[^>]*>Third</,
    ],
  ),
  construct("badges", "![d1](https://d.example/1.svg)\n![d2](https://d.example/2.svg)", "paragraph", [
    /src="https:\/\/d\.example\/1\.svg"/,
    /src="https:\/\/d\.example\/2\.svg"/,
  ]),
  construct("separator", "---", "separator", [/<hr [^>]*wp-block-separator/]),
  construct("shortcode", '[unknown_code id="1"]', "shortcode", [/\[unknown_code id=/]),
  construct("film", "https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=42", "embed", [
    /wp-block-embed-youtube[\s\S]*dQw4w9WgXcQ/,
  ]),
  construct("address", "https://plain.example/some?where=1", "paragraph", [
    /https:\/\/plain\.example\/some\?where=1/,
  ]),
  construct("HTML", '<div class="x">\n<b>marked</b> up\n</div>', "html", [
    /<div class="x">\s*<b>marked<\/b> up/,
  ]),
  construct("note", "With a note[^1].", "paragraph", [
    /With a note<sup[^>]*><a href="#fn1" id="fnref1">\[1\]<\/a>/,
  ]),
  construct("note at the end", "[^1]: The *noted*.", "", [/<li id="fn1"[^>]*>\s*<p>The <em>noted<\/em>\./]),
];

/** More and page breaks cut a text, so that what follows is shown elsewhere. */
export const CUTS: readonly Construct[] = [
  construct("read on", "<!--more-->", "more", []),
  construct("read on in other words", "<!--more Read on-->", "more", []),
  construct("page break", "<!--nextpage-->", "nextpage", []),
];

function construct(name: string, markdown: string, blocks: string, shown: readonly RegExp[]): Construct {
  return { name, markdown, blocks: blocks === "" ? [] : blocks.split(" "), shown };
}

/** A document of them all; blocks that Markdown would read as one are kept apart. */
export function documentOf(constructs: readonly Construct[]): string {
  return `${constructs.map(({ name, markdown }) => `About the ${name}.\n\n${markdown}`).join("\n\n")}\n`;
}
