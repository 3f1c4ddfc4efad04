// Any specification that a made API can be built from.
import fc from "fast-check";

const TABLES = ["users", "orders", "products", "posts", "tags", "comments", "customers"] as const;
const field = fc.oneof(
  fc.constantFrom("name", "email", "message", "subject", "company", "phone", "website", "budget_range"),
  fc.record({
    name: fc.stringMatching(/^[a-z][a-z0-9_]{3,20}$/).map((name) => `x_${name}`),
    type: fc.constantFrom("string", "text", "email", "integer", "decimal", "boolean", "date", "url"),
    required: fc.boolean(),
  }),
);
const fields = fc.uniqueArray(field, {
  minLength: 1,
  maxLength: 6,
  selector: (each) => (typeof each === "string" ? each : each.name),
});
const authentication = fc.constantFrom("none", "api_key", "jwt_token");

const fixed = fc.subarray([
  { path: "/api/newsletter" },
  { path: "/api/register" },
  { path: "/api/login" },
  { path: "/api/me", method: "GET", authentication: "jwt_token" },
  { path: "/hooks/x.y~z", handler: "webhook" },
]);
const contact = fc.option(
  fc.record({ path: fc.constantFrom("/contact", "/a/b-c/contact-us"), authentication, fields }),
  {
    nil: undefined,
  },
);
/** Addresses of people are not for everybody. */
const reader = (table: string, who: string) => (table === "customers" && who === "none" ? "api_key" : who);
const tableEndpoints = fc.subarray([...TABLES].filter((table) => table !== "users")).chain((tables) =>
  authentication.map((who) =>
    tables.flatMap((table) => [
      { path: `/${table}`, method: "GET", authentication: reader(table, who) },
      { path: `/${table}/{id}`, method: "GET", authentication: reader(table, who) },
      { path: `/v1/${table}`, method: "POST", authentication: who },
    ]),
  ),
);

export const specifications = fc
  .record({
    fixed,
    contact,
    rows: tableEndpoints,
    graphql: fc.boolean(),
    type: fc.constantFrom("postgresql", "mysql"),
    rate: fc.constantFrom("1_requests_per_second", "100_requests_per_minute", "5000_requests_per_hour"),
    cors: fc.constantFrom([], ["https://client.example"]),
    features: fc.subarray(["rate_limiting", "cors"]),
  })
  .filter(
    ({ fixed: some, contact: form, rows, graphql }) =>
      graphql || some.length + rows.length > 0 || form !== undefined,
  )
  .map(({ fixed: some, contact: form, rows, graphql, type, rate, cors, features }) => ({
    api_requirements: {
      name: "any-api",
      type: graphql ? "graphql" : "rest",
      endpoints: [...some, ...(form === undefined ? [] : [form]), ...rows],
      rate_limiting: rate,
      cors_origins: cors,
    },
    security_features: features,
    database_config: {
      type,
      environment: "development",
      name: "any",
      schema_requirements: {
        tables: [...TABLES],
        relationships: ["users_to_orders", "orders_to_products", "posts_to_tags"],
      },
    },
  }));
