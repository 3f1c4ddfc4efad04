import type { Document } from "../../../src/content/document.ts";

const BODIES: Readonly<Record<string, string>> = {
  "empty body": "",
  "one line": "Plain.",
  emoji: "Family 👩‍👩‍👧‍👦, flag 🇩🇪, heart ❤️ and a 🧑🏽‍🍳.",
  "right to left": "مرحبا بالعالم\n\nשלום עולם and back",
  CJK: "日本語の段落。全角　スペース。\n\n## 見出し\n\n中文內容",
  "nested lists": "- one\n  - two\n    - three\n      1. four\n      2. five\n- six",
  table: "| Left | Right |\n| :- | -: |\n| a `|` b | 1 |\n| **c** | 2 |".replace("`|`", "\\|"),
  "code with markup": "```html\n<!-- not a comment -->\n<!-- wp:paragraph -->\n<b>&amp; &lt;</b>\n```",
  "code with backticks": "````\n```js\nx = `1`\n```\n````",
  quote: "> A quote\n>\n> - with a list\n\nAfter.",
  headings: "# One\n\n## Two\n\n###### Six",
  inline: "Some *emphasis*, **strong**, ~~gone~~, `code` and [a link](https://example.com/?a=1&b=2).",
  "raw markup": '<div class="foreign" data-x="1">\n<p>kept</p>\n</div>\n\nAfter.',
  shortcode: 'Before\n\n[gallery ids="1,2" link_to="a_b"]\n\nAfter',
  "special characters": "5 < 6 & 7 > 3 \"quoted\" 'single' — dash … © \\*not emphasis\\*",
};

const LONG_PARAGRAPH = "The quick brown fox jumps over the lazy dog, again and again. ".repeat(8).trim();

const TITLES: Readonly<Record<string, string>> = {
  "CJK title": "日本語のタイトル：春の新作パン",
  "title of 300 characters": `${"Long title ".repeat(27)}end`.padEnd(300, "."),
  "title with markup": 'Tom & Jerry <b>"fight"</b> \\ 100% — it\'s',
  "title with emoji": "🥐 Croissants 🥐",
};

/** Documents that lose something wherever a codec or a server is careless. All drafts without a slug. */
export function awkwardDocuments(
  kind: string,
  longestTitle = 300,
): readonly { readonly name: string; readonly document: Document }[] {
  const bodies: [string, Document][] = Object.entries({
    ...BODIES,
    "300 KB": Array.from({ length: 620 }, (_, n) => `${n}. ${LONG_PARAGRAPH}`.replace(". ", " ")).join(
      "\n\n",
    ),
  }).map(([name, body]) => [name, { kind, locale: "", fields: { title: name, status: "draft" }, body }]);
  const titles: [string, Document][] = Object.entries(TITLES).map(([name, title]) => [
    name,
    { kind, locale: "", fields: { title: title.slice(0, longestTitle), status: "draft" }, body: "Body." },
  ]);
  return [...bodies, ...titles].map(([name, document]) => ({ name, document }));
}
