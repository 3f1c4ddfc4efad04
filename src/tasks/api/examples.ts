// PURE: values that fit a schema, for documents to show.
import { digitsPattern } from "./schemas.ts";
import type { JsonSchema } from "./types.ts";

const BY_NAME: Readonly<Record<string, string>> = {
  id: "42",
  token: "eyJhbGciOi…",
  next: "42",
  name: "Ada Lovelace",
  first_name: "Ada",
  last_name: "Lovelace",
  email: "ada@client.example",
  password: "correct horse battery",
  message: "Please call me back.",
  subject: "A question",
  company: "Client Ltd",
  phone: "+44 20 7946 0000",
  currency: "EUR",
  sku: "CUP-1",
  slug: "a-title",
  title: "A title",
  country: "GB",
};
const BY_FORMAT: Readonly<Record<string, string>> = {
  email: "ada@client.example",
  uri: "https://client.example/",
  date: "2025-01-31",
  "date-time": "2025-01-31T12:00:00.000Z",
  uuid: "0b0c5b3e-58f5-4a39-9d7f-2f7c2f6b1a11",
};

/** An example of the schema; `name` is that of the field it stands for. */
export function exampleOf(schema: JsonSchema, name = ""): unknown {
  const { type, format, enum: values, items, properties, example } = schema;
  if (example !== undefined) return example;
  if (Array.isArray(values)) return values[0];
  if (isSchemas(properties))
    return Object.fromEntries(Object.entries(properties).map(([key, each]) => [key, exampleOf(each, key)]));
  if (type === "array") return [exampleOf(isSchema(items) ? items : {})];
  if (type === "integer") return nearest(schema);
  if (type === "boolean") return true;
  if (type !== "string") return {};
  if (typeof format === "string") return BY_FORMAT[format] ?? "";
  return sentence(schema, name);
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSchemas(value: unknown): value is Readonly<Record<string, JsonSchema>> {
  return isSchema(value) && Object.values(value).every(isSchema);
}

/** One, or what comes nearest to it within the bounds. */
function nearest({ minimum, maximum }: JsonSchema): number {
  const least = typeof minimum === "number" ? Math.ceil(minimum) : 1;
  const most = typeof maximum === "number" ? Math.floor(maximum) : 1;
  return Math.min(Math.max(1, least), most);
}

function sentence(schema: JsonSchema, name: string): string {
  const { minLength, maxLength } = schema;
  const pattern = digitsPattern(schema);
  // A decimal below one begins with 0.
  if (pattern !== undefined) return pattern.startsWith("^-?0") ? "0" : "1";
  const usual = (Object.hasOwn(BY_NAME, name) ? BY_NAME[name] : undefined) ?? "text";
  const least = typeof minLength === "number" ? minLength : 0;
  const most = typeof maxLength === "number" ? maxLength : usual.length;
  return usual.padEnd(least, "x").slice(0, Math.max(most, least));
}
