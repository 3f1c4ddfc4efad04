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
  /** What visitors read or load: words of text and parts of addresses. */
  readonly shown: readonly string[];
}

export const CONSTRUCTS: readonly Construct[] = [
  construct(
    "paragraph",
    'Plain **strong**, *emphasis*, ~~struck~~, `code <b> [x]`, [link](https://a.example/?a=1&b=2 "Titled"), AT&T < 5 > 4 "quoted" 漢字 😀\\\nafter a break<kbd>K</kbd> ![inline](./in.png)',
    "paragraph",
    [
      "strong",
      "code &lt;b&gt; ",
      "https://a.example/?a=1&#038;b=2|https://a.example/?a=1&amp;b=2",
      "漢字",
      "in.png",
    ],
  ),
  ...[1, 2, 3, 4, 5, 6].map((level) =>
    construct(`heading ${level}`, `${"#".repeat(level)} Level${level} *of* six`, "heading", [
      `Level${level}`,
    ]),
  ),
  construct("list", "- first\n- *second*", "list list-item list-item", ["first", "<em>second</em>"]),
  construct(
    "list in a list",
    "- outer\n  1. inner\n     - innermost\n  2. other",
    "list list-item list list-item list list-item list-item",
    ["outer", "inner", "innermost", "other"],
  ),
  construct("ordered list from three", "3. third\n4. fourth", "list list-item list-item", [
    'start="3"',
    "fourth",
  ]),
  construct("loose list", "- loosely\n\n- set", "list list-item list-item", ["loosely", "set"]),
  construct("list with code", "1. step\n\n   ```sh\n   make it\n   ```", "html", ["step", "make it"]),
  construct("tasks", "- [ ] open\n- [x] done", "html", ["open", "done", "checked"]),
  construct(
    "quote",
    "> Said *so*\n>\n> > nested\n>\n> - listed\n>\n> <cite>A. Source</cite>",
    "quote paragraph quote paragraph list list-item",
    ["Said", "nested", "listed", "A. Source"],
  ),
  construct("code", '```js\nlet a = [1] < 2 && "x";\n\n  y\n```', "code", [
    "language-js",
    "&lt; 2 &amp;&amp;",
  ]),
  construct("code of no language", "```\nplain -- [gallery]\n```", "code", ["plain", "gallery]"]),
  construct("preformatted", "<pre>\nkept  as\n\nit is\n</pre>", "html", ["kept  as"]),
  construct(
    "table",
    "| Left | Middle | Right | None |\n| :- | :-: | -: | - |\n| l1 | **m1** | `r1` | |\n| l2 | m \\| 2 | r2 | n2 |",
    "table",
    ["Middle", "m1", "r1", "m | 2", "n2"],
  ),
  construct("table without a header", "| | |\n| - | - |\n| bare | cells |", "table", ["bare", "cells"]),
  construct("image", '![With "quotes" & signs](./a.png)', "image", ["a.png", "signs"]),
  construct("image with a caption", '![b](./b.png "Caption & <more>")', "image", [
    "b.png",
    "Caption &amp;|Caption &#038;",
  ]),
  construct("image with a link", "[![c](./c.png)](https://c.example/?a=1&b=2)", "image", [
    "c.png",
    "https://c.example/",
  ]),
  construct("image of elsewhere", "![](https://o.example/o.png?w=1&h=2)", "image", [
    "https://o.example/o.png",
  ]),
  construct(
    "gallery",
    '![g1](./g1.png)\n[![g2](./g2.png)](https://g.example)\n![g3](./g3.png "Third")',
    "gallery image image image",
    ["g1.png", "g2.png", "https://g.example", "g3.png", "Third"],
  ),
  construct("badges", "![d1](https://d.example/1.svg)\n![d2](https://d.example/2.svg)", "paragraph", [
    "https://d.example/1.svg",
    "https://d.example/2.svg",
  ]),
  construct("separator", "---", "separator", ["<hr"]),
  construct("shortcode", '[unknown_code id="1"]', "shortcode", ["unknown_code"]),
  construct("film", "https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=42", "embed", ["dQw4w9WgXcQ"]),
  construct("address", "https://plain.example/some?where=1", "paragraph", ["https://plain.example/some"]),
  construct("HTML", '<div class="x">\n<b>marked</b> up\n</div>', "html", ["marked"]),
  construct("note", "With a note[^1].", "paragraph", ["With a note", "#fn1"]),
  construct("note at the end", "[^1]: The *noted*.", "", []),
];

/** More and page breaks cut a text, so that what follows is shown elsewhere. */
export const CUTS: readonly Construct[] = [
  construct("read on", "<!--more-->", "more", []),
  construct("read on in other words", "<!--more Read on-->", "more", []),
  construct("page break", "<!--nextpage-->", "nextpage", []),
];

function construct(name: string, markdown: string, blocks: string, shown: readonly string[]): Construct {
  return { name, markdown, blocks: blocks === "" ? [] : blocks.split(" "), shown };
}

/** A document of them all; blocks that Markdown would read as one are kept apart. */
export function documentOf(constructs: readonly Construct[]): string {
  return `${constructs.map(({ name, markdown }) => `About the ${name}.\n\n${markdown}`).join("\n\n")}\n`;
}
