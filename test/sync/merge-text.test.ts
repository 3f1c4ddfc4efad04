import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { blockStarts } from "../../src/content/markdown/blocks.ts";
import { type Chunk, compareText, mergedText, mergeText } from "../../src/sync/merge-text.ts";
import { openTriples, triples } from "./edited-texts.ts";

const RUNS = { numRuns: 400 };

/** What the chunks say that a side holds. */
function said(chunks: readonly Chunk[], side: "base" | "ours" | "theirs"): string {
  return chunks
    .map((chunk) => {
      if (chunk.type === "conflict") return chunk[side];
      return side !== "base" && (chunk.from === side || chunk.from === "both") ? chunk.text : chunk.base;
    })
    .join("");
}

function conflicts(chunks: readonly Chunk[]) {
  return chunks.filter((chunk) => chunk.type === "conflict");
}

function swapped(chunk: Chunk): Chunk {
  if (chunk.type === "conflict") return { ...chunk, ours: chunk.theirs, theirs: chunk.ours };
  const from = chunk.from === "ours" ? "theirs" : chunk.from === "theirs" ? "ours" : chunk.from;
  return { ...chunk, from };
}

describe("a merge of two edits of a text", () => {
  it("takes both where a line lies between them", () => {
    const chunks = mergeText("a\nb\nc\n", "A\nb\nc\n", "a\nb\nC\n");
    expect(chunks).toEqual([
      { type: "settled", from: "ours", text: "A\n", base: "a\n" },
      { type: "settled", from: "base", text: "b\n", base: "b\n" },
      { type: "settled", from: "theirs", text: "C\n", base: "c\n" },
    ]);
    expect(mergedText(chunks)).toBe("A\nb\nC\n");
  });

  it("takes once what both did", () => {
    expect(mergeText("a\nb\n", "a\nnew\nb\n", "a\nnew\nb\n")).toEqual([
      { type: "settled", from: "base", text: "a\n", base: "a\n" },
      { type: "settled", from: "both", text: "new\n", base: "" },
      { type: "settled", from: "base", text: "b\n", base: "b\n" },
    ]);
  });

  it("takes a removal and an edit elsewhere", () => {
    expect(mergedText(mergeText("a\nb\nc\nd\n", "a\nc\nd\n", "a\nb\nc\nD\n"))).toBe("a\nc\nD\n");
  });

  it("leaves in conflict only the lines that differ", () => {
    const chunks = mergeText("a\nb\nc\n", "a\nx\nmine\nc\n", "a\nx\nyours\nc\n");
    expect(chunks).toEqual([
      { type: "settled", from: "base", text: "a\n", base: "a\n" },
      { type: "settled", from: "both", text: "x\n", base: "" },
      { type: "conflict", base: "b\n", ours: "mine\n", theirs: "yours\n" },
      { type: "settled", from: "base", text: "c\n", base: "c\n" },
    ]);
    expect(mergedText(chunks)).toBeUndefined();
  });

  it("conflicts where one removed what the other edited", () => {
    expect(mergeText("a\nb\nc\n", "a\nc\n", "a\nB\nc\n")).toContainEqual({
      type: "conflict",
      base: "b\n",
      ours: "",
      theirs: "B\n",
    });
  });

  it("conflicts where both edited one line next to each other's", () => {
    expect(conflicts(mergeText("a\nb\n", "A\nb\n", "a\nB\n"))).toHaveLength(1);
  });

  it.each([
    ["", "", ""],
    ["a\n", "", "a\n"],
    ["", "a\n", ""],
    ["a\n", "a\n", "a\n"],
  ])("has no conflict where one side is as it was: %j, %j, %j", (base, ours, theirs) => {
    expect(mergedText(mergeText(base, ours, theirs))).toBe(ours === base ? theirs : ours);
  });

  it.each([
    ["Latin", "word"],
    ["Cyrillic", "слово"],
    ["Chinese", "詞"],
  ])("keeps two conflicts apart that have more than three lines in %s between them", (_script, word) => {
    const common = Array.from({ length: 4 }, () => `${word}\n`).join("");
    const chunks = mergeText("", `mine\n${common}mine\n`, `yours\n${common}yours\n`);
    expect(chunks.map((chunk) => chunk.type)).toEqual(["conflict", "settled", "conflict"]);
  });

  it("shows conflicts with only blank lines between them as one", () => {
    const chunks = mergeText("", "mine\n\n\n\n\nmine\n", "yours\n\n\n\n\nyours\n");
    expect(chunks.map((chunk) => chunk.type)).toEqual(["conflict"]);
  });

  it("says what base and both sides hold, and takes nothing else", () => {
    fc.assert(
      fc.property(triples, ({ base, ours, theirs }) => {
        for (const chunks of [mergeText(base, ours, theirs), mergeText(base, ours, theirs, blockStarts)]) {
          expect(said(chunks, "base")).toBe(base);
          expect(said(chunks, "ours")).toBe(ours);
          expect(said(chunks, "theirs")).toBe(theirs);
        }
      }),
      RUNS,
    );
  });

  it("comes to the same with the sides swapped", () => {
    fc.assert(
      fc.property(triples, ({ base, ours, theirs }) => {
        for (const blocks of [undefined, blockStarts]) {
          const chunks = mergeText(base, ours, theirs, blocks);
          const mirrored = mergeText(base, theirs, ours, blocks).map(swapped);
          expect(mergedText(mirrored)).toBe(mergedText(chunks));
          // A conflict is cut down to its differing lines by a diff, which may pair equal lines otherwise the other way.
          const decided = (chunk: Chunk) => chunk.type === "settled" && /ours|theirs/.test(chunk.from);
          if (conflicts(chunks).length === 0) expect(mirrored).toEqual(chunks);
          else expect(mirrored.filter(decided)).toEqual(chunks.filter(decided));
        }
      }),
      RUNS,
    );
  });

  it("comes to the same with the sides swapped where last lines lack their end", () => {
    fc.assert(
      fc.property(openTriples, ({ base, ours, theirs }) => {
        expect(mergedText(mergeText(base, theirs, ours))).toBe(mergedText(mergeText(base, ours, theirs)));
      }),
      RUNS,
    );
  });
});

describe("a missing end of the last line", () => {
  it("is no edit of that line", () => {
    expect(mergedText(mergeText("a\nb", "a\nb\n", "a\nB"))).toBe("a\nB\n");
    expect(mergedText(mergeText("a\nb\n", "a\nb", "a\nB\n"))).toBe("a\nB");
    expect(mergedText(mergeText("a\nb", "a\nb\n", "a\nb\n\nc\n"))).toBe("a\nb\n\nc\n");
  });

  it("does not keep a new last paragraph from an edit of the one before", () => {
    const merge = mergeText("a\n\nb", "a\n\nb\n\nc", "a\n\nB", blockStarts);
    expect(mergedText(merge)).toBe("a\n\nB\n\nc");
  });

  it("stays in the sides of a conflict", () => {
    expect(mergeText("a", "b", "c\n")).toEqual([{ type: "conflict", base: "a", ours: "b", theirs: "c\n" }]);
  });
});

describe("edits that touch", () => {
  const merged = (base: string, ours: string, theirs: string) => {
    const text = mergedText(mergeText(base, ours, theirs, blockStarts));
    expect(mergedText(mergeText(base, theirs, ours, blockStarts))).toBe(text);
    return text;
  };

  it.each([
    ["a heading and its paragraph", "# H\nText\n", "# Head\nText\n", "# H\nText!\n", "# Head\nText!\n"],
    ["a paragraph and a new one after it", "a\n", "A\n", "a\n\nb\n", "A\n\nb\n"],
    ["a paragraph and a new one before it", "a\n\nb\n", "a\n\nB\n", "a\n\nnew\n\nb\n", "a\n\nnew\n\nB\n"],
    ["a paragraph removed before an edited one", "a\n\nb\n\nc\n", "a\n\nc\n", "a\n\nb\n\nC\n", "a\n\nC\n"],
    ["three edits in a row", "# a\n# b\n# c\n", "# A\n# b\n# C\n", "# a\n# B\n# c\n", "# A\n# B\n# C\n"],
  ])("are both taken where they lie in different blocks: %s", (_what, base, ours, theirs, result) => {
    expect(merged(base, ours, theirs)).toBe(result);
    expect(mergedText(mergeText(base, ours, theirs))).toBeUndefined();
  });

  it.each([
    ["lines of one paragraph", "a\nb\n", "A\nb\n", "a\nB\n"],
    ["items of one list", "- a\n- b\n", "- A\n- b\n", "- a\n- B\n"],
    ["an item and a new one after it", "- a\n", "- A\n", "- a\n- b\n"],
    ["two new paragraphs at one place", "a\n", "a\n\nb\n", "a\n\nc\n"],
    ["a heading that became text, and the text below", "# H\nText\n", "H\nText\n", "# H\nText!\n"],
    ["a paragraph whose first line became a heading", "H\nText\n", "# H\nText\n", "H\nText!\n"],
    ["a paragraph whose lines both became headings", "a\nb\n", "# a\nb\n", "a\n# b\n"],
    ["two paragraphs that became one, and the second", "a\n\nb\n", "a\nb\n", "a\n\nB\n"],
    ["a fence that was opened, and a new paragraph after it", "a\n", "```\nA\n", "a\n\nb\n"],
    ["a paragraph that became a list item, and a new item after it", "a\n", "- a\n", "a\n\n- b\n"],
  ])("conflict in one block: %s", (_what, base, ours, theirs) => {
    expect(merged(base, ours, theirs)).toBeUndefined();
  });

  it("are settled apart from what stays in conflict", () => {
    const chunks = mergeText("# H\nText\n", "# Head\nmine\n", "# H\nyours\n", blockStarts);
    expect(chunks).toEqual([
      { type: "conflict", base: "# H\nText\n", ours: "# Head\nmine\n", theirs: "# H\nyours\n" },
    ]);
    const parted = mergeText("a\n# H\nText\n", "A\n# H\nmine\n", "a\n# Head\nyours\n", blockStarts);
    expect(parted).toEqual([
      { type: "settled", from: "ours", text: "A\n", base: "a\n" },
      { type: "conflict", base: "# H\nText\n", ours: "# H\nmine\n", theirs: "# Head\nyours\n" },
    ]);
  });
});

/** Documents whose blocks are each edited by one side at most, with new ones between them. */
const apart = fc
  .array(
    fc.record({
      block: fc.constantFrom("# b", "b", "b\nb b", "> b", "`b`"),
      blank: fc.boolean(),
      by: fc.constantFrom("ours", "theirs", "none"),
      what: fc.constantFrom("edit", "remove"),
      before: fc.constantFrom("ours", "theirs", "none", "none"),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((plan) => {
    const text = (side: "base" | "ours" | "theirs") =>
      plan
        .flatMap(({ block, blank, by, what, before }, at) => {
          const own = `${block.replaceAll("b", `b${at}`)}\n${blank || !block.startsWith("#") ? "\n" : ""}`;
          const kept = by !== side ? [own] : what === "edit" ? [own.replace("b", "edited")] : [];
          return before === side ? [`new${at}\n\n`, ...kept] : kept;
        })
        .join("");
    return { base: text("base"), ours: text("ours"), theirs: text("theirs") };
  });

describe("blocks that only one side touched", () => {
  const count = (text: string, line: string) => text.split("\n").filter((other) => other === line).length;

  it("come out of every merge as that side left them, none lost and none twice", () => {
    let finer = 0;
    fc.assert(
      fc.property(apart, ({ base, ours, theirs }) => {
        const chunks = mergeText(base, ours, theirs, blockStarts);
        const text = mergedText(chunks);
        if (text === undefined) return;
        if (mergedText(mergeText(base, ours, theirs)) === undefined) finer += 1;
        for (const line of new Set([...base.split("\n"), ...ours.split("\n"), ...theirs.split("\n")])) {
          if (line === "") continue;
          expect(count(text, line), line).toBe(count(ours, line) + count(theirs, line) - count(base, line));
        }
        const blocks = (of: string) => {
          const starts = [...blockStarts(of), of.length];
          return starts.slice(0, -1).map((start, at) => of.slice(start, starts[at + 1]).trim());
        };
        const old = blocks(base);
        const made = [...blocks(ours), ...blocks(theirs)].filter((block) => !old.includes(block));
        expect(blocks(text)).toEqual(expect.arrayContaining(made));
      }),
      { numRuns: 1000 },
    );
    expect(finer).toBeGreaterThan(100);
  });
});

describe("two texts without a base", () => {
  it("share what is settled and conflict over every difference", () => {
    expect(compareText("a\nb\nc\n", "a\nB\nc\nd\n")).toEqual([
      { type: "settled", from: "both", text: "a\n", base: "" },
      { type: "conflict", base: "", ours: "b\n", theirs: "B\n" },
      { type: "settled", from: "both", text: "c\n", base: "" },
      { type: "conflict", base: "", ours: "", theirs: "d\n" },
    ]);
    expect(mergedText(compareText("a\n", "a\n"))).toBe("a\n");
    expect(compareText("", "")).toEqual([]);
    expect(compareText("a\n", "")).toEqual([{ type: "conflict", base: "", ours: "a\n", theirs: "" }]);
  });

  it("are said in full, and swapped with the sides", () => {
    fc.assert(
      fc.property(openTriples, ({ ours, theirs }) => {
        const chunks = compareText(ours, theirs);
        expect(said(chunks, "ours")).toBe(ours);
        expect(said(chunks, "theirs")).toBe(theirs);
        expect(compareText(theirs, ours).map(swapped)).toEqual(chunks);
        expect(mergedText(chunks) === undefined).toBe(ours !== theirs);
      }),
      RUNS,
    );
  });
});
