import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseSearch } from "../../src/sandbox/shopify/search.ts";
import { ARTICLE_CREATE, type Deep, items, openShop, type Shop } from "./shop.ts";

let shop: Shop;
let news = "";
const COUNT = 7;

beforeAll(async () => {
  shop = await openShop();
  news = await fill(shop);
});
afterAll(() => shop.close());

/** Articles ten seconds apart; the blog that they are in. */
async function fill(into: Shop): Promise<string> {
  const blogId = [...into.store.blogs.keys()][0] ?? "";
  for (let number = 1; number <= COUNT; number++) {
    const article = { title: `Article ${number}`, blogId, author: { name: "Ada" }, tags: [`t${number % 2}`] };
    await into.data(ARTICLE_CREATE, { article });
    into.clock.pass(10_000);
  }
  return blogId;
}

const LIST = `query ($first: Int, $after: String, $last: Int, $before: String, $query: String, $sortKey: ArticleSortKeys, $reverse: Boolean) {
  articles(first: $first, after: $after, last: $last, before: $before, query: $query, sortKey: $sortKey, reverse: $reverse) {
    nodes { id handle } edges { cursor node { handle } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;

async function list(variables: object, from = shop): Promise<{ handles: string[]; page: Deep | undefined }> {
  const { articles } = await from.data(LIST, variables);
  const handles = items(articles?.nodes).map(({ handle }) => String(handle));
  return { handles, page: articles?.pageInfo };
}

const numbers = (handles: readonly string[]) =>
  handles.map((handle) => Number(handle.slice("article-".length)));

describe("pages of a listing", () => {
  test("follow each other by cursor until there is no next one", async () => {
    const seen: number[] = [];
    let after: unknown = null;
    for (let more = true; more; ) {
      const { handles, page } = await list({ first: 3, after });
      seen.push(...numbers(handles));
      after = page?.endCursor;
      more = Boolean(page?.hasNextPage);
    }
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  test("skip nothing when an entry of an earlier page goes away meanwhile", async () => {
    const other = await openShop();
    await fill(other);
    const { page } = await list({ first: 3 }, other);
    const [first = ""] = other.store.articles.keys();
    other.store.articles.delete(first);
    const rest = await list({ first: 10, after: page?.endCursor }, other);
    await other.close();
    expect(numbers(rest.handles)).toEqual([4, 5, 6, 7]);
  });

  test("go backwards, and in reverse order of any key", async () => {
    expect(numbers((await list({ last: 2 })).handles)).toEqual([6, 7]);
    const { handles, page } = await list({ first: 2, sortKey: "UPDATED_AT", reverse: true });
    expect(numbers(handles)).toEqual([7, 6]);
    expect(
      numbers(
        (await list({ first: 2, after: page?.endCursor, sortKey: "UPDATED_AT", reverse: true })).handles,
      ),
    ).toEqual([5, 4]);
  });

  test.each([
    [{}, "you must provide one of first or last"],
    [{ first: 251 }, "first cannot exceed 250"],
    [{ first: 5, after: "nonsense" }, "Invalid cursor: nonsense"],
  ])("are refused for %j", async (variables, message) => {
    expect((await shop.ask(LIST, variables)).errors?.["0"]?.message).toBe(message);
  });
});

describe("a filter", () => {
  test.each([
    ["handle:article-3", [3]],
    ["handle:'article-3'", [3]],
    ["handle:article", []],
    ["handle:article-*", [1, 2, 3, 4, 5, 6, 7]],
    ["updated_at:>'2026-11-01T10:00:40Z'", [6, 7]],
    ["updated_at:>=2026-11-01T10:00:40Z", [5, 6, 7]],
    ["updated_at:>='2026-11-01T10:00:10Z' updated_at:<'2026-11-01T10:00:30Z'", [2, 3]],
    ["handle:article-1 OR handle:article-2", [1, 2]],
    ["tag:t0 AND NOT handle:article-4", [2, 6]],
    ["-tag:t0", [1, 3, 5, 7]],
    ["(handle:article-1 OR handle:article-2) tag:t1", [1]],
    ["title:'article 7'", [7]],
    ["published_status:unpublished", []],
  ])("%s finds what it says", async (query, found) => {
    expect(numbers((await list({ first: 50, query })).handles)).toEqual(found);
  });

  test("of a blog or an id takes the number in it", async () => {
    const [, second] = [...shop.store.articles.keys()];
    const bare = (id: string | undefined) => id?.replace(/.*\//, "");
    expect((await list({ first: 50, query: `blog_id:${bare(news)}` })).handles).toHaveLength(COUNT);
    expect(numbers((await list({ first: 50, query: `id:${bare(second)}` })).handles)).toEqual([2]);
    expect(numbers((await list({ first: 50, query: `id:>${bare(second)}` })).handles)).toEqual([
      3, 4, 5, 6, 7,
    ]);
  });

  test("that does not exist is ignored, with a warning beside the answer", async () => {
    const answer = await shop.ask(LIST, { first: 50, query: "colour:red" });
    expect(answer.data?.articles?.nodes).toHaveLength(COUNT);
    expect(answer.extensions?.search?.["0"]).toMatchObject({
      ...{ path: ["articles"], query: "colour:red" },
      warnings: [{ field: "colour", code: "invalid_field" }],
    });
  });

  test("does not see what is newer than the index, where that is switched", async () => {
    shop.behaviours.searchLagMs = 25_000;
    expect(numbers((await list({ first: 50, query: "tag:t*" })).handles)).toEqual([1, 2, 3, 4, 5]);
    expect((await list({ first: 50 })).handles).toHaveLength(COUNT);
    shop.behaviours.searchLagMs = 0;
  });

  test("with an unclosed parenthesis or quote ends all the same", () => {
    const facets = { default: { type: "text", of: (text: string) => text } } as const;
    for (const query of ["((a", "a)", "'a", "NOT", "-", "OR", "a OR", ")(", "*"]) {
      expect(typeof parseSearch(query, facets, 0).matches("a")).toBe("boolean");
    }
  });
});

test("one request looks through many ids at once, in their order", async () => {
  const [first, second] = [...shop.store.articles.keys()];
  const ids = [second, "gid://shopify/Article/1", first, news];
  const query =
    "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename ... on Article { handle } ... on Blog { title } } }";
  expect((await shop.data(query, { ids })).nodes).toEqual([
    { __typename: "Article", handle: "article-2" },
    null,
    { __typename: "Article", handle: "article-1" },
    { __typename: "Blog", title: "News" },
  ]);
});
