import { describe, expect, it } from "vitest";
import { losses, lossesWithLines } from "../../src/connectors/wordpress/losses.ts";
import { noAddresses } from "../../src/content/markdown/addresses.ts";
import { wordpressBlocks } from "../../src/content/markdown/format.ts";
import { KEPT, REMOVED } from "../fakes/wordpress-kses.ts";

const AUTHOR = ["read", "write", "publish", "upload"] as const;
const removed = (body: string) => losses({ body }, AUTHOR).map(({ message }) => message.split(":")[0]);

describe("what WordPress keeps of an Author's text", () => {
  it("is nothing to be told", () => {
    expect(KEPT.map((markup) => [markup, removed(markup)])).toEqual(KEPT.map((markup) => [markup, []]));
  });

  it("is told where it is less", () => {
    expect(REMOVED.map(([markup]) => [markup, removed(markup)])).toEqual(REMOVED);
  });

  it("is all of it for a role that may use any HTML", () => {
    for (const [body] of REMOVED) expect(losses({ body }, [...AUTHOR, "html"])).toEqual([]);
  });

  it("is less in titles than in excerpts", () => {
    const wire = { title: '<b>t</b> <u class="c">y</u>', excerpt: '<u class="c">y</u> <iframe></iframe>' };
    expect(losses(wire, AUTHOR).map(({ field, message }) => [field, message.split(":")[0]])).toEqual([
      ["title", "<u> is removed"],
      ["excerpt", "<iframe> is removed"],
    ]);
  });
});

describe("the line of a loss", () => {
  it("is that of the Markdown, not of a fence that shows the same", () => {
    const markdown = [
      "Text.",
      "",
      "```html",
      '<iframe src="x"></iframe>',
      "```",
      "",
      '<div class="a">',
      "<p>in</p>",
      '<iframe src="x"></iframe>',
      "</div>",
      "",
      "A [link](foo:bar) and",
      '<span onclick="x">more</span>.',
      "",
      '<iframe src="y"></iframe>',
    ].join("\n");
    const body = wordpressBlocks.encode(markdown, noAddresses);
    const found = lossesWithLines({ body }, AUTHOR, markdown, noAddresses);
    expect(found.map(({ line, message }) => [line, message.split(":")[0]])).toEqual([
      [9, "<iframe> is removed"],
      [15, "<iframe> is removed"],
      [12, "foo"],
      [13, "onclick of <span> is removed"],
    ]);
  });
});
