// PURE: the files of a service that say what it is: its endpoints, and the parts it is made of.
import { braced, literal } from "./literal.ts";
import {
  type ApiModel,
  type Endpoint,
  EVENT_HANDLERS,
  type Handler,
  HIDDEN,
  TABLE_HANDLERS,
} from "./types.ts";

const SCHEMES = { postgresql: ["postgresql:", "postgres:"], mysql: ["mysql:", "mariadb:"] } as const;

/** Which file of handlers/ a handler is in. */
export function handlerFile(handler: Handler): string {
  if (TABLE_HANDLERS.includes(handler)) return "handlers/table.js";
  if (handler.endsWith("Newsletter") || handler === "newsletterState") return "handlers/newsletter.js";
  return handler === "graphql" ? "graphql.js" : `handlers/${handler}.js`;
}

export function usedHandlers({ endpoints }: ApiModel): readonly Handler[] {
  return [...new Set(endpoints.map(({ handler }) => handler))].toSorted();
}

export function hasTokens({ endpoints }: ApiModel): boolean {
  return endpoints.some(
    ({ authentication, handler }) => authentication === "jwt_token" || handler === "login",
  );
}

export function hasEvents(model: ApiModel): boolean {
  return usedHandlers(model).some((handler) => EVENT_HANDLERS.includes(handler));
}

export function hasMail(model: ApiModel): boolean {
  return usedHandlers(model).includes("newsletter");
}

export function hasOutbox(model: ApiModel): boolean {
  return hasEvents(model) || hasMail(model);
}

/** endpoints.js: everything that is data. */
export function endpointsSource(model: ApiModel): string {
  const api = {
    name: model.name,
    databaseSchemes: SCHEMES[model.dialect],
    rate: model.rate,
    corsOrigins: model.corsOrigins,
    events: hasEvents(model),
  };
  const tables = Object.fromEntries(
    model.tables
      .filter(({ name, primaryKey }) => primaryKey.length === 1 && isUsed(model, name))
      .map(({ name, primaryKey, columns }) => [
        name,
        {
          key: primaryKey[0],
          columns: Object.fromEntries(columns.map((column) => [column.name, column.type])),
          hidden: columns.map((column) => column.name).filter((column) => HIDDEN.includes(column)),
        },
      ]),
  );
  const resources =
    model.type === "graphql"
      ? `\n// Tables that GraphQL shows.\nexport const resources = ${literal(model.resources)};\n`
      : "";
  return `// What this API is: its endpoints, and the tables they read and write. openapi.json says the same to others.

export const api = ${literal(api)};

export const tables = ${literal(tables)};

export const endpoints = ${literal(model.endpoints.map(orderedEndpoint))};
${resources}`;
}

/** Tables of the database that no endpoint touches are none of the service's business. */
function isUsed(model: ApiModel, table: string): boolean {
  const needed: Readonly<Record<string, boolean>> = {
    users: hasTokens(model) || usedHandlers(model).includes("register"),
    outbox: hasOutbox(model),
    newsletter_subscribers: hasMail(model),
    webhook_events: usedHandlers(model).includes("webhook"),
  };
  return (
    needed[table] === true ||
    model.endpoints.some((endpoint) => endpoint.table === table) ||
    model.resources.some((resource) => resource.table === table)
  );
}

function orderedEndpoint({ method, path, handler, authentication, ...rest }: Endpoint): object {
  return { method, path, handler, authentication, ...rest };
}

/** parts.js: the handlers and checks that this API uses, and no other. */
export function partsSource(model: ApiModel): string {
  const handlers = usedHandlers(model);
  const files = [...new Set(handlers.map(handlerFile))];
  const imports: { file: string; names: readonly string[] }[] = files.map((file) => ({
    file,
    names: handlers.filter((handler) => handlerFile(handler) === file).toSorted(),
  }));
  if (model.corsOrigins !== undefined) imports.push({ file: "cors.js", names: ["addCors"] });
  if (hasMail(model)) imports.push({ file: "mail.js", names: ["mailSender"] });
  if (hasOutbox(model))
    imports.push({
      file: "outbox.js",
      names: hasEvents(model) ? ["createOutbox", "eventSender"] : ["createOutbox"],
    });
  if (hasTokens(model)) imports.push({ file: "tokens.js", names: ["addTokens", "tokenCheck"] });
  const lines = imports
    .toSorted((a, b) => (a.file < b.file ? -1 : 1))
    .map(({ file, names }) => braced(names, "import ", ` from "./${file}";`));
  const takes = hasTokens(model) || hasOutbox(model) ? "app, { config, store }" : "";
  return `// The parts of this API, for app.js to put together.
${lines.join("\n")}

/** What is added before requests are counted. */
export const early = [${model.corsOrigins === undefined ? "" : "addCors"}];

export async function addParts(${takes}) {
${hasTokens(model) ? "  await addTokens(app, { secret: config.jwtSecret });\n" : ""}${outboxSource(model)}  return {
${braced(handlers, "    handlers: ", ",")}
    schemes: {${hasTokens(model) ? " jwt_token: tokenCheck(store) " : ""}},
${hasOutbox(model) ? "    outbox,\n" : ""}  };
}
`;
}

function outboxSource(model: ApiModel): string {
  if (!hasOutbox(model)) return "";
  const mail = hasMail(model) ? "    ...(config.mail && { mail: mailSender(config.mail) }),\n" : "";
  const events = hasEvents(model) ? "    ...(config.events && { event: eventSender(config.events) }),\n" : "";
  return `  const senders = {
${mail}${events}  };
  const outbox = createOutbox({ store, senders, log: app.log });
`;
}
