import { RicosDocumentExamples, validateRicosDocument } from "ricos-schema/next";
import { describe, expect, it, test } from "vitest";
import { bodyText, postBody } from "../../../src/connectors/wix/body.ts";
import { addressOf } from "../../../src/connectors/wix/images.ts";
import { type Addresses, noAddresses } from "../../../src/content/markdown/format.ts";

type Node = Readonly<Record<string, unknown>>;

const { decode, encode, encodeOnto, patch, same } = postBody;
const nodesOf = (stored: string) => (JSON.parse(stored) as { nodes: Node[] }).nodes;
const typesOf = (markdown: string) => nodesOf(encode(markdown, noAddresses)).map(({ type }) => type);
const isValid = (stored: string) => validateRicosDocument(JSON.parse(stored) as never).type === "ok";
const text = (words: string, ...decorations: object[]) => ({
  ...{ type: "TEXT", id: "", nodes: [], textData: { text: words, decorations } },
});
const paragraph = (id: string, ...nodes: object[]) => ({ type: "PARAGRAPH", id, nodes, paragraphData: {} });
const bodyOf = (...nodes: object[]) => JSON.stringify({ nodes, metadata: { version: 1, id: "m" } });

describe("the examples of Wix's own reference", () => {
  const examples = Object.entries(
    RicosDocumentExamples as unknown as Record<string, { readonly content: unknown }>,
  );

  it("are all there", () => {
    expect(examples.length).toBeGreaterThan(40);
  });

  test.each(examples)(
    "go back as the very bytes they were, and say the same in a new post: %s",
    (_name, { content }) => {
      const stored = bodyText(content);
      const markdown = decode(stored, noAddresses);
      expect(encodeOnto(markdown, stored, noAddresses)).toBe(stored);
      const anew = encode(markdown, noAddresses);
      expect(same(anew, stored)).toBe(true);
      expect(isValid(anew)).toBe(true);
      expect(decode(anew, noAddresses)).toBe(markdown);
    },
  );
});

describe("an edit", () => {
  const poll = { type: "POLL", id: "p1", pollData: { poll: { title: "Tea or <b>?" } } };
  const stored = bodyOf(
    ...[paragraph("a1", text("Before ", { type: "BOLD" }), text("it")), paragraph("blank"), poll],
    ...[
      { type: "HOLOGRAM", id: "h", nodes: [], deep: { er: [1, null, "\u2028"] } },
      paragraph("z9", text("After")),
    ],
  );

  it("of one paragraph changes that node alone, which keeps its id", () => {
    const markdown = decode(stored, noAddresses);
    const sent = nodesOf(encodeOnto(markdown.replace("After", "After *all*"), stored, noAddresses));
    expect(sent.slice(0, 4)).toEqual(nodesOf(stored).slice(0, 4));
    expect(sent[4]).toEqual(
      paragraph("z9", text("After "), text("all", { type: "ITALIC", italicData: true })),
    );
  });

  it("that brings a paragraph more leaves the bytes of all others, and what stands around them", () => {
    const markdown = decode(stored, noAddresses).replace("After", "New\n\nAfter");
    const sent = encodeOnto(markdown, stored, noAddresses);
    expect(sent).toBe(
      stored.replace(
        ',{"type":"PARAGRAPH","id":"z9"',
        `,${JSON.stringify(paragraph("", text("New")))},{"type":"PARAGRAPH","id":"z9"`,
      ),
    );
  });

  it("at Wix changes those lines of the file alone", () => {
    const local = `*Before*   two\n\n${decode(stored, noAddresses).split("\n\n").slice(1).join("\n\n")}`;
    const mine = encodeOnto(local, stored, noAddresses);
    const theirs = mine.replace("After", "Afterwards");
    expect(patch(local, theirs, noAddresses)).toBe(local.replace("After", "Afterwards"));
  });
});

describe("what becomes of a document", () => {
  test.each([
    ["# One\n\n###### Six", ["HEADING", "HEADING"]],
    ["- a\n  1. b\n\n     c\n- [x] d", ["BULLETED_LIST"]],
    ["> a\n>\n> b", ["BLOCKQUOTE", "BLOCKQUOTE"]],
    ["| a |\n|---|\n| b |", ["TABLE"]],
    ["---", ["DIVIDER"]],
    ['![a](https://a.example/b.png "Words")', ["IMAGE"]],
    ["![a](https://a.example/1.png)\n![b](https://a.example/2.png)", ["GALLERY"]],
    ["https://www.youtube.com/watch?v=abc", ["VIDEO"]],
    ["`a` ==b== <mark>c</mark> <u>d</u> **e** *f*\\\ng", ["PARAGRAPH"]],
    ["<form><input></form>", ["HTML"]],
    ["~~a~~ H<sub>2</sub>O", ["HTML"]],
    ['[a](https://a.example "title")', ["HTML"]],
    ["a ![b](https://a.example/b.png) c", ["HTML"]],
    ["- a\n\n  ```js\n  b\n  ```", ["HTML"]],
  ])("%j", (markdown, types) => {
    expect(typesOf(markdown)).toEqual(types);
    const stored = encode(markdown, noAddresses);
    expect(isValid(stored)).toBe(true);
    expect(same(encode(decode(stored, noAddresses), noAddresses), stored)).toBe(true);
  });

  it("keeps the language of code, and what else stands behind the fence", () => {
    const markdown = '```c++ title="a b" {1,3}\nint a;\n```\n\n```js\n\n[x]\n```\n\n```\nplain\n```\n';
    const stored = encode(markdown, noAddresses);
    expect(decode(stored, noAddresses)).toBe(markdown);
    expect(isValid(stored)).toBe(true);
    const ids = nodesOf(stored).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("is no other where the site knows no languages of code, and is where it knows another", () => {
    const [js, ts] = ["js", "ts"].map((name) => encode(`\`\`\`${name}\na\n\`\`\``, noAddresses));
    const renamed = (js ?? "").replace(/"id":"code[^"]*"/, '"id":"k3x9"');
    expect(same(js ?? "", renamed)).toBe(true);
    expect(same(js ?? "", ts ?? "")).toBe(false);
    expect(same(js ?? "", renamed.replace('"a"', '"b"'))).toBe(false);
  });

  it("shows files of the Media Manager by their ids, and has them back under their names", () => {
    const src = addressOf("ab12_cd.jpg");
    const addresses: Addresses = {
      ...noAddresses,
      toSite: (ref) => (ref === "./a.jpg" ? { src } : undefined),
      toLocal: (address) => (address === src ? "./a.jpg" : undefined),
    };
    const markdown = '[![A & b](./a.jpg "Caption")](https://a.example/)\n';
    const stored = encode(markdown, addresses);
    expect(nodesOf(stored)[0]).toMatchObject({
      type: "IMAGE",
      imageData: { image: { src: { id: "ab12_cd.jpg" } }, altText: "A & b", caption: "Caption" },
    });
    expect(decode(stored, addresses)).toBe(markdown);
  });

  it("is no other where the site fills in what it takes for granted", () => {
    const markdown =
      "a [b](https://a.example)\n\n# c\n\n![d](https://a.example/d.png)\n\n![e](https://a.example/1.png)\n![f](https://a.example/2.png)\n\n| g |\n|---|\n| h |\n\n<form></form>\n\n1. i\n";
    const sent = encode(markdown, noAddresses);
    const filled = sent
      .replaceAll(
        '"paragraphData":{}',
        '"paragraphData":{"textStyle":{"textAlignment":"AUTO","lineHeight":null},"indentation":0}',
      )
      .replaceAll(
        '"tableCellData":{}',
        '"tableCellData":{"cellStyle":{"verticalAlignment":"TOP"},"borderColors":{"left":null}}',
      )
      .replaceAll(
        '"width":{"size":"CONTENT"}',
        '"width":{"size":"CONTENT","custom":null},"spoiler":{"enabled":false,"description":""}',
      )
      .replace(
        '"layout":{"type":"GRID"}',
        '"layout":{"type":"GRID","orientation":"COLUMNS","numberOfColumns":3},"item":{"crop":"FILL","ratio":1}',
      )
      .replace('"altText":"d"', '"altText":"d","link":{"target":"SELF","url":null},"disableExpand":false')
      .replace('"target":"SELF"}', '"target":"SELF","rel":{"nofollow":false},"anchor":""}')
      .replace('"orderedListData":{', '"orderedListData":{"offset":0,"start":1,')
      .replace(',"source":"HTML"', ',"source":"HTML","autoHeight":true')
      .replaceAll('"id":""', '"id":"k7"')
      .replaceAll('"nodes":[],', "");
    expect(filled).not.toBe(sent);
    expect(same(sent, filled)).toBe(true);
    expect(patch(markdown, filled, noAddresses)).toBe(markdown);
    expect(same(sent, filled.replace('"numberOfColumns":3', '"numberOfColumns":2'))).toBe(false);
  });

  it("says the same as an HTML element with that very markup", () => {
    const html = '<p>a <strong>b</strong> <a href="https://a.example">c</a></p>';
    const element = bodyOf({ type: "HTML", id: "h", htmlData: { html, source: "HTML" } });
    expect(same(encode("a **b** [c](https://a.example)", noAddresses), element)).toBe(true);
    expect(same(encode("a **b** c", noAddresses), element)).toBe(false);
  });

  it("stays raw where the editor says more than Markdown can", () => {
    const centred = {
      ...paragraph("c", text("Centred")),
      paragraphData: { textStyle: { textAlignment: "CENTER" } },
    };
    const struck = paragraph("s", text("gone", { type: "STRIKETHROUGH", strikethroughData: true }));
    const stored = bodyOf(centred, struck);
    const markdown = decode(stored, noAddresses);
    expect(markdown).toBe(
      `<!-- raw -->\n${JSON.stringify(centred)}\n<!-- /raw -->\n\n<!-- raw -->\n${JSON.stringify(struck)}\n<!-- /raw -->\n`,
    );
    expect(nodesOf(encode(markdown, noAddresses))).toEqual([centred, struck]);
  });

  it("is refused with its line where it is more than Wix takes", () => {
    const markdown = `Short.\n\n\`\`\`\n${"a".repeat(210_000)}\n\`\`\`\n\n\`\`\`\n${"é".repeat(110_000)}\n\`\`\`\n`;
    expect(() => encode(markdown, noAddresses)).toThrow(/body: line 7 .*400 kB/);
    expect(() => encodeOnto(markdown, bodyOf(), noAddresses)).toThrow(/400 kB/);
  });

  it("is read from the site whatever its size", () => {
    const stored = bodyOf({
      type: "CODE_BLOCK",
      id: "",
      nodes: [text("x".repeat(500_000))],
      codeBlockData: {},
    });
    expect(encodeOnto(decode(stored, noAddresses), stored, noAddresses)).toBe(stored);
  });
});
