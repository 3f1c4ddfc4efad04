// Random Markdown documents made of every construct that the formats know.
import fc from "fast-check";
import { type Addresses, noAddresses } from "../../../src/content/markdown/format.ts";

/** `./x` stands for an upload of a site, both ways. */
export const siteImages: Addresses = {
  ...noAddresses,
  toSite: (ref) =>
    ref.startsWith("./") ? { src: `https://s.example/u/${ref.slice(2)}`, id: mediaIdOf(ref) } : undefined,
  toLocal: (src) => (src.startsWith("https://s.example/u/") ? `./${src.slice(20)}` : undefined),
};

/** Every upload has an id of its own; that of `./a.png` is 55. */
function mediaIdOf(ref: string): string {
  const place = [...ref].reduce((sum, char, i) => sum + (i + 1) * (char.codePointAt(0) ?? 0), 0);
  return String(place - 2501);
}

export const noImages: Addresses = noAddresses;

const WORDS =
  "alpha Beta snake_case AT&T 3<5 a*b 1. # - + > | ~x~ `tick &amp; &copy; \u00a0 emoji😀 漢字、仮名 「引用」 שלום مرحبا é naïve 100% \\ [x] !bang <b> www.a.example me@a.example '\"quoted\"' -- ... $x_1$ {a} $ ^ = == :: http://a.example/_b_?c=1&d=2"
    .split(" ")
    .filter((word) => word !== "");

const word = fc.constantFrom(...WORDS);
const plainWord = fc.constantFrom("alpha", "beta", "gamma", "漢字", "naïve", "😀", "δέλτα");
const words = fc.array(word, { minLength: 1, maxLength: 6 }).map((list) => list.join(" "));

const inline: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: words },
  plainWord.map((text) => `*${text}*`),
  plainWord.map((text) => `**${text} b**`),
  plainWord.map((text) => `***${text}***`),
  plainWord.map((text) => `~~${text}~~`),
  fc.constantFrom("`code`", "`` a`b ``", "`<b> &amp; [x]`", "`*`"),
  plainWord.map((text) => `[${text}](https://a.example/x?a=1&b=2 "A title")`),
  plainWord.map((text) => `[**${text}** two](<./a b.html>)`),
  plainWord.map((text) => `[[alpha] [${text}] b](x)`),
  fc.constantFrom("![up](https://o.example/u/i.png)", "<cite>who</cite>", "<i>open", "</i>"),
  fc.constant("<https://auto.example/a_b?c=d&e=f>"),
  plainWord.map((text) => `![${text}](./img/a.png)`),
  fc.constantFrom(
    '<span class="x">span</span>',
    "<kbd>K</kbd>",
    "<br>",
    '<img src="./b.png" alt="b" width="3">',
    "<u>u</u>",
  ),
  fc.constantFrom(
    '[gallery ids="1,2"]',
    '[caption id="x_1_2"]cap[/caption]',
    "{loadposition x_y_z}",
    "[node:field_a_b:url]",
    "[my_short_code_]",
  ),
  fc.constantFrom("a\\\nb", "soft\nwrap", "two  \nspaces"),
);

const line = fc.array(inline, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(" "));
const shortLine = fc.oneof(plainWord, words, inline).map((text) => text.replaceAll("\n", " "));

const codeLine = fc.constantFrom(
  "let a = [1];",
  "",
  "  indented",
  "<!-- wp:paragraph -->",
  "<!-- /wp:paragraph -->",
  "-->",
  "<!-- raw -->",
  "[gallery]",
  "trailing  ",
  "``",
  "~~~",
  "\ttab",
  "<script></script>",
  "&amp;",
  "# no heading",
  "漢字",
);

const fence = fc
  .tuple(fc.constantFrom("", "js", "c++", "php {1,2}"), fc.array(codeLine, { maxLength: 6 }))
  .map(([info, lines]) => [`\`\`\`\`${info}`, ...lines, "````"].join("\n"));

const indented = fc
  .array(
    codeLine.filter((text) => text.trim() !== ""),
    { minLength: 1, maxLength: 3 },
  )
  .map((lines) => lines.map((text) => `    ${text}`).join("\n"));

const heading = fc
  .tuple(fc.integer({ min: 1, max: 6 }), shortLine)
  .map(([level, text]) => `${"#".repeat(level)} ${text}`);

const setext = plainWord.map((text) => `${text} heading\n=====`);

function indent(text: string, by: string): string {
  return text
    .split("\n")
    .map((row, i) => (i === 0 || row === "" ? row : by + row))
    .join("\n");
}

function list(item: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(
      fc.constantFrom("-", "*", "+", "1.", "3.", "1)"),
      fc.array(item, { minLength: 1, maxLength: 4 }),
      fc.constantFrom("\n", "\n\n"),
      fc.boolean(),
    )
    .map(([mark, items, between, tasks]) =>
      items
        .map((text, i) => {
          const own = /^\d/.test(mark) ? `${Number.parseInt(mark, 10) + i}${mark.at(-1)}` : mark;
          const box = tasks && i % 2 === 0 ? (i % 4 === 0 ? "[ ] " : "[x] ") : "";
          return `${own} ${box}${indent(text, " ".repeat(own.length + 1))}`;
        })
        .join(between),
    );
}

const flatList = list(shortLine);
const nestedList = list(
  fc.oneof(
    shortLine,
    fc.tuple(shortLine, flatList).map((parts) => parts.join("\n")),
  ),
);
const deepList = list(
  fc.oneof(
    shortLine,
    fc.tuple(shortLine, fc.oneof(flatList, fence, shortLine)).map((parts) => parts.join("\n\n")),
  ),
);

const table = fc.array(fc.tuple(shortLine, shortLine), { minLength: 1, maxLength: 4 }).map((rows) => {
  const cell = (text: string): string => text.replaceAll("|", "\\|");
  const [head, ...body] = rows.map(([a, b]) => `| ${cell(a)} | ${cell(b)} |`);
  return [body.length > 2 ? "| | |" : head, "|:--|:-:|", ...body].join("\n");
});

const rawHtml = fc.constantFrom(
  '<div class="x">\n<b>html</b>\n</div>',
  "<details>\n<summary>S</summary>\n\nInner *markdown*\n\n</details>",
  '<iframe src="https://v.example/1"></iframe>',
  "<!-- a comment -->",
  "<!--more-->",
  "<pre>\na\n\nb\n</pre>",
  "<table><tr><td>x</td></tr></table>",
  '<p align="center">\n<img src="./c.png">\n</p>',
  "<section><p>one</p><p>two</p></section>",
  '<p align="center">\n<img src="./d.png">\n',
  "<p>never closed",
);

const opaque = fc.constantFrom(
  '<!-- wp:vendor/thing {"a":"\\u002d\\u002d"} -->\n<div>\n\nx</div>\n<!-- /wp:vendor/thing -->',
  "<!-- wp:group -->\n<div><!-- wp:group -->\n<div></div>\n<!-- /wp:group -->\n\n\n</div>\n<!-- /wp:group -->",
  '<!-- wp:latest-posts {"postsToShow":3} /-->',
  "<!-- raw -->\nbare text\n\n  and more\n<!-- /raw -->",
);

const image = fc
  .tuple(plainWord, fc.constantFrom("", ' "Caption"'))
  .map(([alt, title]) => `![${alt}](./img/${encodeURIComponent(alt)}.png${title})`);

const simple = fc.oneof(
  { weight: 5, arbitrary: line },
  heading,
  setext,
  fence,
  indented,
  flatList,
  nestedList,
  deepList,
  table,
  image,
  fc.constantFrom("---", "***"),
  fc.constantFrom('[gallery ids="1,2"]', "https://video.example/watch?v=1"),
);

const cited = fc.constantFrom("<cite>Some *one*</cite>", "<cite>a</cite> b", "a <cite>b</cite>");

const quoted = fc.oneof({ weight: 8, arbitrary: simple }, cited);

const quote = fc.array(quoted, { minLength: 1, maxLength: 3 }).map((blocks) =>
  blocks
    .join("\n\n")
    .split("\n")
    .map((row) => (row === "" ? ">" : `> ${row}`))
    .join("\n"),
);

export const block = fc.oneof({ weight: 8, arbitrary: simple }, quote, rawHtml, opaque);

export const blocks = fc.array(block, { minLength: 1, maxLength: 8 });

const footnoted = fc
  .tuple(blocks, plainWord)
  .map(([list, text]) => [
    ...list,
    `Text with a note[^n] and [ref] too.`,
    `[ref]: https://ref.example "R"`,
    `[^n]: The ${text} *note*.`,
  ]);

/** Whole documents, some of them with footnotes and references. */
export const documents = fc
  .tuple(
    fc.oneof({ weight: 4, arbitrary: blocks }, footnoted),
    fc.constantFrom("\n\n", "\n\n\n"),
    fc.constantFrom("", "\n"),
  )
  .map(([list, between, end]) => list.join(between) + end);
