import { describe, expect, test } from "vitest";
import { ghostBody } from "../../../src/connectors/ghost/lexical.ts";
import { noAddresses } from "../../../src/content/markdown/format.ts";

const text = (words: string, format = 0) => ({
  ...{ detail: 0, format, mode: "normal", style: "", text: words, type: "extended-text", version: 1 },
});
const paragraph = (...children: object[]) => ({
  ...{ children, direction: "ltr", format: "", indent: 0, type: "paragraph", version: 1 },
});
const bodyOf = (...children: object[]) =>
  JSON.stringify({ root: { children, direction: "ltr", format: "", indent: 0, type: "root", version: 1 } });
const childrenOf = (stored: string) =>
  (JSON.parse(stored) as { root: { children: Record<string, unknown>[] } }).root.children;

/** As Ghost's editor stores them. */
const CARDS: Readonly<Record<string, object>> = {
  bookmark: {
    ...{ type: "bookmark", version: 1, url: "https://a.example/", caption: "<b>c</b>" },
    metadata: { icon: "https://a.example/i.ico", title: "A <b>", description: "-->", author: null },
  },
  gallery: { type: "gallery", version: 1, images: [{ row: 0, src: "https://a.example/1.jpg" }], caption: "" },
  embed: {
    type: "embed",
    version: 1,
    url: "https://v.example/1",
    html: '<iframe src="https://v.example/1"></iframe>',
  },
  callout: { type: "callout", version: 1, calloutText: "<p>Mind <!-- /raw --></p>", calloutEmoji: "💡" },
  toggle: { type: "toggle", version: 1, heading: "<span>Q</span>", content: "<p>A</p>" },
  product: { type: "product", version: 1, productTitle: "Loaf", productImageSrc: "./not-a-file.png" },
  "a card of tomorrow": { type: "hologram", version: 7, deep: { er: [1, 2.5, null, "\u2028"] } },
  "aligned paragraph": { ...paragraph(text("Centred")), format: "center" },
  "wide image": {
    type: "image",
    version: 1,
    src: "https://a.example/w.png",
    alt: "",
    caption: "",
    cardWidth: "wide",
  },
  "card for members only": {
    type: "html",
    version: 1,
    html: "<p>x</p>",
    visibility: { web: { nonMember: false } },
  },
};

describe("a card", () => {
  test.each(Object.entries(CARDS))(
    "that Markdown has no words for survives edits around it: %s",
    (_name, card) => {
      const stored = bodyOf(paragraph(text("Before")), card, paragraph(), paragraph(text("After")));
      const markdown = ghostBody.decode(stored, noAddresses);
      expect(ghostBody.encodeOnto(markdown, stored, noAddresses)).toBe(stored);
      const edited = markdown.replace("Before", "Changed **one**").replace("After", "After\n\nMore");
      const sent = childrenOf(ghostBody.encodeOnto(edited, stored, noAddresses));
      expect(JSON.stringify(sent[1])).toBe(JSON.stringify(card));
      expect(JSON.stringify(sent[2])).toBe(JSON.stringify(paragraph()));
      expect(sent).toHaveLength(5);
      // In a new entry, too, e.g. on another site.
      const anew = childrenOf(ghostBody.encode(markdown, noAddresses));
      expect(anew.map((node) => JSON.stringify(node))).toContain(JSON.stringify(card));
    },
  );

  test("moves with its text, and goes when its text goes", () => {
    const stored = bodyOf(paragraph(text("One")), CARDS.bookmark ?? {}, paragraph(text("Two")));
    const [one = "", card = "", two = ""] = ghostBody
      .decode(stored, noAddresses)
      .trim()
      .split(/\n\n(?=<!--|Two)/);
    const moved = ghostBody.encodeOnto(`${card}\n\n${one}\n\n${two}\n`, stored, noAddresses);
    expect(childrenOf(moved).map(({ type }) => type)).toEqual(["bookmark", "paragraph", "paragraph"]);
    expect(childrenOf(ghostBody.encodeOnto(`${one}\n\n${two}\n`, stored, noAddresses))).toHaveLength(2);
  });
});

describe("Markdown", () => {
  const DOCUMENT = `## Head *em*

Para with **bold**, *it*, ~~gone~~, \`code\`, <u>under</u> and [link](https://x.example/ "T").\\
Next line.

- one
- two
  1. a
  2. b
- three

> quote

\`\`\`js
let a = "<b>";
\`\`\`

---

![Alt](https://x.example/a.png "Caption & more")

| a | b |
| - | - |
| 1 | 2 |

<div class="x">kept as it is</div>

<!--members-only-->

> two
>
> paragraphs

text with ![inline](https://x.example/i.png) image
`;

  test("becomes what the editor itself would store, and HTML cards for the rest", () => {
    const types = childrenOf(ghostBody.encode(DOCUMENT, noAddresses)).map(({ type }) => type);
    expect(types).toEqual([
      ...["extended-heading", "paragraph", "list", "extended-quote", "codeblock", "horizontalrule", "image"],
      ...["html", "html", "paywall", "html", "html"],
    ]);
  });

  test("comes back byte for byte", () => {
    expect(ghostBody.decode(ghostBody.encode(DOCUMENT, noAddresses), noAddresses)).toBe(DOCUMENT);
  });

  test("of nothing is one empty paragraph's worth", () => {
    expect(ghostBody.same(ghostBody.encode("", noAddresses), bodyOf(paragraph()))).toBe(true);
  });
});

describe("the same text", () => {
  const plain = bodyOf(paragraph(text("Bread "), text("and", 1), text(" salt")));
  test("in other pieces, with another direction and spaces at its ends, is no change", () => {
    const other = bodyOf({
      ...paragraph(text("Bread"), text(" "), text("a", 1), text("nd", 1), text(" salt  ")),
      direction: null,
    });
    expect(ghostBody.same(plain, other)).toBe(true);
  });
  test.each([
    ["another word", bodyOf(paragraph(text("Bread "), text("or", 1), text(" salt")))],
    ["other emphasis", bodyOf(paragraph(text("Bread "), text("and", 2), text(" salt")))],
    [
      "a heading",
      bodyOf({
        ...paragraph(text("Bread "), text("and", 1), text(" salt")),
        type: "extended-heading",
        tag: "h2",
      }),
    ],
    ["a card more", bodyOf(paragraph(text("Bread "), text("and", 1), text(" salt")), CARDS.toggle ?? {})],
  ])("is told from %s", (_name, other) => {
    expect(ghostBody.same(plain, other)).toBe(false);
  });
});
