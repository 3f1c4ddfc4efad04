// What a task file may say. Short forms stay as they are written here; what they mean is read by the parts that build.
import { z } from "zod";
import { POINTS, SERVICE_TYPES } from "../services/provider.ts";

export const TASK_TYPES = [
  "setup_api",
  "configure_database",
  "integrate_service",
  "connect",
  "publish",
  "pull",
  "sync",
] as const;
export type TaskType = (typeof TASK_TYPES)[number];

export const PRIORITIES = ["high", "normal", "low"] as const;
export const ENVIRONMENTS = ["production", "staging", "development"] as const;
export const DATABASES = ["postgresql", "mysql", "mongodb"] as const;
export type DatabaseType = (typeof DATABASES)[number];

/** Table, column and role names: 63 bytes is PostgreSQL's limit. */
export const ident = z
  .string()
  .regex(
    /^[a-z][a-z0-9_]{0,62}$/,
    "must be a name of lower-case letters, digits and _ that begins with a letter",
  );

export const COLUMN_TYPES = [
  "id",
  "string",
  "text",
  "integer",
  "bigint",
  "decimal",
  "boolean",
  "date",
  "timestamp",
  "uuid",
  "json",
  "email",
  "money_cents",
  "enum",
] as const;
export type ColumnType = (typeof COLUMN_TYPES)[number];

const column = z.strictObject({
  name: ident,
  type: z.enum(COLUMN_TYPES),
  length: z.int().positive().max(65_535).optional(),
  values: z.array(z.string().min(1)).min(1).optional(),
  precision: z.int().min(1).max(38).optional(),
  scale: z.int().min(0).max(30).optional(),
  nullable: z.boolean().default(false),
  unique: z.boolean().default(false),
  index: z.boolean().default(false),
  check: z.strictObject({ min: z.number().optional(), max: z.number().optional() }).optional(),
  default: z.union([z.string(), z.number(), z.boolean()]).optional(),
});
export type ColumnSpec = z.infer<typeof column>;

const table = z.union([
  ident,
  z.strictObject({
    name: ident,
    columns: z.array(column).min(1),
    primary_key: z.array(ident).min(1).optional(),
    singular: ident.optional(),
    indexes: z
      .array(z.strictObject({ columns: z.array(ident).min(1), unique: z.boolean().default(false) }))
      .default([]),
  }),
]);
export type TableSpec = z.infer<typeof table>;

const relationship = z.union([
  z.string().regex(/^[a-z][a-z0-9_]*_to_[a-z][a-z0-9_]*$/, "must be `<table>_to_<table>`"),
  z.strictObject({
    from: ident,
    to: ident,
    kind: z.enum(["one_to_many", "one_to_one", "many_to_many"]),
    column: ident.optional(),
    through: ident.optional(),
    nullable: z.boolean().default(false),
    on_delete: z.enum(["restrict", "cascade", "set_null"]).default("restrict"),
  }),
]);
export type RelationshipSpec = z.infer<typeof relationship>;

export const databaseConfig = z.strictObject({
  type: z.enum(DATABASES),
  environment: z.enum(ENVIRONMENTS).default("development"),
  /** Guesses are refused; so they are for production where nothing is said. */
  strict: z.boolean().optional(),
  name: ident.optional(),
  schema_requirements: z.strictObject({
    tables: z.array(table).min(1).max(200),
    relationships: z.array(relationship).max(400).default([]),
  }),
});
export type DatabaseConfig = z.infer<typeof databaseConfig>;

/** A field of a request's body. The string form is a name whose rules are known: email, password, name … */
const bodyField = z.union([
  ident,
  z.strictObject({
    name: ident,
    type: z.enum(["string", "text", "email", "integer", "decimal", "boolean", "date", "url", "enum"]),
    required: z.boolean().default(true),
    min: z.number().optional(),
    max: z.number().optional(),
    values: z.array(z.string().min(1)).min(1).optional(),
  }),
]);
export type BodyFieldSpec = z.infer<typeof bodyField>;

export const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

/** What an endpoint does where its path does not tell. */
export const HANDLERS = [
  "contact",
  "newsletter",
  "register",
  "login",
  "profile",
  "list",
  "get",
  "create",
  "webhook",
] as const;

const endpoint = z.strictObject({
  path: z
    .string()
    .max(200)
    .regex(
      /^(?:\/(?:[a-z0-9][a-z0-9._~-]*|\{[a-z][a-z0-9_]*\}))+$/,
      "must be a path such as /api/contact or /api/orders/{id}",
    ),
  method: z.enum(METHODS).default("POST"),
  authentication: z.enum(["none", "api_key", "jwt_token"]).default("none"),
  handler: z.enum(HANDLERS).optional(),
  table: ident.optional(),
  validation: z.array(ident).min(1).optional(),
  fields: z.array(bodyField).min(1).max(100).optional(),
  response_format: z.enum(["json"]).default("json"),
  /** Of a webhook: what its signatures are made with. */
  signature: z.enum(["standard_webhooks"]).optional(),
});
export type EndpointSpec = z.infer<typeof endpoint>;

export const apiRequirements = z.strictObject({
  type: z.enum(["rest", "graphql", "webhook"]).default("rest"),
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,39}$/, "must be lower-case letters, digits and -")
    .optional(),
  endpoints: z.array(endpoint).max(100).default([]),
  rate_limiting: z
    .string()
    .regex(/^[1-9]\d{0,6}_requests_per_(?:second|minute|hour)$/, "must be such as 100_requests_per_minute")
    .default("100_requests_per_minute"),
  /** Origins that browsers may call from. */
  cors_origins: z
    .array(z.url({ protocol: /^https?$/ }))
    .max(100)
    .default([]),
});
export type ApiRequirements = z.infer<typeof apiRequirements>;

const interval = /^(?:real_time|every_[1-9]\d{0,3}_(?:minutes|hours|days)|hourly|daily|weekly)$/;

export const serviceIntegration = z.strictObject({
  service_type: z.enum(SERVICE_TYPES),
  provider: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,39}$/, "must be the name of a provider"),
  /** Name of the connection to it; the provider's where absent. */
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,39}$/, "must be lower-case letters, digits and -")
    .optional(),
  integration_points: z.array(z.enum(POINTS)).default([]),
  data_sync_frequency: z
    .string()
    .regex(interval, "must be real_time, hourly, daily, weekly or every_15_minutes")
    .default("real_time"),
  fields_to_sync: z.array(ident).max(50).default([]),
  /** What is no secret: a list's id, a region. Secrets come from the vault or the environment. */
  settings: z.record(ident, z.string().max(500)).default({}),
});
export type ServiceIntegration = z.infer<typeof serviceIntegration>;

const connectionName = z.string().regex(/^[a-z][a-z0-9-]{0,63}$/, "must be the name of a connection");
const place = {
  root: z.string().min(1).default("."),
  target: z.union([connectionName, z.array(connectionName).min(1)]),
};

export const connectSpec = z.strictObject({
  platform: z.string().min(1),
  name: connectionName,
  url: z.url({ protocol: /^https?$/ }).optional(),
});
export const publishSpec = z.strictObject({ ...place, paths: z.array(z.string().min(1)).min(1) });
export const syncSpec = z.strictObject({ ...place, paths: z.array(z.string().min(1)).min(1).optional() });

const base = {
  task_id: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,79}$/, "must be letters, digits, _, - and ., at most 80"),
  dependencies: z.array(z.string().min(1)).max(100).default([]),
  output_format: z.enum(["integration"]).default("integration"),
  priority: z.enum(PRIORITIES).default("normal"),
};

export const SECURITY_FEATURES = ["rate_limiting", "input_validation", "cors", "security_headers"] as const;

export const setupApi = z.strictObject({
  ...base,
  task_type: z.literal("setup_api"),
  specifications: z.strictObject({
    api_requirements: apiRequirements,
    security_features: z.array(z.enum(SECURITY_FEATURES)).default([]),
    documentation_format: z.enum(["openapi_3.0"]).default("openapi_3.0"),
    /** Where it keeps what it takes; PostgreSQL with the tables that its endpoints need where absent. */
    database_config: databaseConfig.optional(),
    /** The service that what its forms take is passed on to. */
    service_integration: serviceIntegration.optional(),
  }),
});
export const configureDatabase = z.strictObject({
  ...base,
  task_type: z.literal("configure_database"),
  specifications: z.strictObject({ database_config: databaseConfig }),
});
export const integrateService = z.strictObject({
  ...base,
  task_type: z.literal("integrate_service"),
  specifications: z.strictObject({ service_integration: serviceIntegration }),
});
const connectTask = z.strictObject({
  ...base,
  task_type: z.literal("connect"),
  specifications: z.strictObject({ connection: connectSpec }),
});
const publishTask = z.strictObject({
  ...base,
  task_type: z.literal("publish"),
  specifications: z.strictObject({ content: publishSpec }),
});
const pullTask = z.strictObject({
  ...base,
  task_type: z.literal("pull"),
  specifications: z.strictObject({ content: syncSpec }),
});
const syncTask = z.strictObject({
  ...base,
  task_type: z.literal("sync"),
  specifications: z.strictObject({ content: syncSpec }),
});

export const taskSchema = z.discriminatedUnion("task_type", [
  setupApi,
  configureDatabase,
  integrateService,
  connectTask,
  publishTask,
  pullTask,
  syncTask,
]);
/** One task as its file has it, defaults filled in. */
export type Task = z.infer<typeof taskSchema>;
export type TaskOf<T extends TaskType> = Extract<Task, { readonly task_type: T }>;
