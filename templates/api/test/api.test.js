// `npm test`. What needs a database runs where TEST_DATABASE_URL names an empty one, and is skipped otherwise.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { buildApp } from "../app.js";
import { ConfigError, readConfig } from "../config.js";
import { api, endpoints } from "../endpoints.js";
import { createLimiter } from "../limits.js";
import { openStore } from "../store.js";

const DATABASE_URL = process.env.TEST_DATABASE_URL;
const KEY = "0a1b2c3d4e5f60718293a4b5c6d7e8f9";
const ENV = {
  DATABASE_URL: DATABASE_URL ?? `${api.databaseSchemes[0]}//app@127.0.0.1:1/none`,
  API_KEYS: `test:${KEY}`,
  JWT_SECRET: `jwt-${KEY}`,
  WEBHOOK_SECRET: `hook-${KEY}`,
  LOG_LEVEL: "silent",
};

describe("configuration", () => {
  test("is read from the environment", () => {
    assert.equal(readConfig(ENV).port, 3000);
  });

  const wrong = {
    DATABASE_URL: "somewhere",
    PORT: "80a",
    TRUST_PROXY: "false",
    LOG_LEVEL: "loud",
    METRICS_TOKEN: "short",
  };
  for (const [name, value] of Object.entries(wrong)) {
    test(`${name}=${value} is refused by its name`, () => {
      assert.throws(
        () => readConfig({ ...ENV, [name]: value }),
        (error) => error instanceof ConfigError && error.message.startsWith(name),
      );
    });
  }
});

test("a limit lets exactly so many through, and others meanwhile", () => {
  let now = 0;
  const limiter = createLimiter({ max: 2, windowMs: 1000 }, () => now);
  limiter.take("a");
  limiter.take("a");
  assert.throws(() => limiter.take("a"), { status: 429, headers: { "retry-after": "1" } });
  limiter.take("b");
  now = 1000;
  limiter.take("a");
});

describe("without a database", () => {
  let app;
  before(async () => {
    const config = readConfig({ ...ENV, DATABASE_URL: `${api.databaseSchemes[0]}//app@127.0.0.1:1/none` });
    const store = openStore({ url: config.databaseUrl, onError: () => {} });
    app = await buildApp({ config, store });
  });
  after(() => app.close());

  test("it says that it is unavailable", async () => {
    assert.equal((await app.inject("/healthz")).statusCode, 503);
  });

  test("it describes exactly its endpoints", async () => {
    const { paths } = (await app.inject("/openapi.json")).json();
    for (const { method, path } of endpoints) {
      assert.ok(paths[path][method.toLowerCase()], `${method} ${path}`);
      assert.ok(app.hasRoute({ method, url: path.replace(/\{(\w+)\}/g, ":$1") }));
    }
  });

  test("unknown paths are 404, as problem+json", async () => {
    const { statusCode, headers } = await app.inject("/nothing-here");
    assert.equal(statusCode, 404);
    assert.match(headers["content-type"], /^application\/problem\+json/);
  });

  for (const { method, path, authentication } of endpoints.filter((each) => each.authentication !== "none")) {
    test(`${method} ${path} without ${authentication} is 401`, async () => {
      const answer = await app.inject({ method, url: path, payload: method === "GET" ? undefined : {} });
      assert.equal(answer.statusCode, 401);
      assert.ok(answer.headers["www-authenticate"]);
    });
  }

  const open = endpoints.filter(
    ({ authentication, body }) => body !== undefined && authentication === "none",
  );
  for (const { method, path } of open) {
    test(`${method} ${path} refuses what is no such body`, async () => {
      const call = (payload) =>
        app.inject({ method, url: path, payload, headers: { "content-type": "application/json" } });
      assert.equal((await call("[]")).statusCode, 400);
      assert.equal((await call('{"nobody knows this field": 1}')).statusCode, 400);
      assert.equal((await call("{")).statusCode, 400);
    });
  }
});

describe("with a database", { skip: DATABASE_URL === undefined && "TEST_DATABASE_URL is not set" }, () => {
  let app;
  before(async () => {
    const migrate = fileURLToPath(new URL("../migrate.js", import.meta.url));
    execFileSync(process.execPath, [migrate, "up"], { env: { ...process.env, DATABASE_URL } });
    const config = readConfig(ENV);
    const store = openStore({ url: config.databaseUrl, onError: () => {} });
    assert.equal(await store.lacks(), undefined);
    app = await buildApp({ config, store });
  });
  after(() => app.close());

  test("it is healthy", async () => {
    assert.deepEqual((await app.inject("/healthz")).json(), { status: "ok" });
  });

  for (const { method, path, body, handler } of endpoints.filter((each) => each.handler === "contact")) {
    test(`${method} ${path} stores what ${handler} takes`, async () => {
      const payload = Object.fromEntries(body.required.map((name) => [name, sample(body.properties[name])]));
      const headers = { "x-api-key": KEY };
      const answer = await app.inject({ method, url: path, payload, headers });
      assert.equal(answer.statusCode, 201, answer.body);
      assert.ok(answer.json().id);
    });
  }

  for (const { path, table, authentication } of endpoints.filter(({ handler }) => handler === "list")) {
    test(`GET ${path} lists ${table}`, { skip: authentication === "jwt_token" }, async () => {
      const answer = await app.inject({ url: `${path}?limit=1`, headers: { "x-api-key": KEY } });
      assert.equal(answer.statusCode, 200, answer.body);
      assert.ok(Array.isArray(answer.json().items));
    });
  }
});

/** A value that fits the schema of a form's field. */
function sample({ type, format, enum: values, minimum = 0, minLength = 1, pattern = "" }) {
  if (values !== undefined) return values[0];
  if (type === "integer") return Math.max(0, minimum);
  if (type === "boolean") return true;
  const texts = { email: "somebody@client.example", uri: "https://client.example/", date: "2025-01-31" };
  if (format !== undefined) return texts[format];
  return pattern.startsWith("^-?") ? "1" : "x".repeat(minLength);
}
