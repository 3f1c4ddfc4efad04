import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { renderDiff } from "../../src/report/diff.ts";

const PLAIN = { colour: false, columns: 80 };

describe("differences", () => {
  it("mark the words that changed", () => {
    const before = "# Title\n\nThe quick brown fox jumps.\n\nThe end.\n";
    const after = "# Title\n\nThe quick red fox jumps high.\n\nThe end.\n";
    expect(renderDiff(before, after, PLAIN)).toEqual([
      "@@ -1,5 +1,5 @@",
      "  # Title",
      "  ",
      "~ The quick [-brown-]{+red+} fox jumps{+ high+}.",
      "  ",
      "  The end.",
    ]);
    expect(renderDiff("a b\n", "a c\n", { ...PLAIN, colour: true })[1]).toContain(
      "\u001b[31m[-b-]\u001b[39m",
    );
  });

  it("mark the words of a paragraph that one side has on one line and the other on several", () => {
    const file = "The street belongs to the foxes.\nIt is quiet, and the oven\nis warm.\n";
    const site = "The street belongs to the gulls. It is quiet, and the oven is warm.\n";
    const marked = "~ The street belongs to the [-foxes-]{+gulls+}. It is quiet, and the oven is warm.";
    expect(renderDiff(file, site, PLAIN).slice(1)).toEqual([marked]);
    expect(renderDiff("- a long item\n", "- a long item\n- a long item too\n", PLAIN)).toContain(
      "+ - a long item too",
    );
    expect(renderDiff("title: a title\n", "title: a title!\nmore: a title\n", PLAIN)).toContain(
      "+ more: a title",
    );
  });

  it("show lines that were replaced one after the other", () => {
    expect(renderDiff("one\n", "something else\nand more\n", PLAIN)).toEqual([
      "@@ -1,1 +1,2 @@",
      "- one",
      "+ something else",
      "+ and more",
    ]);
  });

  it("leave out unchanged words of a long paragraph, keeping those beside the change", () => {
    const words = Array.from({ length: 300 }, (_, index) => `word${index}`);
    const before = words.join(" ");
    words[150] = "CHANGED";
    const line = renderDiff(before, words.join(" "), PLAIN)[1] ?? "";
    expect(line).toContain("word149 [-word150-]{+CHANGED+} word151");
    expect(line.length).toBeLessThan(160);
  });

  it("pass no control characters on", () => {
    const lines = renderDiff("a\n", "a \u001b[2J\u009b31m b\n", PLAIN).join("");
    expect(lines).not.toContain("\u001b");
    expect(lines).not.toContain("\u009b");
  });

  it("are empty for equal texts and never empty for others", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (before, after) => {
        expect(renderDiff(before, after, PLAIN).length > 0).toBe(before !== after);
      }),
    );
  });

  it("take bounded time for long texts without anything in common", () => {
    const text = (seed: number): string =>
      Array.from(
        { length: 4000 },
        (_, index) => `${(index * 7919 * seed) % 10007} lorem ${(index * seed) % 9973}`,
      ).join("\n");
    const started = performance.now();
    expect(renderDiff(text(3), text(5), PLAIN).length).toBeGreaterThan(4000);
    const paragraph = renderDiff(text(3).replaceAll("\n", " "), text(5).replaceAll("\n", " "), PLAIN);
    expect(paragraph.length).toBeGreaterThan(1);
    expect(performance.now() - started).toBeLessThan(8000);
  });
});
