import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Likeness, matchSimilar, similarity } from "../../src/sync/similar.ts";

const file = (path: string, body: string, over: Partial<Likeness> = {}): Likeness => ({
  path,
  group: "post",
  text: `---\ntitle: ${path}\nlayout: post\nauthor: Mira\n---\n\n${body}\n`,
  body,
  ...over,
});
const words = (from: number, count: number) =>
  Array.from({ length: count }, (_, n) => `Sentence number ${from + n} says something of its own.`).join(" ");

describe("how like two texts are", () => {
  it.each([
    ["the same text", "One. Two.\nThree.", "One. Two.\nThree.", 1],
    ["the same sentences elsewhere", "One. Two.\n\nThree.", "Three.\n\nTwo. One.", 1],
    ["other line ends and blank lines", "One.\n\n\nTwo.", "One.\nTwo.\n", 1],
    ["half of the characters", "Same words. 1234567890.", "Same words. 0987654321.", 0.5],
    ["the half that a longer text holds", "Same words.", "Same words. 0987654321.", 0.5],
    ["sentences of a script without spaces", "水を注ぐ。茶を飲む。", "水を注ぐ。酒を飲む。", 0.5],
    ["a line said twice and once", "Say it.\nSay it.", "Say it.\nNever.!", 0.5],
    ["nothing in common", "One.", "Two.", 0],
    ["fences and rules only", "---\n***\n", "---\n***\n", 0],
    ["nothing at all", "", "", 0],
  ])("%s", (_name, a, b, share) => {
    expect(similarity(a, b)).toBe(share);
    expect(similarity(b, a)).toBe(share);
  });

  it("is a share, the same from both sides, and 1 for a text and itself", () => {
    const text = fc.array(fc.constantFrom("One.", "Two!", "three", "\n", " ", "四。", "---"), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(text, text, (left, right) => {
        const [a, b] = [left.join(" "), right.join(" ")];
        const share = similarity(a, b);
        expect(share).toBe(similarity(b, a));
        expect(share >= 0 && share <= 1).toBe(true);
        if (/[\p{L}\p{N}]/u.test(a)) expect(similarity(a, a)).toBe(1);
      }),
    );
  });
});

describe("files that are gone and files that are new", () => {
  it("pairs each with the one that is like it", () => {
    const gone = [file("a.md", words(0, 10)), file("b.md", words(100, 10)), file("c.md", words(200, 10))];
    const fresh = [
      file("y.md", `${words(100, 6)} ${words(500, 4)}`),
      file("x.md", words(0, 8)),
      file("z.md", words(600, 10)),
    ];
    const { moved, undecided } = matchSimilar(gone, fresh);
    expect([...moved]).toEqual([
      ["x.md", "a.md"],
      ["y.md", "b.md"],
    ]);
    expect(undecided.size).toBe(0);
  });

  it("does not guess where two fit, on either side, and says which", () => {
    const gone = [file("a.md", words(0, 10)), file("b.md", words(100, 10)), file("c.md", words(100, 9))];
    const fresh = [file("x.md", words(0, 9)), file("y.md", words(0, 8)), file("z.md", words(100, 10))];
    const { moved, undecided } = matchSimilar(gone, fresh);
    expect(moved.size).toBe(0);
    expect(Object.fromEntries(undecided)).toEqual({
      "a.md": ["x.md", "y.md"],
      "x.md": ["a.md"],
      "y.md": ["a.md"],
      "b.md": ["z.md"],
      "c.md": ["z.md"],
      "z.md": ["b.md", "c.md"],
    });
  });

  it("takes front matter that all files share for no likeness, nor a text that only quotes another", () => {
    const front = `---\n${words(0, 20)}\n---\n`;
    const gone = [file("a.md", "Short.", { text: `${front}Short.` }), file("b.md", words(50, 4))];
    const fresh = [
      file("x.md", "Other.", { text: `${front}Other.` }),
      file("y.md", `${words(50, 4)} ${words(300, 20)}`),
    ];
    expect(matchSimilar(gone, fresh).moved.size).toBe(0);
  });

  it("compares only within a group", () => {
    const fresh = [file("x.md", words(0, 10), { group: "page" })];
    expect(matchSimilar([file("a.md", words(0, 10))], fresh)).toEqual({
      moved: new Map(),
      undecided: new Map(),
    });
  });
});
