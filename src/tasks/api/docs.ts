// PURE: documentation/api-reference.md.
import type { TableModel } from "../database/types.ts";
import { refusalsOf, SUMMARIES, type Success, successesOf } from "./answers.ts";
import { variables } from "./environment.ts";
import { exampleOf } from "./examples.ts";
import { parametersOf } from "./openapi.ts";
import { graphqlSchema } from "./resources.ts";
import { digitsPattern, rowOutput } from "./schemas.ts";
import type { ApiModel, Endpoint, JsonSchema } from "./types.ts";

const WHO: Readonly<Record<Endpoint["authentication"], string>> = {
  none: "anybody",
  api_key: "who has an API key, in the header `x-api-key`",
  jwt_token: "who has signed in, with the header `Authorization: Bearer <token>`",
};

export function apiDocument(model: ApiModel): string {
  const { max, windowMs } = model.rate;
  return `${[
    `# ${model.name}`,
    `A service on Node.js and ${model.dialect === "mysql" ? "MySQL" : "PostgreSQL"}, in \`apis/${model.name}/\`. Its README says how it is started; \`openapi.json\` says all of this to programs.`,
    `One address may send ${max} requests in ${windowMs / 1000} s, over all paths together; then 429 comes, with \`retry-after\`. A refusal is \`application/problem+json\` with \`title\`, \`status\`, \`detail\` and, where fields are wrong, \`errors\`.`,
    corsText(model),
    "## Endpoints",
    ...model.endpoints.flatMap((endpoint) => endpointText(model, endpoint)),
    "## Always there",
    "`GET /healthz` (200, or 503 while the database is away), `GET /metrics` (Prometheus; with `METRICS_TOKEN` or, where that is not set, for the same machine), `GET /openapi.json`.",
    ...(model.type === "graphql" ? graphqlText(model) : []),
    "## Environment",
    environmentTable(model),
  ].join("\n\n")}\n`;
}

function corsText({ corsOrigins }: ApiModel): string {
  if (corsOrigins === undefined) return "Browsers may not call it from other origins.";
  return corsOrigins.length === 0
    ? "Browsers may call it from the origins in `CORS_ORIGINS`: none yet."
    : `Browsers may call it from ${corsOrigins.join(", ")}, or from what \`CORS_ORIGINS\` names instead.`;
}

function endpointText(model: ApiModel, endpoint: Endpoint): readonly string[] {
  const { method, path, handler, authentication, body } = endpoint;
  const table = model.tables.find(({ name }) => name === endpoint.table);
  const successes = successesOf(endpoint, table);
  const answers = [...successes, ...refusalsOf(endpoint)].map(
    ({ status, description }) => `| ${status} | ${description} |`,
  );
  const rows = ["list", "get", "create"].includes(handler) ? ` of \`${table?.name ?? ""}\`` : "";
  return [
    `### ${method} ${path}`,
    `${SUMMARIES[handler]}${rows}. For ${handler === "webhook" ? "who has the secret" : WHO[authentication]}.`,
    ...parameterText(endpoint),
    ...(body === undefined ? [] : [fieldTable(body), jsonText(exampleOf(body))]),
    ...(handler === "webhook"
      ? [
          "Signed as Standard Webhooks: `webhook-id`, `webhook-timestamp` (five minutes at most from now) and `webhook-signature`. The same id again is answered 200 and stored once.",
        ]
      : []),
    ["| answer | |", "|---|---|", ...answers].join("\n"),
    ...(handler === "graphql" ? [] : successes.slice(-1).flatMap((success) => answerText(success, table))),
  ];
}

/** Headers of a webhook are told in words. */
function parameterText(endpoint: Endpoint): readonly string[] {
  const shown = parametersOf(endpoint).filter((parameter) => parameter.in !== "header");
  if (shown.length === 0) return [];
  const rows = shown.map(({ name, in: where, required, schema }) => {
    const told = typeof schema.description === "string" ? schema.description : ruleText(schema);
    const usual = schema.default === undefined ? "" : `, ${String(schema.default)} where left out`;
    return `| \`${name}\` | in the ${where} | ${told}${usual} | ${required ? "yes" : ""} |`;
  });
  return [["| parameter | | | must be there |", "|---|---|---|---|", ...rows].join("\n")];
}

function answerText({ status, schema }: Success, table: TableModel | undefined): readonly string[] {
  const row = table === undefined ? {} : rowOutput(table);
  return [`With ${status}:`, jsonText(exampleOf(inlined(schema, row)))];
}

/** With the row itself where one is referred to. */
function inlined(schema: JsonSchema, row: JsonSchema): JsonSchema {
  if (schema.$ref !== undefined) return row;
  const inner = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    return inlined(value as JsonSchema, row);
  };
  return Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, inner(value)]));
}

function jsonText(value: unknown): string {
  return `\`\`\`json\n${JSON.stringify(value, undefined, 2)}\n\`\`\``;
}

function fieldTable(body: JsonSchema): string {
  const required: readonly unknown[] = Array.isArray(body.required) ? body.required : [];
  const properties = Object.entries((body.properties ?? {}) as Readonly<Record<string, JsonSchema>>);
  const rows = properties.map(
    ([name, schema]) => `| \`${name}\` | ${ruleText(schema)} | ${required.includes(name) ? "yes" : ""} |`,
  );
  return ["| field | | must be there |", "|---|---|---|", ...rows].join("\n");
}

const FORMATS: Readonly<Record<string, string>> = {
  email: "e-mail address",
  uri: "address of a page",
  date: "day, such as 2025-01-31",
  "date-time": "moment, such as 2025-01-31T12:00:00Z",
  uuid: "UUID",
};

function ruleText(schema: JsonSchema): string {
  const { type, format, enum: values, minLength, maxLength, minimum, maximum } = schema;
  if (Array.isArray(values))
    return values
      .filter((value) => value !== null)
      .map((value) => `\`${String(value).replaceAll("|", "\\|")}\``)
      .join(", ");
  if (typeof format === "string") return FORMATS[format] ?? format;
  if (type === "integer") return `whole number from ${String(minimum)} to ${String(maximum)}`;
  if (digitsPattern(schema) !== undefined) return "number, as text";
  if (type === "boolean") return "true or false";
  if (type !== "string") return "any JSON";
  if (maxLength === undefined) return "text";
  return `text of ${minLength === undefined ? "up to" : `${String(minLength)} to`} ${String(maxLength)} characters`;
}

function graphqlText(model: ApiModel): readonly string[] {
  return [
    "## GraphQL",
    "At most 8 levels, 15 aliases and 10 operations a request; each operation counts as a request against the limit. With `NODE_ENV=production` it does not describe itself: here is what it knows.",
    `\`\`\`graphql\n${graphqlSchema(model.resources, model.tables)}\`\`\``,
  ];
}

function environmentTable(model: ApiModel): string {
  const rows = variables(model).map(({ name, about }) => `| \`${name}\` | ${about} |`);
  return ["| variable | |", "|---|---|", ...rows].join("\n");
}
