// The environment, read once at the start. What is missing or weak ends the start: a service that runs is one that is set up.
import { api, endpoints } from "./endpoints.js";

/** Names its variable; the start ends with it. */
export class ConfigError extends Error {}

const LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"];
const SAMPLE = /change[-_ ]?me|example|sample|placeholder|your[-_ ]|<.*>/i;

export function readConfig(env) {
  const uses = new Set(endpoints.flatMap(({ authentication, handler }) => [authentication, handler]));
  return {
    port: whole(env, "PORT", 3000, 65_535),
    host: env.HOST || "127.0.0.1",
    databaseUrl: address(env, "DATABASE_URL", api.databaseSchemes),
    trustProxy: whole(env, "TRUST_PROXY", 0, 10),
    logLevel: oneOf(env, "LOG_LEVEL", LEVELS, "info"),
    production: env.NODE_ENV === "production",
    metricsToken: env.METRICS_TOKEN ? secret(env, "METRICS_TOKEN") : undefined,
    apiKeys: uses.has("api_key") ? keys(env) : [],
    jwtSecret: uses.has("jwt_token") || uses.has("login") ? secret(env, "JWT_SECRET") : undefined,
    webhookSecret: uses.has("webhook") ? secret(env, "WEBHOOK_SECRET") : undefined,
    corsOrigins: api.corsOrigins === undefined ? undefined : origins(env),
    mail: uses.has("newsletter") ? mail(env) : undefined,
    events: api.events && env.EVENTS_URL ? events(env) : undefined,
  };
}

function fail(name, why) {
  throw new ConfigError(`${name} ${why}`);
}

function required(env, name) {
  return env[name] || fail(name, "is not set");
}

function whole(env, name, fallback, max) {
  const text = env[name];
  if (!text) return fallback;
  const value = Number(text);
  // A word such as "false" would otherwise count as true.
  if (!/^\d{1,5}$/.test(text) || value > max) fail(name, `must be a whole number from 0 to ${max}`);
  return value;
}

function oneOf(env, name, values, fallback) {
  const value = env[name] || fallback;
  return values.includes(value) ? value : fail(name, `must be one of ${values.join(", ")}`);
}

function address(env, name, schemes) {
  const text = required(env, name);
  if (!URL.canParse(text) || !schemes.includes(new URL(text).protocol))
    fail(name, `must be an address that begins with ${schemes.map((scheme) => `${scheme}//`).join(" or ")}`);
  return text;
}

function strong(name, value) {
  if (Buffer.byteLength(value) < 32) fail(name, "is too short: 32 characters at least");
  if (SAMPLE.test(value) || new Set(value).size < 8)
    fail(name, "is a sample: make one with `openssl rand -hex 32`");
  return value;
}

function secret(env, name) {
  return strong(name, required(env, name));
}

function keys(env) {
  return required(env, "API_KEYS")
    .split(",")
    .map((pair) => {
      const [, name, key] = /^\s*([\w.-]{1,64}):(\S+)\s*$/.exec(pair) ?? [];
      if (key === undefined) fail("API_KEYS", "must be name:key, several with commas between them");
      return { name, key: strong("API_KEYS", key) };
    });
}

function origins(env) {
  if (!env.CORS_ORIGINS) return api.corsOrigins;
  return env.CORS_ORIGINS.split(",").map((text) => {
    const origin = text.trim();
    if (!/^https?:/.test(origin) || !URL.canParse(origin) || new URL(origin).origin !== origin)
      fail("CORS_ORIGINS", "must be origins such as https://www.client.example, with commas between them");
    return origin;
  });
}

/** Undefined where no mail is set up: the newsletter says so to its callers. */
function mail(env) {
  if (!env.SMTP_URL) return undefined;
  return {
    url: address(env, "SMTP_URL", ["smtp:", "smtps:"]),
    from: sender(env),
    publicUrl: address(env, "PUBLIC_URL", ["https:", "http:"]).replace(/\/+$/, ""),
  };
}

function sender(env) {
  const text = required(env, "MAIL_FROM");
  if (!/^(?:[^<>\r\n]*<[^\s@<>]+@[^\s@<>]+>|[^\s@<>]+@[^\s@<>]+)$/.test(text))
    fail("MAIL_FROM", "must be an address such as news@client.example or Client <news@client.example>");
  return text;
}

function events(env) {
  return { url: address(env, "EVENTS_URL", ["https:", "http:"]), secret: secret(env, "EVENTS_SECRET") };
}
