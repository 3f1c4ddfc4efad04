// PURE: what an endpoint of a task means.
import type { EndpointSpec } from "../schema.ts";
import { type Handler, type Need, TABLE_HANDLERS } from "./types.ts";

/** Handlers that a path's last word tells, and the method that goes with them. */
const BY_WORD: Readonly<Record<string, { readonly handler: Handler; readonly method: string }>> = {
  contact: { handler: "contact", method: "POST" },
  "contact-us": { handler: "contact", method: "POST" },
  newsletter: { handler: "newsletter", method: "POST" },
  subscribe: { handler: "newsletter", method: "POST" },
  register: { handler: "register", method: "POST" },
  signup: { handler: "register", method: "POST" },
  "sign-up": { handler: "register", method: "POST" },
  login: { handler: "login", method: "POST" },
  signin: { handler: "login", method: "POST" },
  "sign-in": { handler: "login", method: "POST" },
  profile: { handler: "profile", method: "GET" },
  me: { handler: "profile", method: "GET" },
};
const METHOD_OF: Readonly<Record<string, string>> = { profile: "GET", list: "GET", get: "GET" };
/** What `validation` may name where the fields are not the task's to choose. */
const FIXED_FIELDS: Readonly<Record<string, readonly string[]>> = {
  newsletter: ["email", "name"],
  register: ["email", "password", "name"],
  login: ["email", "password"],
};

export interface Meaning {
  readonly handler: Handler;
  readonly table?: string;
}

export interface Surroundings {
  readonly type: "rest" | "graphql" | "webhook";
  /** Names of the tables that the task's database has. */
  readonly tables: readonly string[];
}

/** The meaning of an endpoint at `at`, or what it would have to say. */
export function meaningOf(spec: EndpointSpec, at: string, around: Surroundings): Meaning | Need {
  const meaning = read(spec, at, around);
  return "message" in meaning ? meaning : (misfit(spec, meaning, at) ?? meaning);
}

function read(spec: EndpointSpec, at: string, around: Surroundings): Meaning | Need {
  const { method, path } = spec;
  const segments = path.slice(1).split("/");
  const word = segments.findLast((segment) => !segment.startsWith("{")) ?? "";
  const single = segments.at(-1)?.startsWith("{") === true;
  const byWord = !single && Object.hasOwn(BY_WORD, word) ? BY_WORD[word] : undefined;
  const table = spec.table ?? tableNamed(word, around.tables);
  if (spec.handler !== undefined) {
    if (!TABLE_HANDLERS.includes(spec.handler)) return { handler: spec.handler };
    return table === undefined ? tableMissing(at, around) : { handler: spec.handler, table };
  }
  if (spec.table === undefined) {
    if (byWord?.method === method) return { handler: byWord.handler };
    if (byWord !== undefined)
      return {
        field: `${at}.method`,
        message: `${path} looks like ${byWord.handler}, which is ${byWord.method}, and ${method} is asked for`,
        hint: `Write \`method: ${byWord.method}\`, or say with \`handler\` and \`table\` what else it is.`,
      };
    if (around.type === "webhook" && method === "POST") return { handler: "webhook" };
    if (around.type === "graphql" && method === "POST" && table === undefined) return { handler: "graphql" };
  }
  if (table === undefined) return unknown(spec, at, around);
  if (method === "GET") return { handler: single ? "get" : "list", table };
  if (method === "POST" && !single) return { handler: "create", table };
  return {
    field: `${at}.method`,
    message: `Nothing is made for ${method} ${path}`,
    hint: "Of a table there are GET for all, GET /{id} for one and POST for a new row.",
  };
}

function tableNamed(word: string, tables: readonly string[]): string | undefined {
  return tables.find((table) => table === word.replaceAll("-", "_"));
}

function unknown({ method, path }: EndpointSpec, at: string, around: Surroundings): Need {
  const tables = around.tables.length === 0 ? "" : ` (${around.tables.join(", ")})`;
  return {
    field: `${at}.path`,
    message: `Nothing tells what ${method} ${path} should do`,
    hint: `Add \`handler\` (contact, newsletter, register, login, profile, webhook), or \`table\` with a table of database_config${tables}.`,
  };
}

function tableMissing(at: string, { tables }: Surroundings): Need {
  const known = tables.length === 0 ? "List it in database_config." : `There are ${tables.join(", ")}.`;
  return {
    field: `${at}.table`,
    message: "It is not said which table this is about",
    hint: `Add \`table\`. ${known}`,
  };
}

/** Why a spec says what does not go with its meaning. */
function misfit(spec: EndpointSpec, { handler, table }: Meaning, at: string): Need | undefined {
  const need = (key: string, message: string, hint: string) => ({ field: `${at}.${key}`, message, hint });
  const method = METHOD_OF[handler] ?? "POST";
  if (spec.method !== method)
    return need(
      "method",
      `${handler} is ${method}, and ${spec.method} is asked for`,
      `Write \`method: ${method}\`.`,
    );
  const params = spec.path.match(/\{/g)?.length ?? 0;
  const allowed = handler === "get" ? 1 : 0;
  if (params !== allowed || (allowed === 1 && !spec.path.endsWith("}")))
    return need(
      "path",
      `${spec.path} has parameters that ${handler} does not know`,
      "Only get has one, at the end: /orders/{id}.",
    );
  if (spec.table !== undefined && table === undefined)
    return need(
      "table",
      `${handler} keeps its rows in a table of its own`,
      "Leave table out, or use list, get or create.",
    );
  if (spec.fields !== undefined && handler !== "contact")
    return need(
      "fields",
      `The fields of ${handler} are not the task's to choose`,
      "fields belong to contact; columns of a table to database_config.",
    );
  if (spec.fields !== undefined && spec.validation !== undefined)
    return need("validation", "Both fields and validation say what is asked for", "Leave one out.");
  const fixed = FIXED_FIELDS[handler];
  const odd =
    handler === "contact" ? undefined : spec.validation?.find((name) => fixed?.includes(name) !== true);
  if (odd !== undefined)
    return need(
      "validation",
      `${handler} knows no field ${odd}`,
      fixed === undefined ? "Leave validation out." : `It takes ${fixed.join(", ")}.`,
    );
  if (spec.signature !== undefined && handler !== "webhook")
    return need("signature", `${handler} takes nothing that is signed`, "signature belongs to webhook.");
  if (handler === "profile" && spec.authentication !== "jwt_token")
    return need(
      "authentication",
      "Whose profile it is, only a token tells",
      "Write `authentication: jwt_token`.",
    );
  return undefined;
}
