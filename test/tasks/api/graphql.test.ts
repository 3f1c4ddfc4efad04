import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Scratch, scratchServer } from "../../../src/tasks/database/server.ts";
import { call, install, modelOf, type Reply, type Running, run, start, written } from "./support.ts";

const KEY = "3f9d1c77e0b24a5f8d6e2b1a90c4f7e1";
const INTROSPECTION = "{ __schema { types { name } } }";

describe("a GraphQL service", () => {
  let scratch: Scratch;
  let dir: string;
  let env: Record<string, string>;
  let service: Running;

  beforeAll(async () => {
    const model = modelOf({
      api_requirements: { type: "graphql", name: "shop", rate_limiting: "60_requests_per_minute" },
      database_config: {
        type: "postgresql",
        name: "shop",
        schema_requirements: {
          tables: ["users", "orders", "products"],
          relationships: ["users_to_orders", "orders_to_products"],
        },
      },
    });
    dir = await written(model);
    [scratch] = await Promise.all([scratchServer("postgresql", { env: process.env }), install(dir)]);
    const { url } = await scratch.createDatabase("shop");
    env = { DATABASE_URL: url, API_KEYS: `site:${KEY}`, TRUST_PROXY: "1" };
    await run(process.execPath, ["migrate.js", "up"], { cwd: dir, env });
    service = await start(dir, env);
  });
  afterAll(async () => {
    service?.child.kill("SIGKILL");
    await scratch?.close();
    if (dir !== undefined) await rm(dirname(dirname(dir)), { recursive: true, force: true });
  });

  const post = (body: unknown, headers: Record<string, string> = {}): Promise<Reply> =>
    call(service.url, "POST /graphql", body, { "x-api-key": KEY, ...headers });
  const query = (text: string, variables?: object): Promise<Reply> => post({ query: text, variables });
  const CREATE = "mutation ($input: ProductInput!) { createProduct(input: $input) { id created_at active } }";
  const product = { sku: "c1", name: "Cup", price_cents: 9_007_199_254_740_991, currency: "EUR" };

  test("rows are made, listed and found by the names of the tables", async () => {
    const made = await query(CREATE, { input: product });
    expect(made).toMatchObject({ status: 200, body: { data: { createProduct: { id: "1", active: true } } } });
    expect(made.body.data.createProduct.created_at).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    await query(CREATE, { input: { ...product, sku: "c2" } });
    const listed = await query(
      "{ products(first: 1) { items { sku price_cents } next } product(id: 2) { sku } user(id: 1) { email } }",
    );
    expect(listed.body.data).toEqual({
      products: { items: [{ sku: "c1", price_cents: product.price_cents }], next: "1" },
      product: { sku: "c2" },
      user: null,
    });
  });

  test("what breaks a rule is an error that says which", async () => {
    for (const input of [
      product,
      { ...product, sku: "x".repeat(65) },
      { ...product, sku: "c3", price_cents: -1 },
    ]) {
      const { status, body } = await query(CREATE, { input });
      expect(status).toBe(200);
      expect(body.errors[0].extensions.status).toBe(input === product ? 409 : 400);
    }
    expect((await query("{ products(first: 101) { next } }")).body.errors[0].extensions.errors[0].field).toBe(
      "first",
    );
    expect((await query("{ users { items { password_hash } } }")).body.errors[0].message).toMatch(
      /Cannot query field/,
    );
    expect((await post({ query: "{" })).status).toBe(200);
    expect((await post({ query: "{" }, { accept: "application/graphql-response+json" })).status).toBe(400);
    for (const body of [{}, { query: 1 }, { query: "{a}", more: 1 }, "[]", "null", "{"])
      expect((await post(body, { "x-forwarded-for": "203.0.113.7" })).status).toBe(400);
    expect((await call(service.url, "POST /graphql", { query: "{ __typename }" })).status).toBe(401);
  });

  test("depth, aliases and batches are bounded, and each operation counts", async () => {
    const aliases = (count: number) =>
      `{ ${Array.from({ length: count }, (_, at) => `a${at}: __typename`).join(" ")} }`;
    expect((await query(aliases(15))).body.data).toBeDefined();
    expect((await query(aliases(16))).body.errors[0].message).toMatch(/15 aliases/);
    const deep = `{ ${"a { ".repeat(8)} b ${"} ".repeat(8)} }`;
    expect((await query(deep)).body.errors.map(({ message }: Error) => message)).toContain(
      "Deeper than 8 levels.",
    );
    const batch = (size: number) =>
      post(Array(size).fill({ query: "{ __typename }" }), { "x-forwarded-for": "203.0.113.8" });
    expect((await batch(10)).body).toHaveLength(10);
    expect((await batch(11)).status).toBe(400);
    for (let at = 0; at < 4; at += 1) expect((await batch(10)).status).toBe(200);
    // 10 + 1 + 40 are taken; ten more would be 61.
    expect((await batch(10)).status).toBe(429);
  });

  test("in production it does not describe itself", async () => {
    expect((await query(INTROSPECTION)).body.data.__schema.types.length).toBeGreaterThan(5);
    const production = await start(dir, { ...env, NODE_ENV: "production" });
    const hidden = await call(
      production.url,
      "POST /graphql",
      { query: INTROSPECTION },
      { "x-api-key": KEY },
    );
    expect(hidden.body.data).toBeUndefined();
    expect(hidden.body.errors[0].message).toMatch(/introspection has been disabled/);
    expect(await production.stop()).toBe(0);
  });

  test("a database that is away is a 503, not a null", async () => {
    await scratch.stopServer?.();
    expect((await query("{ products { next } }")).status).toBe(503);
    await scratch.startServer?.();
  });
});
