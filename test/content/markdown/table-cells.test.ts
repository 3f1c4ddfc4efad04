import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { html, noAddresses } from "../../../src/content/markdown/format.ts";
import { linesWithDroppedCells } from "../../../src/content/markdown/table-cells.ts";

const HEAD = "| a | b |\n| - | - |\n";

describe("rows with more cells than their table's header", () => {
  it.each([
    ["one row of several", `Text.\n\n${HEAD}| 1 | 2 |\n| 1 | 2 | 3 |\n| 1 |\n`, [6]],
    ["rows without marks at their ends", "a | b\n-- | --\n1 | 2 | 3\n1 | 2\n", [3]],
    ["a first cell that is empty", `${HEAD}| | 2 | 3 |\n`, [3]],
    ["a row without an end mark", `${HEAD}| 1 | 2 | 3\n`, [3]],
    ["a bar in code, which separates all the same", `${HEAD}| 1 | \`x | y\` |\n`, [3]],
    ["a quote", "> | a | b |\n> | - | - |\n> | 1 | 2 |\n> | 1 | 2 | 3 |\n", [4]],
    ["a list in a quote", "> - | a | b |\n>   | - | - |\n>   | 1 | 2 | 3 |\n", [3]],
    ["a list", "1. Item\n\n   | a |\n   | - |\n   | 1 | 2 |\n", [5]],
    [
      "a footnote, which is gathered at the end",
      `[^n]: | a |\n    | - |\n    | 1 | 2 |\n\nWord[^n]\n\n${HEAD}| 1 | 2 | 3 |\n`,
      [3, 9],
    ],
    ["two tables", `${HEAD}| 1 | 2 | 3 |\n\n| a | b | c |\n| - | - | - |\n| 1 | 2 | 3 |\n`, [3]],
  ])("are found: %s", (_what, markdown, lines) => {
    expect(linesWithDroppedCells(markdown)).toEqual(lines);
  });

  it.each([
    ["no table at all", "Either | or | else\n"],
    ["escaped bars", `${HEAD}| 1 | 2 \\| 3 |\n| \\| | \`x \\| y\` |\n`],
    ["cells beyond that are empty", `${HEAD}| 1 | 2 | |\n| 1 | 2 ||  |\n`],
    ["fewer cells", `${HEAD}| 1 |\n`],
    ["a quote with as many", "> a | b\n> -- | --\n> 1 | 2\n"],
    ["fenced code", `\`\`\`\n${HEAD}| 1 | 2 | 3 |\n\`\`\`\n`],
    ["code by indentation", "    | a |\n    | - |\n    | 1 | 2 |\n"],
    ["raw markup", `<!-- raw -->\n${HEAD}| 1 | 2 | 3 |\n<!-- /raw -->\n`],
  ])("are not seen in %s", (_what, markdown) => {
    expect(linesWithDroppedCells(markdown)).toEqual([]);
  });

  it("are exactly those of which a cell is missing in what is stored", () => {
    const gap = fc.constantFrom("|", " | ", "\\|", "\\\\|", "`|", "|` ", "||");
    const row = fc.array(gap, { minLength: 1, maxLength: 5 });
    const prefix = fc.constantFrom("", "> ", "> > ", "   ");
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 4 }), prefix, (rows, before) => {
        const words = (line: number, count: number) =>
          Array.from({ length: count }, (_, cell) => `w${line}x${cell}y`);
        const texts = rows.map((gaps, line) =>
          words(line, gaps.length + 1).reduce((text, word, at) => text + (gaps[at - 1] ?? "") + word),
        );
        const markdown = ["a | b | c", "-- | -- | --", ...texts].map((line) => `${before}${line}\n`).join("");
        const stored = html.encode(markdown, noAddresses);
        const short = rows.flatMap((gaps, line) =>
          words(line, gaps.length + 1).every((word) => stored.includes(word)) ? [] : [line + 3],
        );
        expect(stored).toContain("<table>");
        expect(linesWithDroppedCells(markdown)).toEqual(short);
      }),
    );
  });
});
