// PURE: OpenAPI 3.0.3 of exactly what a made service answers.
import { ref, refusalsOf, rowName, SUMMARIES, successesOf } from "./answers.ts";
import { exampleOf } from "./examples.ts";
import { rowOutput } from "./schemas.ts";
import type { ApiModel, Endpoint, JsonSchema } from "./types.ts";

const PROBLEM = "application/problem+json";
const JSON_TYPE = "application/json";
const GRAPHQL_TYPE = "application/graphql-response+json";

export function openapiDocument(model: ApiModel): JsonSchema {
  const { max, windowMs } = model.rate;
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const endpoint of model.endpoints) {
    const path = paths[endpoint.path] ?? {};
    paths[endpoint.path] = { ...path, [endpoint.method.toLowerCase()]: operation(model, endpoint) };
  }
  return {
    openapi: "3.0.3",
    info: {
      title: model.name,
      version: "1.0.0",
      description: `At most ${max} requests in ${windowMs / 1000} s from one address, over all paths together.`,
    },
    servers: [{ url: "/" }],
    paths: { ...paths, ...OWN_PATHS },
    components: { schemas: schemas(model), securitySchemes: securitySchemes(model) },
  };
}

function operation(model: ApiModel, endpoint: Endpoint): JsonSchema {
  const { handler, authentication, method, path } = endpoint;
  const table = model.tables.find(({ name }) => name === endpoint.table);
  const parameters = parametersOf(endpoint);
  const body = bodyOf(endpoint);
  return {
    operationId: operationId(method, path),
    summary:
      handler === "list" || handler === "get" || handler === "create"
        ? `${SUMMARIES[handler]} of ${table?.name ?? ""}`
        : SUMMARIES[handler],
    security: authentication === "none" ? [] : [{ [authentication]: [] }],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: body }),
    responses: {
      ...Object.fromEntries(
        successesOf(endpoint, table).map((each) => [each.status, success(endpoint, each)]),
      ),
      ...Object.fromEntries(refusalsOf(endpoint).map((each) => [each.status, refusal(endpoint, each)])),
    },
  };
}

/** `GET /api/orders/{id}` → `get_api_orders_by_id`: as unique as method and path are. */
export function operationId(method: string, path: string): string {
  const words = path
    .slice(1)
    .replace(/\{(\w+)\}/g, "by_$1")
    .replace(/[^a-z0-9_/]/g, (sign) => `.${sign.charCodeAt(0).toString(16)}.`);
  return `${method.toLowerCase()}_${words.replaceAll("/", "-")}`;
}

function success(
  { handler }: Endpoint,
  { description, schema }: { description: string; schema: JsonSchema },
): JsonSchema {
  const content = { [JSON_TYPE]: { schema } };
  return {
    description,
    content: handler === "graphql" ? { ...content, [GRAPHQL_TYPE]: { schema } } : content,
  };
}

function refusal(
  { handler }: Endpoint,
  { status, description }: { status: number; description: string },
): JsonSchema {
  const problem = { [PROBLEM]: { schema: ref("Problem") } };
  const content =
    handler === "graphql" && status === 400
      ? { ...problem, [GRAPHQL_TYPE]: { schema: ref("GraphQLResults") } }
      : problem;
  return { description, ...headersOf(status), content };
}

function headersOf(status: number): JsonSchema {
  const text = { schema: { type: "string" } };
  if (status === 401) return { headers: { "www-authenticate": text } };
  return status === 429 || status === 503 ? { headers: { "retry-after": text } } : {};
}

export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required: boolean;
  readonly schema: JsonSchema;
}

/** What a request takes beside its body. */
export function parametersOf({ handler, path }: Endpoint): readonly Parameter[] {
  const name = /\{(\w+)\}$/.exec(path)?.[1];
  const query = (of: string, schema: JsonSchema, required = false): Parameter => ({
    ...{ name: of, in: "query", required, schema },
  });
  const text = { type: "string" };
  const header = (of: string): Parameter => ({ name: of, in: "header", required: true, schema: text });
  if (name !== undefined) return [{ name, in: "path", required: true, schema: { type: "string" } }];
  if (handler === "list")
    return [
      query("limit", { type: "integer", minimum: 1, maximum: 100, default: 20 }),
      query("after", { type: "string", description: "`next` of the page before" }),
    ];
  if (["confirmNewsletter", "newsletterState", "unsubscribeNewsletter"].includes(handler))
    return [query("token", { type: "string" }, true)];
  return handler === "webhook" ? ["webhook-id", "webhook-timestamp", "webhook-signature"].map(header) : [];
}

function bodyOf({ handler, body }: Endpoint): JsonSchema | undefined {
  const json = (schema: JsonSchema, example: unknown) => ({
    required: true,
    content: { [JSON_TYPE]: { schema, example } },
  });
  if (body !== undefined) return json(body, exampleOf(body));
  if (handler === "webhook")
    return json({ description: "Any JSON, as it was signed." }, { type: "payment.succeeded" });
  return handler === "graphql" ? json(ref("GraphQLRequest"), { query: "{ __typename }" }) : undefined;
}

function securitySchemes({ endpoints }: ApiModel): JsonSchema {
  const known: Readonly<Record<string, JsonSchema>> = {
    api_key: { type: "apiKey", in: "header", name: "x-api-key" },
    jwt_token: { type: "http", scheme: "bearer", bearerFormat: "JWT" },
  };
  return Object.fromEntries(
    Object.entries(known).filter(([name]) => endpoints.some(({ authentication }) => authentication === name)),
  );
}

function schemas(model: ApiModel): JsonSchema {
  const shown = model.tables.filter(({ name }) =>
    model.endpoints.some(({ table, handler }) => table === name && handler !== "contact"),
  );
  return {
    Problem: PROBLEM_SCHEMA,
    ...Object.fromEntries(shown.map((table) => [rowName(table), rowOutput(table)])),
    ...(model.type === "graphql" ? GRAPHQL_SCHEMAS : {}),
  };
}

const PROBLEM_SCHEMA: JsonSchema = {
  type: "object",
  required: ["type", "title", "status", "detail"],
  properties: {
    type: { type: "string" },
    title: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string" },
    errors: {
      type: "array",
      items: {
        type: "object",
        required: ["field", "message"],
        properties: { field: { type: "string" }, message: { type: "string" } },
      },
    },
  },
};

const OPERATION: JsonSchema = {
  type: "object",
  additionalProperties: false,
  required: ["query"],
  properties: {
    query: { type: "string", minLength: 1 },
    variables: { type: "object", nullable: true },
    operationName: { type: "string", nullable: true },
    extensions: { type: "object", nullable: true },
  },
};
const RESULT: JsonSchema = {
  type: "object",
  properties: {
    data: { type: "object", nullable: true },
    errors: {
      type: "array",
      items: { type: "object", required: ["message"], properties: { message: { type: "string" } } },
    },
  },
};
const GRAPHQL_SCHEMAS: JsonSchema = {
  GraphQLRequest: { oneOf: [OPERATION, { type: "array", minItems: 1, maxItems: 10, items: OPERATION }] },
  GraphQLResults: { oneOf: [RESULT, { type: "array", items: RESULT }] },
};

const HEALTH: JsonSchema = {
  type: "object",
  required: ["status"],
  properties: { status: { type: "string", enum: ["ok", "unavailable"] } },
};
const plain = (description: string, type: string, schema: JsonSchema): JsonSchema => ({
  description,
  content: { [type]: { schema } },
});
const problem = (status: number, description: string): JsonSchema => ({
  description,
  ...headersOf(status),
  content: { [PROBLEM]: { schema: ref("Problem") } },
});

/** What every service has, and what no limit counts but the last. */
const OWN_PATHS: JsonSchema = {
  "/healthz": {
    get: {
      operationId: "health",
      summary: "Does it serve?",
      security: [],
      responses: {
        200: plain("It does.", JSON_TYPE, HEALTH),
        503: plain("The database is away.", JSON_TYPE, HEALTH),
      },
    },
  },
  "/metrics": {
    get: {
      operationId: "metrics",
      summary: "Numbers for Prometheus, for this machine or who has the token",
      security: [],
      responses: {
        200: plain("All of them.", "text/plain", { type: "string" }),
        401: problem(401, "The token is missing or wrong."),
      },
    },
  },
  "/openapi.json": {
    get: {
      operationId: "description",
      summary: "This document",
      security: [],
      responses: {
        200: plain("It.", JSON_TYPE, { type: "object" }),
        429: problem(429, "Too many requests."),
      },
    },
  },
};
