// Connections that come whole from the environment: AINSTEIN_CONNECTION_<NAME>.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import { Fault } from "../lib/fault.ts";
import { isObject } from "../lib/json.ts";
import { checkHeaders } from "./headers.ts";

type Environment = Readonly<Record<string, string | undefined>>;

const PREFIX = "AINSTEIN_CONNECTION_";
const SERVICE_PREFIX = "AINSTEIN_SERVICE_";
const MAX_FILE_BYTES = 64 * 1024;

const text = z.string().min(1);
const connectionSchema = z.strictObject({
  platform: text,
  url: text,
  auth: text.optional(),
  username: text.optional(),
  password: text.optional(),
  token: text.optional(),
  /** Of an app that signs in by itself. */
  clientId: text.optional(),
  clientSecret: text.optional(),
  /** Separated by spaces or commas. */
  scopes: text.optional(),
  headers: z.record(z.string(), z.string()).optional(),
  webhookSecret: text.optional(),
  settings: z.record(z.string(), z.string()).optional(),
  proxy: text.optional(),
  caFile: text.optional(),
});
const fileSchema = z.strictObject({ file: text });

/** As written; values are secrets. Written nowhere. */
export type EnvironmentConnection = z.infer<typeof connectionSchema>;

/** `AINSTEIN_CONNECTION_WP_CLIENT` for `wp-client`. */
export function variableFor(name: string): string {
  return `${PREFIX}${name.toUpperCase().replaceAll("-", "_")}`;
}

/** `AINSTEIN_SERVICE_CLIENT_CRM` for the service `client-crm`. */
export function serviceVariable(name: string): string {
  return `${SERVICE_PREFIX}${name.toUpperCase().replaceAll("-", "_")}`;
}

/** Names of the connections that the environment holds, sorted. */
export function environmentNames(env: Environment): readonly string[] {
  return Object.keys(env)
    .filter((variable) => variable.startsWith(PREFIX) && (env[variable] ?? "") !== "")
    .map((variable) => variable.slice(PREFIX.length).toLowerCase().replaceAll("_", "-"))
    .filter((name) => /^[a-z][a-z0-9-]*$/.test(name))
    .sort();
}

/**
 * The connection of this name from the environment; undefined when there is none (an empty variable counts as unset).
 * A `file` is found from `cwd`. Throws `usage` that names the variable and the field, never a value.
 */
export function readEnvironmentConnection(
  env: Environment,
  name: string,
  cwd: string,
): EnvironmentConnection | undefined {
  const variable = variableFor(name);
  const given = env[variable];
  if (given === undefined || given === "") return undefined;
  const parsed = parseJson(given, variable);
  const pointer = fileSchema.safeParse(parsed);
  if (!pointer.success) return check(parsed, variable);
  const file = resolve(cwd, pointer.data.file);
  return check(
    parseJson(readSmall(file, variable), `the file that ${variable} names`),
    `${variable} (${file})`,
  );
}

function readSmall(file: string, variable: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code ?? "unreadable";
    throw new Fault("usage", `${variable} names the file ${file}, which cannot be read (${code}).`, {
      code: "bad-environment-connection",
      place: { file },
      hint: "Correct the path, or let this user read the file.",
    });
  }
  if (bytes.byteLength > MAX_FILE_BYTES) {
    throw new Fault("usage", `${variable} names the file ${file}, which is too large for a connection.`, {
      code: "bad-environment-connection",
      place: { file },
      hint: "It must hold one connection as JSON.",
    });
  }
  return bytes.toString("utf8").replace(/^\ufeff/, "");
}

/** A parser's own message would quote the text, and with it the secret. */
function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Fault("usage", `${where} is not valid JSON.`, {
      code: "bad-environment-connection",
      hint: 'It should look like {"platform":"wordpress","url":"https://…","username":"…","password":"…"}, or {"file":"…"}.',
    });
  }
}

function check(value: unknown, where: string): EnvironmentConnection {
  const parsed = connectionSchema.safeParse(value);
  if (parsed.success) {
    const { headers, ...rest } = parsed.data;
    return headers === undefined ? rest : { ...rest, headers: checkHeaders(headers) };
  }
  const issue = parsed.error.issues[0];
  const field = issue?.path.map(String).join(".") ?? "";
  const why =
    issue?.code === "unrecognized_keys"
      ? `it has keys that are not known; known are ${Object.keys(connectionSchema.shape).join(", ")}`
      : field === ""
        ? "it is not a JSON object"
        : `"${field}" is missing or not a text`;
  throw new Fault("usage", `${where} does not hold a connection: ${why}.`, {
    code: "bad-environment-connection",
    ...(field === "" ? {} : { hint: `Set "${field}" in the JSON of ${where}.` }),
  });
}

/** Fields of a connection from the environment whose values are secret. */
const SECRET_FIELDS = ["password", "token", "clientSecret", "webhookSecret", "headers"];

/** What the environment holds that may be shown nowhere. A variable that cannot be read counts whole. */
export function secretsIn(env: Environment): readonly string[] {
  const given = Object.entries(env).filter(([name]) => name.startsWith(PREFIX));
  const services = Object.entries(env).filter(([name]) => name.startsWith(SERVICE_PREFIX));
  return [
    env.AINSTEIN_KEY,
    env.AINSTEIN_PASSPHRASE,
    env.AINSTEIN_ARCHIVE_KEY,
    ...given.flatMap(([, text]) => secretsOf(text ?? "", SECRET_FIELDS)),
    ...services.flatMap(([, text]) => secretsOf(text ?? "", undefined)),
  ]
    .filter((secret) => secret !== undefined)
    .filter((secret) => secret !== "");
}

/** Too short to be a secret, and masking it would spoil words. */
const SHORTEST = 8;

/** Of these fields; without them of all that could be one, which its name is not: which are secret is the provider's to know. */
function secretsOf(text: string, names: readonly string[] | undefined): readonly string[] {
  try {
    const value: unknown = JSON.parse(text);
    const fields = isObject(value)
      ? (names ?? Object.keys(value).filter((name) => name !== "provider")).map((name) => value[name])
      : [value];
    return fields
      .filter((field) => names !== undefined || (typeof field === "string" && field.length >= SHORTEST))
      .flatMap((field) => (isObject(field) ? Object.values(field) : [field]))
      .filter((field) => typeof field === "string");
  } catch {
    return [text];
  }
}
