import { describe, expect, it } from "vitest";
import type { Connector, Term } from "../../src/connectors/contract.ts";
import { termIndex } from "../../src/connectors/term-index.ts";
import { termFold } from "../../src/connectors/wordpress/names.ts";
import { splitTermPath } from "../../src/content/term-path.ts";
import { type KnownTerm, termStock } from "../../src/engine/term-stock.ts";

const term = (id: string, path: string, slug = ""): Term => {
  const names = splitTermPath(path);
  return { id, taxonomy: "tags", name: names.at(-1) ?? "", slug, path: names };
};

function stockOf(terms: readonly Term[], known: readonly KnownTerm[] = []) {
  const connector = { terms: { list: async () => terms, create: () => Promise.reject(), fold: termFold } };
  return termStock(connector as unknown as Connector, known);
}

async function found(terms: readonly Term[], word: string): Promise<string | undefined> {
  const stock = stockOf(terms);
  await stock.load(["tags"]);
  try {
    return stock.find("tags", splitTermPath(word))?.id;
  } catch (thrown) {
    return (thrown as Error).message;
  }
}

/** What WordPress 6.1 on MariaDB takes for one name where it looks for a term (get_terms, `name`), and what not. */
const SAME = [
  ["News", "  nEWS "],
  ["Café", "Cafe"],
  ["Cafe\u0301", "Café"],
  ["Straße", "STRASSE"],
  ["Łódź", "lodz"],
  ["Øre", "Ore"],
  ["Æon", "Aeon"],
  ["İstanbul", "istanbul"],
  ["Ёлка", "Елка"],
  ["Σας", "ΣΑΣ"],
  ["Привет", "привет"],
  ["R & D", "r &amp; d"],
  ["A\u00a0B", "A B"],
  ["ＡＢ", "AB"],
  ["Zero\u200bW", "ZeroW"],
] as const;
const OTHER = [
  ["мой", "мои"],
  ["की", "का"],
  ["C++", "C"],
  ["C++", "c"],
  ["q!", "q"],
  ["ハハ", "パパ"],
] as const;

describe("a word for a term", () => {
  it.each(SAME)("%s is found by %s", async (name, word) => {
    expect(await found([term("1", name, "x-y")], word)).toBe("1");
  });

  it.each(OTHER)("%s is not what %s means", async (name, word) => {
    expect(await found([term("1", name, "c")], word)).toBeUndefined();
  });

  it("means what it says to the letter before what it says in other case or without accents", async () => {
    const terms = [term("1", "Cafe", "a-1"), term("2", "Café", "a-2"), term("3", "café", "a-3")];
    expect(
      await Promise.all(["Cafe", "Café", "café", "CAFE", "a-2"].map((word) => found(terms, word))),
    ).toEqual(["1", "2", "3", "1", "2"]);
    expect(await found(terms, "CAFÉ")).toMatch(/^"CAFÉ" is 2 terms .* Café, café$/);
  });

  it("names a slug only where the slug says all that the name does", async () => {
    const terms = [term("1", "C++", "c"), term("2", "R & D", "r-d"), term("3", "Company News", "news")];
    expect(await Promise.all(["c", "r-d", "news", "C++"].map((word) => found(terms, word)))).toEqual([
      undefined,
      "2",
      "3",
      "1",
    ]);
  });
});

describe("the names that codecs get", () => {
  it("mean each term and no other, in both directions, whatever documents called them", async () => {
    const terms = [
      term("5", "Felines", "felines"),
      term("9", "Cats", "cats-musical"),
      term("1", "News", "news"),
      term("2", "News", "news-2"),
    ];
    const stock = stockOf(terms, [{ taxonomy: "tags", id: "5", name: "Cats" }]);
    await stock.load(["tags"]);
    for (const [word, id] of [
      ["cats", "5"],
      ["Cats", "5"],
      ["felines", "5"],
      ["news-2", "2"],
    ] as const) {
      expect(stock.find("tags", [word])?.id).toBe(id);
    }
    const index = termIndex(stock.all());
    for (const { id } of terms) {
      const path = index.byId("tags", id)?.path ?? [];
      expect(index.byPath("tags", path)?.id).toBe(id);
      expect(stock.peek("tags", path)?.id).toBe(id);
    }
    expect(terms.map(({ id }) => index.byId("tags", id)?.name)).toEqual([
      "Felines",
      "cats-musical",
      "news",
      "news-2",
    ]);
    expect(index.byPath("tags", ["Cats"])?.id).toBe("5");
  });

  it("are found among tens of thousands of terms without looking at each", async () => {
    let looked = 0;
    const terms = Array.from({ length: 20_000 }, (_, n) => ({
      ...term(`${n}`, `Name ${n}`, `name-${n}`),
      get path() {
        looked += 1;
        return [`Name ${n}`];
      },
    }));
    const stock = stockOf(terms);
    await stock.load(["tags"]);
    const before = looked;
    for (let n = 0; n < 1000; n += 1) stock.find("tags", [`NAME ${n}`]);
    expect(looked - before).toBeLessThan(20_000);
  });
});

describe("news of the site's terms", () => {
  const newsOf = async (terms: readonly Term[], known: readonly KnownTerm[]) => {
    const stock = stockOf(terms, known);
    const news = await stock.news();
    return { news, lines: [...stock.used.values()] };
  };

  it("are told once: the lockfile's lines of the first run leave nothing to tell", async () => {
    const known = [
      { taxonomy: "tags", id: "1", name: "Cats" },
      { taxonomy: "tags", id: "1", name: "cats" },
      { taxonomy: "tags", id: "2", name: "Dogs" },
      { taxonomy: "tags", id: "gone", name: "Birds" },
    ];
    const terms = [term("1", "Felines"), term("2", "Dogs")];
    const first = await newsOf(terms, known);
    expect(first.news).toMatchObject([{ words: ["Cats", "cats"], renamed: true, rival: undefined }]);
    expect((await newsOf(terms, [...known, ...first.lines])).news).toEqual([]);
    const again = await newsOf([term("1", "Kitties"), term("2", "Dogs")], [...known, ...first.lines]);
    expect(again.news).toMatchObject([{ words: ["Cats", "Felines", "cats"] }]);
    expect((await newsOf([term("1", "Cats")], [...known, ...first.lines])).news).toEqual([]);
  });
});
