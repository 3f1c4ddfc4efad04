import { tests } from "commonmark-spec";
import { describe, expect, it } from "vitest";
import { html, wordpressBlocks } from "../../../src/content/markdown/format.ts";
import { noImages } from "./documents.ts";
import { GFM } from "./gfm-examples.ts";
import { factsOfHtml, factsOfMarkdown, missing } from "./reading.ts";

/** The specification writes tabs as arrows. */
const COMMONMARK = tests.map((test) => ({
  ...test,
  markdown: test.markdown.replaceAll("→", "\t"),
  html: test.html.replaceAll("→", "\t"),
}));

const FORMATS = [
  ["wordpressBlocks", wordpressBlocks],
  ["html", html],
] as const;

describe.each(FORMATS)("the examples of CommonMark, %s", (_name, format) => {
  it("go up and come down without a loss", () => {
    expect(COMMONMARK.length).toBeGreaterThan(600);
    for (const { markdown, number } of COMMONMARK)
      expect(faults(markdown, format), `example ${number}`).toEqual([]);
  });

  it("hold what the specification says they show", () => {
    for (const { markdown, html: shown, number } of COMMONMARK) {
      // What stands behind a fence's language has no place in the specification's HTML.
      const stored = format.encode(markdown, noImages).replace(/ meta-[^" ]+/g, "");
      const wanted = factsOfHtml(shown);
      expect(missing(visible(wanted), visible(factsOfHtml(stored))), `example ${number}`).toEqual([]);
    }
  });
});

describe.each(FORMATS)("the extensions of GitHub's Markdown, %s", (_name, format) => {
  it.each(GFM)("%s: goes up and comes down without a loss", (_example, markdown, shown) => {
    expect(faults(markdown, format)).toEqual([]);
    const stored = format.encode(markdown, noImages);
    for (const piece of shown) expect(squeezed(stored)).toContain(piece);
  });
});

/** HTML with bare text is the classic editor's: its line ends are shown as breaks, and Markdown says so. */
const LINE_BREAK = "tag br ";

/** What is lost or gained there and back, and what does not come to rest. */
function faults(markdown: string, format: (typeof FORMATS)[number][1]): string[] {
  const stored = format.encode(markdown, noImages);
  const back = format.decode(stored, noImages);
  const again = format.encode(back, noImages);
  const [written, kept, read] = [factsOfMarkdown(markdown), factsOfHtml(stored), factsOfMarkdown(back)];
  return [
    ...missing(written, kept).map((fact) => `lost up: ${fact}`),
    ...missing(kept, written).map((fact) => `gained up: ${fact}`),
    ...missing(kept, read).map((fact) => `lost down: ${fact}`),
    ...missing(read, kept)
      .filter((fact) => fact !== LINE_BREAK)
      .map((fact) => `gained down: ${fact}`),
    ...(format.same(again, stored) ? [] : [`says something else: ${again}`]),
    ...(format.decode(again, noImages) === back ? [] : ["does not come to rest"]),
  ];
}

/** What a reader sees and follows; addresses with and without percent signs are one. */
function visible(facts: readonly string[]): string[] {
  return facts
    .filter((fact) => /^(?:word|link|image|code|cell) /.test(fact))
    .map((fact) => (fact.startsWith("link ") ? percentDecoded(fact) : fact.replace(/\n+$/, "")));
}

function percentDecoded(address: string): string {
  try {
    return decodeURIComponent(address);
  } catch {
    return address;
  }
}

function squeezed(stored: string): string {
  return stored
    .replace(/<!-- \/?wp:[^>]*-->\n?/g, "")
    .replace(/ class="[^"]*"/g, "")
    .replaceAll("/>", ">");
}
