import { readdirSync } from "node:fs";
import { validateSchema } from "graphql";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { adminSchema, VERSIONS } from "../../src/sandbox/shopify/schema.ts";
import { ARTICLE_CREATE, type Deep, openShop, type Shop } from "./shop.ts";

let shop: Shop;
let blogId = "";
beforeEach(async () => {
  shop = await openShop();
  blogId = [...shop.store.blogs.keys()][0] ?? "";
});
afterEach(() => shop.close());

const article = (title: string) => ({ article: { title, blogId, author: { name: "Ada" } } });
const codeOf = (answer: Deep) => answer.errors?.["0"]?.extensions?.code;

describe("the schema", () => {
  test.each(VERSIONS)("%s is whole, and stands beside the licence", (version) => {
    expect(validateSchema(adminSchema(version))).toEqual([]);
    const kept = readdirSync(new URL("../../fixtures/shopify", import.meta.url)).sort();
    expect(kept).toEqual(["LICENSE", "access.json", ...VERSIONS.map((one) => `admin-${one}.graphql`)].sort());
  });

  test("of the version in the address is what a request is held to", async () => {
    const query = "{ products(first: 1) { nodes { variantsInCollectionCount(collectionId: 1) { count } } } }";
    const old = await shop.ask(query, {}, { version: "2026-04" });
    expect(old.errors?.["0"]?.message).toContain('Cannot query field "variantsInCollectionCount"');
    expect((await shop.ask(query, {}, { version: "2026-07" })).errors).toBeUndefined();
  });

  test.each([
    ["2026-07", 200, "2026-07"],
    ["2025-01", 200, "2026-04"],
    ["unstable", 200, "2026-10"],
    ["2027-01", 404, null],
    ["newest", 404, null],
  ])("asked for as %s answers %i and names %s", async (version, status, served) => {
    const answer = await shop.raw("{ shop { id } }", {}, { version });
    expect([answer.status, answer.headers.get("x-shopify-api-version")]).toEqual([status, served]);
  });

  test("names deprecated fields in a header, and nothing where none was asked for", async () => {
    const query = "{ shop { storefrontUrl } products(first: 1) { nodes { bodyHtml title } } }";
    const header = "x-shopify-api-deprecated-reason";
    expect((await shop.raw(query)).headers.get(header)).toBe("Shop.storefrontUrl, Product.bodyHtml");
    expect((await shop.raw("{ shop { url } }")).headers.get(header)).toBeNull();
  });

  test("refuses unknown fields, wrong variables and broken documents with status 200", async () => {
    for (const [query, variables, words] of [
      ["{ shop { price } }", {}, 'Cannot query field "price"'],
      [ARTICLE_CREATE, { article: { title: 1 } }, "got invalid value"],
      ["{ shop {", {}, "Syntax Error"],
      ["query A { shop { id } } query B { shop { id } }", {}, "operation name"],
    ] as const) {
      const answer = await shop.raw(query, variables);
      expect(answer.status).toBe(200);
      expect(JSON.stringify(await answer.json())).toContain(words.replaceAll('"', '\\"'));
    }
  });

  test("tells of a field that it does not model, rather than making it up", async () => {
    const answer = await shop.ask("{ shop { taxesIncluded } }");
    expect([codeOf(answer), answer.errors?.["0"]?.message]).toEqual([
      "SANDBOX_NOT_MODELLED",
      "The sandbox does not model Shop.taxesIncluded.",
    ]);
  });
});

describe("access", () => {
  test("without a token that counts is 401, in Shopify's words", async () => {
    const answer = await shop.raw("{ shop { id } }", {}, { token: "shpat_wrong" });
    expect([answer.status, await answer.json()]).toEqual([
      401,
      { errors: "[API] Invalid API key or access token (unrecognized login or wrong password)" },
    ]);
    shop.behaviours.refusesTokens = true;
    expect((await shop.raw("{ shop { id } }")).status).toBe(401);
  });

  test("is refused field by field where a scope is missing, and a right to write is one to read", async () => {
    const other = await openShop({ scopes: ["write_online_store_pages"] });
    expect((await other.ask("{ articles(first: 1) { nodes { id } } shop { id } }")).errors).toBeUndefined();
    const products = await other.ask("{ shop { name } products(first: 1) { nodes { id } } }");
    expect(products.errors?.["0"]).toMatchObject({
      message: "Access denied for products field. Required access: `read_products` access scope.",
      path: ["products"],
      extensions: { code: "ACCESS_DENIED", requiredAccess: "`read_products` access scope." },
    });
    const files = `mutation { fileCreate(files: [{ originalSource: "https://example.org/a.png" }]) { files { id } userErrors { code } } }`;
    expect(codeOf(await other.ask(files))).toBe("ACCESS_DENIED");
    await other.close();
    const reader = await openShop({ scopes: ["read_content"] });
    expect(codeOf(await reader.ask(ARTICLE_CREATE, { article: { title: "x", author: {} } }))).toBe(
      "ACCESS_DENIED",
    );
    const tags = `mutation { tagsAdd(id: "gid://shopify/Article/1", tags: ["x"]) { userErrors { message } } }`;
    expect(codeOf(await reader.ask(tags))).toBe("ACCESS_DENIED");
    await reader.close();
  });

  test("is only for those who call the sandbox by its own name", async () => {
    const { port } = new URL(shop.url);
    const { request } = await import("node:http");
    const status = await new Promise((resolve) => {
      const headers = { host: `shop.example:${port}` };
      request({ port, host: "127.0.0.1", path: "/", headers }, ({ statusCode }) => resolve(statusCode)).end();
    });
    expect(status).toBe(400);
  });
});

describe("the cost of a request", () => {
  const costOf = async (query: string, variables = {}) => (await shop.ask(query, variables)).extensions?.cost;

  test.each([
    ["{ shop { id name } }", 1, 1],
    ["{ shop { primaryDomain { host } } }", 2, 2],
    ["{ articles(first: 50) { nodes { id title } pageInfo { hasNextPage } } }", 52, 2],
    ["{ articles(first: 10) { edges { cursor node { id blog { handle } } } } }", 22, 2],
    ["{ blogs(first: 10) { nodes { id articles(first: 5) { nodes { id } } } } }", 82, 5],
    ["{ a: shop { id } b: shop { id } }", 2, 2],
    ['{ nodes(ids: ["gid://shopify/Article/1", "gid://shopify/Article/2"]) { id } }', 2, 0],
  ])("%s asks for %i points and takes %i", async (query, requested, actual) => {
    expect(await costOf(query)).toMatchObject({ requestedQueryCost: requested, actualQueryCost: actual });
  });

  test("is 10 for each mutation, aliases too", async () => {
    expect(await costOf(ARTICLE_CREATE, article("One"))).toMatchObject({
      requestedQueryCost: 10,
      actualQueryCost: 10,
    });
    const tag = `tagsAdd(id: "gid://shopify/Article/1", tags: ["x"]) { node { id } userErrors { message } }`;
    expect(await costOf(`mutation { a: ${tag} b: ${tag} c: ${tag} }`)).toMatchObject({
      requestedQueryCost: 30,
    });
  });

  test("is paid from a bucket that fills up again; an empty one throttles with status 200", async () => {
    const query = "{ articles(first: 250) { nodes { id blog { id } author { name } } } }";
    const cost = { requestedQueryCost: 752, throttleStatus: { maximumAvailable: 2000, restoreRate: 100 } };
    shop.behaviours.maximumAvailable = 800;
    expect(await costOf(query)).toMatchObject({
      requestedQueryCost: 752,
      throttleStatus: { currentlyAvailable: 798 },
    });
    for (let number = 0; number < 10; number++) await shop.data(ARTICLE_CREATE, article(`A ${number}`));
    const answer = await shop.raw(query);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({
      errors: [
        {
          message: "Throttled",
          extensions: { code: "THROTTLED", documentation: "https://shopify.dev/api/usage/rate-limits" },
        },
      ],
      extensions: {
        cost: {
          ...{ requestedQueryCost: 752, actualQueryCost: null },
          throttleStatus: { ...cost.throttleStatus, maximumAvailable: 800, currentlyAvailable: 698 },
        },
      },
    });
    shop.clock.pass(540);
    expect((await shop.ask(query)).errors).toBeUndefined();
  });

  test("has a ceiling for one request, and arrays one of 250", async () => {
    const dear = await shop.ask(
      "{ articles(first: 250) { nodes { blog { id } author { name } image { url } } } }",
    );
    expect(dear.errors?.["0"]?.extensions).toMatchObject({
      code: "MAX_COST_EXCEEDED",
      cost: 1002,
      maxCost: 1000,
    });
    const ids = Array.from({ length: 251 }, (_, index) => `gid://shopify/Article/${index}`);
    const long = await shop.ask("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", { ids });
    expect(codeOf(long)).toBe("MAX_INPUT_SIZE_EXCEEDED");
  });
});

describe("misbehaviours", () => {
  test("answers that are lost, or bad, after the write was carried out", async () => {
    shop.behaviours.dropsAnswerAfterWrite = 1;
    await expect(shop.ask(ARTICLE_CREATE, article("One"))).rejects.toThrow();
    shop.behaviours.badGatewayAfterWrite = 1;
    expect((await shop.raw(ARTICLE_CREATE, article("Two"))).status).toBe(502);
    shop.behaviours.internalErrorAfterWrite = 1;
    expect(codeOf(await shop.ask(ARTICLE_CREATE, article("Three")))).toBe("INTERNAL_SERVER_ERROR");
    expect([...shop.store.articles.values()].map(({ title }) => title)).toEqual(["One", "Two", "Three"]);
  });

  test("none of it when nothing was written", async () => {
    shop.behaviours.dropsAnswerAfterWrite = 1;
    expect((await shop.data("{ shop { name } }")).shop?.name).toBe("Sandbox Shop");
    shop.behaviours.badGatewayBefore = 1;
    expect((await shop.raw(ARTICLE_CREATE, article("One"))).status).toBe(502);
    expect(shop.store.articles.size).toBe(0);
  });

  test("half answers, pages in place of JSON, another version, throttling out of the blue, and slowness", async () => {
    shop.behaviours.halvesAnswers = 1;
    await expect(shop.ask("{ shop { id } }")).rejects.toThrow(SyntaxError);
    shop.behaviours.versionAnswered = "2027-01";
    expect((await shop.raw("{ shop { id } }")).headers.get("x-shopify-api-version")).toBe("2027-01");
    shop.behaviours.throttles = 1;
    expect(codeOf(await shop.ask("{ shop { id } }"))).toBe("THROTTLED");
    shop.behaviours.delayMs = 5_000;
    const before = shop.clock.now();
    await shop.ask("{ shop { id } }");
    expect(shop.clock.now() - before).toBe(5_000);
    shop.behaviours.htmlInstead = true;
    expect((await shop.raw("{ shop { id } }")).headers.get("content-type")).toContain("text/html");
  });

  test("whatever else happens between requests can be put there by a test", async () => {
    const seen: string[] = [];
    shop.behaviours.onRequest = (query) => seen.push(query);
    await shop.ask("{ shop { id } }");
    expect(seen).toEqual(["{ shop { id } }"]);
    expect(shop.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      "POST /admin/api/2026-10/graphql.json",
    ]);
  });
});

test("webhook subscriptions are listed, once per topic and address", async () => {
  const create = `mutation ($uri: String!) { webhookSubscriptionCreate(topic: PRODUCTS_UPDATE, webhookSubscription: { uri: $uri }) {
    webhookSubscription { id topic uri format } userErrors { message } } }`;
  const uri = "https://example.org/hook";
  const made = (await shop.data(create, { uri })).webhookSubscriptionCreate?.webhookSubscription;
  expect(made).toMatchObject({ topic: "PRODUCTS_UPDATE", uri, format: "JSON" });
  expect((await shop.data(create, { uri })).webhookSubscriptionCreate?.userErrors).toMatchObject([
    { message: "Address for this topic has already been taken" },
  ]);
  expect(
    (await shop.data("{ webhookSubscriptions(first: 5) { nodes { id } } }")).webhookSubscriptions?.nodes,
  ).toEqual([{ id: made?.id }]);
  const gone = "mutation ($id: ID!) { webhookSubscriptionDelete(id: $id) { deletedWebhookSubscriptionId } }";
  await shop.data(gone, { id: made?.id });
  expect(shop.store.webhooks.size).toBe(0);
});
