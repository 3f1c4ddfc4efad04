import { describe, expect, it } from "vitest";
import { pageLines } from "../../src/report/page.ts";

const shown = (markdown: string, columns = 40, section?: string) =>
  pageLines(markdown, { columns, colour: false }, section)?.join("\n");

describe("a page of Markdown on a terminal", () => {
  it("is wrapped, with emphasis, code and links as their words", () => {
    expect(shown("# The *page*\n\nSome **bold** `code` and\n[a link](other.md#part) that goes on.")).toBe(
      "The page\n\nSome bold code and a link that goes on.",
    );
    expect(shown("one two three four five six", 13)).toBe("one two three\nfour five six");
  });

  it("keeps code as it is, indented", () => {
    expect(shown("Before:\n\n```sh\nfirst   # a\n\n  second\n```\n\nAfter.")).toBe(
      "Before:\n\n    first   # a\n\n      second\n\nAfter.",
    );
  });

  it("hangs items of lists below their marks, nested ones further in", () => {
    expect(shown("Text\n\n- one two three\n- four\n  - five\n\n1. six\n2. seven\n\nEnd", 9)).toBe(
      "Text\n\n- one two\n  three\n- four\n  - five\n\n1. six\n2. seven\n\nEnd",
    );
  });

  it("sets tables in columns, the last one wrapped, below the others where there is no room", () => {
    const table = "| name | what it is |\n| --- | --- |\n| `a` | some long words about it |\n| bcd | x |";
    expect(shown(table, 31)).toBe("name  what it is\na     some long words about it\nbcd   x");
    expect(shown(table.replace("some", "some quite"), 31)).toContain(
      "a     some quite long words\n      about it\n",
    );
    expect(shown(table, 24)).toBe("name\n    what it is\na\n    some long words\n    about it\nbcd\n    x");
  });

  it("can be one section with those below it; none of that name is told", () => {
    const page = "# Page\n\n## First\n\nA\n\n### Below\n\nB\n\n## Second\n\nC";
    expect(shown(page, 40, "First")).toBe("First\n\nA\n\nBelow\n\nB");
    expect(shown(page, 40, "Second")).toBe("Second\n\nC");
    expect(shown(page, 40, "Third")).toBeUndefined();
  });
});
