// What is handed out for an API: the parts it needs as they are in templates/api, and what says what it is.
import { readFileSync } from "node:fs";
import type { OutputFile } from "../answer.ts";
import { type MadeDatabase, migrationFiles } from "../database/files.ts";
import { TEMPLATES } from "../templates.ts";
import { environmentSample } from "./environment.ts";
import { openapiDocument } from "./openapi.ts";
import { packageFiles } from "./packages.ts";
import { graphqlSchema } from "./resources.ts";
import {
  endpointsSource,
  handlerFile,
  hasMail,
  hasOutbox,
  hasTokens,
  partsSource,
  usedHandlers,
} from "./source.ts";
import type { ApiModel } from "./types.ts";

/** Where they are called otherwise, as what they are called here would mean something for the package itself. */
const RENAMED: Readonly<Record<string, string>> = {
  ".gitignore": "gitignore",
  ".dockerignore": "dockerignore",
};

/**
 * Every file of `apis/<name>/`. `made` is what an earlier run left there (`madeDatabase` of that directory): its
 * migrations stay, and one more is added where the tables have grown.
 */
export function apiFiles(model: ApiModel, made?: MadeDatabase): readonly OutputFile[] {
  const base = `apis/${model.name}`;
  const packages = packageFiles(
    model,
    JSON.parse(template("packages/package.json")),
    JSON.parse(template("packages/package-lock.json")),
  );
  const own: Readonly<Record<string, string>> = {
    "package.json": packages.manifest,
    "package-lock.json": packages.lock,
    ".env.example": environmentSample(model),
    "endpoints.js": endpointsSource(model),
    "parts.js": partsSource(model),
    "openapi.json": `${JSON.stringify(openapiDocument(model), undefined, 2)}\n`,
    ...(model.type === "graphql" ? { "schema.graphql": graphqlSchema(model.resources, model.tables) } : {}),
  };
  return [
    ...Object.entries(own).map(([name, text]) => ({ path: `${base}/${name}`, text })),
    ...templatesOf(model).map((name) => ({ path: `${base}/${name}`, text: template(sourceOf(model, name)) })),
    ...migrationFiles(model.database, base, made),
  ];
}

function sourceOf(model: ApiModel, name: string): string {
  return name === "store.js" ? `store-${model.dialect}.js` : (RENAMED[name] ?? name);
}

function templatesOf(model: ApiModel): readonly string[] {
  const handlers = usedHandlers(model);
  const people = handlers.some((handler) => handler === "login" || handler === "register");
  const rows =
    hasTokens(model) ||
    model.resources.length > 0 ||
    handlers.some((handler) => handlerFile(handler) === "handlers/table.js");
  const files: readonly (readonly [string, boolean])[] = [
    ["server.js", true],
    ["app.js", true],
    ["config.js", true],
    ["problems.js", true],
    ["limits.js", true],
    ["authentication.js", true],
    ["metrics.js", true],
    ["cors.js", model.corsOrigins !== undefined],
    ["store.js", true],
    ["tokens.js", hasTokens(model)],
    ["passwords.js", people],
    ["create-user.js", handlers.includes("login")],
    ["rows.js", rows],
    ["outbox.js", hasOutbox(model)],
    ["mail.js", hasMail(model)],
    ["Dockerfile", true],
    [".dockerignore", true],
    [".gitignore", true],
    ["README.md", true],
    ["test/api.test.js", true],
  ];
  return [
    ...files.filter(([, needed]) => needed).map(([name]) => name),
    ...new Set(handlers.map(handlerFile)),
  ];
}

function template(name: string): string {
  return readFileSync(new URL(`api/${name}`, TEMPLATES), "utf8");
}
