import { describe, expect, test } from "vitest";
import { apiModel } from "../../../src/tasks/api/model.ts";
import type { Need } from "../../../src/tasks/api/types.ts";
import { modelOf, task } from "./support.ts";

const api = (...endpoints: readonly object[]) => ({ api_requirements: { name: "site", endpoints } });
const TABLES = {
  type: "postgresql",
  name: "site",
  schema_requirements: { tables: ["orders", "order_items", "products"] },
};

function needsOf(specifications: object): readonly Need[] {
  const model = apiModel(task(specifications));
  if (!("needs" in model)) throw new Error("nothing is missing");
  return model.needs;
}

describe("what an endpoint means", () => {
  test.each([
    [{ path: "/api/contact" }, "contact"],
    [{ path: "/v1/contact-us" }, "contact"],
    [{ path: "/subscribe" }, "newsletter"],
    [{ path: "/sign-up" }, "register"],
    [{ path: "/auth/signin" }, "login"],
    [{ path: "/me", method: "GET", authentication: "jwt_token" }, "profile"],
    [{ path: "/anything", handler: "contact" }, "contact"],
    [{ path: "/hooks", handler: "webhook" }, "webhook"],
    [{ path: "/orders", method: "GET" }, "list"],
    [{ path: "/orders/{order}", method: "GET" }, "get"],
    [{ path: "/order-items", method: "POST" }, "create"],
    [{ path: "/basket", method: "POST", table: "order_items" }, "create"],
  ])("%j is %s", (endpoint, handler) => {
    const model = modelOf({ ...api(endpoint), database_config: TABLES });
    expect(model.endpoints[0]?.handler).toBe(handler);
  });

  test("of the type webhook, whatever is posted is a delivery", () => {
    const model = modelOf({
      api_requirements: { type: "webhook", name: "in", endpoints: [{ path: "/from/stripe" }] },
    });
    expect(model.endpoints).toMatchObject([{ handler: "webhook", accepts: "raw", source: "/from/stripe" }]);
    expect(model.tables.map(({ name }) => name)).toEqual(["webhook_events"]);
  });
});

describe("what is missing is said, all at once, by field", () => {
  test.each([
    ["path", { path: "/api/weather", method: "GET" }, /Nothing tells/],
    ["method", { path: "/contact", method: "GET" }, /contact, which is POST/],
    ["method", { path: "/orders/{id}", method: "DELETE" }, /Nothing is made for DELETE/],
    ["path", { path: "/orders/{id}/contact" }, /parameters/],
    ["path", { path: "/orders/{id}/x", method: "GET", table: "orders" }, /parameters/],
    ["table", { path: "/stuff", method: "GET", table: "stuff" }, /no table of this task/],
    ["table", { path: "/contact", table: "orders", handler: "contact" }, /own/],
    ["fields", { path: "/login", fields: ["email"] }, /not the task's to choose/],
    ["validation", { path: "/login", validation: ["email", "pin"] }, /no field pin/],
    ["signature", { path: "/contact", signature: "standard_webhooks" }, /nothing that is signed/],
    ["authentication", { path: "/me", method: "GET" }, /only a token/],
  ])("%s of %j", (key, endpoint, message) => {
    const needs = needsOf({ ...api(endpoint, { path: "/nothing-known" }), database_config: TABLES });
    expect(needs[0]).toMatchObject({
      field: `api_requirements.endpoints.0.${key}`,
      message: expect.stringMatching(message),
    });
    expect(needs[0]?.hint).not.toBe("");
    expect(needs).toHaveLength(2);
  });

  test.each([
    [[{ path: "/openapi.json", method: "GET", table: "orders" }], "GET /openapi.json is there already"],
    [[{ path: "/contact" }, { path: "/contact" }], "POST /contact is there already"],
    [
      [{ path: "/newsletter" }, { path: "/newsletter/confirm", method: "GET", table: "orders" }],
      "GET /newsletter/confirm is there already",
    ],
    [
      [
        { path: "/orders/{a}", method: "GET" },
        { path: "/orders/{b}", method: "GET" },
      ],
      "GET /orders/{} is there already",
    ],
  ])("%j", (endpoints, message) => {
    expect(needsOf({ ...api(...endpoints), database_config: TABLES })).toMatchObject([{ message }]);
  });

  test.each([
    [{ path: "/users", method: "GET" }, true],
    [{ path: "/users/{id}", method: "GET" }, true],
    [{ path: "/users", method: "GET", authentication: "api_key" }, false],
    [{ path: "/orders", method: "GET" }, false],
  ])("%j: addresses of people are not for everybody (%s)", (endpoint, isRefused) => {
    const tables = { ...TABLES, schema_requirements: { tables: ["users", "orders"] } };
    const model = apiModel(task({ ...api(endpoint), database_config: tables }));
    const message = "Anybody could read the e-mail addresses in users";
    const need = { field: "api_requirements.endpoints.0.authentication", message };
    expect("needs" in model ? model.needs : []).toMatchObject(isRefused ? [need] : []);
  });

  test.each([
    ["id", /given by the service/],
    ["password", /not kept/],
    [{ name: "size", type: "enum" }, /values belong/],
    [{ name: "on", type: "boolean", min: 1 }, /mean nothing/],
    [{ name: "age", type: "integer", min: 9, max: 1 }, /more than its max/],
    [{ name: "text", type: "string", max: 1e6 }, /at most/],
  ])("a form's field %j", (field, message) => {
    const [need] = needsOf(api({ path: "/contact", fields: ["email", field] }));
    expect(need).toMatchObject({
      field: "api_requirements.endpoints.0.fields.1",
      message: expect.stringMatching(message),
    });
  });

  test("no endpoints, no MongoDB, no tables for GraphQL", () => {
    expect(needsOf(api())[0]?.field).toBe("api_requirements.endpoints");
    expect(
      needsOf({ ...api({ path: "/contact" }), database_config: { ...TABLES, type: "mongodb" } })[0]?.field,
    ).toBe("database_config.type");
    expect(needsOf({ api_requirements: { type: "graphql" } })[0]?.field).toBe("database_config");
  });

  test("a table of the task's own that an endpoint cannot fill", () => {
    const users = {
      name: "users",
      columns: [
        { name: "email", type: "email", unique: true },
        { name: "badge", type: "string" },
      ],
    };
    const config = { ...TABLES, schema_requirements: { tables: [users] } };
    expect(needsOf({ ...api({ path: "/register" }), database_config: config })[0]?.message).toMatch(
      /users demands badge/,
    );
    expect(
      needsOf({
        ...api({ path: "/users" }),
        database_config: { ...TABLES, schema_requirements: { tables: ["users"] } },
      })[0]?.hint,
    ).toMatch(/register/);
  });
});

describe("what comes along", () => {
  test("forms of one table share its columns: what one lacks may be empty", () => {
    const model = modelOf(
      api(
        { path: "/contact", fields: ["email", "message"] },
        { path: "/contact-us", fields: ["email", "company"] },
      ),
    );
    const table = model.tables.find(({ name }) => name === "contact_messages");
    expect(table?.columns.map(({ name, nullable }) => `${name}${nullable ? "?" : ""}`)).toEqual([
      "id",
      "email",
      "message?",
      "company?",
      "created_at",
    ]);
  });

  test("links of the newsletter, tables, guesses and warnings", () => {
    const model = modelOf({
      ...api(
        { path: "/newsletter", authentication: "api_key" },
        { path: "/me", method: "GET", authentication: "jwt_token" },
      ),
      security_features: ["cors"],
    });
    expect(
      model.endpoints.map(({ method, path, authentication }) => `${method} ${path} ${authentication}`),
    ).toEqual([
      "POST /newsletter api_key",
      "GET /newsletter/confirm none",
      "GET /newsletter/unsubscribe none",
      "POST /newsletter/unsubscribe none",
      "GET /me jwt_token",
    ]);
    expect(model.tables.map(({ name }) => name).sort()).toEqual([
      "newsletter_subscribers",
      "outbox",
      "users",
    ]);
    expect(model.warnings).toEqual([
      expect.stringMatching(/add a login/),
      expect.stringMatching(/No origin/),
    ]);
    expect(model.rate).toEqual({ max: 100, windowMs: 60_000 });
  });
});
