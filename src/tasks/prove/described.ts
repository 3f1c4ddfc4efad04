// Whether the service is as its own description (OpenAPI) says: every answer that was seen is held against it.
import { z } from "zod";
import { type Asked, ask, type Reply } from "./ask.ts";
import { isProblem, type Probe, type Seen, seen } from "./probe.ts";
import type { Observed, Trial } from "./trial.ts";

export type JsonSchema = { readonly [key: string]: unknown };

export interface Operation {
  readonly requestBody?: { readonly content?: Content };
  readonly responses?: Readonly<Record<string, { readonly content?: Content } | undefined>>;
}
type Content = Readonly<Record<string, { readonly schema?: JsonSchema } | undefined>>;

export interface Description {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation | undefined>>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, JsonSchema>> };
}

export const DESCRIPTION: Asked = { path: "/openapi.json" };
const TOLD_AT_MOST = 3;

/** Last, when every answer was seen. */
export function descriptionProbes(trial: Trial, base: string): readonly Probe[] {
  const { wanted, observed } = trial;
  const probe = (name: string, expected: string, look: (description: Description) => Seen): Probe => ({
    name,
    about: "documentation",
    expected,
    look: async () => {
      const description = descriptionIn(await ask(base, DESCRIPTION));
      return description === undefined ? seen(false, "no OpenAPI 3.0") : look(description);
    },
  });
  return [
    probe(
      "GET /openapi.json describes every endpoint",
      "OpenAPI 3.0 with each endpoint of the task",
      (description) => {
        const missing = wanted.endpoints
          .filter(({ method, path }) => description.paths[path]?.[method.toLowerCase()] === undefined)
          .map(({ method, path }) => `${method} ${path}`);
        const words = missing.length === 0 ? "nothing missing" : `missing: ${missing.join(", ")}`;
        return seen(missing.length === 0, `${description.openapi}, ${words}`);
      },
    ),
    probe(
      "every answer is as /openapi.json describes it",
      "its status, its media type and its schema are declared there",
      (description) => heldAgainst(description, observed),
    ),
  ];
}

function heldAgainst(description: Description, observed: readonly Observed[]): Seen {
  const schemas = new Map<JsonSchema, z.ZodType>();
  const wrong = new Set(observed.flatMap((one) => misfit(description, one, schemas) ?? []));
  const told = [...wrong].slice(0, TOLD_AT_MOST).join("; ");
  const words = `${observed.length} answers held against it`;
  return seen(wrong.size === 0 && observed.length > 0, wrong.size === 0 ? words : `${words}: ${told}`);
}

export function descriptionIn({ json }: Reply): Description | undefined {
  if (typeof json !== "object" || json === null || !("openapi" in json) || !("paths" in json))
    return undefined;
  return String(json.openapi).startsWith("3.0.") ? (json as Description) : undefined;
}

/** What is not as described; `schemas` keeps those that were read. */
export function misfit(
  description: Description,
  answer: Observed,
  schemas: Map<JsonSchema, z.ZodType> = new Map(),
): string | undefined {
  const { method, path, status, type, json } = answer;
  const template = templateOf(description, path);
  const operation = template === undefined ? undefined : description.paths[template]?.[method.toLowerCase()];
  if (operation === undefined) return strayMisfit(answer);
  const what = `${status} of ${method} ${template}`;
  const response = operation.responses?.[String(status)];
  if (response === undefined) return `${what} is not declared`;
  if (response.content === undefined) return undefined;
  const declared = response.content[type];
  if (declared === undefined) return `${what} is ${type || "of no type"}, which is not declared`;
  if (declared.schema === undefined || !type.endsWith("json")) return undefined;
  const result = schemaFor(description, declared.schema, schemas).safeParse(json);
  const [issue] = result.success ? [] : result.error.issues;
  return issue === undefined ? undefined : `${what}: ${issue.path.join(".") || "it"} ${issue.message}`;
}

/** What no description needs to name: what is not there, the limit, and the questions of browsers. */
function strayMisfit({ method, path, status, type, json }: Observed): string | undefined {
  if (method === "OPTIONS") return undefined;
  const refusal = isProblem({ status, headers: { "content-type": type }, text: "", json });
  return refusal && [404, 429].includes(status)
    ? undefined
    : `${status} of ${method} ${path} is not declared`;
}

/** A path as it is written wins over one with a parameter. */
function templateOf({ paths }: Description, path: string): string | undefined {
  if (Object.hasOwn(paths, path)) return path;
  const parts = path.split("/");
  return Object.keys(paths).find((template) => {
    const wanted = template.split("/");
    return (
      wanted.length === parts.length && wanted.every((part, at) => part.startsWith("{") || part === parts[at])
    );
  });
}

function schemaFor(
  { components }: Description,
  schema: JsonSchema,
  known: Map<JsonSchema, z.ZodType>,
): z.ZodType {
  const before = known.get(schema);
  if (before !== undefined) return before;
  const whole = JSON.stringify({ ...schema, definitions: components?.schemas ?? {} });
  // Where the reader looks for what is referred to.
  const local = whole.replaceAll("#/components/schemas/", "#/definitions/");
  const read = z.fromJSONSchema(JSON.parse(local), { defaultTarget: "openapi-3.0" });
  known.set(schema, read);
  return read;
}
