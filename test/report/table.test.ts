import { describe, expect, it } from "vitest";
import { tableLines } from "../../src/report/table.ts";
import { clip, displayWidth, pad } from "../../src/report/width.ts";

const HEAD = ["name", "platform", "address"];
const ROWS = [
  ["wp", "wordpress", "https://example.org/with/a/path/so/long/that/it/does/not/fit"],
  ["日本語", "local", "/srv/site"],
];

describe("tables", () => {
  it("are aligned and no wider than the terminal", () => {
    const lines = tableLines(HEAD, ROWS, { terminal: true, colour: false, columns: 50 });
    expect(lines).toEqual([
      "name    platform   address",
      "wp      wordpress  https://example.org/with/a/pat…",
      "日本語  local      /srv/site",
    ]);
    for (const columns of [40, 60, 80, 200]) {
      for (const line of tableLines(HEAD, ROWS, { terminal: true, colour: false, columns })) {
        expect(displayWidth(line)).toBeLessThanOrEqual(columns);
      }
    }
  });

  it("are cards, one cell a line, where columns would be too narrow to read", () => {
    const lines = tableLines([...HEAD, "when"], [["wp", "wordpress", "", "today"]], {
      terminal: true,
      colour: false,
      columns: 29,
    });
    expect(lines).toEqual(["wp", "  platform  wordpress", "  when      today"]);
  });

  it("are tab-separated in a pipe and beyond 500 rows, whole and without head", () => {
    expect(tableLines(HEAD, ROWS, { terminal: false, colour: false, columns: 20 })).toEqual(
      ROWS.map((row) => row.join("\t")),
    );
    const many = Array.from({ length: 501 }, (_, index) => [`${index}`]);
    expect(tableLines(["n"], many, { terminal: true, colour: true, columns: 80 })).toHaveLength(501);
  });

  it("have coloured heads and harmless cells", () => {
    const lines = tableLines(["n"], [["a\u001b[2J\tb"]], { terminal: true, colour: true, columns: 80 });
    expect(lines).toEqual(["\u001b[1mn\u001b[22m", "a b"]);
  });
});

describe("display width", () => {
  it.each([
    ["abc", 3],
    ["日本", 4],
    ["한국", 4],
    ["e\u0301", 1],
    ["👩‍👩‍👧‍👦", 2],
    ["❤️", 2],
    ["é…→", 3],
    ["\u200b", 0],
  ])("of %s is %i", (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });

  it("is what texts are cut and filled up to", () => {
    expect(clip("日本語テキスト", 7)).toBe("日本語…");
    expect(clip("short", 7)).toBe("short");
    expect(pad("日本", 6)).toBe("日本  ");
  });
});
