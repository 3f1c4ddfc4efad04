import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { noImages, siteImages } from "./documents.ts";
import { jsonNodes } from "./json-nodes.ts";

const { decode, encode, encodeOnto, patch, same } = jsonNodes;

const VIDEO = '{"type":"VIDEO","data":{"src":"v.mp4","autoplay":true}}';

const word = fc.constantFrom(
  "alpha",
  "*beta*",
  "`c`",
  "**d** e",
  "[f](https://g.example)",
  "漢字",
  "![i](./i.png)",
  "a&b",
);
const line = fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join(" "));
const block = fc.oneof(
  line,
  line.map((text) => `## ${text}`),
  fc.constant(`<!-- raw -->\n${VIDEO}\n<!-- /raw -->`),
);
const blocks = fc.array(block, { minLength: 1, maxLength: 6 });

describe("a body of JSON nodes", () => {
  it("is Markdown for the nodes that have words, and raw for the others", () => {
    const stored = `{"nodes":[{"type":"HEADING","level":2,"text":"T"},{"type":"PARAGRAPH","text":"a <em>b</em>"},${VIDEO}],"version":3}`;
    const markdown = `## T\n\na *b*\n\n<!-- raw -->\n${VIDEO}\n<!-- /raw -->\n`;
    expect(decode(stored, noImages)).toBe(markdown);
    expect(encodeOnto(markdown, stored, noImages)).toBe(stored);
    expect(encodeOnto(markdown.replace("*b*", "*c*"), stored, noImages)).toBe(stored.replace(">b<", ">c<"));
    expect(encode(markdown, noImages)).toBe(stored.replace(',"version":3', ""));
  });

  it("is empty for an empty document", () => {
    expect(encode("", noImages)).toBe('{"nodes":[]}');
    expect(decode('{"nodes":[]}', noImages)).toBe("");
  });

  it("obeys the laws of the other formats", () => {
    fc.assert(
      fc.property(blocks, blocks, (mine, theirs) => {
        const [local, remote] = [mine.join("\n\n"), theirs.join("\n\n")];
        const stored = encode(remote, siteImages);
        const decoded = decode(stored, siteImages);
        expect(same(encode(decoded, siteImages), stored)).toBe(true);
        expect(patch(remote, stored, siteImages)).toBe(remote);
        expect(encodeOnto(remote, stored, siteImages)).toBe(stored);
        const patched = patch(local, stored, siteImages);
        expect(same(encodeOnto(patched, stored, siteImages), stored)).toBe(true);
        const pushed = encodeOnto(local, stored, siteImages);
        expect(patch(local, pushed, siteImages)).toBe(local);
      }),
      { numRuns: Number(process.env.BODY_RUNS ?? 80) },
    );
  });

  it("changes by one node where one block changed, on either side", () => {
    fc.assert(
      fc.property(blocks, fc.nat(), (list, seed) => {
        const at = seed % list.length;
        const text = list.map((one, i) => `${one}\n\nAnchor ${i}.`).join("\n\n");
        const changed = text.replace(`Anchor ${at}.`, `Anchor ${at} *moved*.`);
        const stored = encode(text, siteImages);
        const pushed = encodeOnto(changed, stored, siteImages);
        expect(pushed).toBe(stored.replace(`Anchor ${at}.`, `Anchor ${at} <em>moved</em>.`));
        expect(patch(text, pushed, siteImages)).toBe(changed);
      }),
      { numRuns: Number(process.env.BODY_RUNS ?? 80) },
    );
  });
});
