// PURE: what a task says of its API, as one typed model, or what it would have to say.
import type { Assumption } from "../answer.ts";
import { catalogueTable, databaseModel } from "../database/model.ts";
import { columnOf, type TableModel } from "../database/types.ts";
import type { DatabaseConfig, TaskOf } from "../schema.ts";
import { CONTACT_TABLE, type ContactForm, contactForm, contactTable } from "./contact.ts";
import { endpointsOf } from "./endpoints.ts";
import { type Meaning, meaningOf } from "./handlers.ts";
import { resourceOf } from "./resources.ts";
import { inputColumns, unfillable } from "./schemas.ts";
import { type ApiModel, type Endpoint, EVENT_HANDLERS, type Handler, type Need, type Rate } from "./types.ts";

const AT = "api_requirements";
const WINDOWS: Readonly<Record<string, number>> = { second: 1000, minute: 60_000, hour: 3_600_000 };

/** Tables that handlers need, and what these write into them. */
const OWN_TABLES: Readonly<
  Record<string, { readonly for: readonly Handler[]; readonly written: readonly string[] }>
> = {
  users: {
    for: ["register", "login", "profile"],
    written: ["email", "name", "password_hash"],
  },
  newsletter_subscribers: { for: ["newsletter"], written: ["email", "name", "status", "token_hash"] },
  webhook_events: { for: ["webhook"], written: ["source", "event_id", "payload"] },
  outbox: { for: [...EVENT_HANDLERS, "newsletter"], written: ["id", "kind", "payload", "next_attempt_at"] },
};

interface Read {
  readonly spec: TaskOf<"setup_api">["specifications"]["api_requirements"]["endpoints"][number];
  readonly at: string;
  readonly meaning: Meaning;
}

/** The model of an API. `needs` is everything that is missing, not the first alone. Throws what databaseModel throws. */
export function apiModel(task: TaskOf<"setup_api">): ApiModel | { readonly needs: readonly Need[] } {
  const { api_requirements: api, database_config: config, security_features: features } = task.specifications;
  if (config?.type === "mongodb") return { needs: [noMongo()] };
  const { read, needs, assumptions, warnings } = readEndpoints(task);
  const contacts = read
    .filter(({ meaning }) => meaning.handler === "contact")
    .map(({ spec, at }) => contactForm(spec, at));
  const forms = contacts.map(({ form }) => form);
  needs.push(...contacts.flatMap((contact) => contact.needs), ...clashes(read));
  if (needs.length > 0) return { needs };
  for (const [index, { assumed }] of contacts.entries())
    for (const guess of assumed)
      assumptions.push({ field: read.filter(isContact)[index]?.at ?? AT, assumed: guess });

  const name = api.name ?? "api";
  if (api.name === undefined) assumptions.push({ field: `${AT}.name`, assumed: `the API is called ${name}` });
  const built = databaseModel(config ?? ownDatabase(name), neededTables(read, forms));
  const { tables } = built.model;
  needs.push(...tableNeeds(read, tables, forms));
  const shown = api.type === "graphql" ? (config?.schema_requirements.tables ?? []) : [];
  const resources = shown.flatMap((spec) =>
    resourceOf(typeof spec === "string" ? spec : spec.name, tables, needs),
  );
  if (needs.length > 0) return { needs };
  const endpoints = endpointsOf(read, { forms, tables });
  warnings.push(...built.warnings, ...warningsOf(endpoints, features.includes("cors"), api.cors_origins));
  return {
    name,
    type: api.type,
    dialect: config?.type ?? "postgresql",
    database: built.model,
    endpoints,
    tables,
    resources,
    rate: rateOf(api.rate_limiting),
    ...(features.includes("cors") || api.cors_origins.length > 0
      ? { corsOrigins: api.cors_origins.map(originOf) }
      : {}),
    assumptions: [...assumptions, ...built.assumptions],
    warnings,
  };
}

function isContact({ meaning }: Read): boolean {
  return meaning.handler === "contact";
}

function noMongo(): Need {
  return {
    field: "database_config.type",
    message: "An API keeps its rows in PostgreSQL or MySQL, not in MongoDB",
    hint: "Write `type: postgresql` or `type: mysql`.",
  };
}

function readEndpoints(task: TaskOf<"setup_api">) {
  const { api_requirements: api, database_config: config } = task.specifications;
  const names =
    config?.schema_requirements.tables.map((table) => (typeof table === "string" ? table : table.name)) ?? [];
  const assumptions: Assumption[] = [];
  const warnings: string[] = [];
  const needs: Need[] = [];
  const read: Read[] = [];
  for (const [index, spec] of api.endpoints.entries()) {
    const at = `${AT}.endpoints.${index}`;
    const meaning = meaningOf(spec, at, { type: api.type, tables: names });
    if ("message" in meaning) needs.push(meaning);
    else if (meaning.table !== undefined && !names.includes(meaning.table))
      needs.push(unknownTable(meaning.table, at, names));
    else read.push({ spec, at, meaning });
  }
  const graphql = read.filter(({ meaning }) => meaning.handler === "graphql");
  if (api.type === "graphql" && graphql.length === 0) {
    assumptions.push({
      field: `${AT}.endpoints`,
      assumed: "GraphQL is at POST /graphql and asks for an API key",
    });
    read.push({
      spec: { path: "/graphql", method: "POST", authentication: "api_key", response_format: "json" },
      at: `${AT}.endpoints`,
      meaning: { handler: "graphql" },
    });
  }
  if (graphql.length > 1)
    needs.push({
      field: graphql[1]?.at ?? AT,
      message: "There is more than one GraphQL endpoint",
      hint: "Leave one out.",
    });
  if (api.type === "graphql" && names.length === 0)
    needs.push({
      field: "database_config",
      message: "Nothing says which tables GraphQL shows",
      hint: "Add database_config with schema_requirements.tables.",
    });
  if (api.endpoints.length === 0 && api.type !== "graphql")
    needs.push({
      field: `${AT}.endpoints`,
      message: "There are no endpoints",
      hint: "List one at least: {path: /api/contact}.",
    });
  return { read, needs, assumptions, warnings };
}

function unknownTable(table: string, at: string, known: readonly string[]): Need {
  return {
    field: `${at}.table`,
    message: `${table} is no table of this task`,
    hint:
      known.length === 0
        ? "List it in database_config.schema_requirements.tables."
        : `There are ${known.join(", ")}.`,
  };
}

const RESERVED = ["GET /healthz", "GET /metrics", "GET /openapi.json"];

/** Two that would answer one request. */
function clashes(read: readonly Read[]): readonly Need[] {
  const seen = new Set(RESERVED);
  const needs: Need[] = [];
  for (const { spec, at, meaning } of read) {
    const keys = [`${spec.method} ${spec.path.replace(/\{\w+\}/g, "{}")}`];
    if (meaning.handler === "newsletter")
      keys.push(`GET ${spec.path}/confirm`, `GET ${spec.path}/unsubscribe`, `POST ${spec.path}/unsubscribe`);
    const taken = keys.find((key) => seen.has(key));
    if (taken !== undefined)
      needs.push({
        field: `${at}.path`,
        message: `${taken} is there already`,
        hint: "Choose another path, or leave one out.",
      });
    for (const key of keys) seen.add(key);
  }
  return needs;
}

function ownDatabase(name: string): DatabaseConfig {
  return {
    type: "postgresql",
    environment: "development",
    name: name.replaceAll("-", "_"),
    schema_requirements: { tables: [], relationships: [] },
  };
}

function neededTables(read: readonly Read[], forms: readonly ContactForm[]): readonly TableModel[] {
  const tokens = read.some(({ spec }) => spec.authentication === "jwt_token");
  const names = Object.entries(OWN_TABLES)
    .filter(
      ([table, own]) =>
        read.some(({ meaning }) => own.for.includes(meaning.handler)) ||
        (tokens && table === "users") ||
        (table === "outbox" && read.some(({ meaning }) => meaning.handler === "newsletter")),
    )
    .map(([table]) => table);
  const contact = contactTable(forms);
  return [...names.map(catalogueTable), contact].filter((table) => table !== undefined);
}

/** Tables of the task's own that do not take what a handler writes. */
function tableNeeds(
  read: readonly Read[],
  tables: readonly TableModel[],
  forms: readonly ContactForm[],
): readonly Need[] {
  const field = "database_config.schema_requirements.tables";
  const wanted = new Map(Object.entries(OWN_TABLES).map(([name, { written }]) => [name, written]));
  wanted.set(CONTACT_TABLE, forms[0]?.columns.map(({ name }) => name) ?? []);
  const used = neededTables(read, forms).map(({ name }) => name);
  const needs: Need[] = [];
  for (const table of tables.filter(({ name }) => used.includes(name))) {
    const missing = unfillable(table, wanted.get(table.name) ?? []);
    if (missing.length > 0)
      needs.push({
        field,
        message: `${table.name} demands ${missing.join(", ")}, which its endpoint does not take`,
        hint: `Make it nullable, give it a default, or leave ${table.name} out of the tables: it is made as needed.`,
      });
    const key = catalogueTable(table.name)?.uniques[0] ?? [];
    if (key.length > 0 && table.uniques.every((unique) => unique.join() !== key.join()))
      needs.push({
        field,
        message: `${table.name} may hold one ${key.join(" and ")} twice`,
        hint: "Make it unique.",
      });
    const id = catalogueTable(table.name)?.columns.find(({ name }) => name === "id")?.type;
    if (table.primaryKey.join() !== "id" || columnOf(table, "id")?.type !== id)
      needs.push({
        field,
        message: `${table.name} must have the primary key id, of the type ${id}`,
        hint: "Change it, or leave the table out: it is made as needed.",
      });
  }
  for (const { at, meaning } of read) needs.push(...rowNeeds(at, meaning, tables));
  for (const one of read) needs.push(...openNeeds(one, tables));
  return needs;
}

const SHOWS: readonly Handler[] = ["list", "get", "graphql"];

/** Whom people wrote to, and where they can be written to, is not for everybody to read. */
function openNeeds({ spec, at, meaning }: Read, tables: readonly TableModel[]): readonly Need[] {
  if (spec.authentication !== "none" || !SHOWS.includes(meaning.handler)) return [];
  const shown = meaning.handler === "graphql" ? tables : tables.filter(({ name }) => name === meaning.table);
  const personal = shown.find(({ columns }) => columns.some(({ type }) => type === "email"));
  if (personal === undefined) return [];
  return [
    {
      field: `${at}.authentication`,
      message: `Anybody could read the e-mail addresses in ${personal.name}`,
      hint: "Write `authentication: api_key` or `authentication: jwt_token`.",
    },
  ];
}

function rowNeeds(
  at: string,
  { handler, table: name }: Meaning,
  tables: readonly TableModel[],
): readonly Need[] {
  const table = tables.find((each) => each.name === name);
  if (table === undefined) return [];
  if (table.primaryKey.length !== 1)
    return [
      {
        field: `${at}.table`,
        message: `${table.name} has no single key to find a row by`,
        hint: "Use a table with an id.",
      },
    ];
  const missing =
    handler === "create"
      ? unfillable(table, [
          "id",
          "created_at",
          "updated_at",
          ...inputColumns(table).map((column) => column.name),
        ])
      : [];
  if (missing.length === 0) return [];
  return [
    {
      field: `${at}.table`,
      message: `A row of ${table.name} needs ${missing.join(", ")}, which nobody may send`,
      hint: table.name === "users" ? "Use the handler register." : "Use another table.",
    },
  ];
}

function rateOf(text: string): Rate {
  const [count = "", , , window = ""] = text.split("_");
  return { max: Number(count), windowMs: WINDOWS[window] ?? 60_000 };
}

function originOf(url: string): string {
  return new URL(url).origin;
}

function warningsOf(
  endpoints: readonly Endpoint[],
  cors: boolean,
  origins: readonly string[],
): readonly string[] {
  const warnings: string[] = [];
  const has = (handler: Handler) => endpoints.some((endpoint) => endpoint.handler === handler);
  if (endpoints.some(({ authentication }) => authentication === "jwt_token") && !has("login"))
    warnings.push("Nothing here gives tokens: add a login, or no jwt_token will ever fit.");
  if (has("login") && !has("register"))
    warnings.push("Nobody can register: accounts are made with `node create-user.js`.");
  if (cors && origins.length === 0)
    warnings.push("No origin may call from a browser yet: name them in cors_origins, or in CORS_ORIGINS.");
  return warnings;
}
