// What the prober reckons with, without a service: expectations of a task, bodies, and a description to hold answers against.
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { type Description, descriptionIn, misfit } from "../../../src/tasks/prove/described.ts";
import { expectationsOf, type FieldRule } from "../../../src/tasks/prove/expect.ts";
import { chanceOf, fittingBody, unfitBody } from "../../../src/tasks/prove/fuzz.ts";
import { awkwardBody, badBodies, goodBody } from "../../../src/tasks/prove/values.ts";
import { modelOf, task } from "../api/support.ts";
import { EVERYTHING, GRAPHQL } from "./tasks.ts";

describe("what is expected of a task", () => {
  const wanted = expectationsOf(task(EVERYTHING));

  test("is said by paths and methods", () => {
    const handlers = wanted.endpoints.map(({ handler, table }) => [handler, table].join(" ").trim());
    expect(handlers).toEqual([
      "contact",
      "contact",
      "newsletter",
      "register",
      "login",
      "profile",
      "list orders",
      "get orders",
      "create orders",
      "create products",
      "list users",
      "webhook",
    ]);
  });

  test("is the limit, the origins and who is let in", () => {
    expect(wanted.rate).toEqual({ max: 60, windowMs: 60_000 });
    expect(wanted.origins).toEqual(["https://www.client.example"]);
    expect(
      ["newsletter", "jwt_token", "api_key", "graphql"].map((what) => wanted.has(what as "login")),
    ).toEqual([true, true, true, false]);
    expect(expectationsOf(task(GRAPHQL))).toMatchObject({
      endpoints: [],
      origins: undefined,
      graphql: { path: "/graphql", authentication: "api_key" },
    });
  });

  test("is of one mind with the generator about methods, paths, tables and required fields", () => {
    const { endpoints } = modelOf(EVERYTHING);
    for (const { method, path, handler, authentication, table, fields } of wanted.endpoints) {
      const made = endpoints.find((each) => each.method === method && each.path === path);
      expect(made, `${method} ${path}`).toMatchObject({ handler, authentication });
      if (table !== undefined) expect(made?.table).toBe(table);
      if (fields.length === 0) continue;
      const required = fields.filter((field) => field.required).map(({ name }) => name);
      expect(made?.body?.required, path).toEqual(required);
      expect(Object.keys(Object(made?.body?.properties)), path).toEqual(fields.map(({ name }) => name));
    }
  });
});

const FIELDS: readonly FieldRule[] = [
  { name: "email", type: "email", required: true, max: 254 },
  { name: "title", type: "string", required: true, min: 3, max: 5 },
  { name: "note", type: "text", required: false, max: 10 },
  { name: "count", type: "integer", required: true, min: 2, max: 4 },
  { name: "agreed", type: "boolean", required: true },
  { name: "day", type: "date", required: false },
  { name: "site", type: "url", required: false },
  { name: "kind", type: "enum", required: true, values: ["a", "b"] },
  { name: "price", type: "decimal", required: false },
];
const schema = z.strictObject({
  email: z.email().max(254),
  title: z
    .string()
    .min(3)
    .max(5)
    .regex(/^[^\0]*$/),
  note: z
    .string()
    .max(10)
    .regex(/^[^\0]*$/)
    .optional(),
  count: z.int().min(2).max(4),
  agreed: z.boolean(),
  day: z.iso.date().optional(),
  site: z.url().optional(),
  kind: z.enum(["a", "b"]),
  price: z
    .string()
    .regex(/^\d+\.\d\d$/)
    .optional(),
});

describe("bodies", () => {
  test("that are good and awkward fit their fields, and no two are for the same person", () => {
    for (const body of [goodBody(FIELDS, 1), goodBody(FIELDS, 2), awkwardBody(FIELDS, 3)])
      expect(schema.safeParse(body).error?.issues).toBeUndefined();
    expect(goodBody(FIELDS, 1).email).not.toBe(goodBody(FIELDS, 2).email);
  });

  test("that are bad fit in nothing, each under a name of its own", () => {
    const bad = badBodies(FIELDS);
    expect(bad.filter(({ body }) => schema.safeParse(body).success)).toEqual([]);
    expect(new Set(bad.map(({ what }) => what)).size).toBe(bad.length);
    const named = bad.map(({ what }) => what);
    for (const what of [
      "email missing",
      "title too long",
      "title too short",
      "count too large",
      "kind missing",
    ])
      expect(named).toContain(what);
    expect(named).not.toContain("note missing");
  });

  test("by chance fit the schema they are made from, or not, and are the same each time", () => {
    for (const { path, body } of modelOf(EVERYTHING).endpoints) {
      if (body === undefined) continue;
      const read = z.fromJSONSchema(JSON.parse(JSON.stringify(body)), { defaultTarget: "openapi-3.0" });
      const [one, other] = [chanceOf(7), chanceOf(7)];
      for (let n = 0; n < 60; n += 1) {
        const fitting = fittingBody(body, one);
        expect(read.safeParse(fitting).error?.issues, `${path} ${JSON.stringify(fitting)}`).toBeUndefined();
        expect(fittingBody(body, other)).toEqual(fitting);
        const unfit = unfitBody(body, one);
        expect(read.safeParse(unfit).success, `${path} ${JSON.stringify(unfit)}`).toBe(false);
        unfitBody(body, other);
      }
    }
  });
});

describe("an answer held against a description", () => {
  const description: Description = {
    openapi: "3.0.3",
    paths: {
      "/orders/{id}": {
        get: {
          responses: {
            "200": { content: { "application/json": { schema: { $ref: "#/components/schemas/Order" } } } },
            "204": {},
          },
        },
      },
      "/orders/new": { get: { responses: { "204": {} } } },
    },
    components: {
      schemas: { Order: { type: "object", required: ["id"], properties: { id: { type: "string" } } } },
    },
  };
  const answer = {
    method: "GET",
    path: "/orders/7",
    status: 200,
    type: "application/json",
    json: { id: "7" },
  };
  const problem = { type: "application/problem+json", json: { title: "No", status: 404 } };

  test.each([
    ["fits", answer, undefined],
    ["has no body", { ...answer, status: 204, type: "", json: undefined }, undefined],
    ["has a value of another type", { ...answer, json: { id: 7 } }, /^200 of GET \/orders\/\{id\}: id /],
    ["has a status that is not declared", { ...answer, status: 201 }, /^201 .* is not declared/],
    ["has a media type that is not declared", { ...answer, type: "text/html" }, /text\/html/],
    ["is of the path as it is written", { ...answer, path: "/orders/new" }, /^200 of GET \/orders\/new/],
    ["is of no path, and a refusal", { ...answer, ...problem, path: "/no", status: 404 }, undefined],
    ["is of no path, and none", { ...answer, path: "/no" }, /is not declared/],
  ])("that %s", (_what, given, wrong) => {
    const said = misfit(description, given);
    if (wrong === undefined) expect(said).toBeUndefined();
    else expect(said).toMatch(wrong);
  });

  test("needs OpenAPI 3.0", () => {
    const reply = (json: unknown) => ({ status: 200, headers: {}, text: "", json });
    expect(descriptionIn(reply(description))).toBe(description);
    expect(descriptionIn(reply({ ...description, openapi: "3.1.0" }))).toBeUndefined();
    expect(descriptionIn(reply(undefined))).toBeUndefined();
  });
});
