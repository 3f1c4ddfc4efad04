// What a made API has to do, from the task alone: nothing here knows how it is made.
import type { BodyFieldSpec, EndpointSpec, HANDLERS, TaskOf } from "../schema.ts";

export type Handler = (typeof HANDLERS)[number];

/** A field that a body may have. Lengths count characters. */
export interface FieldRule {
  readonly name: string;
  readonly type: "string" | "text" | "email" | "integer" | "decimal" | "boolean" | "date" | "url" | "enum";
  readonly required: boolean;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly values?: readonly string[] | undefined;
}

export interface Expectation {
  readonly method: string;
  readonly path: string;
  readonly authentication: "none" | "api_key" | "jwt_token";
  readonly handler: Handler;
  readonly table: string | undefined;
  /** Empty where it takes no body, or one of a table's columns. */
  readonly fields: readonly FieldRule[];
}

export interface Expectations {
  readonly name: string;
  readonly type: "rest" | "graphql" | "webhook";
  readonly endpoints: readonly Expectation[];
  readonly rate: { readonly max: number; readonly windowMs: number };
  /** Undefined where no browser of another origin may call. */
  readonly origins: readonly string[] | undefined;
  readonly graphql:
    | { readonly path: string; readonly authentication: Expectation["authentication"] }
    | undefined;
  /** Has a handler of these, or an endpoint that asks for it. */
  readonly has: (what: Handler | "api_key" | "jwt_token") => boolean;
}

const WINDOWS: Readonly<Record<string, number>> = { second: 1000, minute: 60_000, hour: 3_600_000 };

const text = (name: string, max: number, required = true): FieldRule => ({
  name,
  type: "string",
  required,
  min: required ? 1 : undefined,
  max,
});
const email: FieldRule = { name: "email", type: "email", required: true, max: 254 };

const CONTACT: readonly FieldRule[] = [
  text("name", 200),
  email,
  { ...text("message", 5000), type: "text" },
  text("company", 200, false),
  text("phone", 40, false),
];

const BODIES: Readonly<Partial<Record<Handler, readonly FieldRule[]>>> = {
  contact: CONTACT,
  newsletter: [email, text("name", 200, false)],
  register: [email, { ...text("password", 128), min: 12 }, text("name", 200, false)],
  login: [email, { ...text("password", 128), min: 1 }],
};

export function expectationsOf({ specifications }: TaskOf<"setup_api">): Expectations {
  const { api_requirements: api, security_features: features } = specifications;
  const [max = "0", window = "minute"] = api.rate_limiting.split("_requests_per_");
  const endpoints =
    api.type === "graphql" ? [] : api.endpoints.flatMap((spec) => expectation(spec, api.type) ?? []);
  const [graphql] = api.endpoints;
  const wantsCors = features.includes("cors") || api.cors_origins.length > 0;
  return {
    name: api.name ?? "api",
    type: api.type,
    endpoints,
    rate: { max: Number(max), windowMs: WINDOWS[window] ?? 60_000 },
    origins: wantsCors ? api.cors_origins : undefined,
    graphql:
      api.type !== "graphql"
        ? undefined
        : { path: graphql?.path ?? "/graphql", authentication: graphql?.authentication ?? "api_key" },
    has: (what) =>
      endpoints.some(({ handler, authentication }) => handler === what || authentication === what) ||
      (api.type === "graphql" && (graphql?.authentication ?? "api_key") === what),
  };
}

/** Undefined where the task does not say what it is to do. */
function expectation(spec: EndpointSpec, type: string): Expectation | undefined {
  const handler = handlerOf(spec, type);
  if (handler === undefined) return undefined;
  const { method, path, authentication } = spec;
  const table = ["list", "get", "create"].includes(handler) ? (spec.table ?? lastSegment(path)) : undefined;
  return { method, path, authentication, handler, table, fields: fieldsOf(spec, handler) };
}

const BY_SEGMENT: Readonly<Record<string, readonly [method: string, handler: Handler]>> = {
  contact: ["POST", "contact"],
  "contact-us": ["POST", "contact"],
  newsletter: ["POST", "newsletter"],
  subscribe: ["POST", "newsletter"],
  register: ["POST", "register"],
  signup: ["POST", "register"],
  "sign-up": ["POST", "register"],
  login: ["POST", "login"],
  signin: ["POST", "login"],
  "sign-in": ["POST", "login"],
  profile: ["GET", "profile"],
  me: ["GET", "profile"],
};

function handlerOf({ handler, table, path, method }: EndpointSpec, type: string): Handler | undefined {
  if (handler !== undefined) return handler;
  if (type === "webhook") return "webhook";
  const [usual, known] = BY_SEGMENT[lastSegment(path)] ?? [];
  if (table === undefined && known !== undefined && usual === method) return known;
  if (method === "POST") return "create";
  if (method !== "GET") return undefined;
  return path.endsWith("}") ? "get" : "list";
}

function fieldsOf({ fields, validation }: EndpointSpec, handler: Handler): readonly FieldRule[] {
  const usual = BODIES[handler] ?? [];
  if (handler !== "contact" || (fields === undefined && validation === undefined)) return usual;
  return (fields ?? validation ?? []).map(fieldRule);
}

function fieldRule(spec: BodyFieldSpec): FieldRule {
  if (typeof spec !== "string") return { ...spec, min: spec.min ?? (spec.required ? 1 : undefined) };
  return CONTACT.find(({ name }) => name === spec) ?? { name: spec, type: "string", required: true };
}

/** The path's last part that is no parameter. */
function lastSegment(path: string): string {
  return path.split("/").findLast((part) => part !== "" && !part.startsWith("{")) ?? "";
}
